"""Queries over people, invitations and the work that waits for somebody."""

from __future__ import annotations

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from projects.models import Invitation, Study, StudyRole


def usable(rows: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """Keep the invitations whose link still works."""
    return rows.filter(used_at=None, revoked_at=None, expires_at__gt=timezone.now())


def spent(rows: QuerySet[Invitation]) -> QuerySet[Invitation]:
    """Keep the invitations whose link works no more: used, revoked or expired."""
    return rows.exclude(used_at=None, revoked_at=None, expires_at__gt=timezone.now())


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
        state=StudyRole.State.ACTIVE,
        rater__active=True,
    )


def with_limit(rows: QuerySet[StudyRole]) -> QuerySet[StudyRole]:
    """Add `limit`: the most this rater can submit, as many units as there are, fewer where others took the places."""
    sums = StudyRole.objects.filter(study=OuterRef("study")).order_by().values("study").annotate(n=Sum("submitted"))
    left = F("study__place_count") - Coalesce(Subquery(sums.values("n")), 0)
    return rows.annotate(limit=Least(F("study__unit_count"), F("submitted") + left))
