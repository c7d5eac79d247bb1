"""What a roster knows of a rater beside the code: when they can work, and how much."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from projects.models import Rater


class Availability(models.Model):
    """When a rater can work and how much. For planning: it keeps nobody from working."""

    rater = models.OneToOneField(Rater, models.CASCADE, related_name="availability")
    hours = models.PositiveSmallIntegerField(_("hours a week"), null=True, blank=True)
    since = models.DateField(_("from"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    away = models.BooleanField(_("away"), default=False)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(since__lte=F("until")),
                name="availability_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rater_id}"

    def absent(self, day: date) -> bool:
        """Whether the rater is away on a day."""
        return (
            self.away or (self.since is not None and day < self.since) or (self.until is not None and day > self.until)
        )
