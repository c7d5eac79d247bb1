"""Items that look alike are counted once: the distinct patterns of a table with their multiplicities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
Codes = npt.NDArray[np.signedinteger[Any]]

_DENSE = 1 << 20
"""Up to so many possible patterns they are counted in an array, without sorting the items."""


@dataclass(frozen=True)
class Patterns:
    """`member[i]` is the pattern of item i, `multiplicity[p]` how many items show it, `first[p]` one that
    does."""

    member: IntArray
    multiplicity: IntArray
    first: IntArray

    @property
    def n_items(self) -> int:
        """All items, counted with multiplicity."""
        return int(self.member.size)


def count_patterns(codes: Codes, q: int) -> Patterns:
    """Items of codes (items, raters) over q categories, grouped by how many raters chose each category."""
    base = codes.shape[1] + 1
    if base**q < 1 << 62:
        powers = np.array([0, *(base**k for k in range(q))], dtype=np.int64)
        keys = np.zeros(codes.shape[0], dtype=np.int64)
        for column in codes.T:
            keys += powers[column.astype(np.int64) + 1]
        return _group(keys, base**q)
    return _group_rows(np.sort(codes, axis=1))


def row_patterns(codes: Codes, q: int) -> Patterns:
    """Items grouped by who chose what."""
    base, m = q + 1, codes.shape[1]
    if base**m < 1 << 62:
        keys = np.zeros(codes.shape[0], dtype=np.int64)
        for g, column in enumerate(codes.T):
            keys += (column.astype(np.int64) + 1) * base**g
        return _group(keys, base**m)
    return _group_rows(codes)


def _group(keys: IntArray, size: int) -> Patterns:
    """Group equal keys in 0..size-1."""
    if size > _DENSE:
        _, first, member, multiplicity = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        return Patterns(member.reshape(-1), multiplicity, first)
    counts = np.bincount(keys, minlength=size)
    used = np.flatnonzero(counts)
    place = np.zeros(size, dtype=np.int64)
    place[used] = np.arange(used.size)
    member = place[keys]
    first = np.zeros(used.size, dtype=np.int64)
    first[member[::-1]] = np.arange(keys.size - 1, -1, -1)
    return Patterns(member, counts[used], first)


def _group_rows(codes: Codes) -> Patterns:
    """Group equal rows whose key would not fit a machine integer, by their bytes."""
    rows = np.ascontiguousarray(codes)
    if rows.size == 0:
        return _group(np.zeros(rows.shape[0], dtype=np.int64), 1)
    keys = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).reshape(-1)
    _, first, member, multiplicity = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    return Patterns(member.reshape(-1), multiplicity, first)
