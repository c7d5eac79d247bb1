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

# A page of A4 with margins of 25 mm, in the smallest type of an 11 pt document: how wide it is upright, with a table
# that may be made smaller as a whole, and sideways.
UPRIGHT, SQUEEZED, SIDEWAYS = 53.0, 60.0, 82.0
# So narrow that it fits a column of any paper.
NARROW = 22.0
# Rows, notes and caption that such a page holds.
LINES_UPRIGHT, LINES_SIDEWAYS = 42, 30
# What stands between two columns, and a letter of words and of numbers.
GAP, LETTER, DIGIT = 0.7, 0.47, 0.5
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
        if found.sideways:
            fits = found.width <= SIDEWAYS
            long = True
        else:
            long = found.lines > LINES_UPRIGHT
            fits = found.width <= (UPRIGHT if long else SQUEEZED)
        if fits:
            break
    return replace(found, long=long)


def tried(content: Content, sideways: bool, limit: int, stacked: bool) -> Plan:
    """Return a table's width and height if it is set so."""
    rows = content.stacked if stacked else content.rows
    widths, heads = [], []
    for place, head in enumerate(content.heads):
        wordy = content.wordy[place]
        body = max((letters(row[place]) for row in rows), default=0)
        body = min(body, limit) if wordy else body
        lines = broken(head, max(body, LEAST_HEAD))
        heads.append(lines)
        above = max(letters(line) for line in lines)
        body_em = (body + content.beside[place]) * (LETTER if wordy else DIGIT)
        widths.append(max(body_em, above * LETTER) + GAP)
    at = 0
    for group, run in groupby(content.groups):
        span = len(list(run))
        # A heading wider than its columns makes the last of them wider.
        widths[at + span - 1] += max(0.0, letters(group) * LETTER + GAP - sum(widths[at : at + span]))
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
