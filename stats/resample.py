"""Bootstrap of anything that is a function of weights over units (questions, dialogues, pairs, items)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from stats.bootstrap import block_weights, interval
from stats.result import Figure

FloatArray = npt.NDArray[np.float64]
Statistic = Callable[[FloatArray], FloatArray]

_CELLS = 4_000_000


def resample(statistic: Statistic, n_units: int, *, n: int, seed: int, workers: int = 1, width: int = 1) -> FloatArray:
    """`n` replicates of `statistic`, which maps weights (B, units) to values (B, c): shape (n, c).

    `width` is how many numbers the statistic holds per replicate besides the weights; it bounds memory. The
    blocks depend on the sizes and the seed alone, so any number of workers gives the same answer.
    """
    size = max(1, min(500, _CELLS // max(n_units, width, 1)))
    lengths = [min(size, n - start) for start in range(0, n, size)]
    seeds = np.random.SeedSequence(seed).spawn(len(lengths))
    sizes = np.ones(n_units, dtype=np.int64)

    def block(length: int, child: np.random.SeedSequence) -> FloatArray:
        return statistic(block_weights(sizes, length, child))

    if workers == 1:
        return np.concatenate([block(*job) for job in zip(lengths, seeds, strict=True)])
    with ThreadPoolExecutor(workers) as pool:
        return np.concatenate(list(pool.map(block, lengths, seeds)))


def weighted_means(values: FloatArray) -> Statistic:
    """The statistic "mean over units of each column" for values (units, c); NaN marks a unit without the
    value.
    """
    fine = np.isfinite(values)
    filled, present = np.where(fine, values, 0.0), fine.astype(np.float64)

    def statistic(weights: FloatArray) -> FloatArray:
        n = weights @ present
        out: FloatArray = np.full(n.shape, np.nan)
        return np.divide(weights @ filled, n, out=out, where=n > 0)

    return statistic


def with_interval(
    figure: Figure, replicates: FloatArray, *, seed: int, level: float = 0.95, unit: str = "units"
) -> Figure:
    """The figure with the percentile interval of its replicates (n,), if it has a value."""
    if figure.value is None:
        return figure
    ci, notes = interval(replicates, figure.value, level=level)
    return replace(figure, ci=ci, seed=seed, extra={**figure.extra, **notes, "resampled": unit})


def named_intervals(replicates: FloatArray, names: Sequence[str], *, level: float = 0.95) -> dict[str, object]:
    """Per name the interval of its column of replicates (n, names), or None."""
    return {
        name: (found.to_json() if (found := interval(replicates[:, j], 0.0, level=level)[0]) else None)
        for j, name in enumerate(names)
    }
