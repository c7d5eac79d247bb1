"""Dot-and-whisker plots, bars, and critical differences."""

from django.utils.translation import gettext

from .. import numbers
from ..plots import Bars, CriticalDifference, DotWhisker, Mark
from . import measure
from .canvas import Canvas, fill, stroke
from .lanes import draw_lanes
from .scale import Scale

STEP = 18.0


def dot_whisker(canvas: Canvas, plot: DotWhisker) -> None:
    """Draw each value as a dot on its interval."""
    draw_lanes(canvas, plot, plot.rows, plot.axis, _dot, zero=False)


def critical_difference(canvas: Canvas, plot: CriticalDifference) -> None:
    """Draw mean ranks as dots; below the axis the difference as a ruler, and a bar for each run that it joins."""
    scale = draw_lanes(canvas, plot, plot.rows, plot.axis, _dot, zero=False)
    y = canvas.height + STEP
    words = gettext("critical difference %(cd)s") % {"cd": numbers.number(plot.critical, plot.axis.decimals)}
    canvas.text(scale.start, y, measure.clip(words, canvas.sheet.small, canvas.width - scale.start - 4), name="tick")
    y += STEP / 2
    end = min(scale.low + plot.critical, scale.high)
    _whisker(canvas, scale, y, Mark(label="", value=scale.low, low=scale.low, high=end), "stem")
    for first, last in plot.joined:
        y += STEP
        low, high = (plot.rows[at].value or 0.0 for at in (first, last))
        canvas.rect((scale(low) - 5, y - 3, scale(high) - scale(low) + 10, 6), "bar fill-accent")
    canvas.height = y + STEP


def bars(canvas: Canvas, plot: Bars) -> None:
    """Draw each value as a bar from zero with its interval over the end."""
    draw_lanes(canvas, plot, plot.rows, plot.axis, _bar, zero=True, grid=True)


def _dot(canvas: Canvas, scale: Scale, y: float, mark: Mark, series: int) -> None:
    _whisker(canvas, scale, y, mark, stroke(series))
    canvas.marker(scale(mark.value or 0.0), y, series)


def _bar(canvas: Canvas, scale: Scale, y: float, mark: Mark, series: int) -> None:
    start, end = sorted((scale(0.0), scale(mark.value or 0.0)))
    canvas.rect((start, y - 8, end - start, 16), f"bar soft-bar {fill(series)}")
    _whisker(canvas, scale, y, mark, "stem")


def _whisker(canvas: Canvas, scale: Scale, y: float, mark: Mark, name: str) -> None:
    if mark.low is None or mark.high is None:
        return
    low, high = scale(mark.low), scale(mark.high)
    canvas.line(low, y, high, y, name)
    for end in (low, high):
        canvas.line(end, y - 4, end, y + 4, name)
