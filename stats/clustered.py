"""Two columns of numbers, such as human and judge, with intervals that resample whole clusters (questions).

Rows that are alike in both numbers are counted once; every statistic is a function of the counts, so all replicates
are worked off at once. Tests hold them to scipy on the same resample.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import numpy.typing as npt

from stats.kernels import divide

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

STATISTICS = ("pearson", "spearman", "kendall_tau_b", "icc_a1", "mean_difference", "mae")
_MOST_SIGNS = 1500
"""Up to so many distinct pairs of numbers, concordance is one matrix product; beyond, scipy counts each replicate."""


def numbered(labels: Sequence[Hashable] | None, n: int) -> IntArray:
    """The number of each row's cluster; without labels every row is its own. ValueError for another length."""
    if labels is None:
        return np.arange(n, dtype=np.int64)
    if len(labels) != n:
        raise ValueError(f"{len(labels)} group labels for {n} rows")
    index: dict[Hashable, int] = {}
    return np.asarray([index.setdefault(label, len(index)) for label in labels], dtype=np.int64)


class Pairs:
    """Paired numbers x and y in clusters, for weights over the clusters (B, clusters)."""

    def __init__(self, x: FloatArray, y: FloatArray, owner: IntArray) -> None:
        from scipy.sparse import coo_array

        values, member = np.unique(np.stack([x, y], axis=1), axis=0, return_inverse=True)
        self.x, self.y = values[:, 0], values[:, 1]
        self.n_clusters = int(owner.max()) + 1 if owner.size else 0
        shape = (self.n_clusters, len(values))
        self.contents = coo_array((np.ones(owner.size), (owner, member.reshape(-1))), shape=shape).tocsr()

    @property
    def width(self) -> int:
        """How many numbers a replicate holds."""
        return 6 * max(self.x.size, 1)

    def counts(self, weights: FloatArray) -> FloatArray:
        """How often each distinct pair stands in a replicate, (B, pairs)."""
        return np.asarray((self.contents.T @ weights.T).T)

    def statistic(self, names: Sequence[str] = STATISTICS) -> Callable[[FloatArray], FloatArray]:
        """The statistics as a function of weights (B, clusters), shape (B, names)."""
        made: dict[str, Callable[[FloatArray], FloatArray]] = {
            "pearson": lambda counts: correlation(counts, self.x, self.y),
            "spearman": lambda counts: correlation(counts, mid_ranks(counts, self.x), mid_ranks(counts, self.y)),
            "kendall_tau_b": self.tau_b,
            "icc_a1": lambda counts: icc_a1(counts, self.x, self.y),
            "mean_difference": lambda counts: _mean(counts, self.y - self.x),
            "mae": lambda counts: _mean(counts, np.abs(self.y - self.x)),
        }

        def all_of(weights: FloatArray) -> FloatArray:
            counts = self.counts(weights)
            return np.stack([made[name](counts) for name in names], axis=1)

        return all_of

    def tau_b(self, counts: FloatArray) -> FloatArray:
        """Kendall's tau-b, NaN without variation."""
        if self.x.size > _MOST_SIGNS:
            return np.asarray([_tau_of(row, self.x, self.y) for row in counts])
        signs = np.sign(np.subtract.outer(self.x, self.x)) * np.sign(np.subtract.outer(self.y, self.y))
        score = ((counts @ signs) * counts).sum(axis=1)
        n = counts.sum(axis=1)
        room = [n * (n - 1) - _tied_pairs(counts, values) for values in (self.x, self.y)]
        return divide(score, np.sqrt(np.maximum(room[0] * room[1], 0)))


def _tied_pairs(counts: FloatArray, values: FloatArray) -> FloatArray:
    """Ordered pairs of rows with the same value, (B,)."""
    same = _by_value(counts, values)[0]
    return np.asarray((same * (same - 1)).sum(axis=1))


def _tau_of(counts: FloatArray, x: FloatArray, y: FloatArray) -> float:
    from scipy.stats import kendalltau

    picks = np.repeat(np.arange(x.size), counts.astype(np.int64))
    return float(kendalltau(x[picks], y[picks]).statistic) if picks.size > 1 else float("nan")


def _mean(counts: FloatArray, values: FloatArray) -> FloatArray:
    return divide(counts @ values, counts.sum(axis=1))


def _by_value(counts: FloatArray, values: FloatArray) -> tuple[FloatArray, IntArray]:
    """Counts of each distinct value in rising order, (B, distinct), and the place of each pair's value there."""
    distinct, place = np.unique(values, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(distinct.size))
    return np.add.reduceat(counts[:, order], starts, axis=1), place.reshape(-1)


def mid_ranks(counts: FloatArray, values: FloatArray) -> FloatArray:
    """Mid-ranks of values (pairs,) that stand `counts` (B, pairs) times, shape (B, pairs)."""
    each, place = _by_value(counts, values)
    return np.asarray((np.cumsum(each, axis=1) - each / 2)[:, place])


def correlation(counts: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Pearson's r with counts (B, pairs); x and y may differ by replicate. NaN without variation."""
    n = counts.sum(axis=1, keepdims=True)
    n = np.where(n > 0, n, np.nan)
    a = x - (counts * x).sum(axis=1, keepdims=True) / n
    b = y - (counts * y).sum(axis=1, keepdims=True) / n
    xx, yy, xy = ((counts * u * v).sum(axis=1) for u, v in ((a, a), (b, b), (a, b)))
    scale = max(float(np.nanmax(np.abs(x), initial=0.0)), float(np.nanmax(np.abs(y), initial=0.0)), 1e-300)
    flat = (xx <= 1e-20 * scale**2 * n[:, 0]) | (yy <= 1e-20 * scale**2 * n[:, 0])
    return np.clip(divide(xy, np.where(flat, 0.0, np.sqrt(xx * yy))), -1, 1)


def icc_a1(counts: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """ICC(A,1) of two columns (McGraw and Wong 1996) from the two-way mean squares."""
    n = counts.sum(axis=1)
    middle = float(np.mean(np.concatenate([x, y]))) if x.size else 0.0
    a, b = x - middle, y - middle
    sums = [counts @ v for v in (a, b, (a + b) ** 2 / 2, a * a + b * b)]
    grand = divide(sums[0] + sums[1], 2 * n)
    rows = sums[2] - 2 * n * grand**2
    columns = divide((sums[0] - sums[1]) ** 2, 2 * n)
    error = np.maximum(sums[3] - 2 * n * grand**2 - rows - columns, 0.0)
    free = np.where(n > 1, n - 1, np.nan)
    ms_rows, ms_error = rows / free, error / free
    bottom = ms_rows + ms_error + divide(2 * (columns - ms_error), n)
    return divide(ms_rows - ms_error, np.where(bottom > 1e-300, bottom, 0.0))
