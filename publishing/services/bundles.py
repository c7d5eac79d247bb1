"""Reproduction bundles as files: asked for, made by a worker, kept; those with texts for a day."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from projects.models import Job, User
from projects.services import jobs
from publishing.models import EditionBundle, StudyReportEdition
from publishing.services import bundle

KIND = "study_report_bundle"
# What may leave with texts changes with names and places taken out; what holds only codes and figures does not.
TEXTS_KEPT = timedelta(days=1)


def subject(edition: StudyReportEdition, *, texts: bool) -> str:
    """Return what the work on a bundle is filed under."""
    return f"edition:{edition.pk}:{'texts' if texts else 'codes'}"


def ask(edition: StudyReportEdition, *, texts: bool, actor: User | None) -> EditionBundle:
    """Ask a worker for the bundle; one that is being made, or that is the same for ever, is returned as it is."""
    if not texts and (made := kept(edition, texts=False).first()) is not None:
        return made
    with transaction.atomic():
        job = jobs.enqueue(KIND, subject(edition, texts=texts), project=edition.report.project, actor=actor)
        row, _made = EditionBundle.objects.get_or_create(
            job=job, defaults={"edition": edition, "texts": texts, "created_by": actor}
        )
    return row


def run(job: Job, progress: jobs.Progress) -> str:
    """Make the bundle of a job, once however often the job is run."""
    rows = EditionBundle.objects.filter(job=job, made_at=None).defer("content")
    row = rows.select_related("edition__report__project", "edition__material").first()
    forget_old()
    if row is None:
        return ""

    def tell(done: int, total: int) -> None:
        progress.report(100 * done // total, 100, force=done == total)

    content = bundle.build(row.edition, texts=row.texts, tell=tell)
    with transaction.atomic():
        EditionBundle.objects.filter(edition=row.edition, texts=row.texts, made_at__isnull=False).delete()
        EditionBundle.objects.filter(pk=row.pk, made_at=None).update(
            content=content, size=len(content), sha256=sha256(content).hexdigest(), made_at=timezone.now()
        )
    return ""


def forget_old() -> None:
    """Remove the bundles with texts whose day is over, of all projects."""
    EditionBundle.objects.filter(texts=True, made_at__lt=timezone.now() - TEXTS_KEPT).delete()


def kept(edition: StudyReportEdition, *, texts: bool | None = None) -> QuerySet[EditionBundle]:
    """Return the bundles that may be taken, without their content; `texts` keeps to those with or without."""
    fresh = Q(texts=False) | Q(made_at__gte=timezone.now() - TEXTS_KEPT)
    rows = EditionBundle.objects.filter(fresh, edition=edition, made_at__isnull=False).defer("content")
    return rows.order_by("texts", "-made_at") if texts is None else rows.filter(texts=texts).order_by("-made_at")


def last_job(edition: StudyReportEdition, *, texts: bool) -> Job | None:
    """Return the newest piece of work on a bundle, if there was one."""
    wanted = [subject(edition, texts=False), *([subject(edition, texts=True)] if texts else [])]
    return Job.objects.filter(kind=KIND, subject__in=wanted).order_by("-pk").first()
