"""Importing responses: the check that only reads, and the import that writes rows nobody sees until all are in.

Both are jobs for a worker, and both read the file from its start, so that a killed one begins again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from evaluation.models import Response, ResponseImport, ResponseScore, System, SystemVersion
from evaluation.responses.rows import Answer, Fault, read
from evaluation.services import hygiene, response_files, systems
from projects.formats.records import FormatError
from projects.models import Item, Job
from projects.services.audit import record
from projects.services.jobs import JobCancelled, JobFailed, Progress

CHUNK = 500
LISTED = 200
Place = tuple[str, str, int]


@dataclass
class Survey:
    """What a file holds, counted row by row, against what is there."""

    batch: ResponseImport
    revisions: dict[str, int]
    versions: dict[str, SystemVersion]
    names: dict[str, str] = field(default_factory=dict)
    # What the file has said so far: where, and a hash of the words.
    seen: dict[Place, tuple[int, int]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    problems: list[dict[str, Any]] = field(default_factory=list)
    systems: dict[str, Counter[str]] = field(default_factory=dict)
    words: hygiene.Found = field(default_factory=hygiene.Found)
    # Scores of the part in hand for responses that are there already.
    added: list[tuple[int, Answer]] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """How many responses cannot be imported."""
        return self.counts["rejected"]

    def good(self, part: Sequence[Answer | Fault]) -> list[Answer]:
        """Count a part of the file; return the responses that are good and new."""
        known = self._stored([one for one in part if isinstance(one, Answer)])
        self.added.clear()
        return [one for one in part if self._count(one, known)]  # type: ignore[misc]  # a Fault is never counted good

    def _count(self, one: Answer | Fault, known: dict[Place, tuple[int, str]]) -> bool:
        self.counts["rows"] += 1
        if isinstance(one, Fault):
            return self._reject(one)
        mine = self.systems.setdefault(self._name(one.system), Counter())
        if one.item not in self.revisions:
            return self._reject(Fault(one.row, "unknown_item", {"item": one.item[:80]}))
        before = self.seen.setdefault(one.key, (one.row, hash(one.text)))
        if before[0] != one.row:
            if before[1] != hash(one.text):
                return self._reject(Fault(one.row, "contradiction", {"first": before[0]}))
            self.counts["repeated"] += 1
            return False
        if (stored := known.get(one.key)) is not None:
            if stored[1] != one.text:
                return self._reject(Fault(one.row, "conflict", {"system": one.system[:80]}))
            self.counts["unchanged"] += 1
            if one.score is not None:
                self.counts["scored"] += 1
                self.added.append((stored[0], one))
            return False
        self.counts["good"] += 1
        self.counts["scored"] += one.score is not None
        mine["good"] += 1
        self.words.add(one.text, about=[self._name(one.system), one.item], names=self._own_names())
        return True

    def _name(self, system: str) -> str:
        """A system under one name however its case is written; where it is known, under its own."""
        version = self.versions.get(system.casefold())
        return self.names.setdefault(system.casefold(), version.system.name if version else system)

    def _own_names(self) -> tuple[str, ...]:
        return tuple(self.names.values())

    def _reject(self, fault: Fault) -> bool:
        self.counts["rejected"] += 1
        self.reasons[fault.code] += 1
        if len(self.problems) < LISTED:
            params = {name: value if isinstance(value, int) else str(value) for name, value in fault.params.items()}
            self.problems.append({"row": fault.row, "code": fault.code, "params": params})
        return False

    def _stored(self, part: Sequence[Answer]) -> dict[Place, tuple[int, str]]:
        """The responses, with their texts, that are stored for these systems, items and rounds."""
        by_version: dict[int, list[str]] = {}
        for name, version in self.versions.items():
            by_version.setdefault(version.pk, []).append(name)
        by_revision = {self.revisions[one.item]: one.item for one in part if one.item in self.revisions}
        rows = Response.objects.visible().filter(system_version__in=by_version, revision__in=by_revision)
        found = rows.values_list("system_version_id", "revision_id", "round", "pk", "text")
        return {
            (name, by_revision[revision], number): (pk, text)
            for version, revision, number, pk, text in found
            for name in by_version[version]
        }

    def to_json(self) -> dict[str, Any]:
        """Plain data for the import's row; reasons are codes, so that they can be told in any language."""
        names = ("rows", "good", "unchanged", "repeated", "rejected", "scored")
        return {
            **{name: self.counts[name] for name in names},
            "reasons": dict(self.reasons),
            "problems": self.problems,
            "systems": [
                {"name": name, "good": found["good"], "new": name.casefold() not in self.versions}
                for name, found in self.systems.items()
            ],
            "items": len(self.revisions),
            "words": self.words.to_json(),
        }


def survey_of(batch: ResponseImport) -> Survey:
    """Return an empty survey with what the project has: its items' current wordings, its systems."""
    items = Item.objects.visible().kept().filter(dataset=batch.dataset, current__isnull=False)
    revisions = dict(items.values_list("external_id", "current_id"))
    versions: dict[str, SystemVersion] = {}
    rows = System.objects.filter(project=batch.project, version__isnull=False).select_related("version__system")
    for system in rows.order_by("-pk"):
        versions[system.slug.casefold()] = system.in_force
    for system in rows.order_by("-pk"):
        versions[system.name.casefold()] = system.in_force
    return Survey(batch, {key: pk for key, pk in revisions.items() if pk}, versions)


