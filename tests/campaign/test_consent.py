"""Consent before the work, its withdrawal, and the notice of what texts touch on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from label_world import World
from test_training import follow, press, say

from annotation.exports import EXPORTS
from campaign.models import Consent
from campaign.services import consent, flow_gates, holds
from projects.models import Assignment, AuditEntry, Exclusion, Rater, StudyRole
from projects.services import exclusions, exporting, parts, pauses

pytestmark = pytest.mark.django_db
ANSWERS = next(export for export in EXPORTS if export.key == "answers")
MATRIX = next(export for export in EXPORTS if export.key == "matrix")


def files(world: World) -> str:
    """Return two of the study's files."""
    parts = [exporting.stream(world.study, export, "csv") for export in (ANSWERS, MATRIX)]
    return b"".join(chunk for part in parts for chunk in part).decode()


def ask(world: World, text: str = "You read messages.", **more: str) -> None:
    """Let the manager write what raters agree to."""
    sent = {"text": text, "protocol": "P-7", "contact": "ethics@example.org", **more}
    assert world.client(world.manager).post(world.url("consent/"), sent).status_code == 302


def test_nobody_works_without_consent_and_the_version_is_kept() -> None:
    world = World()
    world.unit()
    ask(world)
    client, start = world.client(world.raters[0]), f"/rate/{world.study.token}/first/consent/"
    address, page = follow(client, world)
    assert (address, "P-7" in page, "ethics@example.org" in page) == ("first/consent/", True, True)
    assert client.post(start, {}).status_code == 422
    assert not Assignment.objects.exists()
    assert client.post(start, {"agree": "on"}).status_code == 302
    assert follow(client, world)[0] == ""
    ask(world, "A smaller change.")
    assert follow(client, world)[0] == ""
    ask(world, "A change that matters.", asks_again="on")
    assert follow(client, world)[0] == "first/consent/"
    assert list(Consent.objects.values_list("text__number", flat=True)) == [1]


@pytest.mark.parametrize("choice", ["stay", "go"])
def test_withdrawal_takes_the_answers_along_where_the_rater_says_so(choice: str) -> None:
    world = World()
    world.unit()
    ask(world)
    for rater in world.raters:
        client = world.client(rater)
        client.post(f"/rate/{world.study.token}/first/consent/", {"agree": "on"})
        say(client, world, "positive")
    assert "R1" in files(world)
    client, address = world.client(world.raters[0]), f"/rate/{world.study.token}/first/consent/withdraw/"
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"answers": choice}).status_code == 302
    part, row = world.part(world.raters[0]), Consent.objects.get(part__rater=world.raters[0])
    assert (part.state, row.withdrawn_at is not None, row.answers_stay) == ("left", True, choice == "stay")
    assert ("R1" in files(world), "R2" in files(world)) == (choice == "stay", True)
    assert exclusions.in_force(world.study).filter(rater=world.raters[0]).count() == int(choice == "go")
    shown = world.client(world.manager).get(world.url("consent/")).content.decode()
    assert ("leave results and files" in shown) == (choice == "go")
    # Said once more it changes nothing.
    client.post(address, {"answers": choice})
    assert Consent.objects.filter(part__rater=world.raters[0]).count() == 1
    assert Exclusion.objects.count() == int(choice == "go")


def withdrawn(world: World, choice: str) -> None:
    """Let every rater agree and answer, and the first one take their consent back."""
    world.unit()
    ask(world)
    for rater in world.raters:
        client = world.client(rater)
        client.post(f"/rate/{world.study.token}/first/consent/", {"agree": "on"})
        say(client, world, "positive")
    first = world.client(world.raters[0])
    first.post(f"/rate/{world.study.token}/first/consent/withdraw/", {"answers": choice})


