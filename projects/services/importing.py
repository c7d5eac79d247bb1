"""Importing items: the check that only reads, and the import that writes rows nobody sees until all are in.

Both are jobs for a worker, and both read the file from its start, so that a killed one begins again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from projects.formats.dialogues.settings import is_dialogue
from projects.formats.records import FormatError
from projects.models import Dataset, ImportBatch, Item, ItemRevision, Job, User
from projects.services import audit, bulk, import_files, import_write
from projects.services.datasets import keys_of
from projects.services.dialogue_survey import DialogueSurvey
from projects.services.import_report import Tally
from projects.services.import_survey import Survey
from projects.services.jobs import JobCancelled, JobFailed, JobLost, Progress

Fence = Callable[[], Any]
AnySurvey = Survey | DialogueSurvey
IMPORT = "import"
BUSY = gettext_lazy("Another import into this data set is under way. Wait until it is finished, then start this one.")


def check(job: Job, progress: Progress) -> str:
    """Read the batch's file to its end and store what it holds; the handler of the job "check_import"."""
    batch = _batch_of(job)
    with _ending_clean(batch, job, progress):
        survey = _survey(batch)
        tally = survey.go(lambda _good, row, _tally: progress.report(row, survey.last_row))
        progress.report(tally.rows, tally.rows, force=True)
        batch.report = tally.to_json()
        batch.save(update_fields=["report", "rejected"])
    return ""


def run(job: Job, progress: Progress) -> str:
    """Import the batch's file; the handler of the job "import". Whole, or (cancelled, failed) absent."""
    batch = _batch_of(job)
    if not batch.published:
        with _ending_clean(batch, job, progress):
            # What a killed attempt left. The job holds the data set, so nobody else has unpublished rows there.
            import_write.remove_unpublished(import_write.leftovers(batch.dataset), fence=lambda: _hold(progress))
            if not batch.report.get("cancelled"):
                _import(batch, job, progress)
    import_files.drop(batch, "file")
    batch.save(update_fields=["file"])
    return ""


def _import(batch: ImportBatch, job: Job, progress: Progress) -> None:
    survey = _survey(batch)
    writer = _Writer(batch, survey, progress)
    tally = survey.go(writer)
    if writer.refuses(tally):
        batch.report = tally.to_json()
        batch.save(update_fields=["report", "rejected"])
        sentence = ngettext(
            "%(count)s row cannot be imported, so nothing was.", "%(count)s rows cannot be imported, so nothing was.",
            tally.bad,
        )  # fmt: skip
        raise JobFailed(sentence % {"count": tally.bad})
    bulk.take_stock(Item, ItemRevision)
    publish(batch, tally, actor=job.created_by, fence=lambda: progress.report(tally.rows, tally.rows, force=True))


class _Writer:
    """Writes each chunk in a transaction of its own, in which it also makes sure that the job is still this worker's.

    A worker that was thought dead and wakes up would otherwise add rows beside its successor's.
    """

    def __init__(self, batch: ImportBatch, survey: AnySurvey, progress: Progress) -> None:
        self.batch = batch
        self.survey = survey
        self.last_row = survey.last_row
        self.progress = progress
        self.position = import_write.next_position(batch.dataset)

    def refuses(self, tally: Tally) -> bool:
        """Whether a bad row stops the whole import."""
        return tally.bad > 0 and not self.batch.keep_good

    def __call__(self, records: list[Any], row: int, tally: Tally) -> None:
        with transaction.atomic():
            self.progress.report(row, self.last_row, force=True)
            if records and not self.refuses(tally):
                self.survey.write(records, self.position)
        self.position += len(records)


def publish(batch: ImportBatch, tally: Tally, *, actor: User | None, fence: Fence = lambda: None) -> None:
    """Make the batch's items visible, all at once, and count them. `fence` raises where the import must stop."""
    with transaction.atomic():
        fence()
        dataset = Dataset.objects.select_for_update().get(pk=batch.dataset_id)
        if keys_of(dataset.labels) != keys_of(batch.dataset.labels):
            raise JobFailed(_("The labels of the data set were changed meanwhile. Start the import again."))
        Dataset.objects.filter(pk=dataset.pk).update(item_count=F("item_count") + tally.good)
        batch.published, batch.published_at, batch.report = True, timezone.now(), tally.to_json()
        batch.save(update_fields=["published", "published_at", "report", "rejected"])
        audit.record(
            "import.published", actor=actor, project=dataset.project, target=batch, dataset=dataset.pk,
            items=tally.good, unchanged=tally.unchanged, conflicts=tally.conflicts, rejected=tally.rejected,
        )  # fmt: skip


def _batch_of(job: Job) -> ImportBatch:
    found = ImportBatch.objects.select_related("dataset__project").filter(pk=job.params["batch"]).first()
    if found is None:
        raise JobFailed(_("The import is no longer there. Upload the file again."))
    return found


def _survey(batch: ImportBatch) -> AnySurvey:
    try:
        return DialogueSurvey(batch) if is_dialogue(batch.mapping) else Survey(batch)
    except (ValueError, FileNotFoundError) as error:
        # The file was removed after a while, or by whoever cancelled.
        raise JobFailed(_("The file is no longer there. Upload it again.")) from error


def _hold(progress: Progress) -> None:
    """Raise JobLost unless the job is still this worker's; inside a transaction, keep it so until the commit."""
    progress.renew()
    if progress.lost:
        raise JobLost


@contextmanager
def _ending_clean(batch: ImportBatch, job: Job, progress: Progress) -> Iterator[None]:
    """Speak the language of whoever asked; on an early end leave no row, and on a cancelled one no file either."""
    language = (job.created_by.language if job.created_by else "") or translation.get_language()
    with translation.override(language):
        try:
            yield
        except (FormatError, JobFailed) as error:
            import_write.remove_unpublished([batch.pk], fence=lambda: _hold(progress))
            raise JobFailed(str(error)) from error
        except JobCancelled:
            import_write.remove_unpublished([batch.pk], fence=lambda: _hold(progress))
            forget(batch)
            raise


def forget(batch: ImportBatch) -> None:
    """Remove the files of an import that will not be finished; its row stays and says so."""
    import_files.drop(batch, "file", "rejected")
    batch.report = {"cancelled": True}
    batch.save(update_fields=["file", "rejected", "report"])
