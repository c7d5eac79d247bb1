"""Training: what raters practise and are calibrated on, what is hidden among their work, and how they did."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Assignment, Item, Rater, Study, StudyRole, Unit, User

PERCENT = [MinValueValidator(0), MaxValueValidator(100)]


class TrainingPlan(models.Model):
    """What a study asks of raters before they work, and what happens where they miss hidden checks."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="training")
    pass_mark = models.PositiveSmallIntegerField(default=80, validators=PERCENT)
    # How far a number may be off and still be right.
    tolerance = models.FloatField(default=0)
    # The rater whose answers are the right ones where none was typed in; never calibrated.
    expert = models.ForeignKey(Rater, models.SET_NULL, null=True, blank=True, related_name="+")
    # Percent of hidden checks met, below which the manager is warned or the rater is paused; after so many of them.
    warn_below = models.PositiveSmallIntegerField(null=True, blank=True, validators=PERCENT)
    pause_below = models.PositiveSmallIntegerField(null=True, blank=True, validators=PERCENT)
    checks_first = models.PositiveSmallIntegerField(default=5, validators=[MinValueValidator(1)])
    # Whether raters see how they did in the calibration, or only whether they passed.
    results_shown = models.BooleanField(default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pass_mark__lte=100), name="trainingplan_percent")]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.pass_mark} %"


class TrainingItem(models.Model):
    """An item with its right answer: to practise on, for a round of calibration, or hidden among the work."""

    class Stage(models.TextChoices):
        PRACTICE = "practice", _("practice")
        CALIBRATION = "calibration", _("calibration")
        HIDDEN = "hidden", _("hidden check")

    study = models.ForeignKey(Study, models.CASCADE, related_name="training_items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, blank=True, related_name="training")
    stage = models.CharField(max_length=12, choices=Stage.choices)
    # The first try's items are round 1, the second's round 2.
    round = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveIntegerField(default=0)
    # As typed; what it means is read against the unit once there is one.
    answer = models.CharField(max_length=500, blank=True)
    expected = models.JSONField(null=True)
    explanation = models.TextField(blank=True)
    # The places its unit had among the study's; none where the unit was made for it.
    places = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["stage", "round", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["study", "item"], name="trainingitem_once")]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.stage} {self.item_id}"


class Check(models.Model):
    """A rater's answer to such an item, held against what is right. The server's alone until feedback is due."""

    # None for a check that the kind of study has of its own.
    item = models.ForeignKey(TrainingItem, models.CASCADE, null=True, related_name="checks")
    part = models.ForeignKey(StudyRole, models.CASCADE, related_name="checks")
    assignment = models.OneToOneField(Assignment, models.CASCADE, related_name="check_of")
    stage = models.CharField(max_length=12, choices=TrainingItem.Stage.choices)
    round = models.PositiveSmallIntegerField(default=1)
    # The share of the answer that is right; none where it was skipped or nothing is expected.
    score = models.FloatField(null=True)
    # What was said and what was expected, by field, with whether it is met.
    said = models.JSONField(default=dict)
    seen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["part", "stage", "round"], name="check_of_part")]

    def __str__(self) -> str:
        return f"{self.part_id}: {self.score}"


class Calibration(models.Model):
    """How a rater's round of calibration came out; a manager may let somebody pass."""

    part = models.ForeignKey(StudyRole, models.CASCADE, related_name="calibrations")
    round = models.PositiveSmallIntegerField(default=1)
    score = models.FloatField(null=True)
    items = models.PositiveSmallIntegerField(default=0)
    pass_mark = models.PositiveSmallIntegerField(default=0)
    passed = models.BooleanField(default=False)
    seen_at = models.DateTimeField(null=True, blank=True)
    let_pass_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["part", "round"], name="calibration_once")]

    def __str__(self) -> str:
        return f"{self.part_id}.{self.round}: {self.passed}"


class RaterHold(models.Model):
    """A rater who gets no work until the manager says so."""

    class Cause(models.TextChoices):
        CHECKS = "checks", _("hidden checks missed")
        MANAGER = "manager", _("by the manager")

    part = models.ForeignKey(StudyRole, models.CASCADE, related_name="holds")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    reason = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    lifted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["part"], condition=Q(lifted_at=None), name="raterhold_one_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.part_id}: {self.cause}"
