"""Win, tie, lose: counts, exact sign tests, win rates, strengths, side bias and agreement of A/B votes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from stats import agreement, kernels, strengths
from stats.bootstrap import Sampling, replicates
from stats.intervals import wilson
from stats.kernels import divide
from stats.pair_kernels import affordable
from stats.pairs import Votes
from stats.rank_strengths import strength_figure
from stats.rank_tests import holm
from stats.resample import named_intervals, resample, with_interval
from stats.result import Figure, Reason
from stats.summary import agreement_summary
from stats.table import Table

FloatArray = npt.NDArray[np.float64]

TIE_POLICIES = ("half", "drop", "davidson")


def _base(votes: Votes, method: str) -> Figure:
    """A figure with the counts of these votes and no value yet."""
    return Figure(
        None,
        Reason.TOO_FEW_ITEMS,
        n_items=int(np.unique(votes.unit).size),
        n_raters=int(np.unique(votes.rater).size),
        n_pairs=votes.k * (votes.k - 1) // 2,
        method=method,
        extra={"n_votes": int(votes.outcome.size), "n_ties": int((votes.outcome == 0).sum())},
    )


def _total(votes: Votes) -> tuple[FloatArray, FloatArray]:
    wins, ties = votes.win_arrays(1, np.zeros(votes.outcome.size, dtype=np.int64))
    return wins[0], ties[0]


def wins(votes: Votes) -> Figure:
    """Win, tie and lose counts of every system over votes; `by_pair` the same for each pair of systems."""
    base = _base(votes, "counts of votes")
    if not votes.outcome.size:
        return base
    won, tied = _total(votes)
    values = {
        str(system): {"win": int(won[i].sum()), "tie": int(tied[i].sum()), "lose": int(won[:, i].sum())}
        for i, system in enumerate(votes.systems)
    }
    by_pair = [
        {
            "systems": [str(votes.systems[i]), str(votes.systems[j])],
            "win": int(won[i, j]),
            "tie": int(tied[i, j]),
            "lose": int(won[j, i]),
        }
        for i, j in combinations(range(votes.k), 2)
        if won[i, j] + won[j, i] + tied[i, j]
    ]
    return replace(base, reason=None, values=values, extra={**base.extra, "by_pair": by_pair})


def unit_outcomes(votes: Votes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Lower system, higher system and the sign of the summed votes, one entry per unit and pair."""
    low, high, lean = votes.oriented()
    keys = (votes.unit * votes.k + low) * votes.k + high
    places, item = np.unique(keys, return_inverse=True)
    total = np.bincount(item.reshape(-1), weights=lean, minlength=places.size)
    return places // votes.k % votes.k, places % votes.k, np.sign(total).astype(np.int64)


def sign_test(votes: Votes) -> Figure:
    """Exact two-sided sign test per pair of systems on the units' majorities, Holm over the pairs.

    Several raters of one unit are no independent trials, so a unit counts once; a unit tied between its
    raters says nothing. `p_votes` is the same test on single votes. With two systems `value` is the p, with
    more the list of pairs.
    """
    base = _base(votes, "exact sign test on unit majorities, two-sided")
    if not votes.outcome.size:
        return base
    low, high, sign = unit_outcomes(votes)
    raw_low, raw_high, lean = votes.oriented()
    pairs = []
    for i, j in combinations(range(votes.k), 2):
        here, raw = (low == i) & (high == j), (raw_low == i) & (raw_high == j)
        if not here.any():
            continue
        entry = _sign_entry(int((sign[here] > 0).sum()), int((sign[here] < 0).sum()), int((sign[here] == 0).sum()))
        p_votes = _binomial_p(int((lean[raw] > 0).sum()), int((lean[raw] != 0).sum()))
        systems = [str(votes.systems[i]), str(votes.systems[j])]
        pairs.append({"systems": systems, **entry, "p_votes": p_votes})
    for pair, p in zip(pairs, holm([pair["p"] for pair in pairs]), strict=True):
        pair["p_holm"] = p
    if len(pairs) > 1:
        return replace(base, reason=None, values=pairs)
    only = pairs[0]
    return replace(base, value=only["p"], reason=only["reason"], extra={**base.extra, **_renamed(only)})


def _renamed(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in ("reason", "value")}


def _sign_entry(win: int, lose: int, tie: int) -> dict[str, Any]:
    p = _binomial_p(win, win + lose)
    return {"win": win, "tie": tie, "lose": lose, "p": p, "reason": None if p is not None else Reason.NO_DECISIONS}


