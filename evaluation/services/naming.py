"""Short names that are free in a project."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.utils.text import slugify

RESERVED = frozenset({"new", "presets"})


def free_slug(rows: QuerySet[Any], name: str, fallback: str) -> str:
    """Return a short name for `name` that none of `rows` has."""
    base = slugify(name)[:50] or fallback
    base = f"{base}-1" if base in RESERVED else base
    taken = set(rows.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for n in range(1, len(taken) + 2) if (slug := base if n == 1 else f"{base}-{n}") not in taken)


def next_number(rows: QuerySet[Any]) -> int:
    """Return the number of the next version."""
    newest: Model | None = rows.order_by("-number").first()
    return 1 if newest is None else int(newest.number) + 1  # type: ignore[attr-defined]  # all versions have one
