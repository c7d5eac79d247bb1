"""Criteria of rubrics as rows."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from evaluation.models import RubricVersion
from publishing.services.rows import Rows
from stats.paper import material as paper

OVERALL = "overall"


def add(rows: Rows, rubric: RubricVersion | None, *, overall: bool = False) -> str:
    """Add a rubric's criteria, once, and return its key; with `overall` the verdict on the whole stands last."""
    key = f"rubric-{rubric.rubric_id}.{rubric.number}" if rubric else "overall"
    found = [paper.Criterion(key, one["key"], one["name"], *ends(one)) for one in (rubric.criteria if rubric else ())]
    if overall or rubric is None:
        found.append(paper.Criterion(key, OVERALL, _("Overall")))
    for one in found:
        rows.criteria.setdefault((key, one.key), one)
    return key


def ends(criterion: dict[str, object]) -> tuple[float | None, float | None]:
    """Return the ends of a criterion's scale; none where it has no scale."""
    points: object = criterion.get("points") or ()
    values = [float(point["value"]) for point in points] if isinstance(points, list | tuple) else []
    return (min(values), max(values)) if values else (None, None)
