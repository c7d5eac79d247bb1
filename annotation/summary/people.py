"""Who did how much, who agrees with the rest, and whether agreement drifts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_noop as _

from annotation.results.arrays import NONE, BoolArray, IntArray
from annotation.summary import ink
from annotation.summary.agreement import axis_for
from annotation.summary.breakdowns import MOST_NAMES
from annotation.summary.measures import light, share, with_the_rest
from annotation.summary.parts import Part
from annotation.summary.words import HOW, LABELS
from annotation.summary.work import Work, primary
from reports.summary import (
    CellValue,
    Column,
    Lines,
    Mark,
    Missing,
    Section,
    Series,
    Stacked,
    StackRow,
    Table,
    Words,
    phrase,
)

DAY, WEEK = np.timedelta64(1, "D"), np.timedelta64(7, "D")
# Weeks once there are more than so many days; then blocks of weeks, so that a plot stays readable.
MOST_DAYS, MOST_PLACES, LEAST_PLACES = 10, 16, 3
MOST_LINES = 2


def progress(work: Work) -> Section:
    """Return how far the study is: what became of the items by topic, and the raters' answers."""
    units = work.review.units
    codes, names = (units.topic, units.topics) if len(units.topics) > 1 else (np.zeros_like(units.topic), [""])
    order = sorted(set(codes.tolist()) - {NONE}, key=names.__getitem__)[:MOST_NAMES]
    states = outcomes(work)
    parts = [phrase(words) for words in HOW.values()] + [phrase(_("no outcome yet"))]
    rows = []
    for code in order:
        own = states[codes == code]
        label = ink.named(names[code]) if len(order) > 1 else phrase(_("all items"))
        rows.append(StackRow(label=label, counts=np.bincount(own, minlength=len(parts)).tolist()))
    plot = Stacked(
        key="outcomes", title=phrase(_("What became of the items")), parts=parts, rows=rows, neutral=len(parts) - 1,
        n=len(units), n_unit=ink.ITEMS,
    )  # fmt: skip
    return Section(key="progress", title=phrase(_("Progress")), blocks=[plot, topics(work, order, codes, names)])


def outcomes(work: Work) -> IntArray:
    """Return for each unit the place of its outcome in HOW, or behind all of them where there is none."""
    units, keys = work.review.units, list(HOW)
    places = np.asarray([keys.index(how) for how in units.hows] + [len(keys)], dtype=np.int64)
    return places[units.how]


def topics(work: Work, order: list[int], codes: IntArray, names: list[str]) -> Table:
    """Return items, items with all answers, and items with an outcome, by topic."""
    units = work.review.units

    def row(label: Words, own: BoolArray) -> list[CellValue]:
        settled = int((own & (units.how >= 0)).sum())
        return [label, int(own.sum()), int((own & units.complete).sum()), settled]

    rows = [row(ink.named(names[code]), codes == code) for code in order] if len(order) > 1 else []
    everything = row(phrase(_("all")), np.ones(len(units), dtype=bool))
    columns = [
        ink.text("topic", _("Topic")),
        ink.count("n", _("Items")),
        ink.count("complete", _("With all answers")),
        ink.count("settled", _("With an outcome")),
    ]
    caption = phrase(_("Items by topic"))
    return Table(
        key="topics", caption=caption, columns=columns, rows=rows or [everything], footer=everything if rows else ()
    )


def raters(work: Work) -> Section:
    """Return the raters under their codes: how they agree with the rest, and how they work."""
    tables = [*([with_rest(work)] if work.parts else []), work_table(work)]
    return Section(key="raters", title=phrase(_("Raters")), blocks=tables)


def with_rest(work: Work) -> Table:
    """Return for each rater the agreement with the rest: a column for each kind of item and condition."""
    found = [dict(zip(part.table.raters, with_the_rest(part.table, work.draw), strict=True)) for part in work.parts]
    columns = [ink.text("code", _("Rater"))]
    for part in work.parts:
        columns.append(Column(key=part.key, label=part.kind_words, kind="percent", group=part.condition))
        columns.append(Column(key=f"n-{part.key}", label=phrase(_("n")), kind="int", group=part.condition))
    rows: list[list[CellValue]] = []
    for code in work.review.raters:
        row: list[CellValue] = [code]
        for figures in found:
            figure = figures.get(code)
            row += [ink.estimate(figure), figure.n_items] if figure else [Missing("no_answers"), 0]
        rows.append(row)
    notes = [
        phrase(_("The share of equal answers among all pairs with another rater's first answer to the same item.")),
        phrase(_("Intervals resample items; n counts the items a rater shares with another.")),
    ]
    if any(part.condition for part in work.parts):
        notes.append(phrase(_("Pairs are formed only among answers given under the same condition.")))
    caption = phrase(_("How each rater agrees with the rest"))
    return Table(key="agreement", caption=caption, columns=columns, rows=rows, notes=notes)


def work_table(work: Work) -> Table:
    """Return for each rater the answers, the time, and how often they were unsure or changed their mind."""
    columns = [
        ink.text("code", _("Rater")),
        ink.text("group", _("Group")),
        ink.count("n", _("Answers")),
        Column(key="time", label=phrase(_("Median seconds")), kind="number", decimals=1),
        ink.percentage("unsure", _("Unsure")),
        ink.percentage("changed", _("Changed own answer")),
        ink.percentage("against", _("Differs from pre-label")),
        ink.count("out", _("Left out")),
    ]
    rows = [
        [code, group, *habits(work, place)]
        for place, (code, group) in enumerate(zip(work.review.raters, work.review.groups, strict=True))
    ]
    note = phrase(
        _("Shares are of first, independent answers, with Wilson intervals. Time is active time on the page, per item.")
    )
    return Table(key="work", caption=phrase(_("How each rater worked")), columns=columns, rows=rows, notes=[note])


