"""What the work page of a dialogue shows: the conversation, the fields of one part, and all of it for the script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.answers import NONE, UNKNOWN, VALUE, Given
from annotation.schema import Field, FieldKind, Schema, shortcuts
from annotation.services.turns import Part, Proposal, Work, in_words
from projects.models import Turn

# What a choice sends for an answer that is no value; no key of a label begins like this.
SPECIAL = {NONE: "~none", UNKNOWN: "~unknown"}


@dataclass(frozen=True)
class Choice:
    """One answer that can be chosen. A head stands above its sub-labels; one that cannot be chosen has no value."""

    value: str
    words: str
    about: str = ""
    colour: str = ""
    key: str = ""
    checked: bool = False
    sub: bool = False
    heads: bool = False


@dataclass(frozen=True)
class Offer:
    """What is proposed for a field, by every source that proposes it; `source` is the first of them."""

    source: str
    name: str
    words: str
    usable: bool
    decision: str


@dataclass(frozen=True)
class Asked:
    """One field as the page shows it."""

    field: Field
    choices: list[Choice]
    text: str
    unknown: bool
    offers: list[Offer]
    marks: list[tuple[str, str]]
    missing: bool

    @property
    def several(self) -> bool:
        """Whether more than one answer may be chosen."""
        return self.field.kind == FieldKind.SEVERAL


@dataclass(frozen=True)
class Panel:
    """The fields of one turn or of the session. `key` names the role, or the session."""

    key: str
    asked: list[Asked]
    note: str = ""
    version: int = 0
    done: bool = False
    spans: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """One turn in the conversation. Everything is text: a template takes its time over numbers."""

    number: str
    turn: Turn
    index: str
    said: list[tuple[str, str]]
    done: bool
    asks: bool
    current: bool
    side: str
    flagged: bool = False


def panel(key: str, part: Part, *, missing: bool = False) -> Panel:
    """Return a part's fields with their answers; with `missing` required ones without an answer are marked."""
    keys = shortcuts(part.asked)
    lacking = {one.key for one in part.copy.missing(part.asked)} if missing else set()
    payload = part.copy.to_json()
    return Panel(
        key=key,
        asked=[_asked(one, part, keys, one.key in lacking) for one in part.asked],
        note=part.copy.note,
        version=part.version,
        done=part.copy.done,
        spans=payload["spans"],
    )


def blanks(schema: Schema, turns: Iterable[Part]) -> list[Panel]:
    """Return an empty panel for each role that speaks, for the script to fill."""
    roles = dict.fromkeys(part.turn.role for part in turns if part.turn)
    return [panel(role, Part(None, schema.turn(role))) for role in roles]


def _asked(one: Field, part: Part, keys: Mapping[tuple[str, str], str], missing: bool) -> Asked:
    given = part.copy.given.get(one.key)
    said = part.copy.decisions.get(one.key, {})
    spans = [span for span in part.copy.spans if span.field == one.key]
    return Asked(
        field=one,
        choices=list(_choices(one, given, keys)),
        text="".join(given.values) if given and one.kind == FieldKind.TEXT else "",
        unknown=bool(given and given.state == UNKNOWN),
        offers=[offer(one, rows, said) for rows in grouped(part.proposals.get(one.key, ()))],
        marks=[(one.say(span.value) if span.value else "", part.text[span.start : span.end]) for span in spans],
        missing=missing,
    )


def _choices(one: Field, given: Given | None, keys: Mapping[tuple[str, str], str]) -> Iterable[Choice]:
    chosen = set(given.values) if given and given.state == VALUE else {SPECIAL[given.state]} if given else set()
    if one.kind == FieldKind.TEXT:
        return
    known = {label.key: label for label in one.labels}
    allowed = set(one.values)
    for value in ordered(one):
        label = known.get(value)
        yield Choice(
            value=value if value in allowed else "",
            words=label.words if label else one.say(value),
            about=label.description if label else "",
            colour=label.colour if label else "",
            key=keys.get((one.key, value), ""),
            checked=value in chosen,
            sub=bool(label and label.parent),
            heads=value in one.parents,
        )
    for state, value in SPECIAL.items():
        if one.none if state == NONE else one.unknown:
            yield Choice(value=value, words=in_words(one, Given(state)), checked=value in chosen)


def ordered(one: Field) -> list[str]:
    """Return the values in their order, each label followed by its sub-labels, with heads that cannot be chosen."""
    if not one.labelled:
        return list(one.values)
    below: dict[str, list[str]] = {}
    for label in one.labels:
        below.setdefault(label.parent, []).append(label.key)
    return [key for head in below.get("", []) for key in (head, *below.get(head, []))]


