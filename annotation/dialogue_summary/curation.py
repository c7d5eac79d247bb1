"""The curated version: how far it is, how it came about, and how each rater compares with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop as _

from annotation.dialogue_summary import ink
from annotation.dialogue_summary.measures import likeness, ratio
from annotation.dialogue_summary.parts import STATE_KEYS, Part
from annotation.dialogue_summary.work import Work
from annotation.models import CuratedValue
from annotation.results.rows import fetch
from annotation.summary import ink as shared
from projects.services import exclusions
from reports.summary import Block, CellValue, Section, Stacked, StackRow, Table, phrase

Place = tuple[int, int]
Final = tuple[str, tuple[str, ...], str]


def sections(work: Work) -> Iterator[Section]:
    """Yield what was curated, where anything was."""
    final = curated(work)
    if not final:
        return
    blocks: list[Block] = [_how(work, final)]
    if work.parts:
        blocks.append(_against(work, final))
    intro = phrase(_("The final answers to fields: taken over where raters agree, or decided by an adjudicator."))
    yield Section(key="curation", title=phrase(_("Curation")), intro=intro, blocks=blocks)


def curated(work: Work) -> Mapping[str, Mapping[Place, Final]]:
    """Return the curated values in force, by field, then by session and turn (-1: the session's own)."""
    found = work.found
    units = {pk: place for place, pk in enumerate(found.sessions.pk.tolist())}
    rows = CuratedValue.objects.filter(unit__study=work.study, current=True).exclude(exclusions.units_left_out("unit"))
    names = ("unit_id", "turn_id", "field", "state", "values", "how")
    made: dict[str, dict[Place, Final]] = {}
    for unit, turn, field, state, values, how in fetch(rows.values_list(*names)):
        place = int(found.turns.places(np.asarray([turn]))[0]) if turn else -1
        if unit in units:
            listed: Any = json.loads(values) if isinstance(values, str) else values
            made.setdefault(field, {})[units[unit], place] = (state, tuple(listed), how)
    return made


def _how(work: Work, final: Mapping[str, Mapping[Place, Final]]) -> Stacked:
    rows = []
    for field in work.found.schema.fields:
        counts = Counter(how for _state, _values, how in final.get(field.key, {}).values())
        if counts:
            rows.append(StackRow(label=field.words, counts=[counts["agreed"], counts["adjudicated"]]))
    sessions = {session for places in final.values() for session, _turn in places}
    return Stacked(
        key="how",
        title=phrase(_("How final answers came about")),
        parts=[phrase(_("raters agreed")), phrase(_("adjudicated"))],
        rows=rows,
        n=len(sessions),
        n_unit=ink.SESSIONS,
    )


def _against(work: Work, final: Mapping[str, Mapping[Place, Final]]) -> Table:
    rows: list[list[CellValue]] = []
    for part in work.parts:
        codes = _codes(part, final.get(part.field.key, {}))
        if not (codes >= 0).any():
            continue
        alike = likeness(part.table)
        for place, name in enumerate(part.table.raters):
            both = (part.table.codes[:, place] >= 0) & (codes >= 0)
            top = np.zeros(codes.size)
            top[both] = alike[part.table.codes[both, place], codes[both]]
            figure = ratio(top, both.astype(np.float64), part.sessions, work.draw, method="likeness to final answers")
            rows.append([part.title, str(name), shared.estimate(figure), figure.n_items])
    columns = [
        shared.text("field", _("Field")),
        shared.text("rater", _("Rater")),
        shared.percentage("likeness", _("Agreement with the final answers")),
        shared.count("n", _("Turns, or sessions")),
    ]
    notes = [
        phrase(_("First, independent answers against the curated ones. Curation began with these answers, so the share "
                 "is no test of a rater.")),
        phrase(_("Final answers that no rater gave are left out.")),
    ]  # fmt: skip
    caption = phrase(_("Raters beside the final answers"))
    return Table(key="against", caption=caption, columns=columns, rows=rows, notes=notes)


def _codes(part: Part, final: Mapping[Place, Final]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the final answer to each row as a code of the part's table; -1 where there is none, or nobody gave it."""
    known = {category: code for code, category in enumerate(part.table.categories)}
    codes = np.full(part.rows.size, -1, dtype=np.int64)
    for at, (row, session) in enumerate(zip(part.rows.tolist(), part.sessions.tolist(), strict=True)):
        found = final.get((session, row if part.role else -1))
        if found is None:
            continue
        state, values, _how_made = found
        codes[at] = known.get(_category(part, state, values), -1)
    return codes


def _category(part: Part, state: str, values: tuple[str, ...]) -> Any:
    if part.several:
        return frozenset(values) if state != "unknown" else frozenset({STATE_KEYS["unknown"]})
    return STATE_KEYS.get(state) or (values[0] if values else "")
