"""How many n-grams texts share with their references, for many texts at once.

A text is a row of whole numbers, one a token or a character. An n-gram becomes one number, made of the text it stands
in and its tokens' numbers; sorting these counts them, for all texts together. Counts are exact: where the numbers
would grow too large for 64 bits they are numbered anew first.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
LARGEST = 2**62
AT_ONCE = 2_000_000
"""Tokens compared at once."""


@dataclass(frozen=True)
class Rows:
    """Texts as numbers, one after another, with the length of each."""

    numbers: IntArray
    lengths: IntArray

    def totals(self, orders: int) -> FloatArray:
        """How many n-grams of order 1 to `orders` each text has, shape (texts, orders)."""
        found: IntArray = np.maximum(0, self.lengths[:, None] - np.arange(orders))
        return found.astype(np.float64)

    def part(self, first: int, last: int) -> Rows:
        """The texts from `first` up to but without `last`."""
        start, length = self.lengths[:first].sum(), self.lengths[first:last].sum()
        return Rows(self.numbers[start : start + length], self.lengths[first:last])


def numbered(*sides: Sequence[Sequence[Hashable]]) -> list[Rows]:
    """Texts by their tokens: equal tokens have equal numbers on all sides."""
    numbers: dict[Hashable, int] = {}
    found = []
    for texts in sides:
        row = [numbers.setdefault(token, len(numbers)) for text in texts for token in text]
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        found.append(Rows(np.array(row, dtype=np.int64), lengths))
    return found


def characters(texts: Sequence[str]) -> Rows:
    """Texts by their characters, white space left out."""
    bare = ["".join(text.split()) for text in texts]
    numbers = np.frombuffer("".join(bare).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    return Rows(numbers, np.array([len(text) for text in bare], dtype=np.int64))


def shared(ours: Rows, theirs: Rows, orders: int) -> FloatArray:
    """How many n-grams each text shares with its reference, each as often as both have it; shape (texts, orders).

    Orders are 1 to `orders`. Raises ValueError where there is not one reference for each text.
    """
    if ours.lengths.size != theirs.lengths.size:
        raise ValueError(f"{ours.lengths.size} texts for {theirs.lengths.size} references")
    blocks = _blocks(ours.lengths + theirs.lengths)
    parts = [_shared(ours.part(*block), theirs.part(*block), orders) for block in blocks]
    return np.concatenate(parts) if parts else np.zeros((0, orders))


def _blocks(sizes: IntArray) -> list[tuple[int, int]]:
    """The first and the last text but one of blocks that hold some millions of tokens each."""
    ends = np.flatnonzero(np.diff(np.cumsum(sizes) // AT_ONCE)) + 1
    edges = [0, *ends.tolist(), sizes.size]
    return [(first, last) for first, last in pairwise(edges) if first < last]


def _shared(ours: Rows, theirs: Rows, orders: int) -> FloatArray:
    texts, split = ours.lengths.size, ours.numbers.size
    result = np.zeros((texts, orders))
    # Both sides in one row, so that equal n-grams have equal numbers on both.
    both = Rows(np.concatenate([ours.numbers, theirs.numbers]), np.concatenate([ours.lengths, theirs.lengths]))
    owner = np.repeat(np.tile(np.arange(texts), 2), both.lengths)
    mine = np.arange(owner.size) < split
    for order, (grams, size, places) in enumerate(_grams(both, orders, texts)):
        result[:, order] = _common(owner[places] * size + grams, mine[places], size, texts)
    return result


def _grams(rows: Rows, orders: int, room: int) -> Iterator[tuple[IntArray, int, IntArray]]:
    """For each order the number of every n-gram, the first number beyond them, and the places where they begin.

    Numbers are so small that they can still be multiplied by `room`.
    """
    tokens, width = _numbered(rows.numbers)
    left = np.repeat(np.cumsum(rows.lengths), rows.lengths) - np.arange(tokens.size)
    grams, size = tokens, width
    for order in range(1, orders + 1):
        if order > 1:
            if size * width * room > LARGEST:
                grams, size = _numbered(grams)
            grams, size = grams[:-1] * width + tokens[order - 1 :], size * width
        places = np.flatnonzero(left[: grams.size] >= order)
        yield grams[places], size, places


def different(rows: Rows, orders: int) -> list[tuple[int, int]]:
    """For each order how many different n-grams all texts hold together, and how many n-grams."""
    return [(int(np.unique(grams).size), int(grams.size)) for grams, _size, _places in _grams(rows, orders, 1)]


def _numbered(values: IntArray) -> tuple[IntArray, int]:
    """The same row with the numbers 0, 1, ... for its different values, and how many there are."""
    different, numbers = np.unique(values, return_inverse=True)
    return numbers.reshape(-1).astype(np.int64), int(different.size)


def _common(keys: IntArray, mine: npt.NDArray[np.bool_], size: int, texts: int) -> FloatArray:
    """By text, how many n-grams stand on both sides; a key is the text's number times `size` and the n-gram's."""
    ours, times = np.unique(keys[mine], return_counts=True)
    theirs, most = np.unique(keys[~mine], return_counts=True)
    if not ours.size or not theirs.size:
        return np.zeros(texts)
    at = np.minimum(np.searchsorted(theirs, ours), theirs.size - 1)
    hit = theirs[at] == ours
    both = np.minimum(times[hit], most[at[hit]]).astype(np.float64)
    return np.bincount(ours[hit] // size, weights=both, minlength=texts).astype(np.float64)
