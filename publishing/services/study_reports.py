"""Study reports: made, changed, computed by a worker into editions that stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from evaluation.models import Benchmark, JudgePlan, Run
from projects.models import Job, Project, Study, User
from projects.services import jobs
from projects.services.audit import record
from publishing.models import EditionMaterial, StudyReport, StudyReportEdition
from publishing.words import LONGEST_CAPTION, SECTIONS

KIND = "study_report"
UNOPENED = (Study.State.DRAFT, Study.State.OPENING)
Chosen = Sequence[dict[str, str]]


@dataclass(frozen=True)
class Content:
    """What somebody wants a study report to be."""

    title: str
    studies: Sequence[Study]
    judges: Sequence[JudgePlan]
    benchmarks: Sequence[Benchmark]
    sections: Chosen


# --- what a report can be made of


def studies_of(project: Project) -> QuerySet[Study]:
    """Return the studies that have been opened; what they say by system counts once they are closed."""
    return project.studies.exclude(state__in=UNOPENED).order_by("name", "pk")


def judges_of(project: Project) -> QuerySet[JudgePlan]:
    """Return the runs of judges that have begun."""
    rows = JudgePlan.objects.filter(run__project=project).exclude(run__state=Run.State.DRAFT)
    return rows.select_related("run").order_by("run__pk")


def benchmarks_of(project: Project) -> QuerySet[Benchmark]:
    """Return the benchmarks."""
    return project.benchmarks.order_by("name", "pk")


# --- made and changed


def create(*, project: Project, content: Content, client_key: str, actor: User | None) -> StudyReport:
    """Make a report and ask for its first edition; the same `client_key` again returns the same report."""
    check(project, content)
    if (made := StudyReport.objects.filter(project=project, made_key=client_key).first()) is not None:
        return made
    try:
        with transaction.atomic():
            row = StudyReport.objects.create(
                project=project, title=content.title, sections=list(content.sections), made_key=client_key,
                created_by=actor,
            )  # fmt: skip
            choose(row, content)
            record("study_report.created", actor=actor, project=project, target=row)
            ask(row, actor=actor)
    except IntegrityError:
        # The same form was sent twice at once.
        return StudyReport.objects.get(project=project, made_key=client_key)
    return row


def change(row: StudyReport, *, content: Content, version: int, client_key: str, actor: User | None) -> StudyReport:
    """Change a report and ask for a new edition; earlier editions stay as they are.

    The same `client_key` as at the last save changes nothing. Raises ValidationError where somebody else has saved
    since `version`.
    """
    check(row.project, content)
    with transaction.atomic():
        held = StudyReport.objects.select_for_update().get(pk=row.pk)
        if held.changed_key == client_key:
            return held
        if held.version != version:
            raise ValidationError(
                _("Somebody has changed this report since you opened it. What you typed stands below; save again to "
                  "put it in the place of theirs."),
                code="stale",
            )  # fmt: skip
        held.title, held.sections = content.title, list(content.sections)
        held.version, held.changed_key = held.version + 1, client_key
        held.save(update_fields=["title", "sections", "version", "changed_key"])
        choose(held, content)
        record("study_report.changed", actor=actor, project=held.project, target=held, version=held.version)
        ask(held, actor=actor)
    return held


def choose(row: StudyReport, content: Content) -> None:
    """Keep the sources."""
    row.studies.set(content.studies)
    row.judges.set(content.judges)
    row.benchmarks.set(content.benchmarks)


def check(project: Project, content: Content) -> None:
    """Raise ValidationError for a choice that is empty, not the project's, or not known."""
    errors: dict[str, str] = {}
    owners = [study.project_id for study in content.studies]
    owners += [benchmark.project_id for benchmark in content.benchmarks]
    owners += [plan.run.project_id for plan in content.judges]
    if not content.title.strip():
        errors["title"] = _("Give the report a title.")
    if not owners or set(owners) != {project.pk}:
        errors["studies"] = _("Choose at least one study, run of judges or benchmark of this project.")
    keys = [one["key"] for one in content.sections]
    if not keys or set(keys) - set(SECTIONS) or len(set(keys)) < len(keys):
        errors["sections"] = _("Choose at least one section.")
    if any(len(one["caption"]) > LONGEST_CAPTION for one in content.sections):
        errors["sections"] = _("A caption has at most %(n)s characters.") % {"n": LONGEST_CAPTION}
    if errors:
        raise ValidationError(errors)


def delete(row: StudyReport, *, actor: User | None) -> None:
    """Remove a report with its editions; studies, verdicts and benchmarks stay."""
    with transaction.atomic():
        for job in Job.objects.filter(kind=KIND, subject=subject(row), state__in=jobs.UNFINISHED):
            jobs.cancel(job)
        record("study_report.deleted", actor=actor, project=row.project, target=row)
        row.delete()


# --- editions


def subject(row: StudyReport) -> str:
    """Return what a report's jobs are filed under."""
    return f"study_report:{row.pk}"


def ask(row: StudyReport, *, actor: User | None) -> StudyReportEdition:
    """Ask a worker for an edition; while one is still to be computed, that one is returned."""
    with transaction.atomic():
        return of_job(jobs.enqueue(KIND, subject(row), project=row.project, actor=actor), row)


def of_job(job: Job, row: StudyReport) -> StudyReportEdition:
    """Return the one edition of a job."""
    edition, _made = StudyReportEdition.objects.get_or_create(
        job=job, defaults={"report": row, "seed": row.seed, "created_by": job.created_by}
    )
    return edition


def keep(edition: StudyReportEdition, *, material: bytes, **values: Any) -> bool:
    """Store what was computed; an edition that has its numbers is never changed. Returns whether it was stored."""
    with transaction.atomic():
        waiting = StudyReportEdition.objects.filter(pk=edition.pk, computed_at=None)
        if not waiting.update(**values, computed_at=timezone.now()):
            return False
        EditionMaterial.objects.create(edition=edition, content=material)
    return True


def computed(row: StudyReport) -> QuerySet[StudyReportEdition]:
    """Return the editions that have their numbers, newest first."""
    return row.editions.filter(computed_at__isnull=False).order_by("-computed_at", "-pk")


def last_job(row: StudyReport) -> Job | None:
    """Return the newest piece of work on an edition, if there was one."""
    return Job.objects.filter(kind=KIND, subject=subject(row)).order_by("-pk").first()


def captions(chosen: Iterable[dict[str, str]]) -> dict[str, str]:
    """Return the chosen sections in their order, each with the words put before it."""
    return {one["key"]: one.get("caption", "") for one in chosen if one.get("key") in SECTIONS}
