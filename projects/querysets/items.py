"""Queries over a data set's items: filters, and pages by position without counting the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from projects.models import Dataset, Item, Suggestion

PAGE_SIZE = 25
SHOW_FINAL, SHOW_WITHOUT, SHOW_REMOVED = "final", "without", "removed"


def items_of(dataset: Dataset) -> QuerySet[Item]:
    """The data set's published items in their order, each with its newest revision."""
    return Item.objects.visible().filter(dataset=dataset).select_related("current").order_by("position")


def filtered(items: QuerySet[Item], wanted: Mapping[str, str]) -> QuerySet[Item]:
    """Keep what `wanted` asks for: topic, language, kind, show (final, without, removed), id (part of it)."""
    conditions: dict[str, object] = {
        "current__topic": wanted.get("topic"),
        "current__language": wanted.get("language"),
        "kind": wanted.get("kind"),
        "external_id__icontains": wanted.get("id"),
    }
    items = items.filter(**{name: value for name, value in conditions.items() if value})
    return by_state(items, wanted.get("show", ""))


def by_state(items: QuerySet[Item], show: str) -> QuerySet[Item]:
    """Keep the items with a final answer, the kept ones without, or the removed ones; "" keeps all."""
    if show == SHOW_FINAL:
        return items.filter(removed=False, final__isnull=False)
    if show == SHOW_WITHOUT:
        return items.filter(removed=False, final__isnull=True)
    if show == SHOW_REMOVED:
        return items.filter(removed=True)
    return items


def with_suggestions(items: QuerySet[Item]) -> QuerySet[Item]:
    """Fetch the proposals for the items' labels beside them, in one query."""
    labels = Suggestion.objects.filter(field="label", turn__isnull=True).order_by("source")
    return items.prefetch_related(Prefetch("current__suggestions", labels, to_attr="labels"))


@dataclass(frozen=True)
class Page:
    """Some items in order, and the positions from which to read on; None where there is nothing further."""

    items: list[Item]
    before: int | None
    after: int | None


def page_of(items: QuerySet[Item], *, after: int | None = None, before: int | None = None) -> Page:
    """Return a page of items that stand behind or before a position.

    One importer at a time numbers a data set's items, so that a position is enough to go on from, and a page at the
    end of a large data set costs no more than the first.
    """
    if before is not None:
        rows = list(items.filter(position__lt=before).reverse()[: PAGE_SIZE + 1])
        more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE][::-1]
        return Page(rows, rows[0].position if more else None, rows[-1].position if rows else None)
    if after is not None:
        items = items.filter(position__gt=after)
    rows = list(items[: PAGE_SIZE + 1])
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    first = rows[0].position if rows and after is not None else None
    return Page(rows, first, rows[-1].position if more else None)
