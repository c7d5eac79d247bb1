"""Agreement coefficients as functions of sums over items.

Every coefficient here depends on the items only through sums of per-item features. One matrix product of
weights (replicates x patterns) with features (patterns x features) therefore gives all replicates at once,
and removing an item is a subtraction. Shapes: B replicates, P patterns, q categories, m raters. Undefined
values are NaN inside this module; they never leave it (see stats.agreement).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Formula = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Part:
    """`make()` gives features (P, F); `formula` turns sums (B, F) into values (B, columns)."""

    make: Callable[[], FloatArray]
    formula: Formula


@dataclass(frozen=True)
class Kernel:
    """A coefficient: the mean over the defined columns of its parts (one column for most)."""

    name: str
    parts: Sequence[Part]

    def columns(self, weights: FloatArray) -> FloatArray:
        """Every column for weights (B, P): shape (B, columns)."""
        none: FloatArray = np.empty((weights.shape[0], 0))  # a single rater has no pair, so no part
        return np.concatenate([none, *(part.formula(weights @ part.make()) for part in self.parts)], axis=1)

    def evaluate(self, weights: FloatArray) -> FloatArray:
        """The coefficient for weights (B, P): shape (B,), NaN where undefined."""
        return self._mean(lambda features: weights @ features, weights.shape[0])

    def without_each(self, multiplicity: IntArray) -> FloatArray:
        """The coefficient with one item of each pattern left out: shape (P,)."""
        whole = multiplicity.astype(np.float64)
        return self._mean(lambda features: whole @ features - features, whole.size)

    def _mean(self, sums: Callable[[FloatArray], FloatArray], rows: int) -> FloatArray:
        total, defined = np.zeros(rows), np.zeros(rows)
        for part in self.parts:
            values = part.formula(sums(part.make()))
            fine = np.isfinite(values)
            total += np.where(fine, values, 0.0).sum(axis=1)
            defined += fine.sum(axis=1)
        return divide(total, defined)


def simple(name: str, features: FloatArray, formula: Formula) -> Kernel:
    """A kernel of one part and one column whose formula gives shape (B,)."""
    return Kernel(name, [Part(lambda: features, lambda sums: formula(sums)[:, None])])


def divide(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """top / bottom, NaN where the bottom is 0 (without a warning)."""
    out: FloatArray = np.full(np.broadcast(top, bottom).shape, np.nan)
    return np.divide(top, bottom, out=out, where=bottom != 0)


def _agreement(counts: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Per pattern: the weighted share of agreeing pairs of ratings (0 without a pair) and whether there is
    one."""
    n = counts.sum(axis=1)
    pairable = (n >= 2).astype(np.float64)
    alike = (counts * (counts @ weights.T)).sum(axis=1) - counts @ np.diagonal(weights)
    share = np.divide(alike, n * (n - 1), out=np.zeros_like(alike), where=n >= 2)
    return share, pairable


def percent(counts: FloatArray) -> Kernel:
    """Mean over items with two or more ratings of the share of agreeing pairs of ratings."""
    share, pairable = _agreement(counts, np.eye(counts.shape[1]))
    return simple("percent_agreement", np.stack([share, pairable], axis=1), lambda s: divide(s[:, 0], s[:, 1]))


def consensus(counts: FloatArray) -> Kernel:
    """Share of the items with two or more ratings on which all ratings are equal."""
    n = counts.sum(axis=1)
    pairable = n >= 2
    unanimous = pairable & (counts.max(axis=1, initial=0) == n)
    features = np.stack([unanimous, pairable], axis=1).astype(np.float64)
    return simple("consensus_rate", features, lambda s: divide(s[:, 0], s[:, 1]))


