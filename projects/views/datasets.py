"""Data sets: the list of them, each one's items, and one item."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from projects.access import ADJUDICATOR, ANALYST, MANAGER, RATER, Access, ProjectRequest, named_in_project, project_view
from projects.forms.datasets import DatasetForm, ItemFilter
from projects.listing import Listing
from projects.models import Dataset, ImportBatch, Item, ItemRevision
from projects.prepared import Prepared, foreseen
from projects.querysets.items import items_of, page_of, with_suggestions
from projects.services import datasets as service
from projects.services.dialogue_export import A_DIALOGUE, holds_dialogues
from projects.views.conversation import of_revision
from projects.views.http import PAGE, form_status, posted
from projects.views.revisions import history

READERS = (MANAGER, ADJUDICATOR, ANALYST)
A_PAGE = 25
LATEST_IMPORTS = 8
SESSIONS_LISTED = 100
# Topics are read from the reports of this many imports, which costs the same however many items there are.
REPORTS_READ = 50


NAMED = Prepared(lambda project, slug: Dataset.objects.filter(project_id=project, slug=slug), -1, "a data set")
named_in_project["dataset"] = NAMED
LISTED = Listing(
    lambda project: (
        Dataset.objects.filter(project_id=project).annotate(study_count=Count("studies")).order_by("name", "pk")
    ),
    -1,
    per_page=A_PAGE,
    counted=lambda project: Dataset.objects.filter(project_id=project),
)
REPORTS: Prepared[Any] = Prepared(
    lambda dataset: ImportBatch.objects.filter(dataset_id=dataset, published=True).values_list(
        "report__topics", "report__languages"
    )[:REPORTS_READ],
    -1,
)
IMPORTS = Prepared(
    lambda dataset: ImportBatch.objects.filter(dataset_id=dataset).defer("report", "mapping")[:LATEST_IMPORTS], -1
)


def get_dataset(access: Access, slug: str) -> Dataset:
    """Return a data set of the project at hand; Http404 for any other."""
    dataset = NAMED.first(access.project.pk, slug)
    if dataset is None:
        raise Http404
    dataset.project = access.project
    return dataset


def sees_answers(access: Access) -> bool:
    """Whether the person may read pre-labels and answers; an adjudicator asks for them case by case."""
    return access.can(MANAGER, ANALYST)


@require_safe
@project_view(*READERS)
def datasets(request: ProjectRequest) -> HttpResponse:
    """List the project's data sets."""
    project = request.access.project
    page = LISTED.page(request.GET.get("page"), project.pk)
    return render(request, "projects/datasets/list.html", {"project": project, "page_obj": page})


@require_http_methods(PAGE)
@project_view(MANAGER)
def dataset_new(request: ProjectRequest) -> HttpResponse:
    """Make a data set, then go on to its first import."""
    return edit(request, None)


@require_http_methods(PAGE)
@project_view(MANAGER)
def dataset_edit(request: ProjectRequest, dataset: str) -> HttpResponse:
    """Rename and describe a data set, and name its labels."""
    return edit(request, get_dataset(request.access, dataset))


def edit(request: ProjectRequest, dataset: Dataset | None) -> HttpResponse:
    """Show the form of a data set, new or not, and carry it out."""
    project = request.access.project
    form = DatasetForm(posted(request), dataset=dataset)
    if request.method == "POST" and form.is_valid() and (saved := form.save(project=project, actor=request.user)):
        if dataset is None:
            return redirect("import_new", project.slug, saved.slug)
        messages.success(request, _("The data set is changed."))
        return redirect("dataset", project.slug, saved.slug)
    context = {"project": project, "dataset": dataset, "form": form}
    return render(request, "projects/datasets/edit.html", context, status=form_status(request))


@require_safe
@project_view(*READERS)
def dataset(request: ProjectRequest, dataset: str) -> HttpResponse:
    """List a data set's items in their order."""
    access, row = request.access, get_dataset(request.access, dataset)
    beside = [(REPORTS, (row.pk,)), *([(IMPORTS, (row.pk,))] if access.is_manager else [])]
    beside += [(A_DIALOGUE, (row.pk,))] if sees_answers(access) else []
    with foreseen(*beside):
        return listed(request, row)


