"""A study's life, one press at a time: opened, paused, taken up again, closed, cloned."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from projects import kinds
from projects.access import MANAGER, ProjectRequest, project_view
from projects.forms.studies import NameForm, PauseForm
from projects.models import Study
from projects.services import studies as service
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study


def move(request: ProjectRequest, study: Study, change: Callable[[], object], done: str) -> HttpResponse:
    """Carry out a change of state and go back to the overview with what became of it."""
    try:
        change()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        if done:
            messages.success(request, done)
    return redirect("study", study.project.slug, study.slug)


@require_POST
@project_view(MANAGER)
def study_open(request: ProjectRequest, study: str) -> HttpResponse:
    """Let a worker prepare the study, unless something still stands in the way."""
    row = get_study(request.access, study)
    blocking = [str(problem.text) for problem in kinds.of(row).problems(row) if problem.blocking]
    if blocking:
        messages.error(request, " ".join([_("The study was not opened."), *blocking]))
        return redirect("study", row.project.slug, row.slug)
    return move(request, row, lambda: service.open_study(row, actor=request.user), "")


@require_POST
@project_view(MANAGER)
def study_stop(request: ProjectRequest, study: str) -> HttpResponse:
    """Stop the preparation; the study is a draft again."""
    row = get_study(request.access, study)
    done = _("The preparation stops. The study becomes a draft again.")
    return move(request, row, lambda: service.stop_opening(row, actor=request.user), done)


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_pause(request: ProjectRequest, study: str) -> HttpResponse:
    """Ask for the message to the raters, then pause."""
    row = get_study(request.access, study)
    form = PauseForm(posted(request))
    if request.method == "POST" and form.is_valid():
        message = form.cleaned_data["message"]
        done = _("The study is paused. Nobody gets work until you take it up again.")
        return move(request, row, lambda: service.pause(row, message=message, actor=request.user), done)
    context = study_context(request, row, "overview") | {"form": form}
    return render(request, "projects/studies/pause.html", context, status=form_status(request))


@require_POST
@project_view(MANAGER)
def study_resume(request: ProjectRequest, study: str) -> HttpResponse:
    """Take up a paused study again."""
    row = get_study(request.access, study)
    return move(request, row, lambda: service.resume(row, actor=request.user), _("The study is open again."))


@require_POST
@project_view(MANAGER)
def study_close(request: ProjectRequest, study: str) -> HttpResponse:
    """End a study for good."""
    row = get_study(request.access, study)
    done = _("The study is closed. What was answered stays as it is.")
    return move(request, row, lambda: service.close(row, actor=request.user), done)


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_clone(request: ProjectRequest, study: str) -> HttpResponse:
    """Ask for a name, then copy settings, guideline, data set and people into a new draft."""
    row = get_study(request.access, study)
    form = NameForm(posted(request), initial={"name": _("%(name)s (copy)") % {"name": row.name}})
    if request.method == "POST" and form.is_valid():
        name, kind = form.cleaned_data["name"], kinds.of(row)
        copy = service.clone(row, name=name, actor=request.user, then=kind.copied)
        messages.success(request, _("The copy is a draft. No work was copied."))
        return redirect("study", copy.project.slug, copy.slug)
    context = study_context(request, row, "overview") | {"form": form}
    return render(request, "projects/studies/clone.html", context, status=form_status(request))
