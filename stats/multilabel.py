"""Answers that are sets of labels, label by label: each on its own, which go together, which are taken for another."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from stats.setlabels import members
from stats.table import Table

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def one_label(table: Table, label: Hashable) -> Table:
    """The question "does the answer have this label?" as a table of its own, with the categories no and yes."""
    labels, holds = members(table)
    if label not in labels:
        has = np.zeros(table.n_categories, dtype=np.int8)
    else:
        has = holds[:, labels.index(label)].astype(np.int8)
    codes = np.where(table.codes >= 0, has[table.codes], -1).astype(np.int8)
    return Table(table.units, table.raters, ("no", "yes"), codes)


def answer_counts(table: Table) -> IntArray:
    """How often each set was given, shape (q,)."""
    given = table.codes[table.codes >= 0]
    return np.bincount(given.astype(np.int64), minlength=table.n_categories)


def together(table: Table) -> tuple[list[Hashable], IntArray]:
    """The labels, and how many answers hold both of two labels, (labels, labels); the diagonal counts each alone."""
    labels, holds = members(table)
    held = holds.astype(np.int64)
    return labels, held.T @ (held * answer_counts(table)[:, None])


@dataclass(frozen=True)
class Confused:
    """`counts[i, j]`: how often one rater of a pair had `labels[i]` and the other `labels[j]` in its place.

    The diagonal counts labels that both had. The last row and column stand for "nothing in its place".
    """

    labels: list[Hashable]
    counts: FloatArray


def confused(table: Table) -> Confused:
    """Which labels raters put in each other's place, over all pairs of raters and both directions.

    Labels that both raters of a pair chose match each other. What one rater has over stands against each label
    the other has over, in equal parts that sum to 1 for each label; where the other has none over, against
    nothing. A pair counts in both directions, so the matrix is symmetric.
    """
    labels, holds = members(table)
    size = len(labels)
    counts = np.zeros((size + 1, size + 1))
    for (a, b), n in _set_pairs(table).items():
        mine, theirs = holds[a], holds[b]
        both = np.flatnonzero(mine & theirs)
        counts[both, both] += 2 * n
        _stand_against(counts, np.flatnonzero(mine & ~theirs), np.flatnonzero(theirs & ~mine), n)
    return Confused(labels, counts)


def _stand_against(counts: FloatArray, left: IntArray, right: IntArray, n: int) -> None:
    nothing = counts.shape[0] - 1
    rows = left if left.size else np.asarray([nothing])
    columns = right if right.size else np.asarray([nothing])
    if not left.size and not right.size:
        return
    share = max(left.size, right.size) / (rows.size * columns.size) * n
    for row in rows:
        counts[row, columns] += share
        counts[columns, row] += share


def _set_pairs(table: Table) -> dict[tuple[int, int], int]:
    """How often two raters gave two sets to one unit, by the codes of the sets."""
    found: dict[tuple[int, int], int] = {}
    q = table.n_categories
    for g, h in combinations(range(table.n_raters), 2):
        both = (table.codes[:, g] >= 0) & (table.codes[:, h] >= 0)
        keys = table.codes[both, g].astype(np.int64) * q + table.codes[both, h]
        for key, n in zip(*np.unique(keys, return_counts=True), strict=True):
            place = (int(key) // q, int(key) % q)
            found[place] = found.get(place, 0) + int(n)
    return found


def confusion_of_raters(table: Table) -> IntArray:
    """For answers of one label: how often one rater of a pair chose category a and the other b, (q, q), symmetric."""
    q = table.n_categories
    counts = np.zeros((q, q), dtype=np.int64)
    for (a, b), n in _set_pairs(table).items():
        counts[a, b] += n
        counts[b, a] += n
    return counts
