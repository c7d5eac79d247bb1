"""What every section begins with: the figures, and what their codes may be called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_noop as _

from publishing.services.codes import Keyed
from reports.blocks import CellValue, Column, Estimate, Missing
from reports.nodes import Words, phrase
from reports.summary import Cell, Mark
from stats.paper import material as paper

Found = Mapping[str, Any]
BULLET = "•"
SIGNS = {"better": f"{BULLET}+", "worse": f"{BULLET}\u2212"}
ALPHA = 0.05
OVERALL = "overall"
# Reasons of `stats.paper` that the report's own words name differently.
REASONS = {"no_rows": "no_items"}


@dataclass(frozen=True)
class Book:
    """The figures of an edition with the key to their codes."""

    keyed: Keyed
    found: Found

    @property
    def material(self) -> paper.Material:
        """The rows."""
        return self.keyed.material

    def figures(self, section: str) -> Found:
        """Return what was computed for a section; where there is nothing, an empty mapping."""
        given: Found = self.found["sections"].get(section) or {}
        return {} if "reason" in given else given

    def system(self, code: str) -> str:
        """Return what readers may call a system."""
        return self.keyed.systems.get(code, code)

    def judge(self, code: str) -> str:
        """Return what readers may call a judge."""
        return self.keyed.judges.get(code, code)

    def block(self, code: str) -> str:
        """Return a block's name."""
        return self.keyed.blocks.get(code, code)

    def study(self, key: str) -> str:
        """Return a study's name."""
        return self.keyed.studies.get(key, key)

    @cached_property
    def rubrics(self) -> dict[tuple[str, str], paper.Criterion]:
        """The criteria by rubric and key."""
        return {(one.rubric, one.key): one for one in self.material.criteria}

    def criterion(self, rubric: str, key: str) -> Words:
        """Return what a criterion is called."""
        if key in (OVERALL, "all"):
            return phrase(_("Overall"))
        found = self.rubrics.get((rubric, key))
        return found.name or key if found else key

    @cached_property
    def rubric_of(self) -> dict[str, str]:
        """The rubric of each study."""
        return {study.key: study.rubric for study in self.material.studies}

    @cached_property
    def group_of(self) -> dict[str, str]:
        """The name of each system's group, by its code."""
        return {one.code: self.keyed.groups.get(one.group, "") for one in self.material.systems}


def by_run(codes: Sequence[str], book: Book) -> Iterator[tuple[str, list[str]]]:
    """Yield systems in their order, group by group."""
    for name, run in groupby(codes, key=lambda code: book.group_of.get(code, "")):
        yield name, list(run)


def estimate(figure: Found) -> Estimate:
    """Return a figure, as JSON, as a table's cell."""
    value = figure.get("value")
    if value is None:
        return Estimate(None, reason=why(figure))
    low, high = ends(figure.get("ci"))
    return Estimate(float(value), low, high)


def why(figure: Found) -> str:
    """Return why a figure has no value."""
    given = str(figure.get("reason") or "no_value")
    return REASONS.get(given, given)


def ends(interval: Found | None) -> tuple[float | None, float | None]:
    """Return an interval's ends."""
    return (interval["low"], interval["high"]) if interval else (None, None)


def plain(figure: Found) -> CellValue:
    """Return a figure's value alone as a cell, or why there is none."""
    value = figure.get("value")
    return Missing(why(figure)) if value is None else float(value)


def number(value: float | None, reason: str = "no_value") -> CellValue:
    """Return a number as a cell, or why there is none."""
    return Missing(reason) if value is None else float(value)


def strong(cell: CellValue, *, when: bool, mark: str = "") -> CellValue:
    """Return a cell set apart where it is the best, with a sign where it has one."""
    return Cell(cell, strong=when, mark=mark) if when or mark else cell  # type: ignore[arg-type]  # never a cell of a cell


def mark(label: Words, figure: Found, series: Words = "") -> Mark:
    """Return a figure as a plot's mark."""
    value = figure.get("value")
    low, high = ends(figure.get("ci")) if value is not None else (None, None)
    reason = "" if value is not None else why(figure)
    return Mark(label=label, value=value, low=low, high=high, n=figure.get("n_items"), reason=reason, series=series)


def named(figure: Found, key: str) -> Estimate:
    """Return one of a figure's many values with its interval."""
    values = figure.get("value")
    value = values.get(key) if isinstance(values, Mapping) else None
    if value is None:
        return Estimate(None, reason=why(figure))
    interval = (figure.get("ci_by_system") or {}).get(key)
    return Estimate(float(value), *ends(interval))


def text(key: str, label: str) -> Column:
    """Return a column of words."""
    return Column(key=key, label=phrase(label))


def slug(words: str) -> str:
    """Return a word that can stand in a block's key."""
    clean = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in words.lower()).strip("-")
    return clean or "x"
