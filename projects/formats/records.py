"""Neutral records between files and services: frozen, plain Python, the same for every format."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from projects.formats.messages import file_message, row_message

Kind = Literal["true_false", "single_choice", "multiple_choice", "question"]
KINDS: tuple[Kind, ...] = ("true_false", "single_choice", "multiple_choice", "question")
CHOICE_KINDS = frozenset({"single_choice", "multiple_choice"})


class FormatError(Exception):
    """The file as a whole cannot be used. `str(error)` is a sentence for the person who chose the file.

    `row` is the 1-based line, sheet row or list entry, where one is known; `column` the column's name or "".
    """

    def __init__(self, code: str, *, row: int | None = None, column: str | None = None, **params: object) -> None:
        self.code = code
        self.row = row
        self.column = column
        self.params = params
        super().__init__(code)

    @property
    def message(self) -> str:
        """The sentence in the language active now."""
        return file_message(self.code, {"row": self.row, "column": self.column, **self.params})

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class RowError:
    """One row that cannot be imported, and why.

    `row` is the number a person sees: the line of a text file, the row of a sheet, the entry of a JSON list.
    `message` is in the language active when the error was made; `params` allow `retold()` in another.
    """

    row: int
    column: str
    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict, compare=False)

    def retold(self) -> str:
        """The sentence in the language active now."""
        return row_message(self.code, self.params)


def row_error(row: int, column: str, code: str, **params: object) -> RowError:
    """A `RowError` whose sentence comes from the table of messages."""
    return RowError(row, column, code, row_message(code, params), params)


class FaultyRow(dict[str, Any]):
    """A row as far as it could be read, with the reason why it cannot be used (a ragged row, a broken line)."""

    def __init__(self, values: Mapping[str, Any], error: RowError) -> None:
        super().__init__(values)
        self.error = error


class Option(NamedTuple):
    """One answer that can be chosen; `key` is what labels refer to."""

    key: str
    text: str


class Prelabel(NamedTuple):
    """A proposal from outside: option keys or label names, who made it, and how sure (0 to 1, or None)."""

    values: tuple[str, ...]
    source: str
    score: float | None


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One checked item, ready for the services. Empty text means "not given"; nothing here is HTML."""

    row: int
    external_id: str
    kind: Kind
    text: str
    options: tuple[Option, ...]
    topic: str
    subtopic: str
    language: str
    prelabels: tuple[Prelabel, ...]
    answer: tuple[str, ...]
    reference: str
    metadata: dict[str, Any]
    content_hash: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A row whose item is known already with the same content: importing it again adds nothing."""

    row: int
    external_id: str
    content_hash: str


def content_hash(kind: str, text: str, options: Iterable[tuple[str, str]]) -> str:
    """SHA-256, as 64 hex digits, of what a rater reads: kind, text and options.

    Hashed is UTF-8 of kind, text, and each option's key and text in order, every part in Unicode NFC and followed
    by the unit separator U+001F, which no checked text can contain (so parts cannot run into each other).
    Topic, language, pre-labels, answers and metadata are no part of it.
    """
    return hash_with_tail(kind, unicodedata.normalize("NFC", text), options_tail(options))


def options_tail(options: Iterable[tuple[str, str]]) -> str:
    """The part of the hashed text that stems from the options, in NFC: many rows share it."""
    tail = "".join([f"{key}\x1f{text}\x1f" for key, text in options])
    return tail if tail.isascii() else unicodedata.normalize("NFC", tail)


def hash_with_tail(kind: str, text: str, tail: str) -> str:
    """`content_hash` of a text that is in NFC already, with the options given by their `options_tail`."""
    return hashlib.sha256(f"{kind}\x1f{text}\x1f{tail}".encode("utf-8", "surrogatepass")).hexdigest()
