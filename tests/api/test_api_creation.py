"""Projects, data sets and studies are made once for each key, however often the request arrives."""

from __future__ import annotations

from typing import Any

import pytest

from projects.models import AuditEntry, Creation, Dataset, Membership, Project, Role, Study


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
