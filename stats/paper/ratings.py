"""People's ratings: means as given and evened out over raters, group by group, with and without exclusions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stats.paper.frame import Frame, Json, best, nothing
from stats.paper.material import Criterion, Judgement, Study
from stats.ratings import Ratings, means
from stats.result import Figure

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sheet:
    """One criterion's ratings: for each system a table of items x raters, all on the same axes."""

    items: tuple[str, ...]
    raters: tuple[str, ...]
    scores: Mapping[str, FloatArray]

    @classmethod
    def of(cls, frame: Frame, rows: Sequence[Judgement]) -> Sheet:
        """Build from scores. ValueError for two scores of one rater for the same response of an item."""
        items = tuple(dict.fromkeys(_place(row) for row in rows))
        raters = tuple(sorted({row.rater for row in rows}))
        item_at, rater_at = ({label: at for at, label in enumerate(axis)} for axis in (items, raters))
        systems = frame.named(frame.system_of(row.response) for row in rows)
        scores = {code: np.full((len(items), len(raters)), np.nan) for code in systems}
        for row in rows:
            cell = item_at[_place(row)], rater_at[row.rater]
            own = scores[frame.system_of(row.response)]
            if np.isfinite(own[cell]):
                raise ValueError(f"rater {row.rater!r} scored {row.response!r} twice in unit {row.unit!r}")
            own[cell] = np.nan if row.value is None else row.value
        return cls(items, raters, scores)

    def mean_of(self, scores: FloatArray) -> Figure:
        """The mean over items of a system's table."""
        return means(Ratings(self.items, self.raters, scores))

    @property
    def pooled(self) -> Ratings:
        """A response a row: what agreement is computed on."""
        units = tuple(f"{item} {code}" for code in self.scores for item in self.items)
        return Ratings(units, self.raters, np.concatenate(list(self.scores.values())))

    @property
    def clusters(self) -> list[str]:
        """The item of each row of `pooled`."""
        return [item for _code in self.scores for item in self.items]

    def evened(self) -> dict[str, FloatArray]:
        """Each rater's z-scores, put back on the mean and spread of all ratings.

        A rater who never varies has no scale: their scores become the pooled mean.
        """
        flat = np.concatenate(list(self.scores.values()))
        fine = flat[np.isfinite(flat)]
        spread = float(fine.std(ddof=1)) if fine.size > 1 else 0.0
        return {code: _z(scores, flat) * spread + fine.mean() for code, scores in self.scores.items()}


def _place(row: Judgement) -> str:
    return f"{row.item} {row.unit}" if row.role != "main" else row.item


def _z(scores: FloatArray, flat: FloatArray) -> FloatArray:
    """A system's scores on each rater's own scale, which `flat`, all systems' scores, gives."""
    out = np.array(scores)
    for column in range(flat.shape[1]):
        own = flat[np.isfinite(flat[:, column]), column]
        sd = float(own.std(ddof=1)) if own.size > 1 else 0.0
        middle = float(own.mean()) if own.size else 0.0
        out[:, column] = (scores[:, column] - middle) / sd if sd else scores[:, column] * 0.0
    return out


def compute(frame: Frame) -> Json:
    """One entry a rating study."""
    found = [one for study in frame.studies("rating") if (one := _one(frame, study))]
    return {"studies": found} if found else nothing()


def scores_of(rows: Iterable[Judgement], criterion: str) -> list[Judgement]:
    """The scores on one criterion."""
    return [row for row in rows if row.what == "score" and row.criterion == criterion and row.value is not None]


def _one(frame: Frame, study: Study) -> Json:
    counted = frame.counted(study)
    criteria = [one for one in frame.criteria(study.rubric) if scores_of(counted, one.key)]
    if not criteria:
        return {}
    sheets = {one.key: Sheet.of(frame, scores_of(counted, one.key)) for one in criteria}
    return {
        "study": study.key,
        "rubric": study.rubric,
        "criteria": [one.key for one in criteria],
        "systems": frame.named(code for sheet in sheets.values() for code in sheet.scores),
        "means": {one.key: _means(sheets[one.key], one) for one in criteria},
        "by_group": {one.key: _by_group(frame, counted, one) for one in criteria},
        "with_excluded": _with_excluded(frame, study, criteria),
    }


def _means(sheet: Sheet, criterion: Criterion) -> Json:
    raw = {code: on_scale(sheet.mean_of(scores), criterion) for code, scores in sheet.scores.items()}
    even = {code: on_scale(sheet.mean_of(scores), criterion) for code, scores in sheet.evened().items()}
    return {
        "raw": {code: short(figure) for code, figure in raw.items()},
        "standardised": {code: short(figure) for code, figure in even.items()},
        "best": best({code: figure.value for code, figure in raw.items()}),
    }


def on_scale(figure: Figure, criterion: Criterion) -> Figure:
    """A mean whose interval ends where the scale ends; an evened-out mean beyond the scale stays in its interval."""
    if figure.ci is None or figure.value is None:
        return figure
    low, high = figure.ci.low, figure.ci.high
    if criterion.low is not None:
        low = max(low, min(criterion.low, figure.value))
    if criterion.high is not None:
        high = min(high, max(criterion.high, figure.value))
    return replace(figure, ci=replace(figure.ci, low=low, high=high))


def short(figure: Figure) -> Json:
    """A mean without its raters and its histogram, which stand elsewhere."""
    left_out = ("by_rater", "histogram", "floor", "ceiling")
    found: Json = figure.to_json()
    return {key: value for key, value in found.items() if key not in left_out}


def _by_group(frame: Frame, rows: Sequence[Judgement], criterion: Criterion) -> Json:
    """The means within each group of raters, experts and students for instance."""
    own = scores_of(rows, criterion.key)
    found = {}
    for group in sorted({row.group for row in own if row.group}):
        sheet = Sheet.of(frame, [row for row in own if row.group == group])
        means_ = {code: sheet.mean_of(scores) for code, scores in sheet.scores.items()}
        found[group] = {code: short(on_scale(figure, criterion)) for code, figure in means_.items()}
    return found


def _with_excluded(frame: Frame, study: Study, criteria: Sequence[Criterion]) -> Json:
    """The means once more with the answers that a person left out; nothing where there are none."""
    first = [row for row in frame.judgements.get(study.key, []) if not row.repeat and row.role in ("main", "overlap")]
    if not any(row.excluded for row in first):
        return {}
    found = {}
    for one in criteria:
        sheet = Sheet.of(frame, scores_of(first, one.key))
        found[one.key] = {code: short(on_scale(sheet.mean_of(scores), one)) for code, scores in sheet.scores.items()}
    return found
