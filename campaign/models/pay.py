"""Working time by day, and what is paid for it. Apart from judgements: nothing here says what anybody answered."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Project, Rater, Study, User


class TimeDay(models.Model):
    """One rater's work in one study on one day of the installation's time zone."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="time_days", db_index=False)
    rater = models.ForeignKey(Rater, models.PROTECT, related_name="time_days")
    day = models.DateField()
    # First answers, changes of mind, and the active time of both.
    answers = models.PositiveIntegerField(default=0)
    changes = models.PositiveIntegerField(default=0)
    active_ms = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["day", "rater"]
        constraints = [models.UniqueConstraint(fields=["study", "rater", "day"], name="timeday_once")]
        indexes = [models.Index(fields=["study", "day"], name="timeday_by_day")]

    def __str__(self) -> str:
        return f"{self.study_id}:{self.rater_id} {self.day}"


class PayRate(models.Model):
    """What a study pays: one rate for everybody, and others for single raters. `rater` is null for everybody's."""

    class Basis(models.TextChoices):
        HOUR = "hour", _("an hour of active time")
        UNIT = "unit", _("a unit answered")

    study = models.ForeignKey(Study, models.CASCADE, related_name="pay_rates")
    rater = models.ForeignKey(Rater, models.CASCADE, null=True, blank=True, related_name="pay_rates")
    basis = models.CharField(_("for"), max_length=5, choices=Basis.choices, default=Basis.HOUR)
    amount = models.DecimalField(
        _("amount"), max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal("0"))]
    )
    currency = models.CharField(
        _("currency"), max_length=3, default="EUR",
        validators=[RegexValidator(r"\A[A-Z]{3}\Z", _("Use the three capital letters of the currency, such as EUR."))],
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study"], condition=Q(rater__isnull=True), name="payrate_one_for_all"),
            models.UniqueConstraint(
                fields=["study", "rater"], condition=Q(rater__isnull=False), name="payrate_one_for_a_rater"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="payrate_not_negative"),
            models.CheckConstraint(condition=Q(basis__in=["hour", "unit"]), name="payrate_basis_known"),
        ]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.amount} {self.currency}"


class TimeSheetReader(models.Model):
    """Somebody besides the managers who may read a project's time sheets; no other role brings that with it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="time_sheet_readers")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    granted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="timesheetreader_once")]

    def __str__(self) -> str:
        return f"{self.project_id}: {self.user_id}"
