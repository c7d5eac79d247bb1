"""Human against judge, or any two columns of numbers: correlations, absolute agreement, error."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence

import numpy as np
import numpy.typing as npt

from stats.bootstrap import interval
from stats.clustered import numbered
from stats.compare import finite_column
from stats.icc import icc
from stats.intervals import fisher_z
from stats.ratings import t_interval
from stats.resample import resample
from stats.result import Figure, Interval, Reason

FloatArray = npt.NDArray[np.float64]


def correlate_summary(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    groups: Sequence[Hashable] | None = None,
    systems: Sequence[Hashable] | None = None,
    bootstrap: int = 0,
    seed: int = 1,
) -> dict[str, Figure]:
    """`pearson`, `spearman`, `kendall_tau_b`, `icc_a1`, `mean_difference` (y - x) and `mae` over paired
    values.

    With `groups` (a question per row) `pearson_within` correlates the values centred within their group; with
    `systems` the same figures of the systems' means stand under names that end in `_system`. Raises
    ValueError naming the row of a value that is not finite, or for lists of different length.
    """
    a, b = finite_column(x, "x"), finite_column(y, "y")
    if a.size != b.size:
        raise ValueError(f"the columns have {a.size} and {b.size} values")
    found = point_figures(a, b, bootstrap, seed)
    if groups is not None:
        found["pearson_within"] = within(a, b, numbered(groups, a.size))
    if systems is not None:
        owners = numbered(systems, a.size)
        n = np.bincount(owners)
        first, second = (np.bincount(owners, weights=v) / n for v in (a, b))
        found.update({f"{name}_system": f for name, f in point_figures(first, second, bootstrap, seed).items()})
    return found


def point_figures(a: FloatArray, b: FloatArray, bootstrap: int = 0, seed: int = 1) -> dict[str, Figure]:
    """The six figures of two columns, their intervals taking rows (or systems) as independent."""
    gaps = b - a
    return {
        "pearson": pearson(a, b),
        "spearman": _rank_correlation("spearman", a, b, bootstrap, seed),
        "kendall_tau_b": _rank_correlation("kendall_tau_b", a, b, bootstrap, seed),
        "icc_a1": icc(np.column_stack([a, b]))["ICC(2,1)"],
        "mean_difference": _mean(gaps, "mean of second minus first, t interval"),
        "mae": _mean(np.abs(gaps), "mean absolute difference, t interval"),
    }


def _mean(values: FloatArray, method: str) -> Figure:
    if not values.size:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=0, method=method)
    return Figure(float(values.mean()), ci=t_interval(values), n_items=int(values.size), method=method)


def _lack(a: FloatArray, b: FloatArray) -> Reason | None:
    """Why two columns have no correlation; None if they have one."""
    if a.size < 2:
        return Reason.TOO_FEW_ITEMS
    return Reason.NO_VARIATION if np.ptp(a) == 0 or np.ptp(b) == 0 else None


def pearson(x: npt.ArrayLike, y: npt.ArrayLike) -> Figure:
    """Pearson's r with Fisher's interval and the t test's p."""
    a, b = finite_column(x, "x"), finite_column(y, "y")
    reason, n = _lack(a, b), int(a.size)
    if reason is not None:
        return Figure(None, reason, n_items=n, method="Pearson")
    r = _r(a, b)
    return Figure(r, ci=_honest(fisher_z(r, n)), n_items=n, method="Pearson", extra={"p": _p(r, n)})


def _r(a: FloatArray, b: FloatArray) -> float:
    x, y = a - a.mean(), b - b.mean()
    return float(np.clip((x @ y) / math.sqrt(float(x @ x) * float(y @ y)), -1, 1))


def _p(r: float, n: int) -> float | None:
    """Two-sided p of r = 0 by the t distribution; None below three pairs."""
    if n < 3:
        return None
    from scipy.stats import t

    if abs(r) >= 1:
        return 0.0
    return float(2 * t.sf(abs(r) * math.sqrt((n - 2) / (1 - r * r)), n - 2))


def _honest(ci: Interval | None) -> Interval | None:
    """No interval of width 0: a perfect sample does not make the correlation certain."""
    return None if ci is None or ci.low == ci.high else ci


def _rank_correlation(name: str, a: FloatArray, b: FloatArray, bootstrap: int, seed: int) -> Figure:
    method = "Spearman" if name == "spearman" else "Kendall tau-b"
    reason, n = _lack(a, b), int(a.size)
    if reason is not None:
        return Figure(None, reason, n_items=n, method=method)
    from scipy.stats import kendalltau, rankdata, spearmanr

    if name == "spearman":
        point, p = _r(rankdata(a), rankdata(b)), float(spearmanr(a, b).pvalue)
        ci = _honest(fisher_z(point, n))
    else:
        found = kendalltau(a, b)
        point, p, ci = float(found.statistic), float(found.pvalue), None
    extra: dict[str, object] = {"p": p if math.isfinite(p) else None}
    if bootstrap:
        drawn = _resampled(
            a, b, (lambda u, v: _r(rankdata(u), rankdata(v))) if name == "spearman" else _tau, bootstrap, seed
        )
        ci, notes = interval(drawn, point)
        extra |= notes
    return Figure(point, ci=ci, n_items=n, method=method, seed=seed if bootstrap else None, extra=extra)


def _tau(a: FloatArray, b: FloatArray) -> float:
    from scipy.stats import kendalltau

    return float(kendalltau(a, b).statistic)


def _resampled(
    a: FloatArray, b: FloatArray, statistic: Callable[[FloatArray, FloatArray], float], n: int, seed: int
) -> FloatArray:
    """Replicates of a statistic of pairs; a replicate without variation is NaN."""

    def one(weights: FloatArray) -> float:
        picks = np.repeat(np.arange(a.size), weights.astype(np.int64))
        u, v = a[picks], b[picks]
        return float("nan") if np.ptp(u) == 0 or np.ptp(v) == 0 else statistic(u, v)

    return resample(lambda w: np.asarray([[one(row)] for row in w]), a.size, n=n, seed=seed)[:, 0]


def within(a: FloatArray, b: FloatArray, owners: npt.NDArray[np.int64]) -> Figure:
    """Pearson's r of values centred within groups; groups of one row say nothing."""
    n = np.bincount(owners)
    keep = n[owners] >= 2
    x, y = (v - (np.bincount(owners, weights=v) / n)[owners] for v in (a, b))
    groups = int((n >= 2).sum())
    reason = _lack(x[keep], y[keep])
    method = "Pearson within groups"
    if reason is not None or np.allclose(x[keep], 0) or np.allclose(y[keep], 0):
        return Figure(None, reason or Reason.NO_VARIATION, n_items=int(keep.sum()), method=method)
    r = _r(x[keep], y[keep])
    # Each group's centring takes one degree of freedom, so the interval counts so many pairs less.
    ci = _honest(fisher_z(r, int(keep.sum()) - groups + 1))
    return Figure(r, ci=ci, n_items=int(keep.sum()), method=method, extra={"n_groups": groups})
