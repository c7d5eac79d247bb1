"""Judges' reports: set up and changed, shown as a page and handed out as files."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation import judge_reporting
from evaluation.access import RUN_READERS
from evaluation.forms.juries import JuryForm
from evaluation.models import Jury, Run
from evaluation.results import gaps as results
from evaluation.services import juries as service
from projects.access import MANAGER, ProjectRequest, project_view
from projects.services.audit import record
from projects.views.http import PAGE, form_status, posted
from projects.views.results import FILES
from projects.views.snapshots import Shelf, attachment, of_summary

SHELF = Shelf(
    Jury, "jury", "jury_version", "evaluation/juries/jury.html", service, judge_reporting.is_stale, FILES,
    heavy=("summary", "gaps"), unshown=("gaps",),
)  # fmt: skip
LISTED = SHELF.listing("reports", run_count="runs", study_count="studies")


@require_safe
@project_view(*RUN_READERS)
def juries(request: ProjectRequest) -> HttpResponse:
    """List the project's judges' reports."""
    project = request.access.project
    page = LISTED.page(request.GET.get("page"), project.pk)
    context = {"project": project, "page_obj": page, "tab": "juries"}
    context["possible"] = bool(page.object_list) or service.runs_of(project).exists()
    return render(request, "evaluation/juries/list.html", context)


@require_http_methods(PAGE)
@project_view(MANAGER)
def jury_new(request: ProjectRequest) -> HttpResponse:
    """Choose runs of judges and studies of people; a worker computes the report."""
    return edit(request, None)


@require_http_methods(PAGE)
@project_view(MANAGER)
def jury_edit(request: ProjectRequest, jury: int) -> HttpResponse:
    """Change what is read together; the reports so far stay."""
    return edit(request, SHELF.get(request.access, jury))


def edit(request: ProjectRequest, row: Jury | None) -> HttpResponse:
    """Show the form and carry it out."""
    project = request.access.project
    form = JuryForm(posted(request), project=project, jury=row, run=run_asked_for(request))
    if request.method == "POST" and form.is_valid() and (kept := form.keep(request.user)):
        if row is not None:
            service.ask(kept, actor=request.user)
        return redirect("jury", project.slug, kept.pk)
    context = {"project": project, "form": form, "jury": row, "tab": "juries"}
    return render(request, "evaluation/juries/edit.html", context, status=form_status(request))


def run_asked_for(request: ProjectRequest) -> Run | None:
    """Return the run of judges whose page the reader came from, if any."""
    number = request.GET.get("run", "")
    rows = service.runs_of(request.access.project)
    return rows.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None


@require_safe
@project_view(*RUN_READERS)
def jury(request: ProjectRequest, jury: int, judged: int | None = None) -> HttpResponse:
    """Show the newest report, or the one asked for, and how far a newer one is; htmx asks for the latter alone."""
    return SHELF.page(request, jury, judged, tab="juries")


@require_POST
@project_view(*RUN_READERS)
def jury_compute(request: ProjectRequest, jury: int) -> HttpResponse:
    """Ask a worker for the report."""
    return SHELF.compute(request, jury)


@require_POST
@project_view(MANAGER)
def jury_delete(request: ProjectRequest, jury: int) -> HttpResponse:
    """Remove a judges' report with its snapshots."""
    row = SHELF.get(request.access, jury)
    service.delete(row, actor=request.user)
    messages.success(request, _("The judges' report is gone. Verdicts and judgements stay."))
    return redirect("juries", request.access.project.slug)


@require_safe
@project_view(*RUN_READERS)
def jury_export(request: ProjectRequest, jury: int, judged: int, suffix: str) -> HttpResponse:
    """Hand out a report as a file, in the reader's language."""
    row, made = SHELF.export(request.access, jury, judged, suffix, of_summary)
    record("jury.exported", actor=request.user, project=request.access.project, target=row, format=suffix)
    return attachment(made)


@require_safe
@project_view(*RUN_READERS)
def jury_gaps(request: ProjectRequest, jury: int, judged: int) -> HttpResponse:
    """Show what judges and people saw most differently: both texts, and what either wrote about them."""
    row = SHELF.get(request.access, jury)
    report = SHELF.snapshot(row, judged)
    studies = results.may_be_seen(row)
    open_to_read = {study.pk for study in studies}
    kept = [one for one in report.gaps if one["study"] in open_to_read]
    if (wanted := request.GET.get("study", "")) and len(studies) > 1:
        kept = [one for one in kept if str(one["study"]) == wanted]
    page = Paginator(kept, results.A_PAGE).get_page(request.GET.get("page"))
    context = {"project": row.project, "jury": row, "report": report, "tab": "juries", "page_obj": page}
    context |= {"gaps": results.read(row, list(page.object_list)), "studies": studies, "wanted": wanted}
    return render(request, "evaluation/juries/gaps.html", context)
