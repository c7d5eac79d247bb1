"""What other raters would do to the figures: intervals over raters too, each left out, more of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

from stats import agreement
from stats.agreement import Weights
from stats.components import label_components
from stats.crossed import crossed_bootstrap
from stats.leave_out import leave_one_rater_out
from stats.result import Figure
from stats.summary import DEFAULT_WEIGHTS
from stats.table import Table

LEADING = ("percent_agreement", "krippendorff_alpha", "gwet_ac1", "cohen_kappa", "fleiss_kappa")


def others_summary(
    table: Table,
    *,
    names: Sequence[str] = LEADING,
    level: str = "nominal",
    weights: Weights = None,
    bootstrap: int = 1000,
    seed: int = 1,
    clusters: Sequence[Hashable] | None = None,
    workers: int = 1,
) -> dict[str, Figure]:
    """`crossed` and `leave_one_rater_out`, each with a figure for every name, and `variance_components`."""
    crossed = {
        name: crossed_bootstrap(
            table, statistic=name, level=level, weights=weights, n=bootstrap, seed=seed, clusters=clusters,
            workers=workers,
        )
        for name in names
    }  # fmt: skip
    left_out = {name: leave_one_rater_out(table, _statistic(name, level, weights)) for name in names}
    size = Figure(None, n_items=table.n_pairable, n_raters=len(table.raters), values={})
    return {
        "crossed": replace(size, method="other items and other raters", seed=seed, values=crossed),
        "leave_one_rater_out": replace(size, method="each rater left out in turn", values=left_out),
        "variance_components": label_components(table),
    }


def _statistic(name: str, level: str, weights: Weights) -> Callable[[Table], Figure]:
    second = DEFAULT_WEIGHTS.get(level) if weights is None else weights
    known: dict[str, Callable[[Table], Figure]] = {
        "krippendorff_alpha": lambda table: agreement.krippendorff_alpha(table, level=level),
        "cohen_kappa": lambda table: agreement.cohen_kappa(table, weights=weights),
        "gwet_ac2": lambda table: agreement.gwet_ac2(table, weights=second),
    }
    found: Callable[[Table], Figure] = known.get(name) or getattr(agreement, name)
    return found
