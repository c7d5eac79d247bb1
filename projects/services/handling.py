"""Finding one of a rater's own units by its handle."""

from __future__ import annotations

from django.http import Http404

from projects.models import Assignment, StudyRole
from projects.prepared import Prepared

OWN = Prepared(
    lambda token, rater, study: Assignment.objects.filter(token=token, rater_id=rater, study_id=study).select_related(
        "unit__revision__item__dataset", "draft"
    ),
    "a token",
    -1,
    -2,
)


def own(part: StudyRole, token: str) -> Assignment:
    """Return this rater's assignment with `token`; an unknown, a foreign and a stale one are the same 404."""
    row = OWN.first(token, part.coded.pk, part.study_id)
    if row is None:
        raise Http404
    row.study = part.study
    return row
