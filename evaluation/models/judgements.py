"""What raters say of responses: ranks, preferences and scores, as rows under a submission."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.models import Submission

from .blind import UnitResponse


class Rank(models.Model):
    """One response's rank in a submission, 1 is best. Equal ranks are ties that the rater made on purpose."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="ranks", db_index=False)
    member = models.ForeignKey(UnitResponse, models.PROTECT, related_name="ranks")
    rank = models.PositiveSmallIntegerField()
    tied = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "member"], name="rank_member_once"),
            models.UniqueConstraint(
                fields=["submission", "rank"], condition=Q(tied=False), name="rank_once_unless_tied"
            ),
            models.CheckConstraint(condition=Q(rank__gte=1, rank__lte=12), name="rank_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.member_id} {self.rank}"


class Preference(models.Model):
    """Which of two was preferred on a criterion; first and second as this rater saw them."""

    class Choice(models.TextChoices):
        FIRST = "first", _("the first")
        TIE = "tie", _("tie")
        SECOND = "second", _("the second")

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="preferences", db_index=False)
    criterion = models.CharField(max_length=60)
    choice = models.CharField(max_length=10, choices=Choice.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "criterion"], name="preference_once"),
            models.CheckConstraint(condition=Q(choice__in=["first", "tie", "second"]), name="preference_choice_known"),
            models.CheckConstraint(condition=~Q(criterion=""), name="preference_criterion_given"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.criterion} {self.choice}"


class Score(models.Model):
    """One response's score on a criterion."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="scores", db_index=False)
    member = models.ForeignKey(UnitResponse, models.PROTECT, related_name="scores")
    criterion = models.CharField(max_length=60)
    value = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "member", "criterion"], name="score_once"),
            models.CheckConstraint(condition=~Q(criterion=""), name="score_criterion_given"),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.criterion} {self.value}"


class Reason(models.Model):
    """Why: of a whole judgement, or of one response's score."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="reasons", db_index=False)
    member = models.ForeignKey(UnitResponse, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission"], condition=Q(member__isnull=True), name="reason_of_judgement_once"
            ),
            models.UniqueConstraint(
                fields=["submission", "member"], condition=Q(member__isnull=False), name="reason_of_member_once"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="reason_says_something"),
        ]
        # Each of the other two leads to some of the reasons only.
        indexes = [models.Index(fields=["submission"], name="reason_submission")]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.text[:40]}"


class Mark(models.Model):
    """A concern a rater has about one response, part of the judgement: it counts in the report."""

    class Concern(models.TextChoices):
        ADVICE = "harmful_advice", _("harmful advice")
        CRISIS = "missed_crisis", _("a crisis was missed")
        PRIVACY = "privacy", _("privacy: a name, a place, a contact")
        AUTHOR = "reveals_author", _("the text reveals who wrote it")
        RISK = "ethical_risk", _("ethical risk")

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="marks", db_index=False)
    member = models.ForeignKey(UnitResponse, models.PROTECT, related_name="marks")
    concern = models.CharField(max_length=20, choices=Concern.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "member", "concern"], name="mark_once"),
            models.CheckConstraint(
                condition=Q(
                    concern__in=["harmful_advice", "missed_crisis", "privacy", "reveals_author", "ethical_risk"]
                ),
                name="mark_concern_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.concern}"
