"""The blocks of a report that are drawn. Data only: `svg` draws them, `behind` lists them as tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .blocks import Missing, check_figure, check_href
from .nodes import Node, Words, check_key


@dataclass(frozen=True, kw_only=True)
class Threshold(Node):
    """A faint line on an axis with its label (the number itself when the label is empty)."""

    value: float
    label: Words = ""


@dataclass(frozen=True, kw_only=True)
class Axis(Node):
    """What is measured and in which unit; without ends the axis is fitted to the data.

    `percent` shows fractions as percentages.
    """

    label: Words
    unit: Words = ""
    low: float | None = None
    high: float | None = None
    decimals: int = 2
    percent: bool = False
    thresholds: Sequence[Threshold] = ()

    def check(self) -> None:
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"Axis: {self.low} to {self.high} has no length")


@dataclass(frozen=True, kw_only=True)
class Mark(Node):
    """One drawn value with its interval; `series` tells marks under one label apart (expert, student)."""

    label: Words
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    reason: str = ""
    series: Words = ""

    def check(self) -> None:
        check_figure(f"Mark {self.label}", self.value, self.low, self.high, self.reason)


@dataclass(frozen=True, kw_only=True)
class Plot(Node):
    """What every plot carries: `title` states the finding's subject, `n` counts `n_unit`s in the corner.

    `description` is the text alternative; when empty, one is made from the numbers.
    """

    key: str
    title: Words
    description: Words = ""
    n: int | None = None
    n_unit: Words = ""
    notes: Sequence[Words] = ()

    def check(self) -> None:
        check_key(self.key)


@dataclass(frozen=True, kw_only=True)
class DotWhisker(Plot):
    """Values with intervals on one axis, one row per label."""

    rows: Sequence[Mark]
    axis: Axis


@dataclass(frozen=True, kw_only=True)
class CriticalDifference(Plot):
    """Mean ranks, the best first, with bars below that join what differs by less than `critical` (Demsar 2006)."""

    rows: Sequence[Mark]
    axis: Axis
    critical: float

    def check(self) -> None:
        super().check()
        values = [mark.value for mark in self.rows]
        if None in values or self.critical <= 0:
            raise ValueError(f"CriticalDifference {self.key}: a row has no value, or the difference is not above 0")
        if values != sorted(values, key=lambda value: value or 0.0):
            raise ValueError(f"CriticalDifference {self.key}: the rows are not in the order of their values")

    @property
    def joined(self) -> list[tuple[int, int]]:
        """The longest runs of rows of which no two differ by the critical difference, as first and last row."""
        values = [mark.value or 0.0 for mark in self.rows]
        found: list[tuple[int, int]] = []
        for start in range(len(values)):
            end = max(n for n in range(start, len(values)) if values[n] - values[start] < self.critical)
            if end > start and (not found or end > found[-1][1]):
                found.append((start, end))
        return found


@dataclass(frozen=True, kw_only=True)
class Bars(Plot):
    """Horizontal bars from zero, with whiskers where there are intervals; series stand side by side."""

    rows: Sequence[Mark]
    axis: Axis


@dataclass(frozen=True, kw_only=True)
class HeatMap(Plot):
    """A matrix of values in colour and in words.

    A cell of None does not apply (a rater with herself) and stays empty; Missing is undefined, with its
    reason. Colour runs from `low` to `high`; values below `middle` take a second colour. `counts` are the
    cells' n, of the same shape.
    """

    row_labels: Sequence[Words]
    col_labels: Sequence[Words]
    values: Sequence[Sequence[float | Missing | None]]
    counts: Sequence[Sequence[int | None]] = ()
    low: float = 0.0
    high: float = 1.0
    middle: float = 0.0
    decimals: int = 2
    percent: bool = False
    row_title: Words = ""
    col_title: Words = ""
    value_title: Words = ""

    def check(self) -> None:
        super().check()
        check_shape(f"HeatMap {self.key}", self.values, len(self.row_labels), len(self.col_labels))
        if self.counts:
            check_shape(f"HeatMap {self.key} counts", self.counts, len(self.row_labels), len(self.col_labels))
        if not self.low < self.high or not self.low <= self.middle < self.high:
            raise ValueError(f"HeatMap {self.key}: the scale {self.low}, {self.middle}, {self.high} is not rising")


@dataclass(frozen=True, kw_only=True)
class Confusion(Plot):
    """How often each answer of the rows met each answer of the columns; colour is the share of the row."""

    row_labels: Sequence[Words]
    col_labels: Sequence[Words]
    counts: Sequence[Sequence[int]]
    row_title: Words
    col_title: Words

    def check(self) -> None:
        super().check()
        check_shape(f"Confusion {self.key}", self.counts, len(self.row_labels), len(self.col_labels))


@dataclass(frozen=True, kw_only=True)
class Histogram(Plot):
    """Counts per bin: k + 1 rising, evenly spaced `edges` and k `counts`.

    `labels` name the bins of whole-number scales. Bins of unequal width are refused: their areas would lie.
    """

    edges: Sequence[float]
    counts: Sequence[int]
    axis: Axis
    labels: Sequence[Words] = ()

    def check(self) -> None:
        super().check()
        if len(self.edges) != len(self.counts) + 1 or not self.counts:
            raise ValueError(f"Histogram {self.key}: {len(self.counts)} counts need one edge more")
        steps = [right - left for left, right in pairwise(self.edges)]
        if min(steps) <= 0 or max(steps) - min(steps) > 1e-6 * max(steps):
            raise ValueError(f"Histogram {self.key}: the edges do not rise evenly")
        if self.labels and len(self.labels) != len(self.counts):
            raise ValueError(f"Histogram {self.key}: {len(self.labels)} labels for {len(self.counts)} bins")


@dataclass(frozen=True, kw_only=True)
class Series(Node):
    """One line: a mark per place of the plot's `places`, in order; an undefined mark leaves a gap."""

    label: Words
    marks: Sequence[Mark]


