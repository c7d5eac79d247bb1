"""Making the demonstration's judges: made-up answers, read and written down by what reads those of real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluation.judging.asked import LETTERS, Mode
from evaluation.management.demo import QUESTIONS, blind, judges
from evaluation.management.demo.blind_work import FOUR, SKILLS, share, worth
from evaluation.management.demo.world import FIRST_TOKEN_MS, TOKEN_MS, endpoint, tokens
from evaluation.models import (
    Attempt,
    JudgePlan,
    JudgeTaskMember,
    Jury,
    PromptVersion,
    Purpose,
    RubricVersion,
    Run,
    RunItem,
    RunSystem,
    System,
    SystemVersion,
)
from evaluation.prompting.presets import preset
from evaluation.providers.outcomes import Outcome
from evaluation.services import judge_tasks, juries, prompts, rubrics, verdicts
from evaluation.services.judge_tasks import Sheet
from evaluation.services.queue import Claim
from projects.models import Dataset, ItemRevision, Project, Study, User


@dataclass(frozen=True)
class Judge:
    """A made-up judge: how generous it is, and what it gives to whatever stands first."""

    key: str
    name: str
    notes: str
    more: float
    first: float


JUDGES = (
    Judge("elm", "Elm, as a judge", "Strict, and hardly moved by the place.", -0.06, 0.01),
    Judge("rowan", "Rowan, as a judge", "Generous, and fond of what stands first.", 0.08, 0.14),
)
PARAMETERS = {"temperature": 0.0, "top_p": 1.0, "max_tokens": 512, "seed": 7}
# How often a judge talks round the form; a person has to look at what it meant.
ROUND_ABOUT = 0.03
SAID = {
    "en": (
        "It passes over what the person said and hurries to advice.",
        "It hears the worry, but what to do stays vague.",
        "It takes the worry up and names one step; more could be asked.",
        "It names the feeling, stays with it, and leaves the person one thing to try tonight.",
    ),
    "zh": (
        "没有回应对方说的话，急着给建议。",
        "听到了担心，但怎么做还很含糊。",
        "接住了担心，给出一个步骤；还可以多问一句。",
        "说出了感受，陪着停留，并留下今晚就能试的一件事。",
    ),
}
ASIDE = {"en": "I would put this between 3-4 on most of them.", "zh": "大多数标准我会给3-4分。"}


@dataclass(frozen=True)
class Plan:
    """One run of judges to be made."""

    name: str
    mode: Mode
    systems: Sequence[str]
    days_ago: int
    orders: int = 1


PLANS = (
    Plan(judges.SCORED, Mode.SCORES, tuple(SKILLS), 5),
    Plan(judges.PAIRED, Mode.PAIRS, ("harbour-both", "person"), 4),
    Plan(judges.ORDERED, Mode.LISTS, tuple(SKILLS), 4, 2),
)
REPORTS = (
    (judges.RANKED_REPORT, (judges.SCORED, judges.ORDERED), (blind.RANKED,)),
    (judges.RATED_REPORT, (judges.SCORED, judges.PAIRED), (blind.RATED, blind.COMPARED)),
)


def ensure(project: Project, accounts: Mapping[str, User]) -> None:
    """Make each part where it is missing; workers compute the reports."""
    manager = accounts["manager"]
    dataset = Dataset.objects.get(project=project, slug=QUESTIONS)
    rubric = rubrics.version_for(project, FOUR, actor=manager)
    for plan in PLANS:
        if not Run.objects.filter(project=project, name=plan.name).exists():
            with transaction.atomic():
                make_run(dataset, plan, rubric, manager)
    for name, runs, studies in REPORTS:
        if not Jury.objects.filter(project=project, name=name).exists():
            juries.create(
                project=project, name=name, runs=list(Run.objects.filter(project=project, name__in=runs)),
                studies=list(Study.objects.filter(project=project, name__in=studies)), actor=manager,
            )  # fmt: skip


def make_run(dataset: Dataset, plan: Plan, rubric: RubricVersion, manager: User) -> None:
    """Make a finished run with a verdict for every call."""
    project, at = dataset.project, timezone.now() - timedelta(days=plan.days_ago)
    prompt = prompt_for(project, plan.mode, manager)
    run = Run.objects.create(
        project=project, name=plan.name, purpose=Purpose.JUDGE, state=Run.State.DONE, dataset=dataset, prompt=prompt,
        created_by=manager, started_at=at, estimate={},
    )  # fmt: skip
    judging = JudgePlan.objects.create(run=run, rubric=rubric, mode=plan.mode.value, orders=plan.orders)
    judging.judged.set(SystemVersion.objects.filter(system__project=project, system__slug__in=plan.systems, number=1))
    revisions = list(ItemRevision.objects.filter(item__dataset=dataset).select_related("item").order_by("item_id"))
    sheets = judge_tasks.load_sheets({task.pk for task in judge_tasks.write(judging, revisions, 0)})
    ends = [answer_all(run, one, version_of(project, one, manager), sheets, at) for one in JUDGES]
    Run.objects.filter(pk=run.pk).update(created_at=at - timedelta(minutes=15), finished_at=max(ends))


def prompt_for(project: Project, mode: Mode, manager: User) -> PromptVersion:
    """Return the ready-made prompt of a mode, made where it is missing."""
    ready = preset(f"judge-{mode.value}")
    if ready is None:
        raise RuntimeError(f"There is no ready-made prompt for {mode}.")
    found = project.prompts.filter(name=str(ready.name)).first() or prompts.create(
        project=project, name=str(ready.name), purpose=ready.purpose, texts=ready.texts, actor=manager
    )
    if found.version is None:
        raise RuntimeError(f"The prompt {found.name} has no version.")
    return found.version


def version_of(project: Project, one: Judge, manager: User) -> SystemVersion:
    """Return a judge's version, made where it is missing."""
    system, _ = System.objects.get_or_create(project=project, slug=one.key, defaults={
        "name": one.name, "notes": one.notes, "kind": System.Kind.MODEL})  # fmt: skip
    version, _ = SystemVersion.objects.get_or_create(
        system=system, number=1,
        defaults={
            "endpoint": endpoint(), "model_id": f"{one.key}-demo", "parameters": PARAMETERS,
            "prompt": prompt_for(project, Mode.SCORES, manager), "frozen_at": timezone.now(), "created_by": manager,
        },
    )  # fmt: skip
    System.objects.filter(pk=system.pk).update(version=version)
    return version


