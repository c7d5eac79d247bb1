"""The guideline: who has read which version, what was asked about it, its pictures, and what is judged again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Assignment, Guideline, Project, Study, StudyRole, Unit, User, new_token


class Acknowledgement(models.Model):
    """A rater says that they have read this version."""

    part = models.ForeignKey(StudyRole, models.CASCADE, related_name="acknowledgements")
    guideline = models.ForeignKey(Guideline, models.CASCADE, related_name="acknowledgements")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["part", "guideline"], name="acknowledgement_once")]

    def __str__(self) -> str:
        return f"{self.part_id}: {self.guideline_id}"


class Question(models.Model):
    """A rater's question on a unit or a rule; the manager sees it first, others what is published of it."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ANSWERED = "answered", _("answered")
        PUBLISHED = "published", _("in the guideline")

    study = models.ForeignKey(Study, models.CASCADE, related_name="questions")
    part = models.ForeignKey(StudyRole, models.CASCADE, related_name="questions")
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, blank=True, related_name="questions")
    token = models.CharField(max_length=32, unique=True, default=new_token)
    text = models.TextField()
    answer = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    # The version that the answer became part of.
    guideline = models.ForeignKey(Guideline, models.SET_NULL, null=True, blank=True, related_name="questions")
    answered_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["study", "state", "-created_at"], name="question_list")]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.text[:40]}"


class Recall(models.Model):
    """An answered unit that its rater is to judge again under a newer version of the guideline."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="recalls")
    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="recalls")
    part = models.ForeignKey(StudyRole, models.CASCADE, related_name="recalls")
    guideline = models.ForeignKey(Guideline, models.CASCADE, related_name="recalls")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "guideline"], name="recall_once"),
        ]
        indexes = [models.Index(fields=["part"], condition=Q(done_at=None), name="recall_waiting")]

    def __str__(self) -> str:
        return f"{self.assignment_id} under {self.guideline_id}"


class Picture(models.Model):
    """A picture for the guidelines of a project, without what the camera or the program wrote into it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="pictures")
    token = models.CharField(max_length=32, unique=True, default=new_token)
    name = models.CharField(_("name"), max_length=120)
    media_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    content = models.BinaryField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
