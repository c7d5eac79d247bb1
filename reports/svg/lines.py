"""Values over ordered places, with their intervals as bands."""

from itertools import groupby

from ..plots import Lines, Mark
from . import measure
from .canvas import ALONE, WIDE, Canvas, fill, stroke, units
from .frame import axis_beside, axis_words, header, tick_words
from .scale import Scale, extent, reach

Point = tuple[float, Mark]


def lines(canvas: Canvas, plot: Lines) -> None:
    """Draw each series as a line that breaks where a value is undefined."""
    top = header(canvas, plot, [str(line.label) for line in plot.series])
    words = measure.clip(axis_words(plot.axis), canvas.sheet.small, canvas.width - 8)
    canvas.text(2, top + 12, words, name="axis-label")
    top += 26
    bottom = top + (230 if canvas.sheet is WIDE else 190)
    marks = [mark for line in plot.series for mark in line.marks]
    low, high = extent(plot.axis, reach(marks))
    scale = Scale(low, high, bottom, top)
    left = max(measure.width(tick_words(plot.axis, end), canvas.sheet.small) for end in (low, high)) + 12
    right = canvas.width - _thresholds(canvas, plot, scale, left)
    axis_beside(canvas, plot.axis, scale, left, right)
    across = Scale(0, max(len(plot.places) - 1, 1), left + 18, right - 20)
    for place, line in enumerate(plot.series):
        points = [(across(x), mark) for x, mark in enumerate(line.marks)]
        _series(canvas, points, scale, place if len(plot.series) > 1 else ALONE)
    canvas.height = _places(canvas, plot, across, bottom)


def _thresholds(canvas: Canvas, plot: Lines, scale: Scale, left: float) -> float:
    """Draw thresholds with their labels at the right margin; return the margin's width."""
    labels = [str(threshold.label) for threshold in plot.axis.thresholds]
    margin = max([measure.width(label, canvas.sheet.small) for label in labels], default=0) + 8
    for threshold in plot.axis.thresholds:
        if scale.low <= threshold.value <= scale.high:
            y = scale(threshold.value)
            canvas.line(left, y, canvas.width - margin, y, "threshold")
            canvas.text(canvas.width - margin + 4, y + 4, str(threshold.label), name="tick")
    return margin


def _series(canvas: Canvas, points: list[Point], scale: Scale, place: int) -> None:
    runs = [list(run) for known, run in groupby(points, key=lambda p: p[1].value is not None) if known]
    for run in runs:
        _band(canvas, run, scale, place)
    for run in runs:
        steps = [f"{units(x)} {units(scale(mark.value or 0.0))}" for x, mark in run]
        canvas.path("M" + "L".join(steps), f"line {stroke(place)}")
        for x, mark in run:
            canvas.marker(x, scale(mark.value or 0.0), place, 4)


def _band(canvas: Canvas, run: list[Point], scale: Scale, place: int) -> None:
    held = [(x, mark.low, mark.high) for x, mark in run if mark.low is not None and mark.high is not None]
    if len(held) == 1:
        x, low, high = held[0]
        canvas.line(x, scale(low), x, scale(high), stroke(place))
    elif held:
        over = [f"{units(x)} {units(scale(high))}" for x, _low, high in held]
        under = [f"{units(x)} {units(scale(low))}" for x, low, _high in reversed(held)]
        canvas.path("M" + "L".join(over + under) + "z", f"band {fill(place)}")


def _places(canvas: Canvas, plot: Lines, across: Scale, bottom: float) -> float:
    canvas.line(across.start - 18, bottom, across.end + 20, bottom, "axis")
    small = canvas.sheet.small
    widest = max((measure.width(str(label), small) for label in plot.places), default=0) + 10
    gap = (across.end - across.start) / max(len(plot.places) - 1, 1)
    every = max(1, -(-int(widest) // max(int(gap), 1)))
    for x, label in enumerate(plot.places):
        if x % every == 0:
            canvas.line(across(x), bottom, across(x), bottom + 4, "axis")
            canvas.text(across(x), bottom + 18, str(label), name="tick", anchor="middle")
    middle = (across.start + across.end) / 2
    canvas.text(middle, bottom + 38, str(plot.place_title), name="axis-label", anchor="middle")
    return bottom + 46
