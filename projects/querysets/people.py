"""Queries over people, invitations and the work that waits for somebody."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from projects.models import Invitation, Study, StudyRole

# What the raters of a study do together.
TEAM = {"given": Sum("submitted"), "people": Count("pk", filter=Q(state=StudyRole.State.ACTIVE))}


def usable(rows: QuerySet[Invitation], now: datetime | None = None) -> QuerySet[Invitation]:
    """Keep the invitations whose link still works."""
    return rows.filter(used_at=None, revoked_at=None, expires_at__gt=now or timezone.now())


def spent(rows: QuerySet[Invitation], now: datetime | None = None) -> QuerySet[Invitation]:
    """Keep the invitations whose link works no more: used, revoked or expired."""
    return rows.exclude(used_at=None, revoked_at=None, expires_at__gt=now or timezone.now())


def with_progress(rows: QuerySet[Study]) -> QuerySet[Study]:
    """Add `done`: the answers submitted for the study's places, at most as many as there are places."""
    sums = StudyRole.objects.filter(study=OuterRef("pk")).order_by().values("study").annotate(n=Sum("submitted"))
    # Late work after a lost lease is kept as surplus: it counts for the rater, but fills no place.
    return rows.annotate(done=Least(Coalesce(Subquery(sums.values("n")), 0), F("place_count")))


def rating(rows: QuerySet[StudyRole]) -> QuerySet[StudyRole]:
    """Keep the parts under which somebody can work now or will again: rater, active, study open or paused."""
    return rows.filter(
        Q(study__state__in=[Study.State.OPEN, Study.State.PAUSED]),
        part=StudyRole.Part.RATER,
        state__in=[StudyRole.State.ACTIVE, StudyRole.State.PAUSED],
        rater__active=True,
    )


def behind(rows: QuerySet[StudyRole]) -> QuerySet[StudyRole]:
    """Keep the parts under which somebody rated and rates no more: the study is closed, or they have left it."""
    gone = Q(study__state=Study.State.CLOSED) | Q(state=StudyRole.State.LEFT)
    return rows.filter(gone, part=StudyRole.Part.RATER, rater__active=True).exclude(
        study__state__in=[Study.State.DRAFT, Study.State.OPENING]
    )


def with_limit(rows: QuerySet[StudyRole]) -> QuerySet[StudyRole]:
    """Add `given` and `people`, what all raters of the study have submitted and how many are at it, and `limit`.

    The limit is the most this rater can submit: as many units as there are, fewer where others took the places.
    """
    team = StudyRole.objects.filter(study=OuterRef("study"), part=StudyRole.Part.RATER).order_by().values("study")
    sums = {name: Subquery(team.annotate(n=number).values("n")) for name, number in TEAM.items()}
    rows = rows.annotate(**{name: Coalesce(number, 0) for name, number in sums.items()})
    left = F("study__place_count") - F("given")
    return rows.annotate(limit=Least(F("study__unit_count"), F("submitted") + left))


def team_of(study: Study) -> dict[str, int]:
    """Return `given` and `people` of one study, as `with_limit` adds them."""
    found = study.roles.filter(part=StudyRole.Part.RATER).aggregate(**TEAM)
    return {name: number or 0 for name, number in found.items()}


def share(part: StudyRole, *, given: int, people: int) -> int:
    """Return about how many units are this rater's: an even share of all places, and never more than can be had."""
    study = part.study
    even = -(-study.place_count // max(1, people))
    return max(part.submitted, min(study.unit_count, even, part.submitted + study.place_count - given))
