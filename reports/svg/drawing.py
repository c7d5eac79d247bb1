"""One plot in, its drawings out: one for a wide column, one for a phone; the style sheet shows one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from ..plots import (
    Bars,
    Confusion,
    CriticalDifference,
    DotWhisker,
    Flow,
    HeatMap,
    Histogram,
    Lines,
    Plot,
    Scatter,
    Stacked,
)
from . import counts, flow, lines, matrix, rows, scatter
from .canvas import NARROW, WIDE, Canvas, Sheet

# A new kind of plot is a dataclass, a painter here and a table in `behind`.
PAINTERS: dict[type[Plot], Callable[[Canvas, Any], None]] = {
    DotWhisker: rows.dot_whisker,
    CriticalDifference: rows.critical_difference,
    Bars: rows.bars,
    HeatMap: matrix.heat_map,
    Confusion: matrix.confusion,
    Histogram: counts.histogram,
    Stacked: counts.stacked,
    Lines: lines.lines,
    Scatter: scatter.scatter,
    Flow: flow.flow,
}


@dataclass(frozen=True)
class Drawing:
    """The same plot drawn for a column of about 900 pixels and for one of about 360."""

    wide: SafeString
    narrow: SafeString


def draw(plot: Plot, ident: str, description: str) -> Drawing:
    """Return the drawings of a plot; `ident` begins the ids of its title and description."""
    return Drawing(
        _on(WIDE, plot, ident, description),
        _on(NARROW, plot, ident, description),
    )


def _on(sheet: Sheet, plot: Plot, ident: str, description: str) -> SafeString:
    canvas = Canvas(sheet)
    PAINTERS[type(plot)](canvas, plot)
    return canvas.svg(ident=f"{ident}-{sheet.name}", title=str(plot.title), description=description)
