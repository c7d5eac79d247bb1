"""Agreement coefficients on labels, each as a Figure: point value, or None with the reason.

Cohen's kappa comes from scikit-learn and Krippendorff's alpha from krippendorff where the data fit them; the
kernels of this package give the others, and the replicates of the bootstrap.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from stats import kernels, pair_kernels
from stats.kernels import Kernel
from stats.patterns import Codes, Patterns
from stats.result import Figure, Reason
from stats.table import Table
from stats.weights import agreement_weights, category_values, squared_distances

FloatArray = npt.NDArray[np.float64]
Weights = str | npt.ArrayLike | None

Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS = ("nominal", "ordinal", "interval", "ratio")

_LIBRARY_CELLS = 4_000_000
"""krippendorff holds items x categories x categories; beyond this our kernel gives the same number in less
memory."""


_LIBRARY_PAIRS = 300
"""Up to so many pairs of raters scikit-learn is asked; each call takes it milliseconds."""


def undefined_reason(table: Table) -> Reason:
    """Why a coefficient of this table has no value, from the most basic lack to the last."""
    if table.n_rated == 0:
        return Reason.TOO_FEW_ITEMS
    if int((table.codes >= 0).any(axis=0).sum()) < 2:
        return Reason.TOO_FEW_RATERS
    if table.n_pairable == 0:
        return Reason.NO_OVERLAP
    return Reason.NO_VARIATION


def figure(table: Table, value: float, method: str, *, last_reason: Reason | None = None) -> Figure:
    """The Figure of a kernel's value; NaN becomes None with the reason the table gives."""
    raters = int((table.codes >= 0).any(axis=0).sum())
    base = Figure(
        None,
        Reason.NO_VARIATION,
        n_items=table.n_pairable,
        n_raters=raters,
        n_pairs=raters * (raters - 1) // 2,
        method=method,
        extra={"n_units": len(table.units), "n_ratings": int((table.codes >= 0).sum())},
    )
    if np.isfinite(value):
        return replace(base, value=float(value), reason=None)
    reason = undefined_reason(table)
    if reason is Reason.NO_VARIATION and last_reason is not None:
        reason = last_reason
    return replace(base, reason=reason)


def _whole(kernel: Kernel, patterns: Patterns) -> float:
    """The kernel's value when every item counts once."""
    return float(kernel.evaluate(patterns.multiplicity[None, :].astype(np.float64))[0])


def _counted(table: Table, make: Callable[..., Kernel], method: str, *args: Any) -> Figure:
    return figure(table, _whole(make(table.pattern_counts, *args), table.by_count), method)


def _columns(kernel: Kernel, table: Table) -> FloatArray:
    """The kernel's value for every pair of raters."""
    values: FloatArray = kernel.columns(table.by_row.multiplicity[None, :].astype(np.float64))[0]
    return values


def _row_codes(table: Table) -> Codes:
    return table.codes[table.by_row.first]


def percent_agreement(table: Table) -> Figure:
    """Share of agreeing pairs of ratings, averaged over items with two or more ratings."""
    return _counted(table, kernels.percent, "pairs of ratings within items")


def consensus_rate(table: Table) -> Figure:
    """Share of items with two or more ratings on which everybody agrees."""
    return _counted(table, kernels.consensus, "items with all ratings equal")


def fleiss_kappa(table: Table, *, weights: Weights = None) -> Figure:
    """Fleiss' kappa (1971); with gaps, in the form for unequal numbers of ratings (Gwet 2014)."""
    return _counted(table, kernels.fleiss, "Fleiss 1971", agreement_weights(weights, table.n_categories))


def gwet_ac1(table: Table) -> Figure:
    """Gwet's AC1 (2008). Depends on the declared categories; needs two of them."""
    return _gwet(table, "gwet_ac1", None)


def gwet_ac2(table: Table, *, weights: Weights = "quadratic") -> Figure:
    """Gwet's AC2 (2014): AC1 with agreement weights between the declared categories."""
    return _gwet(table, "gwet_ac2", weights)


def _gwet(table: Table, name: str, weights: Weights) -> Figure:
    matrix = agreement_weights(weights, table.n_categories)
    kernel = kernels.gwet(name, table.pattern_counts, matrix)
    value = _whole(kernel, table.by_count)
    method = "Gwet 2008" if name == "gwet_ac1" else "Gwet 2014"
    return figure(table, value, method, last_reason=Reason.SINGLE_CATEGORY)


def brennan_prediger(table: Table, *, weights: Weights = None) -> Figure:
    """Agreement beyond equally likely categories (Brennan and Prediger 1981); needs two declared
    categories."""
    matrix = agreement_weights(weights, table.n_categories)
    kernel = kernels.brennan_prediger(table.pattern_counts, matrix)
    value = _whole(kernel, table.by_count)
    return figure(table, value, "Brennan and Prediger 1981", last_reason=Reason.SINGLE_CATEGORY)


def conger_kappa(table: Table, *, weights: Weights = None) -> Figure:
    """Conger's kappa (1980) for several raters with margins of their own."""
    kernel = pair_kernels.conger(_row_codes(table), agreement_weights(weights, table.n_categories))
    return figure(table, _whole(kernel, table.by_row), "Conger 1980")


def scott_pi(table: Table, *, weights: Weights = None) -> Figure:
    """Scott's pi (1955); with more than two raters the mean over their pairs."""
    kernel = pair_kernels.scott(_row_codes(table), agreement_weights(weights, table.n_categories))
    return _pair_figure(table, _columns(kernel, table), "Scott 1955, mean over pairs")


