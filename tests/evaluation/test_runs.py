"""Runs, from their start to the last response, against a scripted server."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from benchmarks.chat_server import Say
from evaluation.models import Attempt, Response, Run, RunItem, RunSystem
from tests.evaluation import worlds

pytestmark = pytest.mark.django_db(transaction=True)


def states(run: Run) -> dict[str, int]:
    return dict(Counter(RunItem.objects.filter(run=run).values_list("state", flat=True)))


def test_every_row_is_asked_once_and_its_response_kept(chat: Any, engine: Any) -> None:
    server = chat()
    project = worlds.project_named()
    endpoint = worlds.endpoint_at(server.url, project, max_in_flight=4, price_in=1, price_out=2, currency="USD")
    run = worlds.started(
        project,
        worlds.questions(project, 5),
        *(worlds.system_at(endpoint, project, name) for name in ("One", "Two")),
        rounds=2,
    )
    engine.drain()
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert states(run) == {"done": 20}
    assert server.total == 20
    assert server.most <= 4
    assert Response.objects.count() == Attempt.objects.count() == 20
    assert Response.objects.filter(text="two on Question 3?").count() == 2
    part = RunSystem.objects.filter(run=run).first()
    assert part is not None
    assert (part.calls, part.tokens_in, part.tokens_out) == (10, 120, 80)
    assert part.cost == Decimal("0.00028")


def test_a_body_that_breaks_off_is_asked_for_again(chat: Any, engine: Any) -> None:
    server = chat(lambda request, times: Say(text="Whole.", cut=times == 1))
    project = worlds.project_named()
    endpoint = worlds.endpoint_at(server.url, project)
    run = worlds.started(project, worlds.questions(project, 2), worlds.system_at(endpoint, project))
    engine.drain()
    assert (states(run), server.total) == ({"done": 2}, 4)
    assert list(Attempt.objects.order_by("number").values_list("number", "error_class")) == [
        (1, "connection"), (1, "connection"), (2, ""), (2, ""),
    ]  # fmt: skip
    assert set(Response.objects.values_list("text", flat=True)) == {"Whole."}


def test_a_slow_refusal_is_asked_again_by_the_same_task(chat: Any, engine: Any) -> None:
    # While the only call is in flight nothing waits; that it fails must count as something to wait for.
    server = chat(lambda request, times: Say(text="Busy." if times == 1 else "Here.", status=500 if times == 1 else 200,
                                             delay=0.4))  # fmt: skip
    project = worlds.project_named()
    run = worlds.started(
        project, worlds.questions(project, 1), worlds.system_at(worlds.endpoint_at(server.url, project), project)
    )
    engine.drain()
    assert (states(run), server.total) == ({"done": 1}, 2)