def answer_all(run: Run, judge: Judge, version: SystemVersion, sheets: Mapping[int, Sheet], at: datetime) -> datetime:
    """Write a call, its answer and its verdict for every task; returns when the last one ended."""
    members = JudgeTaskMember.objects.filter(task__in=list(sheets)).order_by("task", "slot")
    shown: dict[int, list[JudgeTaskMember]] = {}
    for member in members.select_related("task__revision__item", "response__system_version__system"):
        shown.setdefault(member.task_id, []).append(member)
    items, attempts = [], []
    for task, own in shown.items():
        revision = own[0].task.revision
        text = answer(judge, sheets[task], own)
        size = tokens(text)
        latency = FIRST_TOKEN_MS + TOKEN_MS * size
        items.append(
            RunItem(
                run=run, system_version=version, endpoint=version.endpoint, revision=revision, task_id=task,
                state=RunItem.State.DONE, attempts=1, finished_at=at + timedelta(milliseconds=latency),
            )
        )  # fmt: skip
        attempts.append(
            Attempt(
                run_item=items[-1], number=1, started_at=at, latency_ms=latency, parameters=version.parameters,
                text=text, finish_reason="stop", model_reported=version.model_id, tokens_out=size,
                tokens_in=tokens(revision.text) + sum(tokens(one.text) for one in own) + 400,
            )
        )  # fmt: skip
        at += timedelta(milliseconds=latency)
    RunItem.objects.bulk_create(items)
    Attempt.objects.bulk_create(attempts)
    attempts += read(items, attempts, sheets, at)
    RunSystem.objects.create(
        run=run, system_version=version, calls=len(attempts), unpriced=len(attempts),
        tokens_in=sum(one.tokens_in or 0 for one in attempts), tokens_out=sum(one.tokens_out or 0 for one in attempts),
        latency_ms=sum(one.latency_ms or 0 for one in attempts),
    )  # fmt: skip
    return at


