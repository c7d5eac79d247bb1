"""How far raters agree on rankings: exact ranks, Kendall's W, mean Spearman and tau-b, top-1.

Only complete rankings enter (a rater ranked every system of the unit); the figures say how many were left
out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from stats import pair_kernels
from stats.agreement import cohen_kappa
from stats.bootstrap import interval, replicates, sampling
from stats.kernels import divide
from stats.rank_table import RankTable
from stats.resample import resample, weighted_means, with_interval
from stats.result import Figure, Reason
from stats.table import MISSING, Table
from stats.weights import agreement_weights

FloatArray = npt.NDArray[np.float64]


def undefined_reason(table: RankTable) -> Reason:
    """Why agreement on these rankings has no value."""
    if not table.started.any():
        return Reason.TOO_FEW_ITEMS
    if int(table.started.any(axis=0).sum()) < 2:
        return Reason.TOO_FEW_RATERS
    if table.k < 2:
        return Reason.TOO_FEW_SYSTEMS
    if int(table.started.sum(axis=1).max()) < 2:
        return Reason.NO_OVERLAP
    if int(table.complete.sum(axis=1).max()) < 2:
        return Reason.INCOMPLETE_BLOCKS
    return Reason.NO_VARIATION


def base_figure(table: RankTable, value: float, method: str, *, least: int = 2) -> Figure:
    """A figure over the units with at least `least` complete rankings; NaN becomes None with the reason."""
    raters = int(table.started.any(axis=0).sum())
    extra = {
        "n_systems": table.k,
        "n_rankings": int(table.complete.sum()),
        "n_rankings_left_out": int((table.started & ~table.complete).sum()),
    }
    known = bool(np.isfinite(value))
    return Figure(
        float(value) if known else None,
        None if known else undefined_reason(table),
        n_items=int((table.complete.sum(axis=1) >= least).sum()),
        n_raters=raters,
        n_pairs=raters * (raters - 1) // 2,
        method=method,
        extra=extra,
    )


def rank_codes(table: RankTable) -> tuple[Table, FloatArray]:
    """Complete rankings as a label table with one item per (unit, system), and the ranks behind the
    categories.

    The categories are 1..k and whatever else was given (1.5 for a shared place).
    """
    units, raters, k = table.ranks.shape
    whole = np.where(table.complete[:, :, None], table.ranks, np.nan)
    seen = np.unique(whole[np.isfinite(whole)])
    levels = np.union1d(np.arange(1, k + 1, dtype=np.float64), seen)
    flat = whole.transpose(0, 2, 1).reshape(units * k, raters)
    codes = np.where(np.isfinite(flat), np.searchsorted(levels, flat), MISSING)
    return Table.from_codes(codes, [float(level) for level in levels]), levels


def exact_rank_kappa(table: RankTable, *, bootstrap: int = 0, seed: int = 1) -> Figure:
    """Mean pairwise Cohen's kappa with the ranks as classes; near misses count as misses."""
    return _rank_kappa(table, None, "Cohen on exact ranks, mean over pairs of raters", bootstrap, seed)


def quadratic_kappa(table: RankTable, *, bootstrap: int = 0, seed: int = 1) -> Figure:
    """Mean pairwise Cohen's kappa on ranks with quadratic weights: a near miss counts nearly full."""
    return _rank_kappa(table, "quadratic", "Cohen on ranks, quadratic, mean over pairs of raters", bootstrap, seed)


def _rank_kappa(table: RankTable, weights: str | None, method: str, bootstrap: int, seed: int) -> Figure:
    if not table.complete.any() or table.k < 2:
        return base_figure(table, float("nan"), method)
    coded, levels = rank_codes(table)
    matrix: Any = weights
    if weights and not np.array_equal(levels, np.arange(1, table.k + 1)):
        gap = np.subtract.outer(levels, levels)
        matrix = 1 - (gap / np.abs(gap).max()) ** 2
    found = cohen_kappa(coded, weights=matrix)
    figure = base_figure(table, found.value if found.value is not None else float("nan"), method)
    figure = replace(figure, extra={**figure.extra, "n_pairs_defined": found.extra["n_pairs_defined"]})
    if not bootstrap or figure.value is None:
        return figure
    kernel = pair_kernels.cohen(coded.codes[coded.by_row.first], agreement_weights(matrix, coded.n_categories))
    owners = np.repeat(np.arange(len(table.units)), table.k).tolist()
    drawn = replicates([kernel], sampling(coded.by_row, owners), n=bootstrap, seed=seed)[:, 0]
    ci, notes = interval(drawn, figure.value)
    return replace(figure, ci=ci, seed=seed, extra={**figure.extra, **notes, "resampled": "units"})


