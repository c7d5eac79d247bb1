"""Responses that come in files: uploaded, looked through by a worker, and taken in or not."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation.access import RUN_READERS
from evaluation.forms.responses import ColumnsForm, UploadForm
from evaluation.models import ResponseImport
from evaluation.reading_words import CLUES
from evaluation.responses.rows import told
from evaluation.services import response_files as service
from evaluation.services.response_files import Stage
from evaluation.views.findings import counted
from projects.access import MANAGER, Access, ProjectRequest, project_view
from projects.formats.records import FormatError
from projects.listing import Among, Listing
from projects.models import Job
from projects.querysets.json import Without
from projects.views.http import PAGE, form_status, posted

A_PAGE = 25
SYSTEMS_SHOWN = 4
WORKING = (Stage.CHECKING, Stage.IMPORTING)


def get_import(access: Access, pk: int) -> ResponseImport:
    """Return an import of the project at hand; Http404 for any other."""
    found = access.project.response_imports.select_related("dataset", "created_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    found.project = access.project
    return found


LISTED = Listing(
    lambda project: (
        ResponseImport.objects.filter(project_id=project)
        .only("filename", "file", "published", "created_at")
        .annotate(dataset_name=F("dataset__name"), brief=Without("report", "problems", "words"))
        .order_by("-pk")
    ),
    -1,
    per_page=A_PAGE,
    counted=lambda project: ResponseImport.objects.filter(project_id=project),
)


@require_safe
@project_view(*RUN_READERS)
def responses(request: ProjectRequest) -> HttpResponse:
    """List the files whose responses came in, and those that wait for a decision."""
    project = request.access.project
    page = LISTED.page(request.GET.get("page"), project.pk)
    for row in page.object_list:
        # The rows of a list are never saved, and what is left out of their reports is not asked for.
        row.report = row.brief  # type: ignore[attr-defined]  # annotated
    found = staged(list(page.object_list))
    context: dict[str, Any] = {"project": project, "page_obj": page, "tab": "responses"}
    context["rows"] = [(row, stage, *told_briefly(row.report)) for row, stage in found]
    context["ready"] = [row for row, stage in found if whole(row, stage)]
    context["working"] = any(stage in WORKING for _row, stage in found)
    return render(request, "evaluation/responses/list.html", context)


def told_briefly(report: dict[str, Any]) -> tuple[list[str], int]:
    """Return the names of the systems in a file, as far as a list shows them, and how many responses came of it."""
    names = [one["name"] for one in report.get("systems", ())]
    return [*names[:SYSTEMS_SHOWN], *(["…"] if len(names) > SYSTEMS_SHOWN else [])], report.get("good", 0)


NEWEST = Among(
    lambda subjects: (
        Job.objects.filter(kind__in=(service.CHECK, service.IMPORT), subject__in=subjects)
        .only("kind", "subject", "state")
        .order_by("pk")
    ),
    called=service.subject_of,
)


def staged(rows: list[ResponseImport]) -> list[tuple[ResponseImport, Stage]]:
    """Return imports with how far each is; one query for all of them."""
    # Of a complete one it is known without its job.
    newest = {job.subject: job for job in NEWEST.rows(row.pk for row in rows if not row.published)}
    return [(row, service.stage_of(row, newest.get(service.subject_of(row.pk)))) for row in rows]


def whole(row: ResponseImport, stage: Stage) -> bool:
    """Whether a file waits for nothing but the decision: read to its end, with something new and without a fault."""
    return stage == Stage.CHECKED and bool(row.report.get("good") or row.report.get("scored")) and not faulty(row)


def faulty(row: ResponseImport) -> int:
    """Return how many of a file's rows cannot be imported."""
    return int(row.report.get("rejected", 0))


@require_http_methods(PAGE)
@project_view(MANAGER)
def responses_new(request: ProjectRequest) -> HttpResponse:
    """Take files."""
    project = request.access.project
    initial = {"dataset": request.GET.get("dataset")}
    form = UploadForm(posted(request), request.FILES or None, project=project, initial=initial)
    if request.method == "POST" and form.is_valid():
        kept = form.keep(request.user)
        if kept and not form.errors:
            return redirect_to(kept)
        if kept:
            n = len(kept)
            words = ngettext("%(n)s other file was taken.", "%(n)s other files were taken.", n) % {"n": n}
            messages.success(request, words)
    context = {"project": project, "form": form, "tab": "responses"}
    return render(request, "evaluation/responses/new.html", context, status=form_status(request))


