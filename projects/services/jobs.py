"""Long work: a row is the queue, a message is only the doorbell.

A worker claims a job with a short lease and renews it while it works. A killed worker's job is claimed again once the
lease has run out, so every handler must be able to start over; after MAX_ATTEMPTS without an outcome the job fails.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from projects.jobs import ring
from projects.models import Job, Project, User

LEASE = timedelta(seconds=20)
BEAT_SECONDS = 5.0
MAX_ATTEMPTS = 3
# A page that watches needs no more than this, and each report is a write.
REPORT_SECONDS = 0.4
UNFINISHED = (Job.State.QUEUED, Job.State.RUNNING)


class JobFailed(Exception):  # noqa: N818  it is the outcome's name
    """Ends a job with a sentence for the person who asked for it."""


class JobCancelled(Exception):  # noqa: N818  it is the outcome's name
    """Ends a job because somebody asked to stop it."""


class JobLost(Exception):  # noqa: N818  it is the outcome's name
    """Another worker holds the job now; this one must write nothing more."""


Watch = Callable[[int, int | None], None]


class Progress:
    """A handler's way to say how far it is, and to learn that it should stop."""

    def __init__(self, job: Job, watch: Watch = lambda done, total: None) -> None:
        """Follow `job`, which this worker holds; `watch` hears of each report (a terminal, for instance)."""
        self.job = job
        self.watch = watch
        self.lost = False
        self._next = 0.0

    def report(self, done: int, total: int | None = None, *, message: str = "", force: bool = False) -> None:
        """Store the progress; raises JobCancelled or JobLost where the handler must stop."""
        if self.lost:
            raise JobLost
        if not force and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + REPORT_SECONDS
        values: dict[str, Any] = {"done": done, "leased_until": timezone.now() + LEASE}
        if total is not None:
            values["total"] = total
        if message:
            values["message"] = message
        if not self._mine().update(**values):
            raise JobLost
        self.watch(done, total)
        if Job.objects.filter(pk=self.job.pk, cancel_wanted=True).exists():
            raise JobCancelled

    def renew(self) -> None:
        """Keep the lease; called by the heartbeat."""
        if not self._mine().update(leased_until=timezone.now() + LEASE):
            self.lost = True

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, attempts=self.job.attempts)


Handler = Callable[[Job, Progress], str | None]


def enqueue(
    kind: str,
    subject: str,
    *,
    project: Project | None,
    actor: User | None,
    params: dict[str, Any] | None = None,
) -> Job:
    """Ask for a job. While one of the same kind and subject is unfinished, that one is returned."""
    with transaction.atomic():
        job = Job.objects.filter(kind=kind, subject=subject, state__in=UNFINISHED).first()
        if job is None:
            job = Job.objects.create(kind=kind, subject=subject, project=project, created_by=actor, params=params or {})
        ring("projects.tasks.run_job", job.pk)
    return job


def cancel(job: Job) -> None:
    """Stop a job: at once where it still waits, at its next report where it runs."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
    if not waiting.update(state=Job.State.CANCELLED, finished_at=timezone.now()):
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(cancel_wanted=True)


def claimable() -> Q:
    """Return the condition for jobs a worker may take: waiting, or left behind by a dead worker."""
    return Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, leased_until__lt=timezone.now())


def claim(job_id: int) -> Job | None:
    """Take the job, or return None where it is finished or in another worker's hands."""
    now = timezone.now()
    taken = Job.objects.filter(claimable(), pk=job_id).update(
        state=Job.State.RUNNING, attempts=F("attempts") + 1, leased_until=now + LEASE, started_at=now
    )
    return Job.objects.select_related("project", "created_by").get(pk=job_id) if taken else None


def run(job_id: int, watch: Watch = lambda done, total: None) -> Job | None:
    """Claim a job and carry it out; returns it with its outcome, or None where there was nothing to do."""
    job = claim(job_id)
    if job is None:
        return None
    if job.attempts > MAX_ATTEMPTS:
        return _finish(job, Job.State.FAILED, _("The work stopped three times without an outcome. Ask for it again."))
    progress = Progress(job, watch)
    handler: Handler = import_string(settings.CONCORD_JOBS[job.kind])
    try:
        with _heartbeat(progress):
            message = handler(job, progress)
    except JobCancelled:
        return _finish(job, Job.State.CANCELLED, _("Stopped. Nothing of it was kept."))
    except JobFailed as error:
        return _finish(job, Job.State.FAILED, str(error))
    except JobLost:
        return None
    return _finish(job, Job.State.DONE, message or "")


def sweep() -> int:
    """Ring again for every job that waits or was left behind; returns how many."""
    ids = list(Job.objects.filter(claimable()).values_list("pk", flat=True)[:500])
    for pk in ids:
        ring("projects.tasks.run_job", pk)
    return len(ids)


def _finish(job: Job, state: Job.State, message: str) -> Job:
    """Write the outcome, unless another worker has taken the job meanwhile."""
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts).update(
        state=state, message=message, finished_at=timezone.now(), leased_until=None
    )
    job.refresh_from_db()
    return job


@contextmanager
def _heartbeat(progress: Progress) -> Iterator[None]:
    """Renew the lease from a thread of its own: a long computation reports nothing for many seconds."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(BEAT_SECONDS):
            # A database that is busy or restarting loses one beat, not the job: the next beat renews.
            with suppress(DatabaseError):
                progress.renew()
        connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
