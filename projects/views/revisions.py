"""An item's revisions as its page lists them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext_lazy

from projects.models import Item, ItemRevision
from projects.services import revisions

PER_PAGE = 10
PARTS = {
    "text": gettext_lazy("Text"),
    "option": gettext_lazy("Option"),
    "turn": gettext_lazy("Turn"),
    "topic": gettext_lazy("Topic"),
    "subtopic": gettext_lazy("Subtopic"),
    "language": gettext_lazy("Language"),
    "reference": gettext_lazy("Reference answer"),
}


def history(item: Item, *, manager: bool, answers: bool, page: str | None) -> dict[str, Any]:
    """Return a page of the item's revisions with their differences; nothing where it was never changed."""
    if item.current is None or item.current.number == 1:
        return {}
    found: Page[ItemRevision] = Paginator(revisions.readable(item, manager=manager), PER_PAGE).get_page(page)
    rows = list(found)
    before = revisions.readable(item, manager=manager).filter(number__lt=rows[-1].number).first() if rows else None
    listed = revisions.versions(rows, before=before, answers=answers)
    lines = [(one, [(PARTS[change.name], change.key, change.pieces) for change in one.changes]) for one in listed]
    return {"versions": lines, "page_obj": found}
