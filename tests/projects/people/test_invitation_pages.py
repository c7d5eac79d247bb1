"""Inviting, and following a link, as a browser sees it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone, translation

from projects.models import Invitation, Role, User
from projects.services.invitations import invite, join, revoke

GOOD = {"email": "kim@example.org", "name": "Kim", "password": "a long walk by the sea"}


@pytest.fixture
def link(world):
    invitation, token = invite(project=world.project, actor=world.manager, roles=[Role.RATER])
    return invitation, f"/join/{token}/"


def shown_link(response):
    return re.search(r'value="(http://testserver/join/[\w-]{43}/)"', response.content.decode())[1]


def test_invitation_page_shows_the_link_once_and_it_works(world):
    client = world.client("manager")
    response = client.post(world.url("invitations/new/"), {"roles": ["rater", "analyst"]})
    assert response.status_code == 201
    link = shown_link(response)
    assert link not in client.get(world.url("people/")).content.decode()
    world.client("nobody").post(link)
    mine = world.project.memberships.filter(user=world.nobody)
    assert sorted(mine.values_list("role", flat=True)) == ["analyst", "rater"]


def test_invitation_page_sends_the_link_in_the_managers_language(world):
    with translation.override("en"):
        data = {"roles": ["rater"], "email": "kim@example.org", "send": "on"}
        response = world.client("manager").post(world.url("invitations/new/"), data)
    (message,) = mail.outbox
    assert message.to == ["kim@example.org"]
    assert message.subject == "Invitation to Harbour"
    assert [line for line in message.body.splitlines() if "/join/" in line] == [shown_link(response)]


def test_invitation_mail_does_not_escape_and_keeps_its_subject_on_one_line(world):
    world.project.name = "Sea & Shore\nBcc: x@example.org"
    world.project.save()
    data = {"roles": ["rater"], "email": "kim@example.org", "send": "on"}
    world.client("manager").post(world.url("invitations/new/"), data)
    assert mail.outbox[0].subject == "Invitation to Sea & Shore Bcc: x@example.org"


def test_invitation_page_says_so_when_the_mail_is_not_taken(world, monkeypatch):
    def refuse(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("projects.services.invitation_mail.send_mail", refuse)
    data = {"roles": ["rater"], "email": "kim@example.org", "send": "on"}
    response = world.client("manager").post(world.url("invitations/new/"), data)
    assert (response.status_code, response.context["sent"]) == (201, False)
    assert "could not be sent" in response.content.decode()
    assert Invitation.objects.get().usable is True


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "roles"),
        ({"roles": ["owner"]}, "roles"),
        ({"roles": ["rater"], "send": "on"}, "email"),
        ({"roles": ["rater"], "email": "kim"}, "email"),
        ({"roles": ["rater"], "rater_code": "R1"}, "rater_code"),
        ({"roles": ["rater"], "rater_code": "=cmd"}, "rater_code"),
        ({"roles": ["rater"], "languages": "en, klingon!"}, "languages"),
        ({"roles": ["analyst"], "group": "expert"}, "group"),
    ],
)
def test_invitation_page_keeps_what_was_typed_when_it_is_wrong(world, data, field):
    response = world.client("manager").post(world.url("invitations/new/"), data)
    form = response.context["form"]
    assert (response.status_code, list(form.errors)) == (422, [field])
    assert {name: form.data.get(name) for name in data if name != "roles"} == {
        name: value for name, value in data.items() if name != "roles"
    }
    assert Invitation.objects.count() == 0


def test_invitation_is_revoked_on_the_page(world, link):
    invitation, address = link
    response = world.client("manager").post(world.url(f"invitations/{invitation.pk}/revoke/"))
    assert response.url == world.url("people/") + "#invitations"
    assert Client().get(address).status_code == 410


def test_invitation_of_another_project_cannot_be_revoked(world, link):
    response = world.client("stranger").post(f"/p/{world.other.slug}/invitations/{link[0].pk}/revoke/")
    assert response.status_code == 404
    assert Client().get(link[1]).status_code == 200


def test_join_answers_alike_for_every_link_that_does_not_work(world):
    pages = set()
    for how in ("unknown", "used", "revoked", "expired"):
        invitation, token = invite(project=world.project, actor=world.manager, roles=[Role.RATER])
        if how == "used":
            join(invitation=invitation, user=world.nobody)
        elif how == "revoked":
            revoke(invitation=invitation, actor=world.manager)
        elif how == "expired":
            Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
        for method in ("get", "post"):
            response = getattr(Client(), method)(f"/join/{'x' * 43 if how == 'unknown' else token}/")
            text = re.sub(r'name="csrf[^>]*>|content="[^"]*"|value="[^"]*"', "", response.content.decode())
            pages.add((response.status_code, text))
    ((status, text),) = pages
    assert (status, world.project.name in text) == (410, False)


def test_join_with_an_account_takes_one_click(world, link):
    client = world.client("nobody")
    assert client.get(link[1]).status_code == 200
    assert client.post(link[1]).url == world.url()
    assert client.get(world.url()).status_code == 200


def test_join_twice_by_the_same_person_leads_into_the_project(world, link):
    client = world.client("nobody")
    answers = [client.post(link[1]).url, client.post(link[1]).url, client.get(link[1]).url]
    assert answers == [world.url()] * 3
    assert world.project.memberships.filter(user=world.nobody).count() == 1
    assert world.client("stranger").get(link[1]).status_code == 410


def test_join_is_not_used_up_by_looking(world, link):
    for _ in range(2):
        assert Client().get(link[1]).status_code == 200
    link[0].refresh_from_db()
    assert link[0].usable is True


def test_join_as_a_new_person_makes_the_account_and_logs_in(world, link):
    client = Client()
    assert client.post(link[1], GOOD).url == world.url()
    user = User.objects.get(email="kim@example.org")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.get(world.url()).status_code == 200
    assert client.cookies["django_language"].value == "en"
    assert user.check_password(GOOD["password"]) is True


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "nobody@example.org"}, "email"),
        ({"name": ""}, "name"),
        ({"password": "brief7"}, "password"),
        ({"password": "password1234"}, "password"),
        ({"name": "Kimberly Brightwater", "password": "brightwater kim"}, "password"),
    ],
)
def test_join_keeps_what_was_typed_when_it_is_wrong(world, link, wrong, field):
    data = GOOD | wrong
    count = User.objects.count()
    response = Client().post(link[1], data)
    form = response.context["form"]
    text = response.content.decode()
    assert (response.status_code, list(form.errors)) == (422, [field])
    assert (form["email"].value(), form["name"].value()) == (data["email"], data["name"])
    assert data["password"] not in text
    assert User.objects.count() == count
    link[0].refresh_from_db()
    assert link[0].usable is True


def test_join_holds_to_the_address_of_the_invitation(world):
    _, token = invite(project=world.project, actor=world.manager, roles=[Role.ANALYST], email="Kim@Example.org")
    page = Client().get(f"/join/{token}/").content.decode()
    (field,) = re.findall(r'<input[^>]*name="email"[^>]*>', page)
    assert ('value="kim@example.org"' in field, "readonly" in field) == (True, True)
    Client().post(f"/join/{token}/", GOOD | {"email": "eve@example.org"})
    assert list(User.objects.filter(name="Kim").values_list("email", flat=True)) == ["kim@example.org"]


def test_join_leads_to_the_log_in_and_back(world, link):
    page = Client().get(link[1]).content.decode()
    assert f'href="/accounts/login/?next={link[1]}"' in page
    client = Client()
    data = {"login": "nobody@example.org", "password": GOOD["password"], "next": link[1]}
    assert client.post("/accounts/login/", data).url == link[1]


def test_join_asks_only_so_often_whether_addresses_have_accounts(world, link):
    answers = {Client().post(link[1], GOOD | {"email": "nobody@example.org"}).status_code for _ in range(25)}
    assert answers == {422, 429}


def test_join_writes_no_secret_into_the_servers_log(world, link, caplog):
    for data in (GOOD | {"name": ""}, GOOD, GOOD):
        Client().post(link[1], data)
    assert [record.getMessage() for record in caplog.records if "/join/" in record.getMessage()] == []


def test_join_of_a_wrong_token_stores_nothing(world, verbs, last_entry):
    before = last_entry()
    Client().post("/join/nonsense/", GOOD)
    assert verbs(before) == []
