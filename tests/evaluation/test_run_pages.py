"""Pages of runs: made with an estimate, watched, steered, read call by call."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluation.models import Endpoint, Response, ResponseRevision, Run, RunItem, RunSystem
from evaluation.providers.outcomes import Fault, Outcome
from evaluation.services import runs
from projects.models import Job, Project
from tests.evaluation import worlds

pytestmark = pytest.mark.django_db
LIVE = {"HX-Request": "true", "HX-Target": "run-live"}
ANSWER = Outcome(text="I hear you.", reasoning="They sound sad.", tokens_in=12, tokens_out=8, status=200)
BAD = Outcome(fault=Fault.BAD_REQUEST, words="Unsupported value: temperature", status=400)


@pytest.fixture(autouse=True)
def this_machine(settings: Any) -> None:
    """Let endpoints lie on this machine."""
    settings.CONCORD_PRIVATE_ENDPOINTS = True


@pytest.fixture
def project() -> Project:
    return worlds.project_named()


@pytest.fixture
def manager(project: Project) -> Client:
    return worlds.client_of("manager", project)


def endpoint(project: Project, **values: Any) -> Endpoint:
    priced = {"price_in": 1, "price_out": 2, "currency": "USD"}
    return worlds.endpoint_at("http://127.0.0.1:9/v1", project, **priced | values)


def started(project: Project, count: int = 4, names: tuple[str, ...] = ("One", "Two"), **values: Any) -> Run:
    server = endpoint(project, **values)
    chosen = [worlds.system_at(server, project, name) for name in names]
    return worlds.started(project, worlds.questions(project, count), *chosen)


def words_of(response: Any) -> str:
    """Return a page's text in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def asked(queries: Any) -> int:
    return len([query for query in queries if "django_session" not in query["sql"]])


def draft(manager: Client, project: Project, **more: Any) -> Any:
    """Send the form of a new run."""
    systems = [system.pk for system in project.systems.all()]
    dataset = project.datasets.get()
    sent = {
        "client_key": "one-press", "name": "Evening", "purpose": "answer", "systems": systems, "dataset": dataset.pk,
        "rounds": 2, "time_budget": 60,
    }  # fmt: skip
    return manager.post("/p/care/runs/new/", sent | more)


def test_a_run_is_a_draft_until_its_estimate_was_seen(manager: Client, project: Project) -> None:
    worlds.system_at(endpoint(project), project)
    worlds.questions(project, 5)
    response = draft(manager, project)
    run = Run.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/p/care/runs/{run.pk}/")
    waiting = manager.get(f"/p/care/runs/{run.pk}/")
    assert 'hx-trigger="every 1s"' in waiting.content.decode()
    assert "Start the run" not in words_of(waiting)
    worlds.estimate(run)
    # The whole page is loaded again: the button to start comes with the estimate.
    fragment = manager.get(f"/p/care/runs/{run.pk}/?was=draft", headers=LIVE)
    assert (fragment.content, fragment["HX-Refresh"]) == (b"", "true")
    # "Be kind." and "Question n?" take 2 and 3 tokens, each message 4 more; 200 is the limit of an answer.
    assert run.estimate == {
        "items": 5, "calls": 10, "existing": 0, "tokens_in": 130, "tokens_out": 2000, "unpriced": 0,
        "cost": {"USD": "0.00413000"}, "most": {"USD": "0.00413000"},
    }  # fmt: skip
    assert figures(manager.get(f"/p/care/runs/{run.pk}/")) == [
        ("calls", "10"), ("tokens sent, about", "130"), ("tokens received, about", "2,000"), ("USD, about", "0.0041"),
    ]  # fmt: skip
    assert not RunItem.objects.exists()


def figures(response: Any) -> list[tuple[str, str]]:
    """Return the names and values of a page's key figures."""
    return re.findall(r'<div class="key-figure"><dt>(.*?)</dt><dd>(.*?)</dd>', response.content.decode())


