"""Filling a demonstration: data sets imported from files like anybody's, and jobs carried out here and now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.management import CommandError
from django.utils import timezone

from projects.formats.mapping import Mapping
from projects.models import Dataset, ImportBatch, Job, Project, Study, User
from projects.services import datasets, import_batches, jobs, reports

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class SetOfItems:
    """A data set to be imported: its address and name, and the file."""

    slug: str
    name: str
    description: str
    filename: str
    content: Callable[[], bytes]
    mapping: Mapping
    days_ago: int


def carry_out(job: Job) -> None:
    """Run a job to its end. One that a killed start left behind, or that a worker has in hand, is waited for."""
    while not job.finished:
        # Before the first start there is no worker yet.
        if jobs.run(job.pk) is None:
            time.sleep(POLL_SECONDS)
        job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise CommandError(job.message or f"The job {job} ended as {job.state}.")


def ask_report(study: Study, actor: User) -> None:
    """Leave the results to the worker, unless they were asked for already: they are half of a first start's time."""
    if not study.reports.exists():
        reports.ask(study, actor=actor)


def ensure_dataset(project: Project, wanted: SetOfItems, manager: User) -> Dataset:
    """Return a data set whose file has been imported."""
    dataset = Dataset.objects.filter(project=project, slug=wanted.slug).first() or datasets.create(
        project=project, name=wanted.name, slug=wanted.slug, description=wanted.description, actor=manager
    )
    _finish_leftovers(dataset)
    if not dataset.batches.filter(published=True).exists():
        _import(dataset, wanted, manager)
    dataset.refresh_from_db()
    return dataset


def _finish_leftovers(dataset: Dataset) -> None:
    """End what a killed start has left: an import under way holds the data set, a checked one would begin anew."""
    for batch in dataset.batches.filter(published=False):
        job = import_batches.job_of(batch)
        if job is not None and not job.finished:
            carry_out(job)
        batch.refresh_from_db()
        import_batches.cancel(batch=batch, actor=None)


def _import(dataset: Dataset, wanted: SetOfItems, manager: User) -> None:
    file = ContentFile(wanted.content())
    batch, _table = import_batches.receive(dataset=dataset, file=file, filename=wanted.filename, actor=manager)
    carry_out(import_batches.request_check(batch=batch, mapping=wanted.mapping, encoding="", actor=manager))
    batch.refresh_from_db()
    carry_out(import_batches.start(batch=batch, keep_good=False, actor=manager))
    then = timezone.now() - timedelta(days=wanted.days_ago)
    # The work in it lies some days back, and what is judged must have been there before it.
    ImportBatch.objects.filter(pk=batch.pk).update(created_at=then, published_at=then)
    Dataset.objects.filter(pk=dataset.pk).update(created_at=then)
