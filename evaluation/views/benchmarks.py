"""Benchmarks: made and changed, their report as a page and as files."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation import benchmarking
from evaluation.access import RUN_READERS
from evaluation.forms.benchmarks import BenchmarkForm
from evaluation.models import Benchmark
from evaluation.services import benchmarks as service
from projects.access import MANAGER, ProjectRequest, project_view
from projects.services.audit import record
from projects.views.http import PAGE, form_status, posted
from projects.views.results import FILES
from projects.views.snapshots import Shelf, attachment, of_summary

SHELF = Shelf(
    Benchmark, "benchmark", "benchmark_version", "evaluation/benchmarks/benchmark.html", service,
    benchmarking.is_stale, FILES,
)  # fmt: skip
LISTED = SHELF.listing("reports", system_count="systems", set_count="datasets")


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
    return edit(request, SHELF.get(request.access, benchmark))


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
    return SHELF.page(request, benchmark, computed, tab="benchmarks")


@require_POST
@project_view(*RUN_READERS)
def benchmark_compute(request: ProjectRequest, benchmark: int) -> HttpResponse:
    """Ask a worker for the report."""
    return SHELF.compute(request, benchmark)


@require_POST
@project_view(MANAGER)
def benchmark_delete(request: ProjectRequest, benchmark: int) -> HttpResponse:
    """Remove a benchmark with its reports."""
    row = SHELF.get(request.access, benchmark)
    service.delete(row, actor=request.user)
    messages.success(request, _("The benchmark is gone. Responses and scores stay."))
    return redirect("benchmarks", request.access.project.slug)


@require_safe
@project_view(*RUN_READERS)
def benchmark_export(request: ProjectRequest, benchmark: int, computed: int, suffix: str) -> HttpResponse:
    """Hand out a report as a file, in the reader's language."""
    row, made = SHELF.export(request.access, benchmark, computed, suffix, of_summary)
    record("benchmark.exported", actor=request.user, project=request.access.project, target=row, format=suffix)
    return attachment(made)