def test_pressing_twice_makes_one_run(manager: Client, project: Project) -> None:
    worlds.system_at(endpoint(project), project)
    worlds.questions(project, 1)
    assert draft(manager, project)["Location"] == draft(manager, project)["Location"]
    assert Run.objects.count() == Job.objects.filter(kind="estimate_run").count() == 1


def test_what_is_wrong_with_a_run_stands_beside_it_and_nothing_typed_is_lost(manager: Client, project: Project) -> None:
    worlds.system_at(endpoint(project), project)
    worlds.questions(project, 1)
    response = draft(manager, project, dataset="", name="Late evening", sample_size=3)
    assert response.status_code == 422
    assert response.context["form"].errors["dataset"] == ["Choose a data set or a study, one of them."]
    assert 'value="Late evening"' in response.content.decode()
    assert 'class="fold" open' in response.content.decode()


def test_without_a_system_the_page_says_what_a_run_needs(manager: Client, project: Project) -> None:
    assert "No system can be asked yet" in words_of(manager.get("/p/care/runs/new/"))


def test_a_run_is_started_paused_resumed_and_cancelled(manager: Client, project: Project) -> None:
    server = endpoint(project)
    worlds.questions(project, 3)
    worlds.system_at(server, project)
    draft(manager, project)
    run = Run.objects.get()
    worlds.estimate(run)
    act = lambda verb, **more: manager.post(f"/p/care/runs/{run.pk}/act/", {"do": verb, **more})  # noqa: E731  short
    assert act("start").status_code == 302
    run.refresh_from_db()
    assert run.state == Run.State.QUEUED
    worlds.prepare(run)
    states = []
    for verb in ("pause", "resume", "cancel", "resume", "unknown"):
        act(verb)
        run.refresh_from_db()
        states.append(run.state)
    assert states == ["paused", "running", "cancelled", "running", "running"]
    assert "Nothing was done: the page asked for something unknown." in words_of(manager.get(f"/p/care/runs/{run.pk}/"))


def test_a_draft_is_thrown_away_and_a_run_is_not(manager: Client, project: Project) -> None:
    run = started(project, 1)
    manager.post(f"/p/care/runs/{run.pk}/act/", {"do": "delete"})
    assert Run.objects.count() == 1
    draft(manager, project, client_key="two")
    newest = Run.objects.latest("pk")
    assert manager.post(f"/p/care/runs/{newest.pk}/act/", {"do": "delete"})["Location"] == "/p/care/runs/"
    assert list(Run.objects.all()) == [run]


def test_the_live_page_tells_each_systems_part_with_cost_and_errors_by_cause(manager: Client, project: Project) -> None:
    run = started(project)
    worlds.settle(run, ANSWER, ANSWER, ANSWER, BAD)
    response = manager.get(f"/p/care/runs/{run.pk}/?was=running", headers=LIVE)
    rows = {row.part.system_version.system.name: row for row in response.context["picture"].rows}
    assert {name: (row.waiting, row.done, row.failed, row.part.calls) for name, row in rows.items()} == {
        "One": (2, 2, 0, 2),
        "Two": (2, 1, 1, 2),
    }
    assert rows["One"].bars == [("done", "0.00", "50.00")]
    assert rows["Two"].bars == [("done", "0.00", "25.00"), ("failed", "25.00", "25.00")]
    # 3 x (12 x 1 + 8 x 2) millionths; the refused call was not counted by the server.
    assert [(currency, str(amount)) for currency, amount in response.context["picture"].cost] == [("USD", "0.00008400")]
    (cause,) = response.context["causes"]
    assert (cause.fault, cause.failed, cause.waiting) == ("bad_request", 1, 0)
    assert [attempt.error_words for attempt in cause.examples] == ["Unsupported value: temperature"]
    page = words_of(response)
    assert "The server refused the request" in page
    assert "1 call failed" in page
    assert not response.content.decode().lstrip().startswith("<!doctype")


