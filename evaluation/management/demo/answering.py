"""What the made-up systems say to a test item: right, wrong or beside the point, the same at every start."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from evaluation.management.demo.content import DemoSystem

HARDER = {"clear": 0.0, "subtle": 0.16, "contested": 0.3}
DRESSES = {
    "en": ("{}", "{}.", "Answer: {}", "**{}**", "The answer is {}."),
    "zh": ("{}", "{}。", "答案：{}", "“{}”", "答案是{}。"),
}
ASIDES = {
    "en": ("It depends on how one reads it.", "Both could be argued for here."),
    "zh": ("这要看从哪个角度理解。", "两种说法都有道理。"),
}
LABELS = {"en": {"positive": "Positive", "negative": "Negative"}, "zh": {"positive": "积极", "negative": "消极"}}
# How often a system talks instead of answering, and how its answers are dressed: a weak one follows the format less.
CHATTY = 0.14


def said(system: DemoSystem, row: dict[str, Any]) -> str:
    """Return the text of a system's answer to a labelled item."""
    tongue = str(row["language"]).partition("-")[0]
    draw = [_share(system.key, row["external_id"], name) for name in ("aside", "right", "which", "dress")]
    if draw[0] < CHATTY * (1 - system.skill):
        return ASIDES[tongue][int(draw[3] * len(ASIDES[tongue]))]
    right = draw[1] < system.skill - HARDER[row["difficulty"]]
    keys = _right(row) if right else _wrong(row, draw[2])
    words = ", ".join(keys) if row.get("kind") else LABELS[tongue][keys[0]]
    return DRESSES[tongue][int(draw[3] * len(DRESSES[tongue]))].format(words)


def scored(system: DemoSystem, question: str) -> float:
    """Return what two readers gave an answer on average, 0 to 4 by halves: a better system more, each a little off."""
    given = [4.6 * system.skill - 0.5 + 1.6 * (_share(system.key, question, reader) - 0.5) for reader in ("a", "b")]
    return sum(min(4, max(0, round(score))) for score in given) / 2


def _right(row: dict[str, Any]) -> list[str]:
    answer = row["answer"]
    return [answer] if isinstance(answer, str) else sorted(answer)


def _wrong(row: dict[str, Any], share: float) -> list[str]:
    """A wrong answer: the other label, another option, or a set with one too few or one too many."""
    right = _right(row)
    if not row.get("kind"):
        return ["negative" if right == ["positive"] else "positive"]
    others = [option["key"] for option in row["options"] if option["key"] not in right]
    other = others[int(share * len(others))] if others else ""
    if row["kind"] == "single":
        return [other]
    if len(right) > 1 and (share < 0.5 or not other):
        return right[:-1]
    return sorted([*right, other])


def _share(*parts: str) -> float:
    """A number in [0, 1) that the parts decide."""
    return int.from_bytes(sha256("\x1f".join(parts).encode()).digest()[:6]) / 2**48
