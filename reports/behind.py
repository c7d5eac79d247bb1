"""Behind every plot: the same numbers as a table, and as one sentence for people who cannot see it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext_noop, ngettext

from . import numbers
from .blocks import Cell, CellValue, Column, ColumnKind, Estimate, Link, Missing, Table
from .cells import show
from .nodes import Phrase, Words
from .plots import (
    Axis,
    Bars,
    Confusion,
    CriticalDifference,
    DotWhisker,
    Flow,
    FlowPart,
    HeatMap,
    Histogram,
    Lines,
    Mark,
    Plot,
    Scatter,
    Stacked,
)

N = Phrase("n")
SPOKEN = 12
TOTAL = gettext_noop("Total")
COUNT = gettext_noop("Count")
SHARE = gettext_noop("Share")
GROUP = gettext_noop("Group")
JOINED = gettext_noop("Do not differ: same letter")
STEP = gettext_noop("Step")
CAME, LEFT, AMONG = gettext_noop("came so far"), gettext_noop("went no further"), gettext_noop("among them")


def table_of(plot: Plot) -> Table:
    """Return the table behind a plot, under the plot's key and title."""
    columns, rows = BUILDERS[type(plot)](plot)
    return Table(key=plot.key, caption=plot.title, columns=columns, rows=rows, notes=plot.notes)


Built = tuple[list[Column], list[list[CellValue]]]


def _number_kind(axis: Axis) -> ColumnKind:
    return "percent" if axis.percent else "ci"


def _estimate(mark: Mark) -> Estimate:
    return Estimate(mark.value, mark.low, mark.high, mark.reason)


def _marks(plot: DotWhisker | Bars) -> Built:
    several = len({str(mark.series) for mark in plot.rows}) > 1
    counted = any(mark.n is not None for mark in plot.rows)
    columns = [Column(key="label", label="")]
    columns += [Column(key="series", label=Phrase(GROUP))] if several else []
    columns += [_value_column(plot.axis, "value", plot.axis.label)]
    columns += [Column(key="n", label=N, kind="int")] if counted else []
    return columns, [_mark_row(mark, several, counted) for mark in plot.rows]


def _mark_row(mark: Mark, several: bool, counted: bool) -> list[CellValue]:
    series: list[CellValue] = [mark.series] if several else []
    n: list[CellValue] = [mark.n] if counted else []
    return [mark.label, *series, _estimate(mark), *n]


def _critical(plot: CriticalDifference) -> Built:
    columns = [
        Column(key="label", label=""),
        _value_column(plot.axis, "value", plot.axis.label),
        Column(key="joined", label=Phrase(JOINED)),
    ]
    rows: list[list[CellValue]] = []
    for place, mark in enumerate(plot.rows):
        letters = [chr(ord("a") + n) for n, (first, last) in enumerate(plot.joined) if first <= place <= last]
        rows.append([mark.label, _estimate(mark), " ".join(letters)])
    return columns, rows


def _value_column(axis: Axis, key: str, label: Words, group: Words = "") -> Column:
    return Column(key=key, label=label, kind=_number_kind(axis), decimals=axis.decimals, group=group)


def _heat_map(plot: HeatMap) -> Built:
    kind: ColumnKind = "percent" if plot.percent else "number"
    group: Words = plot.value_title if plot.counts else ""
    columns = [Column(key="label", label=plot.row_title)]
    for place, label in enumerate(plot.col_labels):
        columns.append(Column(key=f"c{place}", label=label, kind=kind, decimals=plot.decimals, group=group))
    if plot.counts:
        columns += [Column(key=f"n{i}", label=x, kind="int", group=N) for i, x in enumerate(plot.col_labels)]
    rows: list[list[CellValue]] = []
    for place, (label, values) in enumerate(zip(plot.row_labels, plot.values, strict=True)):
        counts = plot.counts[place] if plot.counts else ()
        rows.append([label, *values, *counts])
    return columns, rows


def _confusion(plot: Confusion) -> Built:
    columns = [Column(key="label", label=plot.row_title)]
    columns += [
        Column(key=f"c{place}", label=label, kind="int", group=plot.col_title)
        for place, label in enumerate(plot.col_labels)
    ]
    columns.append(Column(key="total", label=Phrase(TOTAL), kind="int"))
    return columns, [[label, *counts, sum(counts)] for label, counts in zip(plot.row_labels, plot.counts, strict=True)]


