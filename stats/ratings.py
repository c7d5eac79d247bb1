"""Ratings on a scale: means, histogram, ICC, alpha, rater z-scores."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from stats.agreement import alpha_kernel, krippendorff_alpha
from stats.agreement import figure as agreement_figure
from stats.bootstrap import Sampling, replicates
from stats.components import variance_components
from stats.icc import ALIASES, icc
from stats.labels import Label, as_number
from stats.moments import alpha_interval
from stats.resample import with_interval
from stats.result import Figure, Interval, Reason
from stats.table import Table

FloatArray = npt.NDArray[np.float64]

_MANY_VALUES = 200
"""Beyond so many distinct values a scale is no list of categories any more."""


@dataclass(frozen=True)
class Ratings:
    """`scores` has shape (units, raters), NaN for "not rated"."""

    units: tuple[Label, ...]
    raters: tuple[Label, ...]
    scores: FloatArray

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[Label, Label, Any]], *, row_names: Sequence[str] | None = None) -> Ratings:
        """Build from (unit, rater, number). Raises ValueError naming the row for a value that is no
        number.
        """
        table = Table.from_rows(rows, level="interval", row_names=row_names)
        return cls.from_table(table)

    @classmethod
    def from_table(cls, table: Table) -> Ratings:
        """The numbers behind a label table. Raises ValueError for a category that is no number."""
        numbers = [as_number(label) for label in table.categories]
        for label, number in zip(table.categories, numbers, strict=True):
            if number is None:
                raise ValueError(f"category {label!r} is not a number")
        values = np.asarray([*numbers, np.nan], dtype=np.float64)  # the last entry serves code -1
        return cls(table.units, table.raters, values[table.codes])

    def table(self) -> Table:
        """The same ratings with the distinct numbers as categories."""
        rated = np.isfinite(self.scores)
        levels = np.unique(self.scores[rated])
        codes = np.where(rated, np.searchsorted(levels, self.scores), -1)
        made = Table.from_codes(codes, [float(level) for level in levels])
        return Table(self.units, self.raters, made.categories, made.codes)


def ratings_summary(
    ratings: Ratings, *, level: str = "interval", bootstrap: int = 0, seed: int = 1, workers: int = 1
) -> dict[str, Figure]:
    """`icc` (all forms, its interval that of ICC(A,1)), `krippendorff_alpha`, `means`, `z_scores`,
    `variance_components` (with the reliability of more raters' mean)."""
    return {
        "icc": icc_figure(ratings.scores),
        "krippendorff_alpha": alpha(ratings, level=level, bootstrap=bootstrap, seed=seed, workers=workers),
        "means": means(ratings),
        "z_scores": z_scores(ratings),
        "variance_components": variance_components(ratings.scores),
    }


def icc_figure(scores: FloatArray) -> Figure:
    """One figure over all forms; `forms` has each with its own interval."""
    forms = icc(scores)
    forms.update({alias: forms[name] for alias, name in ALIASES.items()})
    lead = forms["ICC(A,1)"]
    values = {name: figure.value for name, figure in forms.items()}
    if all(value is None for value in values.values()):
        return replace(lead, method="ICC, all forms", extra={**lead.extra, "forms": forms})
    extra = {**lead.extra, "ci_of": "ICC(A,1)", "forms": forms}
    return replace(lead, value=None, reason=None, values=values, method="ICC, all forms", extra=extra)


def alpha(ratings: Ratings, *, level: str = "interval", bootstrap: int = 0, seed: int = 1, workers: int = 1) -> Figure:
    """Krippendorff's alpha of the numbers, with a bootstrap over units.

    At the interval level any number of distinct values is fine; the ordinal and ratio levels refuse more than
    200 (ValueError), where they would need a matrix of all pairs of values.
    """
    table = ratings.table()
    if table.n_categories > _MANY_VALUES and level != "interval":
        raise ValueError(f"{table.n_categories} distinct values are too many for alpha at the {level} level")
    if table.n_categories > _MANY_VALUES:
        kernel, sizes = alpha_interval(ratings.scores), np.ones(len(ratings.units), dtype=np.int64)
        found = float(kernel.evaluate(np.ones((1, sizes.size)))[0])
        figure = agreement_figure(table, found, "Krippendorff, interval")
    else:
        kernel, sizes = alpha_kernel(table.pattern_counts, table, level), table.by_count.multiplicity
        figure = krippendorff_alpha(table, level=level)
    figure = replace(figure, extra={**figure.extra, "measurement": level})
    if not bootstrap or figure.value is None:
        return figure
    drawn = replicates([kernel], Sampling(sizes), n=bootstrap, seed=seed, workers=workers)[:, 0]
    return with_interval(figure, drawn, seed=seed)


def means(ratings: Ratings) -> Figure:
    """Mean over units of their mean rating, with a t interval over units; spread, histogram and raters
    beside.

    `floor` and `ceiling` are the shares of the lowest and the highest value that occurs.
    """
    rated = np.isfinite(ratings.scores)
    flat = ratings.scores[rated]
    base = Figure(
        None,
        Reason.TOO_FEW_ITEMS,
        n_items=int(rated.any(axis=1).sum()),
        n_raters=int(rated.any(axis=0).sum()),
        method="mean of unit means, t interval over units",
    )
    if not flat.size:
        return base
    per_unit = np.asarray([row[np.isfinite(row)].mean() for row in ratings.scores[rated.any(axis=1)]])
    ci = t_interval(per_unit)
    return replace(base, value=float(per_unit.mean()), reason=None, ci=ci, extra=_spread(ratings, flat))


def _spread(ratings: Ratings, flat: FloatArray) -> dict[str, object]:
    """What stands beside the mean: spread, each rater, the ends of the scale, the histogram."""
    levels, counts = np.unique(flat, return_counts=True)
    extra: dict[str, object] = {
        "sd": _sd(flat),
        "n_ratings": int(flat.size),
        "mean_of_ratings": float(flat.mean()),
        "by_rater": {
            str(rater): describe(column[np.isfinite(column)])
            for rater, column in zip(ratings.raters, ratings.scores.T, strict=True)
        },
        "floor": float(counts[0] / flat.size),
        "ceiling": float(counts[-1] / flat.size),
    }
    if levels.size <= _MANY_VALUES:
        extra["histogram"] = {f"{v:g}": int(c) for v, c in zip(levels, counts, strict=True)}
    return extra


def describe(values: FloatArray) -> dict[str, float | int | None]:
    """n, mean and standard deviation; None where they are undefined."""
    return {"n": int(values.size), "mean": float(values.mean()) if values.size else None, "sd": _sd(values)}


def _sd(values: FloatArray) -> float | None:
    return float(values.std(ddof=1)) if values.size > 1 else None


def t_interval(values: FloatArray, *, level: float = 0.95) -> Interval | None:
    """Student's interval of a mean; None below two values or where they do not vary."""
    sd = _sd(values)
    if not sd:
        return None
    from scipy.stats import t

    half = float(t.ppf(0.5 + level / 2, values.size - 1)) * sd / math.sqrt(values.size)
    return Interval(float(values.mean()) - half, float(values.mean()) + half, level, "t")


def z_scores(ratings: Ratings) -> Figure:
    """Every rating on its rater's own scale, (x - mean) / sd, as a list of units with one entry per rater.

    A rater who always gives the same value has no such scale: the entries are None and `no_spread` names
    them.
    """
    scored = np.full(ratings.scores.shape, np.nan)
    no_spread = []
    for column, rater in enumerate(ratings.raters):
        values = ratings.scores[:, column]
        fine = values[np.isfinite(values)]
        sd = _sd(fine)
        if sd:
            scored[:, column] = (values - fine.mean()) / sd
        elif fine.size:
            no_spread.append(str(rater))
    base = Figure(
        None,
        n_items=len(ratings.units),
        n_raters=len(ratings.raters),
        method="(x - mean) / sd within raters",
        values=scored.tolist(),
        extra={"no_spread": no_spread},
    )
    if np.isfinite(scored).any():
        return base
    reason = Reason.NO_VARIATION if np.isfinite(ratings.scores).any() else Reason.TOO_FEW_ITEMS
    return replace(base, values=None, reason=reason)
