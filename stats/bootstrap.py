"""An exact item bootstrap over patterns: multinomial weights, one matrix product per block of replicates.

The blocks and their seeds depend on the data and the seed alone, so any number of workers gives the same
answer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from stats.intervals import bca, percentile
from stats.kernels import Kernel, Part
from stats.patterns import Patterns
from stats.result import Interval, Reason

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_BLOCK_CELLS = 8_000_000
"""Weights held at once. Smaller blocks would fit the cache, but the linear algebra's idle threads then spin
between the many small products and take the processor from the drawing."""
_BLOCK_ROWS = 500
_KEPT_CELLS, _KEPT_BLOCKS = 250_000, 8
"""Blocks of at most so many weights are kept, and so many of them: 16 MB."""
_UNSTABLE_SHARE = 0.1
"""With more undefined replicates than this the rest no longer speaks for the statistic."""


@dataclass(frozen=True)
class Sampling:
    """What is drawn: single items, or whole clusters with all their items.

    `sizes[u]` is the multiplicity of drawing unit u; `contents` (sparse, units x patterns) says what a
    cluster brings, None where a unit is a pattern itself.
    """

    sizes: IntArray
    contents: Any | None = None

    @property
    def total(self) -> int:
        """How many units one replicate draws."""
        return int(self.sizes.sum())


def sampling(patterns: Patterns, clusters: Sequence[Hashable] | IntArray | None = None) -> Sampling:
    """Items, or clusters: one label per item, or an array of whole numbers.

    Raises ValueError where the labels do not match the items.
    """
    if clusters is None:
        return Sampling(patterns.multiplicity)
    if len(clusters) != patterns.n_items:
        raise ValueError(f"{len(clusters)} cluster labels for {patterns.n_items} items")
    from scipy.sparse import coo_array

    owner, n = _numbered(clusters)
    shape = (n, patterns.multiplicity.size)
    contents = coo_array((np.ones(owner.size), (owner, patterns.member)), shape=shape).tocsr()
    return Sampling(np.ones(n, dtype=np.int64), contents)


def _numbered(clusters: Sequence[Hashable] | IntArray) -> tuple[IntArray, int]:
    """The number of each item's cluster, and how many there are; whole numbers in an array are numbered by value."""
    if isinstance(clusters, np.ndarray):
        names, owner = np.unique(clusters, return_inverse=True)
        return owner.reshape(-1), int(names.size)
    index: dict[Hashable, int] = {}
    return np.asarray([index.setdefault(label, len(index)) for label in clusters], dtype=np.int64), len(index)


def draw(sizes: IntArray, n: int, rng: np.random.Generator) -> FloatArray:
    """`n` multinomial weight vectors over units of the given sizes, shape (n, units)."""
    total = int(sizes.sum())
    if sizes.size * 8 <= total:
        return rng.multinomial(total, sizes / total, size=n).astype(np.float64)
    # Nearly every unit is its own pattern: drawing positions is cheaper than one binomial per cell.
    owner = None if sizes.size == total else np.repeat(np.arange(sizes.size), sizes)
    weights = np.empty((n, sizes.size))
    for row in weights:
        picks = rng.integers(0, total, size=total, dtype=np.int64)
        row[:] = np.bincount(picks if owner is None else owner[picks], minlength=sizes.size)
    return weights


def block_weights(sizes: IntArray, n: int, child: np.random.SeedSequence) -> FloatArray:
    """What `draw` gives for a block with its own seed, not to be written to.

    Many statistics are computed over the same questions with the same seed, one after the other: a small block over
    single units is drawn once for all of them.
    """
    if n * sizes.size <= _KEPT_CELLS and type(child.entropy) is int and (sizes == 1).all():
        return _kept_weights(sizes.size, n, child.entropy, child.spawn_key)
    return draw(sizes, n, np.random.Generator(np.random.PCG64(child)))


@lru_cache(maxsize=_KEPT_BLOCKS)
def _kept_weights(n_units: int, n: int, seed: int, spawn_key: tuple[int, ...]) -> FloatArray:
    child = np.random.SeedSequence(seed, spawn_key=spawn_key)
    weights = draw(np.ones(n_units, dtype=np.int64), n, np.random.Generator(np.random.PCG64(child)))
    weights.flags.writeable = False
    return weights


def replicates(kernels: Sequence[Kernel], units: Sampling, *, n: int, seed: int, workers: int = 1) -> FloatArray:
    """`n` bootstrap values of every kernel, shape (n, kernels); NaN where a replicate is undefined."""
    made = kernels if units.contents is None else [_of_clusters(kernel, units.contents) for kernel in kernels]
    blocks = _blocks(lambda weights: _values(made, weights), units.sizes, n, seed, workers)
    return np.concatenate(blocks) if blocks else np.empty((0, len(kernels)))


