"""How a table is laid on LaTeX's page: how wide it is, upright or sideways, in one piece or over several pages.

Widths are in em, half an em for a letter and a whole one for a Chinese character, so that they hold for any size of
type; LaTeX itself then chooses the size by the line it has. A line break in a cell is a line break on paper.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil
from unicodedata import east_asian_width

Rows = Sequence[Sequence[str]]

# A page of A4 with margins of 25 mm, in the smallest type of an 11 pt document: how wide it is upright and sideways,
# for a table that breaks over pages and for one that may be made smaller as a whole.
UPRIGHT, UPRIGHT_WHOLE, SIDEWAYS, SIDEWAYS_WHOLE = 53.0, 60.0, 80.0, 92.0
# So narrow that it fits a column of any paper.
NARROW = 22.0
# Rows, notes and caption that such a page holds.
LINES_UPRIGHT, LINES_SIDEWAYS = 42, 30
# What stands between two columns; a letter of words, one of numbers, and a Chinese character or a percent sign.
GAP, LETTER, DIGIT, FULL = 0.7, 0.47, 0.5, 1.05
LEAST_HEAD, NOTE_LETTERS = 9, 100
# A Chinese character, or what stands together without a space, with the space before it.
WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60"
PIECES = re.compile(rf"\s*(?:[{WIDE}][，。、；：）]?|[^\s{WIDE}]+)")


@dataclass(frozen=True)
class Plan:
    """How one table is set.

    `limit` is the letters of a line in a cell of words, `width` is in em, `lines` is how high the table is. With
    `stacked`, intervals stand below their numbers. What is `long` breaks over pages.
    """

    width: float
    lines: int
    limit: int
    stacked: bool
    sideways: bool
    heads: Sequence[Sequence[str]]
    long: bool = False


# (sideways, long) -> how wide a table may be.
WIDTHS = {
    (False, True): UPRIGHT, (False, False): UPRIGHT_WHOLE, (True, True): SIDEWAYS, (True, False): SIDEWAYS_WHOLE,
}  # fmt: skip
# The ways a table may be set, what is read best first: (sideways, limit, stacked).
WAYS = (
    (False, 64, False), (False, 44, False), (False, 30, False), (False, 30, True),
    (True, 44, False), (True, 30, False), (True, 22, True),
)  # fmt: skip


@dataclass(frozen=True)
class Content:
    """A table in plain words; `stacked` are its rows with intervals below their numbers.

    By column: `beside` is the room for marks in letters, `wordy` says whether cells may break into lines.
    """

    heads: Sequence[str]
    groups: Sequence[str]
    rows: Rows
    stacked: Rows
    beside: Sequence[int]
    wordy: Sequence[bool]
    notes: Sequence[str]


def letters(words: str) -> int:
    """Return how wide words are, in letters; a Chinese character is as wide as two."""
    return max(
        sum(2 if east_asian_width(sign) in "WF" else 1 for sign in line) for line in words.split("\n")
    )  # fmt: skip


def ems(words: str, letter: float) -> float:
    """Return how wide words are in em, if a letter is so wide."""
    lines = words.split("\n")
    full = [sum(east_asian_width(sign) in "WF" or sign == "%" for sign in line) for line in lines]
    return max(letter * (len(line) - n) + FULL * n for line, n in zip(lines, full, strict=True))


def broken(words: str, width: int) -> list[str]:
    """Return words in lines of at most so many letters, if no single word is longer."""
    lines: list[str] = []
    for piece in PIECES.findall(words):
        if lines and letters(lines[-1] + piece) <= width:
            lines[-1] += piece
        else:
            lines.append(piece.strip())
    return lines or [""]


def plan(content: Content) -> Plan:
    """Return how to set a table."""
    for way in WAYS:
        found = tried(content, *way)
        long = found.lines > (LINES_SIDEWAYS if found.sideways else LINES_UPRIGHT)
        if found.width <= WIDTHS[found.sideways, long]:
            break
    return replace(found, long=long)


def tried(content: Content, sideways: bool, limit: int, stacked: bool) -> Plan:
    """Return a table's width and height if it is set so."""
    rows = content.stacked if stacked else content.rows
    widths, heads = [], []
    for place, head in enumerate(content.heads):
        wordy = content.wordy[place]
        body = max((letters(row[place]) for row in rows), default=0)
        below = max((ems(row[place], LETTER if wordy else DIGIT) for row in rows), default=0.0)
        if wordy and body > limit:
            # Cells break there, into boxes of so many letters of half an em.
            body, below = limit, limit * DIGIT
        lines = broken(head, max(body, LEAST_HEAD))
        heads.append(lines)
        above = max(ems(line, LETTER) for line in lines)
        widths.append(max(below + content.beside[place] * DIGIT, above) + GAP)
    at = 0
    for group, run in groupby(content.groups):
        span = len(list(run))
        # A heading wider than its columns makes the last of them wider.
        widths[at + span - 1] += max(0.0, ems(group, LETTER) + GAP - sum(widths[at : at + span]))
        at += span
    tall = max((len(head) for head in heads), default=1) + 3
    tall += ceil(sum(_lines(row, content.wordy, limit) + (0.5 if stacked else 0) for row in rows))
    tall += sum(ceil(letters(note) / NOTE_LETTERS) for note in content.notes)
    return Plan(sum(widths), tall, limit, stacked, sideways, heads)


def _lines(row: Sequence[str], wordy: Sequence[bool], limit: int) -> int:
    """Return how many lines a row takes."""
    return (
        max(
            (
                ceil(letters(cell) / limit) if words else cell.count("\n") + 1
                for cell, words in zip(row, wordy, strict=True)
            ),
            default=1,
        )
        or 1
    )
