"""An import from upload to decision: what the wizard and the command do before and after the worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.formats.dialogues.files import seems, usual
from projects.formats.dialogues.settings import FORMATS, Settings, is_dialogue
from projects.formats.headers import rejection_columns
from projects.formats.mapping import Mapping
from projects.formats.tables import Table
from projects.models import Dataset, ImportBatch, Item, Job, Project, User
from projects.services import audit, import_files, importing, jobs

CHECK, IMPORT = "check_import", importing.IMPORT
# A file that nobody came back to is removed after this time.
KEPT = timedelta(days=7)


class Stage(StrEnum):
    """How far an import is."""

    MAPPING = "mapping"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


def receive(
    *,
    dataset: Dataset,
    file: File[bytes],
    filename: str,
    actor: User | None,
    encoding: str = "",
    dialogues: str = "",
) -> tuple[ImportBatch, Table]:
    """Store a file for import and open it; `dialogues` is a format of dialogues, or "auto" to tell it by the content.

    Raises FormatError, and keeps nothing, where the file cannot be read.
    """
    remove_abandoned(dataset.project)
    batch = ImportBatch(dataset=dataset, filename=_short(filename), created_by=actor, encoding=encoding)
    batch.mapping = {"dialogue": dialogues} if dialogues else {}
    import_files.store(batch, file)
    try:
        table = import_files.opened(batch)
        if dialogues:
            batch.mapping = usual_settings(table, dialogues).to_json()
    except BaseException:
        import_files.drop(batch, "file")
        raise
    batch.save()
    return batch, table


def usual_settings(table: Table, dialogues: str, turns: str = "") -> Settings:
    """The settings of a file of dialogues as they usually are; `turns` names the key of the turns.

    Raises FormatError where the file cannot be of the format.
    """
    form = next((key for key in FORMATS if key == dialogues), None)
    return usual(table, form or seems(table), turns=turns)


def _short(filename: str) -> str:
    """The file's own name without a path, at most 255 characters, with the ending that tells the format."""
    name = filename.replace("\\", "/").rpartition("/")[2].replace("\0", "")
    return name if len(name) <= 255 else name[:200] + name[-55:]


def reread(*, batch: ImportBatch, encoding: str, dialogues: str = "", turns: str = "") -> Table:
    """Open the file in another encoding ("": found by its content), or as something else, and keep that choice.

    `dialogues` is as for `receive`. What was chosen of columns or keys is forgotten where they are others now. Raises
    FormatError, and changes nothing, where the file cannot be read so.
    """
    refuse_ended(batch)
    before, batch.encoding = batch.mapping, encoding
    batch.mapping = {"dialogue": dialogues} if dialogues else {}
    table = import_files.opened(batch)
    if dialogues:
        batch.mapping = usual_settings(table, dialogues, turns).to_json()
    if _reads_alike(before, batch.mapping):
        batch.mapping = before
    batch.save(update_fields=["encoding", "mapping"])
    return table


