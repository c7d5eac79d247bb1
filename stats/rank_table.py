"""Rankings as an array: unit x rater x system, with every bad row named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from stats.labels import Label, RowNames, as_number

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RankTable:
    """`ranks` has shape (units, raters, systems); 1 is best, NaN stands for "not ranked"."""

    units: tuple[Label, ...]
    raters: tuple[Label, ...]
    systems: tuple[Label, ...]
    ranks: FloatArray

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[tuple[Label, Label, Label, Any]],
        *,
        systems: Sequence[Label] | None = None,
        row_names: Sequence[str] | None = None,
    ) -> RankTable:
        """Build from (unit, rater, system, rank). None or "" is "not ranked".

        Raises ValueError naming the row for a rank that is no number, an undeclared system, an empty name,
        or a second rank for the same unit, rater and system.
        """
        names = RowNames(row_names)
        axes: tuple[dict[Label, int], dict[Label, int], dict[Label, int]] = ({}, {}, {})
        for system in systems or ():
            axes[2].setdefault(system, len(axes[2]))
        cells: dict[tuple[int, ...], tuple[int, float]] = {}
        for index, (unit, rater, system, rank) in enumerate(rows):
            labels = (unit, rater, system)
            refuse_gaps(labels, "a unit, a rater and a system", names(index))
            if systems is not None and system not in axes[2]:
                raise ValueError(f"{names(index)}: system {system!r} is not declared")
            place = tuple(axis.setdefault(label, len(axis)) for axis, label in zip(axes, labels, strict=True))
            if place in cells:
                raise ValueError(
                    f"{names(index)}: rater {rater!r} ranked {system!r} in unit {unit!r} already in "
                    f"{names(cells[place][0])}"
                )
            cells[place] = (index, rank_number(rank, names(index)))
        return cls._filled(axes, cells)

    @classmethod
    def _filled(cls, axes: tuple[dict[Label, int], ...], cells: dict[tuple[int, ...], tuple[int, float]]) -> RankTable:
        ranks = np.full([len(axis) for axis in axes], np.nan)
        if cells:
            where = tuple(np.asarray(list(cells), dtype=np.int64).T)
            ranks[where] = [rank for _, rank in cells.values()]
        return cls(tuple(axes[0]), tuple(axes[1]), tuple(axes[2]), ranks)

    def keep_raters(self, keep: Sequence[int]) -> Self:
        """The same table with only these raters."""
        index = np.asarray(keep, dtype=np.int64)
        return type(self)(self.units, tuple(self.raters[j] for j in keep), self.systems, self.ranks[:, index, :])

    @property
    def k(self) -> int:
        """How many systems."""
        return len(self.systems)

    @cached_property
    def complete(self) -> BoolArray:
        """Shape (units, raters): the rater ranked every system of the unit."""
        if not self.k:
            return np.zeros(self.ranks.shape[:2], dtype=np.bool_)
        return np.asarray(np.isfinite(self.ranks).all(axis=2))

    @cached_property
    def started(self) -> BoolArray:
        """Shape (units, raters): the rater ranked at least one system of the unit."""
        return np.asarray(np.isfinite(self.ranks).any(axis=2))

    @cached_property
    def tied_ranks(self) -> FloatArray:
        """Like `ranks`, re-ranked 1..k within each complete ranking, ties sharing their mean; else NaN."""
        whole = np.where(self.complete[:, :, None], self.ranks, np.nan)
        below = (whole[..., None, :] < whole[..., :, None]).sum(axis=-1)
        equal = (whole[..., None, :] == whole[..., :, None]).sum(axis=-1)
        return np.where(self.complete[:, :, None], below + (equal + 1) / 2, np.nan)


def refuse_gaps(labels: tuple[Label, ...], wanted: str, name: str) -> None:
    """Raises ValueError naming the row where one of the labels is missing."""
    if None in labels or "" in labels:
        raise ValueError(f"{name}: a row needs {wanted}")


def rank_number(rank: Any, name: str) -> float:
    """The rank as a number, NaN where it is empty. Raises ValueError naming the row."""
    if rank is None or rank == "":
        return float("nan")
    number = as_number(rank)
    if number is None:
        raise ValueError(f"{name}: rank {rank!r} is not a number")
    return number
