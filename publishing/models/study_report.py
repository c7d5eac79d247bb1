"""The study report: what it puts together, as chosen by people, and its editions, as computed by a worker."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from evaluation.models import Benchmark, JudgePlan
from projects.models import Job, Project, Snapshot, Study, User, new_seed, new_token


class StudyReport(models.Model):
    """Studies, judges and benchmarks of a project on one page, in sections that are chosen, ordered and captioned."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="study_reports")
    title = models.CharField(_("title"), max_length=200)
    studies = models.ManyToManyField(Study, related_name="study_reports", verbose_name=_("studies"))
    judges = models.ManyToManyField(JudgePlan, related_name="study_reports", verbose_name=_("runs of judges"))
    benchmarks = models.ManyToManyField(Benchmark, related_name="study_reports", verbose_name=_("benchmarks"))
    # In their order: [{"key": "systems", "caption": "words of one's own, or nothing"}]
    sections = models.JSONField(default=list)
    # Raised by every change; a change made from an older one is refused.
    version = models.PositiveIntegerField(default=1)
    # Of the form that made it, and of the last one that changed it: a form sent twice does its work once.
    made_key = models.CharField(max_length=40, default=new_token, editable=False)
    changed_key = models.CharField(max_length=40, blank=True, editable=False)
    # Drawn before any figure was seen, so nobody can look for one that suits them.
    seed = models.BigIntegerField(_("seed"), default=new_seed)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("study report")
        verbose_name_plural = _("study reports")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "made_key"], name="studyreport_key_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="studyreport_version_positive"),
            models.CheckConstraint(condition=~Q(title=""), name="studyreport_titled"),
        ]

    def __str__(self) -> str:
        return self.title


class StudyReportEdition(Snapshot):
    """A computed snapshot of a study report."""

    report = models.ForeignKey(StudyReport, models.CASCADE, related_name="editions")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="study_report_edition")
    # Every figure, as `stats.paper` gives it: what the bundle computes again and compares.
    figures = models.JSONField(null=True, blank=True)

    class Meta(Snapshot.Meta):
        verbose_name = _("edition of a study report")
        verbose_name_plural = _("editions of study reports")

    def __str__(self) -> str:
        return f"{self.report_id} #{self.pk}"


class EditionMaterial(models.Model):
    """The plain rows that an edition was computed from, as JSON in gzip: read only to make its bundle."""

    edition = models.OneToOneField(StudyReportEdition, models.CASCADE, related_name="material")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.edition_id}"


class EditionBundle(models.Model):
    """The reproduction bundle of an edition as a worker made it: without texts it stays, with texts for a day.

    What may be told of texts changes (a name is added, a place is taken out), so nobody gets an old one of these.
    """

    edition = models.ForeignKey(StudyReportEdition, models.CASCADE, related_name="bundles")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="study_report_bundle")
    texts = models.BooleanField(default=False)
    content = models.BinaryField(default=bytes)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("reproduction bundle")
        verbose_name_plural = _("reproduction bundles")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.edition_id} #{self.pk}"
