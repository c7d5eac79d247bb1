"""Reading a judge's answer: strictly. What is not plainly there is not guessed but told as the reason of a failure.

The ladder: the whole text as JSON; JSON inside prose or a fence; marked answers in text (`Empathy: [[8]]` or `8/10`).
A rung is left only where it holds nothing: an object that names criteria but is wrong is a failure, whatever the prose
around it says.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from evaluation.judging.asked import RANKING, TIE, Asked, Mode, Question, plain

THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
OPEN_THOUGHT = re.compile(r"<think(?:ing)?>(?!.*</think(?:ing)?>)", re.DOTALL | re.IGNORECASE)
CUT = frozenset({"length", "content_filter"})
WRAPPERS = frozenset(map(plain, ("scores", "ratings", "choices", "verdicts", "评分", "得分", "选择")))
TELLING = frozenset(map(plain, ("explanation", "reasoning", "reason", "rationale", "解释", "理由", "说明", "分析")))
INNER = frozenset(map(plain, ("score", "value", "rating", "choice", "评分", "得分", "分数", "选择")))
TIES = frozenset(map(plain, (TIE, "tied", "equal", "draw", "平局", "相当", "平手", "不分上下")))
NUMBER = re.compile(r"\A(\d{1,3})(?:\.0+)?\Z")
FRACTION = re.compile(r"\A(\d{1,3})(?:\.0+)?\s*/\s*(\d{1,3})\Z")
RANGE = re.compile(r"\d\s*(?:-|–|—|~|to|到|至)\s*\d")
BRACKETS = re.compile(r"\A\[\[(.*)\]\]\Z", re.DOTALL)
LETTER = re.compile(r"\A(?:response|answer|reply|回应|回答|回复)?\s*([a-l])\Z", re.IGNORECASE)
# Full-width signs that stand for JSON's own; only tried where the text as it is cannot be read.
WIDE = str.maketrans("｛｝［］：，“”０１２３４５６７８９", '{}[]:,""0123456789')
LONGEST = 100_000


class Misread(StrEnum):
    """Why an answer could not be read. The names are stable: stored rows use them."""

    NOTHING = "no_judgement"
    THINKING = "unfinished_thought"
    CUT = "cut_off"
    BROKEN = "broken_json"
    TWICE = "said_twice"
    DISAGREE = "answers_disagree"
    MISSING = "criterion_missing"
    RANGE = "range"
    SCALE = "other_scale"
    VALUE = "no_such_value"
    ORDER = "incomplete_order"


class Rung(StrEnum):
    """Where the judgement was found."""

    JSON = "json"
    INSIDE = "json_in_text"
    MARKED = "marked_text"


Values = dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """A judgement as it was read: values by key (a number, a letter or "tie", letters in order), or why none."""

    values: Values = field(default_factory=dict)
    explanation: str = ""
    rung: Rung | None = None
    reason: Misread | None = None
    about: str = ""  # the criterion the reason is about


class _Misread(Exception):  # noqa: N818  it never leaves this module
    def __init__(self, reason: Misread, about: str = "") -> None:
        super().__init__(reason)
        self.reason, self.about = reason, about


def read(text: str, question: Question, *, finish_reason: str = "") -> Reading:
    """Read a judge's answer: every criterion of the question, or none with the reason."""
    try:
        if finish_reason in CUT:
            raise _Misread(Misread.CUT)
        said = THOUGHT.sub("", text[:LONGEST], count=1).strip()
        if OPEN_THOUGHT.search(said):
            raise _Misread(Misread.THINKING)
        return _climb(said, question)
    except _Misread as error:
        return Reading(reason=error.reason, about=error.about)


def _climb(said: str, question: Question) -> Reading:
    found, whole = list(_objects(said, question)), _is_whole(said)
    if found:
        first = found[0]
        if any(values != first[0] for values, _why in found[1:]):
            raise _Misread(Misread.DISAGREE)
        return Reading(first[0], first[1] or _before(said), Rung.JSON if whole else Rung.INSIDE)
    values = _marked(_narrow(said), question)
    if not values:
        raise _Misread(Misread.NOTHING)
    return Reading(values, said, Rung.MARKED)


# --- JSON


