"""How wide text will be, roughly: the server has no fonts, so room is reserved by kinds of letters."""

import unicodedata
from bisect import bisect_right
from functools import cache
from itertools import accumulate

NARROW = set("ijlftrI.,:;|'’()[]!/ -")
BROAD = set("mwMW@%…")
# A long name may be broken after these.
JOINTS = set("-_/")


def width(text: str, size: float) -> float:
    """Return the estimated width of `text` at a font size, a little on the generous side."""
    return size * sum(_em(letter) for letter in text)


@cache
def _em(letter: str) -> float:
    if _wide(letter):
        return 1.0
    if unicodedata.combining(letter):
        return 0.0
    if letter in NARROW:
        return 0.34
    if letter in BROAD:
        return 0.9
    return 0.68 if letter.isupper() else 0.57


def clip(text: str, size: float, room: float) -> str:
    """Return `text`, shortened with an ellipsis when it does not fit into `room`."""
    if width(text, size) <= room:
        return text
    room -= width("…", size)
    used = list(accumulate(width(letter, size) for letter in text))
    return text[: bisect_right(used, room)].rstrip() + "…"


def wrap(text: str, size: float, room: float, lines: int = 2) -> list[str]:
    """Return at most `lines` lines that fit into `room`; the last one is clipped if it must be."""
    found: list[str] = []
    rest = " ".join(text.split())
    while rest and len(found) < lines - 1 and width(rest, size) > room:
        head = _head(rest, size, room)
        found.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*found, clip(rest, size, room)] if rest or not found else found


def _head(text: str, size: float, room: float) -> str:
    """Return the longest beginning that fits, ending at a space or between CJK characters."""
    best, used = 0, 0.0
    for end, letter in enumerate(text, 1):
        used += width(letter, size)
        if used > room:
            break
        if letter == " " or _breaks(letter) or (end < len(text) and _wide(text[end])):
            best = end
    return text[: best or max(1, end - 1)]


def longest(text: str, size: float) -> float:
    """Return the width of the widest piece that no line break can divide."""
    pieces, piece = [0.0], 0.0
    for letter in text:
        alone = _wide(letter)
        piece = width(letter, size) + (0.0 if alone else piece)
        pieces.append(0.0 if letter == " " else piece)
        piece = 0.0 if letter == " " or letter in JOINTS or alone else piece
    return max(pieces)


def _breaks(letter: str) -> bool:
    return letter in JOINTS or _wide(letter)


def _wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"
