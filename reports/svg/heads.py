"""Names over the columns of a matrix: level while they fit, slanting or upright when they do not."""

from collections.abc import Sequence
from dataclasses import dataclass

from . import measure
from .canvas import WIDE, Canvas

LEVEL, SLANTING, UPRIGHT = 0, -45, -90
LINES = 3
LONGEST = 120.0
# How much of a slanting name's length goes sideways, and up.
LEAN = 0.71
# Narrower than this, slanting names would run into each other.
TIGHT = 20.0


@dataclass(frozen=True)
class Heads:
    """How wide the columns are and by how many degrees their names are turned."""

    cell: float
    turn: int


def plan(canvas: Canvas, names: Sequence[str], left: float, contents: float) -> Heads:
    """Return column widths that fit the sheet, from the width the cells' contents ask for."""
    size, room, count = canvas.sheet.size, canvas.width - left - 4, max(len(names), 1)
    least, most = (56.0, 112.0) if canvas.sheet is WIDE else (40.0, 84.0)
    wanted = max([contents, *(measure.width(name, size) + 14 for name in names)])
    cell = min(max(wanted, least), most, room / count)
    if all(_level(name, size, cell - 6) for name in names):
        return Heads(cell, LEVEL)
    # A slanting name begins over the middle of its column; the last one must end on the sheet.
    lean = LEAN * min(measure.width(names[-1], size), LONGEST)
    slanting = min(max(contents, least), most, room / count, (room - lean) / (count - 0.5))
    return Heads(slanting, SLANTING) if slanting >= TIGHT else Heads(cell, UPRIGHT)


def _level(name: str, size: float, room: float) -> bool:
    return measure.longest(name, size) <= room and len(measure.wrap(name, size, room, LINES + 1)) <= LINES


def draw_heads(canvas: Canvas, names: Sequence[str], left: float, heads: Heads, top: float) -> float:
    """Write the names; return the y below them."""
    if heads.turn != LEVEL:
        return _turned(canvas, names, left, heads, top)
    lines = [measure.wrap(name, canvas.sheet.size, heads.cell - 6, LINES) for name in names]
    deepest = max((len(parts) for parts in lines), default=1)
    for place, parts in enumerate(lines):
        for line, words in enumerate(parts):
            y = top + 12 + (deepest - len(parts) + line) * 16
            canvas.text(left + (place + 0.5) * heads.cell, y, words, anchor="middle")
    return top + 4 + deepest * 16


def _turned(canvas: Canvas, names: Sequence[str], left: float, heads: Heads, top: float) -> float:
    size = canvas.sheet.size
    room = min(max(measure.width(name, size) for name in names), LONGEST)
    base = top + room * (LEAN if heads.turn == SLANTING else 1) + 6
    for place, name in enumerate(names):
        x = left + (place + 0.5) * heads.cell + (3 if heads.turn == SLANTING else 4.5)
        canvas.text(x, base, measure.clip(name, size, room), turn=heads.turn)
    return base + 8
