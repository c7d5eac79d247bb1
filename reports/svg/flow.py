"""The flow of raters, units and answers: boxes from above to below, and at their side who went no further."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .. import numbers
from ..plots import Flow, FlowLane, FlowPart, FlowStep
from . import measure
from .canvas import WIDE, Canvas, units
from .frame import LINE, header

PAD, GAP, INDENT = 10.0, 22.0, 30.0
MOST_LINES = 4
MOST_WIDTH = 420.0
ARROW = 4.0


@dataclass(frozen=True)
class Row:
    """A line of a box: words at the left, a count at its right end where it has one."""

    words: str
    count: str
    strong: bool


def flow(canvas: Canvas, plot: Flow) -> None:
    """Draw the lanes side by side, or one below the other on a phone."""
    top = header(canvas, plot)
    columns = max(len(plot.lanes), 1) if canvas.sheet is WIDE else 1
    width = min((canvas.width - GAP * (columns - 1)) / columns, MOST_WIDTH)
    bottom = top
    for place, lane in enumerate(plot.lanes):
        x = (width + GAP) * place if columns > 1 else 0.0
        end = _lane(canvas, lane, x, width, top)
        bottom = max(bottom, end)
        top = top if columns > 1 else end + GAP
    canvas.height = bottom + 4


def _lane(canvas: Canvas, lane: FlowLane, x: float, width: float, top: float) -> float:
    """Draw the steps of one lane; return the y below the last box."""
    title = measure.wrap(str(lane.label), canvas.sheet.size, width - 2)
    for place, words in enumerate(title):
        canvas.text(x + 1, top + LINE * (place + 1) - 4, words, name="word flow-lane")
    y = top + LINE * len(title) + 6
    for place, step in enumerate(lane.steps):
        last = place == len(lane.steps) - 1
        y = _step(canvas, step, (x, y, width), last=last)
    return y


def _step(canvas: Canvas, step: FlowStep, at: tuple[float, float, float], *, last: bool) -> float:
    """Draw a step's box, the box of those who left it, and the way on; return the y where the next begins."""
    x, y, width = at
    within = _rows(canvas, step.within, width - 2 * PAD, strong=False)
    y = _box(canvas, at, [*_rows(canvas, [step], width - 2 * PAD, strong=True), *within], "flow-box")
    if last and not step.out:
        return y
    start, stem = y, x + INDENT / 2
    if step.out:
        side = x + INDENT
        begin = y + GAP / 2
        y = _box(canvas, (side, begin, width - INDENT), _out_rows(canvas, step, width - INDENT), "flow-out")
        middle = begin + (y - begin) / 2
        canvas.line(stem, middle, side - ARROW, middle, "axis")
        canvas.path(f"M{units(side)} {units(middle)}l{-ARROW * 1.5} {-ARROW}v{ARROW * 2}z", "flow-head")
    if last:
        canvas.line(stem, start, stem, begin + (y - begin) / 2, "axis")
        return y
    end = y + GAP / 2 + (0 if step.out else ARROW)
    canvas.line(stem, start, stem, end - ARROW, "axis")
    canvas.path(f"M{units(stem)} {units(end)}l{-ARROW} {-ARROW * 1.5}h{ARROW * 2}z", "flow-head")
    return end


def _out_rows(canvas: Canvas, step: FlowStep, width: float) -> list[Row]:
    return list(_rows(canvas, step.out, width - 2 * PAD, strong=False))


def _rows(canvas: Canvas, parts: Sequence[FlowPart], room: float, *, strong: bool) -> Iterator[Row]:
    """Yield the lines of some parts: words wrapped, the count beside the first line."""
    size = canvas.sheet.size if strong else canvas.sheet.small
    for part in parts:
        count = numbers.integer(part.count)
        free = room - measure.width(count, canvas.sheet.size) - 8
        for place, words in enumerate(measure.wrap(str(part.label), size, free, MOST_LINES)):
            yield Row(words, "" if place else count, strong)


def _box(canvas: Canvas, at: tuple[float, float, float], rows: Sequence[Row], name: str) -> float:
    """Draw a box around its lines; return the y below it."""
    x, y, width = at
    height = LINE * len(rows) + PAD
    canvas.rect((x + 0.5, y, width - 1, height), name)
    for place, row in enumerate(rows):
        line = y + LINE * (place + 1) - 1
        canvas.text(x + PAD, line, row.words, name="word" if row.strong else "tick")
        if row.count:
            canvas.text(
                x + width - PAD, line, row.count, name="word flow-count" if row.strong else "tick", anchor="end"
            )
    return y + height
