"""Pairs that an A/B comparison is made of: proposed because they are alike, or read from a file. Frozen at opening."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Item, Study, User

from .systems import SystemVersion


class Pair(models.Model):
    """Two things to compare: two items of two data sets, or two systems' responses to one item."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("not decided")
        ACCEPTED = "accepted", _("accepted")
        DROPPED = "dropped", _("dropped")

    class Source(models.TextChoices):
        MATCHED = "matched", _("matched")
        FILE = "file", _("from a file")

    study = models.ForeignKey(Study, models.CASCADE, related_name="pairs", db_index=False)
    source = models.CharField(max_length=10, choices=Source.choices)
    position = models.PositiveIntegerField()
    left = models.ForeignKey(Item, models.CASCADE, related_name="+")
    right = models.ForeignKey(Item, models.CASCADE, related_name="+")
    left_system = models.ForeignKey(SystemVersion, models.CASCADE, null=True, blank=True, related_name="+")
    right_system = models.ForeignKey(SystemVersion, models.CASCADE, null=True, blank=True, related_name="+")
    topic = models.CharField(max_length=200, blank=True)
    # How alike the two texts are, from 0 to 1; a list from a file does not say.
    similarity = models.FloatField(null=True, blank=True)
    # Raters it needs; null is what the study says.
    wanted = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    # The next best partners of the left side, the best first: [[item, similarity], ...].
    others = models.JSONField(default=list)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "source", "left"],
                condition=Q(left_system__isnull=True) & ~Q(state="dropped"),
                name="pair_left_once",
            ),
            models.UniqueConstraint(
                fields=["study", "source", "right"],
                condition=Q(left_system__isnull=True) & ~Q(state="dropped"),
                name="pair_right_once",
            ),
            models.UniqueConstraint(
                fields=["study", "source", "left", "left_system", "right_system"],
                condition=Q(left_system__isnull=False),
                name="pair_systems_once",
            ),
            models.CheckConstraint(
                condition=Q(left_system__isnull=True, right_system__isnull=True) & ~Q(left=F("right"))
                | Q(left_system__isnull=False, right_system__isnull=False, left=F("right"))
                & ~Q(left_system=F("right_system")),
                name="pair_two_sides",
            ),
            models.CheckConstraint(
                condition=Q(similarity__isnull=True) | Q(similarity__gte=0, similarity__lte=1),
                name="pair_similarity_share",
            ),
            models.CheckConstraint(condition=Q(wanted__isnull=True) | Q(wanted__gte=1), name="pair_wanted_positive"),
        ]
        indexes = [models.Index(fields=["study", "source", "position"], name="pair_list")]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.left_id} {self.right_id}"


class PairFile(models.Model):
    """A file that lists a draft's pairs: read to its end by a worker, and taken whole or not at all."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="pair_file")
    filename = models.CharField(max_length=255)
    file = models.FileField(upload_to="pairs", blank=True)
    # {"rows": 3, "good": 2, "raters": 9, "problems": [{"row": 3, "code": "...", "params": {...}}]}
    report = models.JSONField(default=dict)
    taken = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.filename


class StoppingLook(models.Model):
    """One look at whether a study may stop: how many judgements there were, and yes or no. Never a figure by system."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="stopping_looks")
    judgements = models.PositiveIntegerField()
    reached = models.BooleanField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.reached}"
