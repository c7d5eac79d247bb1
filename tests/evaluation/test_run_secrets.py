"""A canary: the keys of endpoints, sent to a server that echoes them wherever it can, and then looked for."""

from __future__ import annotations

import logging
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.views.debug import ExceptionReporter

from benchmarks.chat_server import Say
from evaluation.models import Attempt, Endpoint, Run, RunItem
from evaluation.providers import keys
from evaluation.providers.client import Target
from evaluation.services import endpoints
from projects.models import Job, Project
from projects.services import jobs
from tests.evaluation import worlds

pytestmark = pytest.mark.django_db(transaction=True)
# One as a large provider writes them, one that looks like nothing in particular.
STORED, IN_ENVIRONMENT = "sk-canary-0123456789abcdef", "yellow.canary.in.the.mine"
KEYS = {"stored": STORED, "environment": IN_ENVIRONMENT}


def echo(request: dict[str, Any], _times: int) -> Say:
    """Say the caller's key wherever a server can say anything."""
    key = KEYS[request["model"].split("/")[0]]
    question = request["messages"][-1]["content"]
    if "0" in question:
        return Say(text=f"Incorrect API key provided: {key}", status=400, extra={"code": key})
    if "1" in question:
        return Say(body=f"<html>{key}</html>".encode())
    if "2" in question:
        return Say(body=b'{"error": "Authorization: Bearer ' + key.encode() + b'"}')
    extra = {"reasoning_content": f"The header was Bearer {key}", "refusal": key}
    return Say(text=f"Your key is {key}.", finish=f"stop {key}", extra=extra, headers={"x-key": key})


@pytest.fixture
def project(settings: Any) -> Project:
    settings.CONCORD_ENDPOINT_KEYS = {"CONCORD_KEY_CANARY": IN_ENVIRONMENT}
    settings.CONCORD_PRIVATE_ENDPOINTS = True
    return worlds.project_named()


def ask(project: Project, url: str) -> Run:
    """A run over four questions at two endpoints, each with a key of its own."""
    one = worlds.endpoint_at(url, project, name="Stored", key=STORED)
    two = worlds.endpoint_at(url, project, name="Environment", key_env="CONCORD_KEY_CANARY")
    chosen = [
        worlds.system_at(one, project, "Stored", model_id="stored/a"),
        worlds.system_at(two, project, "Environment", model_id="environment/b"),
    ]
    return worlds.started(project, worlds.questions(project, 4), *chosen, time_budget=1)


def leaks(text: str) -> list[str]:
    return [name for name, key in KEYS.items() if key in text]


def pages(project: Project, run: Run) -> list[str]:
    """Every address on which something of an endpoint or a call is shown."""
    found = ["/endpoints/", "/endpoints/new/", "/p/care/audit/"]
    found += [
        f"/endpoints/{pk}/{tail}" for pk in Endpoint.objects.values_list("pk", flat=True) for tail in ("", "edit/")
    ]
    found += [f"/p/care/{tail}" for tail in ("systems/", "systems/stored/", "prompts/", "prompts/answer/", "runs/")]
    found += [f"/p/care/runs/{run.pk}/", f"/p/care/runs/{run.pk}/calls/"]
    return found + [f"/p/care/runs/{run.pk}/calls/{pk}/" for pk in RunItem.objects.values_list("pk", flat=True)]


def test_no_key_is_in_a_log_a_page_or_a_dump(chat: Any, engine: Any, project: Project, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    server = chat(echo)
    run = ask(project, server.url)
    Run.objects.filter(pk=run.pk).update(retry_until=run.started_at)
    engine.drain()
    # They were really sent, and the server really said them.
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {key}" for key in KEYS.values()}
    assert RunItem.objects.filter(state="done").count() == 2
    assert sorted(set(Attempt.objects.values_list("error_class", flat=True))) == ["", "bad_request", "garbled"]
    assert Attempt.objects.filter(text="Your key is [key].").count() == 2
    for endpoint in Endpoint.objects.all():
        endpoints.ask_for_test(endpoint, model_id=f"{endpoint.name.lower()}/c", actor=None)  # type: ignore[arg-type]
    for job in Job.objects.filter(kind="test_endpoint"):
        jobs.run(job.pk)
    dump = StringIO()
    call_command("dumpdata", stdout=dump)
    assert len(dump.getvalue()) > 10_000
    assert leaks(dump.getvalue()) == []
    assert leaks(caplog.text) == []
    for client in (worlds.client_of("admin", project), worlds.client_of("manager", project)):
        for address in pages(project, run):
            assert leaks(client.get(address).content.decode()) == [], address


def test_no_key_is_in_the_report_of_an_error(project: Project, monkeypatch: Any) -> None:
    reports: list[str] = []

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("The disk is full.")

    def keep(sender: Any, request: Any, **_more: Any) -> None:
        import sys

        reporter = ExceptionReporter(request, *sys.exc_info())
        reports.extend((reporter.get_traceback_html(), reporter.get_traceback_text()))

    from django.core.signals import got_request_exception

    monkeypatch.setattr("evaluation.services.endpoints.record", fail)
    got_request_exception.connect(keep)
    client = worlds.client_of("admin", project)
    client.raise_request_exception = False
    sent = {"name": "C", "base_url": "http://127.0.0.1:9/v1", "max_in_flight": 1, "timeout_seconds": 9, "key": STORED}
    try:
        response = client.post("/endpoints/new/", sent)
    finally:
        got_request_exception.disconnect(keep)
    assert response.status_code == 500
    assert [("The disk is full." in report, leaks(report)) for report in reports] == [(True, []), (True, [])]
    assert leaks(response.content.decode()) == []


def test_a_target_does_not_print_its_key() -> None:
    assert repr(Target("http://a/v1", STORED, 5.0)) == "Target('http://a/v1')"


def test_a_changed_secret_asks_for_the_key_again(settings: Any) -> None:
    sealed = keys.seal(STORED)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret that is long enough"
    assert keys.unseal(sealed) == STORED
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(keys.KeyMissing) as error:
        keys.unseal(sealed)
    assert str(error.value) == "The stored key cannot be read: the site's secret has changed. Enter the key again."


def test_only_variables_that_begin_as_agreed_are_keys(monkeypatch: Any) -> None:
    from config.settings import env

    for name in ("CONCORD_KEY_A", "CONCORD_SECRET_KEY", "OPENAI_API_KEY", "CONCORD_KEYS"):
        monkeypatch.setenv(name, "1")
    assert env.beginning("CONCORD_KEY_A") == {"CONCORD_KEY_A": "1"}
    assert {"CONCORD_SECRET_KEY", "OPENAI_API_KEY", "CONCORD_KEYS"} & env.beginning("CONCORD_KEY_").keys() == set()


def test_the_page_of_an_endpoint_gives_the_browser_no_key_to_keep(project: Project) -> None:
    endpoint = worlds.endpoint_at("http://127.0.0.1:9/v1", project, key=STORED)
    client = worlds.client_of("admin", project)
    response = client.get(f"/endpoints/{endpoint.pk}/edit/")
    assert 'type="password"' in response.content.decode()
    assert leaks(response.content.decode() + str(response.headers) + str(client.cookies)) == []