def unit_w(table: RankTable) -> FloatArray:
    """Kendall's W of each unit with ties, shape (units,); NaN with fewer than two complete rankings."""
    away = np.where(table.complete[:, :, None], table.tied_ranks - (table.k + 1) / 2, 0.0)
    raters = table.complete.sum(axis=1)
    between = (away.sum(axis=1) ** 2).sum(axis=1)
    within = raters * (away**2).sum(axis=(1, 2))
    usable = (raters >= 2) & (within > 0)
    return divide(between, np.where(usable, within, 0.0))


def kendall_w(table: RankTable, *, bootstrap: int = 0, seed: int = 1) -> Figure:
    """Kendall's coefficient of concordance with the tie correction, averaged over units."""
    return _unit_mean(table, unit_w(table), "Kendall's W per unit, tie-corrected, mean", bootstrap, seed)


def _mean_pair_product(unit_vectors: FloatArray) -> FloatArray:
    """Per unit the mean over pairs of raters of the vectors' inner product; zero vectors are no raters."""
    present = (unit_vectors**2).sum(axis=2) > 0.5
    n = present.sum(axis=1)
    together = (unit_vectors.sum(axis=1) ** 2).sum(axis=1) - n
    return divide(together, (n * (n - 1)).astype(np.float64))


def _normalised(vectors: FloatArray) -> FloatArray:
    length = np.sqrt((vectors**2).sum(axis=2, keepdims=True))
    return np.nan_to_num(divide(vectors, np.where(length > 1e-12, length, 0.0)))


def unit_spearman(table: RankTable) -> FloatArray:
    """Mean Spearman correlation over the pairs of raters of each unit, shape (units,)."""
    away = np.where(table.complete[:, :, None], table.tied_ranks - (table.k + 1) / 2, 0.0)
    return _mean_pair_product(_normalised(away))


def unit_tau(table: RankTable) -> FloatArray:
    """Mean Kendall tau-b over the pairs of raters of each unit, shape (units,).

    tau-b of two rank vectors is the cosine of their vectors of pairwise order signs.
    """
    upper = np.triu_indices(table.k, 1)
    ranks = np.where(table.complete[:, :, None], table.tied_ranks, 0.0)
    signs = np.sign(ranks[:, :, upper[1]] - ranks[:, :, upper[0]])
    return _mean_pair_product(_normalised(signs))


def mean_spearman(table: RankTable, *, bootstrap: int = 0, seed: int = 1) -> Figure:
    """Spearman correlation between raters: mean over pairs, then over units."""
    return _unit_mean(table, unit_spearman(table), "Spearman per unit, mean over pairs", bootstrap, seed)


def mean_kendall_tau_b(table: RankTable, *, bootstrap: int = 0, seed: int = 1) -> Figure:
    """Kendall's tau-b between raters' rank vectors: mean over pairs, then over units."""
    return _unit_mean(table, unit_tau(table), "Kendall tau-b per unit, mean over pairs", bootstrap, seed)


def top_shares(table: RankTable) -> FloatArray:
    """(units, raters, k): 1 for the system ranked first, shared out over ties; NaN without a ranking."""
    best = table.tied_ranks == table.tied_ranks.min(axis=2, keepdims=True, initial=np.inf)
    n = best.sum(axis=2, keepdims=True)
    shares = np.divide(best.astype(np.float64), n, out=np.zeros(best.shape), where=n > 0)
    return np.where(table.complete[:, :, None], shares, np.nan)


def top1(table: RankTable, *, bootstrap: int = 0, seed: int = 1) -> Figure:
    """Share of pairs of raters who put the same system first, mean over units; with each system's share of
    firsts.

    A shared first place counts in parts.
    """
    shares = np.nan_to_num(top_shares(table))
    n = table.complete.sum(axis=1)
    together = (shares.sum(axis=1) ** 2).sum(axis=1) - (shares**2).sum(axis=(1, 2))
    per_unit = divide(together, (n * (n - 1)).astype(np.float64))
    figure = _unit_mean(table, per_unit, "equal first places, mean over pairs", bootstrap, seed)
    total = float(shares.sum())
    firsts = shares.sum(axis=(0, 1)) / total if total else np.zeros(table.k)
    share = {str(system): float(part) for system, part in zip(table.systems, firsts, strict=True)}
    return replace(figure, extra={**figure.extra, "share": share if total else None})


def _unit_mean(table: RankTable, values: FloatArray, method: str, bootstrap: int, seed: int) -> Figure:
    """Mean over the units where the value is defined, with an interval over units."""
    fine = values[np.isfinite(values)] if table.k >= 2 else np.empty(0)  # one system is no ranking
    figure = base_figure(table, float(fine.mean()) if fine.size else float("nan"), method)
    if fine.size:
        figure = replace(figure, extra={**figure.extra, "lowest": float(fine.min()), "highest": float(fine.max())})
    if not bootstrap or figure.value is None:
        return figure
    drawn = resample(weighted_means(fine[:, None]), fine.size, n=bootstrap, seed=seed)[:, 0]
    return with_interval(figure, drawn, seed=seed)
