"""Benchmarks: made, changed, computed by a worker into reports that stay."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.models import Benchmark, BenchmarkReport, Response, ResponseScore, System
from projects.models import Dataset, Item, Job, Project, Study, User
from projects.services import jobs
from projects.services.audit import record

KIND = "benchmark"
CHARACTERS, WORDS = "characters", "words"
# Where scores of open answers come from: a closed rating study, or the files that responses came in.
STUDY, GIVEN = "study", "given"
# Items of one data set, and of all together, whose columns are looked at.
LOOKED_AT, LOOKED_AT_ALTOGETHER = 500, 5000
DEFAULTS: Mapping[str, Any] = {
    "section": "", "scores": [], "families": True, "pairs": [], "texts": True, "reference": None,
    "segmentation": CHARACTERS, "bertscore": False,
}  # fmt: skip


def create(
    *,
    project: Project,
    name: str,
    datasets: Sequence[Dataset],
    systems: Sequence[System],
    settings: Mapping[str, Any],
    actor: User | None,
) -> Benchmark:
    """Make a benchmark and ask for its first report. Raises ValidationError."""
    check(project, datasets, systems)
    with transaction.atomic():
        row = Benchmark.objects.create(project=project, name=name, settings={**DEFAULTS, **settings}, created_by=actor)
        row.datasets.set(datasets)
        row.systems.set(systems)
        record("benchmark.created", actor=actor, project=project, target=row, systems=len(systems))
        ask(row, actor=actor)
    return row


def change(
    row: Benchmark,
    *,
    name: str,
    datasets: Sequence[Dataset],
    systems: Sequence[System],
    settings: Mapping[str, Any],
    actor: User | None,
) -> Benchmark:
    """Change what a benchmark compares; its reports stay as they are, and say that something has changed."""
    check(row.project, datasets, systems)
    with transaction.atomic():
        row.name, row.settings = name, {**DEFAULTS, **settings}
        row.save(update_fields=["name", "settings"])
        row.datasets.set(datasets)
        row.systems.set(systems)
        record("benchmark.changed", actor=actor, project=row.project, target=row, systems=len(systems))
    return row


def check(project: Project, datasets: Sequence[Dataset], systems: Sequence[System]) -> None:
    """Raise ValidationError for a choice that is empty or not the project's."""
    errors: dict[str, str] = {}
    if not datasets or any(dataset.project_id != project.pk for dataset in datasets):
        errors["datasets"] = _("Choose data sets of this project.")
    if not systems or any(system.project_id != project.pk for system in systems):
        errors["systems"] = _("Choose systems of this project.")
    if errors:
        raise ValidationError(errors)


def delete(row: Benchmark, *, actor: User | None) -> None:
    """Remove a benchmark with its reports; responses and scores stay."""
    with transaction.atomic():
        for job in Job.objects.filter(subject=subject(row), state__in=jobs.UNFINISHED):
            jobs.cancel(job)
        record("benchmark.deleted", actor=actor, project=row.project, target=row)
        row.delete()


def setting(row: Benchmark, name: str) -> Any:
    """Return one setting, or what is usual."""
    return row.settings.get(name, DEFAULTS[name])


# --- reports


def subject(row: Benchmark) -> str:
    """Return what a benchmark's jobs are filed under."""
    return f"benchmark:{row.pk}"


def ask(row: Benchmark, *, actor: User | None) -> BenchmarkReport:
    """Ask a worker for a report; while one is still to be computed, that one is returned."""
    with transaction.atomic():
        return of_job(jobs.enqueue(KIND, subject(row), project=row.project, actor=actor), row)


def of_job(job: Job, row: Benchmark) -> BenchmarkReport:
    """Return the one report of a job."""
    report, _made = BenchmarkReport.objects.get_or_create(
        job=job, defaults={"benchmark": row, "seed": row.seed, "created_by": job.created_by}
    )
    return report


def keep(report: BenchmarkReport, *, summary: dict[str, Any], inputs_hash: str, versions: dict[str, str]) -> bool:
    """Store what was computed; a report that has its numbers is never changed. Returns whether it was stored."""
    values = {"summary": summary, "inputs_hash": inputs_hash, "versions": versions, "computed_at": timezone.now()}
    return bool(BenchmarkReport.objects.filter(pk=report.pk, computed_at=None).update(**values))


def computed(row: Benchmark) -> QuerySet[BenchmarkReport]:
    """Return the reports that have their numbers, newest first."""
    return row.reports.filter(computed_at__isnull=False).order_by("-computed_at", "-pk")


def last_job(row: Benchmark) -> Job | None:
    """Return the newest piece of work on a report, if there was one."""
    return Job.objects.filter(kind=KIND, subject=subject(row)).order_by("-pk").first()


# --- what a benchmark can be made of


def answering(project: Project) -> QuerySet[System]:
    """Return the systems that have responses."""
    answered = Response.objects.visible().of_project(project).values("system_version__system")
    return project.systems.filter(pk__in=answered).order_by("group", "role", "name", "pk")


def sources(project: Project) -> Iterator[tuple[str, str]]:
    """Yield where scores can come from, as (value, words): closed rating studies whose key is open, and files."""
    rows = Study.objects.filter(project=project, kind="rating", state=Study.State.CLOSED, unblinding__isnull=False)
    for study in rows.select_related("blind__rubric").order_by("name"):
        for criterion in study.blind.rubric.criteria if study.blind.rubric else ():
            if criterion.get("points"):
                yield coded(STUDY, study.pk, criterion["key"]), f"{study.name}: {criterion['name']}"
    given = ResponseScore.objects.filter(response__system_version__system__project=project)
    given = given.exclude(source_import__published=False).order_by("scorer", "criterion")
    for scorer, criterion in given.values_list("scorer", "criterion").distinct():
        yield coded(GIVEN, scorer, criterion), f"{scorer}: {criterion}"


def coded(kind: str, whose: int | str, criterion: str) -> str:
    """Return a source of scores as a form's value."""
    return json.dumps([kind, whose, criterion], ensure_ascii=False)


def section_columns(project: Project) -> list[str]:
    """Return the names of further columns that the first items of each data set have; two queries for all of them."""
    first = Item.objects.filter(dataset=OuterRef("pk")).order_by("position").values("position")[:1]
    begins: dict[int, list[int]] = {}
    for dataset, position in project.datasets.values_list("pk", Subquery(first)):
        if position is not None:
            begins.setdefault(position, []).append(dataset)
    each = min(LOOKED_AT, LOOKED_AT_ALTOGETHER // max(1, sum(map(len, begins.values()))) or 1)
    near = Q(pk__in=[])
    for position, datasets in begins.items():
        near |= Q(dataset__in=datasets, position__lt=position + each)
    rows = Item.objects.filter(near, current__isnull=False).order_by("dataset__name", "dataset", "position")
    found: dict[str, None] = {}
    for metadata in rows.values_list("current__metadata", flat=True):
        found.update(dict.fromkeys(key for key, value in (metadata or {}).items() if isinstance(value, str | int)))
    return list(found)
