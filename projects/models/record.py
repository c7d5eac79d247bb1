"""What the house remembers about itself: long jobs with their progress, computed reports, the audit log."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Project, User
from .study import Study


class Job(models.Model):
    """A piece of long work for a worker. The row is the queue; a lost message or worker loses nothing."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="jobs")
    kind = models.CharField(max_length=40)
    # What the job is about ("batch:12"); one unfinished job for each.
    subject = models.CharField(max_length=100)
    params = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    message = models.TextField(blank=True)
    cancel_wanted = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(state__in=["queued", "running"]),
                name="job_one_unfinished",
            )
        ]
        indexes = [models.Index(fields=["state", "leased_until"]), models.Index(fields=["subject"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}


class Snapshot(models.Model):
    """Computed numbers with what they were computed from, never changed afterwards."""

    seed = models.BigIntegerField(default=1)
    inputs_hash = models.CharField(max_length=64, blank=True)
    versions = models.JSONField(default=dict, blank=True)
    summary = models.JSONField(null=True, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    computed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["-created_at", "-id"]


class Report(Snapshot):
    """A computed snapshot of a study."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="reports")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="report")
    params = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.study_id} #{self.pk}"


class Creation(models.Model):
    """What a program asked to be made under a key of its own: sent twice, it is made once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    client_key = models.CharField(max_length=40)
    # What the key was used for ("dataset:12": a data set in that project) and what came of it.
    scope = models.CharField(max_length=60)
    target_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "client_key"], name="creation_replay_once")]

    def __str__(self) -> str:
        return f"{self.scope} {self.target_id}"


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Reading only: entries are written one at a time and stay."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse: the log is append-only."""
        raise TypeError("The audit log is append-only.")

    def delete(self) -> NoReturn:
        """Refuse: the log is append-only."""
        raise TypeError("The audit log is append-only.")


class AuditEntry(models.Model):
    """Who did what, when, from where. Ids and verbs only: no text that somebody typed, no name.

    Plain ids instead of foreign keys: an entry outlives what it speaks of.
    """

    project_id = models.BigIntegerField(null=True, blank=True)
    actor_id = models.BigIntegerField(null=True, blank=True)
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=40, blank=True)
    target_id = models.BigIntegerField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    ip = models.GenericIPAddressField(null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["project_id", "-id"]),
            models.Index(fields=["project_id", "verb", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb}"

    def save(self, **kwargs: Any) -> None:
        """Write a new entry; an existing one is never changed."""
        if not self._state.adding:
            raise TypeError("The audit log is append-only.")
        super().save(**kwargs)

    def delete(self, using: Any = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Refuse: the log is append-only."""
        raise TypeError("The audit log is append-only.")
