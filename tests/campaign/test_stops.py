"""The People page says what keeps a rater from the work, in step with what the rater meets."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from label_world import World
from test_consent import ask
from test_training import add, follow, press, say

from campaign.models import RaterHold
from campaign.services import gate, holds
from projects import gates
from projects.models import Rater
from projects.services import parts, studies

pytestmark = pytest.mark.django_db


def told(world: World, rater: Rater) -> str:
    """Return the state that the manager reads beside a rater."""
    rows = world.client(world.manager).get(world.url("people/")).context["raters"]
    [stop] = [stop for part, stop in rows if part.rater_id == rater.pk]
    part = world.part(rater)
    due = gate.step(part) if gates.pending(part) else ""
    assert bool(stop) == (due in (gate.HELD, gate.CONSENT, gate.TRAINING)), due
    return stop.words if stop else "active"


def test_calibration_is_waited_for_then_failed_then_waived() -> None:
    world = World()
    world.unit()
    add(world, "calibration", "negative")
    first, second = world.raters
    assert [told(world, rater) for rater in world.raters] == ["calibration not finished"] * 2
    say(world.client(first), world, "positive")
    press(world.client(first), world)
    say(world.client(second), world, "negative")
    press(world.client(second), world)
    assert [told(world, rater) for rater in world.raters] == ["did not pass the calibration", "active"]
    page = world.client(world.manager).get(world.url("people/")).content.decode()
    record = world.url(f"training/raters/{world.part(first).pk}/")
    assert f'<a class="badge danger" href="{record}">did not pass the calibration</a>' in page
    world.client(world.manager).post(record, {"let_pass": "1"})
    assert told(world, first) == "active"


def test_practice_and_a_further_try_are_waited_for() -> None:
    world = World()
    world.unit()
    add(world, "practice", "negative")
    add(world, "calibration", "negative")
    add(world, "calibration", "negative", number=2)
    rater = world.raters[0]
    client = world.client(rater)
    assert told(world, rater) == "training not finished"
    say(client, world, "positive")
    press(client, world)
    say(client, world, "positive")
    press(client, world)
    assert told(world, rater) == "calibration not finished"


def test_a_paused_rater_is_told_with_cause_and_reason() -> None:
    world = World()
    world.unit()
    rater = world.raters[0]
    assert told(world, rater) == "active"
    holds.hold(world.part(rater), cause=RaterHold.Cause.MANAGER, actor=world.manager, reason="Let us talk first.")
    assert told(world, rater) == "paused"
    page = world.client(world.manager).get(world.url("people/")).content.decode()
    assert '<span class="soft">by the manager: Let us talk first.</span>' in page
    holds.lift(world.part(rater), actor=world.manager)
    assert told(world, rater) == "active"


def test_consent_is_waited_for_again_where_a_new_version_asks() -> None:
    world = World()
    world.unit()
    ask(world)
    rater = world.raters[0]
    assert told(world, rater) == "has not consented"
    client = world.client(rater)
    client.post(f"/rate/{world.study.token}/first/consent/", {"agree": "on"})
    assert follow(client, world)[0] == ""
    ask(world, "A smaller change.")
    assert told(world, rater) == "active"
    ask(world, "A change that matters.", asks_again="on")
    assert told(world, rater) == "has not consented"


def test_who_has_left_or_is_gated_by_nothing_is_told_as_ever() -> None:
    world = World()
    world.unit()
    rater = world.raters[0]
    holds.hold(world.part(rater), cause=RaterHold.Cause.MANAGER, actor=world.manager)
    parts.leave(world.part(rater), actor=world.manager)
    page = world.client(world.manager).get(world.url("people/"))
    assert [stop for _part, stop in page.context["raters"]] == [None, None]
    assert "left on" in page.content.decode()


def test_page_asks_as_often_for_two_raters_as_for_four() -> None:
    world = World()
    world.unit()
    ask(world)
    add(world, "calibration", "negative")
    browser = world.client(world.manager)

    def asked() -> int:
        browser.get(world.url("people/"))
        with CaptureQueriesContext(connection) as queries:
            stops = [stop for _part, stop in browser.get(world.url("people/")).context["raters"]]
        assert None not in stops
        return len(queries)

    before = asked()
    for code in ("R3", "R4"):
        studies.add_rater(world.study, world.rater(code), actor=world.manager)
    assert asked() == before