def _binomial_p(hits: int, n: int) -> float | None:
    from scipy.stats import binomtest

    return float(binomtest(hits, n).pvalue) if n else None


def win_rate(votes: Votes, *, ties: str = "half", bootstrap: int = 0, seed: int = 1) -> Figure:
    """Share of its votes each system won; a tie counts half, or is dropped with ties="drop".

    Wilson intervals stand beside where every unit has one vote; otherwise votes depend on each other, and
    only a bootstrap over units gives intervals. Raises ValueError for an unknown policy.
    """
    if ties not in ("half", "drop"):
        raise ValueError(f"unknown tie policy {ties!r} for win rates; known are half and drop")
    base = _base(votes, f"share of votes won, ties {ties}")
    if not votes.outcome.size:
        return base
    won, tied = (array.sum(axis=2) for array in votes.win_arrays(len(votes.units), votes.unit))
    lost = votes.win_arrays(len(votes.units), votes.unit)[0].sum(axis=1)
    part = 0.5 * tied if ties == "half" else 0.0
    hits, games = won + part, won + lost + (tied if ties == "half" else 0.0)
    names = [str(system) for system in votes.systems]
    rates = divide(hits.sum(axis=0), games.sum(axis=0))
    values = {n: float(r) if np.isfinite(r) else None for n, r in zip(names, rates, strict=True)}
    base = replace(base, reason=None, values=values)
    if np.bincount(votes.unit).max() == 1:
        found = [wilson(h, g) for h, g in zip(hits.sum(axis=0), games.sum(axis=0), strict=True)]
        return replace(base, extra={**base.extra, "ci_by_system": dict(zip(names, found, strict=True))})
    if not bootstrap:
        return base
    drawn = resample(lambda w: divide(w @ hits, w @ games), len(votes.units), n=bootstrap, seed=seed)
    return replace(base, seed=seed, extra={**base.extra, "ci_by_system": named_intervals(drawn, names)})


def bradley_terry(votes: Votes, *, ties: str = "half", bootstrap: int = 0, seed: int = 1, workers: int = 1) -> Figure:
    """Bradley-Terry log strengths centred on 0, higher is better.

    `ties`: "half" gives half a win to both, "drop" leaves ties out, "davidson" models them (Davidson 1970;
    the log tie parameter is `log_tie`). None where the votes do not link all systems. ValueError for another
    policy.
    """
    if ties not in TIE_POLICIES:
        raise ValueError(f"unknown tie policy {ties!r}; known are {', '.join(TIE_POLICIES)}")
    base = _base(votes, f"Bradley-Terry, maximum likelihood, ties {ties}")
    if not votes.outcome.size:
        return base
    # Units without votes would be drawn in vain.
    units, group = np.unique(votes.unit, return_inverse=True)
    won, tied = votes.win_arrays(units.size, group.reshape(-1).astype(np.int64))
    k, flat = votes.k, (units.size, votes.k**2)

    def solve(weights: FloatArray) -> FloatArray:
        w, t = ((weights @ array.reshape(flat)).reshape(-1, k, k) for array in (won, tied))
        if ties == "davidson":
            return strengths.davidson(w, t)
        return strengths.bradley_terry(w + t / 2 if ties == "half" else w)

    point = solve(np.ones((1, units.size)))[0]
    drawn = None
    if bootstrap and np.isfinite(point).all():
        drawn = resample(solve, units.size, n=bootstrap, seed=seed, workers=workers, width=4 * k * k)[:, :k]
    if ties == "davidson" and np.isfinite(point).all():
        base = replace(base, extra={**base.extra, "log_tie": float(point[k])})
    return strength_figure(base, votes.systems, point[:k], drawn, seed if drawn is not None else None)


def side_bias(votes: Votes) -> Figure:
    """Share of decided votes won by the system shown first, with Wilson interval and exact p against a
    half.
    """
    base = _base(votes, "first side's share of decided votes")
    decided = int((votes.outcome != 0).sum())
    if not decided:
        return replace(base, reason=Reason.NO_DECISIONS if votes.outcome.size else Reason.TOO_FEW_ITEMS)
    first = int((votes.outcome == 1).sum())
    extra = {**base.extra, "p": _binomial_p(first, decided), "n_decided": decided}
    return replace(base, value=first / decided, reason=None, ci=wilson(first, decided), extra=extra)


