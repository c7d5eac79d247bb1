"""Queries over a study's units: filters, and pages by their place in the order without counting the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.listing import Shaped
from projects.models import Dataset, Exclusion, Item, Study, Unit
from projects.prepared import Value
from projects.services.progress import shortfalls

A_PAGE = 25
SHOWS: dict[str, str | Promise] = {
    "open": _("still open"),
    "complete": _("complete"),
    "work": _("in work"),
    "short": _("falling short of raters"),
    "out": _("left out"),
}
# What a list shows of a unit, beside its item's name and text.
SHOWN = ("role", "stratum", "language", "wanted", "withdrawn", "done", "sort_key")
Key = tuple[int, int]


def units_of(study: Study, wanted: Mapping[str, str]) -> QuerySet[Unit]:
    """Return the units `wanted` asks for: show (a key of SHOWS), stratum, id (an item's id, whole)."""
    return asked_for(shortfalls(study) if wanted.get("show") == "short" else study.units.all(), wanted, study.pk)


def asked_for(rows: QuerySet[Unit], wanted: Mapping[str, str], study: int) -> QuerySet[Unit]:
    """Keep the units that `wanted` asks for, with what a list shows of each."""
    rows = by_state(rows, wanted.get("show", ""))
    if wanted.get("stratum"):
        rows = rows.filter(stratum=wanted["stratum"])
    if wanted.get("id"):
        # The item is found first, along its index: else every unit's item would be looked at.
        datasets = Dataset.objects.filter(project__studies=study)
        rows = rows.filter(item__in=Item.objects.filter(dataset__in=datasets.values("pk"), external_id=wanted["id"]))
    return rows.only(*SHOWN).annotate(
        in_work=F("taken") - F("done"), code=F("item__external_id"), text=F("revision__text")
    )


def by_state(rows: QuerySet[Unit], show: str) -> QuerySet[Unit]:
    """Keep the units in one state of work."""
    if show == "open":
        return rows.filter(done__lt=F("wanted"), withdrawn=False)
    if show == "complete":
        return rows.filter(done__gte=F("wanted"))
    if show == "work":
        return rows.filter(taken__gt=F("done"))
    if show == "out":
        return rows.filter(Exists(Exclusion.objects.filter(unit=OuterRef("pk"), lifted_at=None)))
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


def _ordered(rows: QuerySet[Unit], side: str, key: Key | None, most: int, *, few: bool = False) -> QuerySet[Unit]:
    """Put units into their order, from a place in it on or backwards from there, `most` of them.

    The units of one item are `few`, and put in order when they are found: SQLite would walk the whole order for them.
    """
    if key is not None:
        rows = rows.filter(_beyond(side, key))
    place = F("sort_key") + 0 if few else F("sort_key")
    return rows.order_by(*((place.desc(), "-pk") if side == "lt" else (place.asc(), "pk")))[:most]


def _shaped(
    side: str, show: str, most: int, study: int, sort_key: int = 0, pk: int = 0, **wanted: str
) -> QuerySet[Unit]:
    rows = asked_for(Unit.objects.filter(study_id=study), {"show": show, **wanted}, study)
    return _ordered(rows, side, (sort_key, pk) if pk else None, most, few="id" in wanted)


# Samples of keys are larger than any row's; one after another, as each is a parameter of its own.
SHAPED = Shaped(_shaped, study=-1, sort_key=2**62 + 1, pk=2**62 + 2, stratum="a stratum", id="an item")


def page_of(study: Study, wanted: Mapping[str, str], *, after: Key | None = None, before: Key | None = None) -> Page:
    """Return the page of the units that `wanted` asks for, behind or before a place in the order."""
    side, key = ("lt", before) if before is not None else ("gt", after)
    show = wanted.get("show", "")
    if show == "short":
        found = list(_ordered(units_of(study, wanted), side, key, A_PAGE + 1))
    else:
        values: dict[str, Value] = {"study": study.pk}
        values |= {name: wanted[name] for name in ("stratum", "id") if wanted.get(name)}
        values |= {"sort_key": key[0], "pk": key[1]} if key else {}
        found = SHAPED.rows(values, side=side, show=show, most=A_PAGE + 1)
    more, found = len(found) > A_PAGE, found[:A_PAGE]
    if before is not None:
        found = found[::-1]
        return Page(found, _text(found[0]) if more else "", _text(found[-1]) if found else "")
    return Page(found, _text(found[0]) if found and after else "", _text(found[-1]) if more else "")


def _beyond(side: str, key: Key) -> Q:
    sort_key, pk = key
    # The first condition alone bounds the walk along the index.
    bound = Q(**{f"sort_key__{side}e": sort_key})
    return bound & (Q(**{f"sort_key__{side}": sort_key}) | Q(**{f"pk__{side}": pk}))


def _text(unit: Unit) -> str:
    return f"{unit.sort_key}.{unit.pk}"
