"""Pages of systems and of endpoints: versions, parameters, the connection test, the key that nobody sees again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evaluation.models import Endpoint, System
from projects.models import Job, Project
from tests.evaluation import worlds

pytestmark = pytest.mark.django_db


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


@pytest.fixture
def admin(project: Project) -> Client:
    return worlds.client_of("admin", project)


def filled(endpoint: Endpoint, prompt: Any, **changes: Any) -> dict[str, Any]:
    sent = {
        "name": "Small", "kind": "model", "role": "base", "endpoint": endpoint.pk, "model_id": "small-1",
        "prompt": prompt.version.pk, "temperature": "0.7", "top_p": "1", "max_tokens": "300",
        "max_name": "max_tokens", "seed": "7", "stop": "END\r\n###",
    }  # fmt: skip
    return sent | changes


def test_a_system_names_every_parameter_and_sends_no_other(manager: Client, project: Project) -> None:
    endpoint, prompt = worlds.endpoint_at("http://127.0.0.1:9/v1", project), worlds.prompt_for(project)
    assert manager.post("/p/care/systems/new/", filled(endpoint, prompt)).status_code == 302
    assert System.objects.get().in_force.parameters == {
        "temperature": 0.7, "top_p": 1.0, "max_tokens": 300, "seed": 7, "stop": ["END", "###"],
    }  # fmt: skip
    sent = filled(endpoint, prompt, name="Newer", max_name="max_completion_tokens", seed="", stop="", top_p="")
    manager.post("/p/care/systems/new/", sent)
    assert System.objects.get(name="Newer").in_force.parameters == {"temperature": 0.7, "max_completion_tokens": 300}


def test_what_an_endpoint_does_not_understand_is_refused_with_a_reason(manager: Client, project: Project) -> None:
    endpoint = worlds.endpoint_at("http://127.0.0.1:9/v1", project, capabilities=["system_role"])
    page = manager.post("/p/care/systems/new/", filled(endpoint, worlds.prompt_for(project), max_tokens=""))
    assert page.status_code == 422
    assert page.context["form"].errors == {
        "max_tokens": ["Say how many tokens an answer may have."],
        "seed": ["The endpoint is not marked as understanding this."],
    }


def test_a_system_that_was_asked_gets_a_new_version(manager: Client, project: Project) -> None:
    endpoint, prompt = worlds.endpoint_at("http://127.0.0.1:9/v1", project), worlds.prompt_for(project)
    manager.post("/p/care/systems/new/", filled(endpoint, prompt))
    manager.post("/p/care/systems/small/edit/", filled(endpoint, prompt, model_id="small-2"))
    system = System.objects.get()
    assert list(system.versions.values_list("number", "model_id")) == [(1, "small-2")]
    worlds.started(project, worlds.questions(project, 1), system)
    manager.post("/p/care/systems/small/edit/", filled(endpoint, prompt, model_id="small-2", name="Small one"))
    assert system.versions.count() == 1
    manager.post("/p/care/systems/small/edit/", filled(endpoint, prompt, model_id="small-3"))
    assert list(system.versions.order_by("number").values_list("model_id", flat=True)) == ["small-2", "small-3"]


def test_versions_of_a_system_come_in_pages(manager: Client, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.views.systems.VERSIONS_A_PAGE", 2)
    endpoint, prompt = worlds.endpoint_at("http://127.0.0.1:9/v1", project), worlds.prompt_for(project)
    manager.post("/p/care/systems/new/", filled(endpoint, prompt))
    system = System.objects.get()
    for n in (2, 3):
        system.versions.create(number=n, model_id="later")
    pages = [manager.get(f"/p/care/systems/small/?page={n}").context["versions"] for n in (1, 2)]
    assert [[version.number for version, _count in page] for page in pages] == [[3, 2], [1]]


def test_an_endpoint_that_was_not_granted_cannot_be_named(manager: Client, project: Project) -> None:
    other = worlds.endpoint_at("http://127.0.0.1:9/v1")
    page = manager.post("/p/care/systems/new/", filled(other, worlds.prompt_for(project)))
    assert list(page.context["form"].errors) == ["endpoint"]


def test_a_person_and_an_imported_system_need_no_endpoint(manager: Client, project: Project) -> None:
    for kind in ("person", "imported"):
        manager.post("/p/care/systems/new/", {"name": kind, "kind": kind, "role": "other", "max_name": "max_tokens"})
    assert sorted(System.objects.values_list("kind", "version__model_id")) == [("imported", ""), ("person", "")]


def server(**changes: Any) -> dict[str, Any]:
    sent = {
        "name": "Cellar", "base_url": "http://127.0.0.1:9/v1/", "active": "on", "max_in_flight": "4",
        "timeout_seconds": "30", "capabilities": ["system_role", "seed"], "key": "sk-canary-0123456789",
    }  # fmt: skip
    return sent | changes


def test_an_endpoint_begins_with_what_nearly_every_server_understands(admin: Client) -> None:
    assert admin.get("/endpoints/new/").context["form"]["capabilities"].value() == ["system_role", "seed"]


def test_a_key_is_stored_sealed_kept_when_left_empty_and_forgotten_on_demand(admin: Client, project: Project) -> None:
    admin.post("/endpoints/new/", server(projects=[project.pk]))
    endpoint = Endpoint.objects.get()
    sealed = endpoint.key_sealed
    assert (endpoint.base_url, endpoint.grants.count(), "canary" in sealed) == ("http://127.0.0.1:9/v1", 1, False)
    address = f"/endpoints/{endpoint.pk}/edit/"
    assert "canary" not in admin.get(address).content.decode()
    admin.post(address, server(key="", name="Cellar again"))
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.key_sealed, endpoint.grants.count()) == ("Cellar again", sealed, 0)
    admin.post(address, server(key="", forget_key="on"))
    endpoint.refresh_from_db()
    assert endpoint.key_sealed == ""


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"key_env": "CONCORD_KEY_CELLAR"}, "key_env", "Give the key itself or the name of its variable, not both."),
        ({"key": "", "key_env": "PATH"}, "key_env", "The name must begin with CONCORD_KEY_."),
        ({"base_url": "ftp://models.example.org"}, "base_url", "The URL must begin with http:// or https://."),
        (
            {"base_url": "https://me:secret@models.example.org/v1"},
            "base_url",
            "The URL must not contain a name or a password. Give the key in its own field.",
        ),
        ({"price_in": "1"}, "price_out", "Give both prices, or none."),
        ({"price_in": "1", "price_out": "2"}, "currency", "Say in which currency the prices are."),
    ],
)
def test_what_is_wrong_with_an_endpoint_stands_at_its_field(
    admin: Client, changes: dict[str, str], field: str, words: str
) -> None:
    page = admin.post("/endpoints/new/", server(**changes))
    assert (page.status_code, page.context["form"].errors) == (422, {field: [words]})
    # Nor does the key come back with the form.
    assert "canary" not in page.content.decode()


def test_private_addresses_are_refused_where_the_installation_says_so(admin: Client, settings: Any) -> None:
    settings.CONCORD_PRIVATE_ENDPOINTS = False
    for host in ("localhost", "10.0.0.7", "[::1]", "0x7f.1", "models.internal", "169.254.169.254"):
        page = admin.post("/endpoints/new/", server(base_url=f"http://{host}/v1"))
        assert page.context["form"].errors["base_url"] == [
            "This address is inside the network. This installation calls public addresses only."
        ]


def test_an_endpoint_that_systems_name_is_not_removed(admin: Client, project: Project) -> None:
    endpoint = worlds.endpoint_at("http://127.0.0.1:9/v1", project)
    worlds.system_at(endpoint, project)
    assert admin.post(f"/endpoints/{endpoint.pk}/delete/")["Location"] == f"/endpoints/{endpoint.pk}/"
    free = worlds.endpoint_at("http://127.0.0.1:9/v1", name="Free")
    assert admin.post(f"/endpoints/{free.pk}/delete/")["Location"] == "/endpoints/"
    assert list(Endpoint.objects.all()) == [endpoint]


def test_a_connection_test_is_a_workers_job_that_the_page_waits_for(admin: Client, project: Project) -> None:
    endpoint = worlds.endpoint_at("http://127.0.0.1:9/v1", project)
    admin.post(f"/endpoints/{endpoint.pk}/test/", {"model": "tiny"})
    job = Job.objects.get(kind="test_endpoint")
    assert job.params == {"model": "tiny"}
    live = {"HX-Request": "true", "HX-Target": "connection"}
    waiting = admin.get(f"/endpoints/{endpoint.pk}/", headers=live)
    assert "A worker is testing the connection." in waiting.content.decode()
    Endpoint.objects.update(test_result={"ok": False, "words": "Refused", "models": []}, tested_at=timezone.now())
    Job.objects.update(state="failed", message="Refused")
    assert admin.get(f"/endpoints/{endpoint.pk}/", headers=live)["HX-Refresh"] == "true"
    page = admin.get(f"/endpoints/{endpoint.pk}/").content.decode()
    assert ("The test failed." in page, "Refused" in page, "test failed" in page) == (True, True, True)
