"""How a study goes: counts by rater and by stratum, its pace, and units that will not get all their raters.

Counts only, never what anybody answered. Counters that the work keeps are read as they are; what they do not hold is
counted along an index, so that a page about a large study costs little more than one about a small one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from projects.models import Assignment, Place, Rater, Sighting, Study, StudyRole, Unit
from projects.services.plans import may_judge as may_judge

M = TypeVar("M", bound=Model)
PACE = timedelta(hours=24)
# Answers to these are no work yet.
REHEARSED = (Unit.Role.PRACTICE, Unit.Role.TRAINING)
# Counting further costs time and tells nothing new.
MOST_SHORT = 1000


def _count(rows: QuerySet[M], by: str) -> Coalesce:
    """Return the number of `rows` for the outer row, which they share `by` with, as part of a larger query."""
    counted = rows.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def with_work(parts: QuerySet[StudyRole]) -> QuerySet[StudyRole]:
    """Add to raters' parts what their counters do not hold: in_work, skipped, recent, last_at.

    What is in hand or skipped has no time of submission; asking for that walks an index past all finished work.
    """
    own = Assignment.objects.filter(study=OuterRef("study"), rater=OuterRef("rater"))
    unfinished, worked = own.filter(submitted_at=None), own.exclude(unit__role__in=REHEARSED)
    last = worked.filter(submitted_at__isnull=False).order_by("-submitted_at").values("submitted_at")
    return parts.annotate(
        in_work=_count(unfinished.filter(state=Assignment.State.LEASED), "rater"),
        skipped=_count(unfinished.filter(state=Assignment.State.SKIPPED), "rater"),
        recent=_count(worked.filter(submitted_at__gte=timezone.now() - PACE), "rater"),
        last_at=Subquery(last[:1]),
    )


def parts_of(study: Study) -> QuerySet[StudyRole]:
    """Return the study's raters: those who take part first, then by code."""
    return study.roles.filter(part=StudyRole.Part.RATER).select_related("rater").order_by("state", "rater__code")


def raters_of(study: Study) -> QuerySet[StudyRole]:
    """Return the study's raters with their work, in the same order."""
    return with_work(parts_of(study))


def submitted_of(study: Study) -> int:
    """Return how many answers all raters of a study have given."""
    total: int | None = study.roles.filter(rater__isnull=False).aggregate(n=Sum("submitted"))["n"]
    return total or 0


def with_pace(studies: QuerySet[Study], since: datetime | None = None) -> QuerySet[Study]:
    """Add `pace`: the answers of the last 24 hours, practice aside; a revised one counts when it was last revised."""
    since = since or timezone.now() - PACE
    # The raters lead into the index, which begins with study and rater.
    raters = StudyRole.objects.filter(study=OuterRef(OuterRef("pk")), rater__isnull=False).values("rater")
    recent = Assignment.objects.filter(study=OuterRef("pk"), submitted_at__gte=since)
    worked = recent.filter(rater__in=raters).exclude(unit__role__in=REHEARSED)
    return studies.annotate(pace=_count(worked, "study"))


@dataclass(frozen=True)
class Stratum:
    """How far the units of one stratum are; `name` is empty for units without one."""

    name: str
    units: int
    done: int
    places: int


def by_stratum(study: Study) -> list[Stratum]:
    """Return the progress of every stratum, by name. One pass over the study's units."""
    rows = study.units.filter(withdrawn=False).order_by("stratum").values_list("stratum")
    return [Stratum(*row) for row in rows.annotate(n=Count("pk"), given=Sum("done"), places=Sum("wanted"))]


def incomplete(study: Study) -> QuerySet[Unit]:
    """Return the units that want more answers than they have."""
    return study.units.filter(withdrawn=False, done__lt=F("wanted"))