def grouped(rows: Iterable[Proposal]) -> list[list[Proposal]]:
    """Return proposals with those together that mean the same answer; one nobody can take over stands alone."""
    found: dict[object, list[Proposal]] = {}
    for row in rows:
        found.setdefault(row.given or row.source, []).append(row)
    return list(found.values())


def offer(one: Field, rows: Sequence[Proposal], said: Mapping[str, str]) -> Offer:
    """Return equal proposals in words; one that the schema does not know in the words it came with."""
    first = rows[0]
    words = in_words(one, first.given) if first.given else ", ".join(map(str, first.suggestion.values))
    decision = next((said[row.source] for row in rows if row.source in said), "")
    return Offer(first.source, ", ".join(map(named, rows)), words, first.given is not None, decision)


def named(row: Proposal) -> str:
    """Return who proposes, and how sure they are where they say so."""
    score = row.suggestion.score
    return row.source if score is None else f"{row.source}\u00a0{score:.2f}"


def rows(work: Work, current: int, flagged: Collection[int] = frozenset()) -> list[Row]:
    """Return the conversation: whoever speaks first stands left, another role right; `flagged` holds turns' indices."""
    first = left([part.turn for part in work.turns if part.turn])
    return [
        Row(
            number=str(n + 1),
            turn=part.turn,
            index=str(part.turn.index),
            said=said(part),
            done=part.finished and bool(part.asked),
            asks=bool(part.asked),
            current=n == current,
            side="start" if part.turn.role == first else "end",
            flagged=part.turn.index in flagged,
        )
        for n, part in enumerate(work.turns)
        if part.turn
    ]


def left(turns: Sequence[Turn]) -> str:
    """Return the role that stands left: of whoever speaks first."""
    return turns[0].role if turns else ""


def read_only(turns: Sequence[Turn]) -> list[Row]:
    """Return a conversation that nobody answers here."""
    first = left(turns)
    return [
        Row(str(n), turn, "", [], done=False, asks=False, current=False, side="start" if turn.role == first else "end")
        for n, turn in enumerate(turns, start=1)
    ]


def said(part: Part) -> list[tuple[str, str]]:
    """Return the chosen labels of a part in words, each with its colour; texts are left to the panel."""
    known = {one.key: one for one in part.asked if one.kind != FieldKind.TEXT}
    return [found for key, given in part.copy.given.items() if key in known for found in said_of(known[key], given)]


def said_of(one: Field, given: Given) -> list[tuple[str, str]]:
    """Return the values of one answer in words, each with its colour."""
    if given.state != VALUE:
        return [(in_words(one, given), "")]
    colours = {label.key: label.colour for label in one.labels}
    return [(one.say(value), colours.get(value, "")) for value in given.values]


def counts(work: Work) -> list[tuple[Field, list[tuple[str, int]]]]:
    """Return how often each value has been given so far, field by field, in the order of the schema."""
    found: Counter[tuple[str, str]] = Counter()
    for part in work.turns:
        found.update((key, value) for key, given in part.copy.given.items() for value in given.values)
    asked = [one for one in work.schema.fields if one.labelled and one not in work.schema.session]
    return [(one, [(one.say(value), n) for value in ordered(one) if (n := found[one.key, value])]) for one in asked]


def for_script(work: Work, current: int) -> dict[str, Any]:
    """Return everything the script keeps: answers with their versions, proposals, and what fields and values mean."""
    return {
        "current": current,
        "turns": [part_data(part) for part in work.turns],
        "session": part_data(work.session),
        "roles": {role: str(name) for role, name in Turn.Role.choices},
        "fields": {one.key: _field_data(one) for one in work.schema.fields},
    }


def part_data(part: Part) -> dict[str, Any]:
    """Return one part for the script, or for a program."""
    asked = {one.key: one for one in part.asked}
    return {
        "index": part.turn.index if part.turn else None,
        "role": part.turn.role if part.turn else "session",
        "version": part.version,
        "copy": part.copy.to_json(),
        "asked": list(asked),
        "proposals": {key: [_proposal_data(asked[key], row) for row in found] for key, found in part.proposals.items()},
    }


def _proposal_data(one: Field, row: Proposal) -> dict[str, Any]:
    return {
        "source": row.source,
        "score": row.suggestion.score,
        "words": offer(one, [row], {}).words,
        "given": row.given.to_json() if row.given else None,
    }


def _field_data(one: Field) -> dict[str, Any]:
    labels = {label.key: label for label in one.labels}
    return {
        "kind": one.kind,
        "words": one.words,
        "required": one.required,
        "evidence": one.evidence,
        "unknown": one.unknown,
        "session": one.level == "session",
        "values": [[value, one.say(value), labels[value].colour if value in labels else ""] for value in one.values],
    }
