"""The save of one turn, which a rater's page asks for all the time: two or three short statements, none twice.

A turn that is saved the first time is one INSERT, every later time one UPDATE; only where neither finds its place does
it look at what stands there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from annotation.answers import Copy
from annotation.models import TurnDraft
from projects import direct
from projects.models import Assignment, Turn
from projects.services import leases

PAYLOAD, MOMENT = TurnDraft._meta.get_field("payload"), TurnDraft._meta.get_field("updated_at")
TABLE = TurnDraft._meta.db_table
# Our own table; all values are parameters.
FIRST = (
    f"INSERT INTO {TABLE} (payload, updated_at, assignment_id, turn_id, version) VALUES (%s, %s, %s, %s, 1)"  # noqa: S608  our own table
    " ON CONFLICT DO NOTHING RETURNING version"
)
LATER = (
    f"UPDATE {TABLE} SET payload = %s, updated_at = %s, version = version + 1"  # noqa: S608  our own table
    " WHERE assignment_id = %s AND turn_id = %s AND version = %s RETURNING version"
)
SESSION = LATER.replace("turn_id = %s", "turn_id IS NULL")


class TurnConflict(Exception):  # noqa: N818  it is the outcome's name
    """Another tab or device has saved a newer version of this turn; it is in `draft`."""

    def __init__(self, draft: TurnDraft) -> None:
        """Carry the version that is newer."""
        super().__init__()
        self.draft = draft


def of_turn(rows: models.QuerySet[Any], turn: Turn | None) -> models.QuerySet[Any]:
    """Keep the rows about one turn, or about the session where it is none."""
    return rows.filter(turn=turn) if turn else rows.filter(turn__isnull=True)


def save(assignment: Assignment, turn: Turn | None, *, copy: Copy, version: int) -> TurnDraft:
    """Keep a turn as it is now, and the lease. `version` is the one the page started from, 0 where there was none.

    Raises TurnConflict where something newer is there; the same save sent twice is taken once.
    """
    payload, now = copy.to_json(), timezone.now()
    if assignment.state == Assignment.State.LEASED and leases.is_used(assignment):
        leases.renew(assignment)
    if direct.fetch(*_statement(assignment, turn, payload, now, version)):
        return TurnDraft(assignment=assignment, turn=turn, payload=payload, version=version + 1, updated_at=now)
    rows = of_turn(TurnDraft.objects.filter(assignment=assignment), turn)
    newer = rows.first() or _create(rows, assignment, turn, payload)
    if newer.payload != payload:
        raise TurnConflict(newer)
    return newer


def _statement(
    assignment: Assignment, turn: Turn | None, payload: dict[str, Any], now: datetime, version: int
) -> direct.Statement:
    """Return what writes a turn over `version`; it returns a row where it did."""
    values = [PAYLOAD.get_db_prep_save(payload, connection), MOMENT.get_db_prep_save(now, connection), assignment.pk]
    place = turn.pk if turn else None
    if not version:
        return FIRST, [*values, place]
    return (LATER, [*values, place, version]) if turn else (SESSION, [*values, version])


def _create(rows: models.QuerySet[TurnDraft], assignment: Assignment, turn: Turn | None, payload: Any) -> TurnDraft:
    """Save a turn of which the page knew a version that is not there any more."""
    try:
        with transaction.atomic():
            return TurnDraft.objects.create(assignment=assignment, turn=turn, payload=payload)
    except IntegrityError:
        # Another tab was a moment quicker with the first save of this turn.
        return rows.get()
