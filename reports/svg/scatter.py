"""Two numbers of each case against each other."""

from math import sqrt

from ..plots import Scatter
from . import measure
from .canvas import ALONE, WIDE, Canvas
from .frame import axis_below, axis_beside, axis_words, header, tick_words
from .scale import Scale, extent

LEAST, MOST = 4.0, 9.0


def scatter(canvas: Canvas, plot: Scatter) -> None:
    """Draw each dot with a size for the cases that share it."""
    names = list(dict.fromkeys(str(dot.series) for dot in plot.dots))
    top = header(canvas, plot, names)
    words = measure.clip(axis_words(plot.up), canvas.sheet.small, canvas.width - 8)
    canvas.text(2, top + 12, words, name="axis-label")
    top += 30
    bottom = top + (330 if canvas.sheet is WIDE else 240)
    lines = [line.value for line in plot.up.thresholds]
    low, high = extent(plot.up, [*(dot.y for dot in plot.dots), *lines])
    up = Scale(low, high, bottom, top)
    left = max(measure.width(tick_words(plot.up, end), canvas.sheet.small) for end in (low, high)) + 14
    right = canvas.width - _margin(canvas, plot)
    across = Scale(*extent(plot.across, [dot.x for dot in plot.dots]), left + 12, right - 12)
    axis_beside(canvas, plot.up, up, left, right)
    if plot.diagonal:
        _diagonal(canvas, across, up)
    for line in plot.up.thresholds:
        canvas.line(left, up(line.value), right, up(line.value), "threshold")
        canvas.text(right + 4, up(line.value) + 4, str(line.label), name="tick")
    _dots(canvas, plot, across, up, names)
    canvas.height = axis_below(canvas, plot.across, across, bottom + 6)


def _margin(canvas: Canvas, plot: Scatter) -> float:
    """Return the room that labels of lines need at the right."""
    widths = [measure.width(str(line.label), canvas.sheet.small) for line in plot.up.thresholds]
    return max(widths, default=0.0) + 8


def _diagonal(canvas: Canvas, across: Scale, up: Scale) -> None:
    """Draw the line on which both numbers are the same, as far as both axes show it."""
    low, high = max(across.low, up.low), min(across.high, up.high)
    if low < high:
        canvas.line(across(low), up(low), across(high), up(high), "threshold")


def _dots(canvas: Canvas, plot: Scatter, across: Scale, up: Scale, names: list[str]) -> None:
    most = max((dot.n for dot in plot.dots), default=1)
    # The largest first, so that none lies hidden under another.
    for dot in sorted(plot.dots, key=lambda one: -one.n):
        place = names.index(str(dot.series)) if len(names) > 1 else ALONE
        radius = LEAST + (MOST - LEAST) * sqrt((dot.n - 1) / (most - 1)) if most > 1 else LEAST
        canvas.marker(across(dot.x), up(dot.y), place, round(radius, 1))
