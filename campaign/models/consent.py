"""Consent: what people agree to, who has, who has taken it back; and the notice of what texts touch on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Exclusion, Study, StudyRole, User


class ConsentText(models.Model):
    """What raters agree to before they work, in versions; the last is in force."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="consent_texts")
    number = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(_("consent"))
    protocol = models.CharField(_("protocol number"), max_length=120, blank=True)
    contact = models.CharField(_("contact"), max_length=300, blank=True)
    # Whether whoever agreed to an earlier version is asked again.
    asks_again = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="consenttext_number_once")]

    def __str__(self) -> str:
        return f"{self.study_id} c{self.number}"


class Consent(models.Model):
    """One person's agreement to one version, and its withdrawal. Neither is ever deleted."""

    part = models.ForeignKey(StudyRole, models.CASCADE, related_name="consents")
    # None where somebody withdraws from a study that had no text of its own.
    text = models.ForeignKey(ConsentText, models.PROTECT, null=True, related_name="consents")
    given_at = models.DateTimeField(null=True, default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # The rater's own choice at the withdrawal.
    answers_stay = models.BooleanField(null=True)
    exclusion = models.ForeignKey(Exclusion, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part", "text"], condition=Q(withdrawn_at=None), name="consent_once_in_force"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, answers_stay=None)
                | Q(withdrawn_at__isnull=False, answers_stay__isnull=False),
                name="consent_withdrawal_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_id}: {self.text_id}"


class Readiness(models.Model):
    """That a rater has read the study's notice of what its texts touch on."""

    part = models.OneToOneField(StudyRole, models.CASCADE, related_name="campaign_readiness")
    notice_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.part_id}: {self.notice_at}"
