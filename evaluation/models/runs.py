"""Runs: which systems answer which items. One row a call is the queue, and every attempt stays on record."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Dataset, ItemRevision, Project, Study, User, new_seed, new_token

from .prompts import PromptVersion, Purpose
from .systems import Endpoint, SystemVersion


class Run(models.Model):
    """Systems x items x rounds."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        QUEUED = "queued", _("being prepared")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    class Source(models.TextChoices):
        DATASET = "dataset", _("all items of a data set")
        SAMPLE = "sample", _("a random sample of a data set")
        STUDY = "study", _("the items of a study")

    project = models.ForeignKey(Project, models.CASCADE, related_name="runs")
    name = models.CharField(_("name"), max_length=200)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices, default=Purpose.ANSWER)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    source = models.CharField(_("items"), max_length=10, choices=Source.choices, default=Source.DATASET)
    dataset = models.ForeignKey(Dataset, models.PROTECT, null=True, blank=True, related_name="runs")
    study = models.ForeignKey(Study, models.PROTECT, null=True, blank=True, related_name="runs")
    # {"kinds": [...], "languages": [...], "topics": [...]}; an empty list means all.
    selection = models.JSONField(default=dict, blank=True)
    sample_size = models.PositiveIntegerField(
        _("sample size"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    seed = models.BigIntegerField(_("seed"), default=new_seed)
    rounds = models.PositiveSmallIntegerField(
        _("rounds"), default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    systems = models.ManyToManyField(
        SystemVersion,
        through="evaluation.RunSystem",
        related_name="runs",
    )
    # The prompt chosen for the run; null where each system uses its own.
    prompt = models.ForeignKey(PromptVersion, models.PROTECT, null=True, blank=True, related_name="runs")
    # How long errors that may pass are retried, counted from the start or the last resumption.
    time_budget = models.PositiveIntegerField(_("minutes to keep trying"), default=360)
    retry_until = models.DateTimeField(null=True, blank=True, editable=False)
    # {"items", "calls", "tokens_in", "tokens_out", "cost": {"USD": "1.23"}, "unpriced": n}
    estimate = models.JSONField(default=dict, blank=True, editable=False)
    # The press of the button that made it: pressing twice makes one run.
    client_key = models.CharField(max_length=40, default=new_token, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "queued", "running", "paused", "done", "cancelled"]),
                name="run_state_known",
            ),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="run_purpose_known"),
            models.CheckConstraint(
                condition=Q(source="dataset", dataset__isnull=False, study__isnull=True, sample_size__isnull=True)
                | Q(source="sample", dataset__isnull=False, study__isnull=True, sample_size__gte=1)
                | Q(source="study", study__isnull=False, dataset__isnull=True, sample_size__isnull=True),
                name="run_source_whole",
            ),
            models.CheckConstraint(condition=Q(rounds__gte=1), name="run_has_rounds"),
            models.UniqueConstraint(fields=["project", "client_key"], name="run_made_once"),
        ]
        indexes = [
            models.Index(fields=["state"], name="run_at_work", condition=Q(state__in=["queued", "running"])),
        ]

    def __str__(self) -> str:
        return self.name


