"""Setting a study up: its kind and preset, its settings, its guideline in versions."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from projects import kinds
from projects.access import MANAGER, ProjectRequest, project_view
from projects.forms.studies import DraftForm, GuidelineForm, NameForm, NewStudyForm
from projects.kinds import Kind, Preset
from projects.listing import page_of
from projects.markdown import to_html
from projects.models import Guideline, Project, Study
from projects.services import studies as service
from projects.views.http import PAGE, form_status, posted
from projects.views.studies import study_context
from projects.views.study_lookup import get_study
from projects.views.study_tabs import READERS

VERSIONS_A_PAGE = 20


def chosen(request: ProjectRequest) -> tuple[Kind, Preset | None] | None:
    """Return the kind and preset that the address names; None where it names no kind there is."""
    kind = kinds.registry().get(request.GET.get("kind", ""))
    if kind is None:
        return None
    preset = next((one for one in kind.presets if one.key == request.GET.get("preset", "")), None)
    return kind, preset


def only_dataset(project: Project) -> int | None:
    """Return the data set of a project that has just one."""
    ids = project.datasets.values_list("pk", flat=True)[:2]
    return ids[0] if len(ids) == 1 else None


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_new(request: ProjectRequest) -> HttpResponse:
    """Let the manager choose a kind and a preset, then make a draft of it."""
    project, choice = request.access.project, chosen(request)
    if choice is None:
        context = {"project": project, "kinds": kinds.registry().values()}
        return render(request, "projects/studies/choose.html", context)
    kind, preset = choice
    data = posted(request)
    form = NewStudyForm(data, project=project, kind=kind.key, initial={"dataset": only_dataset(project)})
    settings = kind.settings_form(project, data, preset.initial if preset else {})
    preview = request.POST.get("study-guideline", "") if "preview" in request.POST else None
    # Both, so that a person sees everything that is wrong at once.
    if data is not None and preview is None and all([form.is_valid(), settings.is_valid()]):
        made = form.save(project=project, kind=kind.key, settings=settings.cleaned_data, actor=request.user)
        if made:
            return redirect("study", project.slug, made.slug)
    context = {
        "project": project,
        "kind": kind,
        "preset": preset,
        "form": form,
        "settings": settings,
        **previewed(preview),
    }
    status = form_status(request) if preview is None else 200
    return render(request, "projects/studies/new.html", context, status=status)


def previewed(text: str | None) -> dict[str, Any]:
    """Return a guideline as raters will see it; None where no preview was asked for."""
    return {"preview": text, "preview_html": to_html(text) if text else ""}


@dataclass(frozen=True)
class Setting:
    """One setting in words."""

    name: str
    value: str


def in_words(form: forms.Form, values: dict[str, Any]) -> list[Setting]:
    """Return settings the way their form names them."""
    return [Setting(str(field.label or name), said(field, values.get(name))) for name, field in form.fields.items()]


def said(field: forms.Field, value: Any) -> str:
    """Return one value as a person would say it; a field may know better with `in_words`."""
    if own := getattr(field, "in_words", None):
        return str(own(value))
    if isinstance(field, forms.BooleanField):
        return _("yes") if value else _("no")
    if isinstance(field, forms.ChoiceField):
        wanted = {str(one) for one in (value if isinstance(value, list) else [value])}
        # A field's choices may be grouped or lazy; its widget's rows are flat.
        words = [str(words) for key, words in field.widget.choices if str(key) in wanted]
        return ", ".join(words) or "—"
    return "—" if value in (None, "", []) else str(value)


def versions(study: Study, kind: Kind, number: str | None) -> dict[str, Any]:
    """Return a page of the versions of the settings, newest first, each with what it changed."""
    rows = study.versions.select_related("created_by").order_by("-number")
    page = page_of(rows, number, VERSIONS_A_PAGE)
    shown = list(page)
    # The one before the last shown, to say what that changed.
    earlier = list(rows.filter(number__lt=shown[-1].number)[:1]) if page.has_next() else []
    found: list[dict[str, Any]] = []
    before: list[Setting] = []
    for row in [*earlier, *reversed(shown)]:
        now = in_words(kind.settings_form(study.project, None, row.settings), row.settings)
        found.append({"row": row, "changed": [one for one in now if before and one not in before]})
        before = now
    return {"versions": found[len(earlier) :][::-1], "page_obj": page}


@require_http_methods(PAGE)
@project_view(*READERS)
def study_settings(request: ProjectRequest, study: str) -> HttpResponse:
    """Change a draft's settings; show frozen ones, with a form for the name alone."""
    row = get_study(request.access, study)
    if request.method == "POST":
        request.access.need(MANAGER)
    if row.state == Study.State.DRAFT and request.access.is_manager:
        return draft_settings(request, row)
    form = NameForm(posted(request), initial={"name": row.name})
    if request.method == "POST" and form.is_valid():
        service.rename(row, name=form.cleaned_data["name"], actor=request.user)
        messages.success(request, _("The name is saved."))
        return redirect("study_settings", row.project.slug, row.slug)
    kind = kinds.of(row)
    shown = in_words(kind.settings_form(row.project, None, row.settings), row.settings)
    context = study_context(request, row, "settings")
    context |= {"form": form, "shown": shown} | versions(row, kind, request.GET.get("page"))
    return render(request, "projects/studies/settings.html", context, status=form_status(request))