def test_whoever_is_let_back_in_after_a_withdrawal_is_asked_again() -> None:
    world = World()
    withdrawn(world, "stay")
    world.unit()
    client, part = world.client(world.raters[0]), world.part(world.raters[0])
    assert world.client(world.manager).post(world.url(f"people/{part.pk}/return/")).status_code == 302
    assert follow(client, world)[0] == "first/consent/"
    assert flow_gates.withdrawn(world.study) == {world.raters[0].pk}
    client.post(f"/rate/{world.study.token}/first/consent/", {"agree": "on"})
    assert follow(client, world)[0] == ""
    assert flow_gates.withdrawn(world.study) == frozenset()


def test_answers_taken_along_come_back_at_the_raters_own_word_alone() -> None:
    world = World()
    withdrawn(world, "go")
    client, address = world.client(world.raters[0]), f"/rate/{world.study.token}/first/consent/"
    exclusion = Exclusion.objects.get()
    manager = world.client(world.manager)
    page = manager.get(world.url("exclusions/")).content.decode()
    assert (f"exclusions/{exclusion.pk}/lift/" in page, "Only the rater can take this back." in page) == (False, True)
    said = manager.post(world.url(f"exclusions/{exclusion.pk}/lift/"), follow=True).content.decode()
    assert ("Only the rater can let these answers" in said, "R1" in files(world)) == (True, False)
    assert "Let my answers be used again" in client.get(address).content.decode()
    for _twice in range(2):
        assert client.post(address, {"use_again": "1"}).status_code == 302
    exclusion.refresh_from_db()
    assert (exclusion.lifted_by, "R1" in files(world)) == (world.raters[0].user, True)
    assert Consent.objects.get(part__rater=world.raters[0]).answers_stay is True
    assert AuditEntry.objects.filter(verb="study.consent_answers_given_back").count() == 1
    # They take part no more: that was not what they took back.
    assert world.part(world.raters[0]).state == "left"


def test_nobody_gives_back_what_was_never_taken_along() -> None:
    world = World()
    withdrawn(world, "stay")
    exclusions.leave_out(world.study, world.raters[0], reason="Careless.", actor=world.manager)
    client, address = world.client(world.raters[0]), f"/rate/{world.study.token}/first/consent/"
    assert "Let my answers be used again" not in client.get(address).content.decode()
    client.post(address, {"use_again": "1"})
    assert exclusions.in_force(world.study).count() == 1


@pytest.mark.parametrize("when", ["asked again", "paused", "held"])
def test_consent_can_be_taken_back_at_any_time(when: str) -> None:
    world = World()
    world.unit()
    ask(world)
    client, start = world.client(world.raters[0]), f"/rate/{world.study.token}/first/consent/"
    assert "consent/withdraw/" not in client.get(start).content.decode()
    client.post(start, {"agree": "on"})
    if when == "paused":
        pauses.pause(world.part(world.raters[0]), actor=world.manager)
        assert start in client.get(f"/rate/{world.study.token}/").content.decode()
    elif when == "held":
        holds.hold(world.part(world.raters[0]), cause="manager", actor=world.manager)
        assert start in follow(client, world)[1]
    else:
        ask(world, "A change that matters.", asks_again="on")
    assert "consent/withdraw/" in client.get(start).content.decode()


def test_whoever_left_has_no_disputes_to_discuss_and_no_answers_to_change() -> None:
    world = World()
    world.unit()
    for rater, said in zip(world.raters, ("positive", "negative"), strict=True):
        say(world.client(rater), world, said)
    client, mine = world.client(world.raters[0]), f"/rate/{world.study.token}/done/"
    disputes = f"/rate/{world.study.token}/disputes/mine/"
    assert disputes in client.get("/").content.decode()
    assert "You can change an answer" in client.get(mine).content.decode()
    consent.withdraw(world.part(world.raters[0]), answers_stay=True)
    assert disputes not in client.get("/").content.decode()
    page = client.get(mine).content.decode()
    assert ("You can change an answer" in page, "Go on rating" in page) == (False, False)
    assert "You no longer take part in this study" in page


