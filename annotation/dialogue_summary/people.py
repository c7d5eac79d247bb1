"""Who did how much, who agrees with the rest, whether agreement drifts, and how it differs by group and language."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_noop as _

from annotation.dialogue_summary import ink
from annotation.dialogue_summary.measures import groups, leading, primary, reading, robust, with_the_rest
from annotation.dialogue_summary.parts import Part
from annotation.dialogue_summary.work import Work
from annotation.results.arrays import NONE, BoolArray, IntArray
from annotation.summary import ink as shared
from annotation.summary.agreement import axis_for
from annotation.summary.people import LEAST_PLACES, periods
from reports.summary import (
    Block,
    CellValue,
    Column,
    DotWhisker,
    Lines,
    Mark,
    Missing,
    Section,
    Series,
    Table,
    Words,
    phrase,
)

MOST_LINES = 3
MINUTE = 60_000
LEAST = 2


def raters(work: Work) -> Iterator[Section]:
    """Yield how each rater agrees with the rest, and how each worked."""
    tables: list[Block] = [*([with_rest(work)] if work.parts else []), work_table(work)]
    yield Section(key="raters", title=phrase(_("Raters")), blocks=tables)


def with_rest(work: Work) -> Table:
    """Return for each rater and part the mean likeness to the others' answers to the same turns."""
    rows: list[list[CellValue]] = []
    for part in work.parts:
        figures = with_the_rest(part.table, part.sessions, work.draw)
        for name, figure in zip(part.table.raters, figures, strict=True):
            rows.append([part.title, str(name), shared.estimate(figure), figure.n_items])
    columns = [
        shared.text("field", _("Field")),
        shared.text("code", _("Rater")),
        shared.percentage("likeness", _("Agreement with the rest")),
        shared.count("n", _("Turns, or sessions")),
    ]
    notes = [
        phrase(_("The share of equal answers among all pairs with another rater's first answer to the same turn.")),
        phrase(_("For sets of labels each pair counts with the share of labels the two have in common.")),
    ]
    caption = phrase(_("How each rater agrees with the rest"))
    return Table(key="agreement", caption=caption, columns=columns, rows=rows, notes=notes)


def work_table(work: Work) -> Table:
    """Return for each rater the sessions, the turns with an answer, the time, and what was changed or left out."""
    found, a = work.found, work.found.answers
    labels = found.labels
    rows: list[list[CellValue]] = []
    for place, (code, group) in enumerate(zip(found.raters, found.groups, strict=True)):
        own = (a.rater == place) & a.placed & a.independent
        said = own[labels.answer] & (labels.turn >= 0)
        turns = np.unique(labels.answer[said] * (len(found.turns) + 1) + labels.turn[said]).size
        timed = own & (a.ms > 0)
        minutes = float(np.median(a.ms[timed])) / MINUTE if bool(timed.any()) else Missing("no_answers")
        later = int(((a.rater == place) & a.placed & a.current & ~a.independent).sum())
        rows.append([code, group, int(own.sum()), turns, minutes, later, int((own & a.excluded).sum())])
    columns = [
        shared.text("code", _("Rater")),
        shared.text("group", _("Group")),
        shared.count("n", _("Sessions")),
        shared.count("turns", _("Turns with an answer")),
        Column(key="minutes", label=phrase(_("Median minutes a session")), kind="number", decimals=1),
        shared.count("later", _("Changed after seeing more")),
        shared.count("out", _("Left out")),
    ]
    return Table(key="work", caption=phrase(_("How each rater worked")), columns=columns, rows=rows)


# --- drift ------------------------------------------------------------------------------------------------


def drift(work: Work) -> Iterator[Section]:
    """Yield each field's agreement over time, where the work took long enough to tell."""
    when = finished(work)
    known = when[~np.isnat(when)]
    if not known.size:
        return
    starts, words = periods(known)
    if len(starts) < LEAST_PLACES:
        return
    place = np.searchsorted(starts, when, side="right") - 1
    place[np.isnat(when)] = NONE
    shares = [work.parts[at : at + MOST_LINES] for at in range(0, len(work.parts), MOST_LINES)]
    blocks = [_lines(work, parts, place, starts, words) for parts in shares]
    yield Section(key="drift", title=phrase(_("Agreement over time")), blocks=blocks, folded=True)