def draft_settings(request: ProjectRequest, study: Study) -> HttpResponse:
    """Show and take the settings of a draft."""
    kind, data = kinds.of(study), posted(request)
    initial = {"name": study.name, "dataset": study.dataset_id, "source": study.source_id}
    form = DraftForm(data, project=study.project, kind=study.kind, but=study, initial=initial)
    settings = kind.settings_form(study.project, data, study.settings)
    if data is not None and all([form.is_valid(), settings.is_valid()]):
        if form.save(study=study, settings=settings.cleaned_data, actor=request.user):
            messages.success(request, _("The settings are saved."))
            return redirect("study", study.project.slug, study.slug)
        study.refresh_from_db(fields=["name"])
    context = study_context(request, study, "settings")
    context |= {"form": form, "settings": settings} | versions(study, kind, request.GET.get("page"))
    return render(request, "projects/studies/settings_draft.html", context, status=form_status(request))


@require_http_methods(PAGE)
@project_view(*READERS)
def study_guideline(request: ProjectRequest, study: str) -> HttpResponse:
    """Show the guideline with its versions; take a new one at any time."""
    row = get_study(request.access, study)
    data, in_force = posted(request), row.guideline.text if row.guideline else ""
    if data is not None:
        request.access.need(MANAGER)
    form = GuidelineForm(data, initial={"text": in_force, "asks": bool(row.guideline and row.guideline.asks)})
    preview = request.POST.get("text", "") if "preview" in request.POST else None
    if data is not None and preview is None and form.is_valid():
        data_given = form.cleaned_data
        service.change_guideline(row, text=data_given["text"], asks=data_given["asks"], actor=request.user)
        messages.success(request, _("The guideline is saved. Raters see it from their next page on."))
        return redirect("study_guideline", row.project.slug, row.slug)
    pages = Paginator(row.guidelines.select_related("created_by").order_by("-number"), VERSIONS_A_PAGE)
    context = study_context(request, row, "guideline")
    context |= {"form": form, "text_html": to_html(in_force), "page_obj": pages.get_page(request.GET.get("page"))}
    context |= previewed(preview) | compared(row, request.GET.get("version", ""))
    status = form_status(request) if preview is None else 200
    return render(request, "projects/studies/guideline.html", context, status=status)


@dataclass(frozen=True)
class Line:
    """A line of two versions side by side; `mark` is "", "removed", "added" or "changed"."""

    mark: str
    before: str
    after: str


def compared(study: Study, number: str) -> dict[str, Any]:
    """Return the version with `number` and how it differs from the one before; nothing where there is none."""
    if not number.isdecimal() or len(number) > 4:
        return {}
    pair = {row.number: row for row in study.guidelines.filter(number__in=[int(number), int(number) - 1])}
    after = pair.get(int(number))
    if after is None:
        return {}
    return {"compared": after, "lines": differences(pair.get(int(number) - 1), after)}


def differences(before: Guideline | None, after: Guideline) -> list[Line]:
    """Return two versions line by line, each line of the one beside its like in the other."""
    old, new = before.text.splitlines() if before else [], after.text.splitlines()
    lines: list[Line] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        mark = {"equal": "", "delete": "removed", "insert": "added"}.get(tag, "changed")
        gone, come = old[old_from:old_to], new[new_from:new_to]
        rows = max(len(gone), len(come))
        gone, come = gone + [""] * (rows - len(gone)), come + [""] * (rows - len(come))
        lines += [Line(mark, one, other) for one, other in zip(gone, come, strict=True)]
    return lines
