"""A coefficient with an interval that speaks of other items and other raters too."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stats import kernels, pair_kernels
from stats.agreement import Weights, alpha_kernel, figure, undefined_reason
from stats.bootstrap import Sampling, column_replicates, replicates, sampling, too_unstable
from stats.kernels import Kernel
from stats.pair_kernels import rater_pairs
from stats.patterns import Codes
from stats.result import Figure, Interval, Reason, json_safe
from stats.summary import DEFAULT_WEIGHTS
from stats.table import Table, count_matrix
from stats.weights import agreement_weights

FloatArray = npt.NDArray[np.float64]

PAIRWISE: dict[str, Callable[[Codes, FloatArray], Kernel]] = {
    "cohen_kappa": pair_kernels.cohen,
    "scott_pi": pair_kernels.scott,
}
STATISTICS = (
    "percent_agreement", "krippendorff_alpha", "gwet_ac1", "gwet_ac2", "fleiss_kappa", "brennan_prediger",
    "conger_kappa", *PAIRWISE,
)  # fmt: skip
"""The consensus rate is not among them: it means something else for every number of raters."""
OF_DECLARED = ("gwet_ac1", "gwet_ac2", "brennan_prediger")
LEAST_RATERS = 3


Draw = Callable[[Sampling], FloatArray]


@dataclass(frozen=True)
class Plan:
    """How the coefficient is defined, and how its items are drawn."""

    level: str
    weights: Weights
    n: int
    seed: int
    workers: int
    clusters: Sequence[Hashable] | None
    confidence: float


def crossed_bootstrap(
    table: Table,
    *,
    statistic: str = "krippendorff_alpha",
    level: str = "nominal",
    weights: Weights = None,
    n: int = 1000,
    seed: int = 1,
    clusters: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
    workers: int = 1,
) -> Figure:
    """A coefficient with an interval over items and raters, both taken as samples of more.

    Items (or clusters of them) are resampled `n` times; raters are left out one by one in every replicate, because
    drawing a handful of raters with replacement shows only (r - 1)/r of how raters vary. The two spreads are added
    as for readers and cases by Obuchowski and Rockette (1995), with Student's t at the degrees of freedom of Hillis
    (2007), on the scale of log odds. See docs/statistics.md. `level` and `weights` are those of
    `agreement_summary`.

    Below three raters there is no interval: two raters are one pair, which cannot show how pairs vary. `se`, `df`,
    the two parts of the variance and the coefficient `without_each` rater stand beside. Raises
    ValueError for an unknown statistic.
    """
    if statistic not in STATISTICS:
        raise ValueError(f"unknown statistic {statistic!r}; known are {', '.join(STATISTICS)}")
    plan = Plan(level, weights, n, seed, workers, clusters, confidence)
    method = f"{statistic}, other items and other raters"
    if table.n_pairable == 0 or len(table.raters) < 2:
        return replace(figure(table, float("nan"), method), reason=undefined_reason(table))
    shared = _who_overlap(table)
    point, drawn = _columns(shared, statistic, plan)
    last = Reason.SINGLE_CATEGORY if statistic in OF_DECLARED else None
    base = figure(table, float(point[0]), method, last_reason=last)
    if base.value is None:
        return base
    if len(shared.raters) < LEAST_RATERS:
        return replace(base, extra={**base.extra, "ci_reason": Reason.TOO_FEW_RATERS})
    units = sampling(shared.by_row, clusters)
    without = {str(rater): value for rater, value in zip(shared.raters, json_safe(point[1:]), strict=True)}
    notes = {
        "without_each": without,
        "replicates": n,
        "resampled": f"{'items' if clusters is None else 'clusters'} and raters",
    }
    base = replace(base, seed=seed, extra={**base.extra, **notes})
    return _with_interval(base, point, drawn(units), units.total, plan)


def _who_overlap(table: Table) -> Table:
    """The table with only the raters who share an item with another."""
    rated = table.codes[table.ratings_per_unit >= 2] >= 0
    return table.keep_raters(np.flatnonzero(rated.any(axis=0)).tolist())


def _with_interval(base: Figure, point: FloatArray, drawn: FloatArray, n_units: int, plan: Plan) -> Figure:
    """The figure with its interval, or the reason why there is none."""
    if not np.isfinite(point).all() or too_unstable(drawn):
        return replace(base, extra={**base.extra, "ci_reason": Reason.UNSTABLE})
    spread = _spread(point, drawn[np.isfinite(drawn).all(axis=1)], n_units)
    if spread.variance < 1e-18:
        return replace(base, extra={**base.extra, "ci_reason": Reason.NO_VARIATION})
    lowest = 0.0 if base.method.startswith("percent_agreement") else -1.0
    found = {"se": math.sqrt(spread.variance), "df": spread.df, "variance_raters": spread.raters}
    extra = {**base.extra, **found, "variance_items": spread.items}
    return replace(base, ci=_log_odds_t(base.value or 0.0, spread, lowest, plan.confidence), extra=extra)


@dataclass(frozen=True)
class _Spread:
    """The two parts of the variance of the coefficient, and their degrees of freedom together."""

    raters: float
    items: float
    df: float

    @property
    def variance(self) -> float:
        return self.raters + self.items


def _spread(point: FloatArray, drawn: FloatArray, n_units: int) -> _Spread:
    """Obuchowski and Rockette's variance of the mean over readers, for the jackknife's pseudo-values of raters.

    `point` is the coefficient (first) and the same without each rater, `drawn` that in every replicate. The mean
    square of the pseudo-values over their number is what raters, and raters with items, add; the covariance of
    different raters' pseudo-values over replicates is what the items add.
    """
    r = point.size - 1
    raters = float(_pseudo(point[None])[0].var(ddof=1)) / r
    joint = np.cov(_pseudo(drawn), rowvar=False) * n_units / max(n_units - 1, 1)
    items = max(float(joint.sum() - np.trace(joint)) / (r * (r - 1)), 0.0)
    parts = raters**2 / (r - 1) + items**2 / max(n_units - 1, 1)
    return _Spread(raters, items, (raters + items) ** 2 / parts if parts > 0 else float(r - 1))


def _pseudo(values: FloatArray) -> FloatArray:
    """Pseudo-values r * whole - (r - 1) * without, shape (rows, r)."""
    r = values.shape[1] - 1
    return np.asarray(r * values[:, :1] - (r - 1) * values[:, 1:])


def _log_odds_t(value: float, spread: _Spread, lowest: float, level: float) -> Interval:
    """Student's interval on the log odds of the coefficient's place between `lowest` and 1.

    Between -1 and 1 that is Fisher's z. It keeps the interval inside the range and lopsided where the coefficient
    is high. A value at or beyond the range's ends stays on its own scale.
    """
    from scipy.special import expit
    from scipy.stats import t

    width = float(t.ppf(0.5 + level / 2, spread.df)) * math.sqrt(spread.variance)
    place, room = (value - lowest) / (1 - lowest), 1 - lowest
    if not 0 < place < 1:
        return Interval(value - width, value + width, level, "crossed-t")
    odds, half = math.log(place / (1 - place)), width / room / (place * (1 - place))
    low, high = (lowest + room * float(expit(odds + sign * half)) for sign in (-1, 1))
    return Interval(low, high, level, "crossed-t")


def _columns(table: Table, statistic: str, plan: Plan) -> tuple[FloatArray, Draw]:
    """The coefficient, then the same without each rater: r + 1 numbers, and how to draw them for items resampled."""
    codes, r = table.codes[table.by_row.first], len(table.raters)
    kept = [list(range(r)), *([j for j in range(r) if j != out] for out in range(r))]
    once = table.by_row.multiplicity[None].astype(np.float64)
    how: dict[str, int] = {"n": plan.n, "seed": plan.seed, "workers": plan.workers}
    if statistic in PAIRWISE:
        kernel, pairs = kernel_of(statistic, codes, table, plan), rater_pairs(r)
        own = np.asarray([[g in some and h in some for some in kept] for g, h in pairs], dtype=np.float64)
        return _means(kernel.columns(once), own)[0], lambda units: _means(column_replicates(kernel, units, **how), own)
    made = [kernel_of(statistic, codes[:, some], table, plan) for some in kept]
    return np.concatenate([kernel.evaluate(once) for kernel in made]), lambda units: replicates(made, units, **how)


def _means(pairs: FloatArray, own: FloatArray) -> FloatArray:
    """Means over the defined pairs of raters (rows, pairs) that belong to each column of `own` (pairs, r + 1)."""
    fine = np.isfinite(pairs)
    return kernels.divide(np.where(fine, pairs, 0.0) @ own, fine.astype(np.float64) @ own)


def kernel_of(statistic: str, codes: Codes, table: Table, plan: Plan) -> Kernel:
    """The kernel of a coefficient for some raters' codes (patterns, raters). ValueError for an unknown statistic."""
    if statistic not in STATISTICS:
        raise ValueError(f"unknown statistic {statistic!r}; known are {', '.join(STATISTICS)}")
    q = table.n_categories
    even = agreement_weights(None, q)
    given = DEFAULT_WEIGHTS.get(plan.level) if plan.weights is None else plan.weights
    if statistic in PAIRWISE:
        return PAIRWISE[statistic](codes, agreement_weights(plan.weights if statistic == "cohen_kappa" else None, q))
    if statistic == "conger_kappa":
        return pair_kernels.conger(codes, even)
    counts = count_matrix(codes, q).astype(np.float64)
    makers: dict[str, Callable[[], Kernel]] = {
        "percent_agreement": lambda: kernels.percent(counts),
        "krippendorff_alpha": lambda: alpha_kernel(counts, table, plan.level),
        "gwet_ac1": lambda: kernels.gwet("gwet_ac1", counts, even),
        "gwet_ac2": lambda: kernels.gwet("gwet_ac2", counts, agreement_weights(given, q)),
        "fleiss_kappa": lambda: kernels.fleiss(counts, even),
        "brennan_prediger": lambda: kernels.brennan_prediger(counts, even),
    }
    return makers[statistic]()