def listed(request: ProjectRequest, row: Dataset) -> HttpResponse:
    """Return the page of a data set's items."""
    access = request.access
    form = ItemFilter(request.GET, **choices_of(row))
    wanted = form.cleaned_data if form.is_valid() else {}
    if not sees_answers(access):
        # Who must not see an answer does not learn of it by filtering either.
        wanted.pop("show", None)
        del form.fields["show"]
    page = page_of(
        row,
        wanted,
        after=position(request.GET.get("after", "")),
        before=position(request.GET.get("before", "")),
        suggestions=sees_answers(access),
    )
    if access.can(RATER):
        service.note_read(page.items, access.user)
    context = {
        "project": access.project,
        "dataset": row,
        "form": form,
        "filtered": any(wanted.values()),
        "page": page,
        "rows": [(item, answers_of(row, item)) for item in page.items],
        "sees_answers": sees_answers(access),
        "exportable": sees_answers(access) and holds_dialogues(row),
        "imports": IMPORTS.rows(row.pk) if access.is_manager else (),
    }
    return render(request, "projects/datasets/dataset.html", context, status=200 if form.is_valid() else 422)


def position(value: str) -> int | None:
    """Return a position from the address; None for anything else."""
    return int(value) if value.isdecimal() and len(value) < 10 else None


def choices_of(dataset: Dataset) -> dict[str, Any]:
    """Return the topics and languages that the newest imports brought."""
    topics: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for some_topics, some_languages in REPORTS.tuples(dataset.pk):
        topics.update(some_topics or {})
        languages.update(some_languages or {})
    return {"topics": topics, "languages": languages}


def names_of(dataset: Dataset, item: Item) -> dict[str, str]:
    """Return what the item's answers are called, by key."""
    if item.kind == Item.Kind.TRUE_FALSE:
        return {label["key"]: label["text"] for label in dataset.labels}
    return {option["key"]: option["key"] for option in (item.current.options if item.current else ())}


def answers_of(dataset: Dataset, item: Item) -> dict[str, Any]:
    """Return an item's pre-labels and final answer in words."""
    names = names_of(dataset, item)
    suggestions = getattr(item.current, "labels", ())
    return {
        "prelabels": [(in_words(one.values, names), one.source, one.score) for one in suggestions],
        "final": in_words(item.final or [], names),
    }


def in_words(values: list[str], names: dict[str, str]) -> str:
    """Return keys as the names they stand for."""
    return ", ".join(names.get(value, value) for value in values)


@require_safe
@project_view(*READERS)
def item(request: ProjectRequest, dataset: str, item: int) -> HttpResponse:
    """Show one item with what is known of it. Whoever reads here has met it, and is no fresh rater of it."""
    access, row = request.access, get_dataset(request.access, dataset)
    shown = sees_answers(access)
    items = items_of(row).select_related("current", "batch", "case")
    found: Item = get_object_or_404(with_suggestions(items) if shown else items, pk=item)
    service.note_read([found], access.user)
    context = {
        "project": access.project,
        "dataset": row,
        "item": found,
        "revision": found.current,
        "answers": answers_of(row, found) if shown else None,
        "metadata": metadata_of(found.current) if shown else [],
        **dialogue_of(found, notes=shown),
        "sees_answers": shown,
        **history(found, manager=access.is_manager, answers=shown, page=request.GET.get("page")),
    }
    return render(request, "projects/datasets/item.html", context)


def dialogue_of(item: Item, *, notes: bool) -> dict[str, Any]:
    """Return a session's conversation and the other sessions of its case; nothing for any other item."""
    if item.kind != Item.Kind.DIALOGUE or item.current is None:
        return {}
    about, lines = of_revision(item.current, notes=notes)
    found: dict[str, Any] = {"lines": lines, "about": about}
    if item.case is not None:
        sessions = Item.objects.visible().filter(case=item.case).order_by("case_order")
        found["sessions"] = sessions[:SESSIONS_LISTED]
    return found


def metadata_of(revision: ItemRevision | None) -> list[tuple[str, str]]:
    """Return the metadata as names and texts; what is no text stands as JSON."""
    if revision is None:
        return []
    # Of a session null stands where its turns were.
    return [(name, plain(value)) for name, value in revision.metadata.items() if value is not None]


def plain(value: Any) -> str:
    """Return a value of the metadata as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
