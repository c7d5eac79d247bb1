"""Practice, calibration and hidden checks of a label review, over HTTP as raters meet them."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from label_world import World
from test_flow import of

from campaign.models import Calibration, Check, RaterHold
from campaign.services import making, training
from projects.models import Assignment, Rater, StudyRole, Submission, Unit
from projects.services import parts, studies
from projects.services.checks import wrong_counters

pytestmark = pytest.mark.django_db


def add(world: World, stage: str, *answers: str, number: int = 1) -> list[Unit]:
    """Add items with right answers, each from a unit of the study's own."""
    units = [world.unit() for _answer in answers]
    world.study.refresh_from_db()
    rows = [
        making.Line(unit.item.external_id, answer, f"Why {answer}.")
        for unit, answer in zip(units, answers, strict=True)
    ]
    making.add(world.study, stage=stage, number=number, rows=rows, actor=world.manager)
    return [Unit.objects.get(pk=unit.pk) for unit in units]


def follow(client: Client, world: World) -> tuple[str, str]:
    """Ask for work; returns the address it ends at and the page."""
    reply = client.get(f"/rate/{world.study.token}/", follow=True)
    address = reply.redirect_chain[-1][0] if reply.redirect_chain else f"/rate/{world.study.token}/"
    assert reply.status_code == 200
    return address.removeprefix(f"/rate/{world.study.token}/"), reply.content.decode()


def say(client: Client, world: World, value: str) -> tuple[str, str]:
    """Answer the unit that comes first, and go on as the browser does."""
    address, page = follow(client, world)
    address = address or re.findall('data-token="([^"]+)"', page)[0] + "/"
    key = f"key-{next(world.keys)}"
    reply = client.post(f"/rate/{world.study.token}/{address}", {"values": value, "client_key": key, "active_ms": "5"})
    assert reply.status_code == 302, reply.content.decode()
    return follow(client, world)


def press(client: Client, world: World, page: str = "training/") -> tuple[str, str]:
    """Press the one button of a page before the work."""
    assert client.post(f"/rate/{world.study.token}/first/{page}", {"next": "1"}).status_code == 302
    return follow(client, world)


def test_practice_tells_the_expected_answer_at_once_and_counts_nowhere() -> None:
    world = World()
    real = world.unit()
    [unit] = add(world, "practice", "negative")
    client = world.client(world.raters[0])
    address, page = say(client, world, "positive")
    assert address == "first/training/"
    assert ("Here another answer was expected" in page, "Why negative." in page) == (True, True)
    address, page = press(client, world)
    assert (address, "What was said, number 0." in page) == ("", True)
    unit.refresh_from_db()
    part = world.part(world.raters[0])
    assert (unit.role, unit.withdrawn, unit.done, part.submitted, part.gate) == (
        "training", True, 1, 0, world.part(world.raters[0]).study.gate,
    )  # fmt: skip
    assert Assignment.objects.get(unit=real).state == "leased"
    assert Check.objects.get().score == 0.0
    world.study.refresh_from_db()
    assert (world.study.unit_count, world.study.place_count) == (1, 2)
    assert [line for line in wrong_counters() if not line.startswith("data set")] == []


def test_calibration_failed_then_passed_with_other_items() -> None:
    world = World()
    world.unit()
    add(world, "calibration", "negative", "positive")
    add(world, "calibration", "negative", "negative", number=2)
    client = world.client(world.raters[0])
    say(client, world, "negative")
    address, page = say(client, world, "negative")
    assert (address, "Not passed this time" in page, "Why positive." in page) == ("first/training/", True, True)
    assert "50 %" in page
    press(client, world)
    say(client, world, "negative")
    address, page = say(client, world, "negative")
    assert (address, "Passed" in page, "100 %" in page) == ("first/training/", True, True)
    assert press(client, world)[0] == ""
    rows = Calibration.objects.order_by("round").values_list("round", "score", "passed")
    assert list(rows) == [(1, 0.5, False), (2, 1.0, True)]
    assert [line for line in wrong_counters() if not line.startswith("data set")] == []


