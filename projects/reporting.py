"""Computing a report: a worker asks the study's kind for its results and keeps them as a snapshot."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from django.conf import settings
from django.utils.module_loading import import_string

from projects import kinds
from projects.models import Job, Report, Study
from projects.services import jobs, reports
from reports.summary import Section, Summary

# As in pyproject.toml, which an installation need not have; a test holds them equal.
VERSION = "0.1.0"
# What a figure may depend on.
LIBRARIES = ("numpy", "scipy", "scikit-learn", "krippendorff", "Django")
# A study may change under a computation; once more is tried, then the page says that something has changed.
ATTEMPTS = 2


def run(job: Job, progress: jobs.Progress) -> str:
    """Compute the report of the study in the job's subject, once however often the job is run."""
    study = Study.objects.select_related("project", "version", "guideline", "dataset", "source__version").get(
        pk=int(job.subject.partition(":")[2])
    )
    report = reports.of_job(job, study)
    report.study = study
    if report.computed_at:
        return ""
    report.versions = versions()
    summary = compute(report, progress)
    reports.keep(report, summary=summary.to_json(), inputs_hash=report.inputs_hash, versions=report.versions)
    return ""


def compute(report: Report, progress: jobs.Progress) -> Summary:
    """Return the results; computed again where the study was closed meanwhile, since closing asks for them once."""
    study = report.study
    kind = kinds.of(study)
    for attempt in range(1, ATTEMPTS + 1):
        state = study.state
        # Taken first: what changes while the numbers are computed makes the report stale, never silently part of it.
        report.inputs_hash = kind.inputs_hash(study)
        summary = with_chapters(kind.summarise(report, progress.report), study)
        study.state = Study.objects.values_list("state", flat=True).get(pk=study.pk)
        if study.state == state or attempt == ATTEMPTS:
            break
    return summary


def with_chapters(summary: Summary, study: Study) -> Summary:
    """Return a report with the chapters that every kind of study has, from the apps above."""
    more: list[Section] = []
    for path in settings.CONCORD_REPORT_CHAPTERS:
        more += import_string(path)(study)
    return replace(summary, sections=[*summary.sections, *more]) if more else summary


def versions() -> dict[str, str]:
    """Return the versions of Concord and of what it computes with; a package that is not installed is left out."""
    return {"Concord": VERSION, "Python": platform.python_version()} | versions_of(LIBRARIES)


def versions_of(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of packages; one that is not installed is left out."""
    found: dict[str, str] = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def is_stale(report: Report, study: Study) -> bool:
    """Whether something the report was computed from has changed since."""
    return report.inputs_hash != kinds.of(study).inputs_hash(study)
