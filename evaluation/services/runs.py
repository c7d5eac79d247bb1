"""A run's life: made, estimated, started, paused, resumed, cancelled, completed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.models import PromptVersion, Purpose, Response, Run, RunItem, RunSystem, System, SystemVersion
from evaluation.providers.outcomes import Fault
from evaluation.services import judge_tasks, queue, readings, systems
from projects.jobs import ring
from projects.models import Dataset, Job, Project, Study, User, new_seed, new_token
from projects.services import jobs
from projects.services.audit import record

State = Run.State
DRAIN = "evaluation.tasks.drain"
# Rung once for each worker process that could help; a message too many finds nothing to do.
BELLS = 4
# The sweep rings every few seconds: what nobody heard by then must not pile up behind a long task.
BELL_SECONDS = 30.0
UNFINISHED = (RunItem.State.QUEUED, RunItem.State.LEASED)


def create(
    *,
    project: Project,
    name: str,
    purpose: str,
    systems: Sequence[System],
    actor: User | None,
    dataset: Dataset | None = None,
    study: Study | None = None,
    sample_size: int | None = None,
    seed: int | None = None,
    selection: Mapping[str, Any] | None = None,
    rounds: int = 1,
    prompt: PromptVersion | None = None,
    time_budget: int = 360,
    client_key: str = "",
) -> Run:
    """Make a draft and ask for its estimate; the same `client_key` again returns the same run.

    Raises ValidationError where a system cannot be asked. A prompt given here is every system's in this run: each gets
    the version of its own that has it.
    """
    key = client_key or new_token()
    if (made := Run.objects.filter(project=project, client_key=key).first()) is not None:
        return made
    with transaction.atomic():
        versions = [version_for(system, prompt, purpose, actor) for system in systems]
        run = Run(
            project=project,
            name=name,
            purpose=purpose,
            source=_source(study, sample_size),
            dataset=None if study else dataset,
            study=study,
            sample_size=sample_size,
            seed=new_seed() if seed is None else seed,
            selection=dict(selection or {}),
            rounds=rounds,
            prompt=prompt,
            time_budget=time_budget,
            client_key=key,
            created_by=actor,
        )
        _save_once(run)
        RunSystem.objects.bulk_create([RunSystem(run=run, system_version=version) for version in versions])
        record("run.created", actor=actor, project=project, target=run, systems=len(versions))
        ask_for_estimate(run, actor)
    return run


def version_for(system: System, prompt: PromptVersion | None, purpose: str, actor: User | None) -> SystemVersion:
    """Return the version of a system that a run asks; raises ValidationError where it cannot be asked."""
    version = systems.with_prompt(system, prompt, actor=actor) if prompt else system.in_force
    name = {"name": system.name}
    if version.endpoint is None:
        raise ValidationError(_("“%(name)s” has no endpoint, so nothing can be sent to it.") % name)
    if version.prompt is None:
        raise ValidationError(_("“%(name)s” has no prompt of its own. Choose a prompt for the run.") % name)
    asks = version.prompt.template.purpose
    if (purpose == Purpose.JUDGE) != (asks == Purpose.JUDGE):
        raise ValidationError(_judging_words(purpose) % name)
    if purpose != Purpose.ANSWER and asks == Purpose.ANSWER:
        raise ValidationError(_("The prompt of “%(name)s” asks for an answer in free words, not for a label.") % name)
    if not version.endpoint.grants.filter(project=system.project).exists():
        raise ValidationError(_("This project may not use the endpoint of “%(name)s”.") % name)
    return version


def _judging_words(purpose: str) -> str:
    if purpose == Purpose.JUDGE:
        return _("The prompt of “%(name)s” does not ask for a judgement. Choose a prompt that does.")
    return _("The prompt of “%(name)s” asks for a judgement of responses. Choose another prompt.")


def ask_for_estimate(run: Run, actor: User | None) -> Job:
    """Have a worker compute calls, tokens and cost of a draft."""
    return jobs.enqueue("estimate_run", f"run:{run.pk}:estimate", project=run.project, actor=actor)


def start(run: Run, *, actor: User | None) -> bool:
    """Have a worker write the rows and begin; False where the run is no draft (any more).

    Raises ValidationError where judges would begin while raters judge the same responses.
    """
    now = timezone.now()
    if run.purpose == Purpose.JUDGE and (open_ones := judge_tasks.studies_at_work(run)):
        raise ValidationError(judge_tasks.refusal(open_ones))
    with transaction.atomic():
        if not Run.objects.filter(pk=run.pk, state=State.DRAFT).update(state=State.QUEUED, started_at=now):
            return False
        freeze(run, now)
        record("run.started", actor=actor, project=run.project, target=run)
        jobs.enqueue("prepare_run", f"run:{run.pk}", project=run.project, actor=actor)
    run.refresh_from_db()
    return True


def freeze(run: Run, now: datetime) -> None:
    """Fix what the run sends: its systems' versions and their prompts do not change any more."""
    versions = SystemVersion.objects.filter(parts__run=run)
    versions.filter(frozen_at__isnull=True).update(frozen_at=now)
    PromptVersion.objects.filter(system_versions__in=versions, used_at__isnull=True).update(used_at=now)


