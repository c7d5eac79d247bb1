"""When things happened: work of the last weeks, done today.

Services write the present moment, and rightly so. A figure of pace or drift shows something only if the answers lie
some days apart, so the rows are moved back right after the service has written them. The audit log is not touched: it
says when something was really done.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max, Min

from annotation.models import Dispute, Resolution
from projects.models import Assignment, Study, StudyRole, Submission, Unit

# Between an answer and the next text, and the longest sitting that is thinkable.
PAUSE = timedelta(seconds=2)
SITTING = timedelta(hours=2)


class Diary:
    """One rater's sittings in a study: a day each, with about as many answers in each; the last ends before `until`."""

    def __init__(self, *, until: datetime, sittings: int, answers: int) -> None:
        """Plan so many answers in so many sittings."""
        self.until, self.sittings = until, sittings
        self.each = -(-answers // sittings)
        self.count = 0
        self.now = until

    def spend(self, seconds: float) -> tuple[datetime, datetime]:
        """Return when the next answer is begun and given."""
        sitting, first = divmod(self.count, self.each)
        if first == 0:
            self.now = self.until - timedelta(days=self.sittings - 1 - sitting) - SITTING
        begun, given = self.now, self.now + timedelta(seconds=seconds)
        self.count += 1
        self.now = given + PAUSE
        return begun, given

    def linger(self, seconds: float) -> datetime:
        """Return the end of some more time over the same text."""
        self.now += timedelta(seconds=seconds)
        return self.now - PAUSE


def move_claim(assignment: Assignment, begun: datetime) -> None:
    """Let the claim lie back: no answer counts more active time than has passed since."""
    assignment.claimed_at = begun
    Assignment.objects.filter(pk=assignment.pk).update(claimed_at=begun)


def move_answer(assignment: Assignment, submission: Submission, given: datetime) -> None:
    """Let an answer lie back."""
    assignment.submitted_at = given
    Submission.objects.filter(pk=submission.pk).update(created_at=given)
    Assignment.objects.filter(pk=assignment.pk).update(submitted_at=given)


def move_endings(study: Study) -> None:
    """Date disputes and agreements to the last first answer of their unit."""
    answered = dict(
        Unit.objects.filter(study=study, assignments__submissions__number=1)
        .annotate(at=Max("assignments__submissions__created_at"))
        .values_list("pk", "at")
    )
    rows = list(Resolution.objects.filter(unit__study=study))
    for row in rows:
        row.created_at = answered[row.unit_id]
    Resolution.objects.bulk_update(rows, ["created_at"])
    disputes = list(Dispute.objects.filter(unit__study=study))
    for dispute in disputes:
        dispute.opened_at = answered[dispute.unit_id]
        dispute.settled_at = dispute.settled_at and answered[dispute.unit_id]
    Dispute.objects.bulk_update(disputes, ["opened_at", "settled_at"])


def move_ending(unit: Unit, at: datetime) -> None:
    """Date the conclusion of one unit, and the end of its dispute."""
    Resolution.objects.filter(unit=unit, current=True).update(created_at=at)
    Dispute.objects.filter(unit=unit).update(settled_at=at)


def move_study(study: Study, *, closed: datetime | None = None) -> None:
    """Let the study have opened an hour before its first claim; `closed` where it is over."""
    first = study.assignments.aggregate(at=Min("claimed_at"))["at"]
    opened = first - timedelta(hours=1)
    Study.objects.filter(pk=study.pk).update(
        created_at=opened - timedelta(hours=20), opened_at=opened, closed_at=closed or study.closed_at
    )
    StudyRole.objects.filter(study=study).update(joined_at=opened - timedelta(hours=2))
    working = StudyRole.objects.filter(study=study, claimed__gt=0)
    working.update(notice_at=first - timedelta(minutes=2))
