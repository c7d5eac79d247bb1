"""Invitations: stored as a hash, used once, worth nothing after that."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from allauth.account.models import EmailAddress
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from projects.models import AuditEntry, Invitation, Rater, Role, User
from projects.services import invitations, raters
from projects.services.invitations import InvitationGone, NewAccount, invite, join, join_as_new, revoke
from projects.services.raters import RaterDetails

ACCOUNT = NewAccount(email="Kim@Example.org", name="Kim", password="a long walk by the sea", language="en")


def invited(world, **values):
    values.setdefault("roles", [Role.RATER])
    return invite(project=world.project, actor=world.manager, **values)


def test_invitation_secret_is_stored_as_hash_only(world):
    invitation, token = invited(world, email="Kim@Example.org")
    assert len(token) == 43
    assert invitation.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert invitations.find(token) == invitation
    everything = [*Invitation.objects.all(), *AuditEntry.objects.all()]
    assert token not in json.dumps(serializers.serialize("python", everything), default=str)


def test_invitation_expires_after_the_days_of_the_setting(world, settings):
    settings.CONCORD_INVITATION_DAYS = 3
    invitation, _ = invited(world)
    left = invitation.expires_at - timezone.now()
    assert timedelta(days=3) - timedelta(minutes=1) < left <= timedelta(days=3)


@pytest.mark.parametrize("code", ["R1", "R9"])
def test_invitation_with_a_code_taken_or_promised_is_refused(world, code):
    invited(world, rater_code="R9")
    with pytest.raises(ValidationError):
        invited(world, rater_code=code)
    assert Invitation.objects.count() == 1


def test_invitation_with_the_code_of_a_rater_without_account_hands_it_over(world):
    made = raters.create_rater(
        project=world.project, actor=world.manager, details=RaterDetails(group="student"), code="S1"
    )
    invitation, _ = invited(world, rater_code="S1")
    join(invitation=invitation, user=world.nobody)
    rater = world.coded(world.nobody)
    assert (rater.pk, rater.code, rater.group) == (made.pk, "S1", "student")


@pytest.mark.parametrize(("nature", "active"), [("external", True), ("model", True), ("person", False)])
def test_invitation_never_hands_over_somebody_elses_answers(world, nature, active):
    Rater.objects.create(project=world.project, code="X1", nature=nature, active=active)
    with pytest.raises(ValidationError):
        invited(world, rater_code="X1")


def test_invitation_used_by_an_account_gives_roles_and_rater(world, verbs, last_entry):
    values = {"roles": [Role.RATER, Role.ANALYST], "rater_code": "E4", "languages": ["zh"], "group": "expert"}
    invitation, _ = invited(world, **values)
    before = last_entry()
    join(invitation=invitation, user=world.nobody)
    invitation.refresh_from_db()
    rater = world.coded(world.nobody)
    assert (invitation.used_by, invitation.usable) == (world.nobody, False)
    assert (rater.code, rater.languages, rater.group) == ("E4", ["zh"], "expert")
    assert verbs(before) == ["invitation.used", "membership.added", "membership.added", "rater.created"]


def test_invitation_whose_code_was_taken_meanwhile_still_lets_in(world):
    invitation, _ = invited(world, rater_code="E4")
    Rater.objects.create(project=world.project, code="E4", user=world.analyst)
    join(invitation=invitation, user=world.nobody)
    assert world.coded(world.nobody).code == "R2"


def test_invitation_used_by_a_new_person_makes_the_account(world):
    invitation, _ = invited(world)
    user = join_as_new(invitation=invitation, account=ACCOUNT)
    user.refresh_from_db()
    assert (user.email, user.name, user.language) == ("kim@example.org", "Kim", "en")
    assert user.check_password(ACCOUNT.password) is True
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.primary, address.verified) == ("kim@example.org", True, False)
    assert world.coded(user).code == "R2"


def test_invitation_for_an_address_with_an_account_stays_open(world):
    invitation, _ = invited(world)
    with pytest.raises(ValidationError) as caught:
        join_as_new(
            invitation=invitation, account=NewAccount(email="NOBODY@example.org", name="N", password=ACCOUNT.password)
        )
    invitation.refresh_from_db()
    assert list(caught.value.message_dict) == ["email"]
    assert invitation.usable is True


def test_invitation_that_fails_on_the_way_leaves_no_account(world, monkeypatch):
    invitation, _ = invited(world)

    def broken(**values):
        raise RuntimeError

    monkeypatch.setattr(invitations, "add_roles", broken)
    with pytest.raises(RuntimeError):
        join_as_new(invitation=invitation, account=ACCOUNT)
    invitation.refresh_from_db()
    assert (User.objects.filter(email="kim@example.org").count(), invitation.usable) == (0, True)


def end(invitation, how):
    if how == "revoked":
        return revoke(invitation=invitation, actor=invitation.created_by)
    values = {"used": {"used_at": timezone.now()}, "expired": {"expires_at": timezone.now() - timedelta(seconds=1)}}
    return Invitation.objects.filter(pk=invitation.pk).update(**values[how])


@pytest.mark.parametrize("how", ["used", "revoked", "expired"])
def test_invitation_that_has_ended_lets_nobody_in(world, how):
    invitation, _ = invited(world)
    end(invitation, how)
    with pytest.raises(InvitationGone):
        join(invitation=invitation, user=world.nobody)
    with pytest.raises(InvitationGone):
        join_as_new(invitation=invitation, account=ACCOUNT)
    assert world.nobody.memberships.count() == 0
    assert User.objects.filter(email="kim@example.org").count() == 0


def test_invitation_is_revoked_once_and_never_after_use(world, verbs, last_entry):
    invitation, _ = invited(world)
    before = last_entry()
    answers = [revoke(invitation=invitation, actor=world.manager) for _ in range(2)]
    used, _ = invited(world)
    join(invitation=used, user=world.nobody)
    assert [*answers, revoke(invitation=used, actor=world.manager)] == [True, False, False]
    assert verbs(before).count("invitation.revoked") == 1


@pytest.mark.django_db(transaction=True)
def test_invitation_used_by_two_at_once_lets_one_in(world):
    invitation, _ = invited(world)
    barrier, outcomes = Barrier(2), []

    def click(number):
        account = NewAccount(email=f"kim{number}@example.org", name="Kim", password=ACCOUNT.password)
        barrier.wait()
        try:
            outcomes.append(join_as_new(invitation=invitation, account=account).email)
        except InvitationGone:
            outcomes.append("gone")
        finally:
            connection.close()

    threads = [Thread(target=click, args=[number]) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accounts = list(User.objects.filter(email__startswith="kim").values_list("email", flat=True))
    assert sorted(outcomes) == sorted([*accounts, "gone"])
    assert world.project.memberships.filter(user__email__in=accounts).count() == len(accounts) == 1