def shortfalls(study: Study) -> QuerySet[Unit]:
    """Return the units that cannot get all the raters they want from those who take part, with `reach`.

    `reach` is the number of answers a unit has plus that of the raters who can still give one: they speak its
    language, are of its group, have not answered it and, where the study asks for it, have not met the item before.
    Units for which enough raters take part are not looked at one by one: a surplus answer there, whose rater cannot
    give another, goes unnoticed.
    """
    raters = _taking_part(study)
    if study.allotment:
        return _short_of_places(study, raters)
    kinds_of_unit = set(incomplete(study).order_by().values_list("language", "group", "wanted").distinct())
    tight, able = Q(pk__in=[]), {}
    for language, group, wanted in kinds_of_unit:
        fit = [rater for rater in raters if may_judge(rater, language=language, group=group)]
        if len(fit) < wanted or study.fresh_raters:
            tight |= Q(language=language, group=group, wanted=wanted)
            able[language, group] = fit
    if not able:
        return study.units.none()
    more = Case(*_whens(study, able.items()), default=Value(0), output_field=IntegerField())
    return incomplete(study).filter(tight).annotate(reach=F("done") + more).filter(reach__lt=F("wanted"))


def _short_of_places(study: Study, raters: Collection[Rater]) -> QuerySet[Unit]:
    """Return the units that fall short where places have names: those of raters who take part are sure.

    Of the places that nobody has, each group can fill as many as it has raters who are able to; in fixed lists none.
    """
    taking, here = [rater.pk for rater in raters], Place.objects.filter(unit=OuterRef("pk"))
    submitted = Assignment.objects.filter(
        unit=OuterRef("unit"), rater=OuterRef("rater"), state=Assignment.State.SUBMITTED
    )
    reach = F("done") + _count(here.filter(~Exists(submitted), rater__in=taking), "unit")
    free = study.named_places.filter(rater=None)
    groups = (
        set() if study.allotment == Study.Allotment.LISTED else set(free.values_list("group", flat=True).distinct())
    )
    kinds_of_unit = set(incomplete(study).order_by().values_list("language", "group").distinct())
    for name in sorted(groups):
        team = [rater for rater in raters if name in ("", rater.group)]
        able = [
            (pair, [one for one in team if may_judge(one, language=pair[0], group=pair[1])]) for pair in kinds_of_unit
        ]
        more = Case(*_whens(study, able), default=Value(0), output_field=IntegerField())
        reach = reach + Least(_count(here.filter(rater=None, group=name), "unit"), more)
    return incomplete(study).annotate(reach=reach).filter(reach__lt=F("wanted"))


def _whens(study: Study, able: Iterable[tuple[tuple[str, str], Collection[Rater]]]) -> list[When]:
    return [When(language=language, group=group, then=_still_able(study, raters)) for (language, group), raters in able]


def _taking_part(study: Study) -> list[Rater]:
    # Whoever pauses comes back.
    here = study.roles.filter(part=StudyRole.Part.RATER, rater__active=True)
    parts = here.exclude(state=StudyRole.State.LEFT)
    return [part.coded for part in parts.select_related("rater")]


def _still_able(study: Study, raters: Collection[Rater]) -> Coalesce:
    """Count those of `raters` who can still answer the outer unit."""
    unit, item = OuterRef(OuterRef("pk")), OuterRef(OuterRef("item"))
    answered = Assignment.objects.filter(unit=unit, rater=OuterRef("pk"), state=Assignment.State.SUBMITTED)
    able = Rater.objects.filter(pk__in=[rater.pk for rater in raters]).exclude(Exists(answered))
    if study.allotment:
        able = able.exclude(Exists(Place.objects.filter(unit=unit, rater=OuterRef("pk"))))
    if study.fresh_raters:
        elsewhere = Assignment.objects.filter(unit__item=item, rater=OuterRef("pk")).exclude(study=study)
        seen = Sighting.objects.filter(item=item, user=OuterRef("user"))
        able = able.exclude(Exists(elsewhere)).exclude(Exists(seen))
    return _count(able, "project")


def pace_of(study: Study) -> int:
    """Return the answers of the last 24 hours in one study, practice aside."""
    raters = StudyRole.objects.filter(study=study, rater__isnull=False).values("rater")
    recent = Assignment.objects.filter(study=study, rater__in=raters, submitted_at__gte=timezone.now() - PACE)
    return recent.exclude(unit__role__in=REHEARSED).count()


def count_short(study: Study) -> int:
    """Return how many units fall short, counted up to MOST_SHORT; in a closed study those that stayed incomplete."""
    rows = incomplete(study) if study.state == Study.State.CLOSED else shortfalls(study)
    return rows[:MOST_SHORT].count()
