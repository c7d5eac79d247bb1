"""A rating's scores as arrays: one table of items x raters for each criterion and system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.models import BlindStudy
from evaluation.results.judged import Case
from evaluation.summary import frame
from evaluation.summary.frame import Work
from stats.ratings import Ratings, means
from stats.result import Figure

FloatArray = npt.NDArray[np.float64]
Row = tuple[str, Case, int, int]


@dataclass(frozen=True)
class Criterion:
    """One criterion's ratings: a table of items x raters for each system, on one and the same pair of axes."""

    key: str
    name: str
    points: Mapping[int, str]
    items: tuple[str, ...]
    raters: tuple[str, ...]
    scores: Mapping[int, FloatArray]

    @cached_property
    def means(self) -> dict[int, Figure]:
        """The mean of each system, with its interval over items."""
        return {key: self.mean_of(scores) for key, scores in self.scores.items()}

    def mean_of(self, scores: FloatArray) -> Figure:
        """Return the mean of some scores on this scale; its interval ends where the scale ends."""
        figure = means(Ratings(self.items, self.raters, scores))
        if figure.ci is None:
            return figure
        low, high = max(figure.ci.low, min(self.points)), min(figure.ci.high, max(self.points))
        return replace(figure, ci=replace(figure.ci, low=low, high=high))

    @property
    def pooled(self) -> Ratings:
        """All systems' ratings, a response a row: what agreement is computed on."""
        units = tuple(f"{item}/{key}" for key in self.scores for item in self.items)
        return Ratings(units, self.raters, np.concatenate(list(self.scores.values())))

    def per_item(self, system: int) -> FloatArray:
        """Return a system's mean of each item over its raters, NaN where nobody rated it."""
        return row_means(self.scores[system])

    @cached_property
    def standardised(self) -> dict[int, FloatArray]:
        """Scores on each rater's own scale, put back on the pooled mean and spread.

        A rater who never varies has no scale of their own; their scores move to the pooled mean.
        """
        flat = np.concatenate(list(self.scores.values()))
        fine = flat[np.isfinite(flat)]
        spread = float(fine.std(ddof=1)) if fine.size > 1 else 0.0
        means_, sds = column_means(flat), column_spreads(flat)
        safe = np.where(sds > 0, sds, 1.0)
        return {key: (scores - means_) / safe * spread + fine.mean() for key, scores in self.scores.items()}


def row_means(scores: FloatArray) -> FloatArray:
    """Return the mean of each row, leaving out gaps; NaN for an empty row."""
    n = np.isfinite(scores).sum(axis=1)
    return np.where(n > 0, np.nansum(scores, axis=1) / np.maximum(n, 1), np.nan)


def column_means(flat: FloatArray) -> FloatArray:
    """Return the mean of each column, leaving out gaps; 0 for an empty column."""
    n = np.isfinite(flat).sum(axis=0)
    return np.asarray(np.nansum(flat, axis=0) / np.maximum(n, 1))


def column_spreads(flat: FloatArray) -> FloatArray:
    """Return the standard deviation of each column, leaving out gaps; 0 where there are fewer than two values."""
    n = np.isfinite(flat).sum(axis=0)
    away = np.where(np.isfinite(flat), flat - column_means(flat), 0.0)
    return np.asarray(np.sqrt((away**2).sum(axis=0) / np.maximum(n - 1, 1)) * (n > 1))


@dataclass(frozen=True)
class Rated:
    """The counted scores of a study, a criterion at a time."""

    work: Work
    criteria: Sequence[Criterion]

    def __bool__(self) -> bool:
        """Whether anything was rated."""
        return bool(self.criteria)


def rows_of(work: Work, cases: Mapping[int, Case]) -> Iterator[Row]:
    """Yield (criterion, answer, member, score) of these answers."""
    for submission, member, criterion, value in work.data.scores:
        if submission in cases:
            yield criterion, cases[submission], member, value


def rubric(work: Work) -> Sequence[Mapping[str, Any]]:
    """Return the criteria the study holds to."""
    found = BlindStudy.objects.select_related("rubric").get(study=work.study).rubric
    return found.criteria if found else []


def load(work: Work) -> Rated:
    """Return the counted scores."""
    return Rated(work, criteria(work, work.data.counted))


def criteria(work: Work, cases: Mapping[int, Case]) -> list[Criterion]:
    """Return some answers' scores by criterion; criteria without scores are left out."""
    rows: dict[str, list[Row]] = {}
    for row in rows_of(work, cases):
        rows.setdefault(row[0], []).append(row)
    return [one_criterion(work, about, rows[about["key"]]) for about in rubric(work) if about["key"] in rows]


def one_criterion(work: Work, about: Mapping[str, Any], rows: Sequence[Row]) -> Criterion:
    """Return one criterion's scores as arrays."""
    items = tuple(sorted({place(case) for _key, case, _member, _value in rows}))
    raters = tuple(sorted({case.rater for _key, case, _member, _value in rows}))
    item_at, rater_at = ({label: at for at, label in enumerate(axis)} for axis in (items, raters))
    members = work.data.members
    rated = {members[member].system for _key, _case, member, _value in rows}
    scores = {key: np.full((len(items), len(raters)), np.nan) for key in frame.order(work) if key in rated}
    for _key, case, member, value in rows:
        scores[members[member].system][item_at[place(case)], rater_at[case.rater]] = value
    points = {int(point["value"]): str(point["anchor"]) for point in about["points"]}
    return Criterion(about["key"], str(about["name"]), points, items, raters, scores)


def place(case: Case) -> str:
    """Return what tells an answer's item apart."""
    return f"{case.item}/{case.role}"
