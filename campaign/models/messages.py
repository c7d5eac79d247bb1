"""Dates of a study, who wants which mail, and a row for each mail: what has a row is never sent again."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Project, Study, User


class StudyDates(models.Model):
    """When a study is to begin and to end, and what is sent about it."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="dates")
    starts_on = models.DateField(_("begins on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    remind_days = models.PositiveSmallIntegerField(
        _("days before the end on which raters are reminded"), default=3, validators=[MaxValueValidator(60)]
    )
    reminders = models.BooleanField(_("remind raters who have work left"), default=True)
    digests = models.BooleanField(_("send weekly digests about this study"), default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="studydates_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.starts_on} {self.ends_on}"


class MessageChoice(models.Model):
    """Which mails a person wants. Without a row: all."""

    user = models.OneToOneField(User, models.CASCADE, related_name="message_choice")
    reminders = models.BooleanField(_("reminders before a study ends"), default=True)
    digests = models.BooleanField(_("a weekly digest"), default=True)

    def __str__(self) -> str:
        return f"{self.user_id}"


class SentMessage(models.Model):
    """One mail. The row is there before the mail leaves; no text is kept."""

    class Kind(models.TextChoices):
        REMINDER = "reminder", _("reminder")
        DIGEST = "digest", _("weekly digest")

    class State(models.TextChoices):
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    # What it is about, for whom and for when: "reminder:12:7:2026-11-24".
    key = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="sent_messages")
    study = models.ForeignKey(Study, models.CASCADE, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENDING)
    attempts = models.PositiveSmallIntegerField(default=1)
    error = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["sending", "sent", "failed"]), name="sentmessage_state_known")
        ]

    def __str__(self) -> str:
        return self.key
