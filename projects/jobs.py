"""Ringing the workers. Only a task's name and ids travel, and only after the commit."""

from __future__ import annotations

from celery import current_app
from django.db import transaction


def ring(task: str, *ids: int) -> None:
    """Send `task` with `ids` once the transaction in hand is committed.

    A broker that does not answer is no error here: the sweep rings again for every row that waits.
    """
    transaction.on_commit(lambda: _send(task, ids), robust=True)


def _send(task: str, ids: tuple[int, ...]) -> None:
    current_app.send_task(task, args=ids, retry=False)
