"""What deserves a look in a text before people work with it: nothing here keeps a session out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from projects.formats.dialogues.records import Remark

VERY_LONG = 500
CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
LATIN_WORD = re.compile("[A-Za-z]{2,}")
FULL_MARKS = re.compile("[，。！？；：“”（）、]")
# A mark right behind a Chinese character; a decimal point or the dots of an abbreviation are none.
HALF_MARKS = re.compile("(?<=[\u3400-\u9fff])[,;:!?]|(?<=[\u3400-\u9fff])\\.(?!\\.)")
DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
EMOJI = re.compile("[\u2600-\u27bf\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def remarks_on(texts: Sequence[str], speakers: int) -> tuple[Remark, ...]:
    """What to say of a session: of its length and its speakers, and of single turns."""
    found: dict[str, list[int]] = {}
    for number, text in enumerate(texts, 1):
        for code in of_text(text):
            found.setdefault(code, []).append(number)
    whole = [code for code, true in _whole(len(texts), speakers) if true]
    return (*(Remark(code) for code in whole), *(Remark(code, tuple(turns)) for code, turns in found.items()))


def _whole(turns: int, speakers: int) -> Iterator[tuple[str, bool]]:
    yield "one_turn", turns == 1
    yield "very_long", turns > VERY_LONG
    yield "one_speaker", turns > 1 and speakers == 1


def of_text(text: str) -> Iterator[str]:
    """Codes of what is remarkable about a text."""
    if text != text.strip():
        yield "blank_around"
    if text.isascii():
        return
    if mixed(text):
        yield "mixed_punctuation"
    if RIGHT_TO_LEFT.search(text):
        yield "right_to_left"
    if DIRECTION.search(text):
        yield "direction_marks"
    if EMOJI.search(text):
        yield "emoji"


def mixed(text: str) -> bool:
    """Whether marks of the other script stand in a text: half-width ones in Chinese, full-width ones in English."""
    chinese = len(CHINESE.findall(text))
    if chinese:
        return HALF_MARKS.search(text) is not None
    # Curly quotation marks are English as well.
    full = set(FULL_MARKS.findall(text)) - {"“", "”"}
    return bool(full) and LATIN_WORD.search(text) is not None


def language_of(texts: Sequence[str]) -> str:
    """zh where a good part of the letters is Chinese, en where nearly all are plain Latin, else nothing."""
    sample = "".join(texts)[:4000]
    letters = sum(1 for sign in sample if unicodedata.category(sign).startswith("L"))
    if not letters:
        return ""
    if len(CHINESE.findall(sample)) > letters * 0.3:
        return "zh"
    return "en" if sum(1 for sign in sample if sign.isascii() and sign.isalpha()) > letters * 0.95 else ""
