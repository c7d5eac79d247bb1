"""Tokens: made by log-in or in the browser, kept as a fingerprint, ended at will."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from rest_framework.authtoken.models import Token
from role_world import PASSWORD, person

from projects.models import AuditEntry, User
from projects.services import tokens


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Limits live in the cache and would carry over from one test to the next."""
    cache.clear()


@pytest.fixture
def ada(db: None) -> User:
    """Somebody with an account."""
    return person("ada")


def log_in(api, email="ada@example.org", password=PASSWORD):
    """Ask for a token."""
    return api.post("token/", {"email": email, "password": password})


def test_log_in_gives_a_token_that_works_and_only_its_fingerprint_is_stored(nobody, ada):
    reply = log_in(nobody)
    token = reply.json()["token"]
    assert reply.status_code == 201
    row = Token.objects.get(user=ada)
    assert row.key == tokens.fingerprint(token) != token
    headers = {"Authorization": f"Token {token}"}
    assert Client().get("/api/v1/projects/", headers=headers).json()["results"] == []
    assert Client().get("/api/v1/projects/", headers={"Authorization": f"Token {row.key}"}).status_code == 401
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["account.token_made"]


def test_new_token_ends_the_one_before(nobody, ada):
    old, new = log_in(nobody).json()["token"], log_in(nobody).json()["token"]
    codes = [
        Client().get("/api/v1/projects/", headers={"Authorization": f"Token {key}"}).status_code for key in (old, new)
    ]
    assert codes == [401, 200]


def test_wrong_password_is_refused_without_saying_what_was_wrong(nobody, ada):
    replies = [log_in(nobody, password="no"), log_in(nobody, email="eve@example.org")]
    assert {(reply.status_code, reply.json()["code"]) for reply in replies} == {(401, "authentication_failed")}
    assert replies[0].json() == replies[1].json()
    assert Token.objects.count() == 0


def test_closed_account_gets_no_token_and_loses_the_one_it_had(nobody, ada):
    token = log_in(nobody).json()["token"]
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert log_in(nobody).status_code == 401
    assert Client().get("/api/v1/projects/", headers={"Authorization": f"Token {token}"}).status_code == 401


def test_log_in_is_limited_for_each_account_and_address(nobody, ada):
    person("bo")
    codes = [log_in(nobody).status_code for _ in range(6)]
    assert codes == [201] * 5 + [429]
    assert log_in(nobody, email="ADA@example.org").status_code == 429
    assert log_in(nobody, email="bo@example.org").status_code == 201


def test_forwarded_addresses_do_not_lift_the_limit(nobody, ada):
    body = {"email": "ada@example.org", "password": "no"}
    codes = [nobody.post("token/", body, **{"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(7)]
    assert codes == [401] * 5 + [429] * 2


def test_account_with_a_second_step_is_sent_to_the_browser(nobody, ada):
    Authenticator.objects.create(user=ada, type=Authenticator.Type.TOTP, data={"secret": "x"})
    reply = log_in(nobody)
    assert (reply.status_code, reply.json()["code"]) == (403, "second_step")
    assert Token.objects.count() == 0


def test_token_is_given_back_by_itself(nobody, ada):
    headers = {"Authorization": f"Token {log_in(nobody).json()['token']}"}
    assert nobody.delete("token/", **headers).status_code == 204
    assert nobody.delete("token/", **headers).status_code == 401
    assert Token.objects.count() == 0


def test_session_needs_the_form_secret_to_write(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["manager"], backend=settings.AUTHENTICATION_BACKENDS[0])
    url = f"/api/v1/projects/{world.here.project.slug}/"
    assert client.patch(url, {"name": "New"}, "application/json").json()["code"] == "permission_denied"
    client.get("/account/")
    headers = {"X-CSRFToken": client.cookies["csrftoken"].value}
    reply = client.patch(url, {"name": "New"}, "application/json", headers=headers)
    assert (reply.status_code, reply.json()["name"]) == (200, "New")


@pytest.fixture
def logged_in(ada: User) -> Client:
    """A browser in which somebody is logged in."""
    client = Client()
    client.force_login(ada, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def typed_again(client: Client):
    """Ask for a token on the page, and type the password when asked for it."""
    asked = client.post("/account/tokens/")
    assert (asked.status_code, asked.url) == (302, "/accounts/reauthenticate/?next=%2Faccount%2Ftokens%2F")
    return client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/account/tokens/"})


def test_page_makes_a_token_shows_it_once_and_revokes_it(ada, logged_in):
    assert "You have no token." in logged_in.get("/account/tokens/").content.decode()
    made = typed_again(logged_in)
    assert made.status_code == 201
    token = re.search(r'id="token" readonly value="([^"]+)"', made.content.decode())[1]
    assert Token.objects.get(user=ada).key == tokens.fingerprint(token)
    later = logged_in.get("/account/tokens/").content.decode()
    assert token not in later
    assert "You have a token" in later
    assert logged_in.post("/account/tokens/revoke/").url == "/account/tokens/"
    assert Token.objects.count() == 0


def test_page_makes_no_token_before_the_password_is_typed(ada, logged_in):
    assert logged_in.post("/account/tokens/").status_code == 302
    wrong = logged_in.post("/accounts/reauthenticate/", {"password": "no", "next": "/account/tokens/"})
    assert wrong.status_code == 200
    assert Token.objects.count() == 0


def test_new_password_ends_the_token(nobody, ada, logged_in):
    log_in(nobody)
    words = "another walk by the sea"
    logged_in.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": words, "password2": words})
    ada.refresh_from_db()
    assert (ada.check_password(words), Token.objects.count()) == (True, 0)
