"""The figures of a label review that `stats` has no one call for. All intervals resample items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from annotation.results.arrays import IntArray
from annotation.results.load import Review
from stats import agreement, kernels
from stats.bootstrap import Sampling, replicates
from stats.bootstrap import draw as multinomial
from stats.intervals import wilson
from stats.kernels import Kernel, Part, divide, simple
from stats.pair_kernels import affordable
from stats.resample import with_interval
from stats.result import Figure, Reason
from stats.setlabels import set_alpha
from stats.summary import agreement_summary
from stats.table import Table
from stats.weights import agreement_weights

FloatArray = npt.NDArray[np.float64]
Figures = dict[str, Figure]


@dataclass(frozen=True)
class Draw:
    """How the bootstrap is drawn."""

    replicates: int
    seed: int


def coefficients(table: Table, draw: Draw, *, several: bool) -> Figures:
    """Every coefficient of one part; sets of labels also have alpha with the MASI and the Jaccard distance."""
    if affordable(table):
        found = agreement_summary(table, bootstrap=draw.replicates, seed=draw.seed)
    else:
        found = agreement_summary(table) | light(table, draw, several=False)
    return found | (set_alphas(table, draw) if several else {})


def set_alphas(table: Table, draw: Draw) -> Figures:
    """Alpha over sets, with both distances."""
    return {
        f"{kind}_alpha": set_alpha(table, distance=kind, bootstrap=draw.replicates, seed=draw.seed)
        for kind in ("masi", "jaccard")
    }


def light(table: Table, draw: Draw, *, several: bool) -> Figures:
    """The leading figures alone, for breakdowns: the primary, the robust, percent agreement and consensus."""
    found = {
        "percent_agreement": agreement.percent_agreement(table),
        "consensus_rate": with_wilson(agreement.consensus_rate(table)),
    }
    made = [kernels.percent(table.pattern_counts)]
    if not several:
        found |= {"krippendorff_alpha": agreement.krippendorff_alpha(table), "gwet_ac1": agreement.gwet_ac1(table)}
        even = agreement_weights(None, table.n_categories)
        made += [agreement.alpha_kernel(table.pattern_counts, table, "nominal")]
        made += [kernels.gwet("gwet_ac1", table.pattern_counts, even)]
    found |= bootstrapped(found, made, table.by_count.multiplicity, draw)
    return found | (set_alphas(table, draw) if several else {})


def bootstrapped(found: Figures, made: Sequence[Kernel], multiplicity: IntArray, draw: Draw) -> Figures:
    """The figures of these kernels with percentile intervals; those without a value stay as they are."""
    wanted = [kernel for kernel in made if found[kernel.name].value is not None]
    if not wanted or not draw.replicates:
        return {}
    drawn = replicates(wanted, Sampling(multiplicity), n=draw.replicates, seed=draw.seed)
    return {
        kernel.name: with_interval(found[kernel.name], drawn[:, place], seed=draw.seed, unit="items")
        for place, kernel in enumerate(wanted)
    }


def with_wilson(figure: Figure) -> Figure:
    """A share of items with Wilson's interval."""
    if figure.value is None or not figure.n_items:
        return figure
    return replace(figure, ci=wilson(figure.value * figure.n_items, figure.n_items))


def share(hits: float, n: float, *, method: str = "share") -> Figure:
    """hits / n with Wilson's interval, or none where n is 0. n may be an effective number of items."""
    if n <= 0:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=0, method=method)
    return Figure(hits / n, ci=wilson(hits, n), n_items=round(n), method=method)


def with_the_rest(table: Table, draw: Draw) -> list[Figure]:
    """For each rater of the table the share of equal answers among their pairs with others, items resampled."""
    codes = table.codes[table.by_row.first]
    rated = codes >= 0
    columns = []
    for own in range(table.n_raters):
        others = rated & rated[:, [own]]
        others[:, own] = False
        equal = (others & (codes == codes[:, [own]])).sum(axis=1).astype(np.float64)
        columns.append((equal, others.sum(axis=1).astype(np.float64)))
    return ratios(columns, table.by_row.multiplicity, draw)


def ratios(columns: Sequence[tuple[FloatArray, FloatArray]], multiplicity: IntArray, draw: Draw) -> list[Figure]:
    """Sum of the first over sum of the second of each two columns, over items given as patterns.

    With percentile intervals over items, from one draw of items for all of them. n counts the items with something
    in the second column.
    """
    made = [_ratio_kernel(top, bottom) for top, bottom in columns]
    if not made or not multiplicity.size:
        return [Figure(None, Reason.NO_OVERLAP, n_items=0, method="share") for _ in columns]
    drawn = replicates(made, Sampling(multiplicity), n=draw.replicates, seed=draw.seed)
    found = []
    for place, (top, bottom) in enumerate(columns):
        whole, n = float(multiplicity @ bottom), int(multiplicity[bottom > 0].sum())
        if not whole:
            found.append(Figure(None, Reason.NO_OVERLAP, n_items=0, method="share"))
            continue
        figure = Figure(float(multiplicity @ top) / whole, n_items=n, method="share")
        found.append(with_interval(figure, drawn[:, place], seed=draw.seed, unit="items"))
    return found


