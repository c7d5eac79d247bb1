"""A dispute in Chromium: two raters and an adjudicator, each in a browser of their own, on a screen and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from label_world import World
from playwright.sync_api import expect
from steps import open_work

from annotation.models import Dispute, DisputePost, Resolution
from projects.models import Item

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
SCREEN, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
WINDOWS = pytest.mark.parametrize("window", [SCREEN, PHONE], ids=["screen", "phone"])


def fits(page: Page) -> None:
    """The page is not wider than its window."""
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def say(page: Page, words: str) -> None:
    """Add to the discussion."""
    page.get_by_label("Your view").fill(words)
    page.get_by_role("button", name="Add to the discussion").click()
    page.locator("ol").get_by_text(words).wait_for()


def settle(page: Page, answer: str, reason: str, *, why: str = "") -> None:
    """Decide."""
    page.get_by_label(answer, exact=True).check()
    if why:
        page.get_by_label("Why it is removed").select_option(label=why)
    page.get_by_label("Reason", exact=True).fill(reason)
    page.get_by_role("button", name="Settle and go on").click()


def rate(page: Page, world: World, key: str) -> None:
    """Answer the next unit."""
    open_work(page, world)
    with page.expect_response(lambda reply: reply.request.method == "POST" and reply.ok):
        page.keyboard.press(key)
        page.keyboard.press("Enter")


@WINDOWS
def test_two_raters_differ_talk_and_agree(world: World, device: Device, window: dict[str, int]) -> None:
    world.unit()
    first, second = (device(rater, viewport=window) for rater in world.raters)
    rate(first, world, "1")
    rate(second, world, "2")
    first.goto("/")
    first.get_by_role("link", name="Discuss").click()
    first.locator(".row-title a").click()
    expect(first.locator("main")).to_contain_text("R2")
    fits(first)
    say(first, "I read it the other way.")
    second.goto("/")
    second.get_by_role("link", name="Discuss").click()
    second.locator(".row-title a").click()
    expect(second.locator("main")).to_contain_text("I read it the other way.")
    second.get_by_label("Positive").check()
    second.get_by_role("button", name="Change my answer").click()
    expect(second.locator(".notice.success")).to_contain_text("Final answer: Positive")
    assert list(Resolution.objects.values_list("how", "values")) == [("discussed", ["positive"])]
    assert list(DisputePost.objects.values_list("rater__code", "text")) == [("R1", "I read it the other way.")]


@WINDOWS
def test_adjudicator_settles_with_a_reason_and_removes_the_next(
    world: World, device: Device, window: dict[str, int]
) -> None:
    world.dispute()
    world.dispute()
    page = device(world.adjudicator, viewport=window)
    page.goto("/")
    page.get_by_role("link", name="Settle").click()
    fits(page)
    page.get_by_role("link", name="item-0").click()
    expect(page.locator("main")).not_to_contain_text("R1")
    fits(page)
    assert not page.get_by_label("Why it is removed").is_visible()
    settle(page, "Negative", "It wears them down.")
    expect(page.get_by_role("heading", name="item-1")).to_be_visible()
    settle(page, "remove the item", "It names a street.", why="privacy")
    expect(page.get_by_text("No open disputes")).to_be_visible()
    assert list(Item.objects.order_by("position").values_list("final", "removed", "removal_reason")) == [
        (["negative"], False, ""),
        (None, True, "privacy"),
    ]


def test_decision_without_a_reason_is_given_back_with_what_was_chosen(world: World, device: Device) -> None:
    dispute = world.dispute()
    page = device(world.adjudicator)
    page.goto(world.url(f"disputes/{dispute.pk}/"))
    page.get_by_label("Negative", exact=True).check()
    page.get_by_role("button", name="Settle and go on").click()
    expect(page.locator("#error-summary")).to_contain_text("Give the reason; it stays with the item.")
    assert page.get_by_label("Negative", exact=True).is_checked()
    assert not Resolution.objects.exists()


@WINDOWS
def test_meeting_steps_through_the_agenda(world: World, device: Device, window: dict[str, int]) -> None:
    for _ in range(3):
        world.dispute()
    page = device(world.adjudicator, viewport=window)
    page.goto(world.url("disputes/"))
    for item in ("item-0", "item-2"):
        page.get_by_label(item).check()
    page.get_by_role("button", name="Put on the agenda").click()
    page.get_by_role("link", name="Start a meeting (2)").click()
    page.get_by_label("R1").check()
    page.get_by_label("Others").fill("supervisor")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="item-0")).to_be_visible()
    fits(page)
    say(page, "What do we make of the last sentence?")
    settle(page, "Positive", "All agreed.")
    expect(page.get_by_role("heading", name="item-2")).to_be_visible()
    settle(page, "Negative", "Two to one.")
    expect(page.locator("main")).to_contain_text("Nothing is left on its agenda.")
    page.get_by_role("button", name="End the meeting").click()
    fits(page)
    row = page.get_by_role("row").filter(has_text="supervisor")
    expect(row).to_contain_text("R1")
    assert row.locator("td").last.inner_text() == "2"
    assert Dispute.objects.filter(state="open").count() == 1
