"""Every kind of error, from a server that other people wrote; its journal says how many calls were made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from evaluation.models import Attempt, Endpoint, Response, Run, RunItem
from tests.evaluation import worlds
from tests.evaluation.mocked import error, fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def world(url: str, texts: list[str], **values: Any) -> Run:
    """A started run of one system over these questions."""
    project = worlds.project_named()
    dataset = worlds.questions(project, len(texts))
    for item, text in zip(dataset.items.order_by("position"), texts, strict=True):
        item.current.text = text
        item.current.save()
    endpoint = worlds.endpoint_at(url, project, **values)
    return worlds.started(project, dataset, worlds.system_at(endpoint, project))


def rows(run: Run) -> dict[str, tuple[str, str, int]]:
    """State, error and number of attempts by question."""
    found = RunItem.objects.filter(run=run).values_list("revision__text", "state", "error_class", "attempts")
    return {text: (state, fault, attempts) for text, state, fault, attempts in found}


def attempts(text: str) -> list[Attempt]:
    return list(Attempt.objects.filter(run_item__revision__text=text).order_by("number"))


def test_errors_that_stay_fail_at_once_with_the_servers_words(mocked: Any, engine: Any) -> None:
    server = mocked(
        [
            fixture("a plain one", {"content": "A plain answer."}),
            fixture("a bad one", error(400, "Unsupported value: temperature")),
            fixture("a forbidden one", error(403, "Not in your region")),
            fixture("a long one", error(400, "Too many tokens", "context_length_exceeded")),
            fixture("an odd one", error(422, "No such field")),
        ]
    )
    run = world(server.url, ["a plain one", "a bad one", "a forbidden one", "a long one", "an odd one"])
    engine.drain()
    assert rows(run) == {
        "a plain one": ("done", "", 1),
        "a bad one": ("failed", "bad_request", 1),
        "a forbidden one": ("failed", "forbidden", 1),
        "a long one": ("failed", "too_long", 1),
        "an odd one": ("failed", "bad_request", 1),
    }
    assert attempts("a bad one")[0].error_words == "Unsupported value: temperature"
    assert set(server.calls().values()) == {1}
    run.refresh_from_db()
    assert run.state == Run.State.DONE


def test_errors_that_pass_are_asked_again_until_they_do(mocked: Any, engine: Any) -> None:
    texts = ["busy", "broken", "gateway", "conflict", "late", "upstream", "overtime"]
    statuses = dict(zip(texts, (429, 500, 503, 409, 408, 502, 504), strict=True))
    fixtures = [fixture(text, error(statuses[text], "Not now"), nth=0) for text in texts]
    fixtures += [fixture(text, {"content": f"Answer to {text}"}) for text in texts]
    server = mocked(fixtures)
    run = world(server.url, texts)
    engine.drain()
    assert {text: (state, tries) for text, (state, _, tries) in rows(run).items()} == dict.fromkeys(texts, ("done", 2))
    assert server.calls() == dict.fromkeys(texts, 2)
    assert {row.error_class for text in texts for row in attempts(text)} == {
        "", "rate_limited", "server_error", "conflict", "timeout",
    }  # fmt: skip
    assert Response.objects.filter(text="Answer to busy").count() == 1


def test_retry_after_is_kept_to_by_the_whole_endpoint(mocked: Any, engine: Any) -> None:
    server = mocked(
        [
            fixture("limited", error(429, "Slow down", retryAfter=2), nth=0),
            fixture("limited", {"content": "Now."}),
        ]
    )
    run = world(server.url, ["limited", "limited too"], max_in_flight=1)
    engine.drain()
    first, second = attempts("limited")
    pause = (second.started_at - first.started_at).total_seconds()
    assert (first.status, first.error_class) == (429, "rate_limited")
    assert 2.0 <= pause < 3.5
    other = attempts("limited too")[0]
    assert (other.started_at - first.started_at).total_seconds() >= 2.0
    run.refresh_from_db()
    assert run.state == Run.State.DONE


def test_a_retry_after_of_minutes_is_not_cut_short(mocked: Any, engine: Any) -> None:
    server = mocked([fixture("limited", error(429, "Tomorrow", retryAfter=3600))])
    run = world(server.url, ["limited"])
    engine.drain()
    row = RunItem.objects.get(run=run)
    assert row.state == RunItem.State.QUEUED
    assert row.next_attempt_at > timezone.now() + timedelta(minutes=59)
    assert server.calls() == {"limited": 1}


@pytest.mark.parametrize(("chaos", "fault"), [({"malformedRate": 1}, "garbled"), ({"disconnectRate": 1}, "connection")])
def test_damaged_answers_count_as_the_transports_fault(
    mocked: Any, engine: Any, chaos: dict[str, int], fault: str
) -> None:
    server = mocked([fixture("odd", {"content": "x"}, chaos=chaos), fixture("plain", {"content": "Yes."})])
    run = world(server.url, ["odd", "plain"])
    Run.objects.filter(pk=run.pk).update(retry_until=timezone.now() + timedelta(seconds=1))
    engine.drain()
    assert rows(run)["plain"] == ("done", "", 1)
    state, found, tries = rows(run)["odd"]
    assert (state, found) == ("failed", fault)
    assert tries >= 2
    assert server.calls()["odd"] == tries == len(attempts("odd"))


def test_a_slow_answer_is_given_up_after_the_endpoints_seconds(mocked: Any, engine: Any) -> None:
    server = mocked([fixture("slow", {"content": "At last."})], "--chaos-latency", "3000")
    run = world(server.url, ["slow"], timeout_seconds=1)
    Run.objects.filter(pk=run.pk).update(retry_until=timezone.now())
    engine.drain()
    assert rows(run) == {"slow": ("failed", "timeout", 1)}
    assert attempts("slow")[0].latency_ms in range(1000, 2500)


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        (401, "invalid_api_key", "unauthorized"),
        (402, "", "unpaid"),
        (404, "model_not_found", "not_found"),
        (429, "insufficient_quota", "unpaid"),
    ],
)
def test_what_would_fail_every_row_opens_the_circuit_instead(
    mocked: Any, engine: Any, status: int, code: str, fault: str
) -> None:
    server = mocked([fixture("question", error(status, "The server says why", code))])
    run = world(server.url, [f"question {n}" for n in range(30)], max_in_flight=3)
    engine.drain()
    run.refresh_from_db()
    endpoint = Endpoint.objects.get()
    assert endpoint.circuit_reason == f"{fault}: The server says why"
    assert run.state == Run.State.RUNNING
    assert RunItem.objects.filter(run=run, state="queued").count() == 30
    assert len(server.journal()) <= 3
    assert engine.drain() is False
    assert len(server.journal()) <= 3


def test_what_the_server_thinks_is_kept_apart_and_why_it_stopped_is_kept(mocked: Any, engine: Any) -> None:
    server = mocked(
        [
            fixture("think", {"content": "Said.", "reasoning": "Thought."}),
            fixture("long", {"content": "Half a sent", "finishReason": "length"}),
            fixture("cut off", {"content": "I would", "finishReason": "content_filter"}),
        ]
    )
    world(server.url, ["think", "long", "cut off"])
    engine.drain()
    said, cut = attempts("think")[0], attempts("long")[0]
    assert (said.text, said.reasoning) == ("Said.", "Thought.")
    assert cut.finish_reason == Response.objects.get(text="Half a sent").finish_reason == "length"
    assert Response.objects.get(text="I would").finish_reason == "content_filter"
    assert not Response.objects.filter(text__contains="Thought").exists()


def test_parameters_are_sent_as_the_system_names_them(mocked: Any, engine: Any) -> None:
    server = mocked([fixture("question", {"content": "Yes."})])
    run = world(server.url, ["question"])
    engine.drain()
    body = server.journal()[0]["body"]
    assert {key: body[key] for key in ("model", "temperature", "top_p", "max_tokens")} == {
        "model": "tiny", "temperature": 1.0, "top_p": 1.0, "max_tokens": 200,
    }  # fmt: skip
    assert body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "question"},
    ]
    assert attempts("question")[0].parameters == {"model": "tiny", **worlds.PARAMETERS}
    assert run.items.get().tries.get().prompt_hash != ""
