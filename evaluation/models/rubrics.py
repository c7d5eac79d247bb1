"""Criteria: what responses are judged on, in versions. People judge by them, and so do models."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Project, User


class Rubric(models.Model):
    """A set of criteria of a project. What they say stands in its versions; `version` is the newest."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="rubrics")
    slug = models.SlugField(_("short name"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    version = models.ForeignKey(
        "evaluation.RubricVersion", models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("set of criteria")
        verbose_name_plural = _("sets of criteria")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "slug"], name="rubric_slug_once")]

    def __str__(self) -> str:
        return self.name


class RubricVersion(models.Model):
    """The criteria at one time. Once used by a study or a judge they are never changed: a change is a new version."""

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    # [{"key", "name", "text", "eyes": "client" | "counsellor", "low_example", "high_example",
    #   "points": [{"value": 0, "anchor": "..."}]}]; a comparison's criteria need no points.
    criteria = models.JSONField(_("criteria"), default=list)
    # Whether a rater may also mark a response as an ethical risk.
    risk_flag = models.BooleanField(_("with a mark for ethical risk"), default=False)
    hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["rubric", "number"], name="rubricversion_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="rubricversion_number_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.rubric_id} v{self.number}"

    def criterion(self, key: str) -> dict[str, Any]:
        """Return the criterion with this key. Raises KeyError for one that is not there."""
        found: dict[str, dict[str, Any]] = {one["key"]: one for one in self.criteria}
        return found[key]
