"""Labels, the disputes they lead to, and how those end."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Rater, Submission, Turn, Unit, User


class Label(models.Model):
    """One value of one field in one submission; several rows make a multi-label answer."""

    class State(models.TextChoices):
        VALUE = "value", _("a value")
        NONE = "none", _("none of them")
        UNKNOWN = "unknown", _("unknown")

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="labels", db_index=False)
    turn = models.ForeignKey(Turn, models.PROTECT, null=True, blank=True, related_name="labels")
    field = models.CharField(max_length=60, default="label")
    state = models.CharField(max_length=10, choices=State.choices, default=State.VALUE)
    value = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "field", "value"],
                condition=Q(turn__isnull=True),
                name="label_item_once",
            ),
            models.UniqueConstraint(
                fields=["submission", "turn", "field", "value"],
                condition=Q(turn__isnull=False),
                name="label_turn_once",
            ),
            models.CheckConstraint(
                condition=Q(state="value") & ~Q(value="") | ~Q(state="value") & Q(value=""),
                name="label_value_fits_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}={self.value or self.state}"


class RemovalReason(models.TextChoices):
    """Why an item leaves a data set."""

    UNDECIDABLE = "undecidable", _("cannot be decided")
    VALUES = "depends_on_values", _("depends on a person's values")
    PRIVACY = "privacy", _("privacy")
    FAULTY = "faulty", _("faulty item")
    OTHER = "other", _("other")


class Dispute(models.Model):
    """A unit whose answers differ, under discussion until there is a final answer."""

    class Cause(models.TextChoices):
        RATERS = "raters", _("raters differ")
        PRELABEL = "prelabel", _("differs from the pre-label")
        UNSURE = "unsure", _("a rater is unsure")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SETTLED = "settled", _("settled")

    unit = models.OneToOneField(Unit, models.CASCADE, related_name="dispute")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    agenda = models.BooleanField(_("on the agenda of the next meeting"), default=False)
    opened_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        indexes = [models.Index(fields=["state", "opened_at"])]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.state}"


class DisputePost(models.Model):
    """One contribution to a discussion, shown under the rater's code or the writer's part."""

    dispute = models.ForeignKey(Dispute, models.CASCADE, related_name="posts")
    rater = models.ForeignKey(Rater, models.SET_NULL, null=True, blank=True, related_name="+")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    client_key = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dispute", "client_key"], name="disputepost_replay_once"),
            models.CheckConstraint(condition=~Q(text=""), name="disputepost_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id}: {self.text[:40]}"


class Resolution(models.Model):
    """How a unit ended: an answer or its removal. A later one replaces an earlier one, which stays."""

    class How(models.TextChoices):
        AGREED = "agreed", _("agreed")
        DISCUSSED = "discussed", _("agreed after discussion")
        ADJUDICATED = "adjudicated", _("adjudicated")
        VOTED = "voted", _("decided by vote")
        REMOVED = "removed", _("removed")

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="resolutions", db_index=False)
    number = models.PositiveSmallIntegerField(default=1)
    current = models.BooleanField(default=True)
    how = models.CharField(max_length=12, choices=How.choices)
    values = models.JSONField(default=list)  # option keys; empty where removed
    reason_code = models.CharField(max_length=20, blank=True, choices=RemovalReason.choices)
    reason = models.TextField(blank=True)
    saw_prelabel = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    meeting = models.ForeignKey(
        "annotation.Meeting", models.SET_NULL, null=True, blank=True, related_name="resolutions"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "number"], name="resolution_number_once"),
            models.UniqueConstraint(fields=["unit"], condition=Q(current=True), name="resolution_one_current"),
            models.CheckConstraint(
                condition=~Q(how="removed") | ~Q(reason_code=""), name="resolution_removal_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.how}"


class Meeting(models.Model):
    """A sitting that steps through an agenda of disputes, with a record of who took part."""

    study = models.ForeignKey("projects.Study", models.CASCADE, related_name="meetings")
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    raters = models.ManyToManyField(Rater, related_name="meetings", blank=True)
    guests = models.TextField(_("others who took part"), blank=True)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.study_id} {self.started_at:%Y-%m-%d}"
