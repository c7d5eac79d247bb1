"""What external raters say of a study's sessions, in the shape of the study's own answers. For the worker.

Their labels came with the data and are kept as the file writes them; the study's schema says what they mean. What it
does not know is counted and told, never guessed. Importing this module loads numpy.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotation.results.arrays import NONE, BoolArray, IntArray, Names, columns, places
from annotation.results.dialogue_load import GIVEN, STATES, Answers, Dialogues, Labels
from annotation.results.rows import JUDGED, fetch
from annotation.schema import Field, FieldKind, Schema, folded
from projects.models import ImportedAnswer, Rater, Unit
from projects.services.exclusions import left_out

NO_FIELD, NO_VALUE, NOT_ASKED = "field", "value", "role"
# A state and the codes of the values, or why there is no answer.
Meant = tuple[int, int, tuple[int, ...], int] | None


@dataclass(frozen=True)
class Unplaced:
    """Labels that could not be compared: the name of the field in the file, why, how many, and one of them."""

    field: str
    reason: str
    count: int
    example: str = ""


@dataclass(frozen=True)
class External:
    """What external raters say: alone, and beside those of the study's own answers that count.

    In the fields `by_head` somebody names main labels only, so sub-labels stand for the label they belong to.
    """

    apart: Dialogues
    together: Dialogues
    unplaced: list[Unplaced]
    by_head: list[str]


def load_external(found: Dialogues, counted: BoolArray) -> External | None:
    """Read what external raters say of the sessions; None where none of them says anything."""
    rows = list(fetch(_imported(found).values_list("rater_id", "revision_id", "turn_id", "field", "values")))
    if not rows:
        return None
    reading = _Reading(found.schema, (row[3] for row in rows))
    labels = _labels(found, reading, rows)
    apart = _dialogues(found, rows, labels, reading)
    heads = {key: _heads(field) for key in sorted(reading.by_head) if (field := found.schema.field(key))}
    together = _joined(found, counted, apart)
    asked = _asked(apart)
    unplaced = _unplaced(reading, apart, asked)
    apart, together = (_by_head(replace(one, labels=_kept(one)), heads) for one in (apart, together))
    return External(apart, together, unplaced, list(heads))


def _imported(found: Dialogues) -> Any:
    units = Unit.objects.filter(study=found.study, role__in=JUDGED, withdrawn=False)
    return ImportedAnswer.objects.filter(revision__in=units.values("revision")).order_by()


class _Reading:
    """What the words of a file mean to a schema; each different answer is read once."""

    def __init__(self, schema: Schema, names: Iterable[str]) -> None:
        self.values = Names()
        self.fields: dict[str, Field] = {}
        self.by_head: set[str] = set()
        self.unplaced: Counter[tuple[str, str]] = Counter()
        self.examples: dict[tuple[str, str], str] = {}
        self.known: dict[tuple[str, str], Meant] = {}
        self.place = {field.key: place for place, field in enumerate(schema.fields)}
        taken: set[str] = set()
        # A field's own key comes before its other names; a field has one source.
        for name in sorted(set(names), key=lambda name: (schema.field(name) is None, name)):
            field = schema.meant(name)
            if field and field.key not in taken:
                self.fields[name] = field
                taken.add(field.key)

    def meant(self, name: str, spelled: Any) -> Meant:
        """Return field, state, values and length of an answer; None where it cannot be compared, which is counted."""
        text = spelled if isinstance(spelled, str) else json.dumps(spelled)
        key = (name, text)
        if key not in self.known:
            self.known[key] = self._read(name, text)
        found = self.known[key]
        if found is None and text != "[]":
            reason = NO_VALUE if name in self.fields else NO_FIELD
            self.unplaced[name, reason] += 1
            self.examples.setdefault((name, reason), ", ".join(map(str, json.loads(text)))[:80])
        return found

    def _read(self, name: str, text: str) -> Meant:
        field = self.fields.get(name)
        if field is None:
            return None
        at, listed = self.place[field.key], [str(value) for value in json.loads(text)]
        if field.unknown and [value.casefold() for value in listed] in (["unknown"], ["未知"]):
            return at, STATES.index("unknown"), (), 0
        if field.kind == FieldKind.TEXT:
            return (at, GIVEN, (), len("\n".join(listed))) if listed else None
        if not listed:
            return at, STATES.index("none"), (), 0
        return self._labels(field, at, listed)

    def _labels(self, field: Field, at: int, listed: list[str]) -> Meant:
        found = []
        for value in listed:
            key = field.find(value)
            if key is None and (key := _head(field, value)):
                self.by_head.add(field.key)
            found.append(key)
        if None in found or (len(found) > 1 and field.kind != FieldKind.SEVERAL):
            return None
        return at, GIVEN, tuple(self.values.code(key) for key in dict.fromkeys(found)), 0


def _head(field: Field, spelling: str) -> str | None:
    """Return the label with sub-labels that a file means, where only the sub-labels may be chosen."""
    for label in field.labels:
        if label.key in field.parents and folded(spelling) in map(folded, (label.key, label.name, *label.also)):
            return label.key
    return None


def _labels(found: Dialogues, reading: _Reading, rows: list[tuple[Any, ...]]) -> list[IntArray]:
    """Return rater's key, session, turn, field, state, value and length of each label of a session in the study."""
    session = {revision: at for at, revision in enumerate(found.sessions.revision.tolist())}

    def told() -> Iterator[tuple[int, ...]]:
        for rater, revision, turn, name, spelled in rows:
            if meant := reading.meant(name, spelled):
                field, state, values, length = meant
                for value in values or (NONE,):
                    yield rater, session[revision], turn or NONE, field, state, value, length

    rater, at, turn, *rest = columns(told(), 7)
    place = found.turns.places(turn)
    kept = (place >= 0) | (turn == NONE)
    return [one[kept] for one in (rater, at, np.where(turn == NONE, NONE, place), *rest)]


