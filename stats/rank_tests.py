"""Do systems differ? Friedman, Nemenyi, Wilcoxon with Holm, groups, permutation. Units are the blocks.

The ranks of several raters of one unit are averaged first: taking every rater's ranking as a block of its own
would count the same question several times and inflate the statistic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from stats.compare import signed_rank
from stats.rank_agreement import base_figure, undefined_reason, unit_w
from stats.rank_table import RankTable
from stats.resample import named_intervals, resample, weighted_means
from stats.result import Figure, Reason

FloatArray = npt.NDArray[np.float64]


def blocks(table: RankTable) -> FloatArray:
    """Mean rank of each system per unit over complete rankings, (units with one, k)."""
    values = unit_ranks(table)
    return np.asarray(values[table.complete.any(axis=1)])


def unit_ranks(table: RankTable) -> FloatArray:
    """Mean rank of each system per unit over complete rankings, (units, k); NaN for units without one."""
    n = table.complete.sum(axis=1)
    total = np.where(table.complete[:, :, None], table.tied_ranks, 0.0).sum(axis=1)
    return np.where(n[:, None] > 0, total / np.maximum(n, 1)[:, None], np.nan)


def block_reason(table: RankTable) -> Reason:
    """Why there are no blocks, or too few."""
    if table.k < 2:
        return Reason.TOO_FEW_SYSTEMS if table.started.any() else Reason.TOO_FEW_ITEMS
    if table.started.any() and not table.complete.any():
        return Reason.INCOMPLETE_BLOCKS
    return Reason.TOO_FEW_ITEMS


def mean_rank(table: RankTable, *, bootstrap: int = 0, seed: int = 1) -> Figure:
    """Mean rank of every system (1 is best), mean over raters first, then over units; intervals over
    units.
    """
    values = blocks(table)
    figure = base_figure(table, 0.0, "mean over raters, then over units", least=1)
    names = [str(system) for system in table.systems]
    if not values.size:
        return replace(figure, value=None, reason=block_reason(table))
    figure = replace(figure, value=None, values=dict(zip(names, values.mean(axis=0).tolist(), strict=True)))
    if not bootstrap:
        return figure
    drawn = resample(weighted_means(values), len(values), n=bootstrap, seed=seed)
    extra = {**figure.extra, "ci_by_system": named_intervals(drawn, names), "replicates": bootstrap}
    return replace(figure, seed=seed, extra=extra)


def friedman(table: RankTable) -> Figure:
    """Friedman's chi-square (1937) with ties over units as blocks; df, p and the blocks' own W beside it."""
    values = blocks(table)
    n, k = len(values), table.k
    figure = base_figure(table, 0.0, "Friedman over units, raters averaged first", least=1)
    if n < 2 or k < 2:
        return replace(figure, value=None, reason=block_reason(table))
    ranked = _ranked(values)
    spread = ((ranked - (k + 1) / 2) ** 2).sum()
    if spread == 0:
        return replace(figure, value=None, reason=Reason.NO_VARIATION)
    from scipy.stats import chi2

    between = ((ranked.sum(axis=0) - n * (k + 1) / 2) ** 2).sum()
    q = float((k - 1) * between / spread)
    extra = {"chi2": q, "df": k - 1, "p": float(chi2.sf(q, k - 1)), "kendall_w_of_blocks": q / (n * (k - 1))}
    return replace(figure, value=q, reason=None, extra={**figure.extra, **extra})


def _ranked(values: FloatArray) -> FloatArray:
    """Ranks 1..k within each row, ties sharing their mean. Rounded first: equal means may differ in the last
    bit.
    """
    rounded = np.round(values, 9)
    below = (rounded[:, None, :] < rounded[:, :, None]).sum(axis=2)
    equal = (rounded[:, None, :] == rounded[:, :, None]).sum(axis=2)
    return np.asarray(below + (equal + 1) / 2, dtype=np.float64)


def nemenyi(table: RankTable, *, significance: float = 0.05) -> Figure:
    """Nemenyi's critical difference of mean ranks (1963), with the adjusted p of every pair of systems."""
    values = blocks(table)
    n, k = len(values), table.k
    figure = base_figure(table, 0.0, "Nemenyi after Friedman", least=1)
    if n < 2 or k < 2:
        return replace(figure, value=None, reason=block_reason(table))
    from scipy.stats import studentized_range

    unit = np.sqrt(k * (k + 1) / (12 * n))
    critical = float(studentized_range.isf(significance, k, np.inf) * unit)
    means = _ranked(values).mean(axis=0)
    pairs = []
    for i, j in combinations(range(k), 2):
        gap = float(means[i] - means[j])
        p = float(np.clip(studentized_range.sf(abs(gap) / unit, k, np.inf), 0, 1))
        names = [str(table.systems[i]), str(table.systems[j])]
        pairs.append({"systems": names, "difference": gap, "p": p})
    extra = {**figure.extra, "significance": significance, "pairs": pairs}
    return replace(figure, value=critical, reason=None, n_pairs=len(pairs), extra=extra)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjusted p (1979); None stays None and is not counted as a test."""
    order = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for done, (p, place) in enumerate(order):
        highest = max(highest, min(1.0, p * (len(order) - done)))
        adjusted[place] = highest
    return adjusted


def pairwise_wilcoxon(table: RankTable) -> Figure:
    """Wilcoxon signed-rank test of every pair of systems on the units' mean ranks, Holm-adjusted."""
    values = blocks(table)
    figure = base_figure(table, 0.0, "Wilcoxon signed-rank on unit means, Holm", least=1)
    if len(values) < 2 or table.k < 2:
        return replace(figure, value=None, reason=block_reason(table))
    pairs = [
        {"systems": [str(table.systems[i]), str(table.systems[j])], **_signed_rank(values[:, i] - values[:, j])}
        for i, j in combinations(range(table.k), 2)
    ]
    for pair, p in zip(pairs, holm([pair["p"] for pair in pairs]), strict=True):
        pair["p_holm"] = p
    return replace(figure, value=None, reason=None, n_pairs=len(pairs), values=pairs)


