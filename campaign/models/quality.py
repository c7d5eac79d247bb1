"""How the raters of a study work, computed by a worker; and the study's own marks of what is unusual."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Rater, Study


class StudyQuality(models.Model):
    """When a study's raters were last looked at, over how many answers, and when the work is expected to end."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="quality")
    answers = models.PositiveIntegerField(default=0)
    # What the counters said then; others since mean that there is something new to look at.
    seen = models.CharField(max_length=60, blank=True)
    # See campaign.services.forecast.Forecast.
    forecast = models.JSONField(default=dict)
    computed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.study_id}"


class RaterQuality(models.Model):
    """One rater's work in one study: figures as numbers, and by name the assignments behind each of them."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="rater_qualities", db_index=False)
    rater = models.ForeignKey(Rater, models.CASCADE, related_name="qualities")
    answers = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict)
    # Codes of what deserves a look: see campaign.words.UNUSUAL.
    unusual = models.JSONField(default=list)
    lists = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "rater"], name="raterquality_once")]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.rater_id}"


class WatchRules(models.Model):
    """From where on a study calls work too fast, and a run of one answer long."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="watch_rules")
    letters_per_second = models.PositiveSmallIntegerField(
        _("letters a second, at most"), default=50, validators=[MinValueValidator(5), MaxValueValidator(1000)],
        help_text=_("Who answers sooner than the text can be read at this speed was too fast. 50 is about 500 words a "
                    "minute."),
    )  # fmt: skip
    characters_per_second = models.PositiveSmallIntegerField(
        _("Chinese, Japanese or Korean characters a second, at most"), default=20,
        validators=[MinValueValidator(2), MaxValueValidator(500)],
    )  # fmt: skip
    longest_run = models.PositiveSmallIntegerField(
        _("equal answers in a row, at most"), default=12, validators=[MinValueValidator(3), MaxValueValidator(1000)]
    )

    def __str__(self) -> str:
        return f"{self.study_id}"