def _dialogues(found: Dialogues, rows: list[tuple[Any, ...]], labels: list[IntArray], reading: _Reading) -> Dialogues:
    """Return the labels as answers: one for each rater and session."""
    rater, session, turn, field, state, value, length = labels
    people = list(
        Rater.objects.filter(pk__in={row[0] for row in rows}).order_by("code").values_list("pk", "code", "group")
    )
    keys = np.asarray([row[0] for row in people], dtype=np.int64)
    order = np.argsort(keys)
    who = order[places(keys[order], rater)] if rater.size else rater
    cells, answer = np.unique(session * len(people) + who, return_inverse=True)
    given = Labels(answer.reshape(-1), turn, field, state, value, reading.values.names, length)
    answers = _answers(found, cells // len(people), cells % len(people), keys)
    complete = np.ones(len(found.sessions), dtype=bool)
    sessions = replace(found.sessions, complete=complete)
    return replace(
        found, sessions=sessions, answers=answers, labels=given, raters=[row[1] for row in people],
        groups=[row[2] for row in people],
    )  # fmt: skip


def _answers(found: Dialogues, session: IntArray, rater: IntArray, keys: IntArray) -> Answers:
    """Return answers that count, but for those of sessions or raters that are left out."""
    out = left_out(found.study)
    excluded = np.isin(found.sessions.pk[session], list(out.units)) | np.isin(keys[rater], list(out.raters))
    yes, zero = np.ones(session.size, dtype=bool), np.zeros(session.size, dtype=np.int64)
    return Answers(
        pk=np.arange(session.size), session=session, rater=rater, independent=yes, current=yes, base=zero,
        exposure=zero, placed=yes, excluded=excluded, ms=zero,
        at=np.full(session.size, np.datetime64("NaT"), dtype="datetime64[s]"),
    )  # fmt: skip


def _joined(own: Dialogues, counted: BoolArray, other: Dialogues) -> Dialogues:
    """Return the study's own answers that count with those of the external raters, under one condition."""
    a, b = own.answers, other.answers
    first = np.flatnonzero(counted)
    at = np.full(len(a), NONE, dtype=np.int64)
    at[first] = np.arange(first.size)
    both = {
        name: np.concatenate([getattr(a, name)[first], getattr(b, name)])
        for name in ("session", "independent", "current", "exposure", "placed", "excluded", "ms", "at")
    }
    answers = Answers(
        pk=np.arange(first.size + len(b)), rater=np.concatenate([a.rater[first], b.rater + len(own.raters)]),
        base=np.zeros(first.size + len(b), dtype=np.int64), **both,
    )  # fmt: skip
    mine, theirs = own.labels, other.labels
    kept = at[mine.answer] >= 0
    shift = np.append(np.arange(len(theirs.values)) + len(mine.values), NONE)
    whole = {
        name: np.concatenate([getattr(mine, name)[kept], getattr(theirs, name)])
        for name in ("turn", "field", "state", "length")
    }
    labels = Labels(
        answer=np.concatenate([at[mine.answer[kept]], theirs.answer + first.size]),
        value=np.concatenate([mine.value[kept], shift[theirs.value]]),
        values=[*mine.values, *theirs.values], **whole,
    )  # fmt: skip
    return replace(
        other, answers=answers, labels=labels, raters=[*own.raters, *other.raters], groups=[*own.groups, *other.groups]
    )


def _asked(one: Dialogues) -> BoolArray:
    """Return which labels answer a question: the field is asked of the session, or of turns of that role."""
    fields = one.schema.fields
    table = np.array([[field.asked_of(role) for role in one.turns.roles] + [False] for field in fields]).reshape(
        len(fields), -1
    )
    session = np.array([field.level == "session" for field in fields])
    role = np.append(one.turns.role, len(one.turns.roles))[one.labels.turn]
    asked: BoolArray = np.where(one.labels.turn == NONE, session[one.labels.field], table[one.labels.field, role])
    return asked


def _kept(one: Dialogues) -> Labels:
    """Return the labels that answer a question."""
    keep, labels = _asked(one), one.labels
    return Labels(
        labels.answer[keep], labels.turn[keep], labels.field[keep], labels.state[keep], labels.value[keep],
        labels.values, labels.length[keep],
    )  # fmt: skip


def _unplaced(reading: _Reading, apart: Dialogues, asked: BoolArray) -> list[Unplaced]:
    rows = [
        Unplaced(name, reason, n, reading.examples.get((name, reason), ""))
        for (name, reason), n in reading.unplaced.items()
    ]
    for name, field in reading.fields.items():
        # "None of these" where nothing is asked says nothing.
        own = (apart.labels.field == reading.place[field.key]) & (apart.labels.state == GIVEN)
        if n := int((own & ~asked).sum()):
            rows.append(Unplaced(name, NOT_ASKED, n))
    return sorted(rows, key=lambda row: (row.reason, row.field))


def _heads(field: Field) -> dict[str, str]:
    """Return for each sub-label the label it belongs to."""
    return {label.key: label.parent for label in field.labels if label.parent}


def _by_head(one: Dialogues, heads: dict[str, dict[str, str]]) -> Dialogues:
    """Return the dialogues with sub-labels replaced by their heads in these fields, each once in an answer."""
    if not heads:
        return one
    labels, values = one.labels, Names()
    own = [values.code(value) for value in labels.values]
    value = np.append(np.asarray(own, dtype=np.int64), NONE)[labels.value]
    for key, up in heads.items():
        at = labels.field == one.field_places[key]
        to = np.asarray([values.code(up.get(word, word)) for word in labels.values] + [NONE], dtype=np.int64)
        value[at] = to[labels.value[at]]
    whole = np.stack([labels.answer, labels.turn, labels.field, labels.state, value, labels.length])
    answer, turn, field, state, code, length = np.unique(whole, axis=1)
    fields = tuple(_flat(field_) if field_.key in heads else field_ for field_ in one.schema.fields)
    return replace(one, schema=Schema(fields), labels=Labels(answer, turn, field, state, code, values.names, length))


def _flat(field: Field) -> Field:
    """Return a field without its sub-labels."""
    return replace(field, labels=tuple(label for label in field.labels if not label.parent), leaves_only=False)
