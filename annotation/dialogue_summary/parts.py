"""What may be pooled: the answers to one field by turns of one role, given under one condition, as turns x raters.

Sessions' own fields have the sessions as rows. A blank is "not rated"; "unknown" and "none of them" are answers of
their own, except that "unknown" has no place on a scale and "none" is the empty set where several may be chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop as _

from annotation.results.arrays import NONE, BoolArray, IntArray
from annotation.results.dialogue_load import GIVEN, STATES, Dialogues
from annotation.schema import Field, FieldKind, Level
from reports.summary import Words, phrase
from stats.patterns import Codes
from stats.table import Table

ROLE_WORDS = {"therapist": _("therapist"), "client": _("client"), "other": _("other")}
BASE_WORDS = (_("proposals not in view"), _("proposals in view"))
# What stands in a table for an answer that is no value; no key of a label begins like this.
STATE_KEYS = {"none": "~none", "unknown": "~unknown"}
STATE_WORDS = {"~none": _("none of these"), "~unknown": _("unknown")}
UNKNOWN_SET = frozenset({STATE_KEYS["unknown"]})


@dataclass(frozen=True)
class Part:
    """Answers that may be pooled. `rows` are the places of the table's turns (or sessions), `sessions` theirs."""

    field: Field
    role: str
    base: int
    table: Table
    rows: IntArray
    sessions: IntArray
    key: str
    title: Words

    @property
    def several(self) -> bool:
        """Whether an answer is a set of labels."""
        return self.field.kind == FieldKind.SEVERAL

    @property
    def level(self) -> str:
        """The level of measurement."""
        return "ordinal" if self.field.kind == FieldKind.SCALE else "nominal"

    @property
    def n_sessions(self) -> int:
        """How many sessions the rows lie in."""
        return int(np.unique(self.sessions).size)

    def keep(self, mask: BoolArray) -> tuple[Table, IntArray]:
        """Return the table of some rows, and their sessions."""
        at = np.flatnonzero(mask)
        return self.table.keep_units_at(at), self.sessions[at]


def counted(found: Dialogues, *, independent: bool = True, excluded: bool = False) -> BoolArray:
    """Return which answers results rest on: of complete sessions, with a place, not left out unless `excluded`."""
    a = found.answers
    chosen = a.independent if independent else a.current
    mask: BoolArray = chosen & a.placed & found.sessions.complete[a.session]
    return mask if excluded else mask & ~a.excluded


def asked(found: Dialogues, field: Field) -> Iterator[tuple[str, IntArray]]:
    """Yield each role a field is asked of with the places of its turns; for a session's field, all sessions."""
    if field.level == Level.SESSION:
        yield "", np.arange(len(found.sessions))
        return
    for code, role in enumerate(found.turns.roles):
        if field.asked_of(role) and (own := np.flatnonzero(found.turns.role == code)).size:
            yield role, own


def parts(found: Dialogues, mask: BoolArray) -> list[Part]:
    """Return the parts of the chosen answers in the order of the schema; free texts have none."""
    bases = sorted(set(np.minimum(found.answers.base[mask], 1).tolist()))
    made = []
    for field in found.schema.fields:
        if field.kind == FieldKind.TEXT:
            continue
        for role, places in asked(found, field):
            for base in bases:
                chosen = mask & (np.minimum(found.answers.base, 1) == base)
                if part := _part(found, field, role, places, base, chosen, several_conditions=len(bases) > 1):
                    made.append(part)
    return made


def _part(
    found: Dialogues, field: Field, role: str, places: IntArray, base: int, chosen: BoolArray,
    *, several_conditions: bool,
) -> Part | None:  # fmt: skip
    own = labels_of(found, field, chosen, places)
    if not own.size:
        return None
    table, rows = table_of(found, field, own)
    sessions = rows if field.level == Level.SESSION else found.turns.session[rows]
    key = "-".join(["field", str(found.field_places[field.key]), *([role] if role else [])])
    if several_conditions and base:
        key += "-shown"
    return Part(field, role, base, table, rows, sessions, key, titled(field, role, base if several_conditions else -1))


def titled(field: Field, role: str, base: int = -1) -> Words:
    """Return what a part is called: the field, with the role where it is asked of turns, and the condition."""
    words: Words = field.words
    if role:
        words = phrase(_("%(field)s (%(role)s)"), field=field.words, role=phrase(ROLE_WORDS[role]))
    if base < 0:
        return words
    return phrase(_("%(part)s, %(condition)s"), part=words, condition=phrase(BASE_WORDS[base]))


