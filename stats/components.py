"""Variance components of items, raters and the rest, and the reliability that more raters would give."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stats.icc import complete_scores, icc_reason, mean_squares
from stats.result import Figure, Reason
from stats.table import Table

FloatArray = npt.NDArray[np.float64]


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
    """Components of scores (items, raters) with NaN for gaps.

    Where at least half of the items that two raters rated were rated by all, from the two-way mean squares of those;
    otherwise from the one-way mean squares of all items with two ratings, where differences of level between raters
    are part of the residual (`rater` is None). `projection` has the reliability of the mean of 1..up_to raters,
    `raters_needed` how many reach each wanted reliability. Components estimated below 0 are set to 0.
    """
    table = np.asarray(scores, dtype=np.float64)
    return _components_figure([table], up_to, wanted)


def label_components(table: Table, *, up_to: int = 10, wanted: tuple[float, ...] = (0.7, 0.8, 0.9)) -> Figure:
    """The same for labels: the components of every category's yes or no, summed over categories."""
    rated = table.codes >= 0
    layers = [np.where(rated, table.codes == k, np.nan) for k in range(table.n_categories)]
    return _components_figure(layers or [np.full(table.codes.shape, np.nan)], up_to, wanted)


def _components_figure(layers: list[FloatArray], up_to: int, wanted: tuple[float, ...]) -> Figure:
    rated = np.isfinite(layers[0])
    raters, each = int(rated.any(axis=0).sum()), rated.sum(axis=1)
    pairable, whole = int((each >= 2).sum()), int((each == raters).sum())
    two_way = raters >= 2 and whole >= 2 and 2 * whole >= pairable
    method = f"{'two' if two_way else 'one'}-way random effects, mean squares"
    reason = icc_reason(layers[0])
    if reason in (Reason.TOO_FEW_RATERS, Reason.NO_OVERLAP) or pairable < 2:
        return Figure(None, reason or Reason.TOO_FEW_ITEMS, n_items=pairable, n_raters=raters, method=method)
    found = _two_way(layers) if two_way else _one_way(layers)
    n_items = whole if two_way else pairable
    if found.item + found.rater + found.residual <= 0:
        return Figure(None, Reason.NO_VARIATION, n_items=n_items, n_raters=raters, method=method)
    extra = {
        "projection": {str(k): found.reliability(k) for k in range(1, up_to + 1)},
        "raters_needed": {f"{w:g}": found.raters_needed(w) for w in wanted},
        "ratings_per_item": float(each[each >= 2].mean()),
    }
    values = {"item": found.item, "rater": found.rater if two_way else None, "residual": found.residual}
    return Figure(None, n_items=n_items, n_raters=raters, method=method, values=values, extra=extra)


def _two_way(layers: list[FloatArray]) -> Components:
    """Items, raters and the rest, from the items that all raters rated."""
    squares = [mean_squares(complete_scores(layer)) for layer in layers]
    return Components(
        max(0.0, sum((s.rows - s.error) / s.k for s in squares)),
        max(0.0, sum((s.columns - s.error) / s.n for s in squares)),
        sum(s.error for s in squares),
    )


def _one_way(layers: list[FloatArray]) -> Components:
    """Items and the rest, from all items with two ratings, however many each has (Searle, Casella, McCulloch 1992)."""
    rated = np.isfinite(layers[0])
    kept = rated.sum(axis=1) >= 2
    each = rated[kept].sum(axis=1).astype(np.float64)
    total, items = float(each.sum()), each.size
    usual = (total - float((each**2).sum()) / total) / (items - 1)
    item = residual = 0.0
    for layer in layers:
        scores = np.where(rated[kept], layer[kept], 0.0)
        means = scores.sum(axis=1) / each
        within = float((np.where(rated[kept], scores - means[:, None], 0.0) ** 2).sum()) / (total - items)
        between = float((each * (means - scores.sum() / total) ** 2).sum()) / (items - 1)
        item += (between - within) / usual
        residual += within
    return Components(max(0.0, item), 0.0, residual)
