"""Flags: raised on a page of their own, listed for the manager, handled; private words replaced by an alias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects import kinds
from projects.access import (
    ADJUDICATOR,
    ANALYST,
    MANAGER,
    Access,
    ProjectRequest,
    RaterRequest,
    project_view,
    rater_view,
)
from projects.forms.flags import AliasForm, FlagFilter, FlagForm, HandleForm, flag_form
from projects.listing import Listing
from projects.models import Dataset, Flag, Item, ItemRevision, Project, Study, Turn
from projects.prepared import Prepared, foreseen
from projects.querysets.items import items_of
from projects.services import datasets as reading
from projects.services import flags as service
from projects.services import handling, redaction
from projects.views.datasets import get_dataset
from projects.views.http import PAGE, form_status, posted

PER_PAGE = 20
OFFERED = 200
# So many turns before and behind a flagged one make it understandable.
AROUND = 2


STUDIES: Prepared[Any] = Prepared(
    lambda project: Study.objects.filter(project_id=project).order_by("name").values_list("slug", "name")[:OFFERED], -1
)
DATASETS: Prepared[Any] = Prepared(
    lambda project: Dataset.objects.filter(project_id=project).order_by("name").values_list("slug", "name")[:OFFERED],
    -1,
)


def lines(project: Project | int, wanted: Mapping[str, str]) -> QuerySet[Flag]:
    """Return the flags that the filters leave, each with what a line of the list shows and nothing else."""
    rows = service.of_project(project, wanted).select_related(None)
    return rows.only("concern", "note", "turn", "state", "created_at", "item", "study", "rater").annotate(
        code=F("item__external_id"), dataset=F("item__dataset__name"), where=F("study__name"),
        who=F("rater__code"), name=F("raised_by__name"), email=F("raised_by__email"),
    )  # fmt: skip


OPEN = Listing(
    lambda project: lines(project, {}), -1, per_page=PER_PAGE,
    counted=lambda project: service.of_project(project, {}).select_related(None),
)  # fmt: skip


@require_safe
@project_view(MANAGER)
def flags(request: ProjectRequest) -> HttpResponse:
    """List what was flagged, newest first."""
    project, number = request.access.project, request.GET.get("page")
    key = (project.pk,)
    with foreseen((STUDIES, key), (DATASETS, key), *OPEN.asks(number, project.pk)):
        form = FlagFilter(request.GET, studies=STUDIES.tuples(project.pk), datasets=DATASETS.tuples(project.pk))
        wanted = form.cleaned_data if form.is_valid() else {}
        if any(wanted.values()):
            page = Paginator(lines(project, wanted), PER_PAGE).get_page(number)
        else:
            page = OPEN.page(number, project.pk)
    context = {"project": project, "form": form, "page_obj": page, "filtered": any(wanted.values())}
    return render(request, "projects/flags/list.html", context, status=200 if form.is_valid() else 422)


def get_flag(access: Access, pk: int) -> Flag:
    """Return a flag of the project at hand; Http404 for any other."""
    rows = access.project.flags.select_related("study", "item__dataset", "item__current", "rater", "raised_by")
    found: Flag = get_object_or_404(rows.select_related("revision", "handled_by", "unit"), pk=pk)
    found.project = access.project
    return found


@require_http_methods(PAGE)
@project_view(MANAGER)
def flag(request: ProjectRequest, flag: int) -> HttpResponse:
    """Show one flag with the text around it, and take what was done about it."""
    row = get_flag(request.access, flag)
    form = HandleForm(posted(request))
    if request.method == "POST" and form.is_valid() and form.save(row, by=request.user):
        messages.success(request, _("Handled. The note is kept with the flag."))
        return redirect("flags", row.project.slug)
    revision = (row.item.current if row.item else None) or row.revision
    context = {
        "project": row.project,
        "flag": row,
        "form": form,
        "revision": revision,
        "turns": around(revision, row.turn),
        "changed": bool(revision and row.revision and revision.pk != row.revision.pk),
    }
    return render(request, "projects/flags/flag.html", context, status=form_status(request))


def around(revision: ItemRevision | None, turn: int | None) -> list[Turn]:
    """Return a flagged turn with a few beside it; all of a dialogue that was flagged as a whole."""
    if revision is None:
        return []
    rows = revision.turns.all()
    return list(rows if turn is None else rows.filter(index__range=(max(0, turn - AROUND), turn + AROUND)))


@require_POST
@project_view(MANAGER)
def flag_reopen(request: ProjectRequest, flag: int) -> HttpResponse:
    """Put a flag back on the list."""
    row = get_flag(request.access, flag)
    service.reopen(row, by=request.user)
    return redirect("flag", row.project.slug, row.pk)


def get_item(request: ProjectRequest, dataset: str, pk: int) -> Item:
    """Return an item of the project, whose reader has met it; Http404 for any other."""
    row = get_dataset(request.access, dataset)
    found: Item = get_object_or_404(items_of(row), pk=pk)
    found.dataset = row
    reading.note_read([found], request.user)
    return found


@require_http_methods(PAGE)
@project_view(MANAGER, ADJUDICATOR, ANALYST)
def item_flag(request: ProjectRequest, dataset: str, item: int) -> HttpResponse:
    """Let somebody who reads the data set flag an item or one of its turns."""
    found = get_item(request, dataset, item)
    form = FlagForm(request.POST) if request.method == "POST" else flag_form(request.GET.get("turn", ""))
    project = request.access.project
    if request.method == "POST" and form.is_valid() and form.save(project, request.user, {"item": found}):
        messages.success(request, _("Flagged. The manager has it on the list now."))
        return redirect("item", project.slug, found.dataset.slug, found.pk)
    context = {"project": project, "dataset": found.dataset, "item": found, **raising(form, found.current)}
    return render(request, "projects/flags/item.html", context, status=form_status(request))


def raising(form: FlagForm, revision: ItemRevision | None) -> dict[str, Any]:
    """Return what the page on which a flag is raised shows: the form and the text it is about."""
    turn = str(form["turn"].value() or "")
    turns = revision.turns.filter(index=int(turn)) if revision and turn.isdecimal() and len(turn) < 6 else ()
    return {"form": form, "revision": revision, "turns": turns}


@require_http_methods(PAGE)
@rater_view
def rate_flag(request: RaterRequest, token: str) -> HttpResponse:
    """Let a rater flag what they have in hand or have answered."""
    part = request.part
    assignment = handling.own(part, token)
    form = FlagForm(request.POST) if request.method == "POST" else flag_form(request.GET.get("turn", ""))
    project, target = part.study.project, {"study": part.study, "unit": assignment.unit, "rater": part.coded}
    if request.method == "POST" and form.is_valid() and form.save(project, request.user, target):
        messages.success(request, _("Flagged. The manager has it on the list now."))
        return redirect("rate_unit", part.study.token, token)
    context = {"part": part, "study": part.study, "assignment": assignment}
    context |= raising(form, assignment.unit.revision if kinds.of(part.study).shows_item(part.study) else None)
    return render(request, "projects/flags/raise.html", context, status=form_status(request))


@require_http_methods(PAGE)
@project_view(MANAGER)
def item_alias(request: ProjectRequest, dataset: str, item: int) -> HttpResponse:
    """Show what an alias would change, then change it."""
    found = get_item(request, dataset, item)
    current = found.current
    number = current.number if current else 1
    form = AliasForm(posted(request), initial={"based_on": number, "words": "", "alias": ""})
    changes = form.preview(found) if request.method == "POST" and form.is_valid() else None
    project = request.access.project
    if changes and request.POST.get("do") == "apply" and form.save(found, by=request.user):
        messages.success(request, _("Replaced. Everybody reads the alias from now on; the old words stay with you."))
        if left := redaction.mentions(found, form.cleaned_data["words"]):
            still = ngettext(
                "The words still stand in %(n)s text that somebody wrote about it. Look for them here to see it.",
                "The words still stand in %(n)s texts that people wrote about it. Look for them here to see them.",
                len(left),
            )
            messages.warning(request, still % {"n": len(left)})
            return redirect("item_alias", project.slug, found.dataset.slug, found.pk)
        return redirect("item", project.slug, found.dataset.slug, found.pk)
    if changes == []:
        form.add_error("words", _("These words do not occur in the item."))
    context = {
        "project": project, "dataset": found.dataset, "item": found, "revision": current, "form": form,
        "turns": list(current.turns.all()) if current else [], "changes": changes,
        "total": sum(change.count for change in changes or ()),
        "mentions": redaction.mentions(found, str(form["words"].value() or "")) if request.method == "POST" else [],
    }  # fmt: skip
    return render(request, "projects/flags/alias.html", context, status=422 if form.errors else 200)
