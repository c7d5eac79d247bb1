"""One key sent by several at once: what it asks for is made once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from projects.models import Dataset
from projects.services import creations, datasets

pytestmark = pytest.mark.django_db(transaction=True)
SENDERS = 8


def test_eight_at_once_make_one(stage):
    start = Barrier(SENDERS)

    def send(_n: int) -> tuple[int, bool]:
        try:
            start.wait(30)
            made, new = creations.once(
                lambda: datasets.create(project=stage.project, name="Letters", actor=stage.manager),
                rows=Dataset.objects.all(),
                scope="dataset:1",
                user=stage.manager,
                client_key="press",
            )
            return made.pk, new
        finally:
            connection.close()

    with ThreadPoolExecutor(SENDERS) as pool:
        replies = list(pool.map(send, range(SENDERS)))
    assert len({pk for pk, _new in replies}) == 1
    assert sorted(new for _pk, new in replies) == [False] * (SENDERS - 1) + [True]
    assert Dataset.objects.filter(name="Letters").count() == 1
