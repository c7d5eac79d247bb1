"""People come and go in Chromium: from an invitation to the first unit, a pause, and a replacement."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from label_world import World
from playwright.sync_api import expect
from steps import choose, open_work, sees
from test_e2e_manager import PASSWORD, invite, join

from projects.models import Assignment, Rater, StudyRole

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.fixtures import SettingsWrapper

Device = Callable[..., "Page"]
# From the manager's first click to the rater's first answer.
MOST_SECONDS = 180


@pytest.mark.e2e
def test_from_an_invitation_to_the_first_unit_in_less_than_three_minutes(
    transactional_db: None, device: Device, until: Callable[[Callable[[], object]], object]
) -> None:
    world = World(content_notice="Some of these texts speak of **loss**.")
    for _ in range(2):
        world.unit()
    manager, new = device(world.manager), device(None)
    begun = time.monotonic()
    link = invite(manager, "ann")
    join(new, link, "Ann")
    manager.goto(world.url("people/"))
    manager.get_by_label("ann · Ann").check()
    manager.get_by_role("button", name="Add", exact=True).click()
    expect(manager.locator("main")).to_contain_text("They take part from now on.")
    new.goto("/")
    new.get_by_role("link", name="Begin").click()
    expect(new.locator("main")).to_contain_text("Some of these texts speak of loss.")
    new.get_by_role("button", name="Begin").click()
    sees(new, 0)
    choose(new, "positive")
    new.keyboard.press("Enter")
    sees(new, 1)
    assert time.monotonic() - begun < MOST_SECONDS
    until(Assignment.objects.filter(rater__code="ann", state="submitted").exists)


@pytest.mark.e2e
def test_many_are_invited_to_a_study_at_once_and_begin_where_they_land(
    world: World, device: Device, until: Callable[[Callable[[], object]], object], settings: SettingsWrapper
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    world.unit()
    manager, new = device(world.manager), device(None)
    manager.goto(f"/p/harbour/roster/import/?study={world.study.slug}")
    manager.get_by_label("Or paste the lines").fill(
        "code,email\nann,ann@harbour.example.org\nbob,bob@harbour.example.org"
    )
    manager.get_by_role("button", name="Look at it first").click()
    expect(manager.get_by_label(f"{world.study.name} · open")).to_be_checked()
    manager.get_by_role("button", name="Import", exact=True).click()
    link = manager.get_by_role("row", name="ann@harbour.example.org").locator("code").inner_text()
    manager.goto(world.url("people/"))
    expect(manager.locator("main")).to_contain_text("2 invited people join this study")
    new.goto(link)
    expect(new.locator("main")).to_contain_text(f"You then take part in this study: {world.study.name}")
    new.get_by_label("Name", exact=True).fill("Ann")
    new.locator("input[type=password]").first.fill(PASSWORD)
    new.get_by_role("button", name="Create an account and join").click()
    new.get_by_role("link", name="Begin").click()
    sees(new, 0)
    choose(new, "positive")
    new.keyboard.press("Enter")
    until(Assignment.objects.filter(rater__code="ann", state="submitted").exists)
    manager.goto("/p/harbour/invitations/?state=spent")
    expect(manager.get_by_role("row", name="ann@harbour.example.org")).to_contain_text(world.study.name)


@pytest.mark.e2e
def test_a_rater_pauses_comes_back_and_is_replaced_and_nothing_given_moves(
    world: World, device: Device, until: Callable[[Callable[[], object]], object]
) -> None:
    for _ in range(3):
        world.unit()
    first, second = world.raters[0], world.rater("R3")
    page, manager = device(first), device(world.manager)
    open_work(page, world)
    choose(page, "positive")
    page.keyboard.press("Enter")
    until(Assignment.objects.filter(state="submitted").exists)
    page.get_by_role("link", name="Your answers").click()
    page.get_by_role("link", name="Take a pause").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("main")).to_contain_text("Your work here is paused")
    page.get_by_role("button", name="Come back now").click()
    page.locator("#unit-text").wait_for()
    manager.goto(world.url("people/"))
    manager.get_by_role("link", name=re.compile("Replace.*R1")).click()
    manager.get_by_label("New rater").select_option(label="R3 · r3@harbour.example.org")
    manager.get_by_role("button", name="Replace").click()
    expect(manager.locator("main")).to_contain_text("R3 takes the place of R1.")
    page.reload()
    expect(page.locator("main")).to_contain_text("You no longer take part in this study")
    heir = device(second)
    open_work(heir, world)
    given = Assignment.objects.filter(state="submitted").values_list("rater__code", "unit__sort_key")
    assert list(given) == [("R1", 0)]
    assert StudyRole.objects.get(rater=second).replaces == StudyRole.objects.get(rater=first)
    manager.goto(world.url("flow/"))
    expect(manager.locator("svg").first).to_be_visible()
    manager.get_by_text("The numbers as a table").click()
    row = manager.get_by_role("row", name="left and were replaced")
    expect(row).to_contain_text("1")
    assert Rater.objects.get(code="R1").assignments.filter(state="submitted").count() == 1
