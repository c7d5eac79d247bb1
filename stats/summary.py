"""All agreement coefficients of one table, with intervals: the entry for pages, reports and the command."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from stats import agreement, kernels, pair_kernels
from stats.agreement import Weights
from stats.bootstrap import Sampling, interval, jackknife, replicates, sampling
from stats.intervals import wilson
from stats.kernels import Kernel
from stats.patterns import Patterns
from stats.result import Figure
from stats.table import Table
from stats.weights import agreement_weights

DEFAULT_WEIGHTS = {"nominal": None, "ordinal": "ordinal", "interval": "quadratic", "ratio": "quadratic"}

_MOST_CATEGORIES = 2000
"""Beyond this the matrices of category pairs no longer fit memory."""


@dataclass(frozen=True)
class _Plan:
    """How often to resample, and how."""

    n: int
    seed: int
    method: str
    level: float
    workers: int
    clusters: Sequence[Hashable] | None


def agreement_summary(
    table: Table,
    *,
    level: str = "nominal",
    weights: Weights = None,
    bootstrap: int = 0,
    seed: int = 1,
    clusters: Sequence[Hashable] | None = None,
    interval_method: str = "percentile",
    confidence: float = 0.95,
    workers: int = 1,
) -> dict[str, Figure]:
    """Every coefficient by its name.

    `level` is Krippendorff's level of measurement. `weights` ("linear", "quadratic", "ordinal" or a matrix)
    go to Cohen's kappa and AC2; without them Cohen is unweighted and AC2 takes the weights that suit the
    level. `bootstrap` is the number of replicates (0: none); with `clusters` (one label per unit) whole
    clusters are drawn. The consensus rate has a Wilson interval unless clusters are given. ValueError for an
    unknown level.
    """
    second = DEFAULT_WEIGHTS.get(level) if weights is None else weights
    if table.n_categories > _MOST_CATEGORIES:
        raise ValueError(f"{table.n_categories} categories are no labels any more; read the values as ratings")
    figures = _points(table, level, weights, second)
    figures["consensus_rate"] = _with_wilson(figures["consensus_rate"], None if clusters else confidence)
    _note_parameters(figures, level, weights, second)
    if bootstrap > 0 and table.n_pairable > 0:
        plan = _Plan(bootstrap, seed, interval_method, confidence, workers, clusters)
        _add_intervals(figures, table, level, (weights, second), plan)
    return figures


def _points(table: Table, level: str, weights: Weights, second: Weights) -> dict[str, Figure]:
    """Every coefficient without intervals."""
    kappas = agreement.pair_kappas(table, weights)
    return {
        "percent_agreement": agreement.percent_agreement(table),
        "consensus_rate": agreement.consensus_rate(table),
        "cohen_kappa": agreement.cohen_kappa(table, weights=weights, kappas=kappas),
        "pairwise_cohen_kappa": agreement.pairwise_cohen_kappa(table, weights=weights, kappas=kappas),
        "fleiss_kappa": agreement.fleiss_kappa(table),
        "krippendorff_alpha": agreement.krippendorff_alpha(table, level=level),
        "gwet_ac1": agreement.gwet_ac1(table),
        "gwet_ac2": agreement.gwet_ac2(table, weights=second),
        "brennan_prediger": agreement.brennan_prediger(table),
        "scott_pi": agreement.scott_pi(table),
        "conger_kappa": agreement.conger_kappa(table),
    }


def _note_parameters(figures: dict[str, Figure], level: str, weights: Weights, second: Weights) -> None:
    """Write the level and weighting beside the figures they shape."""
    notes: dict[str, dict[str, object]] = {
        "krippendorff_alpha": {"measurement": level},
        "cohen_kappa": {"weights": _weight_name(weights)},
        "pairwise_cohen_kappa": {"weights": _weight_name(weights)},
        "gwet_ac2": {"weights": _weight_name(second)},
    }
    for name, extra in notes.items():
        figures[name] = replace(figures[name], extra={**figures[name].extra, **extra})


def _weight_name(weights: Weights) -> str:
    return "identity" if weights is None else weights if isinstance(weights, str) else "custom"


def _with_wilson(consensus: Figure, level: float | None) -> Figure:
    """The consensus rate is a proportion of items, so it needs no bootstrap."""
    if consensus.value is None or not consensus.n_items or level is None:
        return consensus
    hits = round(consensus.value * consensus.n_items)
    return replace(consensus, ci=wilson(hits, consensus.n_items, level=level))


def _add_intervals(
    figures: dict[str, Figure], table: Table, level: str, weights: tuple[Weights, Weights], plan: _Plan
) -> None:
    """Replace the figures by ones with bootstrap intervals."""
    for patterns, made in (
        (table.by_count, count_kernels(table, level, weights[1])),
        (table.by_row, row_kernels(table, weights[0])),
    ):
        wanted = [
            kernel
            for kernel in made
            if figures[kernel.name].value is not None
            and not (kernel.name == "consensus_rate" and plan.clusters is None)
        ]
        figures.update(bootstrapped(figures, wanted, patterns, plan))


def bootstrapped(
    figures: dict[str, Figure], wanted: Sequence[Kernel], patterns: Patterns, plan: _Plan
) -> dict[str, Figure]:
    """The figures of these kernels with their intervals."""
    if not wanted:
        return {}
    units = sampling(patterns, plan.clusters)
    drawn = replicates(wanted, units, n=plan.n, seed=plan.seed, workers=plan.workers)
    return {
        kernel.name: _with_interval(figures[kernel.name], kernel, drawn[:, place], units, patterns, plan)
        for place, kernel in enumerate(wanted)
    }


def _with_interval(
    figure: Figure,
    kernel: Kernel,
    drawn: kernels.FloatArray,
    units: Sampling,
    patterns: Patterns,
    plan: _Plan,
) -> Figure:
    left_out = jackknife(kernel, units, patterns.multiplicity) if plan.method == "bca" else None
    ci, notes = interval(
        drawn,
        figure.value or 0.0,
        method=plan.method,
        level=plan.level,
        left_out=left_out,
        multiplicity=units.sizes,
    )
    notes["resampled"] = "items" if plan.clusters is None else "clusters"
    return replace(figure, ci=ci, seed=plan.seed, extra={**figure.extra, **notes})


def count_kernels(table: Table, level: str, weights: Weights) -> list[Kernel]:
    """The kernels that need only the counts per item."""
    counts = table.pattern_counts
    q = table.n_categories
    even = agreement_weights(None, q)
    return [
        kernels.percent(counts),
        kernels.consensus(counts),
        kernels.fleiss(counts, even),
        agreement.alpha_kernel(counts, table, level),
        kernels.gwet("gwet_ac1", counts, even),
        kernels.gwet("gwet_ac2", counts, agreement_weights(weights, q)),
        kernels.brennan_prediger(counts, even),
    ]


def row_kernels(table: Table, weights: Weights) -> list[Kernel]:
    """The kernels that need to know who rated."""
    codes = table.codes[table.by_row.first]
    makers: list[tuple[Callable[..., Kernel], Weights]] = [
        (pair_kernels.cohen, weights),
        (pair_kernels.scott, None),
        (pair_kernels.conger, None),
    ]
    return [make(codes, agreement_weights(kind, table.n_categories)) for make, kind in makers]