class RunSystem(models.Model):
    """A system's part in a run, with what it has used so far. The sums change with the rows they are made of."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="parts")
    system_version = models.ForeignKey(SystemVersion, models.PROTECT, related_name="parts")
    calls = models.PositiveIntegerField(default=0)
    tokens_in = models.PositiveBigIntegerField(default=0)
    tokens_out = models.PositiveBigIntegerField(default=0)
    # Null while no call had a price.
    cost = models.DecimalField(max_digits=18, decimal_places=8, null=True, blank=True)
    unpriced = models.PositiveIntegerField(default=0)  # calls whose cost is unknown
    latency_ms = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "system_version"], name="runsystem_once")]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.system_version_id}"


class RunItem(models.Model):
    """One call to be made: the row is the queue. A message to a worker only rings."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        LEASED = "leased", _("being answered")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        QUARANTINED = "quarantined", _("set aside")

    run = models.ForeignKey(Run, models.CASCADE, related_name="items", db_index=False)
    system_version = models.ForeignKey(SystemVersion, models.PROTECT, related_name="run_items", db_index=False)
    # The version's own, repeated here for the claim.
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="run_items", db_index=False)
    revision = models.ForeignKey(ItemRevision, models.PROTECT, related_name="run_items")
    # What a judge is shown; null where a system answers the item itself.
    task = models.ForeignKey(
        "evaluation.JudgeTask", models.CASCADE, null=True, blank=True, related_name="rows", db_index=False
    )
    # The judge's first answer could not be read, so it is asked once more.
    asked_again = models.BooleanField(default=False)
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    # Tokens expected, for the endpoint's limit.
    tokens = models.PositiveIntegerField(default=0)
    # Written before each call: all claims so far, and those since the last outcome.
    attempts = models.PositiveIntegerField(default=0)
    unanswered = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, blank=True)
    error_class = models.CharField(max_length=30, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "system_version", "revision", "round"],
                condition=Q(task__isnull=True),
                name="runitem_once",
            ),
            models.UniqueConstraint(
                fields=["task", "system_version", "round"], condition=Q(task__isnull=False), name="runitem_task_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "leased", "done", "failed", "quarantined"]),
                name="runitem_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="leased", leased_until__isnull=False)
                | ~Q(state="leased") & Q(leased_until__isnull=True),
                name="runitem_lease_ends",
            ),
            models.CheckConstraint(condition=Q(unanswered__lte=F("attempts")), name="runitem_attempts_hold"),
        ]
        indexes = [
            models.Index(
                fields=["run", "endpoint", "next_attempt_at", "id"],
                condition=Q(state="queued"),
                name="runitem_claim",
            ),
            models.Index(fields=["endpoint", "leased_until"], condition=Q(state="leased"), name="runitem_in_flight"),
            models.Index(fields=["run", "system_version", "state"], name="runitem_counts"),
            models.Index(fields=["run", "id"], name="runitem_list"),
            models.Index(fields=["run", "-finished_at"], condition=Q(finished_at__isnull=False), name="runitem_latest"),
            models.Index(fields=["run", "error_class"], condition=~Q(error_class=""), name="runitem_errors"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.pk}"


class Attempt(models.Model):
    """One call and what came of it. Rows are added, never changed.

    What was sent is the prompt version's messages with the revision's words, both of which never change; the hash is
    that of the messages as sent.
    """

    run_item = models.ForeignKey(RunItem, models.CASCADE, related_name="tries", db_index=False)
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField(default=timezone.now)
    latency_ms = models.PositiveIntegerField(null=True)
    parameters = models.JSONField(default=dict)
    prompt_hash = models.CharField(max_length=64, blank=True)
    text = models.TextField(blank=True)
    # From the provider's reasoning channel: never shown to raters.
    reasoning = models.TextField(blank=True)
    finish_reason = models.CharField(max_length=40, blank=True)
    # [{"token", "logprob", "top": [{"token", "logprob"}]}] of the first tokens, where asked for and given.
    logprobs = models.JSONField(null=True, blank=True)
    model_reported = models.CharField(max_length=200, blank=True)
    tokens_in = models.PositiveIntegerField(null=True)
    tokens_out = models.PositiveIntegerField(null=True)
    cost = models.DecimalField(max_digits=16, decimal_places=8, null=True)
    currency = models.CharField(max_length=3, blank=True)
    error_class = models.CharField(max_length=30, blank=True)
    error_words = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField(null=True)  # the HTTP status, where one came

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run_item", "number"], name="attempt_number_once")]

    def __str__(self) -> str:
        return f"{self.run_item_id}.{self.number}"
