"""Free texts, what became of proposals, and the words that raters marked as evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator

import numpy as np
from django.utils.translation import gettext_noop as _

from annotation.dialogue_summary import ink
from annotation.dialogue_summary.parts import asked, labels_of, titled
from annotation.dialogue_summary.work import Work
from annotation.results.dialogue import uptake
from annotation.results.dialogue_load import GIVEN, STATES, marked
from annotation.schema import Field, FieldKind
from annotation.summary import ink as shared
from annotation.summary.measures import share
from reports.summary import Block, CellValue, Column, Missing, Section, Table, Words, phrase
from stats.spans import Marked, span_f1

UNKNOWN = STATES.index("unknown")


def coverage(work: Work) -> Iterator[Section]:
    """Yield how often each field was answered where it was asked, and how long the texts are."""
    texts = [field for field in work.found.schema.fields if field.kind == FieldKind.TEXT]
    blocks: list[Block] = [_answered(work)]
    if texts:
        blocks.append(_lengths(work, texts))
    yield Section(key="coverage", title=phrase(_("Coverage and free text")), blocks=blocks)


def _answered(work: Work) -> Table:
    found, rows = work.found, []
    answers = found.answers
    for field in found.schema.fields:
        for role, places in asked(found, field):
            own = labels_of(found, field, work.first, places)
            held = found.turns.session[places] if role else places
            # Every counted answer to a session was asked each of the session's turns of this role.
            per = np.bincount(held, minlength=len(found.sessions))
            n = int(per[answers.session[work.first]].sum())
            cell = found.labels.answer[own] * (len(found.turns) + 2) + found.labels.turn[own]
            given = np.unique(cell[found.labels.state[own] == GIVEN]).size
            unknown = np.unique(cell[found.labels.state[own] == UNKNOWN]).size
            rows.append([
                titled(field, role), n, shared.estimate(share(given, n)), shared.estimate(share(unknown, n)),
                n - np.unique(cell).size,
            ])  # fmt: skip
    columns = [
        shared.text("field", _("Field")),
        shared.count("asked", _("Asked")),
        shared.percentage("given", _("Answered")),
        shared.percentage("unknown", _("Unknown")),
        shared.count("blank", _("Left blank")),
    ]
    note = phrase(
        _("Asked counts each turn (or session) once for each rater. Shares have Wilson intervals, which take no "
          "account of turns of one session being alike.")
    )  # fmt: skip
    return Table(
        key="answered", caption=phrase(_("How often fields were answered")), columns=columns, rows=rows, notes=[note]
    )


def _lengths(work: Work, texts: list[Field]) -> Table:
    found, rows = work.found, []
    rater = found.answers.rater
    for field in texts:
        for role, places in asked(found, field):
            own = labels_of(found, field, work.first, places)
            own = own[found.labels.state[own] == GIVEN]
            length, who = found.labels.length[own], rater[found.labels.answer[own]]
            rows.append([titled(field, role), phrase(_("all")), *_spread(length)])
            rows += [
                [titled(field, role), found.raters[place], *_spread(length[who == place])]
                for place in np.unique(who).tolist()
            ]
    columns = [
        shared.text("field", _("Field")),
        shared.text("rater", _("Rater")),
        shared.count("n", _("Texts")),
        Column(key="median", label=phrase(_("Median characters")), kind="number", decimals=0),
        Column(key="low", label=phrase(_("Lower quartile")), kind="number", decimals=0),
        Column(key="high", label=phrase(_("Upper quartile")), kind="number", decimals=0),
    ]
    return Table(key="lengths", caption=phrase(_("How long the texts are")), columns=columns, rows=rows)


def _spread(length: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[CellValue]:
    if not length.size:
        return [0, Missing("no_answers"), Missing("no_answers"), Missing("no_answers")]
    return [int(length.size), *(float(one) for one in np.percentile(length, (50, 25, 75)))]


def evidence(work: Work) -> Iterator[Section]:
    """Yield how far the words that raters marked overlap, by field, where any were marked."""
    fields = [field for field in work.found.schema.fields if field.evidence]
    spans: dict[int, dict[int, dict[int, list[tuple[int, int]]]]] = defaultdict(dict)
    answers = work.found.answers
    for answer, turn, field, start, end in marked(work.study, work.found):
        if work.first[answer]:
            spans[field].setdefault(turn, {}).setdefault(int(answers.rater[answer]), []).append((start, end))
    if not spans:
        return
    readers = _readers(work)
    blocks: list[Block] = []
    for one in fields:
        place = work.found.field_places[one.key]
        texts = []
        for turn, by_rater in spans.get(place, {}).items():
            session = int(work.found.turns.session[turn])
            whole: dict[Hashable, list[tuple[int, int]]] = {
                rater: by_rater.get(rater, []) for rater in readers.get(session, ())
            }
            texts.append(Marked(whole, session))
        if not texts:
            continue
        figures = span_f1(texts, bootstrap=work.draw.replicates, seed=work.draw.seed)
        for name, figure in figures.items():
            named: Words = phrase(_("%(field)s: %(figure)s"), field=one.words, figure=ink.label(name))
            blocks.append(
                ink.key_figure(
                    name, figure, how=phrase(ink.MORE_METHODS[name]), n_unit=ink.TURNS, key=f"{name}-{place}",
                    named=named, warnings=ink.cautions(figure, len({text.cluster for text in texts}), thresholds=False),
                )
            )  # fmt: skip
    if blocks:
        title = phrase(_("Marked words"))
        intro = phrase(_("How far the words overlap that two raters marked as evidence in the same turn."))
        yield Section(key="evidence", title=title, intro=intro, blocks=blocks, folded=True)


def _readers(work: Work) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    a = work.found.answers
    for session, rater in zip(a.session[work.first].tolist(), a.rater[work.first].tolist(), strict=True):
        found[session].append(rater)
    return found


HEADS = {
    "shown": _("Shown"), "accepted": _("Accepted"), "bulk": _("Accepted in bulk"), "edited": _("Edited"),
    "rejected": _("Rejected"), "undecided": _("Left alone"),
}  # fmt: skip


def proposals(work: Work) -> Iterator[Section]:
    """Yield what became of proposals, by field and source."""
    names = {field.key: field.words for field in work.found.schema.fields}
    rows: list[list[CellValue]] = [
        [
            names[row.field],
            row.source,
            *(getattr(row, key) for key in HEADS),
            Missing("no_value") if row.mean_distance is None else row.mean_distance,
        ]
        for row in uptake(work.study)
    ]
    note = phrase(_("Edit distance: characters for texts; labels put in and taken out for labels; over those edited."))
    table = Table(
        key="proposals",
        caption=phrase(_("What raters did with proposals")),
        columns=[
            shared.text("field", _("Field")),
            shared.text("source", _("Source")),
            *(shared.count(key, words) for key, words in HEADS.items()),
            Column(key="distance", label=phrase(_("Mean edit distance")), kind="number", decimals=1),
        ],
        rows=rows,
        notes=[note],
    )
    if rows:
        yield Section(key="proposals", title=phrase(_("Proposals")), blocks=[table])
