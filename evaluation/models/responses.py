"""Responses: what a system said to an item, from a run or from a file, and later redactions of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Dataset, ItemRevision, Project, User

from .runs import Attempt, Run
from .systems import SystemVersion


class ResponseImport(models.Model):
    """Responses that came in a file. They stay invisible until `published`, so an import is whole or absent."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="response_imports")
    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="response_imports")
    filename = models.CharField(max_length=255, blank=True)
    file = models.FileField(upload_to="responses", blank=True)
    file_hash = models.CharField(max_length=64, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    report = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import of responses")
        verbose_name_plural = _("imports of responses")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.filename or f"#{self.pk}"


class ResponseQuerySet(models.QuerySet["Response"]):
    """Queries over responses."""

    def visible(self) -> ResponseQuerySet:
        """Keep those of a run, and those whose import is complete."""
        return self.filter(Q(source_import__isnull=True) | Q(source_import__published=True))

    def of_project(self, project: Project) -> ResponseQuerySet:
        """Keep the responses of one project's systems."""
        return self.filter(system_version__system__project=project)


class Response(models.Model):
    """What a system said to an item in one round. `text` never changes; `current` is the newest redaction, if any."""

    system_version = models.ForeignKey(SystemVersion, models.PROTECT, related_name="responses", db_index=False)
    revision = models.ForeignKey(ItemRevision, models.PROTECT, related_name="responses")
    round = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(_("text"), blank=True)
    # What the prompt asked for as output beside the response; never a provider's reasoning channel.
    explanation = models.TextField(_("explanation"), blank=True)
    finish_reason = models.CharField(max_length=40, blank=True)
    run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="responses")
    attempt = models.OneToOneField(Attempt, models.PROTECT, null=True, blank=True, related_name="response")
    source_import = models.ForeignKey(ResponseImport, models.PROTECT, null=True, blank=True, related_name="responses")
    current = models.ForeignKey(
        "evaluation.ResponseRevision", models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        constraints = [
            models.UniqueConstraint(fields=["system_version", "revision", "round"], name="response_once"),
            models.CheckConstraint(
                condition=Q(run__isnull=False, source_import__isnull=True)
                | Q(run__isnull=True, source_import__isnull=False, attempt__isnull=True),
                name="response_one_source",
            ),
            models.CheckConstraint(condition=Q(round__gte=1), name="response_round_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.system_version_id}:{self.revision_id}:{self.round}"

    @property
    def shown_text(self) -> str:
        """What readers and raters see: the newest redaction, else the original."""
        return self.current.text if self.current else self.text

    @property
    def shown_explanation(self) -> str:
        """The explanation as readers and raters see it."""
        return self.current.explanation if self.current else self.explanation


class ResponseRevision(models.Model):
    """A later wording of a response, a redaction for instance. Revision 1 is the response itself."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField(default=2)
    text = models.TextField(_("text"), blank=True)
    explanation = models.TextField(_("explanation"), blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["response", "number"], name="responserevision_number_once"),
            models.CheckConstraint(condition=Q(number__gte=2), name="responserevision_after_original"),
            models.CheckConstraint(condition=~Q(reason=""), name="responserevision_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.response_id}.{self.number}"