def test_a_withdrawal_leaves_a_period_that_the_manager_left_out_as_it_is() -> None:
    world = World()
    rater = world.raters[0]
    spring, now = timezone.now() - timedelta(days=90), timezone.now()
    period = exclusions.leave_out(world.study, rater, reason="Ill.", actor=world.manager, since=spring, until=now)
    whole = exclusions.leave_out(world.study, rater, reason="Careless.", actor=world.manager)
    consent.withdraw(world.part(rater), answers_stay=False)
    period.refresh_from_db()
    whole.refresh_from_db()
    assert (period.lifted_at, period.withdrawal, whole.lifted_at is None) == (None, False, False)
    standing = exclusions.in_force(world.study).filter(rater=rater)
    assert set(standing.values_list("since", "withdrawal")) == {(spring, False), (None, True)}


def test_the_notice_is_read_once_and_stands_beside_the_work() -> None:
    world = World()
    world.unit()
    sent = {"notice": "1", "content-categories": ["grief", "self_harm"], "content-text": "Some are *sad*."}
    assert world.client(world.manager).post(world.url("consent/"), sent).status_code == 302
    client = world.client(world.raters[0])
    address, page = follow(client, world)
    assert (address, "grief and death" in page, "<em>sad</em>" in page) == ("first/notice/", True, True)
    address, page = press(client, world, "notice/")
    assert (address, "Touches on:" in page, "self-harm and suicide" in page) == ("", True, True)


def test_a_text_is_skipped_without_a_reason() -> None:
    world = World()
    unit = world.unit()
    client = world.client(world.raters[0])
    follow(client, world)
    row = Assignment.objects.get(unit=unit)
    assert client.post(f"/rate/{world.study.token}/{row.token}/skip/", {"reason": "unsaid"}).status_code == 302
    row.refresh_from_db()
    assert (row.skip_reason, StudyRole.objects.get(rater=world.raters[0]).submitted) == ("unsaid", 0)


@pytest.mark.parametrize("how", ["replaced", "stayed", "taken out"])
def test_answers_can_be_taken_along_later_as_well(how: str) -> None:
    """Whoever left, or was taken out of the project, has given answers all the same."""
    world = World()
    if how == "stayed":
        withdrawn(world, "stay")
    else:
        world.unit()
        world.answer(world.raters[0], "positive")
        parts.leave(world.part(world.raters[0]), actor=world.manager)
    if how == "taken out":
        Rater.objects.filter(pk=world.raters[0].pk).update(active=False)
    client, start = world.client(world.raters[0]), f"/rate/{world.study.token}/first/consent/"
    assert "R1" in files(world)
    page = client.get(start).content.decode()
    assert ("consent/withdraw/" in page, "Back to the work" in page) == (True, False)
    page = client.get(start + "withdraw/").content.decode()
    assert ("Take your answers back" in page, "Back to the work" in page) == (True, False)
    assert client.post(start + "withdraw/", {}).status_code == 422
    for _twice in range(2):
        client.post(start + "withdraw/", {"answers": "go"})
    assert ("R1" in files(world), exclusions.in_force(world.study).count()) == (False, 1)
    assert "consent/withdraw/" not in client.get(start).content.decode()
    assert world.client(world.raters[1]).get(start).status_code == 200
    assert world.client(world.manager).get(start).status_code == 404


def test_whoever_was_taken_out_of_the_project_is_not_asked_to_agree() -> None:
    world = World()
    ask(world)
    Rater.objects.filter(pk=world.raters[0].pk).update(active=False)
    client, start = world.client(world.raters[0]), f"/rate/{world.study.token}/first/consent/"
    assert "I agree to take part" not in client.get(start).content.decode()
    client.post(start, {"agree": "on"})
    assert not Consent.objects.exists()
    assert client.get(f"/rate/{world.study.token}/").status_code == 404
