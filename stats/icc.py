"""Intraclass correlations, all six forms with their F intervals (McGraw and Wong 1996; Shrout and Fleiss
1979).

Names: ICC(1,1) one-way; ICC(2,1) = ICC(A,1) absolute agreement of random raters; ICC(3,1) = ICC(C,1)
consistency; the forms with k are those of the mean of k raters.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stats.result import Figure, Interval, Reason

FloatArray = npt.NDArray[np.float64]

ALIASES = {"ICC(A,1)": "ICC(2,1)", "ICC(C,1)": "ICC(3,1)", "ICC(A,k)": "ICC(2,k)", "ICC(C,k)": "ICC(3,k)"}


@dataclass(frozen=True)
class MeanSquares:
    """Mean squares of a complete n x k table: rows (items), columns (raters), error, within items."""

    n: int
    k: int
    rows: float
    columns: float
    error: float
    within: float


def mean_squares(scores: FloatArray) -> MeanSquares:
    """Two-way analysis of variance without replication for complete scores (n >= 2, k >= 2)."""
    n, k = scores.shape
    away = scores - scores.mean()
    total = float((away**2).sum())
    rows = k * float((away.mean(axis=1) ** 2).sum())
    columns = n * float((away.mean(axis=0) ** 2).sum())
    # Differences of sums leave dust such as 1e-16 where there is nothing.
    dust = 1e-12 * max(total, 1e-300)
    within = total - rows if total - rows > dust else 0.0
    error = within - columns if within - columns > dust else 0.0
    return MeanSquares(n, k, rows / (n - 1), columns / (k - 1), error / ((n - 1) * (k - 1)), within / (n * (k - 1)))


def complete_scores(scores: FloatArray) -> FloatArray:
    """The items every rater rated; raters without any rating are no raters."""
    rated = np.isfinite(scores)
    kept = scores[:, rated.any(axis=0)]
    return np.asarray(kept[np.isfinite(kept).all(axis=1)])


def icc_reason(scores: FloatArray) -> Reason | None:
    """Why no ICC can be computed from scores (items, raters) with NaN for gaps; None if it can."""
    rated = np.isfinite(scores)
    if int(rated.any(axis=1).sum()) < 2:
        return Reason.TOO_FEW_ITEMS
    if int(rated.any(axis=0).sum()) < 2:
        return Reason.TOO_FEW_RATERS
    if int((rated.sum(axis=1) >= 2).sum()) == 0:
        return Reason.NO_OVERLAP
    whole = complete_scores(scores)
    if len(whole) < 2:
        return Reason.INCOMPLETE_BLOCKS
    return Reason.NO_VARIATION if np.ptp(whole) == 0 else None


def icc(scores: npt.ArrayLike, *, level: float = 0.95) -> dict[str, Figure]:
    """Every form by name for scores (items, raters), NaN for "not rated".

    Only items that all raters rated enter; the figures say how many were left out.
    """
    table = np.asarray(scores, dtype=np.float64)
    reason = icc_reason(table)
    whole = complete_scores(table)
    left_out = int(np.isfinite(table).any(axis=1).sum()) - len(whole)
    names = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")
    k = int(np.isfinite(table).any(axis=0).sum())
    found: dict[str, Figure] = {}
    squares = mean_squares(whole) if reason is None else None
    for name in names:
        value = _FORMS[name](squares) if squares else float("nan")
        known = bool(np.isfinite(value))
        found[name] = Figure(
            value if known else None,
            None if known else reason or Reason.NO_VARIATION,
            ci=_interval(name, squares, level) if squares and known else None,
            n_items=len(whole),
            n_raters=k,
            n_pairs=k * (k - 1) // 2,
            method=f"{name}, McGraw and Wong 1996",
            extra={"n_items_left_out": left_out},
        )
    return found


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom else float("nan")


def _one(s: MeanSquares) -> float:
    return _ratio(s.rows - s.within, s.rows + (s.k - 1) * s.within)


def _agreement(s: MeanSquares) -> float:
    return _ratio(s.rows - s.error, s.rows + (s.k - 1) * s.error + s.k * (s.columns - s.error) / s.n)


def _consistency(s: MeanSquares) -> float:
    return _ratio(s.rows - s.error, s.rows + (s.k - 1) * s.error)


_FORMS: dict[str, Callable[[MeanSquares], float]] = {
    "ICC(1,1)": _one,
    "ICC(2,1)": _agreement,
    "ICC(3,1)": _consistency,
    "ICC(1,k)": lambda s: _ratio(s.rows - s.within, s.rows),
    "ICC(2,k)": lambda s: _ratio(s.rows - s.error, s.rows + (s.columns - s.error) / s.n),
    "ICC(3,k)": lambda s: _ratio(s.rows - s.error, s.rows),
}


def _interval(name: str, s: MeanSquares, level: float) -> Interval | None:
    """The F interval; None where the error is 0 and F infinite."""
    single = name.replace("k)", "1)")
    if single == "ICC(2,1)":
        ends = _agreement_ends(s, level)
    elif single == "ICC(1,1)":
        ends = _f_ends(s.rows, s.within, s.n - 1, s.n * (s.k - 1), s.k, level)
    else:
        ends = _f_ends(s.rows, s.error, s.n - 1, (s.n - 1) * (s.k - 1), s.k, level)
    if ends is None:
        return None
    low, high = ends
    if name.endswith("k)"):
        low, high = (spearman_brown(x, s.k) for x in (low, high))
    return Interval(low, high, level, "F") if np.isfinite([low, high]).all() else None


def spearman_brown(single: float, k: float) -> float:
    """Reliability of the mean of k raters from that of one; infinite where that is -1 / (k - 1)."""
    under = 1 + (k - 1) * single
    return k * single / under if under else -math.inf


def _f_ends(top: float, bottom: float, df1: int, df2: int, k: int, level: float) -> tuple[float, float] | None:
    from scipy.stats import f

    if bottom == 0:
        return None
    ratio, upper = top / bottom, 0.5 + level / 2
    low, high = ratio / f.ppf(upper, df1, df2), ratio * f.ppf(upper, df2, df1)
    return float((low - 1) / (low + k - 1)), float((high - 1) / (high + k - 1))


def _agreement_ends(s: MeanSquares, level: float) -> tuple[float, float] | None:
    """McGraw and Wong's interval for absolute agreement, with Satterthwaite's degrees of freedom."""
    from scipy.stats import f

    point, n, k = _agreement(s), s.n, s.k
    if s.error == 0 or point >= 1:
        return None
    a, b = k * point / (n * (1 - point)), 1 + k * point * (n - 1) / (n * (1 - point))
    spread = (a * s.columns) ** 2 / (k - 1) + (b * s.error) ** 2 / ((n - 1) * (k - 1))
    if spread == 0:
        return None
    df = (a * s.columns + b * s.error) ** 2 / spread
    upper, lower = f.ppf(0.5 + level / 2, n - 1, df), f.ppf(0.5 + level / 2, df, n - 1)
    rest = k * s.columns + (k * n - k - n) * s.error
    low = n * (s.rows - upper * s.error) / (upper * rest + n * s.rows)
    high = n * (lower * s.rows - s.error) / (rest + n * lower * s.rows)
    return float(low), float(high)
