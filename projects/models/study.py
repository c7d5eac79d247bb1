"""Studies: one kind of work under frozen, versioned settings, and who has which part in it."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .data import Dataset
from .people import Project, Rater, User, new_token


def new_seed() -> int:
    """Return a seed that fits every random generator and a spreadsheet cell."""
    return secrets.randbelow(2**31)


class Study(models.Model):
    """One kind of work on one project's items."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPENING = "opening", _("being prepared")
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")

    class Allotment(models.TextChoices):
        FREE = "", _("first come, first served")
        PLANNED = "planned", _("by plan")
        LISTED = "listed", _("by fixed lists")
        QUOTAS = "quotas", _("by quotas of groups")

    project = models.ForeignKey(Project, models.CASCADE, related_name="studies")
    dataset = models.ForeignKey(Dataset, models.PROTECT, null=True, blank=True, related_name="studies")
    kind = models.CharField(_("kind"), max_length=40)
    slug = models.SlugField(_("short name"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    pause_message = models.TextField(_("message while paused"), blank=True)
    seed = models.BigIntegerField(_("seed"), default=new_seed)
    source = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="derived", verbose_name=_("drawn from")
    )
    cloned_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="clones")
    # The settings and the guideline in force: the newest of `versions` and `guidelines`.
    version = models.ForeignKey("projects.StudyVersion", models.SET_NULL, null=True, related_name="+", editable=False)
    guideline = models.ForeignKey("projects.Guideline", models.SET_NULL, null=True, related_name="+", editable=False)
    languages = models.JSONField(default=list, blank=True, editable=False)
    # Units go only to raters who have not met their item anywhere before (the effectiveness test).
    fresh_raters = models.BooleanField(default=False, editable=False)
    # Whether units are taken by anybody they are for, or on places that have a name on them.
    allotment = models.CharField(
        max_length=10, choices=Allotment.choices, blank=True, default="", db_default="", editable=False
    )
    # A number that grows whenever raters have something new to do before work; none where nothing is asked (`gates`).
    gate = models.PositiveIntegerField(null=True, editable=False)
    # What the texts may touch on: {"categories": [...], "text": "..."}; shown before the work and beside it.
    content = models.JSONField(null=True, editable=False)
    unit_count = models.PositiveIntegerField(default=0, editable=False)
    place_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("study")
        verbose_name_plural = _("studies")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["project", "slug"], name="study_slug_once"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "opening", "open", "paused", "closed"]),
                name="study_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def in_force(self) -> StudyVersion:
        """The settings' version in force; every study has one from its creation on."""
        if self.version is None:
            raise ValueError(f"Study {self.pk} has no settings.")
        return self.version

    @property
    def settings(self) -> dict[str, Any]:
        """The settings in force."""
        values: dict[str, Any] = self.in_force.settings
        return values


class StudyVersion(models.Model):
    """A study's settings at one time. The last is in force; once work has begun none is ever changed."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="studyversion_number_once")]

    def __str__(self) -> str:
        return f"{self.study_id} v{self.number}"


class Guideline(models.Model):
    """What raters are told, in versions; every submission stores the one it was made under."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="guidelines")
    number = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(_("guideline"), blank=True)
    # Whether raters say that they have read it before they go on.
    asks = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="guideline_number_once")]

    def __str__(self) -> str:
        return f"{self.study_id} g{self.number}"


class StudyRole(models.Model):
    """A person's one part in a study: nobody can be rater and adjudicator, or rater and key-holder."""

    class Part(models.TextChoices):
        RATER = "rater", _("rater")
        ADJUDICATOR = "adjudicator", _("adjudicator")
        KEY_HOLDER = "key_holder", _("key-holder")

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        LEFT = "left", _("left")

    # Answers and milliseconds not yet added to the counters below (`services.tally`); no column.
    owed = (0, 0)

    study = models.ForeignKey(Study, models.CASCADE, related_name="roles")
    user = models.ForeignKey(User, models.CASCADE, related_name="study_roles")
    part = models.CharField(max_length=12, choices=Part.choices)
    rater = models.ForeignKey(Rater, models.PROTECT, null=True, blank=True, related_name="study_roles")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replaced_by")
    # The sort key of the last unit claimed: the next claim starts here, so its cost does not grow.
    cursor = models.BigIntegerField(null=True, blank=True, editable=False)
    claimed = models.PositiveIntegerField(default=0, editable=False)
    submitted = models.PositiveIntegerField(default=0, editable=False)
    active_ms = models.PositiveBigIntegerField(default=0, editable=False)
    notice_at = models.DateTimeField(null=True, blank=True)
    # The study's gate that this rater has passed; below 0 for one who is to be looked at anyway.
    gate = models.IntegerField(null=True, editable=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "user"], name="studyrole_one_part"),
            models.UniqueConstraint(
                fields=["study", "rater"], condition=Q(rater__isnull=False), name="studyrole_rater_once"
            ),
            models.CheckConstraint(
                condition=Q(part="rater", rater__isnull=False)
                | (Q(part__in=["adjudicator", "key_holder"], rater__isnull=True)),
                name="studyrole_rater_has_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study_id}:{self.user_id}:{self.part}"

    @property
    def coded(self) -> Rater:
        """The rater behind a rater's part; the database refuses such a part without one."""
        if self.rater is None:
            raise ValueError("This part in a study is not a rater's.")
        return self.rater
