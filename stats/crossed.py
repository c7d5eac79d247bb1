"""Other items and other raters: variance components, reliability projected, and a bootstrap over both.

An item bootstrap speaks of these raters only. Here raters are drawn too; with few raters that interval is
wide, and it should be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stats.agreement import figure, undefined_reason
from stats.bootstrap import draw, interval
from stats.icc import complete_scores, icc_reason, mean_squares
from stats.pair_kernels import pair_features, rater_pairs
from stats.result import Figure, Interval, Reason
from stats.table import Table

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

STATISTICS = ("percent_agreement", "cohen_kappa", "fleiss_kappa")


@dataclass(frozen=True)
class Components:
    """Variance of items, of raters, and of the rest (their interaction and error)."""

    item: float
    rater: float
    residual: float

    def reliability(self, raters: float, *, absolute: bool = True) -> float:
        """Reliability of the mean of so many raters; `absolute` counts differences of level as error."""
        noise = (self.residual + (self.rater if absolute else 0.0)) / raters
        return self.item / (self.item + noise) if self.item + noise > 0 else float("nan")

    def raters_needed(self, wanted: float, *, absolute: bool = True) -> int | None:
        """How many raters give the wanted reliability (0 < wanted < 1); None where items do not differ."""
        if not 0 < wanted < 1:
            raise ValueError(f"the wanted reliability must lie between 0 and 1, got {wanted}")
        if self.item <= 0:
            return None
        noise = self.residual + (self.rater if absolute else 0.0)
        # The small subtraction keeps an exact whole number from being rounded up.
        return max(1, math.ceil(wanted * noise / ((1 - wanted) * self.item) - 1e-9))


def variance_components(
    scores: npt.ArrayLike, *, up_to: int = 10, wanted: tuple[float, ...] = (0.7, 0.8, 0.9)
) -> Figure:
    """Components of scores (items, raters) with NaN for gaps, from the two-way mean squares (complete items).

    `projection` has the reliability for 1..up_to raters, `raters_needed` how many reach each wanted
    reliability. Components estimated below 0 are set to 0.
    """
    table = np.asarray(scores, dtype=np.float64)
    return _components_figure([table], icc_reason(table), up_to, wanted)


def label_components(table: Table, *, up_to: int = 10, wanted: tuple[float, ...] = (0.7, 0.8, 0.9)) -> Figure:
    """The same for labels: the components of every category's yes or no, summed over categories."""
    rated = table.codes >= 0
    layers = [np.where(rated, table.codes == k, np.nan) for k in range(table.n_categories)]
    whole = complete_scores(np.where(rated, table.codes, np.nan).astype(np.float64))
    reason = icc_reason(np.where(rated, table.codes, np.nan).astype(np.float64))
    if reason is None and np.ptp(whole) == 0:
        reason = Reason.NO_VARIATION
    return _components_figure(layers, reason, up_to, wanted)


def _components_figure(
    layers: list[FloatArray], reason: Reason | None, up_to: int, wanted: tuple[float, ...]
) -> Figure:
    method = "two-way random effects, mean squares"
    raters = int(np.isfinite(layers[0]).any(axis=0).sum()) if layers else 0
    if reason is not None or not layers:
        return Figure(None, reason or Reason.TOO_FEW_ITEMS, n_raters=raters, method=method)
    squares = [mean_squares(complete_scores(layer)) for layer in layers]
    found = Components(
        max(0.0, sum((s.rows - s.error) / s.k for s in squares)),
        max(0.0, sum((s.columns - s.error) / s.n for s in squares)),
        sum(s.error for s in squares),
    )
    extra = {
        "projection": {str(k): found.reliability(k) for k in range(1, up_to + 1)},
        "raters_needed": {f"{w:g}": found.raters_needed(w) for w in wanted},
    }
    values = {"item": found.item, "rater": found.rater, "residual": found.residual}
    return Figure(None, n_items=squares[0].n, n_raters=raters, method=method, values=values, extra=extra)


