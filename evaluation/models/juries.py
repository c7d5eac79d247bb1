"""Judges read together, beside people where there are any: what a judges' report is about, and what it said."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Job, Project, Snapshot, Study, User, new_seed

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


class JuryReport(Snapshot):
    """A computed snapshot of a jury."""

    jury = models.ForeignKey(Jury, models.CASCADE, related_name="reports")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="jury_report")
    # What judges and people saw most differently, the widest gap first: see evaluation.results.gaps.
    gaps = models.JSONField(default=list, blank=True)

    class Meta(Snapshot.Meta):
        verbose_name = _("report of a jury")
        verbose_name_plural = _("reports of juries")

    def __str__(self) -> str:
        return f"{self.jury_id} #{self.pk}"
