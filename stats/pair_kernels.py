"""Coefficients that know who rated: pairwise Cohen and Scott, and Conger. See stats.kernels for shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from stats.kernels import Kernel, Part, corrected, divide, simple
from stats.patterns import Codes
from stats.table import Table

FloatArray = npt.NDArray[np.float64]
Pairs = Sequence[tuple[int, int]]

_CHUNK_CELLS = 20_000_000
"""Feature cells held at once; a crowd of hundreds of raters has too many pairs for one matrix."""


_MOST_CELLS = 30_000_000
"""Beyond so many numbers for a replicate, the interval of mean pairwise kappa would take minutes."""


def affordable(table: Table) -> bool:
    """Whether a bootstrap of what looks at every pair of raters takes seconds, not minutes."""
    pairs = table.n_raters * (table.n_raters - 1) // 2
    return table.by_row.multiplicity.size * pairs * (2 * table.n_categories + 1) <= _MOST_CELLS


def rater_pairs(n_raters: int) -> list[tuple[int, int]]:
    """All pairs of rater positions, in order."""
    return list(combinations(range(n_raters), 2))


def cohen(codes: Codes, weights: FloatArray) -> Kernel:
    """Mean pairwise Cohen's kappa: 1 - observed / expected disagreement, each pair with its own margins."""
    return _pairwise("cohen_kappa", codes, 1 - weights, _cohen_expected)


def scott(codes: Codes, weights: FloatArray) -> Kernel:
    """Mean pairwise Scott's pi: the two raters' pooled shares make the chance agreement."""
    return _pairwise("scott_pi", codes, 1 - weights, _scott_expected)


def _cohen_expected(first: FloatArray, second: FloatArray, apart: FloatArray) -> FloatArray:
    return np.asarray(((first @ apart) * second).sum(axis=-1))


def _scott_expected(first: FloatArray, second: FloatArray, apart: FloatArray) -> FloatArray:
    pooled = (first + second) / 2
    return np.asarray(((pooled @ apart) * pooled).sum(axis=-1))


def _pairwise(name: str, codes: Codes, apart: FloatArray, expected: Callable[..., FloatArray]) -> Kernel:
    """One column per pair of raters, in chunks of pairs that fit memory."""
    pairs = rater_pairs(codes.shape[1])
    width = 2 * apart.shape[0] + 1
    step = max(1, _CHUNK_CELLS // (width * max(codes.shape[0], 1)))
    chunks = [pairs[start : start + step] for start in range(0, len(pairs), step)]
    formula = _pair_formula(apart, expected)
    if len(chunks) == 1:
        features = pair_features(codes, chunks[0], apart)
        return Kernel(name, [Part(lambda: features, formula)])
    return Kernel(name, [Part(_maker(codes, chunk, apart), formula) for chunk in chunks])


def _maker(codes: Codes, pairs: Pairs, apart: FloatArray) -> Callable[[], FloatArray]:
    return lambda: pair_features(codes, pairs, apart)


def pair_features(codes: Codes, pairs: Pairs, apart: FloatArray) -> FloatArray:
    """(P, pairs x (1 + 2q)): disagreement, then one-hot rows of the first and of the second rater."""
    q = apart.shape[0]
    features = np.zeros((codes.shape[0], len(pairs), 1 + 2 * q))
    rows = np.arange(codes.shape[0])
    for j, (g, h) in enumerate(pairs):
        both = (codes[:, g] >= 0) & (codes[:, h] >= 0)
        at, first, second = rows[both], codes[both, g].astype(np.int64), codes[both, h].astype(np.int64)
        features[at, j, 0] = apart[first, second]
        features[at, j, 1 + first] = 1
        features[at, j, 1 + q + second] = 1
    return features.reshape(codes.shape[0], -1)


def _pair_formula(apart: FloatArray, expected: Callable[..., FloatArray]) -> Callable[[FloatArray], FloatArray]:
    q = apart.shape[0]

    def formula(sums: FloatArray) -> FloatArray:
        block = sums.reshape(sums.shape[0], sums.shape[1] // (1 + 2 * q), 1 + 2 * q)
        first, second = block[:, :, 1 : 1 + q], block[:, :, 1 + q :]
        chance = expected(first, second, apart)
        return 1 - divide(block[:, :, 0] * first.sum(axis=-1), chance)

    return formula


def conger(codes: Codes, weights: FloatArray) -> Kernel:
    """Conger (1980): chance agreement is the mean over pairs of raters of the product of their shares."""
    q, m = weights.shape[0], codes.shape[1]
    hot = codes[:, :, None] == np.arange(q)
    counts = hot.sum(axis=1).astype(np.float64)
    n = counts.sum(axis=1)
    alike = ((counts @ weights.T) * counts).sum(axis=1) - counts @ np.diagonal(weights)
    share = np.divide(alike, n * (n - 1), out=np.zeros_like(alike), where=n >= 2)
    features = np.column_stack([share, n >= 2, hot.reshape(codes.shape[0], m * q)]).astype(np.float64)

    def formula(sums: FloatArray) -> FloatArray:
        margins = sums[:, 2:].reshape(sums.shape[0], m, q)
        rated = margins.sum(axis=2, keepdims=True)
        shares = np.divide(margins, rated, out=np.zeros_like(margins), where=rated > 0)
        raters = (rated[:, :, 0] > 0).sum(axis=1).astype(np.float64)
        together, own = shares.sum(axis=1), ((shares @ weights) * shares).sum(axis=(1, 2))
        across = ((together @ weights) * together).sum(axis=1) - own
        return corrected(divide(sums[:, 0], sums[:, 1]), divide(across, raters * (raters - 1)))

    return simple("conger_kappa", features, formula)
