"""A study's results: the report as a page and as files, and the study's own files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from projects import kinds, reporting
from projects.access import ProjectRequest, project_view
from projects.models import Report, Study
from projects.services import exporting, reports
from projects.services.audit import record
from projects.views.snapshots import JOB, VERSIONS_SHOWN, attachment, is_news, job_state, summary_of, unfinished
from projects.views.studies import study_context
from projects.views.study_lookup import get_study
from projects.views.study_tabs import READERS, UNOPENED
from reports.exports import FORMATS, export
from reports.render import render as ink

# What the report's files are for, in the order in which they are offered.
FILES = {
    "html": gettext_lazy("One page, to send or to print (HTML)"),
    "xlsx": gettext_lazy("All tables, as a workbook (XLSX)"),
    "csv": gettext_lazy("All tables (CSV, zipped)"),
    "latex": gettext_lazy("All tables (LaTeX)"),
    "text": gettext_lazy("Methods paragraph (text)"),
    "markdown": gettext_lazy("Methods paragraph (Markdown)"),
    "json": gettext_lazy("All numbers (JSON)"),
}


@require_safe
@project_view(*READERS)
def results(request: ProjectRequest, study: str, report: int | None = None) -> HttpResponse:
    """Show the newest report, or the one asked for, and how far a newer one is; htmx asks for the latter alone."""
    row = get_study(request.access, study)
    job = reports.last_job(row)
    if request.headers.get("HX-Target") == JOB:
        return job_state(request, job, addresses(row) | {"job": job})
    newest = reports.latest(row)
    shown = reports_of(row, report) if report else newest
    context = (
        study_context(request, row, "results")
        | addresses(row)
        | {
            "report": shown,
            "earlier": shown is not None and newest is not None and shown.pk != newest.pk,
            "job": job if is_news(job, newest) else None,
            "stale": newest is not None and not unfinished(job) and reporting.is_stale(newest, row),
            "opened": row.state not in UNOPENED,
        }
    )
    return render(request, "projects/results/page.html", context | files(row, shown))


def files(study: Study, report: Report | None) -> dict[str, Any]:
    """Return the report in the reader's language, its files and versions, and the study's own files."""
    return {
        "body": ink(summary_of(report)) if report else "",
        "files": FILES.items() if report else (),
        "offers": kinds.of(study).exports(),
        "suffixes": list(exporting.FORMATS),
        "versions": reports.computed(study).defer("summary")[:VERSIONS_SHOWN],
    }


def reports_of(study: Study, pk: int) -> Report:
    """Return a computed report of this very study; Http404 for any other."""
    return get_object_or_404(reports.computed(study).select_related("created_by"), pk=pk)


def addresses(study: Study) -> dict[str, Any]:
    """Return where the page stands and where a new report is asked for."""
    place = [study.project.slug, study.slug]
    return {"page_url": reverse("results", args=place), "compute_url": reverse("results_compute", args=place)}


@require_POST
@project_view(*READERS)
def compute(request: ProjectRequest, study: str) -> HttpResponse:
    """Ask a worker for the report."""
    row = get_study(request.access, study)
    if row.state in UNOPENED:
        messages.error(request, _("This study has not been opened: there is nothing to compute yet."))
    else:
        reports.ask(row, actor=request.user)
    return redirect("results", row.project.slug, row.slug)


@require_safe
@project_view(*READERS)
def report_file(request: ProjectRequest, study: str, report: int, suffix: str) -> HttpResponse:
    """Hand out a report as a file, in the reader's language."""
    row = get_study(request.access, study)
    if suffix not in FORMATS:
        raise Http404
    return attachment(export(summary_of(reports_of(row, report)), suffix))


@require_safe
@project_view(*READERS)
def study_file(request: ProjectRequest, study: str, key: str, suffix: str) -> HttpResponseBase:
    """Stream one of the study's files; the log keeps who took it."""
    row = get_study(request.access, study)
    offer = next((offer for offer in kinds.of(row).exports() if offer.key == key), None)
    if offer is None or suffix not in exporting.FORMATS:
        raise Http404
    record("study.exported", actor=request.user, project=row.project, target=row, file=key, format=suffix)
    content_type = exporting.FORMATS[suffix].content_type
    response = StreamingHttpResponse(exporting.stream(row, offer, suffix), content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, exporting.filename(row, offer, suffix))
    return response
