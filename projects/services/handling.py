"""Finding one of a rater's own units by its handle."""

from __future__ import annotations

from django.http import Http404

from projects.models import Assignment, StudyRole, Turn
from projects.prepared import Prepared

OWN = Prepared(
    lambda token, rater, study: Assignment.objects.filter(token=token, rater_id=rater, study_id=study).select_related(
        "unit__revision__item__dataset", "draft"
    ),
    "a token",
    -1,
    -2,
)
# More turns than any dialogue has; what is above it need not be asked for.
MOST_TURNS = 2_000_000_000
# A turn of the dialogue in a rater's hands, by the unit's handle and the turn's index.
TURN = Prepared(
    lambda token, index: Turn.objects.filter(
        revision__in=Assignment.objects.filter(token=token).values("unit__revision"), index=index
    ).only("revision", "index", "role", "text"),
    "a token",
    MOST_TURNS,
)


def own(part: StudyRole, token: str) -> Assignment:
    """Return this rater's assignment with `token`; an unknown, a foreign and a stale one are the same 404."""
    row = OWN.first(token, part.coded.pk, part.study_id)
    if row is None:
        raise Http404
    row.study = part.study
    return row


def turn(assignment: Assignment, index: int) -> Turn | None:
    """Return the turn with this index of the dialogue in a rater's hands."""
    return TURN.first(assignment.token, index) if index < MOST_TURNS else None