def _signed_rank(gaps: FloatArray) -> dict[str, Any]:
    gaps = np.round(gaps, 9)
    if not gaps.any():
        return {"statistic": None, "p": None, "reason": Reason.NO_VARIATION}
    statistic, p = signed_rank(gaps)
    return {"statistic": statistic, "p": p, "reason": None}


def significance_groups(
    means: dict[str, float], pairs: Sequence[dict[str, Any]], *, key: str = "p_holm", significance: float = 0.05
) -> list[list[str]]:
    """Longest runs of systems, by mean rank, in which no pair differs significantly."""
    apart = {frozenset(pair["systems"]) for pair in pairs if pair[key] is not None and pair[key] < significance}
    names = sorted(means, key=lambda name: means[name])
    groups: list[list[str]] = []
    for start in range(len(names)):
        end = start + 1
        while end < len(names) and not any(frozenset((x, names[end])) in apart for x in names[start:end]):
            end += 1
        if not groups or names[end - 1] not in groups[-1]:
            groups.append(names[start:end])
    return groups


def permutation_p(table: RankTable, *, n: int = 1000, seed: int = 1) -> Figure:
    """One-sided p of the mean Kendall's W when every rater's ranks are shuffled within each unit.

    (1 + permutations at least as high) / (1 + n), which is never 0 (Phipson and Smyth 2010).
    """
    observed = unit_w(table)
    figure = base_figure(table, 0.0, "permutation of ranks within raters and units")
    if not np.isfinite(observed).any():
        return replace(figure, value=None, reason=undefined_reason(table))
    rng = np.random.default_rng(seed)
    base = float(np.nanmean(observed))
    away = np.where(table.complete[:, :, None], table.tied_ranks - (table.k + 1) / 2, 0.0)
    raters = table.complete.sum(axis=1)
    within = raters * (away**2).sum(axis=(1, 2))
    use = np.isfinite(observed)
    hits = 0
    for _ in range(n):
        shuffled = rng.permuted(away[use], axis=2)
        w = (shuffled.sum(axis=1) ** 2).sum(axis=1) / within[use]
        hits += bool(w.mean() >= base - 1e-12)
    extra = {**figure.extra, "observed": base, "permutations": n}
    return replace(figure, value=(1 + hits) / (1 + n), reason=None, seed=seed, extra=extra)
