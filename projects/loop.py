"""What every door to the work loop shares, the page and the API: one and the same unit, under the same conditions."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects import direct, gates, kinds
from projects.kinds import WorkForm
from projects.models import Assignment, Exposure, Study, StudyRole, Submission
from projects.services import leases, pauses, work


class SkipReason(models.TextChoices):
    """Why a rater does not want to judge a unit."""

    HARD = "hard", _("the text is hard for me to bear")
    UNCLEAR = "unclear", _("I cannot understand the text")
    KNOWN = "known", _("I know who wrote it or whom it is about")
    LANGUAGE = "language", _("it is not in a language I rate in")
    OTHER = "other", _("another reason")
    UNSAID = "unsaid", _("no reason given")


class Standstill(StrEnum):
    """Why a rater gets no unit to see."""

    WAITING = "waiting"
    NOTICE = "notice"
    # A page of its own comes first: see `detour`.
    DETOUR = "detour"


def standstill(part: StudyRole) -> Standstill | None:
    """Return what stands before the work: the study is not open or the rater has left, or the notice is unread."""
    if part.state == StudyRole.State.PAUSED:
        pauses.wake(part)
    if part.study.state != Study.State.OPEN or part.state != StudyRole.State.ACTIVE:
        return Standstill.WAITING
    if part.study.project.content_notice and part.notice_at is None:
        return Standstill.NOTICE
    return Standstill.DETOUR if detour(part) else None


def detour(part: StudyRole) -> str:
    """Return the address of what comes before this rater's work: what the campaign asks, then what the kind does."""
    return gates.detour(part) or kinds.of(part.study).detour(part)


def begin(part: StudyRole) -> None:
    """Remember that the rater has read the content notice."""
    StudyRole.objects.filter(pk=part.pk, notice_at=None).update(notice_at=timezone.now())


def hold(
    part: StudyRole, *, ahead: int = 0, known: Collection[str] = frozenset(), mine: Collection[str] | None = None
) -> list[Assignment]:
    """Return what this rater has in hand, claiming up to one unit and `ahead` more; see `leases.hold` for the rest."""
    if gates.detour(part):
        return []
    kind, code = kinds.of(part.study), part.coded.code

    def claim() -> list[Assignment]:
        return leases.hold(
            part,
            count=1 + ahead,
            known=known,
            shown=lambda unit: kind.shown(part.study, code, unit),
            mine=mine,
        )

    if not kind.deals:
        return claim()
    with transaction.atomic():
        held = claim()
        # What is dealt refers to their keys.
        direct.flush()
        kind.deal(part, held)
    return held


def look_again(assignment: Assignment) -> None:
    """Do what follows from looking at an answered unit: where the study shows the pre-label after, it is seen now."""
    if assignment.state == Assignment.State.SUBMITTED and assignment.study.settings.get("prelabel") == "after":
        reveal(assignment)


def reveal(assignment: Assignment) -> None:
    """Show the pre-label from now on, and remember that it was seen."""
    work.expose(assignment, Exposure.PRELABEL)
    assignment.exposure = max(assignment.exposure, Exposure.PRELABEL)


def take(part: StudyRole, assignment: Assignment, form: WorkForm, *, then: work.Then | None = None) -> work.Outcome:
    """Take a valid form's answer; `then` is the last of its transaction. Raises StudyNotOpen and AnswerConflict."""
    kind = kinds.of(part.study)
    outcome = work.submit(
        part,
        assignment,
        answer=kind.answer(form),
        write=lambda submission: kind.save(form, submission),
        # What is held against an expected answer is compared with nobody's.
        settle=(lambda unit: None) if assignment.unit.role in gates.CHECKED else kind.settle,
        then=then,
    )
    if not outcome.replayed:
        gates.answered(part, assignment, outcome.submission)
    return outcome


def take_and_go_on(
    part: StudyRole, assignment: Assignment, form: WorkForm, *, ahead: int, known: Collection[str]
) -> tuple[work.Outcome, list[Assignment]]:
    """Take a valid form's answer and claim what comes next, in one transaction where that is possible.

    Returns what became of the answer, and what is new in these hands (see `hold`); nothing for a change of mind. Raises
    what `take` raises.
    """
    before = [(thing, vars(thing).copy()) for thing in (part, assignment)]
    held: list[Assignment] = []

    def claim(submission: Submission, mine: Collection[str]) -> None:
        if submission.number > 1 or gates.detour(part):
            return
        exposure = kinds.of(part.study).shown_always(part.study)
        one_more = known and set(known) == set(mine) and len(mine) == ahead and leases.works(part)
        along = one_more and part.study.allotment != Study.Allotment.QUOTAS
        if exposure is not None and along and direct.together():
            leases.claim_along(part, exposure, into=held)
        else:
            held.extend(hold(part, ahead=ahead, known=known, mine=mine))

    try:
        outcome = take(part, assignment, form, then=claim)
    except IntegrityError:
        # Another tab of this rater claimed the same unit, or sent the same answer, in the same moment.
        for thing, values in before:
            vars(thing).update(values)
        held.clear()
        outcome = take(part, assignment, form)
    if outcome.submission.number == 1 and len(known) + len(held) < 1 + ahead:
        # What is left to be had may be in others' hands, or left over: to be waited for while holding nothing oneself.
        mine = {row.token for row in held}
        held += [row for row in hold(part, ahead=ahead, known=mine.union(known)) if row.token not in mine]
    return outcome, held


def skip(assignment: Assignment, *, reason: str, note: str) -> bool:
    """Put a unit to the back of the queue; False without a reason, which is a SkipReason, words, or both."""
    told = ": ".join(part for part in (reason if reason in SkipReason.values else "", note.strip()) if part)
    if told:
        leases.skip(assignment, reason=told)
    return bool(told)