def _lines(
    work: Work, parts: list[Part], place: IntArray, starts: npt.NDArray[np.datetime64], words: Words
) -> Lines:  # fmt: skip
    series = [_line(work, part, place, len(starts)) for part in parts]
    return Lines(
        key=f"drift-{parts[0].key}",
        title=phrase(_("Agreement over time")),
        places=[str(start.astype("datetime64[D]")) for start in starts],
        place_title=words,
        series=series,
        axis=axis_for([mark for one in series for mark in one.marks], phrase(_("Primary coefficient"))),
        n=int((place >= 0).sum()),
        n_unit=ink.SESSIONS,
        notes=[phrase(_("A session belongs to the time of its last first answer. Few sessions give wide bands."))],
    )


def _line(work: Work, part: Part, place: IntArray, size: int) -> Series:
    own = place[part.sessions]
    marks = []
    for at in range(size):
        table, sessions = part.keep(own == at)
        if not table.n_pairable:
            marks.append(Mark(label=part.title, value=None, reason="no_items", n=0))
            continue
        marks.append(shared.mark(part.title, leading(table, sessions, reading(part), work.draw)[primary(part)]))
    return Series(label=part.title, marks=marks)


def finished(work: Work) -> npt.NDArray[np.datetime64]:
    """Return when each complete session had its last independent answer; not-a-time for the others."""
    a, first = work.found.answers, work.first
    when = np.full(len(work.found.sessions), np.iinfo(np.int64).min, dtype=np.int64)
    np.maximum.at(when, a.session[first], a.at[first].astype(np.int64))
    return when.view("datetime64[s]")


# --- by language and by group -----------------------------------------------------------------------------


def by_language(work: Work) -> Iterator[Section]:
    """Yield the leading figures by the sessions' language, where there are several."""
    sessions = work.found.sessions
    if len(sessions.languages) < LEAST:
        return
    rows: list[list[CellValue]] = []
    for part in work.parts:
        own = sessions.language[part.sessions]
        for code, name in sorted(enumerate(sessions.languages), key=lambda one: one[1]):
            rows += [_language_row(work, part, own == code, name)] if (own == code).any() else []
    columns = [
        shared.text("field", _("Field")),
        shared.text("language", _("Language")),
        shared.value("primary", _("Alpha")),
        shared.value("robust", _("AC1; AC2 on scales; Jaccard alpha for sets")),
        shared.percentage("percent", _("Percent agreement")),
        shared.count("n", _("Turns, or sessions")),
        shared.count("sessions", _("Sessions")),
    ]
    table = Table(key="table", caption=phrase(_("The leading figures by language")), columns=columns, rows=rows)
    yield Section(key="by-language", title=phrase(_("Agreement by language")), blocks=[table], folded=True)


def _language_row(work: Work, part: Part, own: BoolArray, name: str) -> list[CellValue]:
    table, sessions = part.keep(own)
    figures = leading(table, sessions, reading(part), work.draw)
    cells = [shared.estimate(figures[one]) for one in (primary(part), robust(part), "percent_agreement")]
    return [part.title, shared.named(name), *cells, figures[primary(part)].n_items, np.unique(sessions).size]


def by_group(work: Work) -> Iterator[Section]:
    """Yield the primary coefficient within each group of raters, and how much it differs between groups."""
    own = dict(zip(work.found.raters, work.found.groups, strict=True))
    if len({name for name in own.values() if name}) < LEAST:
        return
    rows, marks = [], []
    for part in work.parts:
        names = [own[str(name)] for name in part.table.raters]
        figures, gaps = groups(part, names, work.draw)
        for name, figure in figures.items():
            marks.append(shared.mark(part.title, figure, name))
            rows.append([part.title, name, shared.estimate(figure), figure.n_items, names.count(name)])
        for (a, b), gap in gaps.items():
            words = phrase(_("%(first)s minus %(second)s"), first=a, second=b)
            rows.append([part.title, words, shared.estimate(gap), gap.n_items, None])
    columns = [
        shared.text("field", _("Field")),
        shared.text("group", _("Group")),
        shared.value("alpha", _("Alpha")),
        shared.count("n", _("Turns, or sessions")),
        shared.count("raters", _("Raters")),
    ]
    note = phrase(
        _("Each group rests on what two of its raters answered; differences draw the sessions jointly.")
    )  # fmt: skip
    plot = DotWhisker(
        key="plot", title=phrase(_("Agreement within each group of raters")), rows=marks, axis=axis_for(marks),
        n=int(work.found.sessions.complete.sum()), n_unit=ink.SESSIONS,
    )  # fmt: skip
    table = Table(key="table", caption=phrase(_("Groups and differences")), columns=columns, rows=rows, notes=[note])
    title = phrase(_("Agreement by rater group"))
    yield Section(key="by-group", title=title, blocks=[plot, table], folded=True)
