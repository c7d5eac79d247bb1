"""A/B comparisons as a table of votes, with every bad row named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stats.labels import Label, RowNames
from stats.rank_table import refuse_gaps
from stats.table import Table

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

FIRST_WORDS = frozenset({"a", "first", "left"})
SECOND_WORDS = frozenset({"b", "second", "right"})
TIE_WORDS = frozenset({"tie", "draw", "equal", "both", "same", "neither"})


@dataclass(frozen=True)
class Votes:
    """One row per vote: who judged which unit, the systems shown first and second, and the outcome.

    `outcome` is 1 where the first won, -1 where the second won, 0 for a tie. All arrays have shape (votes,)
    and hold positions in `units`, `raters` and `systems`.
    """

    units: tuple[Label, ...]
    raters: tuple[Label, ...]
    systems: tuple[Label, ...]
    unit: IntArray
    rater: IntArray
    first: IntArray
    second: IntArray
    outcome: IntArray

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[tuple[Label, Label, Label, Label, Any]],
        *,
        row_names: Sequence[str] | None = None,
    ) -> Votes:
        """Build from (unit, rater, a, b, winner); `read_outcome` says which winners it knows.

        None or "" is "not judged". Raises ValueError naming the row for an unknown winner, a system against
        itself, or a second vote of a rater on the same pair of a unit.
        """
        names = RowNames(row_names)
        axes: tuple[dict[Label, int], dict[Label, int], dict[Label, int]] = ({}, {}, {})
        seen: dict[tuple[Label, ...], int] = {}
        found: list[tuple[int, int, int, int, int]] = []
        for index, (unit, rater, a, b, winner) in enumerate(rows):
            _refuse_bad_pair(unit, rater, a, b, names(index))
            key = (unit, rater, *sorted((a, b), key=str))
            if seen.setdefault(key, index) != index:
                raise ValueError(
                    f"{names(index)}: rater {rater!r} compared {a!r} and {b!r} in unit {unit!r} already in "
                    f"{names(seen[key])}"
                )
            u, r, i, j = (
                _place(axes[axis], label) for axis, label in zip((0, 1, 2, 2), (unit, rater, a, b), strict=True)
            )
            if winner is not None and winner != "":
                found.append((u, r, i, j, read_outcome(a, b, winner, names(index))))
        columns = np.asarray(found, dtype=np.int64).reshape(-1, 5).T
        return cls(tuple(axes[0]), tuple(axes[1]), tuple(axes[2]), *columns)

    @property
    def k(self) -> int:
        """How many systems."""
        return len(self.systems)

    def oriented(self) -> tuple[IntArray, IntArray, IntArray]:
        """Lower system, higher system, and the outcome for the lower one: the side shown no longer
        matters.
        """
        swap = self.first > self.second
        low, high = np.where(swap, self.second, self.first), np.where(swap, self.first, self.second)
        return low, high, np.where(swap, -self.outcome, self.outcome)

    def agreement_table(self, *, as_shown: bool = False) -> Table:
        """A label table with one item per unit and pair of systems, and the classes first, tie, second.

        `as_shown` keeps the sides of the rows; otherwise the pair has one fixed orientation, which is what
        raters who saw different sides must be compared in.
        """
        low, high, lean = self.oriented()
        keys = (self.unit * self.k + low) * self.k + high
        places, item = np.unique(keys, return_inverse=True)
        codes = np.full((places.size, len(self.raters)), -1, dtype=np.int64)
        codes[item.reshape(-1), self.rater] = 1 - (self.outcome if as_shown else lean)
        return Table.from_codes(codes, ("first", "tie", "second"))

    def win_arrays(self, n_groups: int, group: IntArray) -> tuple[FloatArray, FloatArray]:
        """Wins (groups, k, k), row over column, and symmetric ties, counted within groups of votes."""
        wins, ties = np.zeros((n_groups, self.k, self.k)), np.zeros((n_groups, self.k, self.k))
        winner = np.where(self.outcome >= 0, self.first, self.second)
        loser = np.where(self.outcome >= 0, self.second, self.first)
        level = self.outcome == 0
        np.add.at(wins, (group[~level], winner[~level], loser[~level]), 1.0)
        np.add.at(ties, (group[level], winner[level], loser[level]), 1.0)
        return wins, ties + ties.transpose(0, 2, 1)


def _place(axis: dict[Label, int], label: Label) -> int:
    return axis.setdefault(label, len(axis))


def _refuse_bad_pair(unit: Label, rater: Label, a: Label, b: Label, name: str) -> None:
    refuse_gaps((unit, rater, a, b), "a unit, a rater and two systems", name)
    if a == b:
        raise ValueError(f"{name}: system {a!r} is compared with itself")


def read_outcome(a: Label, b: Label, winner: Any, name: str) -> int:
    """1 where the first won, -1 where the second won, 0 for a tie.

    The winner is the name of one of the two systems, a word for its side (a, left, first; b, right, second)
    or for a tie (tie, draw, equal, both, same, neither). A system's own name goes before the words, so
    systems may be called
    "a" and "b". Raises ValueError naming the row for anything else.
    """
    if winner == a:
        return 1
    if winner == b:
        return -1
    word = str(winner).strip().lower()
    if word in FIRST_WORDS:
        return 1
    if word in SECOND_WORDS:
        return -1
    if word in TIE_WORDS:
        return 0
    raise ValueError(f"{name}: winner {winner!r} is neither {a!r} nor {b!r} nor a tie")
