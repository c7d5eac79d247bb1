"""The plan behind a study's places: from units and raters to who judges what. No row is read or written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models import Rater, Study, Unit

if TYPE_CHECKING:
    from stats.block_design import Demand

# Everybody who can judge these does, whatever the design: they show how raters work, not what they think.
FOR_ALL = frozenset({Unit.Role.OVERLAP, Unit.Role.PRACTICE, Unit.Role.GOLD, Unit.Role.GUESS})


class How(models.TextChoices):
    """How a study's work is given out."""

    FREE = "free", _("whoever comes first")
    ALL = "all", _("everybody judges everything")
    BALANCED = "balanced", _("some raters each, in balanced pairs")
    CORE = "core", _("a core for everybody, the rest in balanced pairs")
    LISTS = "lists", _("a fixed list for each rater")


@dataclass(frozen=True)
class Design:
    """A study's design, as its settings have it."""

    how: str = How.FREE
    core: int = 0
    quotas: Mapping[str, int] | None = None
    # The field of the items' own data that names the group a unit is meant for.
    group_field: str = ""

    @property
    def allotment(self) -> str:
        """How places are taken under this design."""
        if self.how in (How.BALANCED, How.CORE):
            return str(Study.Allotment.PLANNED)
        if self.how == How.LISTS:
            return str(Study.Allotment.LISTED)
        return str(Study.Allotment.QUOTAS if self.quotas and self.how == How.FREE else Study.Allotment.FREE)


def design_of(settings: Mapping[str, Any]) -> Design:
    """Return the design in a study's settings; the plain one where they have none."""
    told = settings.get("design") or {}
    return Design(
        how=str(told.get("how", How.FREE)),
        core=int(told.get("core", 0)),
        quotas=told.get("quotas") or None,
        group_field=str(told.get("group_field", "")),
    )


@dataclass(frozen=True)
class Row:
    """What a plan needs of a unit."""

    pk: int
    item: int | None
    role: str
    repeat: int
    variant: int
    language: str
    group: str
    wanted: int
    sort_key: int

    @classmethod
    def of(cls, unit: Any) -> Row:
        """Take it from a unit."""
        return cls(
            unit.pk, unit.item_id, str(unit.role), unit.repeat, unit.variant, unit.language, unit.group, unit.wanted,
            unit.sort_key,
        )  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """A place to be: a rater's key, or nobody's yet, for one group or for all."""

    rater: int | None
    group: str = ""


Slots = list[Slot]
Before = Mapping[tuple[int | None, int], Sequence[Slot]]


def may_judge(rater: Rater, *, language: str, group: str) -> bool:
    """Whether a unit of this language and group is one for this rater; the claim asks the same in SQL."""
    return group in ("", rater.group) and (not rater.languages or language in ("", *rater.languages))


def make(
    rows: Sequence[Row],
    team: Sequence[Rater],
    design: Design,
    *,
    seed: int,
    listed: Mapping[int, set[int]],
    tell: Callable[[int], None],
    before: Before | None = None,
) -> list[Slots]:
    """Return the places of each unit, in the order of `rows`. The same rows, raters and seed give the same plan.

    `listed` has the raters' keys by item for fixed lists; `before` has the
    places of units that these repeat.
    """
    planner = _Planner(team, design, listed, before or {})
    found = [planner.at_once(row, core) for row, core in zip(rows, _core(rows, design, seed), strict=True)]
    rest = [n for n, slots in enumerate(found) if slots is None and not rows[n].repeat]
    units = [planner.demands(rows[n]) for n in rest]
    # Only a worker makes plans; a web process does without what it computes with.
    from stats.block_design import balanced

    chosen = balanced(units, len(team), seed=seed, tell=tell) if units else []
    first: dict[tuple[int | None, int], Slots] = {}
    for n, unit, members in zip(rest, units, chosen, strict=True):
        first[rows[n].item, rows[n].variant] = found[n] = planner.named(rows[n], unit, members)
    # A second time goes to the same raters: it is there to see how consistent each of them is.
    return [
        list(first.get((row.item, row.variant), ())) or planner.open_to(row) if slots is None else slots
        for row, slots in zip(rows, found, strict=True)
    ]


