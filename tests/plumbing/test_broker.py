"""Jobs reach a real worker through each broker."""

from __future__ import annotations

import signal
from typing import Any

from projects.models import Job, Project, Study
from projects.services import jobs


def job_values() -> dict[str, Any]:
    """What a job needs that a worker can carry out at once: opening a study that has nothing left to open."""
    project = Project.objects.create(name="Plumbing", slug="plumbing")
    study = Study.objects.create(project=project, kind="label_review", name="Pipes", slug="pipes", seed=1)
    return {"kind": "open_study", "subject": f"study:{study.pk}", "project": project}


def state(job: Job) -> Any:
    job.refresh_from_db()
    return job.state


def test_worker_carries_out_a_job_rung_through_the_broker(broker: Any, until: Any) -> None:
    with broker.worker():
        job = jobs.enqueue(**job_values(), actor=None)
        until(lambda: state(job) == Job.State.DONE)
    assert job.attempts == 1


def test_worker_finds_a_job_rung_before_it_started_and_ends_well(broker: Any, until: Any) -> None:
    job = jobs.enqueue(**job_values(), actor=None)
    with broker.worker() as worker:
        until(lambda: state(job) == Job.State.DONE)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0


def test_beat_rings_again_for_a_job_whose_message_was_lost(broker: Any, until: Any) -> None:
    job = Job.objects.create(**job_values())
    with broker.worker(beat=True):
        until(lambda: state(job) == Job.State.DONE, 40)
    assert job.attempts == 1
