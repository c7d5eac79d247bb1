"""A form sent after the log-in has run out is given back after the next one, and sent as if nothing had happened."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from dialogue_world import PASSWORD, World
from django.test import Client

from annotation.models import TurnComment, TurnDraft
from projects import kept
from projects.models import Assignment, User

NOTE = 'She looks away when she says "nights".\nThen she smiles & goes on.'
SENT = {"version": "0", "f.strategy": ["question", "reflection"], "note": NOTE, "go": "done"}


@pytest.fixture
def world(db: None) -> World:
    world = World()
    world.session(4)
    world.open()
    return world


@pytest.fixture
def held(world: World) -> Assignment:
    return world.hold(world.raters[0])


def log_in(client: Client, user: User | None, way: str) -> Any:
    """Log in on the page itself, on which the browser's session goes on."""
    assert user is not None
    return client.post(way, {"login": user.email, "password": PASSWORD})


def hidden(text: str) -> dict[str, list[str]]:
    """Return what the page would send again, as a browser reads it."""
    form = next(one for one in text.split("<form ") if "Send it now" in one)
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form):
        if name != "csrfmiddlewaretoken":
            found.setdefault(unescape(name), []).append(unescape(value))
    return found


def test_turn_sent_after_the_log_in_ran_out_is_given_back_and_saved(world: World, held: Assignment) -> None:
    browser, at = Client(), world.url(held, "turn/1/")
    away = browser.post(at, SENT)
    assert (away.status_code, away["Location"]) == (302, f"/accounts/login/?next=/rate/{world.study.token}/kept/")
    assert not TurnDraft.objects.exists()
    back = log_in(browser, world.raters[0].user, away["Location"])
    assert back["Location"] == f"/rate/{world.study.token}/kept/"
    page = browser.get(back["Location"])
    text = page.content.decode()
    assert "She looks away when she says &quot;nights&quot;." in text
    assert f'action="{at}"' in text
    again = hidden(text)
    assert again == {key: value if isinstance(value, list) else [value] for key, value in SENT.items()}
    assert browser.post(at, again)["Location"] == world.url(held, "turn/2/")
    draft = TurnDraft.objects.get(turn__index=1)
    assert (draft.payload["note"], draft.payload["done"]) == (NOTE, True)
    assert draft.payload["fields"]["strategy"]["values"] == ["question", "reflection"]
    # It is given back once.
    assert browser.get(back["Location"])["Location"] == f"/rate/{world.study.token}/"


def test_fields_of_the_session_and_comments_are_given_back_as_well(world: World, held: Assignment) -> None:
    for path, sent in (
        ("session/", {"version": "0", "at": "1", "f.summary": "He slept better in the end.", "go": "stay"}),
        ("comments/", {"part": "1", "text": "Is this not a reflection?", "client_key": "k-1"}),
    ):
        browser = Client()
        browser.post(world.url(held, path), sent)
        log_in(browser, world.raters[0].user, f"/accounts/login/?next=/rate/{world.study.token}/kept/")
        text = browser.get(f"/rate/{world.study.token}/kept/").content.decode()
        assert browser.post(world.url(held, path), hidden(text)).status_code == 302
    assert TurnDraft.objects.get().payload["fields"]["summary"]["values"] == ["He slept better in the end."]
    assert TurnComment.objects.get().text == "Is this not a reflection?"


def test_newer_version_is_shown_when_it_is_sent_again(world: World, held: Assignment) -> None:
    browser, at = Client(), world.url(held, "turn/1/")
    browser.post(at, SENT)
    world.client(world.raters[0]).post(at, {**SENT, "note": "From another device, meanwhile."})
    log_in(browser, world.raters[0].user, "/accounts/login/")
    text = browser.get(f"/rate/{world.study.token}/kept/").content.decode()
    refused = browser.post(at, hidden(text))
    assert refused.status_code == 409
    assert "She looks away when she says" in refused.content.decode()
    assert TurnDraft.objects.get().payload["note"] == "From another device, meanwhile."


def test_nobody_else_reads_what_was_kept(world: World, held: Assignment) -> None:
    browser = Client()
    browser.post(world.url(held, "turn/1/"), SENT)
    log_in(browser, world.raters[1].user, "/accounts/login/")
    assert browser.get(f"/rate/{world.study.token}/kept/").status_code == 404


def test_unknown_unit_gets_the_same_answer_and_nothing_is_kept(world: World, held: Assignment) -> None:
    browser = Client()
    unknown = browser.post(world.url(held, "turn/1/").replace(held.token, "0" * 32), SENT)
    known = Client().post(world.url(held, "turn/1/"), SENT)
    assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])
    assert kept.SESSION_KEY not in browser.session
    large = Client()
    large.post(world.url(held, "turn/1/"), {**SENT, "note": "x" * (kept.LIMIT + 1)})
    assert kept.SESSION_KEY not in large.session


def test_it_can_be_thrown_away(world: World, held: Assignment) -> None:
    browser = Client()
    browser.post(world.url(held, "turn/1/"), SENT)
    log_in(browser, world.raters[0].user, "/accounts/login/")
    at = f"/rate/{world.study.token}/kept/"
    assert browser.get(at).status_code == 200
    assert browser.post(at)["Location"] == f"/rate/{world.study.token}/"
    assert browser.get(at)["Location"] == f"/rate/{world.study.token}/"


def test_script_keeps_what_it_sends_itself(world: World, held: Assignment) -> None:
    browser = Client()
    gone = browser.post(
        world.url(held, "turn/1/"), "{}", content_type="application/json", HTTP_ACCEPT="application/json"
    )
    assert gone["Location"] == f"/accounts/login/?next={world.url(held, 'turn/1/')}"
    assert kept.SESSION_KEY not in browser.session