def _objects(said: str, question: Question) -> Iterator[tuple[Values, str]]:
    """Yield the judgements of all objects that name something asked for. Raises where one of them is wrong."""
    for piece, closed in _pieces(said):
        if not closed:
            if _names_some(piece, question):
                raise _Misread(Misread.CUT)
            continue
        pairs = _parsed(piece)
        if pairs is None:
            if _names_some(piece, question):
                raise _Misread(Misread.BROKEN)
            continue
        given, why = _flat(pairs, question)
        if given:
            yield _whole(given, question), why


def _pieces(said: str) -> Iterator[tuple[str, bool]]:
    """Yield what stands between each outermost pair of braces, and whether the pair is closed."""
    text = said if "{" in said else said.translate(WIDE)
    start, depth, quoted, escaped = -1, 0, False, False
    for index, sign in enumerate(text):
        if escaped:
            escaped = False
        elif depth and quoted:
            escaped, quoted = sign == "\\", sign != '"'
        elif depth and sign == '"':
            quoted = True
        elif sign == "{":
            start, depth = (index if not depth else start), depth + 1
        elif sign == "}" and depth:
            depth -= 1
            if not depth:
                yield text[start : index + 1], True
    if depth:
        yield text[start:], False


def _is_whole(said: str) -> bool:
    return next(_pieces(said), ("", False)) == (said, True)


class _Pairs(list[tuple[str, Any]]):
    """An object as its pairs, in order, so that a key that stands twice is seen."""


def _parsed(piece: str) -> _Pairs | None:
    for text in (piece, piece.translate(WIDE)):
        try:
            found = json.loads(text, object_pairs_hook=_Pairs, strict=False)
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, _Pairs) else None
    return None


def _flat(pairs: _Pairs, question: Question) -> tuple[list[tuple[Asked, Any]], str]:
    """Return what an object says of what is asked for, whether directly or under a heading, and its explanation."""
    named, given, why = question.named(), [], ""
    for key, value in pairs:
        name = plain(key)
        if name in named:
            given.append((named[name], value))
        elif name in WRAPPERS and isinstance(value, _Pairs):
            inner, _none = _flat(value, question)
            given += inner
        elif name in TELLING:
            why = _told(value) or why
    return given, why


def _told(value: Any) -> str:
    """Return an explanation: a text, or one for each criterion as lines."""
    if isinstance(value, _Pairs):
        return "\n".join(f"{key}: {text}" for key, text in value if isinstance(text, str))
    return value.strip() if isinstance(value, str) else ""


def _whole(given: Sequence[tuple[Asked, Any]], question: Question) -> Values:
    values: Values = {}
    for one, raw in given:
        if one.key in values:
            raise _Misread(Misread.TWICE, one.key)
        values[one.key] = _value(one, raw, question)
    return _complete(values, question)


def _complete(values: Values, question: Question) -> Values:
    for one in question.asked:
        if one.key not in values:
            raise _Misread(Misread.MISSING, one.key)
    return values


def _names_some(piece: str, question: Question) -> bool:
    told = plain(piece)
    return any(name in told for name in question.named())


# --- values


def _value(one: Asked, raw: Any, question: Question) -> Any:
    if isinstance(raw, _Pairs):
        inner = [value for key, value in raw if plain(key) in INNER]
        if len(inner) != 1:
            raise _Misread(Misread.TWICE if inner else Misread.MISSING, one.key)
        return _value(one, inner[0], question)
    if question.mode is Mode.LISTS:
        return _order(raw, question.letters)
    if question.mode is Mode.PAIRS:
        return _choice(one, raw, question.letters)
    return _score(one, raw)


def _score(one: Asked, raw: Any) -> int:
    """Return a score: a whole number of the scale, bare, in [[ ]], or over the scale's own highest value."""
    if raw is None:
        raise _Misread(Misread.MISSING, one.key)
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise _Misread(Misread.VALUE, one.key)
    said = _narrow(str(raw)).strip()
    if bracketed := BRACKETS.match(said):
        said = bracketed[1].strip()
    if RANGE.search(said):
        raise _Misread(Misread.RANGE, one.key)
    if over := FRACTION.match(said):
        if int(over[2]) != one.top:
            raise _Misread(Misread.SCALE, one.key)
        said = over[1]
    number = NUMBER.match(said)
    if number is None or int(number[1]) not in one.values:
        raise _Misread(Misread.VALUE, one.key)
    return int(number[1])


