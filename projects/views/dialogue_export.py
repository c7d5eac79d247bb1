"""Files of a data set's dialogues."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from projects.access import ANALYST, MANAGER, ProjectRequest, project_view
from projects.forms.dialogue_export import DialogueExportForm
from projects.services import dialogue_export
from projects.services.audit import record
from projects.services.dialogue_export import Wanted
from projects.views.datasets import get_dataset


@require_safe
@project_view(MANAGER, ANALYST)
def dataset_export(request: ProjectRequest, dataset: str) -> HttpResponseBase:
    """Show the formats; where one is asked for, stream the file. The log keeps who took it."""
    row = get_dataset(request.access, dataset)
    form = DialogueExportForm(request.GET or None, dataset=row)
    if form.is_bound and form.is_valid() and dialogue_export.holds_dialogues(row):
        return file(request, form.wanted())
    context = {
        "project": row.project,
        "dataset": row,
        "form": form,
        "there": dialogue_export.holds_dialogues(row),
    }
    return render(request, "projects/datasets/export.html", context, status=422 if form.errors else 200)


def file(request: ProjectRequest, wanted: Wanted) -> HttpResponseBase:
    """Stream what is wanted under its name."""
    record(
        "dataset.exported", actor=request.user, project=wanted.dataset.project, target=wanted.dataset,
        format=wanted.format,
    )  # fmt: skip
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(content_type=wanted.content_type)
    else:
        response = StreamingHttpResponse(dialogue_export.stream(wanted), content_type=wanted.content_type)
    response["Content-Disposition"] = content_disposition_header(True, wanted.filename)
    return response