def begin(run: Run) -> None:
    """Open a prepared run to the workers."""
    now = timezone.now()
    with transaction.atomic():
        opened = Run.objects.filter(pk=run.pk, state=State.QUEUED).update(
            state=State.RUNNING, retry_until=_budget(run, now)
        )
        if opened:
            wake()
    finish_if_complete(run.pk)


def wake() -> None:
    """Ring the workers once the transaction in hand is committed."""
    for _bell in range(BELLS):
        ring(DRAIN, expires=BELL_SECONDS)


def pause(run: Run, *, actor: User | None) -> bool:
    """Stop sending; calls in flight end and are kept. False where the run was not running."""
    return _halt(run, State.PAUSED, (State.RUNNING,), "run.paused", actor)


def cancel(run: Run, *, actor: User | None) -> bool:
    """Stop for good: calls in flight end and are kept, no more are made. False where there was nothing to stop."""
    stopped = _halt(
        run, State.CANCELLED, (State.DRAFT, State.QUEUED, State.RUNNING, State.PAUSED), "run.cancelled", actor
    )
    if stopped:
        for job in Job.objects.filter(subject=f"run:{run.pk}", state__in=jobs.UNFINISHED):
            jobs.cancel(job)
    return stopped


def resume(run: Run, *, actor: User | None) -> bool:
    """Go on with a paused or cancelled run, with a fresh time budget; False where it is neither."""
    now = timezone.now()
    with transaction.atomic():
        resumed = Run.objects.filter(pk=run.pk, state__in=(State.PAUSED, State.CANCELLED)).update(
            state=State.RUNNING, retry_until=_budget(run, now), finished_at=None
        )
        if not resumed:
            return False
        record("run.resumed", actor=actor, project=run.project, target=run)
        wake()
    finish_if_complete(run.pk)
    run.refresh_from_db()
    return True


def retry_failed(run: Run, *, actor: User | None, fault: str = "") -> int:
    """Put failed and set-aside rows back into the queue, all or those with one kind of error; returns how many."""
    now = timezone.now()
    rows = RunItem.objects.filter(run=run, state__in=(RunItem.State.FAILED, RunItem.State.QUARANTINED))
    rows = rows.filter(error_class=fault) if fault else rows
    with transaction.atomic():
        if not Run.objects.select_for_update().filter(pk=run.pk).exclude(state=State.DRAFT).exists():
            return 0
        count = rows.update(
            state=RunItem.State.QUEUED, unanswered=0, next_attempt_at=now, finished_at=None, error_class=""
        )
        if count:
            reopen(run, now)
            record("run.retried", actor=actor, project=run.project, target=run, rows=count)
    return count


def fill(run: Run, *, actor: User | None) -> Job | None:
    """Have a worker add what is missing: items that came since, or that were never asked. None for a draft."""
    now = timezone.now()
    with transaction.atomic():
        ready = Run.objects.filter(pk=run.pk, state__in=(State.DONE, State.CANCELLED, State.PAUSED, State.RUNNING))
        if not ready.update(state=State.QUEUED, finished_at=None, retry_until=_budget(run, now)):
            return None
        record("run.filled", actor=actor, project=run.project, target=run)
        return jobs.enqueue("prepare_run", f"run:{run.pk}", project=run.project, actor=actor)


