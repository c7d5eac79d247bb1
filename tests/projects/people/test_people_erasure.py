"""Erasing a person: nothing leads back to them, nothing they judged is lost."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core import serializers
from django.core.management import CommandError, call_command
from rest_framework.authtoken.models import Token

from projects.models import Rater, Role, User
from projects.services.erasure import erase_person
from projects.services.invitations import invite, join


def everything():
    """Return every row of the database as text."""
    rows = [row for model in apps.get_models() for row in model._default_manager.all()]
    return json.dumps(serializers.serialize("python", rows), default=str).lower()


def test_erased_person_is_nowhere_in_the_database(world):
    invitation, _ = invite(project=world.project, actor=world.manager, roles=[Role.RATER], email=world.nobody.email)
    join(invitation=invitation, user=world.nobody)
    invite(project=world.project, actor=world.manager, roles=[Role.RATER], email=world.nobody.email)
    EmailAddress.objects.create(user=world.nobody, email=world.nobody.email, primary=True, verified=True)
    LogEntry.objects.log_actions(world.admin.pk, [world.nobody], CHANGE)
    Token.objects.create(user=world.nobody)
    Authenticator.objects.create(user=world.nobody, type="totp", data={})
    assert "nobody" in everything()
    erase_person(world.nobody, actor=world.admin)
    assert "nobody" not in everything()
    assert (Token.objects.count(), Authenticator.objects.count(), EmailAddress.objects.count()) == (0, 0, 0)
    assert [row.usable for row in world.project.invitations.all()] == [False, False]


def test_erased_person_leaves_code_and_answers(world, make_study, make_part):
    part = make_part(world, make_study(world), world.rater, submitted=5)
    erase_person(world.rater, actor=world.admin)
    part.refresh_from_db()
    rater = Rater.objects.get(project=world.project, code="R1")
    assert (rater.user, rater.active, rater.group, rater.languages) == (None, False, "expert", ["en"])
    assert (part.rater_id, part.submitted, part.state) == (rater.pk, 5, "left")


def test_erased_person_is_out_everywhere_at_once(world, password):
    client = world.client("rater")
    assert client.get("/").status_code == 200
    erase_person(world.rater, actor=world.admin)
    assert client.get("/").status_code == 302
    user = User.objects.get(pk=world.rater.pk)
    assert (user.is_active, user.has_usable_password(), user.memberships.count()) == (False, False, 0)
    assert (user.email, user.name) == (f"{user.pk}@erased.invalid", f"#{user.pk}")
    assert world.client("manager").get("/").status_code == 200


def test_erased_rater_is_nobodys_to_inherit(world):
    erase_person(world.rater, actor=world.admin)
    invitation, _ = invite(project=world.project, actor=world.manager, roles=[Role.RATER])
    join(invitation=invitation, user=world.nobody)
    assert world.coded(world.nobody).code == "R2"


def test_erased_admin_has_no_rights_left(world):
    erase_person(world.admin, actor=None)
    user = User.objects.get(pk=world.admin.pk)
    assert (user.is_superuser, user.is_staff) == (False, False)


def test_erasure_is_recorded_by_number(world, verbs, last_entry):
    before = last_entry()
    erase_person(world.analyst, actor=world.admin)
    assert verbs(before) == ["account.erased"]


def test_erasure_names_projects_without_a_manager(world):
    assert erase_person(world.manager, actor=world.admin) == [world.project]
    assert erase_person(world.analyst, actor=world.admin) == []


def test_erase_user_command_erases_and_says_what_follows(world):
    out = StringIO()
    call_command("erase_user", "Manager@example.org", "--yes", stdout=out)
    assert out.getvalue() == f"Erased. The account is now #{world.manager.pk}.\nNo manager any more: harbour\n"
    assert User.objects.filter(email="manager@example.org").count() == 0


def test_erase_user_command_asks_first(world, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: "no")
    with pytest.raises(CommandError, match="Not erased"):
        call_command("erase_user", "rater@example.org")
    assert User.objects.filter(email="rater@example.org").count() == 1


def test_erase_user_command_does_not_know_everybody(world):
    with pytest.raises(CommandError, match="no account"):
        call_command("erase_user", "who@example.org", "--yes")
