"""Importing a file, step by step: upload, columns, check, decision."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects.access import MANAGER, ProjectRequest, project_view
from projects.formats.mapping import Mapping, guess_mapping
from projects.formats.records import FormatError
from projects.formats.table import Table
from projects.forms.datasets import UploadForm, encoding_choices
from projects.forms.mapping import MappingForm
from projects.models import ImportBatch, Job
from projects.services import import_batches as service
from projects.services import import_files, import_report
from projects.services.import_batches import Stage
from projects.views.datasets import get_dataset
from projects.views.http import PAGE, form_status, posted

# So many rows decide what a column is taken for.
GUESSED_FROM = 20
FIELD_NAMES = {
    "text": gettext_lazy("text or options"),
    "topic": gettext_lazy("topic"),
    "subtopic": gettext_lazy("subtopic"),
    "language": gettext_lazy("language"),
    "reference": gettext_lazy("reference answer"),
    "metadata": gettext_lazy("other columns"),
    "prelabel": gettext_lazy("pre-label"),
    "answer": gettext_lazy("final answer"),
}


def get_batch(request: ProjectRequest, dataset: str, batch: int) -> ImportBatch:
    """Return an import into a data set of the project at hand; Http404 for any other."""
    row = get_dataset(request.access, dataset)
    found = row.batches.select_related("created_by").filter(pk=batch).first()
    if found is None:
        raise Http404
    found.dataset = row
    return found


def shown(batch: ImportBatch) -> HttpResponse:
    """Go to the import's page."""
    return redirect("import", batch.dataset.project.slug, batch.dataset.slug, batch.pk)


def context_of(batch: ImportBatch, step: int, **more: Any) -> dict[str, Any]:
    """Return what every step's page needs; `step` counts from 1."""
    return {"project": batch.dataset.project, "dataset": batch.dataset, "batch": batch, "step": step, **more}


@require_http_methods(PAGE)
@project_view(MANAGER)
def import_new(request: ProjectRequest, dataset: str) -> HttpResponse:
    """Take a file."""
    row = get_dataset(request.access, dataset)
    form = UploadForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid() and (batch := form.save(dataset=row, actor=request.user)):
        return redirect("import_mapping", row.project.slug, row.slug, batch.pk)
    context = {"project": row.project, "dataset": row, "form": form, "step": 1}
    return render(request, "projects/imports/new.html", context, status=form_status(request))


@require_http_methods(PAGE)
@project_view(MANAGER)
def import_mapping(request: ProjectRequest, dataset: str, batch: int) -> HttpResponse:
    """Show the first rows and let the manager say which column is what; another encoding reads the file again."""
    row = get_batch(request, dataset, batch)
    try:
        service.refuse_ended(row)
    except ValidationError:
        return shown(row)
    if request.method == "POST" and "reread" in request.POST:
        return reread(request, row)
    try:
        table = import_files.opened(row)
    except (FormatError, OSError) as error:
        messages.error(request, str(error) if isinstance(error, FormatError) else _("The file is no longer there."))
        return redirect("import_new", row.dataset.project.slug, row.dataset.slug)
    form = MappingForm(posted(request), table=table, mapping=mapping_of(row, table))
    if request.method == "POST" and form.is_valid() and form.mapping and accepted(request, row, form.mapping):
        return shown(row)
    return mapping_page(request, row, table, form)


def mapping_page(request: ProjectRequest, batch: ImportBatch, table: Table, form: MappingForm) -> HttpResponse:
    """Show the columns with their first values."""
    choices = [(key, name, key == batch.encoding) for key, name in encoding_choices()]
    context = context_of(batch, 2, table=table, form=form, columns=form.columns(), encodings=choices)
    context["before"] = service.same_file_before(batch)
    context["constants_open"] = any(field.value() or field.errors for field in form.constants())
    return render(request, "projects/imports/mapping.html", context, status=form_status(request))


def mapping_of(batch: ImportBatch, table: Table) -> Mapping:
    """Return what was chosen before, or the likeliest choice."""
    if batch.mapping:
        return Mapping.from_json(batch.mapping)
    return guess_mapping(table.columns, [values for _number, values in table.preview(GUESSED_FROM)])


def reread(request: ProjectRequest, batch: ImportBatch) -> HttpResponse:
    """Read the file in the encoding asked for; where that fails it stays as it was."""
    try:
        service.reread(batch=batch, encoding=request.POST.get("encoding", ""))
    except FormatError as error:
        messages.error(request, error.message)
    return redirect("import_mapping", batch.dataset.project.slug, batch.dataset.slug, batch.pk)