def test_time_left_and_speed_follow_from_the_latest_calls(manager: Client, project: Project) -> None:
    run = started(project, 10, ("One",))
    now = timezone.now()
    RunItem.objects.update(next_attempt_at=now - timedelta(seconds=9))
    for seconds in (8, 6, 4):
        worlds.settle(run, ANSWER, now=now - timedelta(seconds=seconds))
    (row,) = manager.get(f"/p/care/runs/{run.pk}/").context["picture"].rows
    # Three calls in 8 s: 24 tokens, and 7 calls left.
    assert row.tokens_per_second == pytest.approx(3.0, rel=0.05)
    assert row.seconds_left == pytest.approx(7 * 8 / 3, rel=0.05)


def test_failed_calls_are_tried_again_by_cause_and_a_system_is_left_out(manager: Client, project: Project) -> None:
    run = started(project)
    worlds.settle(run, BAD, BAD, Outcome(fault=Fault.TOO_LONG, words="Too long", status=400))
    address = f"/p/care/runs/{run.pk}/act/"
    manager.post(address, {"do": "retry", "fault": "too_long"})
    assert RunItem.objects.filter(state="failed").count() == 2
    part = RunSystem.objects.order_by("pk")[1]
    manager.post(address, {"do": "leave_out", "part": part.pk})
    left = RunItem.objects.filter(system_version=part.system_version, state="queued").count()
    assert (left, RunItem.objects.filter(error_class="left_out").count()) == (0, 3)
    manager.post(address, {"do": "retry"})
    assert RunItem.objects.filter(state="queued").count() == 8


def test_filling_adds_only_what_is_missing(manager: Client, project: Project) -> None:
    run = started(project, 2, ("One",))
    worlds.settle(run, ANSWER, ANSWER)
    assert run.state == Run.State.DONE
    batch = project.datasets.get().batches.get()
    from projects.models import Item, ItemRevision

    item = Item.objects.create(dataset=batch.dataset, batch=batch, external_id="late", position=9, kind="question")
    item.current = ItemRevision.objects.create(item=item, text="And now?", language="en", content_hash="y")
    item.save()
    manager.post(f"/p/care/runs/{run.pk}/act/", {"do": "fill"})
    worlds.prepare(run)
    assert run.state == Run.State.RUNNING
    assert list(RunItem.objects.filter(state="queued").values_list("revision__item__external_id", flat=True)) == [
        "late"
    ]


def test_a_stopped_endpoint_is_told_in_plain_words_and_the_admin_lets_calls_through(
    manager: Client, project: Project
) -> None:
    run = started(project, 3, ("One",))
    worlds.settle(run, Outcome(fault=Fault.UNPAID, words="You have no credit left.", status=402))
    page = words_of(manager.get(f"/p/care/runs/{run.pk}/"))
    assert "Nothing is sent to Server." in page
    assert "The account at the provider is empty or over its quota" in page
    assert "You have no credit left." in page
    assert "Open the endpoint" not in page
    admin = worlds.client_of("admin", project)
    server = Endpoint.objects.get()
    assert "Open the endpoint" in words_of(admin.get(f"/p/care/runs/{run.pk}/"))
    assert "Let calls through again" in words_of(admin.get(f"/endpoints/{server.pk}/"))
    admin.post(f"/endpoints/{server.pk}/close/")
    server.refresh_from_db()
    assert (server.circuit_since, server.circuit_reason) == (None, "")
    assert "Nothing is sent to Server." not in words_of(manager.get(f"/p/care/runs/{run.pk}/"))


def test_silence_of_the_workers_is_noticed(manager: Client, project: Project) -> None:
    run = started(project, 1)
    silent = "no worker has taken any for a while"
    assert silent not in words_of(manager.get(f"/p/care/runs/{run.pk}/"))
    RunItem.objects.update(next_attempt_at=timezone.now() - timedelta(minutes=1))
    assert silent in words_of(manager.get(f"/p/care/runs/{run.pk}/"))


