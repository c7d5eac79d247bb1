"""Blind studies: which systems take part under which code, what a unit shows, and where each rater saw it."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Assignment, Dataset, ItemRevision, Rater, Study, StudyRole, Unit, User, new_token

from .responses import Response, ResponseRevision
from .rubrics import RubricVersion
from .systems import SystemVersion


def new_study_key() -> str:
    """Return the key that orders of presentation are made with; 256 bits, in hexadecimal."""
    return secrets.token_hex(32)


class BlindStudy(models.Model):
    """What a blind study has beside every other: its key, drawn once, and its criteria in force."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="blind")
    key = models.CharField(max_length=64, default=new_study_key, editable=False)
    rubric = models.ForeignKey(RubricVersion, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.study_id}"


class StudySystem(models.Model):
    """A source whose outputs a study judges, under a code drawn at random when the study opens."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="systems")
    system_version = models.ForeignKey(
        SystemVersion, models.PROTECT, null=True, blank=True, related_name="blind_studies"
    )
    # Where whole dialogues are compared, a source is a data set.
    dataset = models.ForeignKey(Dataset, models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=20)
    # The blocks it is ranked in; none where the study has no blocks.
    blocks = models.JSONField(default=list)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="studysystem_code_once"),
            models.UniqueConstraint(
                fields=["study", "system_version"],
                condition=Q(system_version__isnull=False),
                name="studysystem_version_once",
            ),
            models.UniqueConstraint(
                fields=["study", "dataset"], condition=Q(dataset__isnull=False), name="studysystem_dataset_once"
            ),
            models.CheckConstraint(
                condition=Q(system_version__isnull=False, dataset__isnull=True)
                | Q(system_version__isnull=True, dataset__isnull=False),
                name="studysystem_one_source",
            ),
            models.CheckConstraint(condition=~Q(code=""), name="studysystem_code_given"),
        ]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.code}"

    @property
    def real_name(self) -> str:
        """What stands behind the code. For those alone who may know it."""
        if self.system_version is not None:
            return self.system_version.system.name
        return self.dataset.name if self.dataset else ""


class ResponseSet(models.Model):
    """What a unit of a blind study is beside a unit: its key, its block, and what a check expects."""

    unit = models.OneToOneField(Unit, models.CASCADE, related_name="response_set")
    # What orders are keyed by: ids of the data set, never primary keys.
    key = models.CharField(max_length=300)
    block = models.CharField(max_length=60, blank=True)
    # How alike the two sides of a matched pair are, from 0 to 1.
    similarity = models.FloatField(null=True, blank=True)
    # Of a gold or attention unit: {"worst": "System 3"}, {"choice": "first"}, ... Never leaves the server.
    expected = models.JSONField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key


class UnitResponse(models.Model):
    """One of the responses, or whole dialogues, that a unit shows."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="members", db_index=False)
    system = models.ForeignKey(StudySystem, models.PROTECT, related_name="members")
    response = models.ForeignKey(Response, models.PROTECT, null=True, blank=True, related_name="members")
    revision = models.ForeignKey(ItemRevision, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "system"], name="unitresponse_system_once"),
            models.CheckConstraint(
                condition=Q(response__isnull=False, revision__isnull=True)
                | Q(response__isnull=True, revision__isnull=False),
                name="unitresponse_one_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.system_id}"


class Placement(models.Model):
    """Where one rater sees one response: drawn in the claim's transaction, the same for ever after."""

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="placements", db_index=False)
    member = models.ForeignKey(UnitResponse, models.CASCADE, related_name="placements")
    slot = models.PositiveSmallIntegerField()
    token = models.CharField(max_length=32, unique=True, default=new_token)
    # The wording this rater was given; null is the original.
    wording = models.ForeignKey(ResponseRevision, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["slot"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "slot"], name="placement_slot_once"),
            models.UniqueConstraint(fields=["assignment", "member"], name="placement_member_once"),
            models.CheckConstraint(condition=Q(slot__gte=1), name="placement_slot_positive"),
            models.CheckConstraint(condition=~Q(token=""), name="placement_token_given"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id}.{self.slot}"


class LexiconHit(models.Model):
    """Words in a response, or a whole dialogue, that may tell who wrote it, and what was decided about them.

    Decisions are made before the study opens. A redaction of a response is a wording of it; that of a dialogue is the
    study's own, and the item's revision stays as it is.
    """

    class Decision(models.TextChoices):
        OPEN = "open", _("not decided")
        CLEARED = "cleared", _("harmless")
        REDACTED = "redacted", _("taken out")
        FLAGGED = "flagged", _("left in and marked")

    study = models.ForeignKey(Study, models.CASCADE, related_name="lexicon_hits")
    response = models.ForeignKey(Response, models.CASCADE, null=True, blank=True, related_name="lexicon_hits")
    revision = models.ForeignKey(ItemRevision, models.CASCADE, null=True, blank=True, related_name="+")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    words = models.CharField(max_length=200)
    clue = models.CharField(max_length=10)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["response", "revision", "start"]
        constraints = [
            models.UniqueConstraint(fields=["study", "response", "start"], name="lexiconhit_once"),
            models.UniqueConstraint(fields=["study", "revision", "start"], name="lexiconhit_dialogue_once"),
            models.CheckConstraint(
                condition=Q(response__isnull=False, revision__isnull=True)
                | Q(response__isnull=True, revision__isnull=False),
                name="lexiconhit_one_text",
            ),
            models.CheckConstraint(condition=Q(end__gt=models.F("start")), name="lexiconhit_has_words"),
            models.CheckConstraint(
                condition=Q(decision="open", decided_at__isnull=True)
                | ~Q(decision="open") & Q(decided_at__isnull=False),
                name="lexiconhit_decided_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response_id or self.revision_id}: {self.words}"


class Unblinding(models.Model):
    """The key was opened: once, after closing, by whom and why. There is no way back."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="unblinding")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(_("reason"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="unblinding_has_reason")]

    def __str__(self) -> str:
        return f"{self.study_id}"


class StudyPlan(models.Model):
    """What a draft would need and could show, worked out by a worker; `basis` tells whether it is out of date."""

    study = models.OneToOneField(Study, models.CASCADE, related_name="plan")
    basis = models.CharField(max_length=64)
    figures = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.study_id}"


class BlindCheck(models.Model):
    """One replay of a study on a clone: a verdict on each property of blindness that a program can have."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="blind_checks")
    # [{"key": "B2", "held": true, "words": "..."}]
    verdicts = models.JSONField(default=list)
    passed = models.BooleanField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.study_id}: {self.passed}"


class Readiness(models.Model):
    """What a rater did before the first unit of a blind study: agreed to take part, answered the question."""

    part = models.OneToOneField(StudyRole, models.CASCADE, related_name="readiness")
    consent_at = models.DateTimeField(null=True, blank=True)
    question_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.part_id}"


class Guess(models.Model):
    """Which system a rater believes wrote a response, asked at the end; null is "no idea"."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="guesses")
    rater = models.ForeignKey(Rater, models.PROTECT, related_name="guesses")
    placement = models.ForeignKey(Placement, models.CASCADE, related_name="guesses")
    guessed = models.ForeignKey(StudySystem, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rater", "placement"], name="guess_once")]

    def __str__(self) -> str:
        return f"{self.rater_id}: {self.placement_id}"