def _reads_alike(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether choices made under one reading are choices under another: of columns, or of the same keys."""
    if not now:
        return not is_dialogue(before)
    same = before.get("dialogue") == now["dialogue"]
    return same and bool(before["layout"]["turns"] == now["layout"]["turns"])


def request_check(*, batch: ImportBatch, mapping: Mapping | Settings, encoding: str, actor: User | None) -> Job:
    """Keep the chosen columns and ask a worker to check every row. Raises FormatError for an unusable choice."""
    with transaction.atomic():
        refuse_ended(batch)
        batch.mapping, batch.encoding, batch.report = mapping.to_json(), encoding, {}
        batch.save(update_fields=["mapping", "encoding", "report"])
        return jobs.enqueue(
            CHECK, f"batch:{batch.pk}", project=batch.dataset.project, actor=actor, params={"batch": batch.pk}
        )


def start(*, batch: ImportBatch, keep_good: bool, actor: User | None) -> Job:
    """Ask a worker to import the batch. Raises ValidationError while another import holds the data set."""
    with transaction.atomic():
        refuse_ended(batch)
        dataset = batch.dataset
        job = jobs.enqueue(
            IMPORT, f"dataset:{dataset.pk}", project=dataset.project, actor=actor, params={"batch": batch.pk}
        )
        if job.params.get("batch") != batch.pk:
            raise ValidationError(importing.BUSY)
        ImportBatch.objects.filter(pk=batch.pk).update(keep_good=keep_good)
        audit.record("import.started", actor=actor, project=dataset.project, target=batch, dataset=dataset.pk)
    return job


def refuse_ended(batch: ImportBatch) -> None:
    """Raise ValidationError where nothing more can happen to the import, or a worker has it in hand."""
    if batch.published or not batch.file:
        raise ValidationError(_("This import has ended. Upload the file again to start another."))
    job = job_of(batch)
    if job is not None and not job.finished:
        raise ValidationError(_("This import is being worked on. Wait until it is finished, or stop it."))


def discard(*, batch: ImportBatch) -> None:
    """Remove an import that nobody was told of: its file and its row."""
    importing.forget(batch)
    batch.delete()


def cancel(*, batch: ImportBatch, actor: User | None) -> None:
    """Stop an import wherever it is, and remove its rows and files; a published one stays as it is."""
    with transaction.atomic():
        if batch.published or batch.report.get("cancelled"):
            return
        job = job_of(batch)
        if job is not None and not job.finished:
            jobs.cancel(job)
        audit.record(
            "import.cancelled", actor=actor, project=batch.dataset.project, target=batch, dataset=batch.dataset_id
        )
    if job is None or job.finished or _stopped_at_once(job):
        importing.forget(batch)
        _clean_up(batch, actor)


def _clean_up(batch: ImportBatch, actor: User | None) -> None:
    """Have a worker remove the rows that killed attempts left; another import into the data set does so anyway."""
    if Item.objects.filter(batch=batch).exists():
        project, params = batch.dataset.project, {"batch": batch.pk}
        jobs.enqueue(IMPORT, f"dataset:{batch.dataset_id}", project=project, actor=actor, params=params)


def _stopped_at_once(job: Job) -> bool:
    """Whether the job was still waiting, so that no worker will clean up behind it."""
    job.refresh_from_db()
    return job.finished


def job_of(batch: ImportBatch) -> Job | None:
    """The batch's newest job, check or import."""
    check = Q(kind=CHECK, subject=f"batch:{batch.pk}")
    whole = Q(kind=IMPORT, subject=f"dataset:{batch.dataset_id}", params__batch=batch.pk)
    return Job.objects.filter(check | whole).order_by("-pk").first()


def stage_of(batch: ImportBatch, job: Job | None) -> Stage:
    """How far the batch is, given its newest job."""
    if batch.published:
        return Stage.DONE
    if job is not None and not job.finished:
        return Stage.CHECKING if job.kind == CHECK else Stage.IMPORTING
    if batch.report.get("cancelled") or not batch.file:
        return Stage.CANCELLED
    if job is None:
        return Stage.MAPPING
    if job.state == Job.State.DONE:
        return Stage.CHECKED
    return Stage.FAILED


def remove_abandoned(project: Project) -> int:
    """Remove the files of imports that were begun long ago and never decided; returns how many."""
    old = ImportBatch.objects.filter(
        dataset__project=project, published=False, created_at__lt=timezone.now() - KEPT
    ).exclude(file="")
    removed = 0
    for batch in old.select_related("dataset"):
        job = job_of(batch)
        if job is None or job.finished:
            importing.forget(batch)
            removed += 1
    return removed


def last_mapping(batch: ImportBatch, columns: Sequence[str]) -> Mapping | None:
    """Return how the last file of this data set was read; None where that needs columns which this one has not."""
    latest = batch.dataset.batches.filter(published=True).order_by(F("published_at").desc(nulls_last=True), "-pk")
    found = latest.values_list("mapping", flat=True).first()
    if not found or is_dialogue(found):
        return None
    mapping = Mapping.from_json(found)
    fits = set(mapping.used_columns()) - set(mapping.ignored) <= set(columns)
    return replace(mapping, ignored=_left_out(mapping, columns)) if fits else None


def _left_out(mapping: Mapping, columns: Sequence[str]) -> tuple[str, ...]:
    """Return what stays out: what did before, and what a file of rejected rows says of them."""
    before = [column for column in mapping.ignored if column in columns]
    return (*before, *(column for column in rejection_columns(columns) if column not in before))


def same_file_before(batch: ImportBatch) -> ImportBatch | None:
    """The newest complete import of the very same file into the data set, if there was one."""
    same = ImportBatch.objects.filter(dataset=batch.dataset_id, file_hash=batch.file_hash, published=True)
    return same.exclude(pk=batch.pk).order_by("-pk").first()
