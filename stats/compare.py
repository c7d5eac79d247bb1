"""Two samples of scores: t tests, Wilcoxon, effect sizes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from stats.result import Figure, Interval, Reason

FloatArray = npt.NDArray[np.float64]
# Up to here SciPy is exact where differences are tied; beyond it takes the normal approximation.
MOST_SIGNED = 13


def finite_column(values: npt.ArrayLike, name: str) -> FloatArray:
    """A flat array of finite numbers. Raises ValueError naming the row of one that is not."""
    array = np.asarray(values, dtype=np.float64).reshape(-1)
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise ValueError(f"row {int(bad[0]) + 1} of {name}: the value is not a finite number")
    return array


def t_test(x: npt.ArrayLike, y: npt.ArrayLike, *, equal_var: bool = False, level: float = 0.95) -> Figure:
    """Difference of two independent means: Welch's t test, or the pooled one with `equal_var`.

    `t`, `df`, `p` and Hedges' g stand beside the difference of means mean(x) - mean(y) and its interval.
    """
    a, b = finite_column(x, "x"), finite_column(y, "y")
    method = "pooled t test" if equal_var else "Welch t test"
    n = int(a.size + b.size)
    if a.size < 2 or b.size < 2:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=n, method=method)
    va, vb = float(a.var(ddof=1)), float(b.var(ddof=1))
    pooled = ((a.size - 1) * va + (b.size - 1) * vb) / (n - 2)
    if pooled == 0:
        return Figure(None, Reason.NO_VARIATION, n_items=n, method=method)
    if equal_var:
        se, df = math.sqrt(pooled * (1 / a.size + 1 / b.size)), float(n - 2)
    else:
        ea, eb = va / a.size, vb / b.size
        se = math.sqrt(ea + eb)
        df = (ea + eb) ** 2 / (ea**2 / (a.size - 1) + eb**2 / (b.size - 1))
    gap = float(a.mean() - b.mean())
    g = (1 - 3 / (4 * (n - 2) - 1)) * gap / math.sqrt(pooled)
    return _t_figure(gap, se, df, n, level, method, {"hedges_g": g})


def paired_t_test(x: npt.ArrayLike, y: npt.ArrayLike, *, level: float = 0.95) -> Figure:
    """Mean of the paired differences x - y with t test, interval and Cohen's d of the differences."""
    a, b = finite_column(x, "x"), finite_column(y, "y")
    if a.size != b.size:
        raise ValueError(f"pairs need equally many values, got {a.size} and {b.size}")
    gaps = a - b
    if gaps.size < 2:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=int(gaps.size), method="paired t test")
    sd = float(gaps.std(ddof=1))
    if sd == 0:
        return Figure(None, Reason.NO_VARIATION, n_items=int(gaps.size), method="paired t test")
    n, gap = int(gaps.size), float(gaps.mean())
    return _t_figure(gap, sd / math.sqrt(n), n - 1.0, n, level, "paired t test", {"cohen_dz": gap / sd})


def _t_figure(gap: float, se: float, df: float, n: int, level: float, method: str, effect: dict[str, float]) -> Figure:
    from scipy.stats import t

    half = float(t.ppf(0.5 + level / 2, df)) * se
    ci = Interval(gap - half, gap + half, level, "t")
    extra = {"t": gap / se, "df": df, "p": float(2 * t.sf(abs(gap / se), df)), **effect}
    return Figure(gap, ci=ci, n_items=n, method=method, extra=extra)


def wilcoxon_signed_rank(x: npt.ArrayLike, y: npt.ArrayLike) -> Figure:
    """Wilcoxon's signed-rank test of paired values; `value` is p, the matched-pairs rank biserial stands
    beside.
    """
    a, b = finite_column(x, "x"), finite_column(y, "y")
    if a.size != b.size:
        raise ValueError(f"pairs need equally many values, got {a.size} and {b.size}")
    gaps = a - b
    moved = gaps[gaps != 0]
    if not moved.size:
        reason = Reason.NO_VARIATION if gaps.size else Reason.TOO_FEW_ITEMS
        return Figure(None, reason, n_items=int(gaps.size), method="Wilcoxon signed-rank")
    from scipy.stats import rankdata

    ranks = rankdata(np.abs(moved))
    lean = float((ranks * np.sign(moved)).sum() / ranks.sum())
    statistic, p = signed_rank(gaps)
    extra = {"statistic": statistic, "rank_biserial": lean, "n_differing": int(moved.size)}
    return Figure(p, n_items=int(gaps.size), method="Wilcoxon signed-rank", extra=extra)


def signed_rank(gaps: FloatArray) -> tuple[float, float]:
    """Wilcoxon's two-sided signed-rank statistic and p of differences (n,) that are not all 0, as SciPy gives them.

    With ties or zeros among up to 13 differences SciPy tries all 2^n signs, one call of Python each; here they are one
    matrix product. The sums of ranks are multiples of a half, so both count the same.
    """
    from scipy.stats import rankdata, wilcoxon

    moved = gaps[gaps != 0]
    if gaps.size > MOST_SIGNED or np.unique(np.abs(moved)).size == gaps.size:
        found = wilcoxon(gaps)
        return float(found.statistic), float(found.pvalue)
    ranks = rankdata(np.abs(moved))
    signs = np.arange(2**moved.size)[:, None] >> np.arange(moved.size) & 1
    sums, up = signs @ ranks, float(ranks[moved > 0].sum())
    p = 2 * min(float((sums <= up).mean()), float((sums >= up).mean()))
    return min(up, float(ranks.sum()) - up), min(p, 1.0)
