"""Two submits of one ranking at once: the same press counts once, two different ones never mix their ranks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from blind_world import BlindWorld, ranking_answer
from django.db import connection

from evaluation.models import Rank
from projects import loop
from projects.models import Submission

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Run every job in a thread with a connection of its own."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            start.wait(30)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.parametrize("keys", [("one", "one", "one", "one"), ("one", "two", "three", "four")])
def test_submits_at_once_leave_one_whole_ranking(keys: tuple[str, ...]) -> None:
    world = BlindWorld(systems=3, items=1, raters=1)
    study = world.opened(raters_per_item=1)
    held = loop.hold(world.part(study, world.raters[0]))[0]
    placed = world.placements(held)
    url = f"/rate/{study.token}/{held.token}/"
    orders = [[1, 2, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]]
    clients = [world.client(world.raters[0]) for _key in keys]

    def press(n: int) -> Callable[[], Any]:
        data = ranking_answer(placed, orders[0] if len(set(keys)) == 1 else orders[n], key=keys[n])
        return lambda: clients[n].post(url, data, headers={"accept": "application/json"})

    replies = at_once([press(n) for n in range(len(keys))])
    assert {reply.status_code for reply in replies} <= {200, 409}
    current = Submission.objects.get(assignment=held, current=True)
    ranks = dict(Rank.objects.filter(submission=current).values_list("member_id", "rank"))
    assert [ranks[row.member_id] for row in placed] in orders
    assert Rank.objects.count() == 3 * Submission.objects.count()
    if len(set(keys)) == 1:
        assert Submission.objects.count() == 1
        assert {reply.status_code for reply in replies} == {200}
    else:
        # Whoever comes second is told that an answer is there, and overwrites nothing unseen.
        assert [reply.status_code for reply in replies].count(200) == Submission.objects.count() == 1
