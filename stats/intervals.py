"""Intervals for proportions, and the percentile and BCa intervals from replicates."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from stats.result import Interval

FloatArray = npt.NDArray[np.float64]

_NORMAL = NormalDist()


def wilson(successes: float, n: float, *, level: float = 0.95) -> Interval | None:
    """Score interval of a proportion (Wilson 1927); None for n = 0.

    Stays inside 0..1 and does not collapse at 0 or n successes. Raises ValueError outside 0 <= successes <=
    n.
    """
    if n < 0 or not 0 <= successes <= n:
        raise ValueError(f"a proportion needs 0 <= successes <= n, got {successes} of {n}")
    if n == 0:
        return None
    z = _NORMAL.inv_cdf(0.5 + level / 2)
    share = successes / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # The ends are exactly 0 and 1 there; rounding must not make them -1e-17.
    low = 0.0 if successes == 0 else (centre - spread) / scale
    high = 1.0 if successes == n else (centre + spread) / scale
    return Interval(low, high, level, "wilson")


def clopper_pearson(successes: int, n: int, *, level: float = 0.95) -> Interval | None:
    """Exact binomial interval (Clopper and Pearson 1934), conservative; None for n = 0."""
    from scipy.special import betaincinv

    if n < 0 or not 0 <= successes <= n:
        raise ValueError(f"a proportion needs 0 <= successes <= n, got {successes} of {n}")
    if n == 0:
        return None
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(betaincinv(successes + 1, n - successes, 1 - tail))
    return Interval(low, high, level, "clopper-pearson")


def fisher_z(r: float, n: int, *, level: float = 0.95) -> Interval | None:
    """Interval of a correlation from n pairs by Fisher's z; None below 4 pairs."""
    if n < 4:
        return None
    if abs(r) >= 1:
        return Interval(r, r, level, "fisher-z")
    half = _NORMAL.inv_cdf(0.5 + level / 2) / math.sqrt(n - 3)
    z = math.atanh(r)
    return Interval(math.tanh(z - half), math.tanh(z + half), level, "fisher-z")


def percentile(replicates: npt.ArrayLike, *, level: float = 0.95) -> Interval | None:
    """The middle `level` share of the defined replicates; None where fewer than two are defined."""
    values = np.asarray(replicates, dtype=np.float64)
    values = values[np.isfinite(values)]
    if values.size < 2:
        return None
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(float(low), float(high), level, "percentile")


def bca(
    replicates: npt.ArrayLike,
    point: float,
    jackknife: npt.ArrayLike,
    *,
    multiplicity: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Interval | None:
    """Bias-corrected and accelerated interval (Efron 1987).

    `jackknife` holds the statistic without each unit in turn; units that are alike may be given once, with
    `multiplicity`. Falls back to the percentile interval where all replicates lie on one side of the point,
    because the correction is infinite there; the method then says so.
    """
    values = np.asarray(replicates, dtype=np.float64)
    values = values[np.isfinite(values)]
    if values.size < 2:
        return None
    # Ties with the point count half: with few distinct replicates the correction would jump otherwise.
    below = float(((values < point).sum() + 0.5 * (values == point).sum()) / values.size)
    if not 0 < below < 1:
        return percentile(values, level=level)
    bias = _NORMAL.inv_cdf(below)
    rate = acceleration(jackknife, multiplicity)
    tail = (1 - level) / 2
    ends = [_bca_share(bias, rate, _NORMAL.inv_cdf(share)) for share in (tail, 1 - tail)]
    low, high = np.quantile(values, ends)
    return Interval(float(low), float(high), level, "bca")


def _bca_share(bias: float, rate: float, z: float) -> float:
    """Which share of the replicates stands at the corrected end."""
    scale = 1 - rate * (bias + z)
    if scale <= 0:
        return 1.0 if bias + z > 0 else 0.0
    return _NORMAL.cdf(bias + (bias + z) / scale)


def acceleration(jackknife: npt.ArrayLike, multiplicity: npt.ArrayLike | None = None) -> float:
    """Skewness of the jackknife values over six; 0 where they do not vary."""
    values = np.asarray(jackknife, dtype=np.float64)
    weights = np.ones_like(values) if multiplicity is None else np.asarray(multiplicity, dtype=np.float64)
    fine = np.isfinite(values)
    values, weights = values[fine], weights[fine]
    if values.size == 0:
        return 0.0
    away = np.average(values, weights=weights) - values
    square = float((weights * away**2).sum())
    return float((weights * away**3).sum()) / (6 * square**1.5) if square > 1e-300 else 0.0