def average_win_rate(votes: Votes, *, bootstrap: int = 0, seed: int = 1) -> Figure:
    """Each system's win rate against every opponent it met, averaged over opponents; a tie counts half.

    Unlike `win_rate` it does not depend on how often a system met which opponent. Intervals resample units.
    """
    base = _base(votes, "win rate against each opponent, mean over opponents, ties half")
    if not votes.outcome.size:
        return base
    won, tied = votes.win_arrays(len(votes.units), votes.unit)
    score = (won + 0.5 * tied).reshape(len(votes.units), -1)
    met = np.flatnonzero(score.sum(axis=0).reshape(votes.k, votes.k) + score.sum(axis=0).reshape(votes.k, votes.k).T)
    score = score[:, met]
    row, column = met // votes.k, met % votes.k
    other = np.searchsorted(met, column * votes.k + row)

    def rates(weights: FloatArray) -> FloatArray:
        sums = weights @ score
        share = divide(sums, sums + sums[:, other])
        out = np.full((weights.shape[0], votes.k), np.nan)
        for system in range(votes.k):
            own = share[:, row == system]
            n = np.isfinite(own).sum(axis=1)
            out[:, system] = divide(np.nansum(own, axis=1), n.astype(np.float64))
        return out

    names = [str(system) for system in votes.systems]
    point = rates(np.ones((1, len(votes.units))))[0]
    values = {name: float(rate) if np.isfinite(rate) else None for name, rate in zip(names, point, strict=True)}
    base = replace(base, reason=None, values=values)
    if not bootstrap:
        return base
    drawn = resample(rates, len(votes.units), n=bootstrap, seed=seed, width=2 * met.size)
    return replace(base, seed=seed, extra={**base.extra, "ci_by_system": named_intervals(drawn, names)})


def agreement_of(table: Table, *, bootstrap: int = 0, seed: int = 1, workers: int = 1) -> dict[str, Figure]:
    """Alpha, percent agreement and mean pairwise kappa; kappa without interval where raters are too many."""
    wanted = ("krippendorff_alpha", "percent_agreement", "cohen_kappa")
    if affordable(table):
        found = agreement_summary(table, bootstrap=bootstrap, seed=seed, workers=workers)
        return {name: found[name] for name in wanted}
    points = [agreement.krippendorff_alpha(table), agreement.percent_agreement(table), agreement.cohen_kappa(table)]
    found = dict(zip(wanted, points, strict=True))
    counts = table.pattern_counts
    made = [agreement.alpha_kernel(counts, table, "nominal"), kernels.percent(counts)]
    known = [kernel for kernel in made if found[kernel.name].value is not None]
    if bootstrap and known:
        drawn = replicates(known, Sampling(table.by_count.multiplicity), n=bootstrap, seed=seed, workers=workers)
        for place, kernel in enumerate(known):
            found[kernel.name] = with_interval(found[kernel.name], drawn[:, place], seed=seed, unit="items")
    return found


def pairs_summary(
    votes: Votes,
    *,
    ties: str = "half",
    bootstrap: int = 0,
    seed: int = 1,
    workers: int = 1,
    agreed: Table | None = None,
) -> dict[str, Figure]:
    """`wins`, `sign_test`, `bradley_terry`, `win_rate`, `average_win_rate`, `side_bias`, and the raters'
    `krippendorff_alpha`, `percent_agreement` and `cohen_kappa` on the three classes, in one orientation of each
    pair or as the table `agreed` has them.
    """
    table = votes.agreement_table() if agreed is None else agreed
    return {
        "wins": wins(votes),
        "sign_test": sign_test(votes),
        "bradley_terry": bradley_terry(votes, ties=ties, bootstrap=bootstrap, seed=seed, workers=workers),
        "win_rate": win_rate(votes, ties="drop" if ties == "drop" else "half", bootstrap=bootstrap, seed=seed),
        "average_win_rate": average_win_rate(votes, bootstrap=bootstrap, seed=seed),
        "side_bias": side_bias(votes),
        **agreement_of(table, bootstrap=bootstrap, seed=seed, workers=workers),
    }


def by_criterion(
    votes: Mapping[str, Votes], *, agreed: Mapping[str, Table] | None = None, **options: Any
) -> dict[str, dict[str, Figure]]:
    """`pairs_summary` of every criterion; two-system sign tests get `p_holm` over the criteria."""
    tables = agreed or {}
    found = {name: pairs_summary(table, agreed=tables.get(name), **options) for name, table in votes.items()}
    adjusted = holm([figures["sign_test"].value for figures in found.values()])
    for figures, p in zip(found.values(), adjusted, strict=True):
        test = figures["sign_test"]
        figures["sign_test"] = replace(test, extra={**test.extra, "p_holm_criteria": p})
    return found
