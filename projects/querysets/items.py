"""Queries over a data set's items: filters, and pages by position without counting the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from projects.listing import Among, Shaped
from projects.models import Dataset, Item, Suggestion

PAGE_SIZE = 25
# What a list shows of an item; the rest of its revision is long.
SHOWN = (
    "dataset", "external_id", "position", "kind", "current", "final", "removed",
    "current__text", "current__options", "current__topic", "current__language",
)  # fmt: skip
SHOW_FINAL, SHOW_WITHOUT, SHOW_REMOVED = "final", "without", "removed"


def items_of(dataset: Dataset | int) -> QuerySet[Item]:
    """The published items of a data set (or of the one with this number) in their order, with their newest revision."""
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


def _ordered(**wanted: Any) -> QuerySet[Item]:
    """The items of a data set that `wanted` asks for, up to one more than a page: see `page_of`."""
    items = filtered(items_of(wanted["dataset"]), wanted).only(*SHOWN)
    if "before" in wanted:
        return items.filter(position__lt=wanted["before"]).reverse()[: PAGE_SIZE + 1]
    if "after" in wanted:
        items = items.filter(position__gt=wanted["after"])
    return items[: PAGE_SIZE + 1]


# Positions cannot be negative, so that samples of them are large.
ORDERED = Shaped(
    _ordered,
    dataset=-1,
    before=2_000_000_001,
    after=2_000_000_002,
    topic="a topic",
    language="a language",
    kind="a kind",
)
LABELS = Among(
    lambda revisions: Suggestion.objects.filter(field="label", turn__isnull=True, revision_id__in=revisions).order_by(
        "source"
    )
)


def _found(dataset: Dataset, wanted: Mapping[str, str], places: Mapping[str, int]) -> list[Item]:
    given = {name: value for name, value in wanted.items() if value}
    show = {"show": given.pop("show")} if "show" in given else {}
    if "id" in given:
        # What is part of something else becomes a pattern, whose form is the database's.
        return list(_ordered(dataset=dataset.pk, **given, **show, **places))
    return ORDERED.rows({"dataset": dataset.pk, **given, **places}, **show)


def _with_labels(items: list[Item]) -> list[Item]:
    """Put the proposals for the items' labels beside them, as `with_suggestions` does."""
    labels: dict[int, list[Suggestion]] = {}
    for label in LABELS.rows(item.current_id for item in items if item.current_id):
        labels.setdefault(label.revision_id, []).append(label)
    for item in items:
        if item.current:
            item.current.labels = labels.get(item.current.pk, [])  # type: ignore[attr-defined]  # as by a prefetch
    return items


def page_of(
    dataset: Dataset,
    wanted: Mapping[str, str],
    *,
    after: int | None = None,
    before: int | None = None,
    suggestions: bool = False,
) -> Page:
    """Return a page of the items that `wanted` asks for, behind or before a position; see `filtered`.

    One importer at a time numbers a data set's items, so that a position is enough to go on from, and a page at the
    end of a large data set costs no more than the first.
    """
    places = {"before": before} if before is not None else {"after": after} if after is not None else {}
    rows = _found(dataset, wanted, places)
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if suggestions:
        _with_labels(rows)
    if before is not None:
        rows = rows[::-1]
        return Page(rows, rows[0].position if more else None, rows[-1].position if rows else None)
    first = rows[0].position if rows and after is not None else None
    return Page(rows, first, rows[-1].position if more else None)