def _core(rows: Sequence[Row], design: Design, seed: int) -> list[bool]:
    """Return which units belong to the core: a share of the items of each language and group, drawn by the seed."""
    if design.how != How.CORE:
        return [False] * len(rows)
    strata: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        if row.role == Unit.Role.MAIN and row.item is not None:
            strata.setdefault((row.language, row.group), []).append(row.item)
    core: set[int] = set()
    for key in sorted(strata):
        # In the order of the study, which does not depend on keys.
        items = list(dict.fromkeys(strata[key]))
        # A published plan must be drawable again; secrecy plays no part.
        core.update(Random(f"{seed}:core:{key}").sample(items, round(len(items) * design.core / 100)))  # noqa: S311
    return [row.item in core and row.role == Unit.Role.MAIN for row in rows]


class _Planner:
    """Who may judge what, in one design."""

    def __init__(self, team: Sequence[Rater], design: Design, listed: Mapping[int, set[int]], before: Before) -> None:
        self.team, self.design, self.listed, self.before = team, design, listed, before
        self.quotas: dict[str, int] = dict(sorted((design.quotas or {}).items()))
        self.by_key = {rater.pk: n for n, rater in enumerate(team)}
        self._pools: dict[tuple[str, str, str | None], tuple[int, ...]] = {}

    def pool(self, row: Row, group: str | None = None) -> tuple[int, ...]:
        """Return who may judge a unit, by number; of one group only where that is given."""
        key = (row.language, row.group, group)
        if key not in self._pools:
            self._pools[key] = tuple(
                n
                for n, rater in enumerate(self.team)
                if may_judge(rater, language=row.language, group=row.group) and group in (None, rater.group)
            )
        return self._pools[key]

    def at_once(self, row: Row, core: bool) -> Slots | None:
        """Return the places of a unit that needs no balancing; None where it does."""
        if slots := self.before.get((row.item, row.variant)):
            return list(slots)
        if self.design.how == How.LISTS and row.role == Unit.Role.MAIN:
            chosen = sorted(self.listed.get(row.item or 0, ()) & self.by_key.keys())
            return [Slot(key) for key in chosen if self.by_key[key] in self.pool(row)]
        if self.design.how == How.FREE:
            return self.open_to(row)
        if row.role in FOR_ALL or core or self.design.how in (How.ALL, How.LISTS):
            return [Slot(self.team[n].pk, self._group(n)) for n in self.pool(row)] or [Slot(None)]
        return None

    def _group(self, n: int) -> str:
        return self.team[n].group if self.quotas else ""

    def open_to(self, row: Row) -> Slots:
        """Return places that nobody has yet: by group where there are quotas."""
        if self.quotas and row.role == Unit.Role.MAIN:
            return [Slot(None, group) for group, count in self.quotas.items() for _ in range(count)]
        return [Slot(None)] * row.wanted

    def demands(self, row: Row) -> tuple[Demand, ...]:
        """Return whom a unit asks for."""
        from stats.block_design import Demand

        if self.quotas:
            return tuple(Demand(self.pool(row, group), count) for group, count in self.quotas.items())
        return (Demand(self.pool(row), row.wanted),)

    def named(self, row: Row, unit: Sequence[Demand], members: Sequence[int]) -> Slots:
        """Return a unit's places: those chosen, and open ones for whom is missing."""
        groups = list(self.quotas) if self.quotas else [""]
        slots: Slots = []
        left = list(members)
        for demand, group in zip(unit, groups, strict=True):
            count = min(demand.count, len(demand.pool))
            slots += [Slot(self.team[n].pk, group) for n in left[:count]]
            slots += [Slot(None, group)] * (demand.count - count)
            left = left[count:]
        return slots
