"""What workers do before a run begins: the estimate of a draft, and the rows of a run that was started."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.models import JudgeTask, Purpose, Response, Run, RunItem, SystemVersion
from evaluation.services import estimates, judge_tasks, runs, selection
from evaluation.services.calls import messages_for
from evaluation.services.judge_tasks import Sheet
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
    if run.purpose == Purpose.JUDGE and (open_ones := judge_tasks.studies_at_work(run)):
        Run.objects.filter(pk=run.pk).update(state=Run.State.DRAFT, started_at=None)
        raise JobFailed(judge_tasks.refusal(open_ones))
    done = 0
    for part in selection.revisions(ids):
        if run.purpose == Purpose.JUDGE:
            write_judged(run, versions, part, done)
        else:
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
    rows = [row for revision in part for row in _rows(run, versions, revision) if key_of(row) not in known]
    with transaction.atomic():
        RunItem.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


def write_judged(run: Run, versions: Sequence[SystemVersion], part: Sequence[ItemRevision], first: int) -> None:
    """Add the judges' tasks about some items and the calls they take; all judges get the same tasks."""
    by_id = {revision.pk: revision for revision in part}
    with transaction.atomic():
        tasks = judge_tasks.write(run.judging, part, first)
        known = judge_tasks.rows_of(run, tasks)
        sheets = judge_tasks.load_sheets({task.pk for task in tasks})
        rows = [
            row
            for task in tasks
            for row in _rows(run, versions, by_id[task.revision_id], task=task, sheet=sheets[task.pk])
            if (row.system_version_id, row.task_id, row.round) not in known
        ]
        RunItem.objects.bulk_create(rows, batch_size=1000)


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


def _rows(
    run: Run,
    versions: Sequence[SystemVersion],
    revision: ItemRevision,
    *,
    task: JudgeTask | None = None,
    sheet: Sheet | None = None,
) -> Iterator[RunItem]:
    now = timezone.now()
    for version in versions:
        if version.endpoint_id is None or version.prompt is None:
            continue
        messages = messages_for(version.prompt, revision, version.endpoint, sheet)
        tokens = estimates.row_tokens(version, messages)
        for number in range(1, run.rounds + 1):
            yield RunItem(
                run=run,
                system_version=version,
                endpoint_id=version.endpoint_id,
                revision=revision,
                task=task,
                round=number,
                tokens=tokens,
                next_attempt_at=now,
            )
