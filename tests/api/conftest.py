"""The world of two projects, and short ways to speak to the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from role_world import World, again, build


@pytest.fixture(scope="module")
def built(module_db: None) -> World:
    """Two projects with everything in them but the numbers of reports."""
    return build(computed=False)


@pytest.fixture
def world(db: None, built: World) -> World:
    """The same, as if made for each test."""
    return again(built)


class Api:
    """Somebody's way to the API: addresses below /api/v1/, bodies as JSON."""

    def __init__(self, client: Client, prefix: str = "") -> None:
        """Speak through `client`; every address begins with `prefix`."""
        self.client = client
        self.prefix = f"/api/v1/{prefix}"

    def get(self, path: str = "", **query: str) -> Any:
        """Ask."""
        return self.client.get(self.prefix + path, query)

    def post(self, path: str = "", body: Any = None, **headers: str) -> Any:
        """Send JSON."""
        return self.client.post(self.prefix + path, {} if body is None else body, "application/json", headers=headers)

    def patch(self, path: str = "", body: Any = None) -> Any:
        """Send a change as JSON."""
        return self.client.patch(self.prefix + path, body, "application/json")

    def delete(self, path: str = "", **headers: str) -> Any:
        """End something."""
        return self.client.delete(self.prefix + path, headers=headers)


@pytest.fixture
def manager(world: World) -> Api:
    """The manager, in their project."""
    return Api(world.client("manager"), f"projects/{world.here.project.slug}/")


@pytest.fixture
def rater(world: World) -> Api:
    """A rater, in their study."""
    return Api(world.client("rater"), f"rating/{world.here.study.token}/")


@pytest.fixture
def api(world: World) -> Callable[[str], Api]:
    """`api(who)`: somebody's way to the API, from its top."""
    return lambda who: Api(world.client(who))


@pytest.fixture
def nobody(db: None) -> Api:
    """Somebody who is not logged in."""
    return Api(Client())
