"""Rows from the database as arrays of whole numbers, and codes for what is no number. Importing this loads numpy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
DayArray = npt.NDArray[np.datetime64]

NONE = -1
BLOCK = 20_000


class Names:
    """Codes for whatever is met, in the order in which it is met; -1 for None."""

    def __init__(self) -> None:
        self.known: dict[Any, int] = {}

    def code(self, value: Any) -> int:
        """Return the code of a value, a new one where it is new."""
        return NONE if value is None else self.known.setdefault(value, len(self.known))

    @property
    def names(self) -> list[Any]:
        """The values, by code."""
        return list(self.known)


def blocks_of(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows by the block."""
    while block := list(islice(rows, BLOCK)):
        yield block


def columns(rows: Iterator[tuple[Any, ...]], size: int) -> list[IntArray]:
    """Return the columns of rows of whole numbers."""
    blocks = [np.asarray(block, dtype=np.int64).reshape(-1, size) for block in blocks_of(rows)]
    whole = np.concatenate(blocks) if blocks else np.empty((0, size), dtype=np.int64)
    return list(whole.T)


def places(known: IntArray, wanted: IntArray) -> IntArray:
    """Return where each wanted key stands among sorted `known` ones, -1 where it does not."""
    if not known.size:
        return np.full(wanted.size, NONE, dtype=np.int64)
    at = np.minimum(np.searchsorted(known, wanted), known.size - 1)
    return np.where(known[at] == wanted, at, NONE)
