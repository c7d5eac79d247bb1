"""Every address x every role: who is let in, who is refused, for whom there is nothing there."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from role_table import LOGIN, PUBLIC, ROLES, TABLE
from role_urls import Address, addresses, foreign, is_own, values_of
from role_world import World, again, build

pytestmark = pytest.mark.long

ADDRESSES = addresses()
# What these are let in to, others are as well; that the second database carries it out is seen with them.
BUSY = ("manager", "adjudicator", "rater")


@pytest.fixture(scope="module")
def built(module_db: None) -> World:
    """Two projects with everything in them."""
    return build()


@pytest.fixture
def world(db: None, built: World) -> World:
    """The same, as if made for each test."""
    return again(built)


def ask(client: Client, method: str, url: str) -> Any:
    """Return the answer to one request, which leaves nothing behind: no row, no cookie, no count of attempts."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    cache.clear()
    body = {"content_type": "application/json", "data": {}} if method == "post" and url.startswith("/api/") else {}
    with transaction.atomic():
        response = getattr(client, method)(url, **body)
        if response.streaming:
            response.getvalue()
        transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.load(cookies)
    return response


def outcome(response: Any) -> int | str:
    """Return the status, or LOGIN."""
    if response.status_code == 302 and response.url.startswith(("/accounts/login/", "/admin/login/")):
        return LOGIN
    return int(response.status_code)


def test_every_address_has_an_entry_and_every_entry_an_address() -> None:
    assert sorted(address.name for address in ADDRESSES) == sorted(TABLE)


@pytest.mark.parametrize("who", [pytest.param(who, marks=() if who in BUSY else pytest.mark.once) for who in ROLES])
def test_everybody_gets_what_the_table_says(world: World, who: str) -> None:
    wrong = []
    for address in ADDRESSES:
        url = address.url(values_of(world.here, address))
        for method, expected in zip(("get", "post"), TABLE.get(address.name, ({}, {})), strict=True):
            got = outcome(ask(world.client(who), method, url))
            if got != expected.get(who):
                wrong.append(f"{method} {address.name} ({url}): {got}, not {expected.get(who)}")
    assert "\n".join(wrong) == ""


def test_only_public_pages_are_shown_to_nobody_in_particular() -> None:
    assert {name for name, (get, _post) in TABLE.items() if get["anonymous"] == 200} == PUBLIC


def insiders(address: Address) -> list[str]:
    """Return who would be let in if the ids were of one project."""
    return ["rater"] if is_own(address) else ["manager", "adjudicator", "admin"]


@pytest.mark.once
def test_foreign_id_is_a_404(world: World) -> None:
    wrong, tried = [], 0
    for address in ADDRESSES:
        for name, url in foreign(world, address):
            for who in insiders(address):
                for method in ("get", "post"):
                    got, tried = outcome(ask(world.client(who), method, url)), tried + 1
                    expected = {404} | ({405, 403} & set(entry_of(address, who, method)))
                    if got not in expected:
                        wrong.append(f"{who} {method} {address.name}, foreign {name} ({url}): {got}")
    assert "\n".join(wrong) == ""
    assert tried > 300


def entry_of(address: Address, who: str, method: str) -> tuple[int | str, ...]:
    """Return what the table says of the same request with ids of one project."""
    return (TABLE[address.name][0 if method == "get" else 1][who],)


def test_foreign_id_gives_the_same_answer_as_an_unknown_one(world: World) -> None:
    """Nothing is to be learnt of what there is elsewhere, not even that it is there."""
    client = world.client("manager")
    project = f"/p/{world.here.project.slug}/"
    pairs = [
        (f"{project}studies/{world.there.study.slug}/", f"{project}studies/no-such-study/"),
        (f"{project}raters/{world.there.raters[0].pk}/", f"{project}raters/999999/"),
        (f"/p/{world.there.project.slug}/", "/p/no-such-project/"),
    ]
    for one, other in pairs:
        bodies = [normal(ask(client, "get", url), url) for url in (one, other)]
        assert bodies[0] == bodies[1]


def normal(response: Any, url: str) -> tuple[int, str]:
    """Return status and page, without what differs from request to request."""
    text = response.content.decode().replace(url, "URL")
    return response.status_code, re.sub(r'(nonce|csrfmiddlewaretoken" value|csrf[^=]*)="[^"]+"', "", text)
