"""Queries over a study's units: filters, and pages by their place in the order without counting the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.models import Study, Unit
from projects.services.progress import shortfalls

A_PAGE = 50
SHOWS: dict[str, str | Promise] = {
    "open": _("still open"),
    "complete": _("complete"),
    "work": _("in work"),
    "short": _("falling short of raters"),
    "out": _("left out"),
}
Key = tuple[int, int]


def units_of(study: Study, wanted: Mapping[str, str]) -> QuerySet[Unit]:
    """Return the units `wanted` asks for: show (a key of SHOWS), stratum, id (an item's id, whole)."""
    rows = shortfalls(study) if wanted.get("show") == "short" else study.units.all()
    rows = by_state(rows, wanted.get("show", ""))
    if wanted.get("stratum"):
        rows = rows.filter(stratum=wanted["stratum"])
    if wanted.get("id"):
        rows = rows.filter(item__external_id=wanted["id"].strip())
    return rows.select_related("item", "revision").annotate(in_work=F("taken") - F("done"))


def by_state(rows: QuerySet[Unit], show: str) -> QuerySet[Unit]:
    """Keep the units in one state of work."""
    if show == "open":
        return rows.filter(done__lt=F("wanted"), withdrawn=False)
    if show == "complete":
        return rows.filter(done__gte=F("wanted"))
    if show == "work":
        return rows.filter(taken__gt=F("done"))
    if show == "out":
        return rows.filter(exclusions__isnull=False, exclusions__lifted_at=None).distinct()
    return rows


@dataclass(frozen=True)
class Page:
    """Some units in order, and the keys from which to read on; empty where there is nothing further."""

    units: list[Unit]
    before: str = ""
    after: str = ""


def key_of(text: str) -> Key | None:
    """Return a key as it stands in an address ("sort_key.id"), None where it is none."""
    first, dot, second = text.partition(".")
    if not dot or not (first.isdecimal() and second.isdecimal()) or max(len(first), len(second)) > 19:
        return None
    key = (int(first), int(second))
    return key if max(key) < 2**63 else None


def page_of(rows: QuerySet[Unit], *, after: Key | None = None, before: Key | None = None) -> Page:
    """Return the page of units that stand behind or before a place in the order."""
    if before is not None:
        found = list(rows.filter(_beyond("lt", before)).order_by("-sort_key", "-pk")[: A_PAGE + 1])
        more, found = len(found) > A_PAGE, found[:A_PAGE][::-1]
        return Page(found, _text(found[0]) if more else "", _text(found[-1]) if found else "")
    if after is not None:
        rows = rows.filter(_beyond("gt", after))
    found = list(rows.order_by("sort_key", "pk")[: A_PAGE + 1])
    more, found = len(found) > A_PAGE, found[:A_PAGE]
    return Page(found, _text(found[0]) if found and after else "", _text(found[-1]) if more else "")


def _beyond(side: str, key: Key) -> Q:
    sort_key, pk = key
    # The first condition alone bounds the walk along the index.
    bound = Q(**{f"sort_key__{side}e": sort_key})
    return bound & (Q(**{f"sort_key__{side}": sort_key}) | Q(**{f"pk__{side}": pk}))


def _text(unit: Unit) -> str:
    return f"{unit.sort_key}.{unit.pk}"
