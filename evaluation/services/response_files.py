"""A file of responses from upload to decision: kept, opened, checked by a worker, imported or thrown away."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.models import ResponseImport
from evaluation.responses.columns import Columns, guess
from projects.formats.limits import Limits
from projects.formats.tables import Table, open_table
from projects.models import Dataset, Job, Project, User
from projects.services import jobs
from projects.services.audit import record

CHECK, IMPORT = "check_responses", "import_responses"
# A file that nobody came back to is removed after this time.
KEPT = timedelta(days=7)


class Stage(StrEnum):
    """How far an import is."""

    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


def receive(
    *, dataset: Dataset, file: File[bytes], filename: str, actor: User | None, encoding: str = ""
) -> ResponseImport:
    """Keep a file and guess what its columns are. Raises FormatError, and keeps nothing, where it cannot be read."""
    remove_abandoned(dataset.project)
    batch = ResponseImport(project=dataset.project, dataset=dataset, filename=_short(filename), created_by=actor)
    batch.file.save(f"{secrets.token_hex(16)}.upload", file, save=False)
    try:
        batch.file_hash = _hash_of(Path(batch.file.path))
        batch.mapping = {"encoding": encoding}
        batch.mapping |= guess(opened(batch).columns, batch.filename).to_json()
    except BaseException:
        batch.file.delete(save=False)
        raise
    batch.save()
    return batch


def opened(batch: ResponseImport) -> Table:
    """The file as a table. Raises FormatError where it cannot be read, ValueError or OSError where it is gone."""
    return open_table(
        Path(batch.file.path), filename=batch.filename, encoding=batch.mapping.get("encoding", ""),
        limits=Limits(max_bytes=settings.CONCORD_MAX_UPLOAD_BYTES),
    )  # fmt: skip


def columns_of(batch: ResponseImport) -> Columns:
    """What the columns are taken for."""
    return Columns.from_json(batch.mapping)


def request_check(*, batch: ResponseImport, columns: Columns, actor: User | None) -> Job:
    """Keep the choice of columns and have a worker read every row. Raises ValidationError."""
    if columns.missing():
        raise ValidationError(_("Say which column holds the item's id, which the text, and which system wrote it."))
    with transaction.atomic():
        refuse_ended(batch)
        batch.mapping = {"encoding": batch.mapping.get("encoding", "")} | columns.to_json()
        batch.report = {}
        batch.save(update_fields=["mapping", "report"])
        return _enqueue(CHECK, batch, actor, {})


def start(*, batch: ResponseImport, keep_good: bool, actor: User | None) -> Job:
    """Have a worker import the responses: all, or with `keep_good` those of the rows without a fault."""
    with transaction.atomic():
        refuse_ended(batch)
        record("responses.import_started", actor=actor, project=batch.project, target=batch, dataset=batch.dataset_id)
        return _enqueue(IMPORT, batch, actor, {"keep_good": keep_good})


def _enqueue(kind: str, batch: ResponseImport, actor: User | None, params: dict[str, bool]) -> Job:
    return jobs.enqueue(kind, subject_of(batch.pk), project=batch.project, actor=actor, params=params)


def refuse_ended(batch: ResponseImport) -> None:
    """Raise ValidationError where nothing more can happen to the import, or a worker has it in hand."""
    if batch.published or not batch.file:
        raise ValidationError(_("This import has ended. Upload the file again to start another."))
    job = job_of(batch)
    if job is not None and not job.finished:
        raise ValidationError(_("This import is being worked on. Wait until it is finished, or stop it."))


def cancel(*, batch: ResponseImport, actor: User | None) -> None:
    """Stop an import and remove its file; a complete one stays as it is."""
    if batch.published or batch.report.get("cancelled"):
        return
    job = job_of(batch)
    if job is not None and not job.finished:
        jobs.cancel(job)
        job.refresh_from_db()
    record("responses.import_cancelled", actor=actor, project=batch.project, target=batch, dataset=batch.dataset_id)
    if job is None or job.finished:
        forget(batch)


def forget(batch: ResponseImport) -> None:
    """Remove the file of an import that will not be finished; its row stays and says so."""
    if batch.file:
        batch.file.delete(save=False)
    batch.report = {"cancelled": True}
    batch.save(update_fields=["file", "report"])


def subject_of(batch: int) -> str:
    """Return what an import's jobs are about, as they have it."""
    return f"responses:{batch}"


def job_of(batch: ResponseImport) -> Job | None:
    """The import's newest job."""
    return Job.objects.filter(kind__in=(CHECK, IMPORT), subject=subject_of(batch.pk)).order_by("-pk").first()


def stage_of(batch: ResponseImport, job: Job | None) -> Stage:
    """How far an import is, given its newest job."""
    if batch.published:
        return Stage.DONE
    if job is not None and not job.finished:
        return Stage.CHECKING if job.kind == CHECK else Stage.IMPORTING
    if batch.report.get("cancelled") or not batch.file:
        return Stage.CANCELLED
    return Stage.CHECKED if job is not None and job.state == Job.State.DONE else Stage.FAILED


def remove_abandoned(project: Project) -> int:
    """Remove the files of imports that were begun long ago and never decided; returns how many."""
    old = ResponseImport.objects.filter(project=project, published=False, created_at__lt=timezone.now() - KEPT)
    removed = 0
    for batch in old.exclude(file=""):
        job = job_of(batch)
        if job is None or job.finished:
            forget(batch)
            removed += 1
    return removed


def same_file_before(batch: ResponseImport) -> ResponseImport | None:
    """The newest complete import of the very same file, if there was one."""
    same = ResponseImport.objects.filter(dataset=batch.dataset_id, file_hash=batch.file_hash, published=True)
    return same.exclude(pk=batch.pk).order_by("-pk").first()


def _short(filename: str) -> str:
    """The file's own name without a path, with the ending that tells the format."""
    name = filename.replace("\\", "/").rpartition("/")[2].replace("\0", "")
    return name if len(name) <= 255 else name[:200] + name[-55:]


def _hash_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
