"""What workers do for runs. The rows carry the state; a message only rings."""

from __future__ import annotations

import multiprocessing
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from evaluation import engine
from evaluation.services import runs, stopping

# Shared with the pool's processes, which hear nothing when the worker is asked to end: they inherit this byte.
STOPPING = multiprocessing.RawValue("b", 0)


@worker_shutting_down.connect(weak=False)
def note_shutdown(**_details: Any) -> None:
    """Tell the pool's processes to finish the calls in flight and claim no more."""
    STOPPING.value = 1


@shared_task
def drain() -> None:
    """Make the calls of all running runs, as far as this process can."""
    if engine.engine().drain(stopping=lambda: bool(STOPPING.value)) and not STOPPING.value:
        runs.wake()


@shared_task
def sweep_runs() -> None:
    """Take back what dead workers held, close what is complete, ring for what waits."""
    runs.sweep()


@shared_task
def look_stopping() -> None:
    """Ask whether studies that end by the width of an interval may stop."""
    stopping.ask_all()
