"""Long rows (unit, rater, value) to one coded matrix, with every bad row named.

A label is compared as it is written: "10" and "2", "nan" and "None" are ordinary labels. Only None and the
empty string mean "not rated"; a float NaN is an error, because nobody can tell whether it was meant as an
answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from stats.labels import Label, RowNames, code_labels
from stats.patterns import Codes, IntArray, Patterns, count_patterns, row_patterns

MISSING = -1


@dataclass(frozen=True)
class Table:
    """Ratings as category codes.

    `codes` has shape (units, raters); -1 stands for "not rated", otherwise the position in `categories`,
    which keeps the declared order. Categories nobody used stay in.
    """

    units: tuple[Label, ...]
    raters: tuple[Label, ...]
    categories: tuple[Label, ...]
    codes: Codes

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[tuple[Label, Label, Any]],
        *,
        categories: Sequence[Label] | None = None,
        level: str = "nominal",
        row_names: Sequence[str] | None = None,
    ) -> Self:
        """Build from long rows of (unit, rater, value).

        `categories` is the declared set in its order; without it the observed labels are taken, numbers in
        numeric order. `row_names` replaces "row 1", "row 2" ... in messages. Raises ValueError that names
        the row for a label outside the set, NaN, a missing unit or rater, or a second value for the same
        unit and rater.
        """
        names = RowNames(row_names)
        units, raters, where, labels = _collect(rows, names)
        known, codes = code_labels(labels, categories, level=level, names=names)
        matrix = np.full((len(units), len(raters)), MISSING, dtype=_code_type(len(known)))
        if where:
            positions = np.asarray(where, dtype=np.int64)
            matrix[positions[:, 0], positions[:, 1]] = codes
        return cls(tuple(units), tuple(raters), known, matrix)

    @classmethod
    def from_matrix(
        cls,
        matrix: Sequence[Sequence[Any]],
        *,
        categories: Sequence[Label] | None = None,
        level: str = "nominal",
        units: Sequence[Label] | None = None,
        raters: Sequence[Label] | None = None,
    ) -> Self:
        """Build from one row per unit and one column per rater; None or "" is "not rated".

        Raises ValueError naming the row where the rows differ in length or a label is not declared.
        """
        width = len(matrix[0]) if len(matrix) else len(raters or ())
        for number, row in enumerate(matrix, start=1):
            if len(row) != width:
                raise ValueError(f"row {number}: {len(row)} values where row 1 has {width}")
        unit_names = list(units) if units is not None else [str(i + 1) for i in range(len(matrix))]
        rater_names = list(raters) if raters is not None else [str(j + 1) for j in range(width)]
        if len(unit_names) != len(matrix) or len(rater_names) != width:
            raise ValueError("as many unit and rater names as the matrix has rows and columns are needed")
        rows = [
            (unit, rater, value)
            for unit, row in zip(unit_names, matrix, strict=True)
            for rater, value in zip(rater_names, row, strict=True)
        ]
        numbers = [f"row {i + 1}" for i in range(len(matrix)) for _ in range(width)]
        return cls.from_rows(rows, categories=categories, level=level, row_names=numbers)

    @classmethod
    def from_codes(cls, codes: npt.ArrayLike, categories: Sequence[Label]) -> Self:
        """Build from ready codes of shape (units, raters), -1 for "not rated"; for large data and
        simulations."""
        array = np.asarray(codes)
        if array.ndim != 2:
            raise ValueError("codes must have two dimensions: units x raters")
        if array.size and (array.min() < MISSING or array.max() >= len(categories)):
            bad = int(np.argmax(((array < MISSING) | (array >= len(categories))).any(axis=1)))
            raise ValueError(f"row {bad + 1}: a code outside -1..{len(categories) - 1}")
        typed = np.ascontiguousarray(array, dtype=_code_type(len(categories)))
        return cls(tuple(range(array.shape[0])), tuple(range(array.shape[1])), tuple(categories), typed)

    @property
    def n_raters(self) -> int:
        """Raters named in the rows, whether or not they overlap with others."""
        return len(self.raters)

    @cached_property
    def by_count(self) -> Patterns:
        """Units grouped by how many raters chose each category."""
        return count_patterns(self.codes, self.n_categories)

    @cached_property
    def by_row(self) -> Patterns:
        """Units grouped by who chose what."""
        return row_patterns(self.codes, self.n_categories)

    @property
    def n_categories(self) -> int:
        """Declared categories, used or not."""
        return len(self.categories)

    @cached_property
    def ratings_per_unit(self) -> IntArray:
        """Shape (units,): how many raters rated each unit."""
        return np.asarray((self.codes >= 0).sum(axis=1), dtype=np.int64)

    @property
    def n_pairable(self) -> int:
        """Units with at least two ratings: the ones that can show agreement."""
        return int((self.ratings_per_unit >= 2).sum())

    @property
    def n_rated(self) -> int:
        """Units with at least one rating."""
        return int((self.ratings_per_unit >= 1).sum())

    @property
    def counts(self) -> IntArray:
        """Shape (units, categories): how many raters put each unit into each category."""
        return count_matrix(self.codes, self.n_categories)

    @property
    def pattern_counts(self) -> npt.NDArray[np.float64]:
        """Shape (patterns of `by_count`, categories): the counts each pattern stands for."""
        return count_matrix(self.codes[self.by_count.first], self.n_categories).astype(np.float64)

    def keep_raters(self, keep: Sequence[int]) -> Self:
        """The same table with only these columns."""
        index = np.asarray(keep, dtype=np.int64)
        return type(self)(self.units, tuple(self.raters[i] for i in keep), self.categories, self.codes[:, index])

    def keep_units(self, mask: npt.ArrayLike) -> Table:
        """The same table with only the units where `mask` (shape (units,)) is true."""
        return self.keep_units_at(np.flatnonzero(np.asarray(mask, dtype=bool)))

    def keep_units_at(self, rows: IntArray) -> Table:
        """The same table with only the units at these positions, in this order."""
        return Table(tuple(self.units[i] for i in rows), self.raters, self.categories, self.codes[rows])


def count_matrix(codes: Codes, q: int) -> IntArray:
    """Codes (items, raters) to counts (items, q)."""
    counts = np.zeros((codes.shape[0], q), dtype=np.int64)
    for k in range(q):
        counts[:, k] = (codes == k).sum(axis=1)
    return counts


def _collect(
    rows: Iterable[tuple[Label, Label, Any]], names: RowNames
) -> tuple[dict[Label, int], dict[Label, int], list[tuple[int, int]], list[tuple[int, Any]]]:
    """Units, raters, the place of every rating, and (row index, label) of every rating."""
    units: dict[Label, int] = {}
    raters: dict[Label, int] = {}
    where: list[tuple[int, int]] = []
    labels: list[tuple[int, Any]] = []
    seen: dict[tuple[int, int], int] = {}
    for index, (unit, rater, value) in enumerate(rows):
        if unit is None or unit == "" or rater is None or rater == "":
            raise ValueError(f"{names(index)}: a row needs both a unit and a rater")
        place = (units.setdefault(unit, len(units)), raters.setdefault(rater, len(raters)))
        first = seen.setdefault(place, index)
        if first != index:
            raise ValueError(
                f"{names(index)}: rater {rater!r} rated unit {unit!r} already in {names(first)}; "
                "one value for each unit and rater"
            )
        if value is None or value == "":
            continue
        if isinstance(value, float) and math.isnan(value):
            raise ValueError(f"{names(index)}: the value is NaN; leave it empty where nothing was rated")
        where.append(place)
        labels.append((index, value))
    return units, raters, where, labels


def _code_type(n_categories: int) -> type[np.signedinteger[Any]]:
    """int8 while it suffices: a million ratings then fit the processor's cache better."""
    return np.int8 if n_categories <= np.iinfo(np.int8).max else np.int32
