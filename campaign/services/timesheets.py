"""Working time by day: from the submissions' own active time, so that days add up to what was worked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from campaign.models import TimeDay
from campaign.services.loading import REHEARSED
from projects.models import Study, Submission


def days_of(study: Study, **which: object) -> list[TimeDay]:
    """Return the days of a study's raters, counted from the submissions now; nothing is stored."""
    # Time on practice is work as well; its answers and their changes are none of the study's.
    counted = ~Q(assignment__unit__role__in=REHEARSED)
    rows = (
        Submission.objects.filter(assignment__study=study, **which)
        .annotate(day=TruncDate("created_at", tzinfo=timezone.get_default_timezone()))
        .order_by()
        .values_list("assignment__rater_id", "day")
        .annotate(
            given=Count("pk", filter=Q(number=1) & counted),
            again=Count("pk", filter=Q(number__gt=1) & counted),
            ms=Sum("active_ms"),
        )
    )
    return [
        TimeDay(study=study, rater_id=rater, day=day, answers=given, changes=again, active_ms=ms)
        for rater, day, given, again, ms in rows
    ]


def keep(study: Study) -> list[TimeDay]:
    """Count a study's days anew and store them, all at once; returns them."""
    days = days_of(study)
    with transaction.atomic():
        TimeDay.objects.filter(study=study).delete()
        TimeDay.objects.bulk_create(days, batch_size=1000)
    return days


def daily(days: Sequence[TimeDay], *, today: date) -> list[int]:
    """Return the first answers of each day from the first one to yesterday; 0 for a day without any."""
    by_day: dict[date, int] = {}
    for one in days:
        by_day[one.day] = by_day.get(one.day, 0) + one.answers
    if not by_day:
        return []
    first = min(by_day)
    return [by_day.get(first + timedelta(days=n), 0) for n in range((today - first).days)]
