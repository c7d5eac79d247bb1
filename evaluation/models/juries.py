"""Judges read together, beside people where there are any: what a judges' report is about, and what it said."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Job, Project, Study, User, new_seed

from .runs import Run


class Jury(models.Model):
    """Runs of judges, with or without blind studies in which people judged the same responses."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="juries")
    name = models.CharField(_("name"), max_length=200)
    runs = models.ManyToManyField(Run, related_name="juries", verbose_name=_("runs of judges"))
    studies = models.ManyToManyField(Study, related_name="juries", verbose_name=_("studies of people"), blank=True)
    # Drawn before any figure was seen, so nobody can look for one that suits them.
    seed = models.BigIntegerField(_("seed"), default=new_seed)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("judges' report")
        verbose_name_plural = _("judges' reports")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name


class JuryReport(models.Model):
    """A computed snapshot of a jury: numbers with what they were computed from, never changed afterwards."""

    jury = models.ForeignKey(Jury, models.CASCADE, related_name="reports")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="jury_report")
    seed = models.BigIntegerField(default=1)
    inputs_hash = models.CharField(max_length=64, blank=True)
    versions = models.JSONField(default=dict, blank=True)
    summary = models.JSONField(null=True, blank=True)
    # What judges and people saw most differently, the widest gap first: see evaluation.results.gaps.
    gaps = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    computed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("report of a jury")
        verbose_name_plural = _("reports of juries")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.jury_id} #{self.pk}"
