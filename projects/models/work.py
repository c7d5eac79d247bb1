"""The work: units, who holds which, drafts, submissions, and what is left out of results."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .data import Item, ItemRevision
from .people import Rater, User, new_token
from .study import Guideline, Study, StudyVersion


class Exposure(models.IntegerChoices):
    """What a rater had been shown when they answered."""

    NOTHING = 0, _("nothing")
    PRELABEL = 1, _("the pre-label")
    OTHERS = 2, _("others' answers")


class Unit(models.Model):
    """What is judged once by each of `wanted` raters."""

    class Role(models.TextChoices):
        MAIN = "main", _("main")
        OVERLAP = "overlap", _("overlap")
        PRACTICE = "practice", _("practice")
        GOLD = "gold", _("gold")
        GUESS = "guess", _("guess")
        # To learn on, or to be calibrated on: never claimed, handed out by the campaign, in no result.
        TRAINING = "training", _("training")

    study = models.ForeignKey(Study, models.CASCADE, related_name="units", db_index=False)
    item = models.ForeignKey(Item, models.PROTECT, null=True, related_name="units")
    revision = models.ForeignKey(ItemRevision, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MAIN)
    repeat = models.PositiveSmallIntegerField(default=0)
    # Several units may be about one item: other pairs of responses to it, or each response alone.
    variant = models.PositiveSmallIntegerField(default=0, db_default=0)
    stratum = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=20, blank=True)
    group = models.CharField(max_length=60, blank=True)
    wanted = models.PositiveSmallIntegerField(default=1)
    taken = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveSmallIntegerField(default=0)
    open = models.BooleanField(default=True)
    withdrawn = models.BooleanField(default=False)
    sort_key = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "item", "role", "repeat", "variant"],
                condition=Q(item__isnull=False),
                name="unit_item_once",
            ),
            models.CheckConstraint(
                condition=Q(done__lte=F("taken")) & Q(taken__lte=F("wanted")), name="unit_places_held"
            ),
            models.CheckConstraint(
                condition=Q(open=True, withdrawn=False, taken__lt=F("wanted"))
                | Q(open=False, withdrawn=True)
                | Q(open=False, taken__gte=F("wanted")),
                name="unit_open_is_true",
            ),
        ]
        indexes = [
            models.Index(fields=["study", "sort_key"], condition=Q(open=True), name="unit_claim"),
            models.Index(fields=["study", "sort_key", "id"], name="unit_list"),
        ]

    def __str__(self) -> str:
        return f"{self.study_id}:{self.pk}"


class Assignment(models.Model):
    """One unit in one rater's hands, once."""

    class State(models.TextChoices):
        LEASED = "leased", _("in work")
        SUBMITTED = "submitted", _("submitted")
        SKIPPED = "skipped", _("skipped")
        RELEASED = "released", _("released")

    study = models.ForeignKey(Study, models.CASCADE, related_name="assignments", db_index=False)
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="assignments", db_index=False)
    rater = models.ForeignKey(Rater, models.PROTECT, related_name="assignments", db_index=False)
    token = models.CharField(max_length=32, unique=True, default=new_token)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LEASED)
    # Submitted after its place had been given away: kept, but no place of the unit.
    surplus = models.BooleanField(default=False)
    ordinal = models.PositiveIntegerField(default=0)
    base_exposure = models.PositiveSmallIntegerField(choices=Exposure.choices, default=Exposure.NOTHING)
    exposure = models.PositiveSmallIntegerField(choices=Exposure.choices, default=Exposure.NOTHING)
    claimed_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=300, blank=True)
    active_ms = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "rater"], name="assignment_once"),
            models.CheckConstraint(
                condition=Q(state="leased", leased_until__isnull=False) | ~Q(state="leased"),
                name="assignment_lease_ends",
            ),
            models.CheckConstraint(
                condition=Q(surplus=False) | Q(state="submitted"), name="assignment_surplus_submitted"
            ),
        ]
        indexes = [
            models.Index(fields=["study", "rater", "-submitted_at"], name="assignment_mine"),
            models.Index(fields=["rater", "study"], condition=Q(state="leased"), name="assignment_live"),
            models.Index(
                fields=["rater", "study", "claimed_at"], condition=Q(state="skipped"), name="assignment_skips"
            ),
            models.Index(fields=["leased_until"], condition=Q(state="leased"), name="assignment_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}:{self.rater_id}"


class Draft(models.Model):
    """Typed but not submitted. The version tells two tabs apart."""

    assignment = models.OneToOneField(Assignment, models.CASCADE, related_name="draft")
    version = models.PositiveIntegerField(default=1)
    payload = models.JSONField(default=dict)
    saved_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.assignment_id} v{self.version}"


class Submission(models.Model):
    """An answer. A change of mind is a new one; `current` counts, `independent` is the one agreement uses."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="submissions", db_index=False)
    number = models.PositiveSmallIntegerField(default=1)
    current = models.BooleanField(default=True)
    # The last answer given before the rater had seen more than the design shows everybody.
    independent = models.BooleanField(default=True)
    exposure = models.PositiveSmallIntegerField(choices=Exposure.choices, default=Exposure.NOTHING)
    version = models.ForeignKey(StudyVersion, models.PROTECT, related_name="+", db_index=False)
    guideline = models.ForeignKey(Guideline, models.PROTECT, null=True, related_name="+", db_index=False)
    unsure = models.BooleanField(default=False)
    comment = models.TextField(blank=True)
    active_ms = models.PositiveIntegerField(default=0)
    client_key = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="submission_number_once"),
            models.UniqueConstraint(fields=["assignment", "client_key"], name="submission_replay_once"),
            models.UniqueConstraint(fields=["assignment"], condition=Q(current=True), name="submission_one_current"),
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(independent=True), name="submission_one_independent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id}.{self.number}"


class Exclusion(models.Model):
    """An answer, a unit, a rater or a period of a rater left out: with a reason, by whom, reversible."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="exclusions")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="exclusions")
    rater = models.ForeignKey(Rater, models.CASCADE, null=True, blank=True, related_name="exclusions")
    assignment = models.ForeignKey(Assignment, models.CASCADE, null=True, blank=True, related_name="exclusions")
    # With a rater only: what they answered from `since` on and before `until`; without both, everything.
    since = models.DateTimeField(_("from"), null=True, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    reason = models.TextField()
    # The rater took their consent back: what they answered leaves the files as well.
    withdrawal = models.BooleanField(default=False, db_default=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    lifted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, rater__isnull=True, assignment__isnull=True)
                | Q(unit__isnull=True, rater__isnull=False, assignment__isnull=True)
                | Q(unit__isnull=True, rater__isnull=True, assignment__isnull=False),
                name="exclusion_one_target",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="exclusion_has_reason"),
            models.CheckConstraint(
                condition=Q(since=None, until=None) | Q(rater__isnull=False), name="exclusion_period_of_rater"
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(since__lt=F("until")), name="exclusion_period_passes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.reason[:40]}"

    @property
    def is_period(self) -> bool:
        """Whether only a rater's answers between two times are left out."""
        return self.since is not None or self.until is not None
