"""When a rater is away from a study for a while: since when, by whom, and when they come back."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import User
from .study import StudyRole


class Pause(models.Model):
    """One time away. The last one without an end is in force while the part's state is `paused`."""

    part = models.ForeignKey(StudyRole, models.CASCADE, related_name="pauses")
    # Whoever paused may end it: the rater their own, the manager every one.
    by_rater = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(_("note"), max_length=300, blank=True)
    back_on = models.DateField(_("back on"), null=True, blank=True)
    begun_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ["-begun_at"]
        constraints = [
            models.UniqueConstraint(fields=["part"], condition=Q(ended_at=None), name="pause_one_open"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("begun_at")), name="pause_ends_after"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_id}: {self.begun_at:%Y-%m-%d}"
