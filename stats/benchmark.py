"""Tests of models on items with known answers: accuracies, scores mapped to [0, 1], overall, differences, McNemar.

The unit is the item. Where a system answered an item in several rounds its score there is the mean over the rounds,
so rounds never count as more items.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from stats.bootstrap import draw, interval
from stats.intervals import wilson
from stats.result import Figure, Interval, Reason

FloatArray = npt.NDArray[np.float64]
REPLICATES = 1000
_AT_ONCE = 4_000_000
"""Draws held in memory at once."""


def exact_match(right: Collection[str], given: Collection[str]) -> float:
    """1 where exactly the right options were chosen, else 0. Nothing read counts as wrong."""
    return float(bool(given) and set(given) == set(right))


def elastic_match(right: Collection[str], given: Collection[str]) -> float:
    """The share of the right options that were chosen; 0 once a wrong one is among them, or none was read."""
    if not given or not set(given) <= set(right):
        return 0.0
    return len(set(given)) / len(set(right))


def to_unit(value: float, low: float, high: float) -> float:
    """A score on the scale low..high as a share of it: 3 on 0..4 is 0.75. Raises ValueError off the scale."""
    if not low < high or not low <= value <= high:
        raise ValueError(f"{value} does not lie on the scale {low} to {high}")
    return (value - low) / (high - low)


@dataclass(frozen=True)
class Scores:
    """What systems scored on items: `values` of shape (items, systems) in [0, 1], NaN where there is no score."""

    items: tuple[Hashable, ...]
    systems: tuple[Hashable, ...]
    values: FloatArray

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[tuple[Hashable, Hashable, float]],
        *,
        systems: Sequence[Hashable] = (),
        items: Sequence[Hashable] = (),
    ) -> Scores:
        """Rows are (item, system, score), one a round; declared systems and items keep their order.

        Raises ValueError naming the row of a score outside [0, 1].
        """
        at = {item: n for n, item in enumerate(items)}
        columns = {system: n for n, system in enumerate(systems)}
        cells: dict[tuple[int, int], list[float]] = {}
        for number, (item, system, value) in enumerate(rows, start=1):
            if not 0 <= value <= 1:
                raise ValueError(f"row {number}: the score {value!r} is not between 0 and 1")
            key = at.setdefault(item, len(at)), columns.setdefault(system, len(columns))
            cells.setdefault(key, []).append(value)
        values = np.full((len(at), len(columns)), np.nan)
        for key, found in cells.items():
            values[key] = sum(found) / len(found)
        return cls(tuple(at), tuple(columns), values)

    def of(self, system: Hashable, among: Iterable[Hashable] | None = None) -> FloatArray:
        """One system's defined scores, of all items or of those in `among`, in the order of the items."""
        if system not in self.systems:
            return np.empty(0)
        column = self._rows(among)[:, self.systems.index(system)]
        return column[np.isfinite(column)]

    def both(
        self, first: Hashable, second: Hashable, among: Iterable[Hashable] | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Two systems' scores on the items where both have one."""
        if first not in self.systems or second not in self.systems:
            return np.empty(0), np.empty(0)
        pair = self._rows(among)[:, [self.systems.index(first), self.systems.index(second)]]
        pair = pair[np.isfinite(pair).all(axis=1)]
        return pair[:, 0], pair[:, 1]

    def _rows(self, among: Iterable[Hashable] | None) -> FloatArray:
        if among is None:
            return self.values
        places = self._places
        return self.values[sorted(places[item] for item in set(among) if item in places)]

    @cached_property
    def _places(self) -> dict[Hashable, int]:
        return {item: n for n, item in enumerate(self.items)}


def mean_score(values: npt.ArrayLike, *, bootstrap: int = REPLICATES, seed: int = 1, level: float = 0.95) -> Figure:
    """Mean over items: an accuracy with Wilson's interval where all are 0 or 1, else with a percentile bootstrap."""
    scores = np.asarray(values, dtype=np.float64).reshape(-1)
    n = int(scores.size)
    if n == 0:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=0, method="mean over items")
    point = float(scores.mean())
    if bool(np.isin(scores, (0.0, 1.0)).all()):
        ci = wilson(float(scores.sum()), n, level=level)
        return Figure(point, ci=ci, n_items=n, method="share of right answers")
    ci, notes = _resampled(scores, point, bootstrap, seed, level)
    return Figure(point, ci=ci, n_items=n, method="mean over items", seed=seed, extra=notes)


def _resampled(
    values: FloatArray, point: float, bootstrap: int, seed: int, level: float
) -> tuple[Interval | None, dict[str, Any]]:
    """The percentile interval of a mean. Of many items those with equal values are drawn together."""
    if values.size < 2:
        return None, {"ci_reason": Reason.TOO_FEW_ITEMS}
    rng = np.random.default_rng(seed)
    if values.size * bootstrap <= _AT_ONCE:
        means = values[rng.integers(0, values.size, size=(bootstrap, values.size))].mean(axis=1)
    else:
        distinct, counts = np.unique(values, return_counts=True)
        means = draw(counts.astype(np.int64), bootstrap, rng) @ distinct / values.size
    ci, notes = interval(means, point, level=level)
    return ci, dict(notes)


def evenness(values: Iterable[float | None]) -> Figure:
    """The population standard deviation (ddof 0) of some scores, a topic's each: how even a system is."""
    scores = np.asarray([value for value in values if value is not None], dtype=np.float64)
    if scores.size < 2:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=int(scores.size), method="population SD")
    return Figure(float(scores.std(ddof=0)), n_items=int(scores.size), method="population SD")


