"""What changed between two texts, word by word; where words are not parted by blanks, sign by sign."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum

# One Chinese or Japanese sign, a word, blanks, or anything else on its own.
TOKEN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\W\u2e80-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL)
# Comparing costs the product of both lengths; beyond this, what differs stands there as a whole.
MOST_PAIRS = 250_000


class Fate(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"
    # What stays the same and is not shown.
    LEFT_OUT = "left_out"


Piece = tuple[Fate, str]


def pieces(before: str, after: str) -> list[Piece]:
    """Return the text before and after as one run of pieces: kept, gone and new, in reading order."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    middle = _compared(old[head : len(old) - tail], new[head : len(new) - tail])
    parts = [(Fate.SAME, "".join(old[:head])), *middle, (Fate.SAME, "".join(old[len(old) - tail :]))]
    return [part for part in parts if part[1]]


def passages(found: Sequence[Piece], around: int = 160) -> list[Piece]:
    """Return what changed with some of the text around it; of longer stretches that stayed, that they are there."""
    shown: list[Piece] = []
    for n, (fate, text) in enumerate(found):
        before, after = n > 0, n + 1 < len(found)
        if fate != Fate.SAME or len(text) <= around * (before + after):
            shown.append((fate, text))
            continue
        if before:
            shown.append((fate, _whole_words(text[:around], text[around])))
        shown.append((Fate.LEFT_OUT, ""))
        if after:
            shown.append((fate, _whole_words(text[-around:][::-1], text[-around - 1])[::-1]))
    return shown if any(fate in (Fate.NEW, Fate.GONE) for fate, _text in found) else []


def _whole_words(text: str, following: str) -> str:
    """Return the text without a last line that was cut through; where it is but one line, without such a word."""
    line, end, _rest = text.rpartition("\n")
    if line.strip():
        return line + end
    return text if following.isspace() or not re.search(r"\s", text) else re.sub(r"\S+$", "", text)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many tokens both begin with."""
    count = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        count += 1
    return count


def _compared(old: list[str], new: list[str]) -> Iterator[Piece]:
    if len(old) * len(new) > MOST_PAIRS:
        yield Fate.GONE, "".join(old)
        yield Fate.NEW, "".join(new)
        return
    for change, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if change == "equal":
            yield Fate.SAME, "".join(old[i:j])
            continue
        yield Fate.GONE, "".join(old[i:j])
        yield Fate.NEW, "".join(new[k:m])
