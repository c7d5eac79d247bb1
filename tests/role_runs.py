"""A run for the world of the role matrix: two calls, one answered after an error, one failed."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from evaluation.models import Endpoint, Run
from evaluation.providers.outcomes import Fault, Outcome
from evaluation.services import endpoints, judge_runs, judge_tasks, ledger, prompts, queue, rubrics, runs, systems
from evaluation.services.ledger import Finished
from projects.models import Dataset, Job, User


def furnish(dataset: Dataset, manager: User, mark: str) -> Run:
    """Fill a project with an endpoint, a prompt in two versions, a system and a run of it."""
    from role_world import work_off

    project = dataset.project
    endpoint = Endpoint(name=f"Server of {project.slug} {mark}", base_url="https://models.example.org/v1")
    endpoint = endpoints.save(endpoint, actor=manager)
    endpoints.set_grants(endpoint, [project], actor=manager)
    texts = {"en": {"messages": [{"role": "user", "content": f"{mark} {{text}}"}]}}
    prompt = prompts.create(
        project=project, name=f"Ask {project.slug} {mark}", purpose="answer", texts=texts, actor=manager
    )
    system = systems.create(
        project=project, name=f"Model {project.slug} {mark}", notes=mark, endpoint=endpoint, model_id=f"m {mark}"[:200],
        parameters={"temperature": 1.0, "max_tokens": 50}, prompt=prompt.version, actor=manager,
    )  # fmt: skip
    run = runs.create(
        project=project, name=f"First run {mark}", purpose="answer", systems=[system], dataset=dataset,
        sample_size=2, seed=1, actor=manager,
    )  # fmt: skip
    runs.start(run, actor=manager)
    for job in Job.objects.filter(project=project, kind__in=("estimate_run", "prepare_run")):
        work_off(job.pk)
    answer(mark)
    run.refresh_from_db()
    return run


def answer(mark: str) -> None:
    """Let the first call be answered and the second one fail, in the servers' words."""
    said = [Outcome(text=f"I hear you {mark}", reasoning=mark), Outcome(fault=Fault.BAD_REQUEST, words=f"No {mark}")]
    with transaction.atomic():
        now = timezone.now()
        claims = queue.take(queue.lanes()[-1:], 2, now).claims
        done = [Finished(claim, outcome, {"model": mark}) for claim, outcome in zip(claims, said, strict=True)]
        ledger.record(done, {}, now)


def judge(run: Run, manager: User, mark: str) -> Run:
    """Have what the run brought judged: one verdict that says something, and one that could not be read."""
    from role_world import work_off

    project = run.project
    texts = {"en": {"messages": [{"role": "user", "content": f"{mark} {{responses}} {{criteria}} {{form}}"}]}}
    prompt = prompts.create(
        project=project, name=f"Judge {project.slug} {mark}", purpose="judge", texts=texts, actor=manager
    )
    points = [{"value": value, "anchor": mark} for value in (0, 1)]
    criteria = [{"key": "good", "name": f"Good {mark}", "text": mark, "eyes": "client", "points": points}]
    rubric = rubrics.keep(
        project, slug="judged", name=f"Judged by {mark}", criteria=criteria, risk_flag=False, actor=manager
    )
    judging = judge_runs.create(
        project=project, name=f"Judged {mark}", judges=[part.system_version.system for part in run.parts.all()],
        judged=list(run.systems.all()), rubric=rubric, mode="scores", prompt=prompt.version, rounds=2,
        dataset=run.dataset, actor=manager,
    )  # fmt: skip
    runs.start(judging, actor=manager)
    for job in Job.objects.filter(project=project, kind__in=("estimate_run", "prepare_run"), state="queued"):
        work_off(job.pk)
    said = [Outcome(text='{"explanation": "Yes.", "good": 1}'), Outcome(text=f"No {mark}"), Outcome(text=f"No {mark}")]
    for outcome in said:
        now = timezone.now()
        with transaction.atomic():
            lane = next(one for one in queue.lanes() if one.run_id == judging.pk)
            (claim,) = queue.take([lane], 1, now).claims
            sheet = judge_tasks.load_sheets({claim.task_id or 0})[claim.task_id or 0]
            ledger.record([Finished(claim, outcome, {"model": mark}, sheet=sheet)], {}, now)
    judging.refresh_from_db()
    return judging