@dataclass(frozen=True, kw_only=True)
class Lines(Plot):
    """Values over ordered places (weeks, rounds, numbers of raters) with their intervals as bands."""

    places: Sequence[Words]
    place_title: Words
    series: Sequence[Series]
    axis: Axis

    def check(self) -> None:
        super().check()
        for line in self.series:
            if len(line.marks) != len(self.places):
                raise ValueError(f"Lines {self.key}: {line.label} has not one mark per place")


@dataclass(frozen=True, kw_only=True)
class Dot(Node):
    """A place on two axes; `n` cases share it, and `series` tells whose they are."""

    x: float
    y: float
    n: int = 1
    series: Words = ""


@dataclass(frozen=True, kw_only=True)
class Scatter(Plot):
    """Two numbers of each case against each other; larger dots stand for more cases.

    Thresholds of the axis `up` are lines across with their labels; `diagonal` is where both numbers are the same.
    """

    dots: Sequence[Dot]
    across: Axis
    up: Axis
    diagonal: bool = False


@dataclass(frozen=True, kw_only=True)
class StackRow(Node):
    """One row of shares, given as counts in the order of the plot's `parts`."""

    label: Words
    counts: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Stacked(Plot):
    """Shares that add to 100 %: one bar per row, one colour per part (win, tie, lose).

    `neutral` is the place of the part that is drawn in grey (the tie).
    """

    parts: Sequence[Words]
    rows: Sequence[StackRow]
    neutral: int | None = None

    def check(self) -> None:
        super().check()
        for row in self.rows:
            if len(row.counts) != len(self.parts):
                raise ValueError(f"Stacked {self.key}: {row.label} has not one count per part")


@dataclass(frozen=True, kw_only=True)
class FlowPart(Node):
    """Some of a step, counted: who left it, or (with `href`) where the rows behind the count are listed."""

    label: Words
    count: int
    href: str = ""

    def check(self) -> None:
        if self.count < 0:
            raise ValueError(f"FlowPart {self.label}: {self.count} is no count")
        if self.href:
            check_href(self.href)


@dataclass(frozen=True, kw_only=True)
class FlowStep(FlowPart):
    """One box of a flow. `out` left between this step and the next; `within` are some of it that stayed."""

    out: Sequence[FlowPart] = ()
    within: Sequence[FlowPart] = ()

    @property
    def left(self) -> int:
        """How many go on to the next step."""
        return self.count - sum(part.count for part in self.out)

    def check(self) -> None:
        super().check()
        if self.left < 0:
            raise ValueError(f"FlowStep {self.label}: more leave than the {self.count} there are")
        for part in self.within:
            if part.count > self.count:
                raise ValueError(f"FlowStep {self.label}: {part.count} of {self.count} are {part.label}")


@dataclass(frozen=True, kw_only=True)
class FlowLane(Node):
    """Steps of one kind of thing, from the first to the last: what a step has and the next has not is in its `out`."""

    label: Words
    steps: Sequence[FlowStep]

    def check(self) -> None:
        for step, after in pairwise(self.steps):
            if step.left != after.count:
                raise ValueError(f"FlowLane {self.label}: {step.left} left after {step.label}, {after.count} arrive")


@dataclass(frozen=True, kw_only=True)
class Flow(Plot):
    """How many of each kind went from step to step and why the others did not, as trials report it (CONSORT 2010)."""

    lanes: Sequence[FlowLane]


def check_shape(where: str, matrix: Sequence[Sequence[object]], rows: int, columns: int) -> None:
    """Raise ValueError naming the first row that does not fit a rows x columns matrix."""
    if len(matrix) != rows:
        raise ValueError(f"{where}: {len(matrix)} rows for {rows} labels")
    for place, row in enumerate(matrix):
        if len(row) != columns:
            raise ValueError(f"{where}: row {place} has {len(row)} cells for {columns} labels")
