"""Flags in Chromium: a rater flags what they read, the manager has it at once and puts an alias in place of words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from dialogue_world import World
from label_world import World as Review
from playwright.sync_api import expect

from projects.models import Assignment, Flag, Item

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
WIDTHS = [1280, 390]
WORDS = ("I told Mei Chen everything.", "How did she take it?", "Mei Chen cried. I wanted to be gone.", "Gone?")


@pytest.mark.parametrize("width", WIDTHS)
def test_rater_flags_a_turn_and_the_manager_replaces_the_name(
    transactional_db: None, device: Device, width: int
) -> None:
    world = World(prelabel="hidden")
    world.project.help_text = "Call the **night line**."
    world.project.save()
    world.session(WORDS)
    world.open()
    row = world.hold(world.raters[0])
    rater = device(world.raters[0], viewport={"width": width, "height": 844})
    rater.goto(world.url(row))
    rater.locator("#t3").click()
    rater.keyboard.press("f")
    expect(rater.get_by_role("heading", name="Flag this text")).to_be_visible()
    expect(rater.get_by_text("Mei Chen cried. I wanted to be gone.")).to_be_visible()
    assert rater.evaluate("document.documentElement.scrollWidth") <= width
    rater.get_by_label("privacy: a name, a place, a contact").check()
    rater.get_by_label("Note").fill("A full name.")
    rater.get_by_role("button", name="Flag it").click()
    expect(rater.get_by_text("Flagged. The manager has it on the list now.")).to_be_visible()
    expect(rater.locator("#t1")).to_be_visible()

    manager = device(world.manager, viewport={"width": width, "height": 844})
    manager.goto("/")
    manager.get_by_role("link", name="Look into them").click()
    manager.get_by_role("link", name="privacy: a name, a place, a contact").click()
    expect(manager.get_by_text("A full name.")).to_be_visible()
    manager.get_by_role("link", name="Put an alias in place of words").click()
    manager.get_by_label("Words to replace").fill("Mei Chen")
    manager.get_by_label("Alias", exact=True).fill("[friend]")
    manager.get_by_role("button", name="Show what would change").click()
    expect(manager.locator("mark")).to_have_count(2)
    manager.get_by_role("button", name="Replace it in 2 places").click()
    expect(manager.get_by_text("Replaced. Everybody reads the alias from now on")).to_be_visible()
    rater.reload()
    expect(rater.locator("#t1 .turn-text")).to_have_text("I told [friend] everything.")
    assert "Mei Chen" not in rater.content()
    flag = Flag.objects.get()
    manager.goto(f"/p/lakeside/flags/{flag.pk}/")
    manager.get_by_label("What was done").fill("The name has an alias now.")
    manager.get_by_role("button", name="Mark as handled").click()
    expect(manager.get_by_text("Handled. The note is kept with the flag.")).to_be_visible()
    flag.refresh_from_db()
    assert (flag.turn, flag.concern, flag.state, flag.rater) == (2, "privacy", "handled", world.raters[0])
    assert Item.objects.get(dataset=world.dataset).revisions.count() == 2


@pytest.mark.parametrize("width", WIDTHS)
def test_rater_flags_an_item_under_label_review(world: Review, device: Device, width: int) -> None:
    text = world.unit().revision
    assert text is not None
    page = device(world.raters[0], viewport={"width": width, "height": 844})
    page.goto(f"/rate/{world.study.token}/")
    expect(page.get_by_text(text.text)).to_be_visible()
    page.keyboard.press("f")
    page.get_by_label("self-harm or suicide").check()
    page.get_by_role("button", name="Flag it").click()
    expect(page.get_by_text("Flagged. The manager has it on the list now.")).to_be_visible()
    expect(page.get_by_text(text.text)).to_be_visible()
    flag = Flag.objects.get()
    assert (flag.concern, flag.rater, flag.turn) == ("self_harm", world.raters[0], None)
    assert Assignment.objects.get().state == Assignment.State.LEASED
