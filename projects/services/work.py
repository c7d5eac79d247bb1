"""Drafts, answers and changes of mind. Every kind of study hands its answers in here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Max
from django.utils import timezone

from projects import gates
from projects.direct import Statement
from projects.models import Assignment, Draft, Exposure, Study, StudyRole, Submission, Unit
from projects.prepared import select
from projects.services import leases, places, tally
from projects.writing import execute, execute_all, insert_later, next_key, updating


class StudyNotOpen(Exception):  # noqa: N818  it is the outcome's name
    """The study is paused or closed: the answer was not taken."""


class DraftConflict(Exception):  # noqa: N818  it is the outcome's name
    """Another tab or device has saved a newer draft; it is in `draft`."""

    def __init__(self, draft: Draft) -> None:
        """Carry the draft that is newer."""
        super().__init__()
        self.draft = draft


class AnswerConflict(Exception):  # noqa: N818  it is the outcome's name
    """The rater has answered this unit since the page was opened, in another tab or on another device."""


@dataclass(frozen=True)
class Answer:
    """What every kind's answer has.

    `client_key` names one press of the button: sent twice, it counts once. `based_on` is the number of the answer
    that the page showed (0: none).
    """

    client_key: str
    based_on: int = 0
    unsure: bool = False
    comment: str = ""
    active_ms: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of an answer."""

    submission: Submission
    replayed: bool = False
    completed: bool = field(default=False)


ASSIGNMENT, DRAFT = Assignment._meta.db_table, Draft._meta.db_table
UNIT, STUDY = Unit._meta.db_table, Study._meta.db_table
# What another tab, the sweep, an adjudicator or the manager may have changed a moment ago.
_FRESH = (
    "SELECT a.state, a.exposure, a.base_exposure, a.surplus, u.done, u.wanted, u.taken, s.state,"  # noqa: S608  our own tables
    f" EXISTS (SELECT 1 FROM {DRAFT} d WHERE d.assignment_id = a.id),"
    f" (SELECT %(join)s(h.token, ' ') FROM {ASSIGNMENT} h WHERE h.rater_id = a.rater_id AND h.study_id = a.study_id"
    " AND h.state = 'leased' AND h.id <> a.id), %(key)s"
    f" FROM {ASSIGNMENT} a JOIN {UNIT} u ON u.id = a.unit_id JOIN {STUDY} s ON s.id = a.study_id WHERE a.id = %s"
)
FRESH = {
    "sqlite": _FRESH.replace("%(join)s", "group_concat").replace("%(key)s", "NULL"),
    # With a key for the answer, so that its rows can refer to it and go with it.
    "postgresql": _FRESH.replace("%(join)s", "string_agg").replace("%(key)s", next_key(Submission))
    + " FOR UPDATE OF a, u",
}

# Stores an answer's own rows, or returns the statements that do.
Writer = Callable[[Submission], Sequence[Statement] | None]
Settler = Callable[[Unit], None]
# What is called last in an answer's transaction, with the handles of what the rater still has in hand.
Then = Callable[[Submission, Sequence[str]], None]


def submit(
    part: StudyRole, assignment: Assignment, *, answer: Answer, write: Writer, settle: Settler, then: Then | None = None
) -> Outcome:
    """Take an answer: rows, counters and what follows from them, in one transaction.

    `write` stores the kind's own rows for the new submission; `settle` is called once a unit has all its answers,
    and again at every change of mind after that; `then` is called last, in the same transaction. Raises StudyNotOpen
    where no answers are taken, and AnswerConflict where the page was older than the rater's last answer.
    """
    with transaction.atomic():
        locked, beside = assignment, _lock(assignment)
        if replay := _replay(locked, answer):
            return Outcome(replay, replayed=True)
        if locked.study.state != Study.State.OPEN or part.state != StudyRole.State.ACTIVE:
            raise StudyNotOpen
        first = locked.state != Assignment.State.SUBMITTED
        elapsed = _active(locked, answer)
        submission = _write_submission(part, locked, answer, elapsed, beside.key)
        rows = write(submission) or ()
        if first:
            _hand_in(part, locked, elapsed, rows)
        else:
            execute_all(*rows)
            _count_time(part, locked, elapsed)
        if beside.drafted:
            execute(f"DELETE FROM {DRAFT} WHERE assignment_id = %s", locked.pk)  # noqa: S608  our own table
        completed = _is_complete(locked)
        if completed and not locked.surplus:
            # The part's study is loaded with its settings already.
            locked.unit.study = part.study
            settle(locked.unit)
        if then:
            then(submission, beside.hands)
        tally.settle(part)
    return Outcome(submission, completed=completed)


