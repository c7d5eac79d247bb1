"""What workers do before a run begins: the estimate of a draft, and the rows of a run that was started."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.models import Response, Run, RunItem, SystemVersion
from evaluation.services import estimates, runs, selection
from evaluation.services.calls import messages_for
from projects.models import ItemRevision, Job
from projects.services.jobs import JobFailed, Progress

Key = tuple[int, int, int]  # system version, revision, round


def estimate(job: Job, progress: Progress) -> str | None:
    """Compute a draft's estimate."""
    run = _run(job)
    values = estimates.estimate(run, versions_of(run))
    Run.objects.filter(pk=run.pk, state=Run.State.DRAFT).update(estimate=values)
    return None


def prepare(job: Job, progress: Progress) -> str | None:
    """Write the rows that are missing and open the run. It may start over: rows that are there stay as they are."""
    run = _run(job)
    if run.state != Run.State.QUEUED:
        return None
    versions = versions_of(run)
    ids = selection.item_ids(run)
    if not ids:
        Run.objects.filter(pk=run.pk).update(state=Run.State.DRAFT, started_at=None)
        raise JobFailed(_("The run has no items. Choose others and start again."))
    done = 0
    for part in selection.revisions(ids):
        write(run, versions, part)
        done += len(part)
        progress.report(done, len(ids))
    runs.begin(run)
    return None


def versions_of(run: Run) -> list[SystemVersion]:
    """Return the run's system versions, in the order in which they were chosen."""
    rows = SystemVersion.objects.filter(parts__run=run).select_related("endpoint", "prompt", "system")
    return list(rows.order_by("parts__pk"))


def write(run: Run, versions: Sequence[SystemVersion], part: Sequence[ItemRevision]) -> None:
    """Add the rows of some items: item after item, so that all systems advance together."""
    known = _known(run, versions, part)
    rows = [row for row in _rows(run, versions, part) if key_of(row) not in known]
    with transaction.atomic():
        RunItem.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


def key_of(row: RunItem) -> Key:
    """Return what makes a row unique in its run."""
    return row.system_version_id, row.revision_id, row.round


def _run(job: Job) -> Run:
    return Run.objects.select_related("project", "dataset", "study").get(pk=int(job.subject.split(":")[1]))


def _known(run: Run, versions: Sequence[SystemVersion], part: Sequence[ItemRevision]) -> set[Key]:
    """Return what has a response already, from whatever source, or a row in this run."""
    among: dict[str, Any] = {"system_version__in": versions, "revision__in": part}
    fields = ("system_version_id", "revision_id", "round")
    answered = Response.objects.filter(**among).values_list(*fields)
    return {*answered, *RunItem.objects.filter(run=run, **among).values_list(*fields)}


def _rows(run: Run, versions: Sequence[SystemVersion], part: Sequence[ItemRevision]) -> Iterator[RunItem]:
    now = timezone.now()
    for revision in part:
        for version in versions:
            if version.endpoint_id is None or version.prompt is None:
                continue
            messages = messages_for(version.prompt, revision, version.endpoint)
            tokens = estimates.row_tokens(version, run.purpose, messages)
            for number in range(1, run.rounds + 1):
                yield RunItem(
                    run=run,
                    system_version=version,
                    endpoint_id=version.endpoint_id,
                    revision=revision,
                    round=number,
                    tokens=tokens,
                    next_attempt_at=now,
                )
