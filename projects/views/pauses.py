"""Pausing a rater's work in a study, and taking it up again: the manager's pages and the rater's own."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from projects.access import MANAGER, ProjectRequest, RaterRequest, project_view, rater_view
from projects.forms.pauses import AwayForm
from projects.models import StudyRole
from projects.services import pauses
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study
from projects.views.study_people import part_of


@require_http_methods(PAGE)
@project_view(MANAGER)
def part_pause(request: ProjectRequest, study: str, part: int) -> HttpResponse:
    """Ask until when a rater is away, and pause their work."""
    row = part_of(get_study(request.access, study), part)
    form = AwayForm(posted(request), part=row)
    if request.method == "POST" and form.is_valid() and form.save(actor=request.user):
        messages.success(request, _("%(code)s gets no units until the pause ends.") % {"code": row.coded.code})
        return redirect("study_people", row.study.project.slug, row.study.slug)
    context = study_context(request, row.study, "people") | {"form": form, "part": row}
    return render(request, "projects/studies/pause.html", context, status=form_status(request))


@require_POST
@project_view(MANAGER)
def part_resume(request: ProjectRequest, study: str, part: int) -> HttpResponse:
    """Let a rater whose work is paused go on."""
    row = part_of(get_study(request.access, study), part)
    if pauses.resume(row, actor=request.user):
        messages.success(request, _("%(code)s gets units again.") % {"code": row.coded.code})
    return redirect("study_people", row.study.project.slug, row.study.slug)


@rater_view
@require_http_methods(PAGE)
def rate_pause(request: RaterRequest) -> HttpResponse:
    """Let a rater take a pause; what they hold goes back, what they typed stays."""
    part = request.part
    if part.state == StudyRole.State.PAUSED:
        return redirect("rate", part.study.token)
    form = AwayForm(posted(request), part=part, by_rater=True)
    if request.method == "POST" and form.is_valid() and form.save(actor=request.user):
        return redirect("rate", part.study.token)
    context = {"form": form, "part": part, "study": part.study}
    return render(request, "projects/rate/pause.html", context, status=form_status(request))


@rater_view
@require_POST
def rate_resume(request: RaterRequest) -> HttpResponse:
    """Let a rater come back from a pause of their own."""
    try:
        pauses.resume(request.part, actor=request.user, by_rater=True)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("rate", request.part.study.token)
