"""Whether a judge stands nearer to one group of people than to another: differences on the same responses."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from stats.clustered import STATISTICS, Pairs, numbered
from stats.compare import finite_column
from stats.correlate import point_figures
from stats.judge import SCALED, clustered_interval
from stats.resample import resample
from stats.result import Figure, Reason

FloatArray = npt.NDArray[np.float64]

METHOD = "difference of two groups' figures, whole items resampled for both at once"


def group_gaps(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    judge: npt.ArrayLike,
    *,
    items: Sequence[Hashable],
    ranks: bool = False,
    same_scale: bool = True,
    bootstrap: int = 1000,
    seed: int = 1,
    workers: int = 1,
) -> dict[str, Figure]:
    """The judge's figures beside the first group less those beside the second, a row for each response of all three.

    `pearson`, `spearman`, `kendall_tau_b`, `icc_a1`, `mean_difference` and `mae` as in `stats.judge.human_judge`;
    `items` is each row's question. Every replicate draws whole questions once and takes both groups' figures from
    them, so that what the groups share falls out of the interval. A difference exists where both figures do. With
    `ranks` the groups' signs are turned, and what needs one scale is undefined, as without `same_scale`. Raises
    ValueError naming the row of a value that is not finite, and for lists of different length.
    """
    y = finite_column(judge, "judge")
    sides = [finite_column(values, name) for values, name in ((first, "first"), (second, "second"))]
    if any(side.size != y.size for side in sides):
        raise ValueError(f"there are {sides[0].size}, {sides[1].size} and {y.size} scores")
    owner = numbered(items, y.size)
    sides = [-side if ranks else side for side in sides]
    scaled = same_scale and not ranks
    known = [point_figures(side, y) for side in sides]
    found = {name: _gap(name, known[0][name], known[1][name], scaled) for name in STATISTICS}
    n_clusters = int(owner.max()) + 1 if owner.size else 0
    if n_clusters < 2 or not bootstrap:
        return {name: _alone(figure, n_clusters) for name, figure in found.items()}
    pairs = [Pairs(side, y, owner) for side in sides]
    statistics = [one.statistic() for one in pairs]
    drawn = resample(
        lambda weights: statistics[0](weights) - statistics[1](weights),
        n_clusters, n=bootstrap, seed=seed, workers=workers, width=sum(one.width for one in pairs),
    )  # fmt: skip
    return {
        name: clustered_interval(found[name], drawn[:, place], n_clusters, seed)
        for place, name in enumerate(STATISTICS)
    }


def _gap(name: str, first: Figure, second: Figure, scaled: bool) -> Figure:
    """One figure less another, without an interval yet."""
    n = first.n_items
    if name in SCALED and not scaled:
        return Figure(None, Reason.DIFFERENT_SCALES, n_items=n, method=METHOD)
    if first.value is None or second.value is None:
        return Figure(None, first.reason or second.reason, n_items=n, method=METHOD)
    return Figure(first.value - second.value, n_items=n, method=METHOD)


def _alone(figure: Figure, n_clusters: int) -> Figure:
    """One question cannot show how questions vary."""
    if figure.value is None or n_clusters >= 2:
        return replace(figure, extra={"n_clusters": n_clusters})
    return replace(figure, extra={"n_clusters": n_clusters, "ci_reason": Reason.TOO_FEW_ITEMS})
