"""Making the demonstration's blind studies through the services that pages use, and moving them into the last weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.management import CommandError
from django.db import transaction
from django.utils import timezone

from evaluation.management.demo import QUESTIONS, blind
from evaluation.management.demo.content import SYSTEMS
from evaluation.management.demo.conversations import LISTENER, PROGRAM
from evaluation.models import LexiconHit, Placement, SystemVersion
from evaluation.services import blinding, telling
from projects import kinds, loop
from projects.management.demo_import import carry_out
from projects.models import Assignment, Dataset, Project, Rater, Study, StudyRole, Submission, User, new_token
from projects.services import parts, studies

# Of systems, and of the two sides of the pairs of dialogues.
SKILLS = {system.key: system.skill for system in SYSTEMS} | {LISTENER: 0.9, PROGRAM: 0.6}
SECONDS = {"ranking": 410, "comparison": 150, "rating": 220}
GUIDELINE = """Read the question first, then every response in full. Judge what would help **this** person, not which
response is longer or better written.

A response that misses a crisis or gives harmful advice stands below all others; flag it as well."""


REASONS = (
    "It takes up what the person said before it advises anything.",
    "The other one hurries to a list of tips.",
    "Warmer, and it asks a question back.",
    "Both are kind; this one says what to do tonight.",
    "It names the feeling without making it bigger.",
    "Clear, and it does not promise too much.",
)


@dataclass(frozen=True)
class Plan:
    """One study to be made; `answers` is how many each rater gives, None for all."""

    name: str
    kind: str
    systems: Sequence[str]
    raters: Sequence[str]
    outcome: str
    days_ago: int
    answers: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


FOUR, QUALITY = "preset:four_criteria:en", "preset:answer_quality:en"
PLANS = (
    Plan(
        blind.RANKED, "ranking", tuple(SKILLS), ("R1", "R2", "R3", "R4"), "Mean rank of the system trained on both", 9,
        settings={"raters_per_item": 4, "reason": "optional"},
    ),
    Plan(
        blind.RANKING, "ranking", tuple(SKILLS), ("R1", "R2"), "Mean rank of the system trained on both", 2, 4,
        {"raters_per_item": 2},
    ),
    Plan(
        blind.COMPARED, "comparison", ("harbour-both", "person"), ("R1", "R2", "R3"),
        "Overall verdicts for the person's answers", 7, settings={"raters_per_item": 3, "reason": "optional"},
    ),
    Plan(
        blind.COMPARING, "comparison", ("harbour", "harbour-both"), ("R1", "R2"),
        "Overall verdicts for the trained system", 2, 4, {"raters_per_item": 2},
    ),
    Plan(
        blind.RATED, "rating", ("harbour", "harbour-both", "person"), ("R1", "R2", "R4"), "Mean helpfulness", 6,
        settings={"raters_per_item": 3, "rubric": FOUR, "together": True},
    ),
    Plan(
        blind.RATING, "rating", ("meadow", "alder"), ("R1", "R2"), "Mean quality", 1, 5,
        {"raters_per_item": 2, "rubric": QUALITY},
    ),
)  # fmt: skip


def ensure(project: Project, accounts: Mapping[str, User]) -> None:
    """Make each study where it is missing; one that was broken off goes on where it stopped."""
    dataset = Dataset.objects.get(project=project, slug=QUESTIONS)
    for plan in PLANS:
        study = Study.objects.filter(project=project, name=plan.name).first() or draft(dataset, plan, accounts)
        if study.state in (Study.State.DRAFT, Study.State.OPENING):
            study = opened(study, accounts["manager"])
        if study.state == Study.State.OPEN and not submitted(study):
            with transaction.atomic():
                work(study, plan)
                finish(study, plan, accounts)


def submitted(study: Study) -> bool:
    """Whether there are answers already."""
    return study.assignments.filter(state=Assignment.State.SUBMITTED).exists()


def draft(dataset: Dataset, plan: Plan, accounts: Mapping[str, User]) -> Study:
    """Set a study up with its people."""
    project, manager = dataset.project, accounts["manager"]
    form = kinds.registry()[plan.kind].settings_form(project, None, {})
    settings = {key: form.get_initial_for_field(one, key) for key, one in form.fields.items()}
    versions = SystemVersion.objects.filter(system__project=project, system__slug__in=plan.systems, number=1)
    settings |= {"systems": [str(pk) for pk in versions.order_by("pk").values_list("pk", flat=True)]}
    settings |= {"primary_outcome": plan.outcome, **plan.settings}
    with transaction.atomic():
        study = studies.set_up(
            project=project, kind=plan.kind, name=plan.name, settings=settings, actor=manager, dataset=dataset,
            raters=list(project.raters.filter(code__in=plan.raters)), guideline=GUIDELINE,
        )  # fmt: skip
        parts.add_key_holder(study, accounts["adjudicator"], actor=manager)
    return study


def opened(study: Study, manager: User) -> Study:
    """Open a draft; the word "person", which is also a system's short name, is harmless wherever it stands."""
    for _n in range(2):
        # The first time it stops at the word and is a draft again.
        with suppress(CommandError):
            carry_out(studies.open_study(study, actor=manager))
        study = Study.objects.select_related("project", "version", "guideline", "dataset").get(pk=study.pk)
        if study.state == Study.State.OPEN:
            return study
        hits = LexiconHit.objects.filter(study=study, decision=LexiconHit.Decision.OPEN, clue="system")
        telling.decide(study, hits, LexiconHit.Decision.CLEARED, actor=manager)
    raise RuntimeError(f"The demonstration's study {study.name} did not open.")


