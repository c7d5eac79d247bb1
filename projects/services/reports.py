"""Reports: asking for one, finding the latest, and keeping what a worker computed."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from projects.models import Job, Report, Study, User
from projects.services import jobs

KIND = "report"


def subject(study: Study) -> str:
    """Return what a study's jobs are filed under."""
    return f"study:{study.pk}"


def ask(study: Study, *, actor: User | None) -> Report:
    """Ask a worker for a report; while one is still to be computed, that one is returned.

    The seed is the study's own: drawn before any answer was known, so nobody can look for one that suits them.
    """
    with transaction.atomic():
        job = jobs.enqueue(KIND, subject(study), project=study.project, actor=actor)
        return of_job(job, study)


def of_job(job: Job, study: Study) -> Report:
    """Return the one report of a job."""
    report, _ = Report.objects.get_or_create(
        job=job, defaults={"study": study, "seed": study.seed, "created_by": job.created_by}
    )
    return report


def keep(report: Report, *, summary: dict[str, Any], inputs_hash: str, versions: dict[str, str]) -> bool:
    """Store what was computed; a report that has its numbers is never changed. Returns whether it was stored."""
    values = {"summary": summary, "inputs_hash": inputs_hash, "versions": versions, "computed_at": timezone.now()}
    return bool(Report.objects.filter(pk=report.pk, computed_at=None).update(**values))


def computed(study: Study) -> QuerySet[Report]:
    """Return the study's reports that have their numbers, newest first."""
    return study.reports.filter(computed_at__isnull=False).order_by("-computed_at", "-pk")


def latest(study: Study) -> Report | None:
    """Return the newest report with numbers, if there is one."""
    return computed(study).select_related("created_by").first()


def last_job(study: Study) -> Job | None:
    """Return the newest piece of work on a report of the study, if there was one."""
    return Job.objects.filter(kind=KIND, subject=subject(study)).order_by("-pk").first()
