"""What a rater has said of one turn, or of a session's own fields: read strictly from JSON, and checked by a schema.

Plain data; knows neither database nor web. As JSON:

    {"fields": {"strategy": {"state": "value", "values": ["question"]}, "reasoning": {"state": "unknown"}},
     "spans": [{"field": "strategy", "value": "question", "start": 0, "end": 12}],
     "decisions": {"reasoning": {"model-1": "accepted"}}, "note": "", "done": true}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from annotation.schema import Field, FieldKind

VALUE, NONE, UNKNOWN = "value", "none", "unknown"
STATES = (VALUE, NONE, UNKNOWN)
ACCEPTED, BULK, EDITED, REJECTED = "accepted", "bulk", "edited", "rejected"
DECISIONS = frozenset({ACCEPTED, BULK, EDITED, REJECTED})
MAX_TEXT, MAX_NOTE, MAX_SPANS = 20_000, 5_000, 200


class AnswerError(ValueError):
    """An answer that the schema does not allow; `faults` say in words what is wrong and where."""

    def __init__(self, faults: list[str]) -> None:
        """Carry the faults."""
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Given:
    """The answer to one field: values, none of them, or unknown."""

    state: str = VALUE
    values: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the answer as JSON-safe data."""
        return {"state": self.state, "values": list(self.values)}


