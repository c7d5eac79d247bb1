"""Addresses that are remembered lead where every pattern, tried one by one, leads."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import Resolver404, get_resolver, include, path, resolve
from django.urls.resolvers import RoutePattern

from config import routes
from config.routes import KnownRoutes
from config.urls import pages
from projects.models import Project, User

ADDRESSES = (
    "p/one/", "p/one/studies/", "p/one/studies/first/units/", "p/two/studies/first/units/", "p/one/people/7/",
    "p/one/people/8/", "rate/one/token/", "health/",
)  # fmt: skip


def known() -> KnownRoutes:
    return KnownRoutes(RoutePattern(""), pages)


def led(match: Any) -> tuple[Any, ...]:
    return match.func, match.args, match.kwargs, match.url_name, match.route, match.captured_kwargs


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_leads_to_the_same_page_again(address: str) -> None:
    plain = path("", include(pages))
    mine = known()
    for _again in range(3):
        assert led(mine.resolve(address)) == led(plain.resolve(address))
    assert (address in mine._known) == address.startswith("p/")


def test_what_leads_nowhere_leads_nowhere_again() -> None:
    mine = known()
    for _again in range(2):
        with pytest.raises(Resolver404):
            mine.resolve("p/one/nowhere/at/all/")
    assert mine._known == {}


def test_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MOST_ROUTES", 3)
    mine = known()
    for n in range(8):
        assert mine.resolve(f"p/project-{n}/").kwargs == {"project": f"project-{n}"}
    assert len(mine._known) <= 3
    mine.resolve("p/" + "x" * 300 + "/")
    assert all(len(one) < 300 for one in mine._known)


def test_the_site_uses_it() -> None:
    assert any(isinstance(one, KnownRoutes) for one in get_resolver().url_patterns)
    assert resolve("/p/one/people/7/").kwargs == {"project": "one", "user": 7}


@pytest.mark.django_db
def test_a_page_that_is_remembered_for_one_is_guarded_for_others(client: Client) -> None:
    """Only where an address leads is kept, never who may go there."""
    admin = User.objects.create_superuser("admin@example.org", None)
    client.force_login(admin)
    Project.objects.create(slug="one", name="One")
    assert client.get("/p/one/people/").status_code == 200
    stranger = Client()
    assert stranger.get("/p/one/people/").status_code == 302
    stranger.force_login(User.objects.create_user("stranger@example.org", None))
    assert stranger.get("/p/one/people/").status_code == 404
