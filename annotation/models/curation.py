"""The curated version of a dialogue's answers, and what annotators say to each other about a turn."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Rater, Turn, Unit, User

from .review import Label


class CuratedValue(models.Model):
    """The final answer to one field of a turn, or of the session where `turn` is none. A later one replaces it."""

    class How(models.TextChoices):
        AGREED = "agreed", _("agreed")
        ADJUDICATED = "adjudicated", _("adjudicated")

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="curated", db_index=False)
    turn = models.ForeignKey(Turn, models.PROTECT, null=True, blank=True, related_name="+")
    field = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=Label.State.choices, default=Label.State.VALUE)
    values = models.JSONField(default=list)  # label keys, or one text; empty where the state is no value
    how = models.CharField(max_length=12, choices=How.choices)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)
    number = models.PositiveIntegerField(default=1)
    current = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "field", "number"], condition=Q(turn__isnull=True), name="curated_session_number_once"
            ),
            models.UniqueConstraint(
                fields=["unit", "turn", "field", "number"],
                condition=Q(turn__isnull=False),
                name="curated_turn_number_once",
            ),
            models.UniqueConstraint(
                fields=["unit", "field"],
                condition=Q(turn__isnull=True, current=True),
                name="curated_session_one_current",
            ),
            models.UniqueConstraint(
                fields=["unit", "turn", "field"],
                condition=Q(turn__isnull=False, current=True),
                name="curated_turn_one_current",
            ),
            models.CheckConstraint(condition=~Q(how="adjudicated") | ~Q(reason=""), name="curated_decision_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}:{self.turn_id or 'session'} {self.field}"


class Curation(models.Model):
    """How far one session's curation is, once all its answers are in; kept true by what writes curated values."""

    unit = models.OneToOneField(Unit, models.CASCADE, related_name="curation")
    # Fields on which raters differ and nobody has decided; on which they agree; and that an adjudicator has decided.
    open = models.PositiveIntegerField(default=0)
    agreed = models.PositiveIntegerField(default=0)
    decided = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.open} open"


class TurnComment(models.Model):
    """One contribution to the talk about a turn, or about the session: under a rater's code, or the adjudicator's."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="turn_comments", db_index=False)
    turn = models.ForeignKey(Turn, models.PROTECT, null=True, blank=True, related_name="+")
    rater = models.ForeignKey(Rater, models.SET_NULL, null=True, blank=True, related_name="+")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    client_key = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "author", "client_key"], name="turncomment_replay_once"),
            models.CheckConstraint(condition=~Q(text=""), name="turncomment_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.text[:40]}"