def _choice(one: Asked, raw: Any, letters: str) -> str:
    """Return a letter or "tie"."""
    if raw is None:
        raise _Misread(Misread.MISSING, one.key)
    if not isinstance(raw, str):
        raise _Misread(Misread.VALUE, one.key)
    said = _narrow(raw).strip()
    if bracketed := BRACKETS.match(said):
        said = bracketed[1].strip()
    if plain(said) in TIES:
        return TIE
    found = LETTER.match(said)
    if found is None or found[1].upper() not in letters:
        raise _Misread(Misread.VALUE, one.key)
    return found[1].upper()


def _order(raw: Any, letters: str) -> str:
    """Return all letters, best first. Raises where one is missing, unknown or there twice: ties are not asked for."""
    if isinstance(raw, str):
        said = _narrow(raw).strip()
        if bracketed := BRACKETS.match(said):
            said = bracketed[1]
        if "=" in said:
            raise _Misread(Misread.ORDER, RANKING)
        raw = [part for part in re.split(r"[>,，、\s]+", said) if part]
        raw = list(said) if len(raw) == 1 else raw
    if not isinstance(raw, list) or isinstance(raw, _Pairs):
        raise _Misread(Misread.VALUE, RANKING)
    found = [LETTER.match(_narrow(str(part)).strip()) for part in raw]
    order = "".join(match[1].upper() for match in found if match)
    if len(order) != len(raw) or sorted(order) != sorted(letters):
        raise _Misread(Misread.ORDER, RANKING)
    return order


# --- marked text


def _marked(said: str, question: Question) -> Values:
    """Return marked answers in running text; nothing where there is none at all, else every one or the reason."""
    spelled = dict(_spelled(question))
    names = "|".join(sorted(spelled, key=len, reverse=True))
    line = rf"(?:^|[;,。|])[\s>*#\-_\d.)]*(?:{names})[\s*_]*[:=][\s*_]*(\[\[[^\[\]]*(?:\]\]|\Z)|{_OVER})"
    given = [(_named(match[0], spelled), match[1]) for match in re.finditer(line, said, re.IGNORECASE | re.MULTILINE)]
    if not given:
        return {}
    for one, raw in given:
        if raw.startswith("[[") and not raw.endswith("]]"):
            raise _Misread(Misread.CUT, one.key)
    seen: Values = {}
    for one, raw in given:
        value = _value(one, raw, question)
        if seen.setdefault(one.key, value) != value:
            raise _Misread(Misread.DISAGREE, one.key)
    return _complete(seen, question)


# A number over another; what looks like a range is taken with it, so that it is seen and refused.
_OVER = r"[\d.]{1,5}\s*(?:(?:-|–|—|~|to|到|至)\s*\d{1,3}\s*)?/\s*\d{1,3}(?![\d.])(?!\s*(?:-|–|—|~|to\b|到|至)\s*\d)"


def _spelled(question: Question) -> Iterator[tuple[str, Asked]]:
    """Yield each name that may stand before a marked answer, as a pattern that bears spaces and joints inside it."""
    for one in question.asked:
        for name in dict.fromkeys(_narrow(name).casefold() for name in (one.key, *one.names)):
            words = [re.escape(word) for word in re.split(r"[\s_\-]+", name) if word]
            yield r"[\s_\-]+".join(words), one


def _named(matched: str, spelled: Mapping[str, Asked]) -> Asked:
    """Return what a marked line is about: the longest name that its head ends with."""
    head = re.split(r"[:=]", matched, maxsplit=1)[0].rstrip(" *_\t")
    fitting = [name for name in spelled if re.search(rf"(?<!\w)(?:{name})\Z", head, re.IGNORECASE)]
    return spelled[max(fitting, key=len)]


def _narrow(said: str) -> str:
    """Return the text with full-width letters, digits and signs as plain ones."""
    return unicodedata.normalize("NFKC", said)


def _before(said: str) -> str:
    """Return the prose before the first object: the explanation of a judge that gave none inside."""
    return said.partition("{")[0].replace("```json", "").replace("```", "").strip()
