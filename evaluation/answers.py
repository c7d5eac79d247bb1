"""Reading the answer a model gave to a true/false or choice item: strictly, or not at all.

An output is read only where all of it is an answer: the label in any of its names, in either language, with
punctuation, quotes, brackets, full-width forms or a lead-in such as "Answer:" or "答案是". Everything else is left
unread with the reason, to be counted; nothing is ever guessed. Pure: knows no model, no database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from string import ascii_lowercase
from typing import Any

# Longer outputs hold an answer and much else; no label with its lead-in comes near.
MOST_CHARACTERS = 8000
SHORT = 64
# Quotes, emphasis and characters without width say nothing; both sides of a comparison lose them.
SILENT = dict.fromkeys(map(ord, "\"'“”‘’„«»「」『』`*_#\u200b\u200c\u200d\u2060\ufeff"))
BRACKETS = dict.fromkeys(map(ord, "()[]{}<>【】〔〕《》〈〉$"), " ")
# A question mark stays: "A?" is no answer.
EDGES = " .,;:!。、，；：！…~-–—=>\t\n"
THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL | re.IGNORECASE)
LEADS = re.compile(
    r"""(?:
      (?:so|thus|therefore|hence)[, ]\s*
    | (?:the|my)\s+(?=\S)
    | (?:final|correct|right|best)\s+(?=answer|option|choice|label)
    | (?:answer|option|choice|label|emotional\ tendency|tendency|sentiment)s?(?:\ (?:is|are)\b)?\s*[:=]?\s*
    | i(?:\ would|\ d)?\ (?:choose|pick|select)\s+
    | (?:it|this|id)\s+is\s+
    | \\?boxed\s*
    | (?:所以|因此|综上|故)[,、，]?\s*
    | 我的?(?=[最正答选])\s*
    | (?:最终|正确|最佳|标准)的?(?=答案|选项|选择)
    | (?:答案|选项|标签|情感倾向|倾向|结论)\s*(?:应该|应)?(?:是|为)?\s*[:=]?\s*
    | (?:应该|应当|应)?选(?:择|项)?(?:是|为)?\s*[:=]?\s*
    )""",
    re.VERBOSE,
)
MOST_LEADS = 4
ITEM_WORD = re.compile(r"(?<=[a-z0-9])\s*(?:选?项)\Z")
MARKS = ".:、,)-"
LINES = re.compile(r"\s*[\n;|]\s*")
SEPARATORS = re.compile(r"\s*(?:[,、/&+]|\band\b|和|与|及|以及)\s*")
SPACES = re.compile(r"\s+")
LETTERS = re.compile(r"(?:[a-j]{1,6}|[a-z](?:[\s,、/]+[a-z]){0,9})\Z")


class Unread(StrEnum):
    """Why an output could not be read. The names are stable: stored rows and reports use them."""

    EMPTY = "empty"
    CUT = "cut_off"
    FILTERED = "filtered"
    THINKING = "unfinished_thought"
    SEVERAL = "several_answers"
    UNKNOWN = "unknown_option"
    CONTRADICTION = "contradiction"
    MORE = "more_than_an_answer"
    NOTHING = "no_answer"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the chosen keys in the order of the options, or none and why."""

    values: tuple[str, ...] = ()
    reason: Unread | None = None

    @property
    def read(self) -> bool:
        """Whether the output was an answer."""
        return self.reason is None


@dataclass(frozen=True)
class Choice:
    """One possible answer: its key, and everything it is called."""

    key: str
    names: tuple[str, ...]


def choices(entries: Iterable[Mapping[str, Any]]) -> tuple[Choice, ...]:
    """Return the possible answers of an item's options or of a data set's labels, as these are stored."""
    return tuple(
        Choice(
            str(entry["key"]),
            tuple(
                str(name) for name in (entry.get("text"), *entry.get("names", {}).values(), *entry.get("aliases", ()))
                if name
            ),
        )
        for entry in entries
    )  # fmt: skip


def read(text: str, offered: Sequence[Choice], *, several: bool = False, finish: str = "stop") -> Reading:
    """Read an output. `finish` is the provider's reason for its end: what was cut off or filtered is never read."""
    if finish == "length":
        return Reading(reason=Unread.CUT)
    if finish == "content_filter":
        return Reading(reason=Unread.FILTERED)
    return (_read_often if len(text) <= SHORT else _read)(text, tuple(offered), several)


def _read(text: str, offered: tuple[Choice, ...], several: bool) -> Reading:
    said = THOUGHT.sub("", text, count=1)
    if "<think" in said.lower():
        return Reading(reason=Unread.THINKING)
    body = plain(said)
    if not body:
        return Reading(reason=Unread.EMPTY)
    if len(body) > MOST_CHARACTERS:
        return Reading(reason=Unread.MORE)
    return _Names.of(offered).read(body, several=several)


# Most answers are one of a few words, said thousands of times.
_read_often = lru_cache(maxsize=4096)(_read)