def paired_difference(
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    *,
    bootstrap: int = REPLICATES,
    seed: int = 1,
    level: float = 0.95,
) -> Figure:
    """Mean of after - before over the same items.

    Right or wrong answers get the adjusted Wald interval of Bonett and Price (2012), other scores a percentile
    bootstrap over items. Raises ValueError for lists of unequal length.
    """
    x, y = _pair(before, after)
    n = int(x.size)
    if n == 0:
        return Figure(None, Reason.NO_OVERLAP, n_items=0, method="mean paired difference")
    point = float((y - x).mean())
    if _binary(x, y):
        return Figure(point, ci=_bonett_price(x, y, level), n_items=n, method="difference of paired proportions")
    ci, notes = _resampled(y - x, point, bootstrap, seed, level)
    return Figure(point, ci=ci, n_items=n, method="mean paired difference", seed=seed, extra=notes)


def _pair(first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    x = np.asarray(first, dtype=np.float64).reshape(-1)
    y = np.asarray(second, dtype=np.float64).reshape(-1)
    if x.size != y.size:
        raise ValueError(f"pairs need equally many values, got {x.size} and {y.size}")
    return x, y


def _binary(*columns: FloatArray) -> bool:
    return all(bool(np.isin(column, (0.0, 1.0)).all()) for column in columns)


def _bonett_price(x: FloatArray, y: FloatArray, level: float) -> Interval:
    n = x.size + 2
    gained = (float(((x == 0) & (y == 1)).sum()) + 1) / n
    lost = (float(((x == 1) & (y == 0)).sum()) + 1) / n
    gap = gained - lost
    half = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt((gained + lost - gap * gap) / n)
    return Interval(max(-1.0, gap - half), min(1.0, gap + half), level, "bonett-price")


def mcnemar(first: npt.ArrayLike, second: npt.ArrayLike) -> Figure:
    """McNemar's test of two systems on the same items, right (1) or wrong (0): `value` is the exact two-sided p.

    Beside it stand the counts (`both`, `first_only`, `second_only`, `neither`), the mid-p, and chi-square with and
    without continuity correction. Raises ValueError for other values than 0 and 1, as means over rounds are.
    """
    x, y = _pair(first, second)
    if not _binary(x, y):
        raise ValueError("McNemar's test needs right or wrong answers, 1 or 0")
    n, method = int(x.size), "McNemar, exact"
    counts = {
        "both": int(((x == 1) & (y == 1)).sum()),
        "first_only": int(((x == 1) & (y == 0)).sum()),
        "second_only": int(((x == 0) & (y == 1)).sum()),
        "neither": int(((x == 0) & (y == 0)).sum()),
    }
    if n == 0:
        return Figure(None, Reason.NO_OVERLAP, n_items=0, method=method, extra=counts)
    apart = counts["first_only"] + counts["second_only"]
    if apart == 0:
        return Figure(None, Reason.NO_VARIATION, n_items=n, method=method, extra=counts)
    return Figure(_exact(counts), n_items=n, method=method, extra={**counts, **_near(counts)})


def _exact(counts: Mapping[str, int]) -> float:
    """The exact two-sided p: as the chances are even, twice the smaller tail."""
    # Not scipy.stats, which takes seconds to load in each new process.
    from scipy.special import betainc

    less, more = sorted((counts["first_only"], counts["second_only"]))
    return 1.0 if less == more else min(1.0, 2 * float(betainc(more, less + 1, 0.5)))


def _near(counts: Mapping[str, int]) -> dict[str, float]:
    """The mid-p and the two chi-squares, each with its p."""
    from scipy.special import chdtrc

    b, c = counts["first_only"], counts["second_only"]
    plain, corrected = (b - c) ** 2 / (b + c), max(abs(b - c) - 1, 0) ** 2 / (b + c)
    mid = _exact(counts) - math.comb(b + c, b) / 2 ** (b + c) if b != c else 1.0
    return {
        "p_mid": min(mid, 1.0),
        "chi2": float(plain),
        "p_chi2": float(chdtrc(1, plain)),
        "chi2_corrected": float(corrected),
        "p_corrected": float(chdtrc(1, corrected)),
    }


def mcnemar_pairs(scores: Scores, among: Iterable[Hashable] | None = None) -> Figure:
    """McNemar's test of every pair of systems on the items both answered, Holm-adjusted over the pairs.

    Items whose score is neither 0 nor 1 (a mean over rounds that differ, a part of an answer) are left out of the
    pair and counted in `left_out`. `values` is a list with one entry a pair.
    """
    from stats.rank_tests import holm

    wanted = None if among is None else set(among)
    found: list[dict[str, Any]] = []
    for first, second in combinations(scores.systems, 2):
        x, y = scores.both(first, second, wanted)
        whole = np.isin(x, (0.0, 1.0)) & np.isin(y, (0.0, 1.0))
        test = mcnemar(x[whole], y[whole])
        gap = paired_difference(x[whole], y[whole])
        entry = {"systems": [first, second], "p": test.value, "reason": test.reason, "n": test.n_items}
        found.append({**entry, **test.extra, "difference": gap, "left_out": int((~whole).sum())})
    for entry, p in zip(found, holm([entry["p"] for entry in found]), strict=True):
        entry["p_holm"] = p
    return Figure(None, None if found else Reason.TOO_FEW_SYSTEMS, n_pairs=len(found), values=found)
