"""How often each score was given: by judge and criterion, by system; people's ratings beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stats.paper.frame import Frame, Json, nothing
from stats.paper.material import Criterion, Study
from stats.paper.ratings import scores_of

_MOST_POINTS = 101


def compute(frame: Frame) -> Json:
    """Counts over the declared points of each scale."""
    judges = [_judged(frame, rubric) for rubric in frame.rubrics]
    people = [one for study in frame.studies("rating") if (one := _rated(frame, study))]
    return {"judges": judges, "people": people} if judges or people else nothing()


def _judged(frame: Frame, rubric: str) -> Json:
    rows = frame.rubrics[rubric]
    found: Json = {}
    for criterion in frame.criteria(rubric):
        for judge in frame.judges(rows):
            own = [
                (frame.system_of(row.response), row.value)
                for row in rows
                if row.judge == judge and row.criterion == criterion.key and row.value is not None
            ]
            if own:
                found.setdefault(criterion.key, {})[judge] = histogram(frame, criterion, own)
    return {"rubric": rubric, "criteria": found}


def _rated(frame: Frame, study: Study) -> Json:
    counted = frame.counted(study)
    found = {}
    for criterion in frame.criteria(study.rubric):
        own = [
            (frame.system_of(row.response), row.value)
            for row in scores_of(counted, criterion.key)
            if row.value is not None
        ]
        if own:
            found[criterion.key] = histogram(frame, criterion, own)
    return {"study": study.key, "criteria": found} if found else {}


def histogram(frame: Frame, criterion: Criterion, rows: Sequence[tuple[str, float]]) -> Json:
    """`points`, and how often each was given, in all and by system; `n`, the shares of the lowest and the highest."""
    points = points_of(criterion, (value for _code, value in rows))
    at = {point: place for place, point in enumerate(points)}
    by_system = {code: [0] * len(points) for code in frame.named(code for code, _value in rows)}
    for code, value in rows:
        by_system[code][at[value]] += 1
    total = [sum(counts) for counts in zip(*by_system.values(), strict=True)]
    n = sum(total)
    return {
        "points": points,
        "counts": total,
        "by_system": by_system,
        "n": n,
        "floor": total[0] / n,
        "ceiling": total[-1] / n,
    }


def points_of(criterion: Criterion, values: Iterable[float]) -> list[float]:
    """The whole numbers of the declared scale, with whatever else was given; where no scale is declared what was given.

    Shares of floor and ceiling then speak of the declared ends.
    """
    seen = set(values)
    low, high = criterion.low, criterion.high
    if low is not None and high is not None and high - low < _MOST_POINTS:
        seen |= {float(low + step) for step in range(int(high - low) + 1)}
    return sorted(seen)
