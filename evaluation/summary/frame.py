"""What every chapter of a blind report begins with: the judgements, how figures are drawn, what systems are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.results.judged import Judged
from projects.models import Study
from reports.summary import Cell


@dataclass(frozen=True)
class Work:
    """A study's judgements with how figures are drawn from them."""

    data: Judged
    seed: int
    replicates: int

    @property
    def study(self) -> Study:
        """The study."""
        return self.data.study

    @property
    def draw(self) -> dict[str, int]:
        """How the bootstrap is drawn, as `stats` wants it."""
        return {"bootstrap": self.replicates, "seed": self.seed}

    def name(self, system: int | str) -> str:
        """Return what readers may call a system."""
        return self.data.names[int(system)]


def order(work: Work) -> list[int]:
    """Return the systems by what they are called, System 2 before System 10."""
    return sorted(work.data.names, key=lambda key: (len(work.data.names[key]), work.data.names[key]))


def best(rows: Mapping[int, float], *, lowest: bool) -> int | None:
    """Return the system with the best value."""
    if not rows:
        return None
    return (min if lowest else max)(rows, key=lambda key: rows[key])


def strong(value: Any, *, when: bool) -> Any:
    """Return a cell, set apart where it is the best."""
    return Cell(value, strong=True) if when else value
