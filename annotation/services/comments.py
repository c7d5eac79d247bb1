"""What annotators and adjudicators say to each other about a turn, or about a whole session."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotation.models import TurnComment
from projects.models import Assignment, Exposure, Rater, Turn, Unit, User
from projects.services import work

LIMIT = 5000


def say(
    unit: Unit, turn: Turn | None, *, author: User, text: str, client_key: str, rater: Rater | None = None
) -> TurnComment:
    """Add to the talk about a turn; the same press of the button sent twice says it once."""
    text = text.strip()
    if not text:
        raise ValidationError(_("Write something first."))
    if len(text) > LIMIT:
        raise ValidationError(_("This is too long: at most %(limit)s characters.") % {"limit": LIMIT})
    row, _made = TurnComment.objects.get_or_create(
        unit=unit, author=author, client_key=client_key[:40], defaults={"turn": turn, "rater": rater, "text": text}
    )
    return row


def of_unit(unit: Unit) -> QuerySet[TurnComment]:
    """Return everything that was said about a session and its turns, in order, with the codes it was said under."""
    return TurnComment.objects.filter(unit=unit).select_related("rater", "turn").order_by("created_at", "pk")


def for_rater(assignment: Assignment) -> list[TurnComment]:
    """Return what this rater may read: their own comments, and once they have handed in, everybody's.

    Having read others' words is remembered: an answer that is changed afterwards is not independent any more.
    """
    rows = of_unit(assignment.unit)
    if assignment.state != Assignment.State.SUBMITTED:
        return list(rows.filter(rater=assignment.rater_id))
    found = list(rows)
    if any(row.rater_id != assignment.rater_id for row in found):
        work.expose(assignment, Exposure.OTHERS)
    return found


def by_turn(rows: list[TurnComment]) -> dict[int | None, list[TurnComment]]:
    """Return comments by their turn's index; None is the session."""
    found: dict[int | None, list[TurnComment]] = {}
    for row in rows:
        found.setdefault(row.turn.index if row.turn else None, []).append(row)
    return found