@dataclass(frozen=True)
class _Beside:
    """What there is beside a locked assignment: a draft, the rater's other units in hand, a key for the answer."""

    drafted: bool
    hands: list[str]
    key: int | None


def _lock(assignment: Assignment) -> _Beside:
    """Bring what may have changed since the page's assignment was loaded up to date, and keep it so.

    The unit is locked with it: of two last answers that come at once, the later must see the earlier, or neither
    would find the unit complete. SQLite's IMMEDIATE transactions let one writer in at a time, which is the same.
    """
    rows = select(FRESH[connection.vendor], assignment.pk)
    if not rows:
        raise Assignment.DoesNotExist
    unit, study = assignment.unit, assignment.study
    assignment.state, assignment.exposure, assignment.base_exposure, assignment.surplus = rows[0][:4]
    unit.done, unit.wanted, unit.taken, study.state, drafted, hands, key = rows[0][4:]
    return _Beside(bool(drafted), (hands or "").split(), key)


def _replay(assignment: Assignment, answer: Answer) -> Submission | None:
    if assignment.state != Assignment.State.SUBMITTED:
        return None
    return assignment.submissions.filter(client_key=answer.client_key).first()


def _active(assignment: Assignment, answer: Answer) -> int:
    """Return the active milliseconds, never more than have passed since the claim or the last answer."""
    since = assignment.submitted_at or assignment.claimed_at
    passed = int((timezone.now() - since) / timedelta(milliseconds=1))
    return max(0, min(answer.active_ms, passed, settings.CONCORD_MAX_ACTIVE_MS))


def _write_submission(
    part: StudyRole, assignment: Assignment, answer: Answer, elapsed: int, key: int | None
) -> Submission:
    last = 0
    independent = assignment.exposure <= assignment.base_exposure
    if assignment.state == Assignment.State.SUBMITTED:
        earlier = assignment.submissions.all()
        last = earlier.aggregate(last=Max("number"))["last"] or 0
        if answer.based_on != last:
            raise AnswerConflict
        earlier.filter(current=True).update(current=False)
        if independent:
            earlier.filter(independent=True).update(independent=False)
    return insert_later(
        Submission(
            pk=key,
            assignment=assignment,
            number=last + 1,
            independent=independent,
            exposure=assignment.exposure,
            version_id=part.study.in_force.pk,
            guideline_id=gates.guideline(part),
            unsure=answer.unsure,
            comment=answer.comment,
            active_ms=elapsed,
            client_key=answer.client_key,
        )
    )


def _hand_in(part: StudyRole, assignment: Assignment, elapsed: int, rows: Sequence[Statement]) -> None:
    """Turn the lease into a finished judgement and write its rows; without a free place it is kept as surplus."""
    late = assignment.state != Assignment.State.LEASED
    assignment.surplus = late and not places.take_back(assignment)
    assignment.state = Assignment.State.SUBMITTED
    assignment.submitted_at = timezone.now()
    assignment.leased_until = None
    assignment.active_ms += elapsed
    counts = not assignment.surplus and assignment.unit.role != Unit.Role.TRAINING
    tally.owe(part, submitted=int(counts), active_ms=elapsed)
    changes: list[Statement] = [
        *rows,
        updating(assignment, "surplus", "state", "submitted_at", "leased_until", "active_ms"),
    ]
    if not assignment.surplus:
        changes.append(places.finishing(assignment.unit_id))
        assignment.unit.done += 1
    execute_all(*changes)


def _count_time(part: StudyRole, assignment: Assignment, elapsed: int) -> None:
    Assignment.objects.filter(pk=assignment.pk).update(active_ms=F("active_ms") + elapsed, submitted_at=timezone.now())
    StudyRole.objects.filter(pk=part.pk).update(active_ms=F("active_ms") + elapsed)


def _is_complete(assignment: Assignment) -> bool:
    return assignment.unit.done >= assignment.unit.wanted


def expose(assignment: Assignment, exposure: Exposure) -> None:
    """Remember that the rater has now seen more than nothing; it never goes back."""
    Assignment.objects.filter(pk=assignment.pk, exposure__lt=exposure).update(exposure=exposure)


def save_draft(assignment: Assignment, *, payload: dict[str, Any], version: int) -> Draft:
    """Keep what was typed. `version` is the one the page started from (0: none); a newer one raises DraftConflict."""
    with transaction.atomic():
        if assignment.state == Assignment.State.LEASED:
            leases.renew(assignment)
        values = {"payload": payload, "saved_at": timezone.now()}
        if Draft.objects.filter(assignment=assignment, version=version).update(version=version + 1, **values):
            return Draft(assignment=assignment, version=version + 1, **values)
        draft, created = Draft.objects.get_or_create(assignment=assignment, defaults=values)
    if not created:
        raise DraftConflict(draft)
    return draft
