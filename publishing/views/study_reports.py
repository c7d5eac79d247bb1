"""Study reports: made and changed, their editions as a page and as files."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation.access import RUN_READERS
from projects.access import MANAGER, ProjectRequest, project_view
from projects.services.audit import record
from projects.views.http import PAGE, form_status, posted
from projects.views.snapshots import Shelf, attachment
from publishing import computing
from publishing.exports.files import FILES, export
from publishing.forms.study_reports import StudyReportForm, is_move
from publishing.models import StudyReport
from publishing.services import study_reports as service

SHELF = Shelf(
    StudyReport, "study_report", "study_report_edition", "publishing/report.html", service, computing.is_stale, FILES,
    heavy=("summary", "figures"), unshown=("figures",),
)  # fmt: skip
LISTED = SHELF.listing("editions", study_count="studies", judge_count="judges", benchmark_count="benchmarks")


@require_safe
@project_view(*RUN_READERS)
def study_reports(request: ProjectRequest) -> HttpResponse:
    """List the project's study reports."""
    project = request.access.project
    page = LISTED.page(request.GET.get("page"), project.pk)
    return render(request, "publishing/list.html", {"project": project, "page_obj": page})


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_report_new(request: ProjectRequest) -> HttpResponse:
    """Choose what a report puts together; a worker computes it."""
    return edit(request, None)


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_report_edit(request: ProjectRequest, paper: int) -> HttpResponse:
    """Change a report; its earlier editions stay."""
    return edit(request, SHELF.get(request.access, paper))


def edit(request: ProjectRequest, row: StudyReport | None) -> HttpResponse:
    """Show the form and carry it out."""
    project = request.access.project
    form = StudyReportForm(posted(request), project=project, report=row)
    moving = is_move(request.POST)
    if request.method == "POST" and not moving and form.is_valid() and (kept := form.keep(request.user)):
        return redirect("study_report", project.slug, kept.pk)
    context = {"project": project, "form": form, "report": row, "moving": moving}
    status = 200 if moving else form_status(request)
    return render(request, "publishing/edit.html", context, status=status)


@require_safe
@project_view(*RUN_READERS)
def study_report(request: ProjectRequest, paper: int, edition: int | None = None) -> HttpResponse:
    """Show the newest edition, or the one asked for, and how far a newer one is; htmx asks for the latter alone."""
    return SHELF.page(request, paper, edition)


@require_POST
@project_view(*RUN_READERS)
def study_report_compute(request: ProjectRequest, paper: int) -> HttpResponse:
    """Ask a worker for a new edition."""
    return SHELF.compute(request, paper)


@require_POST
@project_view(MANAGER)
def study_report_delete(request: ProjectRequest, paper: int) -> HttpResponse:
    """Remove a report with its editions."""
    service.delete(SHELF.get(request.access, paper), actor=request.user)
    messages.success(request, _("The report is gone. Studies, verdicts and benchmarks stay."))
    return redirect("study_reports", request.access.project.slug)


@require_safe
@project_view(*RUN_READERS)
def study_report_export(request: ProjectRequest, paper: int, edition: int, suffix: str) -> HttpResponse:
    """Hand out an edition as a file, in the reader's language; the log keeps who took it."""
    row, made = SHELF.export(request.access, paper, edition, suffix, export)
    record("study_report.exported", actor=request.user, project=request.access.project, target=row, format=suffix)
    return attachment(made)