def work(study: Study, plan: Plan) -> None:
    """Let every rater judge as much as the plan says."""
    for code in plan.raters:
        rater = study.project.raters.get(code=code)
        at = timezone.now() - timedelta(days=plan.days_ago, hours=6 + len(code))
        rows = StudyRole.objects.select_related("study__project", "study__version", "study__guideline", "rater")
        part = rows.get(study=study, rater=rater)
        for _n in range(plan.answers if plan.answers is not None else study.unit_count):
            held = loop.hold(part)
            if not held:
                break
            at = judge(part, held[0], plan.kind, at)
    first = study.assignments.order_by("claimed_at").values_list("claimed_at", flat=True).first()
    if first is not None:
        day = timedelta(days=1)
        Study.objects.filter(pk=study.pk).update(opened_at=first - day / 12, created_at=first - 2 * day)


def judge(part: StudyRole, held: Assignment, kind: str, at: datetime) -> datetime:
    """Judge one unit as this rater would; returns when they were done."""
    held.study = part.study
    seconds = SECONDS[kind] * (0.7 + 0.6 * share(part.coded.code, str(held.ordinal)))
    Assignment.objects.filter(pk=held.pk).update(claimed_at=at)
    held.claimed_at = at
    form = kinds.of(part.study).form(held, answer(part.coded, held, seconds))  # type: ignore[arg-type]  # a mapping will do
    if not form.is_valid():
        raise RuntimeError(f"A made-up answer is not complete: {form.errors}")
    outcome = loop.take(part, held, form)
    given = at + timedelta(seconds=seconds)
    Submission.objects.filter(pk=outcome.submission.pk).update(created_at=given, active_ms=int(seconds * 900))
    Assignment.objects.filter(pk=held.pk).update(submitted_at=given)
    return given + timedelta(seconds=20)


def answer(rater: Rater, held: Assignment, seconds: float) -> dict[str, Any]:
    """Return a made-up answer: each system by its skill, with this rater's own mind about this item."""
    placed = list(
        Placement.objects.filter(assignment=held).select_related(
            "member__system__system_version__system", "member__system__dataset"
        )
    )
    item = held.unit.item.external_id if held.unit.item else ""
    liked = {row.pk: worth(rater.code, item, slug_of(row)) for row in placed}
    order = sorted(placed, key=lambda row: -liked[row.pk])
    place = {row.token: n for n, row in enumerate(order, start=1)}
    slots = sorted(placed, key=lambda row: row.slot)
    found: dict[str, Any] = {"client_key": new_token(), "based_on": "0", "active_ms": str(int(seconds * 900))}
    for name, one in kinds.of(held.study).form(held).fields.items():
        head, _dash, rest = name.partition("-")
        if head == "rank":
            found[name] = str(place[rest])
        elif head == "prefer":
            gap = liked[slots[0].pk] - liked[slots[1].pk] + 0.3 * (share(rater.code, item, rest) - 0.5)
            found[name] = "tie" if abs(gap) < 0.06 else "first" if gap > 0 else "second"
        elif name == "reason" and share(rater.code, item, "why") < 0.7:
            found[name] = REASONS[int(share(item, rater.code, "reason") * len(REASONS))]
        elif head == "score":
            row = next(row for row in placed if rest.startswith(row.token))
            values = [int(key) for key, _words in one.choices]  # type: ignore[attr-defined]  # scores are choices
            wish = liked[row.pk] + 0.25 * (share(rater.code, item, rest[-6:]) - 0.5)
            found[name] = str(min(values[-1], max(values[0], values[0] + round(wish * (values[-1] - values[0])))))
    return found


def slug_of(row: Placement) -> str:
    """Return the short name of the system, or of the data set, behind a placement."""
    source = row.member.system
    if source.dataset is not None:
        return source.dataset.slug
    return source.system_version.system.slug if source.system_version else ""


def worth(rater: str, item: str, slug: str) -> float:
    """Return how much a rater likes a system's answer to an item: its skill, shaken by the item and by the rater."""
    return SKILLS[slug] + 0.22 * (share(item, slug) - 0.5) + 0.3 * (share(rater, item, slug) - 0.5)


def share(*parts_: str) -> float:
    """Return a number in [0, 1) that the parts decide."""
    return int.from_bytes(sha256("\x1f".join(parts_).encode()).digest()[:6]) / 2**48


def finish(study: Study, plan: Plan, accounts: Mapping[str, User]) -> None:
    """Close a finished study, which asks a worker for its report; the key of the ranking is opened as well."""
    if plan.answers is not None:
        return
    studies.close(study, actor=accounts["manager"])
    if plan.name == blind.RANKED:
        blinding.unblind(study, by=accounts["adjudicator"], reason="All judgements are in and the report is written.")
