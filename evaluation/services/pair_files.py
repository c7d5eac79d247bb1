"""A file of pairs from upload to decision: read to its end by a worker, then taken whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from evaluation.models import Pair, PairFile, Response, SystemVersion
from evaluation.services import matching
from evaluation.services.pair_rows import Fault, Row, read
from projects.formats.limits import Limits
from projects.formats.records import FormatError
from projects.formats.tables import Table, open_table
from projects.models import Dataset, Item, Job, Study, User
from projects.services import jobs
from projects.services.audit import record
from projects.services.jobs import JobFailed
from projects.services.parts import need_state

READ = "read_pairs"
LISTED = 200
CHUNK = 500


def receive(study: Study, *, file: File[bytes], filename: str, actor: User | None) -> PairFile:
    """Keep a draft's file, have a worker read it; what an earlier file brought stays until this one is taken."""
    with transaction.atomic():
        need_state(study, Study.State.DRAFT)
        refuse_busy(study)
        for earlier in PairFile.objects.filter(study=study):
            earlier.file.delete(save=False)
            earlier.delete()
        row = PairFile(study=study, filename=_short(filename), created_by=actor)
        row.file.save(f"{secrets.token_hex(16)}.upload", file, save=False)
        try:
            opened(row)
        except BaseException:
            row.file.delete(save=False)
            raise
        row.save()
        _ask(row, actor, take=False)
    return row


def _ask(row: PairFile, actor: User | None, *, take: bool) -> Job:
    subject = f"pairs:{row.pk}"
    return jobs.enqueue(READ, subject, project=row.study.project, actor=actor, params={"take": take})


def take(study: Study, *, actor: User | None) -> None:
    """Have a worker make the pairs of a file that is without a fault."""
    with transaction.atomic():
        need_state(study, Study.State.DRAFT)
        refuse_busy(study)
        row = PairFile.objects.filter(study=study).first()
        if row is None or not row.report.get("good") or row.report.get("bad"):
            raise ValidationError(_("There is no file without a fault. Upload one first."))
        if not row.taken:
            _ask(row, actor, take=True)


def refuse_busy(study: Study) -> None:
    """Raise ValidationError while a worker reads a file of the study."""
    job = job_of(study)
    if job is not None and job.state in jobs.UNFINISHED:
        raise ValidationError(_("A worker is reading the file. Wait until it has finished."))


def job_of(study: Study) -> Job | None:
    """Return the newest reading of the study's file."""
    row = PairFile.objects.filter(study=study).values_list("pk", flat=True).first()
    return Job.objects.filter(kind=READ, subject=f"pairs:{row}").order_by("-pk").first() if row else None


def opened(row: PairFile) -> Table:
    """Return the file as a table. Raises FormatError where it cannot be read, OSError where it is gone."""
    limits = Limits(max_bytes=settings.CONCORD_MAX_UPLOAD_BYTES)
    return open_table(Path(row.file.path), filename=row.filename, encoding="", limits=limits)


def _short(filename: str) -> str:
    name = filename.replace("\\", "/").rpartition("/")[2].replace("\0", "")
    return name if len(name) <= 255 else name[:200] + name[-55:]


# --- in the worker -----------------------------------------------------------------------------------


