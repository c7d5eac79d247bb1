"""Judges' reports: set up, changed, computed by a worker into snapshots that stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.models import Jury, JuryReport, Purpose, Run
from projects.models import Job, Project, Study, User
from projects.services import jobs
from projects.services.audit import record

KIND = "judges_report"
KINDS = ("ranking", "comparison", "rating")


def create(*, project: Project, name: str, runs: Sequence[Run], studies: Sequence[Study], actor: User | None) -> Jury:
    """Set a judges' report up and ask for its figures. Raises ValidationError."""
    check(project, runs, studies)
    with transaction.atomic():
        row = Jury.objects.create(project=project, name=name, created_by=actor)
        row.runs.set(runs)
        row.studies.set(studies)
        record("jury.created", actor=actor, project=project, target=row)
        ask(row, actor=actor)
    return row


def change(row: Jury, *, name: str, runs: Sequence[Run], studies: Sequence[Study], actor: User | None) -> Jury:
    """Change what is read together; the reports so far stay as they are, and say that something has changed."""
    check(row.project, runs, studies)
    with transaction.atomic():
        row.name = name
        row.save(update_fields=["name"])
        row.runs.set(runs)
        row.studies.set(studies)
        record("jury.changed", actor=actor, project=row.project, target=row)
    return row


def check(project: Project, runs: Sequence[Run], studies: Sequence[Study]) -> None:
    """Raise ValidationError for a choice that is empty, not the project's, or of the wrong kind."""
    errors: dict[str, str] = {}
    if not runs or any(run.project_id != project.pk or run.purpose != Purpose.JUDGE for run in runs):
        errors["runs"] = _("Choose runs of judges of this project.")
    if any(study.project_id != project.pk or not may_stand_beside(study) for study in studies):
        errors["studies"] = _("Choose closed blind studies of this project.")
    if errors:
        raise ValidationError(errors)


def may_stand_beside(study: Study) -> bool:
    """Whether people's judgements of a study may be read: once nobody judges any more."""
    return study.kind in KINDS and study.state == Study.State.CLOSED


def delete(row: Jury, *, actor: User | None) -> None:
    """Remove a judges' report with its snapshots; verdicts and judgements stay."""
    with transaction.atomic():
        for job in Job.objects.filter(subject=subject(row), state__in=jobs.UNFINISHED):
            jobs.cancel(job)
        record("jury.deleted", actor=actor, project=row.project, target=row)
        row.delete()


# --- what it can be made of


def runs_of(project: Project) -> QuerySet[Run]:
    """Return the project's runs of judges that have begun, the newest first."""
    return Run.objects.filter(project=project, purpose=Purpose.JUDGE).exclude(state=Run.State.DRAFT)


def studies_of(project: Project) -> QuerySet[Study]:
    """Return the blind studies whose people may stand beside judges, by name."""
    rows = Study.objects.filter(project=project, kind__in=KINDS, state=Study.State.CLOSED)
    return rows.filter(units__members__response__isnull=False).distinct().order_by("name")


# --- reports


def subject(row: Jury) -> str:
    """Return what a jury's jobs are filed under."""
    return f"jury:{row.pk}"


def ask(row: Jury, *, actor: User | None) -> JuryReport:
    """Ask a worker for a report; while one is still to be computed, that one is returned."""
    with transaction.atomic():
        return of_job(jobs.enqueue(KIND, subject(row), project=row.project, actor=actor), row)


def of_job(job: Job, row: Jury) -> JuryReport:
    """Return the one report of a job."""
    report, _made = JuryReport.objects.get_or_create(
        job=job, defaults={"jury": row, "seed": row.seed, "created_by": job.created_by}
    )
    return report


def keep(report: JuryReport, **values: Any) -> bool:
    """Store what was computed; a report that has its numbers is never changed. Returns whether it was stored."""
    rows = JuryReport.objects.filter(pk=report.pk, computed_at=None)
    return bool(rows.update(computed_at=timezone.now(), **values))


def computed(row: Jury) -> QuerySet[JuryReport]:
    """Return the reports that have their numbers, newest first."""
    return row.reports.filter(computed_at__isnull=False).order_by("-computed_at", "-pk")


def last_job(row: Jury) -> Job | None:
    """Return the newest piece of work on a report, if there was one."""
    return Job.objects.filter(kind=KIND, subject=subject(row)).order_by("-pk").first()
