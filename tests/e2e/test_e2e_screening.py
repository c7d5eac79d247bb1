"""Screening in Chromium: a counsellor keeps one dialogue and drops another by keyboard, on a screen and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from dialogue_world import World
from playwright.sync_api import expect

from annotation.models import Label
from projects.services import studies

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]


@pytest.mark.parametrize("width", [1280, 390])
def test_counsellor_keeps_and_drops_by_keyboard(transactional_db: None, device: Device, width: int) -> None:
    world = World(raters=3)
    world.session(["I cannot sleep.", "How long has it been so?"])
    world.session(["Buy now.", "Where?"])
    world.study = studies.set_up(
        project=world.project, kind="screening", name="Screening", guideline="", actor=world.manager,
        dataset=world.dataset, raters=world.raters,
        settings={"raters_per_dialogue": 3, "order": "imported", "releases": True},
    )  # fmt: skip
    world.open()
    page = device(world.raters[0], viewport={"width": width, "height": 844})
    page.goto(f"/rate/{world.study.token}/")
    expect(page.get_by_text("I cannot sleep.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Buy now.")).to_be_visible()
    page.keyboard.press("2")
    reason = page.get_by_label("Why it is dropped")
    expect(reason).to_be_focused()
    reason.select_option("off_topic")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Buy now.")).to_be_hidden()
    expect(page.get_by_role("heading", name="Nothing left for you here")).to_be_visible()
    assert sorted(Label.objects.values_list("field", "value")) == [
        ("label", "drop"), ("label", "keep"), ("reason", "off_topic"),
    ]  # fmt: skip