def leave_out(part: RunSystem, *, actor: User | None) -> int:
    """Take a system out of the rest of a run: its waiting rows fail without being sent; returns how many."""
    with transaction.atomic():
        queue.hold(endpoints_of(part.run))
        count = RunItem.objects.filter(
            run=part.run, system_version=part.system_version, state=RunItem.State.QUEUED
        ).update(state=RunItem.State.FAILED, error_class=Fault.LEFT_OUT, finished_at=timezone.now())
        if count:
            record("run.system_left_out", actor=actor, project=part.run.project, target=part.run, rows=count)
    finish_if_complete(part.run_id)
    return count


def finish_if_complete(run_id: int) -> bool:
    """Close a run whose rows have all come to an end; returns whether it did."""
    if queue.unfinished(run_id):
        return False
    with transaction.atomic():
        closed = Run.objects.filter(pk=run_id, state=State.RUNNING)
        if not closed.update(state=State.DONE, finished_at=timezone.now()):
            return False
        if Run.objects.filter(pk=run_id, purpose=Purpose.JUDGE).exists():
            return True
        readings.ask(run_id, Project.objects.get(runs=run_id), actor=None)
    return True


def retry_times(run_ids: Collection[int]) -> dict[int, datetime | None]:
    """Return until when each run's passing errors are tried again."""
    return dict(Run.objects.filter(pk__in=run_ids).values_list("pk", "retry_until")) if run_ids else {}


def sweep() -> int:
    """Take back what dead workers held, close what is complete, ring for what waits; returns how many runs wait."""
    queue.recover(timezone.now())
    waiting = 0
    for run_id in Run.objects.filter(state=State.RUNNING).values_list("pk", flat=True):
        waiting += not finish_if_complete(run_id)
    if queue.lanes():
        ring(DRAIN, expires=BELL_SECONDS)
    return waiting


def endpoints_of(run: Run) -> list[int]:
    """Return the endpoints a run calls."""
    found = run.systems.filter(endpoint__isnull=False).order_by("endpoint_id").values_list("endpoint_id", flat=True)
    return [pk for pk in found.distinct() if pk is not None]


def delete_draft(run: Run, *, actor: User | None) -> bool:
    """Throw a draft away; False where the run has begun."""
    with transaction.atomic():
        if not Run.objects.filter(pk=run.pk, state=State.DRAFT).exists() or Response.objects.filter(run=run).exists():
            return False
        record("run.deleted", actor=actor, project=run.project, target=run)
        run.delete()
    return True


def _source(study: Study | None, sample_size: int | None) -> str:
    if study is not None:
        return Run.Source.STUDY
    return Run.Source.SAMPLE if sample_size else Run.Source.DATASET


def _save_once(run: Run) -> None:
    """Save a new run; a second press that raced the first is refused by the database."""
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        raise ValidationError(_("This run cannot be made as it stands. Load the page again.")) from error


def _halt(run: Run, state: Run.State, states: Sequence[Run.State], verb: str, actor: User | None) -> bool:
    """Change the state while nothing can be claimed: once this commits, no further call of the run is sent."""
    finished = timezone.now() if state == State.CANCELLED else None
    with transaction.atomic():
        queue.hold(endpoints_of(run))
        stopped = Run.objects.filter(pk=run.pk, state__in=states).update(state=state, finished_at=finished)
        if stopped:
            record(verb, actor=actor, project=run.project, target=run)
    run.refresh_from_db()
    return bool(stopped)


def reopen(run: Run, now: datetime) -> None:
    """Let workers go on with a run that has ended, with a fresh time budget."""
    Run.objects.filter(pk=run.pk, state__in=(State.DONE, State.CANCELLED)).update(state=State.RUNNING, finished_at=None)
    Run.objects.filter(pk=run.pk).update(retry_until=_budget(run, now))
    wake()


def _budget(run: Run, now: datetime) -> datetime:
    return now + timedelta(minutes=run.time_budget)