def _chance_corrected(name: str, counts: FloatArray, weights: FloatArray, chance: Formula) -> Kernel:
    """(pa - pe) / (1 - pe), with pe from the mean category shares over items that have a rating."""
    share, pairable = _agreement(counts, weights)
    n = counts.sum(axis=1)
    shares = np.divide(counts, n[:, None], out=np.zeros_like(counts), where=n[:, None] > 0)
    features = np.column_stack([share, pairable, (n > 0).astype(np.float64), shares])

    def formula(sums: FloatArray) -> FloatArray:
        pa = divide(sums[:, 0], sums[:, 1])
        pe = chance(divide(sums[:, 3:], sums[:, 2:3]))
        return corrected(pa, pe)

    return simple(name, features, formula)


def corrected(pa: FloatArray, pe: FloatArray) -> FloatArray:
    """(pa - pe) / (1 - pe); NaN where chance alone is certain to agree (up to rounding of the shares)."""
    room = np.where(np.abs(1 - pe) < 1e-12, 0.0, 1 - pe)
    return divide(pa - pe, room)


def fleiss(counts: FloatArray, weights: FloatArray) -> Kernel:
    """Fleiss (1971), generalised to unequal numbers of ratings as in Gwet (2014)."""
    return _chance_corrected("fleiss_kappa", counts, weights, lambda pi: ((pi @ weights) * pi).sum(axis=1))


def gwet(name: str, counts: FloatArray, weights: FloatArray) -> Kernel:
    """Gwet's AC1 (identity weights) and AC2 (2008, 2014) over the declared categories."""
    q = counts.shape[1]
    factor = float(weights.sum()) / (q * (q - 1)) if q > 1 else np.nan
    return _chance_corrected(name, counts, weights, lambda pi: factor * (pi * (1 - pi)).sum(axis=1))


def brennan_prediger(counts: FloatArray, weights: FloatArray) -> Kernel:
    """Chance agreement as if every declared category were equally likely (Brennan and Prediger 1981)."""
    q = counts.shape[1]
    even = float(weights.sum()) / q**2 if q > 1 else 1.0
    return _chance_corrected("brennan_prediger", counts, weights, lambda pi: np.full(pi.shape[0], even))


def alpha(counts: FloatArray, distances: FloatArray) -> Kernel:
    """Krippendorff's alpha for a fixed matrix of squared differences, (q, q) with a zero diagonal."""
    n = counts.sum(axis=1)
    used = np.where((n >= 2)[:, None], counts, 0.0)
    apart = ((used @ distances) * used).sum(axis=1)
    observed = np.divide(apart, n - 1, out=np.zeros_like(apart), where=n >= 2)

    def formula(sums: FloatArray) -> FloatArray:
        margin = sums[:, 1:]
        expected = ((margin @ distances) * margin).sum(axis=1)
        return 1 - divide((margin.sum(axis=1) - 1) * sums[:, 0], expected)

    return simple("krippendorff_alpha", np.column_stack([observed, used]), formula)


def alpha_ordinal(counts: FloatArray) -> Kernel:
    """Krippendorff's alpha at the ordinal level: squared differences of the margins' mid-ranks."""
    q = counts.shape[1]
    upper = np.triu_indices(q, 1)
    n = counts.sum(axis=1)
    used = np.where((n >= 2)[:, None], counts, 0.0)
    pairs = 2 * used[:, upper[0]] * used[:, upper[1]]
    pairs /= np.maximum(n - 1, 1)[:, None]

    def formula(sums: FloatArray) -> FloatArray:
        observed, margin = sums[:, : upper[0].size], sums[:, upper[0].size :]
        middle = np.cumsum(margin, axis=1) - margin / 2
        square = (middle[:, upper[0]] - middle[:, upper[1]]) ** 2
        expected = 2 * (margin[:, upper[0]] * margin[:, upper[1]] * square).sum(axis=1)
        return 1 - divide((margin.sum(axis=1) - 1) * (observed * square).sum(axis=1), expected)

    return simple("krippendorff_alpha", np.concatenate([pairs, used], axis=1), formula)
