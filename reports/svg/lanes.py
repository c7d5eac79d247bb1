"""Plots of horizontal rows: labels at the left (above, on a phone), values at the right, marks between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from .. import numbers, reasons
from ..plots import Axis, Mark, Plot
from . import measure
from .canvas import ALONE, WIDE, Canvas
from .frame import LINE, Span, axis_below, header, labelled, mark_words, series_names, thresholds_across
from .scale import Scale, extent, reach

MARK_HEIGHT = 26.0
Painter = Callable[[Canvas, Scale, float, Mark, int], None]


def draw_lanes(
    canvas: Canvas, plot: Plot, rows: Sequence[Mark], axis: Axis, paint: Painter, *, zero: bool, grid: bool = False
) -> Scale:
    """Draw marks in rows on one horizontal axis; neighbouring marks that share a label share a row.

    Returns the axis' scale, for what is drawn below it.
    """
    names = series_names(rows)
    low, high = extent(axis, [*reach(rows), *([0.0] if zero else [])])
    columns = _columns(canvas, rows, axis)
    scale = Scale(low, high, columns.left, columns.right)
    lanes = (Wide if canvas.sheet is WIDE else Narrow)(canvas, columns, axis, scale, names, paint)
    top = header(canvas, plot, names) + (16 if labelled(canvas, axis, scale) else 2)
    behind, shapes, bottom = Canvas(canvas.sheet), len(canvas.parts), top
    for _label, lane in groupby(rows, key=lambda mark: str(mark.label)):
        bottom = lanes.lane(list(lane), bottom)
    # Lines of the axis go under the marks, but where they may run is known only after the rows.
    thresholds_across(behind, axis, scale, top, lanes.spans)
    canvas.height = axis_below(behind, axis, scale, bottom, grid=lanes.spans if grid else ())
    canvas.parts[shapes:shapes] = behind.parts
    return scale


@dataclass(frozen=True)
class Columns:
    """Where the labels, the marks, the values and the n of each row stand (x in drawing units)."""

    label_room: float
    left: float
    right: float
    value_x: float
    n_x: float | None


def _columns(canvas: Canvas, rows: Sequence[Mark], axis: Axis) -> Columns:
    size, small, width = canvas.sheet.size, canvas.sheet.small, canvas.width
    differ = len({mark.n for mark in rows}) > 1
    if canvas.sheet is not WIDE:
        return Columns(width - 4, 12, width - 12, width - 2, 0.0 if differ else None)
    values = max((measure.width(mark_words(axis, mark), size) for mark in rows), default=0) + 14
    n_room = max(measure.width(numbers.sample(mark.n), small) for mark in rows) + 18 if differ else 0
    label = min(max((measure.width(str(mark.label), size) for mark in rows), default=0), width * 0.3)
    right = width - values - n_room
    return Columns(label, label + 24, right - 12, right + values - 4, width - 2 if differ else None)


@dataclass
class Lanes:
    """Everything the rows of one plot have in common; `spans` collects where vertical lines may run."""

    canvas: Canvas
    columns: Columns
    axis: Axis
    scale: Scale
    names: list[str]
    paint: Painter
    spans: list[Span] = field(default_factory=list)

    def lane(self, marks: list[Mark], top: float) -> float:
        """Draw one label with its marks; return the y below."""
        raise NotImplementedError

    def draw(self, mark: Mark, y: float) -> None:
        """Draw one mark, or say why there is none."""
        if mark.value is not None:
            self.paint(self.canvas, self.scale, y, mark, self.series(mark))
            self.spans.append((y - MARK_HEIGHT / 2, y + MARK_HEIGHT / 2))
            return
        whose = f"{mark.series}: " if len(self.names) > 1 and self.canvas.sheet is WIDE else ""
        words = f"{whose}{numbers.DASH} {reasons.words(mark.reason)}"
        room = self.columns.value_x - self.columns.left
        self.canvas.text(self.columns.left, y + 4.5, measure.clip(words, self.canvas.sheet.small, room), name="tick")

    def series(self, mark: Mark) -> int:
        """Return the number of a mark's series; the only series has none."""
        return self.names.index(str(mark.series)) if len(self.names) > 1 else ALONE

    def number(self, x: float, y: float, words: str, name: str) -> None:
        """Write a number that ends at x."""
        self.canvas.text(x, y + 4.5, words, name=name, anchor="end")


class Wide(Lanes):
    """Label, marks, value and n side by side."""

    def lane(self, marks: list[Mark], top: float) -> float:
        lines = measure.wrap(str(marks[0].label), self.canvas.sheet.size, self.columns.label_room)
        height = max(len(lines) * LINE, len(marks) * MARK_HEIGHT) + 8
        first = top + height / 2 - (len(marks) - 1) * MARK_HEIGHT / 2
        for place, line in enumerate(lines):
            self.canvas.text(2, top + height / 2 - (len(lines) - 1) * LINE / 2 + 5 + place * LINE, line)
        for place, mark in enumerate(marks):
            y = first + place * MARK_HEIGHT
            self.draw(mark, y)
            self.number(self.columns.value_x, y, "" if mark.value is None else mark_words(self.axis, mark), "word")
            if self.columns.n_x is not None:
                self.number(self.columns.n_x, y, numbers.sample(mark.n), "tick")
        return top + height


class Narrow(Lanes):
    """Label and value above, marks over the full width below."""

    def lane(self, marks: list[Mark], top: float) -> float:
        if len(self.names) < 2:
            return self._captioned(marks[0], str(marks[0].label), top + LINE - 4, self.columns.label_room, 2)
        lines = measure.wrap(str(marks[0].label), self.canvas.sheet.size, self.columns.label_room)
        for line in lines:
            top += LINE
            self.canvas.text(2, top - 4, line)
        for mark in marks:
            self.canvas.marker(self.columns.left, top + LINE - 9, self.series(mark))
            top = self._captioned(mark, str(mark.series), top + LINE - 4, self.columns.label_room - 22, 24) - 6
        return top + 8

    def _captioned(self, mark: Mark, label: str, y: float, room: float, left: float) -> float:
        """Write what a mark is called and worth, draw it below; return the y below."""
        size = self.canvas.sheet.size
        value = "" if mark.value is None else mark_words(self.axis, mark)
        lines = measure.wrap(label, size, room - (measure.width(value, size) + 12 if value else 0), 3)
        self.canvas.text(self.columns.value_x, y, value, anchor="end")
        for place, line in enumerate(lines):
            self.canvas.text(left, y + place * LINE, line)
        y += (len(lines) - 1) * LINE
        if self.columns.n_x is not None:
            self._sample(mark, left + measure.width(lines[-1], size) + 8, y, value)
        self.draw(mark, y + 4 + MARK_HEIGHT / 2)
        return y + MARK_HEIGHT + 12

    def _sample(self, mark: Mark, x: float, y: float, value: str) -> None:
        words = numbers.sample(mark.n)
        if x + measure.width(words, self.canvas.sheet.small) < self.columns.value_x - measure.width(value, 13):
            self.canvas.text(x, y, words, name="tick")
