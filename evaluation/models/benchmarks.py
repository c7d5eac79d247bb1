"""Tests of models with their computed reports, scores of open answers, and what was found in a run's texts."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Dataset, Job, Project, Snapshot, User, new_seed

from .responses import Response, ResponseImport
from .runs import Run
from .systems import System


class ResponseScore(models.Model):
    """A score that a response came with, on its scale, by whoever gave it: a person, a panel, a model that judges."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="given_scores", db_index=False)
    scorer = models.CharField(_("who scored"), max_length=120)
    criterion = models.CharField(_("criterion"), max_length=60, default="overall")
    value = models.FloatField(_("score"))
    low = models.FloatField(_("lowest score"), default=0)
    high = models.FloatField(_("highest score"), default=4)
    source_import = models.ForeignKey(ResponseImport, models.PROTECT, null=True, blank=True, related_name="scores")

    class Meta:
        verbose_name = _("score of a response")
        verbose_name_plural = _("scores of responses")
        constraints = [
            models.UniqueConstraint(fields=["response", "scorer", "criterion"], name="responsescore_once"),
            models.CheckConstraint(
                condition=Q(low__lt=F("high"), value__gte=F("low"), value__lte=F("high")),
                name="responsescore_on_scale",
            ),
            models.CheckConstraint(condition=~Q(scorer="") & ~Q(criterion=""), name="responsescore_named"),
        ]

    def __str__(self) -> str:
        return f"{self.response_id}: {self.criterion} {self.value}"


class Benchmark(models.Model):
    """Systems set side by side over the items of some data sets. What it says is computed into its reports."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="benchmarks")
    name = models.CharField(_("name"), max_length=200)
    datasets = models.ManyToManyField(Dataset, related_name="benchmarks", verbose_name=_("data sets"))
    systems = models.ManyToManyField(System, related_name="benchmarks", verbose_name=_("systems"))
    # {"section": name of a column, "scores": where scores of open answers come from, "pairs": [[before, after]],
    #  "families": bool, "texts": bool, "segmentation": "characters" | "words", "bertscore": bool}
    settings = models.JSONField(default=dict, blank=True)
    # Drawn before any figure was seen, so nobody can look for one that suits them.
    seed = models.BigIntegerField(_("seed"), default=new_seed)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("benchmark")
        verbose_name_plural = _("benchmarks")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name


class BenchmarkReport(Snapshot):
    """A computed snapshot of a benchmark."""

    benchmark = models.ForeignKey(Benchmark, models.CASCADE, related_name="reports")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="benchmark_report")

    class Meta(Snapshot.Meta):
        verbose_name = _("report of a benchmark")
        verbose_name_plural = _("reports of benchmarks")

    def __str__(self) -> str:
        return f"{self.benchmark_id} #{self.pk}"


class RunFindings(models.Model):
    """What a worker found in the texts of a finished run: answers read and unread, words that may tell the author.

    {"texts", "read", "unread": {reason: n}, "written": pre-labels, "telling": texts, "clues": {clue: n},
     "examples": [[response, start, end, words, clue]]}
    """

    run = models.OneToOneField(Run, models.CASCADE, related_name="findings")
    found = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("findings of a run")
        verbose_name_plural = _("findings of runs")

    def __str__(self) -> str:
        return f"{self.run_id}"
