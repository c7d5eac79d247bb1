"""A rater's own counters, changed once a transaction: what an answer adds waits for the claim that follows it."""

from __future__ import annotations

from projects.direct import Statement
from projects.models import StudyRole
from projects.writing import execute

PART = StudyRole._meta.db_table
MORE = "submitted = submitted + %s, active_ms = active_ms + %s"
ANSWER = f"UPDATE {PART} SET {MORE} WHERE id = %s"  # noqa: S608  our own table
CLAIM = f"UPDATE {PART} SET {MORE}, claimed = claimed + 1, cursor = %s WHERE id = %s RETURNING claimed"  # noqa: S608  our own table


def owe(part: StudyRole, *, submitted: int, active_ms: int) -> None:
    """Note what an answer adds. It is written by the next claim, or by `settle` before the transaction ends."""
    part.owed = (submitted, active_ms)


def claiming(part: StudyRole, cursor: int) -> Statement:
    """Return the statement that counts one more claim, with what is owed; its row is the claim's number."""
    owed, part.owed = part.owed, (0, 0)
    return CLAIM, [*owed, cursor, part.pk]


def claiming_if(part: StudyRole, taken: str) -> Statement:
    """Return the statement that writes what is owed, and counts one more claim where the query `taken` has a row.

    That row's `sort_key` becomes the cursor; the statement's own row is how many claims there are now.
    """
    owed, part.owed = part.owed, (0, 0)
    statement = (
        f"UPDATE {PART} SET {MORE}, claimed = claimed + (SELECT COUNT(*) FROM {taken}),"  # noqa: S608  our own table
        f" cursor = COALESCE((SELECT sort_key FROM {taken}), cursor) WHERE id = %s RETURNING claimed"
    )
    return statement, [*owed, part.pk]


def settle(part: StudyRole) -> None:
    """Write what no claim has written."""
    owed, part.owed = part.owed, (0, 0)
    if any(owed):
        execute(ANSWER, *owed, part.pk)