def test_a_preparation_that_failed_is_told_with_its_reason(manager: Client, project: Project) -> None:
    run = started(project, 1)
    runs.fill(run, actor=None)
    Job.objects.filter(kind="prepare_run", state="queued").update(state="failed", message="The disk is full.")
    assert "The calls could not all be prepared. The disk is full." in words_of(manager.get(f"/p/care/runs/{run.pk}/"))


def test_calls_are_found_by_state_error_and_system(manager: Client, project: Project) -> None:
    run = started(project)
    worlds.settle(run, ANSWER, BAD)
    one, two = RunSystem.objects.order_by("pk")

    def listed(query: str) -> list[tuple[str, str]]:
        rows = manager.get(f"/p/care/runs/{run.pk}/calls/{query}").context["rows"]
        return [(row.item, str(words)) for row, _badge, _state, words in rows]

    assert listed("?state=done") == [("q0", "")]
    assert listed(f"?fault=bad_request&system={two.system_version_id}") == [("q0", "The server refused the request")]
    assert listed(f"?fault=bad_request&system={one.system_version_id}") == []
    assert len(listed("")) == 8
    assert manager.get(f"/p/care/runs/{run.pk}/calls/?state=nonsense").status_code == 422


def test_one_call_shows_what_was_sent_and_every_attempt(manager: Client, project: Project) -> None:
    run = started(project, 1, ("One",))
    busy = Outcome(fault=Fault.SERVER, words="Upstream is down", status=502)
    worlds.settle(run, busy)
    RunItem.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    worlds.settle(run, ANSWER)
    row = RunItem.objects.get()
    page = manager.get(f"/p/care/runs/{run.pk}/calls/{row.pk}/")
    assert [message["content"] for message in page.context["sent"]] == ["Be kind.", "Question 0?"]
    assert [(attempt.number, attempt.status) for attempt, _ in page.context["tries"]] == [(2, 200), (1, 502)]
    text = words_of(page)
    for words in ("I hear you.", "They sound sad.", "Upstream is down", "The server had a fault of its own"):
        assert words in text


def test_a_redacted_response_is_shown_as_it_was_redacted(manager: Client, project: Project) -> None:
    run = started(project, 1, ("One",))
    worlds.settle(run, Outcome(text="Call Ada.", status=200))
    response = Response.objects.get()
    response.current = ResponseRevision.objects.create(response=response, text="Call [name].", reason="a name")
    response.save()
    page = words_of(manager.get(f"/p/care/runs/{run.pk}/calls/{RunItem.objects.get().pk}/"))
    assert ("Call [name]." in page, "Call Ada." in page) == (True, False)


@pytest.mark.parametrize("name", ["runs/", "systems/", "prompts/"])
def test_lists_ask_the_database_as_often_for_three_rows_as_for_one(
    manager: Client, project: Project, name: str
) -> None:
    counts = []
    server = endpoint(project)
    dataset = worlds.questions(project, 2)
    for n in (1, 2, 3):
        prompt = worlds.prompt_for(project, name=f"Ask {n}")
        system = worlds.system_at(server, project, f"S{n}", prompt=prompt)
        runs.create(project=project, name=f"R{n}", purpose="answer", systems=[system], dataset=dataset, actor=None)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            page = manager.get(f"/p/care/{name}")
        assert len(page.context["page_obj"].object_list) == n
        counts.append(asked(seen.captured_queries))
    assert counts[0] == counts[2]


def test_the_live_page_asks_as_often_for_many_systems_as_for_one(manager: Client, project: Project) -> None:
    counts = []
    for names in (("One",), ("Three", "Four", "Five")):
        server = endpoint(project, name=f"Server of {len(names)}")
        chosen = [worlds.system_at(server, project, name) for name in names]
        dataset = worlds.questions(project, 4, slug=f"d{len(names)}")
        run = worlds.started(project, dataset, *chosen)
        worlds.settle(run, ANSWER, *[BAD] * len(names))
        with CaptureQueriesContext(connection) as seen:
            manager.get(f"/p/care/runs/{run.pk}/")
        counts.append(asked(seen.captured_queries))
    assert counts[0] == counts[1]
