"""A first start that is killed twice, at bad moments, and started again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from demo_shape import SHAPE, seed, shape
from django.utils import timezone

from annotation.management.demo.working import Worker
from projects.models import ImportBatch, Item, Job, Submission
from projects.services import importing

pytestmark = pytest.mark.long


class Killed(BaseException):
    """What a kill looks like from the inside."""


@pytest.mark.django_db(transaction=True)
def test_killed_half_way_it_is_whole_after_the_next_start(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    with monkeypatch.context() as patch:
        kill_at_publication(patch)
        with pytest.raises(Killed):
            seed()
    assert (Item.objects.visible().count(), ImportBatch.objects.filter(published=True).count()) == (0, 0)
    # A killed worker's job is free again once its lease has run out.
    Job.objects.filter(state="running").update(leased_until=timezone.now() - timedelta(seconds=1))
    with monkeypatch.context() as patch:
        kill_at_answer(patch, 130)
        with pytest.raises(Killed):
            seed()
    # The second study's answers went with their transaction; the first study's are there.
    assert Submission.objects.count() == 88
    seed()
    assert shape() == SHAPE


def kill_at_publication(patch: pytest.MonkeyPatch) -> None:
    """Stop the first import before its last transaction."""

    def stop(*args: object, **kwargs: object) -> None:
        raise Killed

    patch.setattr(importing, "publish", stop)


def kill_at_answer(patch: pytest.MonkeyPatch, number: int) -> None:
    """Stop at an answer in the middle of a study."""
    submit, count = Worker.submit, 0

    def stop(self: Worker, *args: Any, **kwargs: Any) -> Submission:
        nonlocal count
        count += 1
        if count == number:
            raise Killed
        return submit(self, *args, **kwargs)

    patch.setattr(Worker, "submit", stop)
