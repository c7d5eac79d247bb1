"""What the chapters of a benchmark's report share: scores by item and system, and how they stand in tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext_noop as _

from evaluation.results.marked import Case, Taken
from projects.models import Item
from reports import ink
from reports.blocks import CellValue
from reports.summary import Cell, Column, Estimate, Table, Words, phrase
from stats.benchmark import Scores, mean_score
from stats.result import Figure

REPLICATES = 1000
KINDS = {
    Item.Kind.TRUE_FALSE: _("True/false"),
    Item.Kind.SINGLE_CHOICE: _("Single choice"),
    Item.Kind.MULTIPLE_CHOICE: _("Several right options"),
    Item.Kind.QUESTION: _("Open questions"),
}

LANGUAGES = {"en": _("English"), "zh": _("Chinese")}


@dataclass(frozen=True)
class Bench:
    """A benchmark's scores with how figures are drawn from them."""

    taken: Taken
    seed: int
    replicates: int = REPLICATES
    # The chapters ask for the same means again and again: the scores themselves tell which.
    known: dict[bytes, Figure] = field(default_factory=dict)

    @property
    def systems(self) -> list[int]:
        """The systems that answered something, in their order."""
        return [pk for pk in self.taken.systems if self.taken.answered.get(pk)]

    @cached_property
    def scores(self) -> Scores:
        """Right or wrong on labelled items, and the scores of open answers: what overall figures are means of."""
        rows = [(one.item, one.system, one.exact) for one in self.taken.marked]
        return Scores.from_rows([*rows, *self.taken.scored], systems=self.systems, items=list(self.taken.cases))

    @cached_property
    def elastic(self) -> Scores:
        """Part credit on items with several right options."""
        several = self.items(lambda case: case.kind == Item.Kind.MULTIPLE_CHOICE)
        rows = [(one.item, one.system, one.elastic) for one in self.taken.marked if one.item in several]
        return Scores.from_rows(rows, systems=self.systems, items=list(several))

    @cached_property
    def labelled(self) -> dict[int, None]:
        """The items whose right answer is chosen."""
        return self.items(lambda case: case.labelled)

    @cached_property
    def open(self) -> dict[int, None]:
        """The items that are answered in free words."""
        return self.items(lambda case: not case.labelled)

    def items(self, wanted: Callable[[Case], bool]) -> dict[int, None]:
        """The items of which something holds, in their order."""
        return {pk: None for pk, case in self.taken.cases.items() if wanted(case)}

    def by(self, key: Callable[[Case], str]) -> dict[str, dict[int, None]]:
        """The items by topic, language and so on; items without one are left out."""
        found: dict[str, dict[int, None]] = defaultdict(dict)
        for pk, case in self.taken.cases.items():
            if name := key(case):
                found[name][pk] = None
        return dict(sorted(found.items()))

    def mean(self, system: int, among: Iterable[int] | None = None, scores: Scores | None = None) -> Figure:
        """A system's mean score over some items."""
        found = (self.scores if scores is None else scores).of(system, among)
        key = found.tobytes()
        if key not in self.known:
            self.known[key] = mean_score(found, bootstrap=self.replicates, seed=self.seed)
        return self.known[key]

    def name(self, system: int) -> str:
        """What readers call a system."""
        return self.taken.name(system)

    @cached_property
    def topics(self) -> dict[str, dict[int, None]]:
        """The items by topic, of those that some system has a score for."""
        return {name: among for name, among in self.by(lambda case: case.topic).items() if self.has_scores(among)}

    @cached_property
    def scored(self) -> set[int]:
        """The items that some system has a score for."""
        return {one.item for one in self.taken.marked} | {item for item, _system, _score in self.taken.scored}

    def has_scores(self, among: Iterable[int]) -> bool:
        """Whether any system has a score for any of these items."""
        return not self.scored.isdisjoint(among)


Grid = Sequence[tuple[Words, Mapping[int, Figure]]]


def best_of(figures: Mapping[int, Figure]) -> float | None:
    """The highest value of a column among the systems with the most items, where there are several."""
    defined = [figure for figure in figures.values() if figure.value is not None]
    most = max((figure.n_items or 0 for figure in defined), default=0)
    values = [figure.value or 0.0 for figure in defined if figure.n_items == most]
    return max(values) if len(values) > 1 else None


def score_cell(figure: Figure, best: float | None = None) -> CellValue:
    """A score with its interval, set apart where it is the best of its column; empty where there is no item."""
    if not figure.n_items:
        return None
    estimate: Estimate = ink.estimate(figure)
    return Cell(estimate, strong=True) if best is not None and figure.value == best else estimate


def system_table(
    bench: Bench,
    key: str,
    caption: Words,
    grid: Grid,
    *,
    more: Sequence[tuple[Column, Mapping[int, CellValue]]] = (),
    notes: Sequence[Words] = (),
    counts: Sequence[int] = (),
) -> Table:
    """A table with a row a system: a score under each heading of the grid, then further columns.

    `counts` are the items under each heading, for the last row.
    """
    columns = [Column(key="system", label=phrase(_("System")))]
    columns += [Column(key=f"c{n}", label=label, kind="percent") for n, (label, _f) in enumerate(grid)]
    columns += [column for column, _cells in more]
    best = [best_of(figures) for _label, figures in grid]
    rows: list[list[CellValue]] = [
        [
            bench.name(system),
            *(score_cell(figures[system], top) for (_label, figures), top in zip(grid, best, strict=True)),
            *(cells[system] for _column, cells in more),
        ]
        for system in bench.systems
    ]
    footer: list[CellValue] = [phrase(_("Items")), *(str(n) for n in counts), *([None] * len(more))] if counts else []
    return Table(key=key, caption=caption, columns=columns, rows=rows, notes=notes, footer=footer)


def grid_of(bench: Bench, groups: Mapping[str, Iterable[int]], scores: Scores | None = None) -> Grid:
    """The mean score of every system under every heading."""
    return [
        (name, {system: bench.mean(system, among, scores) for system in bench.systems})
        for name, among in groups.items()
    ]