def redirect_to(kept: list[ResponseImport]) -> HttpResponse:
    """Go to the one file's page, or to the list of them all."""
    slug = kept[0].project.slug
    return redirect("response_import", slug, kept[0].pk) if len(kept) == 1 else redirect("responses", slug)


@require_POST
@project_view(MANAGER)
def responses_take(request: ProjectRequest) -> HttpResponse:
    """Import every file that is whole."""
    project = request.access.project
    rows = project.response_imports.select_related("dataset").filter(published=False).exclude(file="")
    ready = [row for row, stage in staged(list(rows.order_by("pk")[:100])) if whole(row, stage)]
    for row in ready:
        row.project = project
        decide(request, row, keep_good=False)
    if not ready:
        messages.info(request, _("No file waits that is whole. Open a file to see what is in it."))
    return redirect("responses", project.slug)


@require_http_methods(PAGE)
@project_view(MANAGER)
def response_import(request: ProjectRequest, answers: int) -> HttpResponse:
    """Show what a file holds, and take the decision; htmx asks for the progress alone."""
    row = get_import(request.access, answers)
    job = service.job_of(row)
    stage = service.stage_of(row, job)
    if request.method == "POST" and "rows" in request.POST:
        return taken(request, row, stage)
    context: dict[str, Any] = {"project": row.project, "answers": row, "job": job, "stage": stage, "tab": "responses"}
    if request.headers.get("HX-Target") == "import-progress":
        if stage not in WORKING:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "evaluation/responses/_progress.html", context)
    form = columns_form(request, row) if stage in (Stage.CHECKED, Stage.FAILED) else None
    if form is not None and request.method == "POST" and form.is_valid() and form.keep(request.user):
        return redirect("response_import", row.project.slug, row.pk)
    context |= {"form": form, "report": told_report(row), "working": stage in WORKING, "whole": whole(row, stage)}
    context["before"] = service.same_file_before(row) if not row.published else None
    status = form_status(request) if form is not None else 200
    return render(request, "evaluation/responses/import.html", context, status=status)


def columns_form(request: ProjectRequest, row: ResponseImport) -> ColumnsForm | None:
    """Return the choice of columns; none where the file cannot be read any more."""
    try:
        columns = service.opened(row).columns
    except (FormatError, ValueError, OSError):
        return None
    return ColumnsForm(posted(request), batch=row, columns=columns)


def told_report(row: ResponseImport) -> dict[str, Any] | None:
    """Return what the check found, in the reader's language; None before it."""
    found: dict[str, Any] = dict(row.report)
    if "rows" not in found:
        return None
    found["listed"] = [(one["row"], told(one["code"], one["params"])) for one in found["problems"]]
    words = found.get("words") or {}
    found["clues"] = counted(words.get("clues", {}), CLUES)
    found["shown"] = words.get("examples", [])
    return found


def taken(request: ProjectRequest, row: ResponseImport, stage: Stage) -> HttpResponse:
    """Start the import, of all rows or of the good ones."""
    keep_good = request.POST.get("rows") == "good"
    if stage != Stage.CHECKED and not (stage == Stage.FAILED and "rows" in row.report):
        messages.error(request, _("Nothing was imported: this file cannot be decided on any more."))
    elif faulty(row) and not keep_good:
        messages.error(request, _("Nothing was imported: some rows cannot be. Import the good rows, or none."))
    else:
        decide(request, row, keep_good=keep_good)
    return redirect("response_import", row.project.slug, row.pk)


def decide(request: ProjectRequest, row: ResponseImport, *, keep_good: bool) -> None:
    """Ask for the import; say why where that cannot be."""
    try:
        service.start(batch=row, keep_good=keep_good, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))


@require_POST
@project_view(MANAGER)
def response_import_cancel(request: ProjectRequest, answers: int) -> HttpResponse:
    """Stop an import, or throw a file away that was not imported."""
    row = get_import(request.access, answers)
    service.cancel(batch=row, actor=request.user)
    return redirect("responses", row.project.slug)
