"""A rater's own work in a study: count, pace, time, pay and calibration. Nothing about others or agreement."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaign.models import StudyDates
from campaign.services import timesheets, training
from campaign.views.time import own_sum, pace_of
from projects.access import RaterRequest, rater_view


@require_safe
@rater_view
def rate_work(request: RaterRequest) -> HttpResponse:
    """Show what this rater did, day by day, counted now."""
    part = request.part
    study, rater = part.study, part.coded.pk
    days = sorted(timesheets.days_of(study, assignment__rater=rater), key=lambda one: one.day, reverse=True)
    context = {
        "study": study,
        "days": days[:200],
        "sum": own_sum(study, days, rater),
        "pace": pace_of(days, timezone.localdate()),
        "rounds": part.calibrations.order_by("round"),
        "told": training.told(study),
        "dates": StudyDates.objects.filter(study=study).first(),
    }
    return render(request, "campaign/mine.html", context)
