"""The schema of a dialogue annotation: edited with a live preview, read by everybody who reads the study."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotation.kinds.dialogue import Dialogue
from annotation.kinds.dialogue_page import Panel, panel
from annotation.schema import COLOURS, ROLES, Schema
from annotation.schema_forms import SchemaForm
from annotation.services import schemas
from annotation.services.turns import Part, schema_of
from projects.access import MANAGER, ProjectRequest, project_view
from projects.models import Study, Turn
from projects.views.http import PAGE, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study
from projects.views.study_tabs import READERS

CHANGEABLE = (Study.State.DRAFT, Study.State.OPEN, Study.State.PAUSED)


@require_http_methods(PAGE)
@project_view(*READERS)
def schema(request: ProjectRequest, study: str) -> HttpResponse:
    """Show the schema; let a manager change it until the study is closed."""
    row = get_study(request.access, study)
    if row.kind != Dialogue.key:
        raise Http404
    if request.method == "POST":
        request.access.need(MANAGER)
    form, op = SchemaForm(schema_of(row), row.in_force.number, posted(request)), request.POST.get("op", "preview")
    if request.method == "POST" and op == "save" and keep(request, row, form):
        return redirect("study_schema", row.project.slug, row.slug)
    if request.method == "POST" and op not in ("save", "preview"):
        form = form.after(op)
    where = context(request, row, form) | {"shown": form.touched(op)}
    status = 422 if op == "save" and request.method == "POST" else 200
    return render(request, "annotation/dialogue/schema.html", where, status=status)


def context(request: ProjectRequest, study: Study, form: SchemaForm) -> dict[str, Any]:
    """Return what the page shows: the form for a manager, and the fields as raters will see them."""
    names = dict(Turn.Role.choices)
    return study_context(request, study, "schema") | {
        "form": form,
        "changeable": request.access.is_manager and study.state in CHANGEABLE,
        "in_use": study.state != Study.State.DRAFT,
        "panels": [
            (names.get(one.key, _("the session")), one) for one in ([] if form.faults else previews(form.schema))
        ],
        "presets": Dialogue.presets,
        "colours": COLOURS,
    }


def previews(schema: Schema) -> list[Panel]:
    """Return an empty panel for each role that is asked about, and for the session."""
    asked = [(role, schema.turn(role)) for role in ROLES] + [("session", schema.session)]
    return [panel(key, Part(None, fields)) for key, fields in asked if fields]


def keep(request: ProjectRequest, study: Study, form: SchemaForm) -> bool:
    """Put the schema in force; returns whether that went well, the form says otherwise why not."""
    if form.faults:
        return False
    try:
        changed = schemas.change(study, form.schema, based_on=form.version, actor=request.user)
    except ValidationError as error:
        form.faults = list(error.messages)
        form.version = get_study(request.access, study.slug).in_force.number
        return False
    messages.success(request, _("The schema is saved.") if changed else _("Nothing was changed."))
    return True