def read(
    items: Sequence[RunItem], attempts: Sequence[Attempt], sheets: Mapping[int, Sheet], at: datetime
) -> list[Attempt]:
    """Write the verdicts; who could not be understood is asked once more and says the same. Returns these attempts."""
    rows = {row.pk: row for row in items}
    again = verdicts.write([heard(attempt, sheets, once_more=False) for attempt in attempts], at)
    second = [
        Attempt(
            run_item=rows[one.run_item_id], number=2, started_at=at, latency_ms=one.latency_ms, text=one.text,
            parameters=one.parameters, finish_reason="stop", model_reported=one.model_reported,
            tokens_in=one.tokens_in, tokens_out=one.tokens_out,
        )
        for one in attempts
        if one.run_item_id in again
    ]  # fmt: skip
    Attempt.objects.bulk_create(second)
    RunItem.objects.filter(pk__in=again).update(attempts=2, asked_again=True)
    verdicts.write([heard(attempt, sheets, once_more=True) for attempt in second], at)
    return second


def heard(attempt: Attempt, sheets: Mapping[int, Sheet], *, once_more: bool) -> tuple[Claim, Sheet, Outcome, Attempt]:
    """Return an answer as a worker would have held it."""
    row = attempt.run_item
    claim = Claim(
        row.pk, row.run_id, row.endpoint_id, row.system_version_id, row.revision_id, row.round, 1, 0, 0,
        task_id=row.task_id, asked_again=once_more,
    )  # fmt: skip
    return claim, sheets[row.task_id or 0], Outcome(text=attempt.text, finish_reason="stop"), attempt


def answer(judge: Judge, sheet: Sheet, shown: Sequence[JudgeTaskMember]) -> str:
    """Return what a judge says: by each system's skill, with a mind of its own about this item."""
    revision = shown[0].task.revision
    item, language = revision.item.external_id, "zh" if revision.language.startswith("zh") else "en"
    slugs = [one.response.system_version.system.slug for one in shown]
    if share(judge.key, item, *slugs, "round about") < ROUND_ABOUT:
        return ASIDE[language]
    liked = [
        worth(judge.key, item, slug) + judge.more + (judge.first if place == 0 and len(slugs) > 1 else 0.0)
        for place, slug in enumerate(slugs)
    ]
    level = min(3, max(0, int(4 * max(liked))))
    found: dict[str, Any] = {"explanation": SAID[language][level]}
    if sheet.question.mode is Mode.LISTS:
        found["ranking"] = [LETTERS[at] for at in sorted(range(len(liked)), key=lambda at: -liked[at])]
    elif sheet.question.mode is Mode.PAIRS:
        found["choices"] = {
            one.key: choice(liked[0] - liked[1] + 0.2 * (share(judge.key, item, one.key) - 0.5))
            for one in sheet.question.asked
        }
    else:
        found["scores"] = {
            one.key: score(one.values, liked[0] + 0.25 * (share(judge.key, item, slugs[0], one.key) - 0.5))
            for one in sheet.question.asked
        }
    return json.dumps(found, ensure_ascii=False)


def choice(gap: float) -> str:
    """Return which of two a judge prefers by that much."""
    return "tie" if abs(gap) < 0.05 else "A" if gap > 0 else "B"


def score(values: Sequence[int], wish: float) -> int:
    """Return the point of a scale that stands for a wish between 0 and 1."""
    low, high = min(values), max(values)
    return min(high, max(low, low + round(wish * (high - low))))
