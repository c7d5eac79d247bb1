"""A judge as one more rater: agreement with and without it, and whether it agrees with people as they do."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from stats.agreement import Weights, figure, undefined_reason
from stats.bootstrap import column_replicates, interval, replicates, sampling
from stats.crossed import Plan, kernel_of
from stats.kernels import divide
from stats.labels import Label
from stats.pair_kernels import cohen, rater_pairs
from stats.result import Figure
from stats.table import Table
from stats.weights import agreement_weights

FloatArray = npt.NDArray[np.float64]


def one_more_rater(
    table: Table,
    judge: Label,
    *,
    statistic: str = "krippendorff_alpha",
    level: str = "nominal",
    weights: Weights = None,
    bootstrap: int = 1000,
    seed: int = 1,
    clusters: Sequence[Hashable] | None = None,
    workers: int = 1,
) -> dict[str, Figure]:
    """`without` and `with` the judge, who is one of the table's raters, and their `difference`.

    `judge_with_people` is the mean of Cohen's kappa of the judge with each person, `people` that of each two people,
    and `gap` the first minus the second: below 0 the judge agrees with people less than they do. Differences have
    intervals from the same resampled items. Raises ValueError for an unknown judge or statistic.
    """
    if judge not in table.raters:
        raise ValueError(f"{judge!r} is none of the raters {', '.join(map(str, table.raters))}")
    plan = Plan(level, weights, bootstrap, seed, workers, clusters, 0.95)
    place = table.raters.index(judge)
    people = [j for j in range(len(table.raters)) if j != place]
    codes = table.codes[table.by_row.first]
    made = [kernel_of(statistic, chosen, table, plan) for chosen in (codes[:, people], codes)]
    once = table.by_row.multiplicity[None].astype(np.float64)
    points = np.concatenate([kernel.evaluate(once) for kernel in made])
    units = sampling(table.by_row, clusters)
    drawn = replicates(made, units, n=bootstrap, seed=seed, workers=workers)
    alone = table.keep_raters(people)
    whole = _three(("without", "with", "difference"), (alone, table, table), points, drawn, statistic, plan)
    return whole | _pairs(table, place, plan)


def _pairs(table: Table, place: int, plan: Plan) -> dict[str, Figure]:
    """Cohen's kappa over the judge's pairs and over people's own."""
    pairs = rater_pairs(len(table.raters))
    own = np.asarray([place in pair for pair in pairs], dtype=bool)
    kernel = cohen(table.codes[table.by_row.first], agreement_weights(plan.weights, table.n_categories))
    once = table.by_row.multiplicity[None].astype(np.float64)
    units = sampling(table.by_row, plan.clusters)
    drawn = column_replicates(kernel, units, n=plan.n, seed=plan.seed, workers=plan.workers)
    sides = [_split(columns, own) for columns in (kernel.columns(once), drawn)]
    names = ("people", "judge_with_people", "gap")
    return _three(names, (table, table, table), sides[0][0], sides[1], "Cohen's kappa, mean over pairs", plan)


def _split(columns: FloatArray, own: npt.NDArray[np.bool_]) -> FloatArray:
    """Means over people's pairs and over the judge's, (rows, 2); NaN without a defined pair."""

    def mean(chosen: FloatArray) -> FloatArray:
        fine = np.isfinite(chosen)
        n = fine.sum(axis=1).astype(np.float64)
        total = np.where(fine, chosen, 0.0).sum(axis=1)
        return divide(total, n)

    return np.stack([mean(columns[:, ~own]), mean(columns[:, own])], axis=1)


def _three(
    names: tuple[str, str, str],
    tables: tuple[Table, Table, Table],
    points: FloatArray,
    drawn: FloatArray,
    method: str,
    plan: Plan,
) -> dict[str, Figure]:
    """Two figures and the second minus the first."""
    values = [*points.tolist(), float(points[1] - points[0])]
    columns = [drawn[:, 0], drawn[:, 1], drawn[:, 1] - drawn[:, 0]]
    found = {}
    for name, table, value, column in zip(names, tables, values, columns, strict=True):
        made = figure(table, value, method)
        if made.value is None:
            found[name] = replace(made, reason=undefined_reason(table))
            continue
        ci, notes = interval(column, made.value) if plan.n else (None, {})
        resampled = "items" if plan.clusters is None else "clusters"
        extra = {**made.extra, **notes, "resampled": resampled} if plan.n else made.extra
        found[name] = replace(made, ci=ci, seed=plan.seed if plan.n else None, extra=extra)
    return found
