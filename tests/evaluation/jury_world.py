"""Judges whose verdicts are scripted, without a server: answers are read and written the way a worker does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from evaluation.models import Jury, JuryReport, PromptTemplate, Response, RubricVersion, Run, SystemVersion
from evaluation.prompting.presets import preset
from evaluation.providers.outcomes import Outcome
from evaluation.services import judge_runs, judge_tasks, juries, ledger, prompts, queue, runs
from evaluation.services.ledger import Finished
from projects.models import Dataset, Job, Project, Study
from projects.services import jobs
from reports.summary import Summary
from tests.evaluation import worlds

# What a judge says: (judge's name, the responses in the order in which they are shown) -> its answer's text.
Say = Callable[[str, Sequence[Response]], str]


def prompt_of(project: Project, mode: str) -> PromptTemplate:
    """The ready-made prompt for a way of judging."""
    ready = preset(f"judge-{mode}")
    assert ready is not None
    found = project.prompts.filter(name=ready.name).first()
    return found or prompts.create(
        project=project, name=str(ready.name), purpose=ready.purpose, texts=ready.texts, actor=None
    )


def judges_of(project: Project, names: Sequence[str], models: Mapping[str, str] | None = None) -> list[SystemVersion]:
    """Systems that can be asked to judge, at a server that nobody calls."""
    endpoint = worlds.endpoint_at("https://judges.example.org/v1", project, name=f"Judges of {project.slug}")
    prompt = prompt_of(project, "scores")
    made = [
        worlds.system_at(endpoint, project, name, prompt=prompt, model_id=(models or {}).get(name, name.lower()))
        for name in names
    ]
    return [system.in_force for system in made]


def judged(
    dataset: Dataset,
    judges: Sequence[SystemVersion],
    versions: Sequence[SystemVersion],
    rubric: RubricVersion,
    say: Say,
    *,
    mode: str = "scores",
    **about: int,
) -> Run:
    """A run of judges that is done."""
    run = judge_runs.create(
        project=dataset.project, name=f"Judged by {mode}", judges=[one.system for one in judges],
        judged=list(versions), rubric=rubric, mode=mode, dataset=dataset, actor=None,
        prompt=prompt_of(dataset.project, mode).version, **about,
    )  # fmt: skip
    assert runs.start(run, actor=None)
    worlds.prepare(run)
    answer(run, say)
    run.refresh_from_db()
    return run


def answer(run: Run, say: Say) -> None:
    """Let every call of the run come to its end."""
    while True:
        now = timezone.now()
        with transaction.atomic():
            lanes = [lane for lane in queue.lanes() if lane.run_id == run.pk]
            claims = queue.take(lanes, 500, now).claims
            sheets = judge_tasks.load_sheets({claim.task_id or 0 for claim in claims})
            ledger.record([_finished(claim, sheets, say) for claim in claims], {run.pk: run.retry_until}, now)
        if not claims:
            break
    runs.finish_if_complete(run.pk)


def _finished(claim: queue.Claim, sheets: Mapping[int, judge_tasks.Sheet], say: Say) -> Finished:
    sheet = sheets[claim.task_id or 0]
    members = Response.objects.filter(judged__task=claim.task_id).order_by("judged__slot")
    shown = members.select_related("system_version__system", "revision__item")
    judge = SystemVersion.objects.select_related("system").get(pk=claim.version_id)
    return Finished(claim, Outcome(text=say(judge.system.name, list(shown))), {"model": "m"}, sheet=sheet)


def report_on(runs_of_judges: Sequence[Run], studies: Sequence[Study] = ()) -> tuple[JuryReport, Summary]:
    """Set a judges' report up and have a worker compute it."""
    row = juries.create(
        project=runs_of_judges[0].project, name="Judges", runs=runs_of_judges, studies=studies, actor=None
    )
    return computed(row)


def computed(row: Jury) -> tuple[JuryReport, Summary]:
    """Have a worker compute a report."""
    report = juries.ask(row, actor=None)
    job = jobs.run(report.job_id or 0)
    assert job is not None
    assert (job.state, job.message) == (Job.State.DONE, "")
    report.refresh_from_db()
    return report, Summary.from_json(report.summary or {})