def accepted(request: ProjectRequest, batch: ImportBatch, mapping: Mapping) -> bool:
    """Ask for the check; say why where that cannot be."""
    try:
        service.request_check(batch=batch, mapping=mapping, encoding=batch.encoding, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    return True


@require_http_methods(PAGE)
@project_view(MANAGER)
def import_batch(request: ProjectRequest, dataset: str, batch: int) -> HttpResponse:
    """Show how far an import is and what was found, and take the decision; htmx asks for the progress alone."""
    row = get_batch(request, dataset, batch)
    job = service.job_of(row)
    stage = service.stage_of(row, job)
    if request.method == "POST":
        return decide(request, row, stage, job)
    working = stage in (Stage.CHECKING, Stage.IMPORTING)
    if request.headers.get("HX-Target") == "import-progress":
        if not working:
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "projects/imports/_progress.html", context_of(row, 3, job=job, stage=stage))
    if stage == Stage.MAPPING:
        return redirect("import_mapping", row.dataset.project.slug, row.dataset.slug, row.pk)
    step = 4 if stage in (Stage.IMPORTING, Stage.DONE) else 3
    context = context_of(row, step, job=job, stage=stage, working=working, report=report_of(row))
    context["startable"] = startable(stage, job)
    return render(request, "projects/imports/import.html", context)


def startable(stage: Stage, job: Job | None) -> bool:
    """Whether the decision can be taken: every row was checked, also by an import that then refused them."""
    return stage == Stage.CHECKED or (stage == Stage.FAILED and job is not None and job.kind == service.IMPORT)


def decide(request: ProjectRequest, batch: ImportBatch, stage: Stage, job: Job | None) -> HttpResponse:
    """Start the import of all rows, or of the good ones. Sent twice, it starts once."""
    keep_good = request.POST.get("rows") == "good"
    if startable(stage, job):
        found = report_of(batch)
        if found and found["bad"] and not keep_good:
            messages.error(request, _("Nothing was imported: some rows cannot be. Import the good rows, or none."))
            return shown(batch)
        try:
            service.start(batch=batch, keep_good=keep_good, actor=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    elif stage not in (Stage.IMPORTING, Stage.DONE):
        messages.error(request, _("Nothing was imported: the rows have to be checked first."))
    return shown(batch)


def report_of(batch: ImportBatch) -> dict[str, Any] | None:
    """Return what was found in the file, with every problem in words; None before it was checked."""
    report = batch.report
    if "good" not in report:
        return None
    listed = [*report["conflicting"], *report["problems"]]
    listed = sorted(listed, key=lambda one: int(one["row"]))[: import_report.LISTED]
    known = items_in_conflict(batch, listed)
    rows = [(one["row"], one["column"], in_words(one), known.get(id_in_conflict(one))) for one in listed]
    bad = report["conflicts"] + report["rejected"]
    return {
        **report,
        "bad": bad,
        "listed": rows,
        "missing": report["good"] - report["answered"],
    }


def id_in_conflict(problem: dict[str, Any]) -> str:
    """Return the id of the item that a row contradicts; empty for any other problem."""
    return str(problem["params"].get("value", "")) if problem["code"] == import_report.CONFLICT else ""


def items_in_conflict(batch: ImportBatch, problems: list[dict[str, Any]]) -> dict[str, int]:
    """Return the keys of the items that rows contradict, by id, so that each can be opened and corrected."""
    ids = [found for found in map(id_in_conflict, problems) if found]
    return dict(batch.dataset.items.filter(external_id__in=ids).values_list("external_id", "pk")) if ids else {}


def in_words(problem: dict[str, Any]) -> str:
    """Return why a row cannot be imported; a conflict also says what differs."""
    told = import_report.told(problem)
    names = [str(FIELD_NAMES.get(name, name)) for name in problem["params"].get("fields", "").split(",") if name]
    if not names:
        return told
    return told + " " + _("It differs in: %(names)s.") % {"names": ", ".join(names)}


@require_POST
@project_view(MANAGER)
def import_cancel(request: ProjectRequest, dataset: str, batch: int) -> HttpResponse:
    """Stop an import wherever it is."""
    row = get_batch(request, dataset, batch)
    service.cancel(batch=row, actor=request.user)
    return shown(row)


@require_safe
@project_view(MANAGER)
def import_rejected(request: ProjectRequest, dataset: str, batch: int) -> HttpResponseBase:
    """Hand out the rows that cannot be imported, with number and reason, as CSV."""
    row = get_batch(request, dataset, batch)
    if not row.rejected:
        raise Http404
    try:
        content = row.rejected.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    name = f"{PurePath(row.filename).stem or 'import'}-rejected.csv"
    return FileResponse(content, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