def plain(text: str) -> str:
    """Return the form in which texts are compared: NFKC, case folded, without quotes, brackets and outer marks."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(SILENT).translate(BRACKETS)
    lines = (SPACES.sub(" ", line).strip() for line in folded.splitlines())
    return "\n".join(line for line in lines if line).strip(EDGES)


@dataclass(frozen=True, slots=True)
class _Mentions:
    """Answers named by their keys, and answers named by their words."""

    keys: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @classmethod
    def together(cls, parts: Iterable[_Mentions | None]) -> _Mentions:
        """Return what all parts name."""
        found = [part for part in parts if part]
        return cls(frozenset().union(*(p.keys for p in found)), frozenset().union(*(p.words for p in found)))

    @property
    def agree(self) -> bool:
        """Whether words stand beside keys only to repeat them: "A. text of B" names nothing."""
        return not self.keys or self.words <= self.keys


class _Names:
    """Every name of the possible answers, and how a text is made up of them."""

    def __init__(self, offered: Sequence[Choice]) -> None:
        self.place = {choice.key: at for at, choice in enumerate(offered)}
        # An answer's own key goes before another's words.
        self.keys = _unambiguous((choice.key, (choice.key,)) for choice in offered)
        self.names = _unambiguous((choice.key, choice.names) for choice in offered) | self.keys
        self.short = all(len(key) == 1 for key in self.keys)

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(offered: tuple[Choice, ...]) -> _Names:
        """Return the names of some answers; items of a data set share their labels."""
        return _Names(offered)

    def read(self, body: str, *, several: bool) -> Reading:
        """Read a text in its plain form."""
        for rest in _without_leads(body):
            try:
                found = self._mentions(rest)
            except _ContradictionError:
                return Reading(reason=Unread.CONTRADICTION)
            if found and found.agree:
                return self._reading(found.keys or found.words, several=several)
        return Reading(reason=self._why(rest))

    def _reading(self, found: frozenset[str], *, several: bool) -> Reading:
        if len(found) > 1 and not several:
            return Reading(reason=Unread.SEVERAL)
        return Reading(tuple(sorted(found, key=self.place.__getitem__)))

    def _mentions(self, text: str) -> _Mentions | None:
        """The answers a text names, if it is made of nothing else."""
        if one := self._one(text):
            return one
        for separators in (LINES, SEPARATORS, SPACES):
            parts = [part for piece in separators.split(text) if (part := piece.strip(EDGES))]
            if len(parts) > 1:
                found = [self._mentions(part) for part in parts]
                if all(found):
                    return _Mentions.together(found)
        return self._run(text)

    def _one(self, text: str) -> _Mentions | None:
        """The one answer that a text is a name of, or its key with its words."""
        text = ITEM_WORD.sub("", text).strip(EDGES)
        if text in self.keys:
            return _Mentions(keys=frozenset({self.keys[text]}))
        if text in self.names:
            return _Mentions(words=frozenset({self.names[text]}))
        for plain_key, key in self.keys.items():
            rest = text.removeprefix(plain_key)
            if rest != text and rest[:1] in (*MARKS, " "):
                words = rest.lstrip(MARKS + " ")
                named = self.names.get(words)
                if named == key:
                    return _Mentions(keys=frozenset({key}))
                if named and words not in self.keys and rest[:1] in MARKS:
                    raise _ContradictionError
        return None

    def _run(self, text: str) -> _Mentions | None:
        """Keys of one character run together: "acd"."""
        if not self.short or len(set(text)) != len(text) or not set(text) <= self.keys.keys():
            return None
        return _Mentions(keys=frozenset(self.keys[character] for character in text))

    def _why(self, text: str) -> Unread:
        """Why a text is no answer."""
        letters = set(text) & set(ascii_lowercase)
        if self.short and LETTERS.match(text):
            return Unread.MORE if letters <= self.keys.keys() else Unread.UNKNOWN
        return Unread.MORE if any(_stands_in(name, text) for name in self.names) else Unread.NOTHING


def _unambiguous(named: Iterable[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """Return plain name -> key; what names two answers names neither."""
    found: dict[str, set[str]] = {}
    for key, names in named:
        for name in names:
            found.setdefault(plain(name), set()).add(key)
    return {name: keys.pop() for name, keys in found.items() if name and len(keys) == 1}


class _ContradictionError(Exception):
    """A key stands before the words of another answer."""


def _without_leads(body: str) -> Iterable[str]:
    """Yield the text, then the text without one lead-in after another."""
    for _ in range(MOST_LEADS + 1):
        yield body
        found = LEADS.match(body)
        if found is None or not found.end():
            return
        rest = body[found.end() :].strip(EDGES)
        if not rest:
            return
        body = rest


def _stands_in(name: str, text: str) -> bool:
    """Whether a name stands in a text as a word of its own; Chinese is written without gaps."""
    if not name.isascii():
        return name in text
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text) is not None