@dataclass(frozen=True, order=True)
class Span:
    """Words of the turn, by code points, that speak for one value of a field."""

    field: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Copy:
    """Everything that is saved of one turn, or of the session. `decisions` are by field, then by source."""

    given: Mapping[str, Given] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    decisions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    note: str = ""
    done: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the copy as JSON-safe data, as `read` takes it."""
        return {
            "fields": {key: given.to_json() for key, given in self.given.items()},
            "spans": [{"field": s.field, "value": s.value, "start": s.start, "end": s.end} for s in self.spans],
            "decisions": {key: dict(by_source) for key, by_source in self.decisions.items()},
            "note": self.note,
            "done": self.done,
        }

    def missing(self, asked: Iterable[Field]) -> list[Field]:
        """Return the required fields that have no answer yet."""
        return [one for one in asked if one.required and one.key not in self.given]

    @property
    def empty(self) -> bool:
        """Whether nothing at all has been said."""
        return not (self.given or self.spans or self.decisions or self.note)


def read(data: object, asked: Iterable[Field], text: str = "") -> Copy:
    """Return what JSON says of a turn with this text. Raises AnswerError that names every fault."""
    reader = _Reader({one.key: one for one in asked}, text)
    copy = reader.copy(data)
    if reader.faults:
        raise AnswerError(reader.faults)
    return copy


def fit(data: object, asked: Iterable[Field], text: str = "") -> Copy:
    """Return as much of stored JSON as the schema in force still knows: it may be of an earlier version."""
    return _Reader({one.key: one for one in asked}, text).copy(data)


class _Reader:
    """Reads one copy; whatever does not fit is left out and named in `faults`."""

    def __init__(self, asked: Mapping[str, Field], text: str) -> None:
        self.asked, self.text = asked, text
        self.faults: list[str] = []

    def copy(self, data: object) -> Copy:
        if not isinstance(data, Mapping):
            self.faults.append(_("What was sent is no answer to a turn."))
            return Copy()
        given = dict(self._given(data.get("fields", {})))
        return Copy(
            given=given,
            spans=tuple(sorted(set(self._spans(data.get("spans", []), given)))),
            decisions=dict(self._decisions(data.get("decisions", {}))),
            note=self._note(data.get("note", "")),
            done=data.get("done") is True,
        )

    def _given(self, data: object) -> Iterator[tuple[str, Given]]:
        if not isinstance(data, Mapping):
            self.faults.append(_("The fields must be an object."))
            return
        for key, entry in data.items():
            one = self.asked.get(key)
            if one is None:
                self.faults.append(_("“%(name)s” is not asked here.") % {"name": key})
            elif found := self._one(one, entry):
                yield key, found

    def _one(self, one: Field, entry: object) -> Given | None:
        """Return the answer to one field; None where there is none, or where it is wrong."""
        state = entry.get("state", VALUE) if isinstance(entry, Mapping) else None
        values = entry.get("values", []) if isinstance(entry, Mapping) else None
        if state not in STATES or not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            return self._fault(one, _("this is no answer."))
        if state == UNKNOWN:
            return Given(UNKNOWN) if one.unknown else self._fault(one, _("“unknown” is no answer here."))
        if state == NONE:
            return Given(NONE) if one.none else self._fault(one, _("“none of these” is no answer here."))
        return self._values(one, values)

    def _values(self, one: Field, values: list[str]) -> Given | None:
        if one.kind == FieldKind.TEXT:
            return self._typed(one, values)
        if strange := [value for value in values if value not in one.values]:
            return self._fault(one, _("“%(value)s” is not one of the answers.") % {"value": strange[0][:80]})
        if len(values) > 1 and one.kind != FieldKind.SEVERAL:
            return self._fault(one, _("only one answer can be chosen."))
        chosen = tuple(value for value in one.values if value in values)
        return Given(VALUE, chosen) if chosen else None

    def _typed(self, one: Field, values: list[str]) -> Given | None:
        text = values[0].replace("\r\n", "\n").replace("\x00", "") if values else ""
        if len(values) > 1 or len(text) > MAX_TEXT:
            return self._fault(one, _("a text has at most %(most)s characters.") % {"most": MAX_TEXT})
        return Given(VALUE, (text,)) if text.strip() else None

    def _spans(self, data: object, given: Mapping[str, Given]) -> Iterator[Span]:
        if not isinstance(data, list) or len(data) > MAX_SPANS:
            self.faults.append(_("At most %(most)s places can be marked in one turn.") % {"most": MAX_SPANS})
            return
        for entry in data:
            span = self._span(entry)
            if span is None:
                self.faults.append(_("A marked place does not lie in this turn."))
            # The place goes with the answer it speaks for.
            elif span.field in given and (not span.value or span.value in given[span.field].values):
                yield span

    def _span(self, entry: object) -> Span | None:
        if not isinstance(entry, Mapping):
            return None
        one = self.asked.get(str(entry.get("field")))
        start, end, value = entry.get("start"), entry.get("end"), entry.get("value", "")
        if one is None or not one.evidence or not isinstance(value, str):
            return None
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(self.text):
            return None
        return Span(one.key, value if one.kind != FieldKind.TEXT else "", start, end)

    def _decisions(self, data: object) -> Iterator[tuple[str, Mapping[str, str]]]:
        if not isinstance(data, Mapping) or not all(isinstance(entry, Mapping) for entry in data.values()):
            self.faults.append(_("The decisions on proposals must be an object."))
            return
        for key, entry in data.items():
            known = {str(source): str(word) for source, word in entry.items() if word in DECISIONS}
            if key in self.asked and known:
                yield key, known

    def _note(self, data: object) -> str:
        if not isinstance(data, str) or len(data) > MAX_NOTE:
            self.faults.append(_("A note has at most %(most)s characters.") % {"most": MAX_NOTE})
            return data[:MAX_NOTE] if isinstance(data, str) else ""
        return data.replace("\r\n", "\n").replace("\x00", "")

    def _fault(self, one: Field, words: str) -> Given | None:
        """Name a fault; there is no answer then."""
        self.faults.append(f"{one.words}: {words}")
        return None


def proposed(one: Field, values: object) -> Given | None:
    """Return what a proposal in a file means for a field; None where it names what the schema does not know."""
    listed = [str(value) for value in (values if isinstance(values, list) else [values]) if value not in (None, "")]
    if one.unknown and [value.casefold() for value in listed] in (["unknown"], ["未知"]):
        return Given(UNKNOWN)
    if one.kind == FieldKind.TEXT:
        return Given(VALUE, ("\n".join(listed),)) if listed else None
    found = [one.find(value) for value in listed]
    if not found or None in found or (len(found) > 1 and one.kind != FieldKind.SEVERAL):
        return None
    return Given(VALUE, tuple(value for value in one.values if value in found))


def accept(copy: Copy, one: Field, proposal: Given, source: str, decision: str = ACCEPTED) -> Copy:
    """Return the copy with a proposal taken over."""
    decisions = {**copy.decisions, one.key: {**copy.decisions.get(one.key, {}), source: decision}}
    return replace(copy, given={**copy.given, one.key: proposal}, decisions=decisions)


def reject(copy: Copy, key: str, source: str) -> Copy:
    """Return the copy with a proposal turned down."""
    return replace(copy, decisions={**copy.decisions, key: {**copy.decisions.get(key, {}), source: REJECTED}})


def distance(one: Field, before: Given | None, after: Given | None) -> int:
    """Return how far an answer is from a proposal: characters for a text, labels put in and taken out for labels."""
    old, new = before or Given(), after or Given()
    if one.kind == FieldKind.TEXT:
        apart = levenshtein("".join(old.values), "".join(new.values))
    else:
        apart = len(set(old.values) ^ set(new.values))
    return max(apart, int(old.state != new.state))


def levenshtein(one: str, other: str) -> int:
    """Return the least number of characters to put in, take out or replace (Myers 1999, one row as bits of a number).

    >>> levenshtein("kitten", "sitting")
    3
    """
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for n, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << n
    full, last = (1 << len(one)) - 1, 1 << len(one) - 1
    up, down, score = full, 0, len(one)
    for letter in other:
        match = places.get(letter, 0)
        diagonal = (((match & up) + up) ^ up) | match | down
        plus, minus = down | ~(diagonal | up) & full, up & diagonal
        score += bool(plus & last) - bool(minus & last)
        plus, minus = plus << 1 | 1, minus << 1
        up, down = (minus | ~(diagonal | plus)) & full, plus & diagonal & full
    return score