def _ratio_kernel(top: FloatArray, bottom: FloatArray) -> Kernel:
    return simple("ratio", np.stack([top, bottom], axis=1), lambda sums: divide(sums[:, 0], sums[:, 1]))


def f1_scores(cells: IntArray, draw: Draw) -> list[Figure]:
    """F1 of each class, and behind them their mean, from confusion counts (q, q), with intervals over items.

    A class that occurs nowhere has no F1 and stays out of the mean, in every replicate anew.
    """
    q = cells.shape[0]
    used = np.flatnonzero(cells.reshape(-1))
    n = int(cells.sum())
    features = np.zeros((used.size, 3 * q))
    rows = np.arange(used.size)
    features[rows, used // q] = 1
    features[rows, q + used % q] = 1
    hits = np.flatnonzero(used // q == used % q)
    features[hits, 2 * q + used[hits] // q] = 1

    def formula(sums: FloatArray) -> FloatArray:
        return divide(2 * sums[:, 2 * q :], sums[:, :q] + sums[:, q : 2 * q])

    kernel = Kernel("f1", [Part(lambda: features, formula)])
    multiplicity = cells.reshape(-1)[used]
    whole = multiplicity[None, :].astype(np.float64)
    points = [*kernel.columns(whole)[0], *kernel.evaluate(whole)]
    weights = drawn_weights(multiplicity, draw)
    columns = np.column_stack([kernel.columns(weights), kernel.evaluate(weights)])
    found = []
    for point, column in zip(points, columns.T, strict=True):
        if not np.isfinite(point):
            found.append(Figure(None, Reason.TOO_FEW_ITEMS, n_items=n, method="F1"))
            continue
        found.append(with_interval(Figure(float(point), n_items=n, method="F1"), column, seed=draw.seed, unit="items"))
    return found


def drawn_weights(multiplicity: IntArray, draw: Draw) -> FloatArray:
    """Multinomial weights over patterns, shape (replicates, patterns)."""
    return multinomial(multiplicity, draw.replicates, np.random.Generator(np.random.PCG64(draw.seed)))


def pull(review: Review, mask: npt.NDArray[np.bool_], draw: Draw) -> Figures:
    """How much more often answers equal the pre-label when it is in view: `shown`, `hidden` and `pull`, by items.

    Items are resampled whole, with all their answers. Items without a pre-label take no part.
    """
    a, proposals = review.answers, review.units.prelabel
    chosen = mask & (proposals[a.unit] >= 0)
    size = len(review.units)

    def count(which: npt.NDArray[np.bool_]) -> FloatArray:
        return np.bincount(a.unit[which], minlength=size).astype(np.float64)

    same, seen = a.value == proposals[a.unit], a.base > 0
    cells = np.stack(
        [count(chosen & seen & same), count(chosen & seen), count(chosen & ~seen & same), count(chosen & ~seen)], axis=1
    )
    features, multiplicity = np.unique(cells[cells[:, 1] + cells[:, 3] > 0], axis=0, return_counts=True)
    return _pull_figures(features, multiplicity, draw)


def _pull_figures(features: FloatArray, multiplicity: IntArray, draw: Draw) -> Figures:
    columns = features.T if features.size else np.zeros((4, 0))
    shown, hidden = ratios([(columns[0], columns[1]), (columns[2], columns[3])], multiplicity, draw)
    if shown.value is None or hidden.value is None:
        return {"shown": shown, "hidden": hidden, "pull": Figure(None, Reason.TOO_FEW_ITEMS, n_items=0)}
    gap = Figure(shown.value - hidden.value, n_items=int(multiplicity.sum()), method="difference of shares")
    kernel = simple("pull", features, lambda sums: divide(sums[:, 0], sums[:, 1]) - divide(sums[:, 2], sums[:, 3]))
    drawn = replicates([kernel], Sampling(multiplicity), n=draw.replicates, seed=draw.seed)[:, 0]
    return {"shown": shown, "hidden": hidden, "pull": with_interval(gap, drawn, seed=draw.seed, unit="items")}


def reweighted(hits: Sequence[int], n: Sequence[int], weights: Sequence[float]) -> Figure:
    """A share over strata weighted to the strata's shares, with Wilson's interval at the effective number of items.

    Effective number: 1 / sum(w^2 / n), which is exact where strata vary alike (Kish 1965). Weights are over the
    strata with items and are scaled to 1.
    """
    used = [(h, m, w) for h, m, w in zip(hits, n, weights, strict=True) if m > 0 and w > 0]
    total = sum(w for _, _, w in used)
    if not used or not total:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=0, method="weighted share")
    value = sum(w / total * h / m for h, m, w in used)
    effective = 1 / sum((w / total) ** 2 / m for _, m, w in used)
    ci = wilson(min(value, 1.0) * effective, effective)
    extra = {"effective_items": effective}
    return Figure(value, ci=ci, n_items=sum(m for _, m, _ in used), method="weighted share", extra=extra)


def disagreement(table: Table) -> FloatArray:
    """For each unit the share of its pairs of answers that differ, shape (units,); 0 without a pair."""
    counts = table.counts.astype(np.float64)
    n = counts.sum(axis=1)
    equal = (counts * (counts - 1)).sum(axis=1)
    agreeing: FloatArray = np.divide(equal, n * (n - 1), out=np.ones_like(n), where=n >= 2)
    return 1 - agreeing
