"""How much data a study needs, by simulation under assumptions that are written down with the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from stats import kernels, pair_kernels
from stats.intervals import wilson
from stats.rank_table import RankTable
from stats.rank_tests import friedman
from stats.result import Figure, Reason
from stats.table import Table

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_Z = 1.959963984540054


def simulate_labels(n: int, raters: int, shares: Sequence[float], kappa: float, rng: np.random.Generator) -> Table:
    """Labels (n items) of raters who know the item's true category with probability sqrt(kappa), else guess.

    Truths and guesses follow `shares`; the expected chance-corrected agreement is then `kappa` exactly.
    """
    p = np.asarray(shares, dtype=np.float64)
    if not 0 <= kappa <= 1 or (p < 0).any() or not np.isclose(p.sum(), 1):
        raise ValueError("kappa must lie in 0..1 and the shares must be positive and sum to 1")
    truth = rng.choice(p.size, size=(n, 1), p=p)
    guess = rng.choice(p.size, size=(n, raters), p=p)
    knows = rng.random((n, raters)) < np.sqrt(kappa)
    return Table.from_codes(np.where(knows, truth, guess), list(range(p.size)))


def _value(table: Table, statistic: str) -> float:
    even = np.eye(table.n_categories)
    counts = table.pattern_counts
    if statistic == "cohen_kappa":
        kernel = pair_kernels.cohen(table.codes[table.by_row.first], even)
        return float(kernel.evaluate(table.by_row.multiplicity[None].astype(np.float64))[0])
    makers: dict[str, Callable[[], kernels.Kernel]] = {
        "fleiss_kappa": lambda: kernels.fleiss(counts, even),
        "krippendorff_alpha": lambda: kernels.alpha(counts, 1 - even),
        "gwet_ac1": lambda: kernels.gwet("gwet_ac1", counts, even),
        "percent_agreement": lambda: kernels.percent(counts),
        "consensus_rate": lambda: kernels.consensus(counts),
    }
    if statistic not in makers:
        raise ValueError(f"unknown statistic {statistic!r}; known are cohen_kappa, {', '.join(makers)}")
    return float(makers[statistic]().evaluate(table.by_count.multiplicity[None].astype(np.float64))[0])


def items_for_half_width(
    half_width: float,
    *,
    raters: int,
    shares: Sequence[float],
    kappa: float,
    statistic: str = "krippendorff_alpha",
    simulations: int = 200,
    most: int = 100_000,
    seed: int = 1,
) -> Figure:
    """Smallest number of items at which the 95 % interval of the statistic has the wanted half-width or less.

    The half-width is 1.96 times the spread over simulated studies. ValueError for impossible assumptions;
    None with reason `too_few_items` where even `most` items do not suffice.
    """
    if not half_width > 0:
        raise ValueError(f"the wanted half-width must be positive, got {half_width}")
    assumed = {"raters": raters, "shares": list(shares), "kappa": kappa, "statistic": statistic}
    extra = {"wanted_half_width": half_width, "simulations": simulations, "assumptions": assumed}

    def width(n: int) -> float:
        rng = np.random.default_rng([seed, n])
        values = [_value(simulate_labels(n, raters, shares, kappa, rng), statistic) for _ in range(simulations)]
        return _half_width(values)

    found, method = _smallest(width, half_width, most), "simulated spread of the statistic"
    if found is None:
        return Figure(None, Reason.TOO_FEW_ITEMS, method=method, seed=seed, extra=extra)
    return Figure(float(found), method=method, seed=seed, extra={**extra, "half_width": width(found)})


def label_half_width(
    sizes: Mapping[int, int], *, shares: Sequence[float], kappa: float, simulations: int = 100, seed: int = 1
) -> Figure:
    """Expected half-width of the 95 % interval of Krippendorff's alpha where units have different numbers of raters.

    `sizes` has how many units there are by their number of raters. 1.96 times the spread over simulated studies.
    """
    if not sizes or min(sizes) < 2 or sum(sizes.values()) < 2:
        raise ValueError("at least two units, with at least two raters each, are needed")
    rng = np.random.default_rng(seed)
    values = [_alpha_of(sizes, shares, kappa, rng) for _ in range(simulations)]
    assumed = {"sizes": dict(sizes), "shares": list(shares), "kappa": kappa, "statistic": "krippendorff_alpha"}
    extra = {"simulations": simulations, "assumptions": assumed}
    return Figure(_half_width(values), method="simulated spread of the statistic", seed=seed, extra=extra)


def _alpha_of(sizes: Mapping[int, int], shares: Sequence[float], kappa: float, rng: np.random.Generator) -> float:
    """Alpha of one simulated study whose units have different numbers of raters."""
    tables = [simulate_labels(n, raters, shares, kappa, rng) for raters, n in sorted(sizes.items())]
    counts = np.concatenate([table.pattern_counts for table in tables])
    weights = np.concatenate([table.by_count.multiplicity for table in tables]).astype(np.float64)
    even = np.eye(len(shares))
    return float(kernels.alpha(counts, 1 - even).evaluate(weights[None])[0])


def _half_width(values: list[float]) -> float:
    """1.96 standard deviations; infinite where half of the simulated studies have no value."""
    fine = np.asarray(values)[np.isfinite(values)]
    return float(_Z * fine.std(ddof=1)) if 2 * fine.size > len(values) else float("inf")


def _smallest(width: Callable[[int], float], wanted: float, most: int) -> int | None:
    """Smallest n, to 2 %, with width(n) <= wanted; None beyond `most`. Simulated widths wobble more than
    that.
    """
    low, high = 4, 8
    while width(high) > wanted:
        low, high = high, 2 * high
        if high > most:
            return None
    while high - low > max(1, high // 50):
        middle = (low + high) // 2
        low, high = (middle, high) if width(middle) > wanted else (low, middle)
    return high


def _check_chances(win: float, tie: float, same: float) -> None:
    if min(win, tie, 1 - win - tie) < -1e-12 or not 0 <= same <= 1:
        raise ValueError("probabilities must lie in 0..1, and win and tie sum to at most 1")


def _power(hits: int, simulations: int, method: str, seed: int, assumed: dict[str, object]) -> Figure:
    extra = {"simulations": simulations, "assumptions": assumed}
    ci = wilson(hits, simulations)
    return Figure(hits / simulations, ci=ci, method=method, seed=seed, extra=extra)


def pairs_power(
    *,
    units: int,
    win: float,
    tie: float = 0.0,
    raters: int = 1,
    same: float = 0.0,
    significance: float = 0.05,
    simulations: int = 2000,
    seed: int = 1,
) -> Figure:
    """Power of the exact sign test on unit majorities of an A/B study.

    A vote is a win with probability `win`, a tie with `tie`. With probability `same` all raters of a unit
    give one and the same vote, otherwise they vote independently. ValueError for impossible probabilities.
    """
    _check_chances(win, tie, same)
    from scipy.stats import binom

    rng = np.random.default_rng(seed)
    p = np.asarray([win, tie, max(0.0, 1 - win - tie)])
    votes = rng.choice(np.asarray([1, 0, -1]), size=(simulations, units, raters), p=p / p.sum())
    together = rng.random((simulations, units)) < same
    total = np.where(together, raters * votes[:, :, 0], votes.sum(axis=2))
    up, down = (total > 0).sum(axis=1), (total < 0).sum(axis=1)
    # For p = 1/2 the exact two-sided test doubles the smaller tail.
    p_values = np.minimum(1.0, 2 * binom.cdf(np.minimum(up, down), up + down, 0.5))
    hits = int(((p_values < significance) & (up + down > 0)).sum())
    assumed = {"units": units, "win": win, "tie": tie, "raters": raters, "same": same, "significance": significance}
    return _power(hits, simulations, "exact sign test on unit majorities", seed, dict(assumed))


def simulate_rankings(
    units: int, raters: int, log_strengths: Sequence[float], rng: np.random.Generator, *, unit_sd: float = 0.0
) -> RankTable:
    """Plackett-Luce rankings; with `unit_sd` each unit's log strengths differ from the overall ones."""
    strength = np.asarray(log_strengths, dtype=np.float64)
    own = strength + unit_sd * rng.standard_normal((units, 1, strength.size))
    noisy = own + rng.gumbel(size=(units, raters, strength.size))
    ranks = np.asarray((-noisy).argsort(axis=2).argsort(axis=2) + 1, dtype=np.float64)
    return RankTable(tuple(range(units)), tuple(range(raters)), tuple(range(strength.size)), ranks)


def ranking_power(
    *,
    units: int,
    raters: int,
    log_strengths: Sequence[float],
    unit_sd: float = 0.0,
    significance: float = 0.05,
    simulations: int = 500,
    seed: int = 1,
) -> Figure:
    """Power of the Friedman test over units for Plackett-Luce rankings with these log strengths."""
    if units < 2 or raters < 1 or len(log_strengths) < 2:
        raise ValueError("at least two units, one rater and two systems are needed")
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(simulations):
        found = friedman(simulate_rankings(units, raters, log_strengths, rng, unit_sd=unit_sd))
        hits += int(found.value is not None and float(found.extra["p"]) < significance)
    assumed = {"units": units, "raters": raters, "log_strengths": list(log_strengths), "unit_sd": unit_sd}
    return _power(hits, simulations, "Friedman over units", seed, {**assumed, "significance": significance})