def habits(work: Work, place: int) -> list[CellValue]:
    """Return one rater's number of answers, median time, and shares unsure, changed and unlike the pre-label."""
    a, proposals = work.review.answers, work.review.units.prelabel
    own = (a.rater == place) & a.placed
    first = own & a.independent & ~a.excluded
    proposed = first & (proposals[a.unit] >= 0)
    n, timed = int(first.sum()), first & (a.ms > 0)
    return [
        int((own & a.independent).sum()),
        float(np.median(a.ms[timed])) / 1000 if bool(timed.any()) else Missing("no_answers"),
        ink.estimate(share(int(a.unsure[first].sum()), n)),
        ink.estimate(share(changed(work, own & ~a.excluded), n)),
        ink.estimate(share(int((a.value != proposals[a.unit])[proposed].sum()), int(proposed.sum()))),
        int((own & a.independent & a.excluded).sum()),
    ]


def changed(work: Work, own: BoolArray) -> int:
    """Return on how many units the rater's answer in force is another than the independent one."""
    a = work.review.answers
    before = dict(zip(a.unit[own & a.independent].tolist(), a.value[own & a.independent].tolist(), strict=True))
    later = own & a.current & ~a.independent
    pairs = zip(a.unit[later].tolist(), a.value[later].tolist(), strict=True)
    return sum(unit in before and before[unit] != value for unit, value in pairs)


# --- drift ------------------------------------------------------------------------------------------------


def drift(work: Work) -> Iterator[Section]:
    """Yield agreement over time, where the work took long enough to tell."""
    when = finished(work)
    known = when[~np.isnat(when)]
    if not known.size:
        return
    starts, words = periods(known)
    if len(starts) < LEAST_PLACES:
        return
    place = np.searchsorted(starts, when, side="right") - 1
    place[np.isnat(when)] = NONE
    # More than two lines with their bands hide each other.
    together = [work.parts] if len(work.parts) <= MOST_LINES else [[part] for part in work.parts]
    blocks = [drift_plot(work, parts, place, starts, words) for parts in together]
    yield Section(key="drift", title=phrase(_("Agreement over time")), blocks=blocks, folded=True)


def drift_plot(
    work: Work, parts: Sequence[Part], place: IntArray, starts: npt.NDArray[np.datetime64], words: Words
) -> Lines:
    """Return the primary coefficient of some parts in each period."""
    series = [line(work, part, place, len(starts)) for part in parts]
    names = sorted({primary(part) for part in parts})
    label = phrase(LABELS[names[0]]) if len(names) == 1 else phrase(_("Primary coefficient"))
    return Lines(
        key="drift" if len(parts) > 1 else f"drift-{parts[0].key}",
        title=parts[0].title if len(parts) == 1 else phrase(_("Agreement over time")),
        places=[str(start.astype("datetime64[D]")) for start in starts],
        place_title=words,
        series=series,
        axis=axis_for([mark for one in series for mark in one.marks], label),
        n=sum(int((place[part.unit] >= 0).sum()) for part in parts),
        n_unit=ink.ITEMS,
        notes=[phrase(_("An item belongs to the time of its last first answer. Few items give wide bands."))],
    )


def finished(work: Work) -> npt.NDArray[np.datetime64]:
    """Return when each complete unit had its last independent answer; not-a-time for the others."""
    a, first = work.review.answers, work.first
    when = np.full(len(work.review.units), np.iinfo(np.int64).min, dtype=np.int64)
    np.maximum.at(when, a.unit[first], a.at[first].astype(np.int64))
    return when.view("datetime64[s]")


def periods(when: npt.NDArray[np.datetime64]) -> tuple[npt.NDArray[np.datetime64], Words]:
    """Return the starts of the days, weeks or blocks of weeks that the moments fall into, and what they are."""
    first, last = when.min().astype("datetime64[D]"), when.max().astype("datetime64[D]")
    days = int((last - first) / DAY) + 1
    if days <= MOST_DAYS:
        return first + DAY * np.arange(days), phrase(_("Day (UTC)"))
    # numpy counts days from a Thursday; weeks begin on Monday.
    first -= DAY * ((int(first.astype(np.int64)) + 3) % 7)
    weeks = (int((last - first) / DAY)) // 7 + 1
    step = -(-weeks // MOST_PLACES)
    words = phrase(_("Week from (UTC)")) if step == 1 else phrase(_("%(weeks)s weeks from (UTC)"), weeks=step)
    return first + WEEK * step * np.arange(-(-weeks // step)), words


def line(work: Work, part: Part, place: IntArray, size: int) -> Series:
    """Return the part's primary coefficient in each period."""
    own, marks = place[part.unit], []
    for at in range(size):
        table = part.table.keep_units(own == at)
        if not table.n_pairable:
            marks.append(Mark(label=part.title, value=None, reason="no_items", n=0))
            continue
        figures = light(table, work.draw, several=part.several)
        marks.append(ink.mark(part.title, figures[primary(part)]))
    return Series(label=part.title, marks=marks)
