"""A session as every format gives it: turns with speaker, part and text, and what is said about them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from projects.formats.records import RowError, row_error

Role = Literal["therapist", "client", "other"]
ROLES: tuple[Role, ...] = ("therapist", "client", "other")
Values = tuple[str, ...]
LONGEST_EXCERPT = 300


@dataclass(frozen=True, slots=True)
class Said:
    """What a rater named in the file said in one field; empty values mean: none of them."""

    rater: str
    field: str
    values: Values


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody proposes for one field, and how sure they are (0 to 1, or None)."""

    field: str
    values: Values
    source: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One turn. The text is as the file has it, to the character; `metadata` keeps the order of its keys."""

    speaker: str
    role: Role
    text: str
    labels: Mapping[str, Values] = field(default_factory=dict)
    answers: tuple[Said, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that deserves a look but is no fault: a code of REMARKS, and the turns it is about (from 1)."""

    code: str
    turns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One checked session. `row` is its number in the file, `line` the line it begins in (0: not known)."""

    row: int
    line: int
    external_id: str
    turns: tuple[TurnRecord, ...]
    content_hash: str
    case: str = ""
    case_title: str = ""
    case_order: int | None = None
    topic: str = ""
    language: str = ""
    labels: Mapping[str, Values] = field(default_factory=dict)
    answers: tuple[Said, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()
    remarks: tuple[Remark, ...] = ()
    # The lines of a table that it was read from.
    lines: tuple[int, ...] = ()

    @property
    def parts(self) -> tuple[SessionRecord | TurnRecord, ...]:
        """The session itself, then its turns: all that labels, answers and proposals can be about."""
        return (self, *self.turns)

    @property
    def excerpt(self) -> str:
        """How the session begins, for lists: the client's first words, else the first words."""
        first = next((turn for turn in self.turns if turn.role == "client"), self.turns[0])
        return excerpt(first.text)


@dataclass(frozen=True, slots=True)
class SessionFault:
    """A session that cannot be imported, with everything that is wrong with it and what the file says."""

    row: int
    line: int
    external_id: str
    errors: tuple[RowError, ...]
    original: Any = None


Session = SessionRecord | SessionFault


def excerpt(text: str) -> str:
    """The text in one line, cut between words."""
    plain = " ".join(text.split())
    if len(plain) <= LONGEST_EXCERPT:
        return plain
    cut = plain[:LONGEST_EXCERPT]
    return (cut.rpartition(" ")[0] or cut) + "…"


def turn_error(row: int, line: int, session: str, turn: int | None, code: str, **params: object) -> RowError:
    """What is wrong with a session or with one of its turns (from 1): the place is told with it."""
    return row_error(row, "" if turn is None else str(turn), code, line=line, session=session, turn=turn or 0, **params)


def session_hash(turns: Iterable[tuple[str, str, str]]) -> str:
    """SHA-256, as 64 hex digits, of what a reader sees: part, speaker and text of each turn, in Unicode NFC."""
    found = hashlib.sha256(b"dialogue\x1e")
    for parts in turns:
        told = "\x1f".join(parts)
        told = told if told.isascii() else unicodedata.normalize("NFC", told)
        found.update(told.encode("utf-8", "surrogatepass") + b"\x1e")
    return found.hexdigest()
