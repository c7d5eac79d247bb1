"""Codes for all that a study report speaks of: fresh ones for each report, in an order that tells nothing.

What a study calls its systems while its key is closed gets codes of its own, so that nothing in the report joins it
with what judges and benchmarks say of systems by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random

from stats.paper import material as paper

ROLES = ("base", "synthetic", "interview", "both", "other", "baseline")
SYSTEM, VERSION, DATASET, CODED = "system", "version", "dataset", "coded"
# ("system", pk), ("version", pk), ("dataset", pk), or ("coded", pk of the study's own row)
Key = tuple[str, int]


@dataclass(frozen=True)
class Subject:
    """Something whose outputs are judged, under what readers may call it."""

    key: Key
    name: str
    group: str = ""
    role: str = "other"


@dataclass
class Codes:
    """Which code stands for what."""

    # Drawn with the report and published nowhere: who knew it could tell systems by their codes.
    secret: str
    subjects: dict[Key, Subject] = field(default_factory=dict)
    before: dict[Key, Key] = field(default_factory=dict)
    systems: dict[Key, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    judges: dict[int, str] = field(default_factory=dict)
    judge_names: dict[str, str] = field(default_factory=dict)
    judge_owns: dict[str, str] = field(default_factory=dict)
    raters: dict[str, str] = field(default_factory=dict)
    # A block may be named after a family of systems.
    blocks: dict[str, str] = field(default_factory=dict)
    items: dict[int | str, str] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)
    responses: dict[tuple[str, int, int], str] = field(default_factory=dict)

    def draw(self, subjects: Iterable[Subject], raters: Iterable[str]) -> None:
        """Give out the codes of systems, groups and raters."""
        known_as = sorted({one.key: one for one in subjects}.values(), key=lambda one: (one.name, one.key))
        self.systems = dict(zip((one.key for one in known_as), self._shuffled("S", len(known_as)), strict=True))
        groups = sorted({one.group for one in known_as if one.group})
        self.groups = dict(zip(groups, self._shuffled("G", len(groups)), strict=True))
        rows = sorted(known_as, key=self._place)
        self.subjects = {one.key: one for one in rows}
        known = sorted(set(raters))
        self.raters = dict(zip(known, self._shuffled("R", len(known)), strict=True))

    def _place(self, one: Subject) -> tuple[object, ...]:
        """Families together, the base first; then baselines, then what stands under a study's code; then by code.

        Never by name: the order of names would say which is which.
        """
        family = "" if one.role == "baseline" else self.groups.get(one.group, "")
        return (one.key[0] == CODED, not family, family, ROLES.index(one.role), self.systems[one.key])

    def _shuffled(self, letter: str, n: int) -> list[str]:
        width = len(str(n))
        codes = [f"{letter}{number:0{width}d}" for number in range(1, n + 1)]
        # Reproducible on purpose: each edition of a report has the same codes.
        Random(f"{self.secret}:{letter}").shuffle(codes)  # noqa: S311
        return codes

    def item(self, key: int | str) -> str:
        """Return an item's code; asked for the first time, it gets the next one."""
        return self.items.setdefault(key, f"Q{len(self.items) + 1:05d}")

    def block(self, name: str) -> str:
        """Return a block's code; none for what stands in no block."""
        return self.blocks.setdefault(name, f"B{len(self.blocks) + 1}") if name else ""

    def unit(self, pk: int) -> str:
        """Return a unit's code."""
        return self.units.setdefault(pk, f"U{len(self.units) + 1:05d}")

    def response(self, kind: str, pk: int, study: int = 0) -> str:
        """Return a response's handle; with a study, a handle that only this study's rows have."""
        return self.responses.setdefault((kind, pk, study), f"A{len(self.responses) + 1:06d}")

    def handles(self) -> dict[str, tuple[str, int]]:
        """Return what each handle stands for: a response or a revision of an item."""
        return {handle: (kind, pk) for (kind, pk, _study), handle in self.responses.items()}

    def rows(self) -> list[paper.System]:
        """Return the systems in the order in which they stand in tables."""
        return [
            paper.System(
                code=self.systems[key], group=self.groups.get(one.group, ""), role=one.role,
                before=self.systems.get(self.before.get(key, ("", 0)), ""),
            )
            for key, one in self.subjects.items()
        ]  # fmt: skip


@dataclass(frozen=True)
class Keyed:
    """The rows a report is computed from, and the key that puts names to their codes."""

    material: paper.Material
    systems: Mapping[str, str]
    groups: Mapping[str, str]
    judges: Mapping[str, str]
    blocks: Mapping[str, str]
    raters: Mapping[str, str]
    items: Mapping[str, str]
    studies: Mapping[str, str]
    # What stands in a bundle beside rows: file name -> JSON.
    design: Mapping[str, str] = field(default_factory=dict)
    # handle -> ("response" | "revision", primary key), so that texts can be given with it.
    handles: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def key(self) -> dict[str, dict[str, str]]:
        """Return what puts names to codes, as plain data."""
        names = ("systems", "groups", "judges", "blocks", "raters", "items", "studies")
        return {name: dict(getattr(self, name)) for name in names}
