"""Sets of criteria: the ready-made ones, a project's own, and their versions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from evaluation.access import RUN_READERS
from evaluation.forms.rubrics import CriteriaSet, RubricForm, initial_of, keep
from evaluation.models import Rubric
from evaluation.services import rubrics as service
from projects.access import MANAGER, Access, ProjectRequest, project_view
from projects.views.http import PAGE, posted

A_PAGE = 50


def get_rubric(access: Access, slug: str) -> Rubric:
    """Return a set of criteria of the project at hand; Http404 for any other."""
    found = access.project.rubrics.select_related("version").filter(slug=slug, version__isnull=False).first()
    if found is None:
        raise Http404
    return found


@require_safe
@project_view(*RUN_READERS)
def rubrics(request: ProjectRequest) -> HttpResponse:
    """List the project's own sets, and those to begin with."""
    project = request.access.project
    rows = project.rubrics.filter(version__isnull=False).select_related("version").annotate(n=Count("versions"))
    page = Paginator(rows.order_by("name", "pk"), A_PAGE).get_page(request.GET.get("page"))
    context = {"project": project, "page_obj": page, "presets": service.offered(), "tab": "rubrics"}
    return render(request, "evaluation/rubrics/list.html", context)


@require_http_methods(PAGE)
@project_view(MANAGER)
def rubric_new(request: ProjectRequest) -> HttpResponse:
    """Write a set, from a ready-made one or from nothing."""
    return edit(request, None)


@require_http_methods(PAGE)
@project_view(MANAGER)
def rubric(request: ProjectRequest, rubric: str) -> HttpResponse:
    """Change a set: what studies hold to stays as it is, a change is a new version."""
    return edit(request, get_rubric(request.access, rubric))


def edit(request: ProjectRequest, row: Rubric | None) -> HttpResponse:
    """Show the forms and carry them out."""
    project, before = request.access.project, start(request, row)
    form = RubricForm(posted(request), initial=before)
    rows = CriteriaSet(posted(request), prefix="criteria", initial=initial_of(before["criteria"]))
    # Both, so that a person sees everything that is wrong at once.
    if request.method == "POST" and all([form.is_valid(), rows.is_valid()]):
        saved = keep(form, rows, project=project, rubric=row, actor=request.user)
        number = saved.version.number if saved.version else 1
        messages.success(request, _("The criteria are saved, as version %(n)s.") % {"n": number})
        return redirect("rubrics", project.slug)
    refused = request.method == "POST"
    context = {"project": project, "rubric": row, "form": form, "rows": rows, "tab": "rubrics"}
    return render(request, "evaluation/rubrics/edit.html", context, status=422 if refused else 200)


def start(request: ProjectRequest, row: Rubric | None) -> dict[str, Any]:
    """Return what the forms begin with: the set in force, a ready-made one, or nothing."""
    if row is not None and row.version is not None:
        return {"name": row.name, "criteria": row.version.criteria, "risk_flag": row.version.risk_flag}
    key, _colon, language = request.GET.get("preset", "").partition(":")
    found = service.presets(language).get(key) if language in service.LANGUAGES else None
    return {"criteria": [], **(found or {})}
