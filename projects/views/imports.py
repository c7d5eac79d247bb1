"""Importing a file, step by step: upload, columns, check, decision."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects.access import MANAGER, ProjectRequest, project_view
from projects.formats.dialogues import files, keys
from projects.formats.dialogues.files import OBJECTS
from projects.formats.dialogues.records import SessionFault
from projects.formats.dialogues.settings import Settings, is_dialogue
from projects.formats.dialogues.write import CONTENT_TYPES
from projects.formats.mapping import Mapping, guess_mapping
from projects.formats.records import FormatError
from projects.formats.table import Table
from projects.forms.datasets import AUTO, UploadForm, content_choices, encoding_choices
from projects.forms.dialogue_mapping import FIELDS, DialogueMappingForm
from projects.forms.mapping import MappingForm
from projects.models import ImportBatch, Job
from projects.services import import_batches as service
from projects.services import import_files
from projects.services.dialogue_export import holds_dialogues
from projects.services.import_batches import Stage
from projects.views.conversation import notes_of, of_record
from projects.views.datasets import get_dataset
from projects.views.http import PAGE, form_status, posted
from projects.views.import_reports import dialogue_report_of, report_of

# So many rows decide what a column is taken for.
GUESSED_FROM = 20
# So many turns, or problems, of the first session are shown before the check.
PREVIEWED = 12


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
    usual = AUTO if holds_dialogues(row) else ""
    form = UploadForm(posted(request), request.FILES or None, initial={"holds": usual})
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
    if is_dialogue(row.mapping):
        return dialogue_mapping(request, row, table)
    known = None if row.mapping else service.last_mapping(row, table.columns)
    form = MappingForm(posted(request), table=table, mapping=known or mapping_of(row, table))
    if request.method == "POST" and form.is_valid() and form.mapping and accepted(request, row, form.mapping):
        return shown(row)
    return mapping_page(request, row, table, form, remembered=known is not None)


def mapping_page(
    request: ProjectRequest, batch: ImportBatch, table: Table, form: MappingForm, *, remembered: bool
) -> HttpResponse:
    """Show the columns with their first values, and whether they are taken as in the last file."""
    context = {**reading_of(batch, table), "form": form, "columns": form.columns(), "remembered": remembered}
    context["constants_open"] = any(field.value() or field.errors for field in form.constants())
    return render(request, "projects/imports/mapping.html", context, status=form_status(request))


def reading_of(batch: ImportBatch, table: Table) -> dict[str, Any]:
    """Return what the second step shows of the file, and of other ways to read it."""
    encodings = [(key, name, key == batch.encoding) for key, name in encoding_choices()]
    now = str(batch.mapping.get("dialogue", ""))
    contents = [(key, name, key == now) for key, name in content_choices() if key != AUTO]
    before = service.same_file_before(batch)
    return context_of(batch, 2, table=table, encodings=encodings, contents=contents, before=before)


def dialogue_mapping(request: ProjectRequest, batch: ImportBatch, table: Table) -> HttpResponse:
    """Show what is what in a file of dialogues, and its first session as it would be read."""
    settings = Settings.from_json(batch.mapping)
    unknown = batch.report.get("unknown", {})
    form = DialogueMappingForm(posted(request), table=table, settings=settings, unknown=unknown)
    valid = request.method == "POST" and form.is_valid()
    if valid and form.settings and "preview" not in request.POST and accepted(request, batch, form.settings):
        return shown(batch)
    context = {**reading_of(batch, table), "form": form, "shown": preview_of(form), "field_names": FIELDS}
    if table.format in OBJECTS:
        context["lists"] = [(key, key == settings.layout.turns) for key in keys.lists(files.sample_of(table))]
    status = 200 if valid else form_status(request)
    return render(request, "projects/imports/dialogues.html", context, status=status)


def preview_of(form: DialogueMappingForm) -> dict[str, Any]:
    """Return the first session as it would be read, with what is wrong with it; nothing while the choices are not."""
    if form.is_bound and form.settings is None:
        return {}
    try:
        found = form.preview()
    except FormatError as error:
        return {"error": error.message}
    if isinstance(found, SessionFault):
        return {"problems": [(one.column, one.message) for one in found.errors[:PREVIEWED]]}
    if found is None:
        return {}
    return {"session": found, "notes": notes_of(found), "lines": of_record(found, PREVIEWED)}


def mapping_of(batch: ImportBatch, table: Table) -> Mapping:
    """Return what was chosen before, or the likeliest choice."""
    if batch.mapping:
        return Mapping.from_json(batch.mapping)
    return guess_mapping(table.columns, [values for _number, values in table.preview(GUESSED_FROM)])


def reread(request: ProjectRequest, batch: ImportBatch) -> HttpResponse:
    """Read the file in the encoding asked for; where that fails it stays as it was."""
    try:
        given = {name: request.POST.get(name, "") for name in ("encoding", "dialogues", "turns")}
        service.reread(batch=batch, **given)
    except FormatError as error:
        messages.error(request, error.message)
    return redirect("import_mapping", batch.dataset.project.slug, batch.dataset.slug, batch.pk)


def accepted(request: ProjectRequest, batch: ImportBatch, mapping: Mapping | Settings) -> bool:
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
        context = context_of(row, 3, job=job, stage=stage, dialogue=is_dialogue(row.mapping))
        return render(request, "projects/imports/_progress.html", context)
    if stage == Stage.MAPPING:
        return redirect("import_mapping", row.dataset.project.slug, row.dataset.slug, row.pk)
    step = 4 if stage in (Stage.IMPORTING, Stage.DONE) else 3
    dialogue = is_dialogue(row.mapping)
    report = dialogue_report_of(row) if dialogue else report_of(row)
    context = context_of(row, step, job=job, stage=stage, working=working, report=report, dialogue=dialogue)
    context["startable"] = startable(stage, job)
    return render(request, "projects/imports/import.html", context)


def startable(stage: Stage, job: Job | None) -> bool:
    """Whether the decision can be taken: every row was checked, also by an import that then refused them."""
    return stage == Stage.CHECKED or (stage == Stage.FAILED and job is not None and job.kind == service.IMPORT)


def decide(request: ProjectRequest, batch: ImportBatch, stage: Stage, job: Job | None) -> HttpResponse:
    """Start the import of all rows, or of the good ones. Sent twice, it starts once."""
    keep_good = request.POST.get("rows") == "good"
    if startable(stage, job):
        if batch.report.get("conflicts", 0) + batch.report.get("rejected", 0) and not keep_good:
            rows = _("Nothing was imported: some rows cannot be. Import the good rows, or none.")
            sessions = _("Nothing was imported: some sessions cannot be. Import the good sessions, or none.")
            messages.error(request, sessions if is_dialogue(batch.mapping) else rows)
            return shown(batch)
        try:
            service.start(batch=batch, keep_good=keep_good, actor=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    elif stage not in (Stage.IMPORTING, Stage.DONE):
        messages.error(request, _("Nothing was imported: the rows have to be checked first."))
    return shown(batch)


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
    """Hand out what cannot be imported with number and reason: rows as CSV, sessions of JSON as JSON Lines."""
    row = get_batch(request, dataset, batch)
    if not row.rejected:
        raise Http404
    try:
        content = row.rejected.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    suffix = PurePath(row.rejected.path).suffix
    name = f"{PurePath(row.filename).stem or 'import'}-rejected{suffix}"
    content_type = CONTENT_TYPES[suffix.removeprefix(".")]
    return FileResponse(content, as_attachment=True, filename=name, content_type=content_type)
