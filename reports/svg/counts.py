"""Histograms and bars of shares that add to 100 %."""

from collections.abc import Sequence

from django.utils.translation import gettext

from .. import numbers, reasons
from ..plots import Axis, Histogram, Stacked, StackRow
from . import measure
from .canvas import ALONE, WIDE, Canvas, fill
from .frame import LINE, axis_below, axis_beside, axis_words, colour_of, header, heading
from .scale import Scale, step


def histogram(canvas: Canvas, plot: Histogram) -> None:
    """Draw counts as upright bars over their bins."""
    unit = str(plot.n_unit)
    words = gettext("Number of %(unit)s") % {"unit": unit} if unit else gettext("Count")
    top = heading(canvas, plot, words) + 6
    bottom = top + (200 if canvas.sheet is WIDE else 180)
    most = max([*plot.counts, 1])
    high = max(round(step(0, most, 4)), 1) * -(-most // max(round(step(0, most, 4)), 1))
    tall = Scale(0, high, bottom, top)
    left = measure.width(numbers.integer(high), canvas.sheet.small) + 14
    # A handful of named steps need no more room than their bars look good in.
    right = min(canvas.width - 8, left + 96 * len(plot.counts)) if plot.labels else canvas.width - 8
    axis_beside(canvas, Axis(label=""), tall, left, right + 4)
    across = Scale(plot.edges[0], plot.edges[-1], left + 4, right)
    for place, count in enumerate(plot.counts):
        x, end = across(plot.edges[place]), across(plot.edges[place + 1])
        box = (x + 1, tall(count), max(end - x - 2, 0.5), bottom - tall(count))
        canvas.rect(box, f"bar soft-bar {fill(ALONE)}", title=numbers.integer(count))
    canvas.height = _bins(canvas, plot, across, bottom)


def _bins(canvas: Canvas, plot: Histogram, across: Scale, bottom: float) -> float:
    if not plot.labels:
        return axis_below(canvas, plot.axis, across, bottom)
    canvas.line(across.start, bottom, across.end, bottom, "axis")
    room = (across.end - across.start) / len(plot.labels)
    for place, label in enumerate(plot.labels):
        middle = across((plot.edges[place] + plot.edges[place + 1]) / 2)
        shown = measure.clip(str(label), canvas.sheet.small, room - 2)
        canvas.text(middle, bottom + 18, shown, name="tick", anchor="middle")
    words = measure.clip(axis_words(plot.axis), canvas.sheet.small, across.end - across.start)
    middle = (across.start + across.end) / 2
    canvas.text(middle, bottom + 38, words, name="axis-label", anchor="middle")
    return bottom + 46


def stacked(canvas: Canvas, plot: Stacked) -> None:
    """Draw each row's shares as one bar from 0 to 100 %."""
    top = header(canvas, plot, [str(part) for part in plot.parts], plot.neutral) + 2
    wide = canvas.sheet is WIDE
    label = max((measure.width(str(row.label), canvas.sheet.size) for row in plot.rows), default=0)
    room = min(label, canvas.width * 0.3) if wide else canvas.width
    left = room + 24 if wide else 2
    total_room = max(
        (measure.width(numbers.sample(sum(row.counts)), canvas.sheet.small) for row in plot.rows), default=0
    )
    scale = Scale(0, 1, left, canvas.width - total_room - 14)
    for row in plot.rows:
        top = _shares(canvas, plot, row, scale, room, top)
    canvas.height = top + 4


def _shares(canvas: Canvas, plot: Stacked, row: StackRow, scale: Scale, room: float, top: float) -> float:
    wide = canvas.sheet is WIDE
    lines = measure.wrap(str(row.label), canvas.sheet.size, room)
    middle = top + max(len(lines) * LINE, 26) / 2 + 4 if wide else top + len(lines) * LINE + 15
    first = middle - (len(lines) - 1) * LINE / 2 + 5 if wide else top + LINE - 4
    for place, line in enumerate(lines):
        canvas.text(2, first + place * LINE, line)
    total = sum(row.counts)
    if not total:
        words = f"{numbers.DASH} {reasons.words('no_answers')}"
        canvas.text(scale.start, middle + 4.5, words, name="tick")
    else:
        _parts(canvas, plot, row.counts, scale, middle)
    words = numbers.sample(total)
    canvas.text(canvas.width - 2, middle + 4.5, words, name="tick", anchor="end")
    return middle + (max(len(lines) * LINE, 26) / 2 + 4 if wide else 19)


def _parts(canvas: Canvas, plot: Stacked, counts: Sequence[int], scale: Scale, middle: float) -> None:
    done, total = 0, sum(counts)
    for place, count in enumerate(counts):
        x, end = scale(done / total), scale((done + count) / total)
        done += count
        if not count:
            continue
        name = fill(colour_of(place, plot.neutral))
        canvas.rect((x, middle - 11, end - x - 1.5, 22), f"bar {name}")
        words = numbers.percent(count / total, 0)
        if measure.width(words, canvas.sheet.small) < end - x - 6:
            canvas.text((x + end) / 2, middle + 4.5, words, name=f"on-fill on-{name}", anchor="middle")
