"""Plackett-Luce and Bradley-Terry strengths from rankings, win matrix and position bias."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stats import strengths
from stats.rank_agreement import base_figure, top_shares
from stats.rank_table import RankTable
from stats.resample import named_intervals, resample
from stats.result import Figure, Reason

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Choices:
    """Rankings as choices from sets, summed per unit.

    `won` (units, k) choices won, `counts` (units, S) uses of each set, `sets` (S, k) 0/1, `beats` (units, k
    * k) how often the row's system stood above the column's.
    """

    won: FloatArray
    counts: FloatArray
    sets: FloatArray
    beats: FloatArray


def choices(ranks: FloatArray) -> Choices:
    """From ranks (units, raters, k) with NaN for "not ranked"; partial rankings are used as they are.

    Each system is chosen from those ranked with it or below it; tied systems are thus each chosen from the
    same set (Breslow's treatment).
    """
    units, raters, k = ranks.shape
    present = np.isfinite(ranks)
    among = (ranks[..., None, :] >= ranks[..., :, None]) & present[..., :, None]
    real = (among.sum(axis=-1) >= 2) & present
    owner = np.broadcast_to(np.arange(units)[:, None, None], (units, raters, k))[real]
    sets, member = np.unique(among[real], axis=0, return_inverse=True)
    counts = np.zeros((units, max(len(sets), 1)))
    np.add.at(counts, (owner, member.reshape(-1)), 1.0)
    if not len(sets):
        sets = np.ones((1, k), dtype=bool)
    above = (ranks[..., :, None] < ranks[..., None, :]).sum(axis=1)
    return Choices(
        real.sum(axis=1).astype(np.float64),
        counts,
        sets.astype(np.float64),
        above.reshape(units, k * k).astype(np.float64),
    )


def plackett_luce(table: RankTable, *, bootstrap: int = 0, seed: int = 1, workers: int = 1) -> Figure:
    """Plackett-Luce log strengths centred on 0, higher is better; intervals over units per system.

    None where the rankings do not link all systems in both directions: then no finite maximum exists.
    """
    figure = base_figure(table, 0.0, "Plackett-Luce, maximum likelihood, ties after Breslow", least=1)
    if not table.started.any():
        return replace(figure, value=None, reason=Reason.TOO_FEW_ITEMS)
    if table.k < 2:
        return replace(figure, value=None, reason=Reason.TOO_FEW_SYSTEMS)
    data, k = choices(table.ranks), table.k

    def solve(weights: FloatArray) -> FloatArray:
        beats = (weights @ data.beats).reshape(-1, k, k)
        return strengths.plackett_luce(weights @ data.won, weights @ data.counts, data.sets, beats)

    n_units = len(table.units)
    point = solve(np.ones((1, n_units)))[0]
    if bootstrap and np.isfinite(point).all():
        drawn = resample(solve, n_units, n=bootstrap, seed=seed, workers=workers, width=data.sets.size)
        return strength_figure(figure, table.systems, point, drawn, seed)
    return strength_figure(figure, table.systems, point)


def strength_figure(
    figure: Figure,
    systems: tuple[object, ...],
    point: FloatArray,
    drawn: FloatArray | None = None,
    seed: int | None = None,
) -> Figure:
    """Log strengths by system, with each system's share exp(x) / sum exp(x) and, if resampled, its
    interval.
    """
    names = [str(system) for system in systems]
    if not np.isfinite(point).all():
        return replace(figure, value=None, reason=Reason.NOT_CONNECTED)
    share = np.exp(point) / np.exp(point).sum()
    extra = {**figure.extra, "share": dict(zip(names, share.tolist(), strict=True))}
    if drawn is not None:
        extra["ci_by_system"] = named_intervals(drawn, names)
        extra["replicates"] = len(drawn)
        extra["replicates_undefined"] = int((~np.isfinite(drawn).all(axis=1)).sum())
    values = dict(zip(names, point.tolist(), strict=True))
    return replace(figure, value=None, reason=None, values=values, seed=seed, extra=extra)


def bradley_terry(table: RankTable, *, bootstrap: int = 0, seed: int = 1, workers: int = 1) -> Figure:
    """Bradley-Terry log strengths from the pairs of systems in every ranking; a tie is half a win for
    each.
    """
    figure = base_figure(table, 0.0, "Bradley-Terry on ranked pairs, ties half", least=1)
    if not table.started.any() or table.k < 2:
        reason = Reason.TOO_FEW_SYSTEMS if table.started.any() else Reason.TOO_FEW_ITEMS
        return replace(figure, value=None, reason=reason)
    wins, k = _unit_wins(table), table.k

    def solve(weights: FloatArray) -> FloatArray:
        return strengths.bradley_terry((weights @ wins).reshape(-1, k, k))

    point = solve(np.ones((1, len(wins))))[0]
    if bootstrap and np.isfinite(point).all():
        drawn = resample(solve, len(wins), n=bootstrap, seed=seed, workers=workers, width=k * k)
        return strength_figure(figure, table.systems, point, drawn, seed)
    return strength_figure(figure, table.systems, point)


def _unit_wins(table: RankTable) -> FloatArray:
    """(units, k * k): how often the row's system stood above the column's, ties half."""
    above = table.ranks[..., :, None] < table.ranks[..., None, :]
    level = table.ranks[..., :, None] == table.ranks[..., None, :]
    wins = (above + 0.5 * level).sum(axis=1) * (1 - np.eye(table.k))
    return np.asarray(wins.reshape(len(table.units), table.k**2), dtype=np.float64)


def win_matrix(table: RankTable) -> Figure:
    """Share of rankings in which the row's system stood above the column's, ties half; None where never
    met.
    """
    wins = _unit_wins(table).sum(axis=0).reshape(table.k, table.k)
    games = wins + wins.T
    share = np.divide(wins, games, out=np.full(wins.shape, np.nan), where=games > 0)
    figure = base_figure(table, 0.0, "row above column, ties half", least=1)
    names = [str(system) for system in table.systems]
    if not games.any():
        return replace(figure, value=None, reason=Reason.TOO_FEW_ITEMS)
    extra = {**figure.extra, "systems": names, "wins": wins.tolist()}
    return replace(figure, value=None, values=share.tolist(), extra=extra)


def rank_histogram(table: RankTable) -> Figure:
    """How often every system took each rank 1..k, over complete rankings; a shared rank counts at its
    mean.
    """
    figure = base_figure(table, 0.0, "counts of ranks", least=1)
    if not table.complete.any():
        return replace(figure, value=None, reason=Reason.TOO_FEW_ITEMS)
    ranks = table.tied_ranks[table.complete]
    levels = np.unique(np.concatenate([np.arange(1, table.k + 1), ranks.reshape(-1)]))
    values = {
        str(system): {f"{level:g}": int((ranks[:, j] == level).sum()) for level in levels}
        for j, system in enumerate(table.systems)
    }
    return replace(figure, value=None, values=values)


def position_bias(table: RankTable, positions: npt.ArrayLike) -> Figure:
    """Does the place on the page matter? Chi-square of first places over positions, and mean rank per
    position.

    `positions` has the shape of `ranks` and holds the place 1..k where each system was shown (NaN if
    unknown).
    """
    shown = np.asarray(positions, dtype=np.float64)
    if shown.shape != table.ranks.shape:
        raise ValueError(f"positions have shape {shown.shape}, the ranks {table.ranks.shape}")
    figure = base_figure(table, 0.0, "chi-square of first places over positions", least=1)
    firsts, usable = top_shares(table), np.isfinite(shown) & table.complete[:, :, None]
    places = np.unique(shown[usable])
    if places.size < 2:
        return replace(figure, value=None, reason=Reason.TOO_FEW_ITEMS)
    from scipy.stats import chi2

    masks = [usable & (shown == place) for place in places]
    won = np.asarray([firsts[mask].sum() for mask in masks])
    seen = np.asarray([mask.sum() for mask in masks], dtype=np.float64)
    expected = won.sum() * seen / seen.sum()
    value, df = float(((won - expected) ** 2 / expected).sum()), int(places.size - 1)
    means = [float(table.tied_ranks[mask].mean()) for mask in masks]
    names = [f"{place:g}" for place in places]
    extra = {"df": df, "p": float(chi2.sf(value, df)), "first_places": dict(zip(names, won.tolist(), strict=True))}
    extra["mean_rank"] = dict(zip(names, means, strict=True))
    return replace(figure, value=value, reason=None, extra={**figure.extra, **extra})
