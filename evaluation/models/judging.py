"""Models that judge: what each call puts before a judge, and the verdict that was read from its answer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import ItemRevision

from .responses import Response, ResponseRevision
from .rubrics import RubricVersion
from .runs import Attempt, Run, RunItem
from .systems import SystemVersion


class JudgePlan(models.Model):
    """What a run of judges judges, and by which criteria."""

    class Mode(models.TextChoices):
        SCORES = "scores", _("one response at a time, a score for each criterion")
        PAIRS = "pairs", _("two responses, which is better, in both orders")
        LISTS = "lists", _("all responses to an item, put in order")

    run = models.OneToOneField(Run, models.CASCADE, related_name="judging")
    rubric = models.ForeignKey(RubricVersion, models.PROTECT, related_name="+")
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.SCORES)
    judged = models.ManyToManyField(SystemVersion, related_name="+")
    # Of pairs: each system against this one; null is every system against every other.
    against = models.ForeignKey(SystemVersion, models.PROTECT, null=True, blank=True, related_name="+")
    # Of lists: how many rows of the Latin square each item is shown in.
    orders = models.PositiveSmallIntegerField(default=1)
    # Whether a judge reads the explanation that a response came with; then every system's.
    explanations = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(mode__in=["scores", "pairs", "lists"]), name="judgeplan_mode_known"),
            models.CheckConstraint(condition=Q(orders__gte=1, orders__lte=12), name="judgeplan_orders_in_range"),
            models.CheckConstraint(
                condition=Q(against__isnull=True) | Q(mode="pairs"), name="judgeplan_against_in_pairs"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.mode}"


class JudgeTask(models.Model):
    """What one call puts before a judge: responses to one item, in one order. All judges of a run get the same ones."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="tasks", db_index=False)
    revision = models.ForeignKey(ItemRevision, models.PROTECT, related_name="+")
    # The responses in their order, as "12,15": what makes a task the same when a run is prepared again.
    key = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="judgetask_once")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.key}"


class JudgeTaskMember(models.Model):
    """A response in its place, in the wording that is current when the run is prepared: what raters would see."""

    task = models.ForeignKey(JudgeTask, models.CASCADE, related_name="members", db_index=False)
    slot = models.PositiveSmallIntegerField()
    response = models.ForeignKey(Response, models.PROTECT, related_name="judged")
    wording = models.ForeignKey(ResponseRevision, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["slot"]
        constraints = [
            models.UniqueConstraint(fields=["task", "slot"], name="judgetaskmember_slot_once"),
            models.UniqueConstraint(fields=["task", "response"], name="judgetaskmember_response_once"),
            models.CheckConstraint(condition=Q(slot__gte=1, slot__lte=12), name="judgetaskmember_slot_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id}.{self.slot}"

    @property
    def text(self) -> str:
        """The text a judge reads."""
        return self.wording.text if self.wording else self.response.text

    @property
    def explanation(self) -> str:
        """The response's own explanation, as a judge would read it."""
        return self.wording.explanation if self.wording else self.response.explanation


class Verdict(models.Model):
    """What was read from a judge's answer, or why nothing could be. One for each call that came to an end."""

    row = models.OneToOneField(RunItem, models.CASCADE, related_name="verdict")
    task = models.ForeignKey(JudgeTask, models.PROTECT, related_name="verdicts")
    attempt = models.OneToOneField(Attempt, models.PROTECT, related_name="verdict")
    # Empty where it was read; else the reason (evaluation.judging.reading.Misread) and the criterion it is about.
    reason = models.CharField(max_length=30, blank=True)
    about = models.CharField(max_length=60, blank=True)
    rung = models.CharField(max_length=20, blank=True)
    # 2 where the first answer could not be read and the judge was asked once more.
    asked = models.PositiveSmallIntegerField(default=1)
    explanation = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason="") & ~Q(rung="") | ~Q(reason="") & Q(rung=""), name="verdict_read_or_reason"
            ),
            models.CheckConstraint(condition=Q(asked__in=[1, 2]), name="verdict_asked_at_most_twice"),
        ]
        indexes = [models.Index(fields=["reason"], condition=~Q(reason=""), name="verdict_unread")]

    def __str__(self) -> str:
        return f"{self.row_id}: {self.reason or self.rung}"


class VerdictValue(models.Model):
    """One thing a verdict says: a score of a response, its place in an order, or which of two is better.

    With a member it is that response's score on the criterion, or, where the criterion is empty, its rank (1 is best).
    Without one it is a choice between the two members: 1 the first shown, -1 the second, 0 neither.
    """

    verdict = models.ForeignKey(Verdict, models.CASCADE, related_name="values", db_index=False)
    member = models.ForeignKey(JudgeTaskMember, models.PROTECT, null=True, blank=True, related_name="values")
    criterion = models.CharField(max_length=60, blank=True)
    value = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["verdict", "member", "criterion"], condition=Q(member__isnull=False),
                name="verdictvalue_of_member_once",
            ),
            models.UniqueConstraint(
                fields=["verdict", "criterion"], condition=Q(member__isnull=True), name="verdictvalue_choice_once"
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=False) | Q(value__in=[-1, 0, 1]) & ~Q(criterion=""),
                name="verdictvalue_choice_known",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.verdict_id}: {self.criterion} {self.value}"
