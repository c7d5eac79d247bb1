"""Dot-and-whisker plots and bars."""

from ..plots import Bars, DotWhisker, Mark
from .canvas import Canvas, fill, stroke
from .lanes import draw_lanes
from .scale import Scale


def dot_whisker(canvas: Canvas, plot: DotWhisker) -> None:
    """Draw each value as a dot on its interval."""
    draw_lanes(canvas, plot, plot.rows, plot.axis, _dot, zero=False)


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
