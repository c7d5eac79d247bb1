"""Benchmarks: made and changed, their report as a page and as files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation import benchmarking
from evaluation.access import RUN_READERS
from evaluation.forms.benchmarks import BenchmarkForm
from evaluation.models import Benchmark, BenchmarkReport
from evaluation.services import benchmarks as service
from projects.access import MANAGER, Access, ProjectRequest, project_view
from projects.listing import Listing
from projects.models import Job
from projects.services.audit import record
from projects.views.http import PAGE, form_status, posted
from projects.views.results import FILES
from reports.exports import FORMATS, export
from reports.render import render as ink
from reports.summary import Summary

A_PAGE = 25
VERSIONS_SHOWN = 10


def get_benchmark(access: Access, pk: int) -> Benchmark:
    """Return a benchmark of the project at hand; Http404 for any other."""
    found = Benchmark.objects.filter(project=access.project, pk=pk).first()
    if found is None:
        raise Http404
    found.project = access.project
    return found


LISTED = Listing(
    lambda project: (
        Benchmark.objects.filter(project_id=project)
        .annotate(
            last=Max("reports__computed_at"),
            system_count=Count("systems", distinct=True),
            set_count=Count("datasets", distinct=True),
            waiting=Count("reports", distinct=True, filter=Q(reports__computed_at__isnull=True)),
        )
        .order_by("-created_at", "-pk")
    ),
    -1,
    per_page=A_PAGE,
    counted=lambda project: Benchmark.objects.filter(project_id=project),
)


@require_safe
@project_view(*RUN_READERS)
def benchmarks(request: ProjectRequest) -> HttpResponse:
    """List the project's benchmarks."""
    project = request.access.project
    page = LISTED.page(request.GET.get("page"), project.pk)
    context = {"project": project, "page_obj": page, "tab": "benchmarks"}
    context["possible"] = bool(page.object_list) or service.answering(project).exists()
    return render(request, "evaluation/benchmarks/list.html", context)


@require_http_methods(PAGE)
@project_view(MANAGER)
def benchmark_new(request: ProjectRequest) -> HttpResponse:
    """Choose systems and items; a worker computes the report."""
    return edit(request, None)


@require_http_methods(PAGE)
@project_view(MANAGER)
def benchmark_edit(request: ProjectRequest, benchmark: int) -> HttpResponse:
    """Change what a benchmark compares; its earlier reports stay."""
    return edit(request, get_benchmark(request.access, benchmark))


def edit(request: ProjectRequest, row: Benchmark | None) -> HttpResponse:
    """Show the form and carry it out."""
    project = request.access.project
    form = BenchmarkForm(posted(request), project=project, benchmark=row)
    if request.method == "POST" and form.is_valid() and (kept := form.keep(request.user)):
        if row is not None:
            service.ask(kept, actor=request.user)
        return redirect("benchmark", project.slug, kept.pk)
    context = {"project": project, "form": form, "benchmark": row, "tab": "benchmarks"}
    return render(request, "evaluation/benchmarks/edit.html", context, status=form_status(request))


@require_safe
@project_view(*RUN_READERS)
def benchmark(request: ProjectRequest, benchmark: int, computed: int | None = None) -> HttpResponse:
    """Show the newest report, or the one asked for, and how far a newer one is; htmx asks for the latter alone."""
    row = get_benchmark(request.access, benchmark)
    job = service.last_job(row)
    context: dict[str, Any] = {"project": row.project, "benchmark": row, "tab": "benchmarks", "job": job}
    if request.headers.get("HX-Target") == "report-job":
        if job is None or job.finished:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "evaluation/benchmarks/_job.html", context)
    newest = service.computed(row).first()
    shown = report_of(row, computed) if computed else newest
    working = job is not None and not job.finished
    context |= {
        "report": shown,
        "earlier": shown is not None and newest is not None and shown.pk != newest.pk,
        "job": job if is_news(job, newest) else None,
        "stale": newest is not None and not working and benchmarking.is_stale(newest, row),
        "body": ink(summary_of(shown)) if shown else "",
        "files": FILES.items() if shown else (),
        "versions": service.computed(row).defer("summary")[:VERSIONS_SHOWN],
    }
    return render(request, "evaluation/benchmarks/benchmark.html", context)


def is_news(job: Job | None, newest: BenchmarkReport | None) -> bool:
    """Whether the page should speak of a job: it is at work, or it ended without a report."""
    if job is None or not job.finished:
        return job is not None
    return job.state != Job.State.DONE and (newest is None or job.pk > (newest.job_id or 0))


def report_of(row: Benchmark, pk: int) -> BenchmarkReport:
    """Return a computed report of this very benchmark; Http404 for any other."""
    return get_object_or_404(service.computed(row), pk=pk)


def summary_of(report: BenchmarkReport) -> Summary:
    """Return the Summary that a snapshot holds."""
    return Summary.from_json(report.summary or {})


@require_POST
@project_view(*RUN_READERS)
def benchmark_compute(request: ProjectRequest, benchmark: int) -> HttpResponse:
    """Ask a worker for the report."""
    row = get_benchmark(request.access, benchmark)
    service.ask(row, actor=request.user)
    return redirect("benchmark", row.project.slug, row.pk)


@require_POST
@project_view(MANAGER)
def benchmark_delete(request: ProjectRequest, benchmark: int) -> HttpResponse:
    """Remove a benchmark with its reports."""
    row = get_benchmark(request.access, benchmark)
    service.delete(row, actor=request.user)
    messages.success(request, _("The benchmark is gone. Responses and scores stay."))
    return redirect("benchmarks", request.access.project.slug)


@require_safe
@project_view(*RUN_READERS)
def benchmark_export(request: ProjectRequest, benchmark: int, computed: int, suffix: str) -> HttpResponse:
    """Hand out a report as a file, in the reader's language."""
    row = get_benchmark(request.access, benchmark)
    if suffix not in FORMATS:
        raise Http404
    made = export(summary_of(report_of(row, computed)), suffix)
    record("benchmark.exported", actor=request.user, project=row.project, target=row, format=suffix)
    response = HttpResponse(made.content, content_type=made.content_type)
    response["Content-Disposition"] = content_disposition_header(True, made.filename)
    return response
