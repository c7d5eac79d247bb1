"""What stands before a rater's work, in its order; the answers to `projects.gates`."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaign.models import Readiness, Recall
from campaign.services import checking, consent, reading, training
from campaign.services.stops import stops as stops
from projects.models import Assignment, Study, StudyRole, Submission, Unit

# Each step's page, in the order in which a rater meets them.
HELD, CONSENT, NOTICE, GUIDELINE, TRAINING, AGAIN = (
    "rate_held", "rate_consent", "rate_notice", "rate_acknowledge", "rate_training", "rate_again",
)  # fmt: skip


def step(part: StudyRole) -> str:
    """Return the name of the page that comes before this rater's work, or nothing."""
    if part.holds.filter(lifted_at=None).exists():
        return HELD
    if consent.missing(part):
        return CONSENT
    if part.study.content and not Readiness.objects.filter(part=part, notice_at__isnull=False).exists():
        return NOTICE
    if reading.is_due(part):
        return GUIDELINE
    if training.is_due(part):
        return TRAINING
    return AGAIN if Recall.objects.filter(part=part, done_at=None).exists() else ""


def detour(part: StudyRole) -> str:
    """Return the address of what comes before work; empty, and remembered as passed, where nothing is left."""
    if name := step(part):
        return reverse(name, args=[part.study.token])
    _pass(part)
    return ""


def _pass(part: StudyRole) -> None:
    """Let the rater through, unless something new was asked of them in this moment."""
    now = part.study.gate
    if StudyRole.objects.filter(pk=part.pk, gate=part.gate).update(gate=now):
        part.gate = now
        training.fit(part.study)


def admits(part: StudyRole, assignment: Assignment) -> bool:
    """Whether this unit is the very thing that is asked for."""
    name = step(part)
    if name == TRAINING:
        return assignment.unit.role == Unit.Role.TRAINING
    return name == AGAIN and assignment.recalls.filter(done_at=None).exists()


def note(part: StudyRole, assignment: Assignment) -> str:
    """Return what the page of such a unit says of it."""
    if assignment.unit.role == Unit.Role.TRAINING:
        return ""
    recall = assignment.recalls.filter(done_at=None).select_related("guideline").order_by("-pk").first()
    if recall is None:
        return ""
    words = _("The guideline has changed since your answer. Please judge this again, by version %(number)s.")
    return words % {"number": recall.guideline.number}


def guideline(part: StudyRole) -> int | None:
    """Return the key of the guideline that this rater works by: not one that they still have to read."""
    earlier = reading.known(part)
    return earlier.pk if earlier else part.study.guideline_id


def answered(part: StudyRole, assignment: Assignment, submission: Submission) -> None:
    """Hold an answer against what is expected; end what was asked for again."""
    if assignment.unit.role in (Unit.Role.TRAINING, Unit.Role.GOLD) and submission.number == 1:
        checking.check(part, assignment, submission)
    if submission.number > 1:
        Recall.objects.filter(assignment=assignment, done_at=None).update(done_at=timezone.now())


def furnish(study: Study) -> None:
    """Make the training's units out of the study's, or beside them."""
    training.furnish(study)