def column_replicates(kernel: Kernel, units: Sampling, *, n: int, seed: int, workers: int = 1) -> FloatArray:
    """The same draws for each column of one kernel (its pairs of raters), shape (n, columns)."""
    made = kernel if units.contents is None else _of_clusters(kernel, units.contents)
    return np.concatenate(_blocks(made.columns, units.sizes, n, seed, workers))


def _blocks(
    values: Callable[[FloatArray], FloatArray], sizes: IntArray, n: int, seed: int, workers: int
) -> list[FloatArray]:
    """`values` of the weights of each block, in order, whoever worked them off."""

    def block(length: int, child: np.random.SeedSequence) -> FloatArray:
        return values(block_weights(sizes, length, child))

    jobs = _jobs(sizes, n, seed)
    if workers == 1 or len(jobs) == 1:
        return [block(*job) for job in jobs]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(block, *zip(*jobs, strict=True)))


def drawn(sizes: IntArray, n: int, seed: int) -> FloatArray:
    """The weights that `replicates` draws for units of these sizes, shape (n, units): to be shared by many kernels."""
    jobs = _jobs(sizes, n, seed)
    return np.concatenate([block_weights(sizes, length, child) for length, child in jobs])


def shared_replicates(kernels: Sequence[Kernel], units: Sampling, weights: FloatArray) -> FloatArray:
    """What `replicates` returns, with weights that `drawn` has drawn for as many units of the same sizes."""
    made = kernels if units.contents is None else [_of_clusters(kernel, units.contents) for kernel in kernels]
    return _values(made, weights)


def _jobs(sizes: IntArray, n: int, seed: int) -> list[tuple[int, np.random.SeedSequence]]:
    """How many replicates each block holds, and its seed."""
    size = max(1, min(_BLOCK_ROWS, _BLOCK_CELLS // max(sizes.size, 1)))
    lengths = [min(size, n - start) for start in range(0, n, size)]
    return list(zip(lengths, np.random.SeedSequence(seed).spawn(len(lengths)), strict=True))


def _values(kernels: Sequence[Kernel], weights: FloatArray) -> FloatArray:
    return np.stack([kernel.evaluate(weights) for kernel in kernels], axis=1)


def _of_clusters(kernel: Kernel, contents: Any) -> Kernel:
    """The kernel over whole clusters: features are summed within each once, not anew for every replicate."""

    def summed(part: Part) -> Part:
        return Part(cache(lambda: np.asarray(contents @ part.make())), part.formula)

    return Kernel(kernel.name, [summed(part) for part in kernel.parts])


def jackknife(kernel: Kernel, units: Sampling, multiplicity: IntArray) -> FloatArray:
    """The kernel without each drawing unit: shape (units,)."""
    if units.contents is None:
        return kernel.without_each(multiplicity)
    step = max(1, _BLOCK_CELLS // max(multiplicity.size, 1))
    starts = range(0, units.sizes.size, step)
    return np.concatenate([kernel.evaluate(multiplicity - units.contents[s : s + step].toarray()) for s in starts])


def interval(
    values: FloatArray,
    point: float,
    *,
    method: str = "percentile",
    level: float = 0.95,
    left_out: FloatArray | None = None,
    multiplicity: IntArray | None = None,
) -> tuple[Interval | None, dict[str, object]]:
    """The interval from replicates, with what to note beside it.

    There is none where over a tenth of the replicates is undefined, or where all replicates are equal: a
    resample of answers without variation cannot show how they would vary.
    """
    fine = values[np.isfinite(values)]
    notes: dict[str, object] = {"replicates": int(values.size), "replicates_undefined": int(values.size - fine.size)}
    if too_unstable(values[:, None]):
        return None, {**notes, "ci_reason": Reason.UNSTABLE}
    if np.ptp(fine) < 1e-12:
        return None, {**notes, "ci_reason": Reason.NO_VARIATION}
    if method == "percentile":
        return percentile(fine, level=level), notes
    if method == "bca" and left_out is not None:
        return bca(fine, point, left_out, multiplicity=multiplicity, level=level), notes
    raise ValueError(f"unknown interval method {method!r}; known are percentile and bca")


def too_unstable(values: FloatArray) -> bool:
    """Whether too few rows of replicates (n, columns) are defined throughout to speak for the statistic."""
    fine = int(np.isfinite(values).all(axis=1).sum())
    return fine < 2 or len(values) - fine > _UNSTABLE_SHARE * len(values)
