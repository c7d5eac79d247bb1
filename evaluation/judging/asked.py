"""What a judge is asked for: criteria with what may be said of each, in one of three modes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LETTERS = "ABCDEFGHIJKL"
TIE = "tie"
RANKING = "ranking"
JOINTS = re.compile(r"[\s_\-/&,，、·.*#\"'“”‘’「」()（）\[\]【】]+")


class Mode(StrEnum):
    """How responses are put before a judge."""

    SCORES = "scores"  # one response, a number for each criterion
    PAIRS = "pairs"  # two responses, a choice for each criterion
    LISTS = "lists"  # several responses, put in order


@dataclass(frozen=True)
class Asked:
    """One thing that must be answered: its key, the names it may go by, and for a score the values allowed."""

    key: str
    names: tuple[str, ...] = ()
    values: tuple[int, ...] = ()

    @property
    def top(self) -> int:
        """The highest value of the scale."""
        return max(self.values)


@dataclass(frozen=True)
class Question:
    """All that one call asks for. `letters` are those of the responses shown; a single one has none."""

    mode: Mode
    asked: tuple[Asked, ...]
    letters: str = ""

    def named(self) -> dict[str, Asked]:
        """Return what is asked for by every name it may go by, as `plain` makes them."""
        return {plain(name): one for one in self.asked for name in (one.key, *one.names)}


def question(mode: str, criteria: Sequence[Mapping[str, Any]], shown: int) -> Question:
    """Return what a judge is asked under these criteria about so many responses.

    Raises ValueError where a score is asked for and a criterion has no points, or where the responses do not fit.
    """
    how = Mode(mode)
    if (how is Mode.SCORES and shown != 1) or (how is Mode.PAIRS and shown != 2) or not 1 <= shown <= len(LETTERS):
        raise ValueError(f"{how}: {shown} responses")
    letters = "" if how is Mode.SCORES else LETTERS[:shown]
    if how is Mode.LISTS:
        return Question(how, (Asked(RANKING, ("ranking", "order", "排序", "排名")),), letters)
    return Question(how, tuple(_criterion(how, row) for row in criteria), letters)


def _criterion(how: Mode, row: Mapping[str, Any]) -> Asked:
    values = tuple(int(point["value"]) for point in row.get("points") or ()) if how is Mode.SCORES else ()
    if how is Mode.SCORES and len(values) < 2:
        raise ValueError(f"“{row['key']}” has no scale")
    return Asked(str(row["key"]), (str(row["name"]),), values)


def plain(name: str) -> str:
    """Return a name without what does not tell it from others: width, case, spaces, joints, marks of emphasis."""
    return JOINTS.sub("", unicodedata.normalize("NFKC", name).casefold())