def test_who_fails_every_try_gets_no_unit_until_the_manager_says_so() -> None:
    world = World()
    real = world.unit()
    add(world, "calibration", "negative")
    client = world.client(world.raters[0])
    say(client, world, "positive")
    address, page = press(client, world)
    assert (address, "nothing else is asked of you now" in page) == ("first/training/", True)
    assert not Assignment.objects.filter(unit=real).exists()
    part, manager = world.part(world.raters[0]), world.client(world.manager)
    assert "1 rater did not pass the calibration" in manager.get("/").content.decode()
    found = of(world.study)
    assert found["Raters/Take or took part in this study > did not pass"] == 1
    assert (found["Raters/Passed calibration"], found["Raters/Worked"]) == (0, 0)
    reply = manager.post(world.url(f"training/raters/{part.pk}/"), {"let_pass": "1"})
    assert reply.status_code == 302
    assert "did not pass the calibration" not in manager.get("/").content.decode()
    assert follow(client, world)[0] == ""
    assert Calibration.objects.get().let_pass_by == world.manager


def test_whoever_has_a_try_left_or_is_gone_waits_for_no_manager() -> None:
    world = World()
    world.unit()
    add(world, "calibration", "negative")
    add(world, "calibration", "negative", number=2)
    manager = world.client(world.manager)
    clients = [world.client(rater) for rater in world.raters]
    for client in clients:
        say(client, world, "positive")
        press(client, world)
    assert "did not pass the calibration" not in manager.get("/").content.decode()
    for client in clients:
        say(client, world, "positive")
    assert "2 raters did not pass the calibration" in manager.get("/").content.decode()
    parts.leave(world.part(world.raters[0]), actor=world.manager)
    assert "1 rater did not pass the calibration" in manager.get("/").content.decode()


def test_a_second_answer_changes_no_verdict() -> None:
    world = World()
    world.unit()
    [unit] = add(world, "practice", "negative")
    client = world.client(world.raters[0])
    say(client, world, "positive")
    row = Assignment.objects.get(unit=unit)
    client.post(
        f"/rate/{world.study.token}/{row.token}/", {"values": "negative", "client_key": "again", "based_on": "1"}
    )
    assert (Submission.objects.count(), Check.objects.get().score) == (2, 0.0)
    assert follow(client, world)[0] == "first/training/"


def test_a_hidden_check_looks_like_every_unit_and_pauses_who_misses_it() -> None:
    world = World(order="imported")
    values = {
        "pass_mark": 80, "tolerance": 0, "expert": None, "warn_below": 80, "pause_below": 50, "checks_first": 1,
    }  # fmt: skip
    add(world, "hidden", "negative")
    world.unit()
    world.study.refresh_from_db()
    making.save_plan(world.study, values=values, actor=world.manager)
    client = world.client(world.raters[0])
    address, page = follow(client, world)
    assert (address, "gold" in page.lower(), "Why" in page) == ("", False, False)
    token = Assignment.objects.get(rater=world.raters[0], state="leased", unit__role="gold").token
    reply = client.post(f"/rate/{world.study.token}/{token}/", {"values": "positive", "client_key": "k1"})
    assert reply.status_code == 302
    address, page = follow(client, world)
    assert (address, "nothing is wrong with your account" in page) == ("first/held/", True)
    part = world.part(world.raters[0])
    assert (part.submitted, RaterHold.objects.get().cause) == (1, "checks")
    shown = world.client(world.manager).get(world.url("training/")).content.decode()
    assert ("paused" in shown, "0 %" in shown) == (True, True)
    world.client(world.manager).post(world.url(f"training/raters/{part.pk}/"), {"lift": "1"})
    assert follow(client, world)[0] == ""
    assert [line for line in wrong_counters() if not line.startswith("data set")] == []


def test_items_that_do_not_fit_are_named_and_none_is_added() -> None:
    world = World()
    unit = world.unit()
    world.answer(world.raters[0], "positive")
    world.study.refresh_from_db()
    page = world.client(world.manager).post(
        world.url("training/"),
        {"stage": "practice", "number": "1", "lines": f"{unit.item.external_id} | positive\nnothing | positive"},
    )
    text = page.content.decode()
    assert page.status_code == 422
    assert ("Raters have judged this item in the study already" in text, "There is no item" in text) == (True, True)
    assert world.study.training_items.count() == 0


