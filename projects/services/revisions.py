"""What an item said and says: its revisions, newest first, each with what it changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, QuerySet

from projects import differences
from projects.models import Item, ItemRevision

# The parts of a revision that are compared, in the order they are read.
PLAIN = ("topic", "subtopic", "language")


@dataclass(frozen=True)
class Change:
    """One part that reads differently: a field's name with no key, "option" with its key, "turn" with its number."""

    name: str
    key: str
    pieces: list[differences.Piece]


@dataclass(frozen=True)
class Version:
    """A revision, and what it changed in the one before; nothing for the first that may be read."""

    revision: ItemRevision
    first: bool
    changes: list[Change]


def readable(item: Item, *, manager: bool) -> QuerySet[ItemRevision]:
    """Return the revisions somebody may read, newest first: what a redaction took out is the manager's alone."""
    rows = item.revisions.select_related("created_by").prefetch_related("turns").order_by("-number")
    if manager:
        return rows
    redacted = item.revisions.filter(redaction=True).aggregate(last=Max("number"))["last"]
    return rows.filter(number__gte=redacted or 0)


def versions(rows: list[ItemRevision], *, before: ItemRevision | None, answers: bool) -> list[Version]:
    """Return revisions, newest first, with what each changed; `before` is the one that came before the last of them.

    With `answers` the reference answer is compared as well, which not everybody may read.
    """
    older: list[ItemRevision | None] = [*rows[1:], before]
    return [
        Version(new, old is None, list(_changes(old, new, answers)) if old else [])
        for new, old in zip(rows, older, strict=True)
    ]


def _changes(old: ItemRevision, new: ItemRevision, answers: bool) -> Iterator[Change]:
    parts: list[tuple[str, str, str, str]] = [("text", "", old.text, new.text)]
    had, has = _texts(old.options), _texts(new.options)
    parts += [("option", key, had.get(key, ""), has.get(key, "")) for key in {**had, **has}]
    said, says = _turns(old), _turns(new)
    parts += [("turn", str(n + 1), said.get(n, ""), says.get(n, "")) for n in sorted({*said, *says})]
    parts += [(name, "", getattr(old, name), getattr(new, name)) for name in PLAIN]
    if answers:
        parts.append(("reference", "", old.reference, new.reference))
    for name, key, before, after in parts:
        if before != after:
            yield Change(name, key, differences.pieces(before, after))


def _texts(options: list[dict[str, Any]]) -> dict[str, str]:
    return {str(one["key"]): str(one["text"]) for one in options}


def _turns(revision: ItemRevision) -> dict[int, str]:
    return {turn.index: turn.text for turn in revision.turns.all()}
