"""One's own account: preferences that follow a person to every browser."""

from __future__ import annotations

import pytest
from django.test import Client

from projects.models import User

CHOICES = {"name": "Noor", "language": "zh-hans", "theme": "dark", "auto_submit": "on"}


def test_account_keeps_preferences_and_sets_them_at_once(world, verbs, last_entry):
    client, before = world.client("nobody"), last_entry()
    response = client.post("/account/", CHOICES)
    world.nobody.refresh_from_db()
    user = world.nobody
    assert (user.name, user.language, user.theme, user.auto_submit) == ("Noor", "zh-hans", "dark", True)
    assert {name: response.cookies[name].value for name in response.cookies if name != "messages"} == {
        "django_language": "zh-hans",
        "theme": "dark",
    }
    assert verbs(before) == ["account.renamed"]


@pytest.mark.parametrize("wrong", [{"language": "tlh"}, {"theme": "pink"}, {"name": "n" * 151}])
def test_account_keeps_what_was_typed_when_it_is_wrong(world, wrong):
    data = CHOICES | wrong
    response = world.client("nobody").post("/account/", data)
    form = response.context["form"]
    assert (response.status_code, list(form.errors)) == (422, list(wrong))
    assert form["name"].value() == data["name"]
    world.nobody.refresh_from_db()
    assert world.nobody.name == "Nobody"


def test_account_is_ones_own():
    assert Client().get("/account/").url == "/accounts/login/?next=/account/"


def test_log_in_brings_language_and_theme_along(world, password):
    User.objects.filter(pk=world.nobody.pk).update(language="zh-hans", theme="dark")
    client = Client()
    client.post("/accounts/login/", {"login": "nobody@example.org", "password": password})
    assert (client.cookies["django_language"].value, client.cookies["theme"].value) == ("zh-hans", "dark")
    assert 'lang="zh-hans"' in client.get("/").content.decode().lower()


def test_log_in_leaves_the_browser_alone_where_nothing_was_chosen(world, password):
    client = Client()
    client.post("/accounts/login/", {"login": "nobody@example.org", "password": password})
    assert {"django_language", "theme"} & set(client.cookies) == set()


def test_language_menu_remembers_the_choice_with_the_account(world):
    response = world.client("nobody").post("/i18n/setlang/", {"language": "zh-hans", "next": "/account/"})
    world.nobody.refresh_from_db()
    assert (response.url, world.nobody.language) == ("/account/", "zh-hans")
    assert response.cookies["django_language"].value == "zh-hans"


@pytest.mark.parametrize("language", ["tlh", "", "x" * 500])
def test_language_menu_ignores_what_it_does_not_offer(world, language):
    world.client("nobody").post("/i18n/setlang/", {"language": language})
    world.nobody.refresh_from_db()
    assert world.nobody.language == ""


def test_language_menu_works_without_an_account(db):
    response = Client().post("/i18n/setlang/", {"language": "zh-hans"})
    assert response.cookies["django_language"].value == "zh-hans"


def test_theme_menu_remembers_the_choice_with_the_account(world):
    response = world.client("nobody").post("/preferences/", {"theme": "dark", "next": "/account/"})
    world.nobody.refresh_from_db()
    assert (response.url, response.cookies["theme"].value, world.nobody.theme) == ("/account/", "dark", "dark")


def test_theme_menu_leads_nowhere_else(world):
    response = world.client("nobody").post("/preferences/", {"theme": "pink", "next": "https://evil.example/"})
    world.nobody.refresh_from_db()
    assert (response.url, "theme" in response.cookies, world.nobody.theme) == ("/", False, "")


def test_sign_up_without_invitation_stays_closed(db):
    Client().post("/accounts/signup/", {"email": "x@example.org", "password1": "a long walk by the sea"})
    assert User.objects.count() == 0
