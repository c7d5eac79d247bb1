"""Meetings: stepping through an agenda of disputes together, with a record of who took part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.kinds.label_review import OPEN_DISPUTES
from annotation.models import Meeting
from annotation.services import disputes
from annotation.services.disputes import AGENDA, RUNNING
from annotation.views.forms import MeetingForm
from projects.access import ADJUDICATOR, MANAGER, ProjectRequest, project_view
from projects.listing import Among, Listing
from projects.models import Rater, Study
from projects.prepared import Counting, foreseen
from projects.views.study_lookup import get_study, tab_context

HELD = Listing(
    lambda study: (
        Meeting.objects.filter(study_id=study)
        .annotate(settled=Count("resolutions", distinct=True))
        # Counting drops the order that the model has.
        .order_by("-started_at", "-pk")
    ),
    -1,
    per_page=25,
    counted=lambda study: Meeting.objects.filter(study_id=study),
)
TOOK_PART: Among[Any] = Among(
    lambda meetings: (
        Meeting.raters.through.objects.filter(meeting_id__in=meetings)
        .order_by("rater__code")
        .values_list("meeting_id", "rater__code")
    )
)


@project_view(MANAGER, ADJUDICATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def meetings(request: ProjectRequest, study: str) -> HttpResponse:
    """List past meetings and begin a new one."""
    found = get_study(request.access, study)
    raters = Rater.objects.filter(study_roles__study=found).order_by("code").distinct()
    form = MeetingForm(request.POST, raters=raters) if request.method == "POST" else None
    if form is not None and form.is_valid():
        if not disputes.may_settle(request.user, found):
            raise PermissionDenied
        meeting = disputes.start_meeting(found, by=request.user, **form.cleaned_data)
        return step(request, found, meeting)
    number, key = request.GET.get("page"), (found.pk,)
    asked = (*OPEN_DISPUTES.asks(key), *HELD.asks(number, found.pk))
    with foreseen((RUNNING, key), (Counting(AGENDA), key), *asked):
        page, running, on_agenda = HELD.page(number, found.pk), RUNNING.first(found.pk), AGENDA.count(found.pk)
        context = {
            **tab_context(request.access, found, "disputes"),
            # Its list of raters is looked up only where a meeting can begin.
            "form": form or (MeetingForm(raters=raters) if on_agenda and not running else None),
            "running": running,
            "page_obj": page,
            "rows": with_raters(page.object_list),
            "on_agenda": on_agenda,
        }
    return render(request, "annotation/disputes/meetings.html", context, status=200 if form is None else 422)


def with_raters(rows: Iterable[Meeting]) -> list[tuple[Meeting, list[str]]]:
    """Return meetings with the codes of the raters who took part."""
    codes: dict[int, list[str]] = {row.pk: [] for row in rows}
    for meeting, code in TOOK_PART.tuples(codes):
        codes[meeting].append(code)
    return [(row, codes[row.pk]) for row in rows]


def step(request: ProjectRequest, study: Study, meeting: Meeting) -> HttpResponse:
    """Go to the first dispute on the agenda, or back to the meetings where none is left."""
    slug = request.access.project.slug
    first = disputes.next_on_agenda(study)
    if first is None:
        return redirect("meetings", slug, study.slug)
    return redirect(reverse("dispute", args=[slug, study.slug, first.pk]) + f"?meeting={meeting.pk}")


def get_meeting(study: Study, pk: int) -> Meeting:
    """Return a meeting of the study; Http404 for any other."""
    meeting = Meeting.objects.filter(study=study, pk=pk).first()
    if meeting is None:
        raise Http404
    return meeting


@project_view(MANAGER, ADJUDICATOR)
@require_safe
def resume(request: ProjectRequest, study: str, meeting: int) -> HttpResponse:
    """Take up a running meeting at the first dispute that is left."""
    found = get_study(request.access, study)
    return step(request, found, get_meeting(found, meeting))


@project_view(MANAGER, ADJUDICATOR)
@require_POST
def end(request: ProjectRequest, study: str, meeting: int) -> HttpResponse:
    """End a meeting."""
    found = get_study(request.access, study)
    disputes.end_meeting(get_meeting(found, meeting), by=request.user)
    return redirect("meetings", request.access.project.slug, found.slug)