def row_of(found: Dialogues, field: Field, own: IntArray) -> IntArray:
    """Return the row of each label: its turn, or its session for a session's field."""
    labels = found.labels
    row: IntArray = found.answers.session[labels.answer[own]] if field.level == Level.SESSION else labels.turn[own]
    return row


def labels_of(found: Dialogues, field: Field, chosen: BoolArray, places: IntArray) -> IntArray:
    """Return the places of a field's labels in chosen answers, on the turns (or sessions) at `places`."""
    labels = found.labels
    own = np.flatnonzero((labels.field == found.field_places[field.key]) & chosen[labels.answer])
    inside = np.zeros(max(len(found.turns), len(found.sessions)) + 1, dtype=bool)
    inside[places] = True
    fits = (labels.turn[own] == NONE) == (field.level == Level.SESSION)
    kept: IntArray = own[fits & inside[row_of(found, field, own)]]
    return kept


def table_of(found: Dialogues, field: Field, own: IntArray) -> tuple[Table, IntArray]:
    """Return a field's labels as rows x raters, with the places of the rows."""
    row, rater = row_of(found, field, own), found.answers.rater[found.labels.answer[own]]
    rows, at = np.unique(row, return_inverse=True)
    raters, column = np.unique(rater, return_inverse=True)
    cell = at.reshape(-1) * raters.size + column.reshape(-1)
    categories, cells, code = _sets(found, field, own, cell) if _several(field) else _single(found, field, own, cell)
    dtype: type[np.signedinteger[Any]] = np.int8 if len(categories) <= np.iinfo(np.int8).max else np.int32
    codes: Codes = np.full(rows.size * raters.size, NONE, dtype=dtype)
    codes[cells] = code
    names = tuple(found.raters[place] for place in raters)
    return Table(tuple(range(rows.size)), names, tuple(categories), codes.reshape(rows.size, raters.size)), rows


def _several(field: Field) -> bool:
    return field.kind == FieldKind.SEVERAL


def _keys(found: Dialogues, own: IntArray) -> list[str]:
    """Return for each label its key, or what stands for its state."""
    labels, words = found.labels, found.labels.values
    names = [STATE_KEYS.get(state, "") for state in STATES]
    return [
        words[value] if state == GIVEN and value >= 0 else names[state]
        for state, value in zip(labels.state[own].tolist(), labels.value[own].tolist(), strict=True)
    ]


def declared(field: Field) -> list[str]:
    """Return the categories of a field in their order, with "none" and "unknown" where they may be given."""
    found = list(field.values)
    if field.kind == FieldKind.SCALE:
        return found
    found += [STATE_KEYS["none"]] if field.none else []
    return found + ([STATE_KEYS["unknown"]] if field.unknown else [])


def _single(found: Dialogues, field: Field, own: IntArray, cell: IntArray) -> tuple[list[Any], IntArray, IntArray]:
    keys = _keys(found, own)
    categories = {key: place for place, key in enumerate(declared(field))}
    if field.kind != FieldKind.SCALE:
        for key in keys:
            categories.setdefault(key, len(categories))
    code = np.fromiter((categories.get(key, NONE) for key in keys), dtype=np.int64, count=len(keys))
    return list(categories), cell, code


def _sets(found: Dialogues, field: Field, own: IntArray, cell: IntArray) -> tuple[list[Any], IntArray, IntArray]:
    keys = _keys(found, own)
    names = {key: place for place, key in enumerate(dict.fromkeys([*declared(field), *keys]))}
    code = np.fromiter((names[key] for key in keys), dtype=np.int64, count=len(keys))
    order = np.lexsort((code, cell))
    cell, code = cell[order], code[order]
    first = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]])
    place = np.arange(cell.size) - np.repeat(first, np.diff(np.r_[first, cell.size]))
    wide = np.full((first.size, int(place.max()) + 1), NONE, dtype=np.int64)
    wide[np.repeat(np.arange(first.size), np.diff(np.r_[first, cell.size])), place] = code
    distinct, inverse = np.unique(wide, axis=0, return_inverse=True)
    spelled = list(names)
    categories = [_set([spelled[one] for one in row if one >= 0]) for row in distinct.tolist()]
    return categories, cell[first], inverse.reshape(-1)


def _set(keys: Sequence[str]) -> frozenset[str]:
    return frozenset(key for key in keys if key != STATE_KEYS["none"])


def said(field: Field, key: object) -> Words:
    """Return a category in words: a label by its name, a set as its labels."""
    if isinstance(key, frozenset):
        return ", ".join(str(said(field, one)) for one in sorted(key)) or phrase(STATE_WORDS["~none"])
    if key in STATE_WORDS:
        return phrase(STATE_WORDS[str(key)])
    return str(key) if field.kind == FieldKind.YES_NO else field.say(str(key))
