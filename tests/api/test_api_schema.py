"""The description of the API: whole, without warnings, and true, as far as made-up requests can tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
import yaml
from django.core.cache import cache
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from role_world import World
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from projects.services import tokens

pytestmark = pytest.mark.long

EXAMPLES = 10


def document(client: Any) -> dict[str, Any]:
    """Return the description as it is served."""
    reply = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    found: dict[str, Any] = reply.json()
    return found


def test_schema_is_made_without_warnings(tmp_path, capsys) -> None:
    target = tmp_path / "schema.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(target))
    assert yaml.safe_load(target.read_text())["info"]["title"] == "Concord"
    assert capsys.readouterr().err == ""


def test_schema_is_served_in_both_forms_to_whoever_is_logged_in(world: World) -> None:
    client = world.client("nobody")
    served = yaml.safe_load(client.get("/api/v1/schema/").content)
    assert served == document(client)
    assert world.client("anonymous").get("/api/v1/schema/").status_code == 401


def test_every_operation_says_what_an_error_looks_like(world: World) -> None:
    paths = document(world.client("nobody"))["paths"]
    shapes = {
        operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"]
        for path in paths.values()
        for method, operation in path.items()
        if method != "parameters"
    }
    assert shapes == {"#/components/schemas/Error"}


@pytest.fixture
def known(world: World) -> dict[str, Any]:
    """What addresses are filled in with, so that made-up requests get past the first door."""
    here = world.here
    return {
        "project": here.project.slug,
        "dataset": here.dataset.slug,
        "batch": here.batch.pk,
        "token": here.held.token,
        "key": "final",
    }


def made_up(case: Any, world: World, known: dict[str, Any]) -> None:
    """Put real ids into a made-up request."""
    own = "/rating/" in case.operation.path
    study = world.here.study
    real = {**known, "study": study.token if own else study.slug}
    case.path_parameters = {name: real[name] for name in case.path_parameters or {}}


@contextmanager
def one_connection() -> Iterator[None]:
    """Keep requests from closing the connection to the database, which here is the test's own.

    Django's test client does so for itself, and switches it on again after each request.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_no_made_up_request_breaks_the_server(world: World, known: dict[str, Any]) -> None:
    """Every operation, valid and invalid bodies: never a 5xx, and each answer is one the description knows."""
    config = SchemathesisConfig()
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    config.projects.default.generation.update(modes=modes)
    schema = schemathesis.openapi.from_dict(document(world.client("nobody")), config=config)
    schema.app = get_wsgi_application()
    keys = {who: tokens.make(world.people[who]) for who in ("manager", "rater")}
    tried = 0
    with one_connection():
        for result in schema.get_all_operations():
            operation = result.ok()
            if not operation.path.endswith("/token/"):
                key = keys["rater" if "/rating/" in operation.path else "manager"]
                tried += try_out(operation, world, known, {"Authorization": f"Token {key}"})
    assert tried >= 100


def try_out(operation: Any, world: World, known: dict[str, Any], headers: dict[str, str]) -> int:
    """Send made-up requests to one operation; returns how many. Each leaves nothing behind."""
    sent = []

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        made_up(case, world, known)
        cache.clear()
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        sent.append(response.status_code)
        case.validate_response(
            response, checks=[not_a_server_error, content_type_conformance,
                              response_schema_conformance, status_code_conformance],
        )  # fmt: skip

    send()
    return len(sent)
