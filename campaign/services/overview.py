"""How a study's raters are trained and how they meet hidden checks, in a few queries for all of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Avg, Count, QuerySet

from campaign.models import Calibration, Check, RaterHold, TrainingItem, TrainingPlan
from projects.models import Study, StudyRole

Stage = TrainingItem.Stage


@dataclass(frozen=True)
class Person:
    """One rater's training in a line."""

    part: StudyRole
    practised: int
    rounds: list[Calibration]
    checks: int
    met: float | None
    held: RaterHold | None
    warned: bool

    @property
    def calibration(self) -> Calibration | None:
        """The last round."""
        return self.rounds[-1] if self.rounds else None


def parts_of(study: Study) -> QuerySet[StudyRole]:
    """Return every rater of the study, by code."""
    return study.roles.filter(part=StudyRole.Part.RATER).select_related("rater").order_by("rater__code")


def raters(parts: Collection[StudyRole], plan: TrainingPlan | None) -> list[Person]:
    """Return how some raters of a study are trained."""
    rounds: dict[int, list[Calibration]] = {}
    for row in Calibration.objects.filter(part__in=parts).order_by("round"):
        rounds.setdefault(row.part_id, []).append(row)
    counted = Check.objects.filter(part__in=parts).values_list("part", "stage").order_by()
    numbers = {
        (part, stage): (n, scored, mean)
        for part, stage, n, scored, mean in counted.annotate(n=Count("pk"), scored=Count("score"), mean=Avg("score"))
    }
    holds = {row.part_id: row for row in RaterHold.objects.filter(part__in=parts, lifted_at=None)}
    found = []
    for part in parts:
        _n, scored, mean = numbers.get((part.pk, Stage.HIDDEN), (0, 0, None))
        practised = numbers.get((part.pk, Stage.PRACTICE), (0, 0, None))[0]
        warned = is_below(plan, scored, mean)
        found.append(Person(part, practised, rounds.get(part.pk, []), scored, mean, holds.get(part.pk), warned))
    return found


def is_below(plan: TrainingPlan | None, checks: int, met: float | None) -> bool:
    """Whether a rater has met so few hidden checks that the manager wants to know."""
    if plan is None or plan.warn_below is None or met is None:
        return False
    return checks >= plan.checks_first and met * 100 < plan.warn_below
