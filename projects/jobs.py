"""Ringing the workers. Only a task's name and ids travel, and only after the commit."""

from __future__ import annotations

from celery import current_app
from django.db import transaction


def ring(task: str, *ids: int, expires: float | None = None) -> None:
    """Send `task` with `ids` once the transaction in hand is committed; nobody need hear it after `expires` seconds.

    A broker that does not answer is no error here: the sweep rings again for every row that waits.
    """
    transaction.on_commit(lambda: _send(task, ids, expires), robust=True)


def _send(task: str, ids: tuple[int, ...], expires: float | None) -> None:
    current_app.send_task(task, args=ids, retry=False, expires=expires)
