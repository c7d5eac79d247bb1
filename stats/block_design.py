"""Who judges what: incomplete block designs in which every two raters share about the same number of units.

A unit asks for raters from one or several pools (who speak its language; so many experts, so many students). Raters
are taken one at a time, those first who have shared least with the ones already taken; then single raters are
exchanged as long as that makes the numbers more even. What is minimised is the sum of squares over pairs, which for a
fixed number of pairs is least where all are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

EXCHANGES = 100_000
"""Places looked at for an exchange, at most: a few seconds."""
ROUNDS = 60
"""How often each place is looked at, at most."""
PLATEAU = 0.2
"""An exchange may make the squares of the numbers of units worse by so little, never those of the pairs."""
LOAD = 0.05
"""How much an uneven number of units counts beside uneven pairs."""


@dataclass(frozen=True)
class Demand:
    """So many raters out of a pool (their numbers)."""

    pool: tuple[int, ...]
    count: int


Unit = tuple[Demand, ...]
Chosen = list[list[int]]


@dataclass(frozen=True)
class Evenness:
    """How many units the pairs of raters share who could share some: least, mean, most."""

    least: int
    mean: float
    most: int
    pairs: int
    between: tuple[int, int] = (0, 0)
    """The classes of the two raters."""

    @property
    def off(self) -> float:
        """The largest distance from the mean, as a share of it."""
        return max(self.most - self.mean, self.mean - self.least) / self.mean if self.mean else 0.0


def balanced(
    units: Sequence[Unit], raters: int, *, seed: int, tell: Callable[[int], None] = lambda done: None
) -> Chosen:
    """Return for each unit its raters, one list for each of its demands in a row; fewer where a pool is too small.

    The same units and seed give the same design. `tell` hears how many units are done.
    """
    board = _Board(raters, np.random.default_rng(seed))
    chosen: Chosen = []
    for n, unit in enumerate(units):
        chosen.append(board.fill(unit))
        if n % 500 == 0:
            tell(n)
    board.improve(units, chosen)
    return chosen


def shared(chosen: Sequence[Sequence[int]], raters: int) -> IntArray:
    """Return how many units every two raters share, shape (raters, raters), with zeros on the diagonal."""
    member = np.zeros((len(chosen), raters), dtype=np.float64)
    for n, row in enumerate(chosen):
        member[n, list(row)] = 1
    # In floats, where the product is fast; counts of units are exact in them.
    found: IntArray = np.rint(member.T @ member).astype(np.int64)
    np.fill_diagonal(found, 0)
    return found


def evenness(together: IntArray, classes: Sequence[int]) -> list[Evenness]:
    """Return how even the pairs are, one entry for every two classes of raters who share units at all.

    Only pairs of the same two classes can be asked to share the same number: an expert and a student meet more often
    than two experts do where a unit has one expert and three students.
    """
    kind = np.asarray(classes)
    found = []
    for one in np.unique(kind):
        for other in np.unique(kind[kind >= one]):
            block = together[np.ix_(kind == one, kind == other)]
            values = block[np.triu_indices_from(block, 1)] if one == other else block.ravel()
            if values.size and values.any():
                found.append(
                    Evenness(
                        int(values.min()),
                        float(values.mean()),
                        int(values.max()),
                        int(values.size),
                        (int(one), int(other)),
                    )
                )
    return found


class _Board:
    """What has been given out so far: units by pair and by rater."""

    def __init__(self, raters: int, rng: np.random.Generator) -> None:
        self.together = np.zeros((raters, raters), dtype=np.int64)
        self.load = np.zeros(raters, dtype=np.int64)
        self.rng = rng
        self.pools: dict[tuple[int, ...], IntArray] = {}

    def pool(self, demand: Demand) -> IntArray:
        """Return a demand's pool as an array, made once."""
        if demand.pool not in self.pools:
            self.pools[demand.pool] = np.asarray(demand.pool, dtype=np.int64)
        return self.pools[demand.pool]

    def fill(self, unit: Unit) -> list[int]:
        """Choose a unit's raters and count them."""
        row: list[int] = []
        for demand in unit:
            for _ in range(demand.count):
                if (best := self._next(self.pool(demand), row)) is not None:
                    row.append(best)
        self._count(row)
        return row

    def _next(self, pool: IntArray, row: list[int]) -> int | None:
        free = pool[~np.isin(pool, row)] if row else pool
        if not free.size:
            return None
        cost = self.load[free] * (LOAD if row else 1.0) + self.rng.random(free.size) * 1e-3
        if row:
            cost = cost + self.together[row][:, free].sum(axis=0)
        return int(free[cost.argmin()])

    def _count(self, row: list[int]) -> None:
        self.load[row] += 1
        for at, one in enumerate(row):
            others = row[:at] + row[at + 1 :]
            self.together[one, others] += 1

    def improve(self, units: Sequence[Unit], chosen: Chosen) -> None:
        """Exchange single raters until pairs are as even as can be, or enough places have been looked at.

        Exchanges that change nothing in the squares are made as well: they lead to others that do.
        """
        size = sum(map(len, chosen))
        left = min(EXCHANGES, ROUNDS * size) if size else 0
        classes = self._classes(units)
        while left > 0 and any(one.most - one.least > 1 for one in evenness(self.together, classes)):
            for unit, row in zip(units, chosen, strict=True):
                left -= len(row)
                self._exchange(unit, row)

    def _classes(self, units: Sequence[Unit]) -> list[int]:
        """Number the raters so that those who stand in the same pools have the same number."""
        found: list[list[int]] = [[] for _ in self.load]
        for n, pool in enumerate({demand.pool for unit in units for demand in unit}):
            for rater in pool:
                found[rater].append(n)
        numbers: dict[tuple[int, ...], int] = {}
        return [numbers.setdefault(tuple(pools), len(numbers)) for pools in found]

    def _exchange(self, unit: Unit, row: list[int]) -> None:
        """Put another rater of the same pool in each place where that does not make the squares larger."""
        at = 0
        for demand in unit:
            pool = self.pool(demand)
            for place in range(at, min(at + demand.count, len(row))):
                self._exchange_one(pool, row, place)
            at += min(demand.count, pool.size)

    def _exchange_one(self, pool: IntArray, row: list[int], place: int) -> None:
        one, others = row[place], row[:place] + row[place + 1 :]
        free = pool[~np.isin(pool, row)]
        if not free.size:
            return
        gain = 2 * (self.together[others][:, free].sum(axis=0) - self.together[others, one].sum() + len(others))
        gain = gain + 2 * LOAD * (self.load[free] - self.load[one] + 1)
        # Ties in any order, so that walking among equals leads somewhere.
        best = int((gain + self.rng.random(free.size) * 1e-3).argmin())
        if gain[best] > PLATEAU:
            return
        other = int(free[best])
        for who, step in ((one, -1), (other, 1)):
            self.load[who] += step
            self.together[who, others] += step
            self.together[others, who] += step
        row[place] = other