@dataclass
class Survey:
    """What a file holds, held against what the project has."""

    study: Study
    lefts: dict[str, int]
    rights: dict[str, int]
    names: dict[str, SystemVersion]
    # (item, version) that has a response
    answered: set[tuple[int, int]]
    other: Dataset | None
    good: list[Pair] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    bad: int = 0
    seen: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def add(self, one: Row | Fault) -> None:
        """Count a row: a pair, or why not."""
        fault = one if isinstance(one, Fault) else self._pair(one)
        if fault is None:
            return
        self.bad += 1
        if len(self.problems) < LISTED:
            self.problems.append({"row": fault.row, "code": fault.code, "params": dict(fault.params)})

    def _pair(self, one: Row) -> Fault | None:
        left = self.lefts.get(one.left)
        if left is None:
            return self._unknown(one.row, one.left, self.study.dataset)
        return self._responses(one, left) if one.left_system else self._items(one, left)

    def _unknown(self, row: int, item: str, dataset: Dataset | None) -> Fault:
        return Fault(row, "pair_unknown_item", {"item": item[:80], "dataset": dataset.name if dataset else "–"})

    def _items(self, one: Row, left: int) -> Fault | None:
        right = self.rights.get(one.right)
        if right is None:
            return self._unknown(one.row, one.right, self.other)
        for key, name in ((("left", left), one.left), (("right", right), one.right)):
            first = self.seen.setdefault(key, one.row)
            if first != one.row:
                return Fault(one.row, "pair_item_twice", {"item": name[:80], "first": first})
        self._keep(one, left, right, None, None)
        return None

    def _responses(self, one: Row, item: int) -> Fault | None:
        found: list[SystemVersion] = []
        for name in (one.left_system, one.right_system):
            version = self.names.get(name.casefold())
            if version is None:
                return Fault(one.row, "pair_unknown_system", {"name": name[:80]})
            if (item, version.pk) not in self.answered:
                return Fault(one.row, "pair_no_response", {"name": name[:80], "item": one.left[:80]})
            found.append(version)
        if found[0].pk == found[1].pk:
            return Fault(one.row, "pair_same", {"name": one.left_system[:80]})
        first = self.seen.setdefault((item, frozenset(version.pk for version in found)), one.row)
        if first != one.row:
            return Fault(one.row, "pair_twice", {"first": first})
        self._keep(one, item, item, *found)
        return None

    def _keep(self, one: Row, left: int, right: int, ours: SystemVersion | None, theirs: SystemVersion | None) -> None:
        self.good.append(
            Pair(
                study=self.study, source=Pair.Source.FILE, position=len(self.good), left_id=left, right_id=right,
                left_system=ours, right_system=theirs, topic=one.topic[:200], wanted=one.wanted,
                state=Pair.State.ACCEPTED,
            )
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return plain data for the file's row; faults are codes, so that they can be told in any language."""
        each = int(self.study.settings["raters_per_item"])
        return {
            "good": len(self.good), "bad": self.bad, "problems": self.problems,
            "judgements": sum(pair.wanted or each for pair in self.good),
            "most": max((pair.wanted or each for pair in self.good), default=0),
        }  # fmt: skip


def survey_of(study: Study) -> Survey:
    """Return an empty survey with the items, systems and responses of the study's project."""
    other = matching.other_dataset(study)
    names = _names(study)
    rows = Response.objects.visible().filter(
        system_version__in={version.pk for version in names.values()}, round=1, revision__item__dataset=study.dataset
    )
    current = dict(_items(study.dataset).values_list("current_id", "pk"))
    answered = {
        (current[revision], version)
        for revision, version in rows.values_list("revision_id", "system_version_id")
        if revision in current
    }
    return Survey(study, _ids(study.dataset), _ids(other), names, answered, other)


def _items(dataset: Dataset | None) -> Any:
    return Item.objects.visible().kept().filter(dataset=dataset, dataset__isnull=False, current__isnull=False)


def _ids(dataset: Dataset | None) -> dict[str, int]:
    return dict(_items(dataset).values_list("external_id", "pk"))


def _names(study: Study) -> dict[str, SystemVersion]:
    """Return the version that each name or short name means: the newest one that has answered in the data set."""
    rows = SystemVersion.objects.filter(system__project=study.project, responses__revision__item__dataset=study.dataset)
    found: dict[str, SystemVersion] = {}
    for version in rows.distinct().select_related("system").order_by("system__pk", "number"):
        found[version.system.name.casefold()] = version
    for version in list(found.values()):
        found[version.system.slug.casefold()] = version
    return found


def run(job: Job, progress: jobs.Progress) -> str:
    """Read a file to its end and say what it holds; take its pairs where that was asked and no row is bad."""
    rows = PairFile.objects.select_related("study__project", "study__version", "study__dataset", "created_by")
    file = rows.filter(pk=int(job.subject.partition(":")[2])).first()
    if file is None or file.study.state != Study.State.DRAFT:
        raise JobFailed(_("The file is no longer there. Upload it again."))
    if file.taken:
        return ""
    language = (job.created_by.language if job.created_by else "") or translation.get_language()
    with translation.override(language):
        survey = _read(file, progress)
        file.report = survey.to_json()
        file.save(update_fields=["report"])
        if job.params.get("take") and not survey.bad:
            _write(file, survey.good, job)
            file.file.delete(save=True)
    return ""


def _read(file: PairFile, progress: jobs.Progress) -> Survey:
    survey = survey_of(file.study)
    try:
        for at, one in enumerate(read(opened(file)), start=1):
            survey.add(one)
            progress.report(at)
    except (FormatError, ValidationError) as error:
        raise JobFailed(" ".join(error.messages) if isinstance(error, ValidationError) else str(error)) from error
    except OSError as error:
        raise JobFailed(_("The file is no longer there. Upload it again.")) from error
    return survey


def _write(file: PairFile, good: Sequence[Pair], job: Job) -> None:
    """Put the file's pairs in the place of those that an earlier one brought."""
    with transaction.atomic():
        need_state(file.study, Study.State.DRAFT)
        Pair.objects.filter(study=file.study, source=Pair.Source.FILE).delete()
        Pair.objects.bulk_create(good, batch_size=CHUNK)
        file.taken = True
        file.save(update_fields=["taken"])
        record(
            "study.pairs_taken", actor=job.created_by, project=file.study.project, target=file.study, count=len(good)
        )