def parts_of(batch: ResponseImport) -> Iterator[list[Answer | Fault]]:
    """Yield what the file says, some rows at a time."""
    rows = read(response_files.opened(batch), response_files.columns_of(batch))
    while part := list(islice(rows, CHUNK)):
        yield part


def check(job: Job, progress: Progress) -> str:
    """Read the file to its end and keep what it holds; the handler of the job "check_responses"."""
    batch = _batch_of(job)
    with _speaking(job, batch):
        survey = survey_of(batch)
        for part in parts_of(batch):
            survey.good(part)
            progress.report(survey.counts["rows"])
        progress.report(survey.counts["rows"], survey.counts["rows"], force=True)
        batch.report = survey.to_json()
        batch.save(update_fields=["report"])
    return ""


def run(job: Job, progress: Progress) -> str:
    """Import the file; the handler of the job "import_responses". Whole, or (cancelled, failed) absent."""
    batch = _batch_of(job)
    if not batch.published:
        with _speaking(job, batch):
            _remove_rows(batch)
            survey = survey_of(batch)
            for part in parts_of(batch):
                _write(survey, survey.good(part), keep=job.params.get("keep_good", False))
                progress.report(survey.counts["rows"], force=True)
            batch.report = survey.to_json()
            if survey.bad and not job.params.get("keep_good"):
                batch.save(update_fields=["report"])
                raise JobFailed(_refusal(survey.bad))
            publish(batch, survey, job, progress)
    if batch.file:
        batch.file.delete(save=False)
        batch.save(update_fields=["file"])
    return ""


def publish(batch: ResponseImport, survey: Survey, job: Job, progress: Progress) -> None:
    """Make the import's responses visible, all at once."""
    with transaction.atomic():
        progress.report(survey.counts["rows"], survey.counts["rows"], force=True)
        batch.published, batch.published_at = True, timezone.now()
        batch.save(update_fields=["published", "published_at", "report"])
        record(
            "responses.imported", actor=job.created_by, project=batch.project, target=batch, dataset=batch.dataset_id,
            responses=survey.counts["good"], rejected=survey.bad,
        )  # fmt: skip


def _write(survey: Survey, good: Sequence[Answer], *, keep: bool) -> None:
    """Store a part's responses, unseen as yet. Once a row is bad and none may be left out, nothing more is written."""
    if survey.bad and not keep:
        return
    batch = survey.batch
    try:
        with transaction.atomic():
            responses = Response.objects.bulk_create(
                Response(
                    system_version=_version(survey, one.system), revision_id=survey.revisions[one.item],
                    round=one.round, text=one.text, explanation=one.explanation, source_import=batch,
                )
                for one in good
            )  # fmt: skip
            scored = [(response.pk, one) for response, one in zip(responses, good, strict=True)]
            _write_scores(batch, [*scored, *survey.added])
    except IntegrityError as error:
        words = _("Responses of the same systems came in from elsewhere meanwhile. Start the import again.")
        raise JobFailed(words) from error


def _write_scores(batch: ResponseImport, scored: Sequence[tuple[int, Answer]]) -> None:
    """Store the scores of some responses; whoever has scored one on the criterion before keeps that score."""
    scale = response_files.columns_of(batch)
    ResponseScore.objects.bulk_create(
        [
            ResponseScore(
                response_id=pk, scorer=scale.scorer, criterion=scale.criterion, value=one.score, low=scale.low,
                high=scale.high, source_import=batch,
            )
            for pk, one in scored
            if one.score is not None
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def _version(survey: Survey, name: str) -> SystemVersion:
    """The version that a response is stored under; a system that is not known yet is made."""
    key = name.casefold()
    if key not in survey.versions:
        made = systems.create(
            project=survey.batch.project, name=name, actor=survey.batch.created_by, kind=System.Kind.IMPORTED
        )
        survey.versions[key] = made.in_force
    version = survey.versions[key]
    if version.frozen_at is None:
        systems.freeze(version)
        version.frozen_at = timezone.now()
    return version


def _remove_rows(batch: ResponseImport) -> None:
    """Take back what an attempt that was killed has left."""
    with transaction.atomic():
        ResponseScore.objects.filter(source_import=batch).delete()
        Response.objects.filter(source_import=batch).delete()


def _refusal(bad: int) -> str:
    sentence = ngettext(
        "%(count)s row cannot be imported, so nothing was.", "%(count)s rows cannot be imported, so nothing was.", bad
    )
    return sentence % {"count": bad}


def _batch_of(job: Job) -> ResponseImport:
    rows = ResponseImport.objects.select_related("dataset", "project", "created_by")
    found = rows.filter(pk=int(job.subject.partition(":")[2])).first()
    if found is None:
        raise JobFailed(_("The import is no longer there. Upload the file again."))
    return found


@contextmanager
def _speaking(job: Job, batch: ResponseImport) -> Iterator[None]:
    """Speak the language of whoever asked; on an early end leave no row, and on a cancelled one no file either."""
    language = (job.created_by.language if job.created_by else "") or translation.get_language()
    with translation.override(language):
        try:
            yield
        except (FormatError, JobFailed) as error:
            _remove_rows(batch)
            raise JobFailed(str(error)) from error
        except (ValueError, FileNotFoundError) as error:
            raise JobFailed(_("The file is no longer there. Upload it again.")) from error
        except JobCancelled:
            _remove_rows(batch)
            response_files.forget(batch)
            raise
