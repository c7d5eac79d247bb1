"""Reading what a model proposes for the fields of a dialogue, and how sure a model was of a label. Pure.

A proposal for a dialogue is one JSON object and nothing else, at most inside a fence:

    {"session": {"topic": "Exam stress"}, "turns": [{"turn": 1, "emotion": ["Anxiety"]}]}

Turns count from 1. Whether a field knows the value is the schema's to say, where proposals are shown.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from evaluation.answers import THOUGHT, Choice, plain

FENCE = re.compile(r"\A```(?:json)?\s*\n(.*)\n\s*```\Z", re.DOTALL | re.IGNORECASE)
FIELD = re.compile(r"[a-z][a-z0-9_-]{0,59}\Z")
LONGEST = 10_000
PARTS = {"session", "turns"}


class Misread(StrEnum):
    """Why a proposal for a dialogue could not be read. The names are stable: stored rows use them."""

    JSON = "not_json"
    SHAPE = "wrong_shape"
    TURN = "unknown_turn"
    EMPTY = "nothing_proposed"


@dataclass(frozen=True)
class Proposal:
    """Values for one field, of a turn (from 1) or of the whole session (None)."""

    turn: int | None
    field: str
    values: tuple[str, ...]


class _Misread(Exception):  # noqa: N818  it never leaves this module
    def __init__(self, reason: Misread) -> None:
        super().__init__(reason)
        self.reason = reason


def read_fields(text: str, *, turns: int) -> tuple[list[Proposal], Misread | None]:
    """Read what is proposed for a dialogue of so many turns: all of it, or nothing with the reason."""
    try:
        found = list(_proposals(_object(text), turns))
    except _Misread as error:
        return [], error.reason
    return (found, None) if found else ([], Misread.EMPTY)


def _object(text: str) -> Mapping[str, Any]:
    said = THOUGHT.sub("", text, count=1).strip()
    fenced = FENCE.match(said)
    try:
        found = json.loads(fenced[1] if fenced else said, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _Misread(Misread.JSON) from None
    if not isinstance(found, dict):
        raise _Misread(Misread.JSON)
    if set(found) - PARTS:
        raise _Misread(Misread.SHAPE)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: which of them is meant cannot be known."""
    if len({key for key, _value in pairs}) != len(pairs):
        raise _Misread(Misread.SHAPE)
    return dict(pairs)


def _proposals(found: Mapping[str, Any], turns: int) -> Iterator[Proposal]:
    session, listed = found.get("session", {}), found.get("turns", [])
    if not isinstance(session, dict) or not isinstance(listed, list):
        raise _Misread(Misread.SHAPE)
    yield from _fields(session, None)
    seen: set[int] = set()
    for entry in listed:
        if not isinstance(entry, dict):
            raise _Misread(Misread.SHAPE)
        number = entry.get("turn")
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= turns or number in seen:
            raise _Misread(Misread.TURN)
        seen.add(number)
        yield from _fields({key: value for key, value in entry.items() if key != "turn"}, number)


def _fields(given: Mapping[str, Any], turn: int | None) -> Iterator[Proposal]:
    for field, value in given.items():
        if not FIELD.match(field):
            raise _Misread(Misread.SHAPE)
        values = tuple(_values(value))
        if values:
            yield Proposal(turn, field, values)


def _values(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if one is None:
            continue
        if not isinstance(one, str) or len(one) > LONGEST:
            raise _Misread(Misread.SHAPE)
        if said := one.replace("\x00", "").strip():
            yield said


# --- how sure


def certainty(logprobs: Iterable[Mapping[str, Any]] | None, offered: Sequence[Choice], chosen: str) -> float | None:
    """Return the probability of the chosen answer among all possible ones, at the token where the answer begins.

    The alternatives a server tells for that token are summed by the answer they begin; what begins none, or several,
    is left out. None where nothing can be said.
    """
    names = {choice.key: [plain(name) for name in (choice.key, *choice.names)] for choice in offered}
    for token in logprobs or ():
        if chosen not in _begun(str(token.get("token", "")), names):
            continue
        mass = dict.fromkeys(names, 0.0)
        for word, logprob in _alternatives(token):
            begun = _begun(word, names)
            if len(begun) == 1 and math.isfinite(logprob):
                mass[begun.pop()] += math.exp(min(logprob, 0.0))
        whole = sum(mass.values())
        return min(1.0, mass[chosen] / whole) if whole else None
    return None


def _alternatives(token: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    """The token that was given and those beside it, each once."""
    found = {str(one["token"]): float(one["logprob"]) for one in token.get("top") or ()}
    found.setdefault(str(token.get("token", "")), float(token.get("logprob", 0.0)))
    return found.items()


def _begun(word: str, names: Mapping[str, Sequence[str]]) -> set[str]:
    """The answers that a token may begin; one that is an answer's key is that answer."""
    said = plain(word)
    if not said:
        return set()
    exact = {key for key in names if plain(key) == said}
    return exact or {key for key, found in names.items() if any(name.startswith(said) for name in found)}
