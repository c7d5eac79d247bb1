"""A judge beside people: the same responses scored by both, over items, within questions and over systems."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from stats.bootstrap import interval
from stats.clustered import STATISTICS, Pairs, numbered
from stats.compare import finite_column
from stats.correlate import point_figures, within
from stats.kernels import divide
from stats.ratings import t_interval
from stats.resample import resample
from stats.result import Figure, Interval, Reason

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SCALED = ("icc_a1", "mean_difference", "mae", "bland_altman")
"""Figures that need one scale for both."""
LIMITS = ("bias", "lower", "upper")


def human_judge(
    human: npt.ArrayLike,
    judge: npt.ArrayLike,
    *,
    items: Sequence[Hashable],
    systems: Sequence[Hashable] | None = None,
    ranks: bool = False,
    same_scale: bool = True,
    bootstrap: int = 1000,
    seed: int = 1,
    workers: int = 1,
) -> dict[str, Figure]:
    """Everything that compares two scores of the same responses, a row each; `items` is each row's question.

    Over rows: `pearson`, `spearman`, `kendall_tau_b`, `icc_a1`, `mean_difference` (judge - human), `mae` and
    `bland_altman`, with intervals that draw whole items. Within items: `pearson_within` (both centred) and
    `tau_within` (mean over items). With `systems`, the same over the systems' means under names ending in `_system`,
    with systems as the sample: Fisher's z, Bonett and Wright (2000) for ranks, F and t.

    With `ranks`, `human` holds ranks (1 is best): their sign is turned, and what needs one scale for both is
    undefined; so it is without `same_scale`. Raises ValueError naming the row of a value that is not finite, and for
    lists of different length.
    """
    x, y = finite_column(human, "human"), finite_column(judge, "judge")
    if x.size != y.size:
        raise ValueError(f"there are {x.size} human and {y.size} judge scores")
    owner = numbered(items, x.size)
    x = -x if ranks else x
    found = over_rows(x, y, owner, bootstrap=bootstrap, seed=seed, workers=workers)
    found["bland_altman"] = bland_altman(x, y, items=owner, bootstrap=bootstrap, seed=seed)
    found["pearson_within"] = _pearson_within(x, y, owner, bootstrap, seed)
    found["tau_within"] = _tau_within(x, y, owner)
    if systems is not None:
        found |= _over_systems(x, y, numbered(systems, x.size))
    if ranks or not same_scale:
        found |= {name: _no_scale(figure) for name, figure in found.items() if name.removesuffix("_system") in SCALED}
    return found


def _no_scale(figure: Figure) -> Figure:
    return Figure(None, Reason.DIFFERENT_SCALES, n_items=figure.n_items, method=figure.method)


def over_rows(
    x: FloatArray, y: FloatArray, owner: IntArray, *, bootstrap: int, seed: int, workers: int = 1
) -> dict[str, Figure]:
    """The six figures over rows; with `bootstrap`, intervals that draw whole clusters of rows."""
    found = point_figures(x, y)
    n_clusters = int(owner.max()) + 1 if owner.size else 0
    found = {name: _counted(figure, n_clusters) for name, figure in found.items()}
    if not bootstrap or n_clusters < 2:
        return found
    pairs = Pairs(x, y, owner)
    drawn = resample(pairs.statistic(), n_clusters, n=bootstrap, seed=seed, workers=workers, width=pairs.width)
    return {
        name: clustered_interval(found[name], drawn[:, place], n_clusters, seed)
        for place, name in enumerate(STATISTICS)
    }


def _counted(figure: Figure, n_clusters: int) -> Figure:
    """Without a bootstrap, rows of one item would pass for independent: then there is no interval."""
    ci = figure.ci if n_clusters == (figure.n_items or 0) else None
    return replace(figure, ci=ci, extra={**figure.extra, "n_clusters": n_clusters})


def clustered_interval(figure: Figure, drawn: FloatArray, n_clusters: int, seed: int) -> Figure:
    """The figure with the percentile interval of replicates of whole clusters; its p, if any, is dropped.

    A p-value of rows taken as independent would be too small, so it does not stand beside a clustered interval.
    """
    if figure.value is None:
        return figure
    ci, notes = interval(drawn, figure.value)
    kept = {key: value for key, value in figure.extra.items() if key != "p" or n_clusters == figure.n_items}
    extra = {**kept, **notes, "resampled": "items", "n_clusters": n_clusters}
    return replace(figure, ci=ci, seed=seed, extra=extra)


# --- within items -----------------------------------------------------------------------------------------


def centred(values: FloatArray, owner: IntArray) -> FloatArray:
    """Values minus the mean of their cluster."""
    n = np.bincount(owner)
    return np.asarray(values - (np.bincount(owner, weights=values) / n)[owner])


def _pearson_within(x: FloatArray, y: FloatArray, owner: IntArray, bootstrap: int, seed: int) -> Figure:
    figure = within(x, y, owner)
    if figure.value is None or not bootstrap:
        return figure
    keep = np.bincount(owner)[owner] >= 2
    inner = numbered(owner[keep].tolist(), int(keep.sum()))
    a, b = centred(x, owner)[keep], centred(y, owner)[keep]
    sums = np.stack([np.bincount(inner, weights=v) for v in (a * a, b * b, a * b)], axis=1)

    def statistic(weights: FloatArray) -> FloatArray:
        xx, yy, xy = (weights @ sums).T
        return divide(xy, np.sqrt(xx * yy))[:, None]

    if len(sums) < 2:
        return replace(figure, ci=None)
    drawn = resample(statistic, len(sums), n=bootstrap, seed=seed)
    return clustered_interval(figure, drawn[:, 0], len(sums), seed)


def _tau_within(x: FloatArray, y: FloatArray, owner: IntArray) -> Figure:
    """Mean over items of tau-b, where both vary within the item."""
    method = "Kendall tau-b within items, mean over items"
    found = []
    for rows in _rows_of(owner):
        if rows.size >= 2 and np.ptp(x[rows]) > 0 and np.ptp(y[rows]) > 0:
            pairs = Pairs(x[rows], y[rows], np.zeros(rows.size, dtype=np.int64))
            found.append(float(pairs.tau_b(pairs.counts(np.ones((1, 1))))[0]))
    values = np.asarray(found)
    if not values.size:
        many = bool((np.bincount(owner) >= 2).any()) if owner.size else False
        return Figure(None, Reason.NO_VARIATION if many else Reason.TOO_FEW_ITEMS, n_items=0, method=method)
    # A mean over items, so Student's interval is at hand, and wider than a bootstrap's where items are few.
    return Figure(float(values.mean()), ci=t_interval(values), n_items=int(values.size), method=method)


def _rows_of(owner: IntArray) -> list[IntArray]:
    """The rows of each cluster."""
    order = np.argsort(owner, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(owner[order])) + 1) if owner.size else []


# --- over systems -----------------------------------------------------------------------------------------


def _over_systems(x: FloatArray, y: FloatArray, owner: IntArray) -> dict[str, Figure]:
    n = np.bincount(owner)
    first, second = (np.bincount(owner, weights=values) / n for values in (x, y))
    found = point_figures(first, second)
    for name in ("spearman", "kendall_tau_b"):
        found[name] = replace(found[name], ci=rank_interval(name, found[name].value, n.size))
    return {f"{name}_system": replace(figure, n_pairs=None) for name, figure in found.items()}


def rank_interval(name: str, value: float | None, n: int, *, level: float = 0.95) -> Interval | None:
    """Fisher's z with the variances of Bonett and Wright (2000) for Spearman's rho and Kendall's tau.

    None where there are too few pairs, or where the order is perfect: that cannot show how it would vary.
    """
    least = 3 if name == "spearman" else 4
    if value is None or n <= least or abs(value) >= 1:
        return None
    variance = (1 + value**2 / 2) / (n - 3) if name == "spearman" else 0.437 / (n - 4)
    half = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(variance)
    z = math.atanh(value)
    return Interval(math.tanh(z - half), math.tanh(z + half), level, "bonett-wright")


# --- limits of agreement ----------------------------------------------------------------------------------


def bland_altman(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    items: Sequence[Hashable] | IntArray | None = None,
    bootstrap: int = 1000,
    seed: int = 1,
    level: float = 0.95,
) -> Figure:
    """Mean difference y - x and the limits within which 95 % of differences lie (Bland and Altman 1986).

    `value` has bias, lower and upper, `limits` the same with intervals that draw whole items. `slope` says how the
    difference changes with the mean of both: away from 0 the limits hold only on average.
    """
    a, b = finite_column(x, "x"), finite_column(y, "y")
    method = "Bland-Altman, y minus x"
    owner = items if isinstance(items, np.ndarray) else numbered(items, a.size)
    gaps, middle = b - a, (a + b) / 2
    if gaps.size < 2:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=int(gaps.size), method=method)
    if np.ptp(gaps) == 0:
        return Figure(None, Reason.NO_VARIATION, n_items=int(gaps.size), method=method)
    z, n_clusters = NormalDist().inv_cdf(0.5 + level / 2), int(owner.max()) + 1
    sums = np.zeros((n_clusters, 6))
    columns = (np.ones_like(gaps), gaps, gaps**2, middle, middle**2, gaps * middle)
    for place, column in enumerate(columns):
        sums[:, place] = np.bincount(owner, weights=column, minlength=n_clusters)

    def statistic(weights: FloatArray) -> FloatArray:
        n, d, dd, m, mm, dm = (weights @ sums).T
        sd = np.sqrt(np.maximum(dd - d**2 / n, 0) / np.where(n > 1, n - 1, np.nan))
        spread = mm - m**2 / n
        slope = np.divide(dm - d * m / n, spread, out=np.full_like(n, np.nan), where=spread > 1e-12 * np.abs(mm))
        return np.stack([d / n, d / n - z * sd, d / n + z * sd, slope], axis=1)

    points = statistic(np.ones((1, n_clusters)))[0]
    named = {
        name: Figure(float(point), n_items=int(gaps.size), method=method)
        for name, point in zip((*LIMITS, "slope"), points, strict=True)
        if math.isfinite(point)
    }
    if bootstrap and n_clusters >= 2:
        drawn = resample(statistic, n_clusters, n=bootstrap, seed=seed)
        for place, name in enumerate((*LIMITS, "slope")):
            if name in named:
                named[name] = clustered_interval(named[name], drawn[:, place], n_clusters, seed)
    extra: dict[str, Any] = {"limits": {name: named[name] for name in LIMITS}, "slope": named.get("slope")}
    extra["sd"] = float(gaps.std(ddof=1))
    values: Mapping[str, float] = dict(zip(LIMITS, points[:3].tolist(), strict=True))
    return Figure(None, n_items=int(gaps.size), method=method, seed=seed, values=values, extra=extra)
