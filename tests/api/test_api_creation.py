"""What a request makes is made once for each key, in the header or in the body, however often it arrives."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from projects.models import AuditEntry, Creation, Dataset, ImportBatch, Job, Membership, Project, Role, Study
from projects.services import creations


def bodies(world: Any) -> dict[str, dict[str, Any]]:
    """What makes one of each, by address."""
    here = f"projects/{world.here.project.slug}/"
    return {
        "projects/": {"name": "Lighthouse"},
        f"{here}datasets/": {"name": "Letters"},
        f"{here}studies/": {"kind": "label_review", "name": "Second round", "dataset": world.here.dataset.slug},
    }


def counts() -> tuple[int, int, int, int]:
    """How many there are of what can be made, and how much was written down."""
    return (Project.objects.count(), Dataset.objects.count(), Study.objects.count(), AuditEntry.objects.count())


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_same_request_sent_again_makes_nothing_new(world, api, which):
    manager = api("manager")
    address, body = list(bodies(world).items())[which]
    first = manager.post(address, body | {"client_key": "k-1"})
    made = counts()
    second = manager.post(address, body | {"client_key": "k-1"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert counts() == made


@pytest.mark.parametrize("which", [0, 1, 2])
def test_without_a_key_or_with_another_each_request_makes_its_own(world, api, which):
    manager = api("manager")
    address, body = list(bodies(world).items())[which]
    keys = [{}, {"client_key": ""}, {"client_key": "k-1"}, {"client_key": "k-2"}]
    replies = [manager.post(address, body | key) for key in keys]
    assert [reply.status_code for reply in replies] == [201] * 4
    assert len({reply.json()["slug"] for reply in replies}) == 4


def test_a_key_belongs_to_one_person(world, api):
    made = [api(who).post("projects/", {"name": "Lighthouse", "client_key": "k-1"}) for who in ("manager", "stranger")]
    assert [reply.status_code for reply in made] == [201, 201]


def test_a_key_used_for_something_else_is_refused(world, api):
    manager = api("manager")
    first, second, third = bodies(world).items()
    assert manager.post(first[0], first[1] | {"client_key": "k-1"}).status_code == 201
    for address, body in (second, third):
        reply = manager.post(address, body | {"client_key": "k-1"})
        assert (reply.status_code, list(reply.json()["fields"])) == (400, ["client_key"])
    assert Creation.objects.count() == 1


def test_a_request_that_was_refused_leaves_its_key_unused(world, api):
    manager = api("manager")
    address, body = list(bodies(world).items())[2]
    assert manager.post(address, body | {"client_key": "k-1", "settings": {"raters_per_item": 0}}).status_code == 400
    assert manager.post(address, body | {"client_key": "k-1"}).status_code == 201


def test_what_was_made_and_is_gone_is_told(world, api):
    manager = api("manager")
    manager.post("projects/", {"name": "Lighthouse", "client_key": "k-1"})
    Membership.objects.filter(project__slug="lighthouse", role=Role.MANAGER).delete()
    reply = manager.post("projects/", {"name": "Lighthouse", "client_key": "k-1"})
    assert (reply.status_code, reply.json()["message"]) == (400, "What was made with this key is gone. Use another.")


def test_a_key_that_is_too_long_is_refused(world, api):
    reply = api("manager").post("projects/", {"name": "Lighthouse", "client_key": "k" * 41})
    assert (reply.status_code, list(reply.json()["fields"])) == (400, ["client_key"])


def test_key_in_the_header_is_the_one_in_the_body(world, api):
    manager = api("manager")
    first = manager.post("projects/", {"name": "Lighthouse"}, **{"Idempotency-Key": '"k-1"'})
    again = manager.post("projects/", {"name": "Lighthouse"}, **{"Idempotency-Key": "k-1"})
    third = manager.post("projects/", {"name": "Lighthouse", "client_key": "k-1"})
    assert [reply.status_code for reply in (first, again, third)] == [201, 200, 200]
    assert first.json() == again.json() == third.json()


@pytest.mark.parametrize(("header", "body"), [("k-1", "k-2"), ("k" * 41, "")])
def test_key_that_is_too_long_or_contradicts_the_body_is_refused(world, api, header, body):
    reply = api("manager").post("projects/", {"name": "Lighthouse", "client_key": body}, **{"Idempotency-Key": header})
    assert (reply.status_code, list(reply.json()["fields"])) == (400, ["Idempotency-Key"])
    assert not Project.objects.filter(name="Lighthouse").exists()


def send(world: Any, manager: Any, key: str) -> Any:
    """Upload a file under a key."""
    file = SimpleUploadedFile("items.csv", b"id,text\nh-1,A calm text\n")
    address = f"projects/{world.here.project.slug}/datasets/{world.here.dataset.slug}/imports/"
    return manager.client.post(manager.prefix + address, {"file": file}, headers={"Idempotency-Key": key})


def test_file_sent_again_under_its_key_is_the_same_import(world, api):
    manager = api("manager")
    first = send(world, manager, "f-1")
    made = (ImportBatch.objects.count(), Job.objects.count())
    again = send(world, manager, "f-1")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    assert (ImportBatch.objects.count(), Job.objects.count()) == made
    assert send(world, manager, "f-2").json()["id"] != first.json()["id"]


def test_file_that_arrives_twice_at_once_leaves_nothing_of_the_second(world, api, monkeypatch):
    manager = api("manager")
    first = send(world, manager, "f-1").json()["id"]
    made = ImportBatch.objects.count()
    monkeypatch.setattr(creations, "found", lambda **_: None)
    assert send(world, manager, "f-1").json()["id"] == first
    assert ImportBatch.objects.count() == made