def crossed_bootstrap(
    table: Table, *, statistic: str = "cohen_kappa", n: int = 1000, seed: int = 1, level: float = 0.95
) -> Figure:
    """A coefficient with an interval over items and raters drawn independently (Owen 2007).

    `statistic` is percent_agreement, cohen_kappa (mean pairwise) or fleiss_kappa (pooled shares). A rater
    drawn twice is not compared with itself: that pair would agree fully and say nothing. Raises ValueError
    for another name. The interval errs to the wide side.
    """
    if statistic not in STATISTICS:
        raise ValueError(f"unknown statistic {statistic!r}; known are {', '.join(STATISTICS)}")
    whole = np.ones((1, len(table.raters)))
    pairs = rater_pairs(len(table.raters))
    method = f"{statistic} over pairs of raters, items and raters resampled"
    if table.n_pairable == 0 or not pairs:
        base = figure(table, float("nan"), method)
        return replace(base, reason=undefined_reason(table))
    sums = _PairSums(table, pairs)
    sizes = table.by_row.multiplicity
    base = figure(table, float(sums.value(statistic, sizes[None, :].astype(np.float64), whole)[0]), method)
    if base.value is None:
        return base
    rng = np.random.default_rng(seed)
    both = sums.drawn(statistic, sizes, n, rng, raters=True)
    items = sums.drawn(statistic, sizes, n, rng, raters=False)
    _, notes = interval(both, base.value, level=level)
    ci = None if "ci_reason" in notes else _t_interval(base.value, both, items, (table.n_pairable, whole.size), level)
    extra = {**base.extra, **notes, "resampled": "items and raters"}
    return replace(base, ci=ci, seed=seed, extra=extra)


def _t_interval(point: float, both: FloatArray, items: FloatArray, sizes: tuple[int, int], level: float) -> Interval:
    """Student's interval with the spread of the crossed replicates.

    A handful of raters cannot show how raters vary, so percentiles of the replicates are too narrow. The
    degrees of freedom (Satterthwaite) follow the share of the spread that comes from raters: one less than
    their number where it is all, one less than the number of items where it is nothing.
    """
    from scipy.stats import t

    total, own = float(np.nanvar(both)), float(np.nanvar(items))
    of_raters, own = max(total - own, 0.0), min(own, total)
    df = total**2 / (of_raters**2 / (sizes[1] - 1) + own**2 / max(sizes[0] - 1, 1))
    half = float(t.ppf(0.5 + level / 2, max(df, sizes[1] - 1))) * math.sqrt(total)
    return Interval(point - half, point + half, level, "crossed-t")


class _PairSums:
    """The confusion sums of every pair of raters, for weights of items and of raters."""

    def __init__(self, table: Table, pairs: list[tuple[int, int]]) -> None:
        self.q = table.n_categories
        self.features = pair_features(table.codes[table.by_row.first], pairs, 1 - np.eye(self.q))
        self.first, self.second = (np.asarray(side) for side in zip(*pairs, strict=True))

    def drawn(self, statistic: str, sizes: IntArray, n: int, rng: np.random.Generator, *, raters: bool) -> FloatArray:
        """`n` replicates over items, and over raters too if asked."""
        m = int(max(self.second)) + 1
        step = max(1, min(n, 20_000_000 // (self.features.shape[1] + sizes.size)))
        found = []
        for start in range(0, n, step):
            b = min(step, n - start)
            heavy = draw(np.ones(m, dtype=np.int64), b, rng) if raters else np.ones((1, m))
            found.append(self.value(statistic, draw(sizes, b, rng), heavy))
        return np.concatenate(found)

    def value(self, statistic: str, items: FloatArray, raters: FloatArray) -> FloatArray:
        """The statistic for item weights (B, patterns) and rater weights (B or 1, raters): shape (B,)."""
        block = (items @ self.features).reshape(items.shape[0], self.first.size, 1 + 2 * self.q)
        weight = raters[:, self.first] * raters[:, self.second]
        a, b = block[:, :, 1 : 1 + self.q], block[:, :, 1 + self.q :]
        n = a.sum(axis=2)
        weight = np.where(n > 0, weight, 0.0)
        away = np.divide(block[:, :, 0], n, out=np.zeros_like(n), where=n > 0)
        if statistic == "percent_agreement":
            return _mean(1 - away, weight)
        if statistic == "cohen_kappa":
            chance = n**2 - (a * b).sum(axis=2)
            kappa = 1 - np.divide(away * n**2, chance, out=np.zeros_like(n), where=chance > 0)
            return _mean(kappa, np.where(chance > 0, weight, 0.0))
        share = np.divide(a + b, 2 * n[:, :, None], out=np.zeros_like(a), where=n[:, :, None] > 0)
        total = np.where(weight.sum(axis=1) > 0, weight.sum(axis=1), np.nan)
        pooled = (share * weight[:, :, None]).sum(axis=1) / total[:, None]
        room = 1 - (pooled**2).sum(axis=1)
        return 1 - _mean(away, weight) / np.where(room > 1e-12, room, np.nan)


def _mean(values: FloatArray, weight: FloatArray) -> FloatArray:
    total = weight.sum(axis=1)
    return np.asarray((values * weight).sum(axis=1) / np.where(total > 0, total, np.nan))