def _histogram(plot: Histogram) -> Built:
    columns = [
        Column(key="bin", label=plot.axis.label),
        Column(key="count", label=Phrase(COUNT), kind="int"),
        Column(key="share", label=Phrase(SHARE), kind="percent"),
    ]
    return columns, [
        [_bin(plot, place), count, _share(count, sum(plot.counts))] for place, count in enumerate(plot.counts)
    ]


def _bin(plot: Histogram, place: int) -> Words:
    if plot.labels:
        return plot.labels[place]
    axis, (low, high) = plot.axis, plot.edges[place : place + 2]
    return numbers.interval(low, high, decimals=axis.decimals, as_percent=axis.percent)


def _share(count: int, total: int) -> CellValue:
    return count / total if total else Missing("no_answers")


def _lines(plot: Lines) -> Built:
    counted = any(mark.n is not None for line in plot.series for mark in line.marks)
    columns = [Column(key="place", label=plot.place_title)]
    for place, line in enumerate(plot.series):
        columns.append(_value_column(plot.axis, f"s{place}", plot.axis.label, line.label))
        if counted:
            columns.append(Column(key=f"n{place}", label=N, kind="int", group=line.label))
    rows: list[list[CellValue]] = []
    for place, label in enumerate(plot.places):
        marks = [line.marks[place] for line in plot.series]
        rows.append([label, *(cell for mark in marks for cell in (_estimate(mark), mark.n)[: 1 + counted])])
    return columns, rows


def _stacked(plot: Stacked) -> Built:
    columns = [Column(key="label", label="")]
    for place, part in enumerate(plot.parts):
        columns.append(Column(key=f"c{place}", label=part, kind="int", group=Phrase(COUNT)))
    for place, part in enumerate(plot.parts):
        columns.append(Column(key=f"p{place}", label=part, kind="percent", group=Phrase(SHARE)))
    return columns, [
        [row.label, *row.counts, *(_share(count, sum(row.counts)) for count in row.counts)] for row in plot.rows
    ]


def _flow(plot: Flow) -> Built:
    columns = [
        Column(key="lane", label=""),
        Column(key="step", label=Phrase(STEP)),
        Column(key="how", label=""),
        Column(key="count", label=Phrase(COUNT), kind="int"),
    ]
    rows: list[list[CellValue]] = []
    for lane in plot.lanes:
        for step in lane.steps:
            rows.append([lane.label, _named(step), Phrase(CAME), Cell(step.count, strong=True)])
            rows += [[lane.label, _named(part), Phrase(AMONG), part.count] for part in step.within]
            rows += [[lane.label, _named(part), Phrase(LEFT), part.count] for part in step.out]
    return columns, rows


def _named(part: FlowPart) -> CellValue:
    return Link(part.label, part.href) if part.href else part.label


def _scatter(plot: Scatter) -> Built:
    several = len({str(dot.series) for dot in plot.dots}) > 1
    columns = [Column(key="series", label=Phrase(GROUP))] if several else []
    for key, axis in (("x", plot.across), ("y", plot.up)):
        kind: ColumnKind = "percent" if axis.percent else "number"
        columns.append(Column(key=key, label=axis.label, kind=kind, decimals=axis.decimals))
    columns.append(Column(key="n", label=N, kind="int"))
    rows: list[list[CellValue]] = [
        [*([dot.series] if several else []), dot.x, dot.y, dot.n]
        for dot in sorted(plot.dots, key=lambda dot: (str(dot.series), dot.x, dot.y))
    ]
    return columns, rows


BUILDERS: dict[type[Plot], Callable[[Any], Built]] = {
    DotWhisker: _marks,
    CriticalDifference: _critical,
    Bars: _marks,
    HeatMap: _heat_map,
    Confusion: _confusion,
    Histogram: _histogram,
    Lines: _lines,
    Scatter: _scatter,
    Stacked: _stacked,
    Flow: _flow,
}


def describe(plot: Plot) -> str:
    """Return the plot's text alternative: its own, or its first rows in words."""
    if str(plot.description):
        return str(plot.description)
    table = table_of(plot)
    spoken = [_spoken(table, row) for row in table.rows[:SPOKEN]]
    rest = len(table.rows) - len(spoken)
    if rest:
        spoken.append(ngettext("and %(count)s more row", "and %(count)s more rows", rest) % {"count": rest})
    return "; ".join(spoken)


def _spoken(table: Table, row: Sequence[CellValue]) -> str:
    shown = [show(column, cell).full for column, cell in zip(table.columns, row, strict=True)]
    return f"{shown[0]}: {', '.join(part for part in shown[1:] if part)}"
