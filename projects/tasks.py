"""What workers do. A task takes ids and calls one service; its rows carry the state."""

from __future__ import annotations

from celery import shared_task

from projects.services import jobs, leases, pauses


@shared_task
def run_job(job_id: int) -> None:
    """Carry out one job, if it still waits."""
    jobs.run(job_id)


@shared_task
def sweep_jobs() -> None:
    """Ring again for jobs whose message or worker was lost."""
    jobs.sweep()


@shared_task
def sweep_leases() -> None:
    """Give work back whose rater has shown no sign of life for the lease's length."""
    leases.release_expired()
    pauses.wake_due()
