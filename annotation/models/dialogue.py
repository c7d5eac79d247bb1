"""What an answer to a dialogue has beside its labels, and what is saved of it turn by turn before it is handed in."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Assignment, Submission, Suggestion, Turn


class Evidence(models.Model):
    """The words of a turn that a rater names as the reason for one value of a field.

    `start` and `end` count code points of the turn's text, as Python does; `value` is empty for a field of free text.
    """

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="evidence", db_index=False)
    turn = models.ForeignKey(Turn, models.PROTECT, related_name="evidence")
    field = models.CharField(max_length=60)
    value = models.CharField(max_length=200, blank=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "turn", "field", "value", "start", "end"], name="evidence_once"
            ),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="evidence_has_words"),
            models.CheckConstraint(condition=~Q(field=""), name="evidence_field_given"),
        ]

    def __str__(self) -> str:
        return f"{self.field}={self.value} {self.start}-{self.end}"


class Remark(models.Model):
    """A rater's own note on a turn, or on the whole session where it names none; no answer, and part of no figure."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="remarks", db_index=False)
    turn = models.ForeignKey(Turn, models.PROTECT, null=True, blank=True, related_name="remarks")
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission"], condition=Q(turn__isnull=True), name="remark_on_session_once"
            ),
            models.UniqueConstraint(
                fields=["submission", "turn"], condition=Q(turn__isnull=False), name="remark_on_turn_once"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="remark_says_something"),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class SuggestionDecision(models.Model):
    """What a rater did with one proposal. The proposal itself stays in `suggestion`; ignored ones have no row."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        BULK = "bulk", _("accepted in bulk")
        EDITED = "edited", _("edited")
        REJECTED = "rejected", _("rejected")

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="decisions", db_index=False)
    suggestion = models.ForeignKey(Suggestion, models.PROTECT, related_name="decisions")
    decision = models.CharField(max_length=10, choices=Decision.choices)
    # The field's final values: label keys, or one text; empty where it was left open, none or unknown.
    values = models.JSONField(default=list)
    # From the proposal to the final values: characters for a text, labels added and taken away for labels.
    distance = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "suggestion"], name="decision_once"),
            models.CheckConstraint(
                condition=Q(decision__in=["accepted", "bulk", "edited", "rejected"]), name="decision_known"
            ),
            models.CheckConstraint(
                condition=Q(decision__in=["accepted", "bulk"], distance=0)
                | Q(decision="edited", distance__gt=0)
                | Q(decision="rejected"),
                name="decision_fits_distance",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.suggestion_id}: {self.decision}"


class TurnDraft(models.Model):
    """What a rater has saved of one turn, or of the session's own fields where `turn` is none.

    Each is a row with a version of its own: a tab that closes loses nothing, and a save that was made from an older
    version is refused instead of overwriting what another tab or device has saved. The rows stay after the session is
    handed in, as the copy on which a change of mind begins. `annotation.answers` knows what stands in `payload`.
    """

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="turn_drafts", db_index=False)
    turn = models.ForeignKey(Turn, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    payload = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(turn__isnull=True), name="turndraft_session_once"
            ),
            models.UniqueConstraint(
                fields=["assignment", "turn"], condition=Q(turn__isnull=False), name="turndraft_turn_once"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="turndraft_version_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id}:{self.turn_id or 'session'} v{self.version}"