def cohen_kappa(table: Table, *, weights: Weights = None, kappas: FloatArray | None = None) -> Figure:
    """Mean pairwise Cohen's kappa (1960, 1968) over the pairs where it is defined; for two raters just kappa.

    `weights` is None, "linear", "quadratic", "ordinal" or a matrix of agreement weights over the declared
    categories. `n_pairs_defined` beside `n_pairs` says how many pairs entered the mean. `kappas` are the
    values of `pair_kappas`, where the caller has them already.
    """
    values = pair_kappas(table, weights) if kappas is None else kappas
    return _pair_figure(table, values, "Cohen, mean over pairs of raters")


def _pair_figure(table: Table, values: FloatArray, method: str) -> Figure:
    fine = values[np.isfinite(values)]
    base = figure(table, float(fine.mean()) if fine.size else float("nan"), method)
    return replace(base, extra={**base.extra, "n_pairs_defined": int(fine.size)})


def pairwise_cohen_kappa(table: Table, *, weights: Weights = None, kappas: FloatArray | None = None) -> Figure:
    """Cohen's kappa of every pair of raters, in the order (1,2), (1,3), ... (2,3) of the raters.

    `values` is the list of kappas (None where undefined); `pairs` says for each the raters, n and the reason.
    """
    values = pair_kappas(table, weights) if kappas is None else kappas
    base = _pair_figure(table, values, "Cohen, each pair of raters")
    pairs = []
    for (g, h), kappa in zip(pair_kernels.rater_pairs(len(table.raters)), values, strict=True):
        both = int(((table.codes[:, g] >= 0) & (table.codes[:, h] >= 0)).sum())
        reason = None if np.isfinite(kappa) else (Reason.NO_VARIATION if both else Reason.NO_OVERLAP)
        entry = {"raters": [str(table.raters[g]), str(table.raters[h])], "n_items": both, "reason": reason}
        pairs.append({**entry, "value": float(kappa) if np.isfinite(kappa) else None})
    return replace(base, value=None, values=[p["value"] for p in pairs], extra={**base.extra, "pairs": pairs})


def pair_kappas(table: Table, weights: Weights = None) -> FloatArray:
    """Kappa of every pair of raters, NaN where undefined, in the order of `pairwise_cohen_kappa`.

    scikit-learn's value wherever its weightings cover the request; a crowd of raters has thousands of pairs,
    which would take it minutes, so there our kernel's value stands.
    """
    matrix = agreement_weights(weights, table.n_categories)
    kernel = pair_kernels.cohen(_row_codes(table), matrix)
    ours: FloatArray = _columns(kernel, table)
    covered = weights is None or (isinstance(weights, str) and weights in ("identity", "linear", "quadratic"))
    if not covered or ours.size > _LIBRARY_PAIRS:
        return ours
    name = None if weights == "identity" else weights
    for place, (g, h) in enumerate(pair_kernels.rater_pairs(len(table.raters))):
        if np.isfinite(ours[place]):
            ours[place] = _sklearn_kappa(table, g, h, name)
    return ours


def _sklearn_kappa(table: Table, g: int, h: int, weights: Weights) -> float:
    """scikit-learn's kappa from the pair's confusion cells, with the declared order of the categories."""
    from sklearn.metrics import cohen_kappa_score

    cells = confusion(table, g, h)
    rows, columns = np.nonzero(cells)
    q = table.n_categories
    return float(
        cohen_kappa_score(rows, columns, labels=np.arange(q), weights=weights, sample_weight=cells[rows, columns])
    )


def confusion(table: Table, g: int, h: int) -> npt.NDArray[np.int64]:
    """How often rater column g chose category a while h chose b, (q, q), over the items both rated."""
    both = (table.codes[:, g] >= 0) & (table.codes[:, h] >= 0)
    q = table.n_categories
    keys = table.codes[both, g].astype(np.int64) * q + table.codes[both, h]
    return np.bincount(keys, minlength=q * q).reshape(q, q)


def krippendorff_alpha(table: Table, *, level: str = "nominal") -> Figure:
    """Krippendorff's alpha at the nominal, ordinal, interval or ratio level; gaps are allowed.

    Interval and ratio use the categories' numbers, or their declared positions where they are words.
    """
    kernel = alpha_kernel(table.pattern_counts, table, level)
    value = _whole(kernel, table.by_count)
    if np.isfinite(value) and len(table.units) * table.n_categories**2 <= _LIBRARY_CELLS:
        value = _library_alpha(table, level)
    return figure(table, value, f"Krippendorff, {level}")


def _library_alpha(table: Table, level: str) -> float:
    import krippendorff

    values = category_values(table.categories, level=level) if level in ("interval", "ratio") else None
    domain = np.arange(table.n_categories) if values is None else values
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # ratio divides 0 by 0 on the diagonal, by design
        return float(
            krippendorff.alpha(value_counts=table.counts, value_domain=domain, level_of_measurement=cast(Level, level))
        )


def alpha_kernel(counts: FloatArray, table: Table, level: str) -> Kernel:
    """The alpha kernel for counts (P, q) over the table's categories. ValueError for an unknown level."""
    if level not in LEVELS:
        raise ValueError(f"unknown level {level!r}; known are {', '.join(LEVELS)}")
    if level == "ordinal":
        return kernels.alpha_ordinal(counts)
    values = category_values(table.categories, level=level)
    return kernels.alpha(counts, squared_distances(values, level))
