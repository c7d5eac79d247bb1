"""Prompt templates: versions, what a real item would be sent, and what differs between two versions."""

from __future__ import annotations

import difflib
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from evaluation.access import RUN_READERS
from evaluation.forms.prompts import PromptForm
from evaluation.models import PromptTemplate, PromptVersion
from evaluation.prompting import markup
from evaluation.prompting.presets import PRESETS, preset
from evaluation.providers import money
from evaluation.services import prompts as service
from evaluation.services import systems
from evaluation.services.calls import messages_for
from projects.access import MANAGER, Access, ProjectRequest, project_view
from projects.listing import Listing
from projects.models import Item, ItemRevision
from projects.querysets.json import Keys, Length
from projects.views.http import PAGE, form_status, posted

A_PAGE = 50
USED_SHOWN = 20


def get_prompt(access: Access, slug: str) -> PromptTemplate:
    """Return a template of the project at hand; Http404 for any other."""
    found = access.project.prompts.select_related("version").filter(slug=slug).first()
    if found is None:
        raise Http404
    found.project = access.project
    return found


def get_version(template: PromptTemplate, number: str) -> PromptVersion:
    """Return the version with this number, the newest for none; Http404 where there is no such version."""
    rows = template.versions.order_by("-number")
    found = rows.filter(number=int(number)).first() if number.isdecimal() and len(number) < 6 else None
    found = rows.first() if not number else found
    if found is None:
        raise Http404
    return found


LISTED = Listing(
    lambda project: (
        PromptTemplate.objects.filter(project_id=project)
        .only("slug", "name", "purpose", "description")
        .annotate(
            number=F("version__number"),
            languages=Keys("version__texts"),
            example_count=Length("version__examples"),
        )
        .order_by("name", "pk")
    ),
    -1,
    per_page=A_PAGE,
    counted=lambda project: PromptTemplate.objects.filter(project_id=project),
)


@require_safe
@project_view(*RUN_READERS)
def prompts(request: ProjectRequest) -> HttpResponse:
    """List the project's templates."""
    project = request.access.project
    page = LISTED.page(request.GET.get("page"), project.pk)
    context = {"project": project, "page_obj": page, "presets": PRESETS, "tab": "prompts"}
    return render(request, "evaluation/prompts/list.html", context)


@require_http_methods(PAGE)
@project_view(MANAGER)
def prompt_new(request: ProjectRequest) -> HttpResponse:
    """Write a template, from a preset or from nothing."""
    return edit(request, None)


@require_http_methods(PAGE)
@project_view(MANAGER)
def prompt_edit(request: ProjectRequest, prompt: str) -> HttpResponse:
    """Change a template: in place while nothing was sent with it, else as a new version."""
    return edit(request, get_prompt(request.access, prompt))


def edit(request: ProjectRequest, row: PromptTemplate | None) -> HttpResponse:
    """Show the form and carry it out."""
    project = request.access.project
    form = PromptForm(posted(request), project=project, template=row, preset=preset(request.GET.get("preset", "")))
    if request.method == "POST" and form.is_valid() and (saved := form.keep(request.user)):
        messages.success(request, _("The prompt is saved. Look at what an item would be sent."))
        return redirect("prompt", project.slug, saved.slug)
    context = {"project": project, "form": form, "prompt": row, "presets": PRESETS, "tab": "prompts"}
    context["used"] = row is not None and row.version is not None and service.is_used(row.version)
    return render(request, "evaluation/prompts/edit.html", context, status=form_status(request))


@require_safe
@project_view(*RUN_READERS)
def prompt(request: ProjectRequest, prompt: str) -> HttpResponse:
    """Show one version of a template, filled in for a real item, and who uses it."""
    row = get_prompt(request.access, prompt)
    version = get_version(row, request.GET.get("v", ""))
    item = find_item(request.access, request.GET.get("dataset", ""), request.GET.get("item", ""))
    context = {
        "project": row.project,
        "prompt": row,
        "version": version,
        "versions": row.versions.order_by("-number").defer("texts", "examples"),
        "used": systems.used_by(version)[:USED_SHOWN],
        "is_used": service.is_used(version),
        "datasets": row.project.datasets.order_by("name"),
        "item": item,
        "preview": preview(version, item) if item else None,
        "tab": "prompts",
    }
    return render(request, "evaluation/prompts/prompt.html", context)


def find_item(access: Access, dataset: str, item: str) -> Item | None:
    """Return the item to try a prompt on: the one named, else the first of the data set, else of the project."""
    rows = Item.objects.filter(dataset__project=access.project, current__isnull=False).visible().kept()
    rows = rows.select_related("current", "dataset")
    if dataset:
        rows = rows.filter(dataset__slug=dataset)
    named = rows.filter(external_id=item).first() if item else None
    return named or rows.order_by("dataset_id", "position").first()


def preview(version: PromptVersion, item: Item) -> dict[str, Any] | None:
    """Return the messages an item would be sent and about how many tokens they take."""
    rows = ItemRevision.objects.select_related("item__dataset").prefetch_related("turns")
    revision = rows.get(item=item, item__current_id=F("pk"))
    try:
        sent = messages_for(version, revision, None)
    except (KeyError, TypeError, IndexError):
        return None
    return {"messages": sent, "tokens": money.estimate_messages(sent), "language": revision.language}


@require_safe
@project_view(*RUN_READERS)
def prompt_compare(request: ProjectRequest, prompt: str) -> HttpResponse:
    """Show what differs between two versions, line by line."""
    row = get_prompt(request.access, prompt)
    newer = get_version(row, request.GET.get("b", ""))
    older = get_version(row, request.GET.get("a", "") or str(max(1, newer.number - 1)))
    old, new = (markup.plain(version.texts, version.examples) for version in (older, newer))
    marks = {"- ": "old", "+ ": "new", "  ": "same"}
    lines = [(marks[line[:2]], line[2:]) for line in difflib.ndiff(old, new) if line[:2] in marks]
    context = {"project": row.project, "prompt": row, "older": older, "newer": newer, "lines": lines, "tab": "prompts"}
    context["versions"] = row.versions.order_by("number").defer("texts", "examples")
    return render(request, "evaluation/prompts/compare.html", context)
