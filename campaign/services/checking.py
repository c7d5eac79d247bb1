"""Answers held against what is expected: on the server, after the answer, whatever the kind of study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Avg, Count

from campaign.models import Check, RaterHold, TrainingItem, TrainingPlan
from campaign.services import holds
from projects import kinds
from projects.models import Assignment, StudyRole, Submission

Said = Mapping[str, Any]
Stage = TrainingItem.Stage


def is_met(said: Any, expected: Any, tolerance: float) -> bool:
    """Whether one value is the expected one: equal, or for numbers no further off than the tolerance."""
    if isinstance(expected, int | float) and isinstance(said, int | float):
        return abs(said - expected) <= tolerance + 1e-9
    return bool(said == expected)


def compare(said: Said, expected: Said, tolerance: float) -> float | None:
    """Return the share of the expected fields that are met; None where nothing is expected."""
    if not expected:
        return None
    return sum(is_met(said.get(field), value, tolerance) for field, value in expected.items()) / len(expected)


def expected_of(item: TrainingItem, plan: TrainingPlan | None) -> Said:
    """Return what is right: as it was typed, else the expert's answer in force, else nothing."""
    if item.expected is not None:
        typed: Said = item.expected
        return typed
    if plan is None or plan.expert_id is None:
        return {}
    rows = Submission.objects.filter(assignment__unit=item.unit_id, assignment__rater=plan.expert_id, current=True)
    given = rows.select_related("assignment__unit__revision__item__dataset").first()
    return kinds.of(item.study).said(given) if given else {}


def check(part: StudyRole, assignment: Assignment, submission: Submission) -> None:
    """Keep how a first answer to a practice, calibration or hidden item stands to what is expected."""
    plan = TrainingPlan.objects.filter(study=part.study).first()
    item = TrainingItem.objects.filter(unit=assignment.unit_id).first()
    kind, said = kinds.of(part.study), {}
    if item is None:
        met = kind.met(submission)
        score = None if met is None else float(met)
        stage, number = Stage.HIDDEN, 1
    else:
        item.study = part.study
        said = dict(kind.said(submission))
        is_expert = plan is not None and plan.expert_id == part.rater_id
        expected = {} if is_expert else expected_of(item, plan)
        score = compare(said, expected, plan.tolerance if plan else 0.0)
        stage, number = Stage(item.stage), item.round
    Check.objects.get_or_create(
        assignment=assignment,
        defaults={"item": item, "part": part, "stage": stage, "round": number, "score": score, "said": said},
    )
    if stage == Stage.HIDDEN and plan is not None:
        hold_below(part, plan)


def hidden(part: StudyRole) -> tuple[int, float | None]:
    """Return how many hidden checks this rater has answered, and the share of them that was met."""
    rows = Check.objects.filter(part=part, stage=Stage.HIDDEN, score__isnull=False)
    found = rows.aggregate(n=Count("pk"), mean=Avg("score"))
    return found["n"], found["mean"]


def hold_below(part: StudyRole, plan: TrainingPlan) -> None:
    """Pause a rater who has missed more hidden checks than the study bears, once after each lifting."""
    n, mean = hidden(part)
    if plan.pause_below is None or mean is None or n < plan.checks_first or mean * 100 >= plan.pause_below:
        return
    since = part.holds.filter(cause=RaterHold.Cause.CHECKS).order_by("-pk").values_list("lifted_at", flat=True).first()
    if since and not Check.objects.filter(part=part, stage=Stage.HIDDEN, score__lt=1, created_at__gt=since).exists():
        return
    holds.hold(part, cause=RaterHold.Cause.CHECKS, actor=None)