def test_an_item_nobody_met_goes_back_to_the_work() -> None:
    world = World()
    world.unit()
    [unit] = add(world, "practice", "negative")
    making.remove(world.study.training_items.select_related("unit").get(), actor=world.manager)
    unit.refresh_from_db()
    world.study.refresh_from_db()
    assert (unit.role, unit.withdrawn, unit.open, unit.wanted, world.study.unit_count) == ("main", False, True, 2, 2)


def test_a_study_that_asks_nothing_asks_the_database_nothing(django_assert_num_queries) -> None:
    world = World()
    world.unit()
    part = world.part(world.raters[0])
    from projects import gates

    with django_assert_num_queries(0):
        assert (gates.pending(part), gates.detour(part), gates.guideline(part)) == (
            False, "", part.study.guideline_id,
        )  # fmt: skip


def test_the_expert_sets_what_is_right() -> None:
    world = World()
    world.unit()
    unit = world.unit()
    world.study.refresh_from_db()
    plan = {"pass_mark": 100, "tolerance": 0, "expert": world.raters[1], "warn_below": None, "pause_below": None}
    making.save_plan(world.study, values=plan, actor=world.manager)
    row = making.Line(unit.item.external_id, "", "")
    making.add(world.study, stage="calibration", number=1, rows=[row], actor=world.manager)
    expert, other = (world.client(rater) for rater in world.raters[::-1])
    assert say(expert, world, "negative")[0] == ""
    address, page = say(other, world, "negative")
    assert (address, "Passed" in page) == ("first/training/", True)


def rater_of(world: World, code: str) -> StudyRole:
    """Add a rater to the running study."""
    rater: Rater = world.rater(code)
    return studies.add_rater(world.study, rater, actor=world.manager)


def test_who_joins_later_is_trained_too_and_gets_the_hidden_checks() -> None:
    world = World()
    [unit] = add(world, "hidden", "negative")
    add(world, "practice", "positive")
    late = rater_of(world, "R9")
    client = world.client(late.coded)
    say(client, world, "positive")
    press(client, world)
    unit.refresh_from_db()
    assert (unit.role, unit.wanted, training.standing(world.part(late.coded)).at) == ("gold", 3, "done")


@pytest.mark.parametrize("shown", [True, False])
def test_raters_see_how_the_calibration_went_if_the_study_wants(shown: bool) -> None:
    world = World()
    world.unit()
    add(world, "calibration", "negative", "positive")
    values = {"pass_mark": 50, "tolerance": 0, "checks_first": 5, "results_shown": shown}
    making.save_plan(world.study, values=values, actor=world.manager)
    client = world.client(world.raters[0])
    say(client, world, "negative")
    address, page = say(client, world, "negative")
    assert (address, "Passed" in page) == ("first/training/", True)
    assert ("50 %" in page, "Why positive." in page) == (shown, shown)
    press(client, world)
    record = client.get(f"/rate/{world.study.token}/first/record/").content.decode()
    assert ("passed" in record, "50 %" in record, "Why positive." in record) == (True, shown, shown)
    work = client.get(f"/rate/{world.study.token}/own/work/").content.decode()
    assert ("passed" in work, "(50 %)" in work) == (True, shown)


def test_raters_come_in_pages_and_an_expert_among_many_is_typed(monkeypatch) -> None:
    world = World()
    monkeypatch.setattr("projects.forms.rows.MOST_OFFERED", 1)
    monkeypatch.setattr("campaign.views.training.RATERS_A_PAGE", 1)
    browser, url = world.client(world.manager), world.url("training/")
    first, second = browser.get(url), browser.get(f"{url}?people=2")
    assert [one.part.coded.code for one in first.context["people"]] == ["R1"]
    assert [one.part.coded.code for one in second.context["people"]] == ["R2"]
    plan = {"pass_mark": "80", "tolerance": "0", "checks_first": "5", "expert": "R2"}
    assert browser.post(url, plan).status_code == 302
    assert world.study.training.expert.code == "R2"
    assert 'value="R2"' in browser.get(url).content.decode()
