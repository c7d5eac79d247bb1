"""Heat maps and confusion matrices: colour by value, the number in the cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from .. import numbers, reasons
from ..blocks import Missing
from ..plots import Confusion, HeatMap, Plot
from . import measure
from .canvas import WIDE, Box, Canvas
from .frame import heading
from .heads import draw_heads, plan

# Where words on the colour turn from black to white in the light theme, and from white to black in the dark
# one: at these shares both have the contrast of 4.5 that small text needs.
FAINT, STRONG = 0.55, 0.77
FAINTEST = 0.06


@dataclass(frozen=True)
class Square:
    """One drawn cell: its words, how much colour (0 to 1, None for none), which hue, and a tooltip."""

    words: Sequence[str]
    shade: float | None
    title: str
    second_hue: bool = False


def heat_map(canvas: Canvas, plot: HeatMap) -> None:
    """Draw a matrix of values with the colour scale below it."""
    rows, columns = [str(x) for x in plot.row_labels], [str(x) for x in plot.col_labels]
    squares = [
        [_value(plot, value, f"{rows[r]}, {columns[c]}") for c, value in enumerate(row)]
        for r, row in enumerate(plot.values)
    ]
    titles = (str(plot.row_title), str(plot.col_title))
    bottom = _grid(canvas, plot, rows, columns, titles, squares)
    canvas.height = _key(canvas, plot, bottom)


def confusion(canvas: Canvas, plot: Confusion) -> None:
    """Draw counts with each row's shares."""
    rows, columns = [str(x) for x in plot.row_labels], [str(x) for x in plot.col_labels]
    squares = [
        [_count(count, sum(row), f"{rows[r]}, {columns[c]}") for c, count in enumerate(row)]
        for r, row in enumerate(plot.counts)
    ]
    titles = (str(plot.row_title), str(plot.col_title))
    canvas.height = _grid(canvas, plot, rows, columns, titles, squares) + 6


def _value(plot: HeatMap, value: float | Missing | None, names: str) -> Square:
    if value is None:
        return Square((), None, "")
    if isinstance(value, Missing):
        return Square((numbers.DASH,), 0.0, f"{names}: {numbers.DASH} {reasons.words(value.reason)}")
    below = value < plot.middle
    far = plot.low if below and plot.low < plot.middle else plot.high
    shade = min(abs((value - plot.middle) / (far - plot.middle)), 1.0)
    shown = numbers.figure(value, decimals=plot.decimals, as_percent=plot.percent)
    return Square((shown,), shade, f"{names}: {shown}", below)


def _count(count: int, total: int, names: str) -> Square:
    share = count / total if total else 0.0
    words = (numbers.integer(count), numbers.percent(share, 0) if total else numbers.DASH)
    return Square(words, share, f"{names}: {words[0]} ({words[1]})")


def _grid(
    canvas: Canvas,
    plot: Plot,
    rows: list[str],
    columns: list[str],
    titles: tuple[str, str],
    squares: list[list[Square]],
) -> float:
    """Draw titles, labels and cells; return the y below."""
    sheet = canvas.sheet
    shown = "   ".join(f"{title} {arrow}" for title, arrow in zip(titles, "↓→", strict=True) if title)
    top = heading(canvas, plot, shown)
    left = min(max((measure.width(x, sheet.size) for x in rows), default=0) + 14, canvas.width * 0.34)
    lines = max((len(square.words) for row in squares for square in row), default=1)
    contents = max([measure.width(word, sheet.size) for row in squares for s in row for word in s.words], default=0)
    heads = plan(canvas, columns, left, contents + 14)
    cell = heads.cell
    height = max(min(cell, 40.0), 24.0 if lines < 2 else 42.0)
    top = draw_heads(canvas, columns, left, heads, top)
    for r, row in enumerate(squares):
        y = top + r * height
        shown = measure.clip(rows[r], sheet.size, left - 10)
        canvas.text(left - 8, y + height / 2 + 4.5, shown, anchor="end")
        for c, square in enumerate(row):
            _square(canvas, square, (left + c * cell, y, cell, height))
    return top + len(rows) * height


def _square(canvas: Canvas, square: Square, box: Box) -> None:
    if square.shade is None:
        return
    x, y, w, h = box
    shade = FAINTEST + (1 - FAINTEST) * square.shade if square.words != (numbers.DASH,) else 0.0
    name = "heat-below" if square.second_hue else "heat"
    canvas.rect((x + 1, y + 1, w - 2, h - 2), name, opacity=shade, title=square.title)
    tone = "on-strong" if shade > STRONG else "on-faint" if shade < FAINT else "on-middle"
    words = [_fit(word, canvas.sheet.size, w) for word in square.words]
    for place, word in enumerate(words):
        line = y + h / 2 + 4.5 + (place - (len(words) - 1) / 2) * 15
        canvas.text(x + w / 2, line, word, name=f"heat-text {tone}", anchor="middle")


def _fit(word: str, size: float, room: float) -> str:
    """Drop the zero before the point, then the whole number, when a cell is too narrow for it."""
    for shown in (word, word.replace("0.", ".", 1) if word.lstrip("\u2212").startswith("0.") else word):
        if measure.width(shown, size) <= room - 2:
            return shown
    return ""


def _key(canvas: Canvas, plot: HeatMap, top: float) -> float:
    """Draw the colour scale with its ends named; return the y below it."""
    y, x = top + 14, 2.0
    ends = [numbers.figure(end, decimals=plot.decimals, as_percent=plot.percent) for end in _ends(plot)]
    if len(ends) == 3:
        x = _swatches(canvas, ends[0], [(5 - place) / 5 for place in range(6)], "heat-below", x, y)
    x = _swatches(canvas, ends[-2], [place / 5 for place in range(6)], "heat", x, y)
    canvas.text(x, y + 11, ends[-1], name="tick")
    x += measure.width(ends[-1], canvas.sheet.small) + 12
    words = measure.clip(str(plot.value_title), canvas.sheet.small, canvas.width - x - 4)
    canvas.text(x, y + 11, words, name="tick")
    return y + 24


def _ends(plot: HeatMap) -> list[float]:
    """Return the ends of the colour scale, with the second colour's only where a value wears it."""
    below = any(isinstance(value, float | int) and value < plot.middle for row in plot.values for value in row)
    return [plot.low, plot.middle, plot.high] if below else [plot.middle, plot.high]


def _swatches(canvas: Canvas, words: str, shares: Sequence[float], name: str, x: float, y: float) -> float:
    """Write a number and draw squares of rising colour; return the x after them."""
    canvas.text(x, y + 11, words, name="tick")
    x += measure.width(words, canvas.sheet.small) + 6
    step = 22 if canvas.sheet is WIDE else 13
    for place, share in enumerate(shares):
        box = (x + place * step, y, step - 2, 14)
        canvas.rect(box, name, opacity=FAINTEST + (1 - FAINTEST) * share)
    return x + len(shares) * step + 6
