"""What plots share around the data: the corner with n, legends, the value axis with its thresholds."""

from collections.abc import Sequence

from .. import numbers
from ..plots import Axis, Mark, Plot, Threshold
from . import measure
from .canvas import NEUTRAL, Canvas
from .scale import Scale, decimals, ticks

LINE = 18.0
Span = tuple[float, float]


def corner(canvas: Canvas, plot: Plot) -> float:
    """Write n into the top right corner; return how much of the first row is left for others."""
    words = numbers.sample(plot.n, str(plot.n_unit))
    canvas.text(canvas.width - 2, 14, words, name="n", anchor="end")
    return canvas.width - measure.width(words, canvas.sheet.small) - 16


def series_names(marks: Sequence[Mark]) -> list[str]:
    """Return the different series of some marks, in order of appearance."""
    return list(dict.fromkeys(str(mark.series) for mark in marks))


def header(canvas: Canvas, plot: Plot, names: Sequence[str] = (), neutral: int | None = None) -> float:
    """Write n and, for two series or more, their signs and names; return the y below."""
    room = corner(canvas, plot)
    if len(names) > 1:
        return _legend(canvas, names, room, neutral)
    return 24 if plot.n is not None else 4


def heading(canvas: Canvas, plot: Plot, words: str) -> float:
    """Write n and, at the left of the same row, some small print; return the y below."""
    room = corner(canvas, plot)
    canvas.text(2, 14, measure.clip(words, canvas.sheet.small, room), name="axis-label")
    return 24 if words or plot.n is not None else 4


def _legend(canvas: Canvas, names: Sequence[str], first_room: float, neutral: int | None) -> float:
    x, y, limit = 8.0, 10.0, first_room
    for place, name in enumerate(names):
        shown = measure.clip(name, canvas.sheet.size, canvas.width - 30)
        room = measure.width(shown, canvas.sheet.size) + 32
        if x > 8 and x + room > limit:
            x, y, limit = 8.0, y + 20, canvas.width
        canvas.marker(x, y, colour_of(place, neutral))
        canvas.text(x + 11, y + 4.5, shown)
        x += room
    return y + 18


def axis_ticks(canvas: Canvas, axis: Axis, scale: Scale) -> list[float]:
    """Return the ticks of a horizontal axis, close enough to meet the thresholds where they are round."""
    inside = [line for line in axis.thresholds if scale.low < line.value < scale.high]
    return ticks(scale.low, scale.high, max(canvas.sheet.ticks, len(inside) + 1))


def threshold_words(axis: Axis, line: Threshold, places: Sequence[float]) -> str:
    """Return a threshold's label; a number that the axis shows anyway needs none."""
    return str(line.label) or ("" if line.value in places else tick_words(axis, line.value))


def labelled(canvas: Canvas, axis: Axis, scale: Scale) -> bool:
    """Say whether labels of thresholds will need room above a horizontal axis."""
    places = axis_ticks(canvas, axis, scale)
    return any(threshold_words(axis, line, places) for line in axis.thresholds)


def thresholds_across(canvas: Canvas, axis: Axis, scale: Scale, top: float, spans: Sequence[Span]) -> None:
    """Draw the thresholds of a horizontal axis as faint lines over the spans, with labels on top."""
    places = axis_ticks(canvas, axis, scale)
    taken = -1e9
    for line in sorted(axis.thresholds, key=lambda item: item.value):
        if not scale.low <= line.value <= scale.high:
            continue
        x = scale(line.value)
        upright(canvas, x, spans, "threshold")
        words = threshold_words(axis, line, places)
        half = measure.width(words, canvas.sheet.small) / 2
        if words and x - half > taken:
            canvas.text(x, top - 5, words, name="tick", anchor="middle")
            taken = x + half + 4


def upright(canvas: Canvas, x: float, spans: Sequence[Span], name: str) -> None:
    """Draw a vertical line over spans of y, closing gaps too small to be meant."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start - joined[-1][1] < 12:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    for start, end in joined:
        canvas.line(x, start, x, end, name)


def axis_below(canvas: Canvas, axis: Axis, scale: Scale, top: float, *, grid: Sequence[Span] = ()) -> float:
    """Draw a horizontal value axis at y = top with ticks, label and unit; return the y below it."""
    places = axis_ticks(canvas, axis, scale)
    digits = decimals([place * 100 if axis.percent else place for place in places])
    canvas.line(scale.start, top, scale.end, top, "axis")
    for place in places:
        x = scale(place)
        upright(canvas, x, grid, "grid")
        canvas.line(x, top, x, top + 4, "axis")
        words = numbers.percent(place, digits) if axis.percent else numbers.number(place, digits)
        half = measure.width(words, canvas.sheet.small) / 2
        canvas.text(max(half, min(x, canvas.width - half)), top + 18, words, name="tick", anchor="middle")
    words = measure.clip(axis_words(axis), canvas.sheet.small, canvas.width - 8)
    half = measure.width(words, canvas.sheet.small) / 2
    middle = min(max((scale.start + scale.end) / 2, half + 4), canvas.width - half - 4)
    canvas.text(middle, top + 38, words, name="axis-label", anchor="middle")
    return top + 46


def axis_beside(canvas: Canvas, axis: Axis, scale: Scale, left: float, right: float) -> None:
    """Draw a vertical value axis as faint lines from left to right with numbers at the left."""
    places = ticks(scale.low, scale.high, 4)
    digits = decimals([place * 100 if axis.percent else place for place in places])
    for place in places:
        y = scale(place)
        canvas.line(left, y, right, y, "grid")
        words = numbers.percent(place, digits) if axis.percent else numbers.number(place, digits)
        canvas.text(left - 6, y + 4, words, name="tick", anchor="end")


def colour_of(place: int, neutral: int | None) -> int:
    """Return the colour's number of a part when one of the parts is grey and takes none."""
    if place == neutral:
        return NEUTRAL
    return place - 1 if neutral is not None and place > neutral else place


def axis_words(axis: Axis) -> str:
    """Return the axis label with its unit in brackets."""
    return f"{axis.label} ({axis.unit})" if str(axis.unit) else str(axis.label)


def tick_words(axis: Axis, value: float) -> str:
    """Return a number as this axis prints it."""
    return numbers.figure(value, decimals=axis.decimals, as_percent=axis.percent)


def mark_words(axis: Axis, mark: Mark) -> str:
    """Return "0.44 (0.36 to 0.52)" as this axis prints it."""
    return numbers.estimate(mark.value, mark.low, mark.high, decimals=axis.decimals, as_percent=axis.percent)
