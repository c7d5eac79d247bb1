"""A/B comparison and rating in Chromium, by keyboard alone: nothing by default, digits answer and go on, resumed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from blind_world import BlindWorld
from playwright.sync_api import expect

from evaluation.models import Preference, Score
from projects.models import Draft

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]


@pytest.fixture
def world(transactional_db: None) -> BlindWorld:
    """Two systems, two questions, one rater."""
    return BlindWorld(systems=2, items=2, raters=1)


def chosen(page: Page) -> int:
    """Return how many answers are chosen on the page."""
    found: int = page.evaluate("document.querySelectorAll('[data-row] input:checked').length")
    return found


def test_a_pair_is_judged_by_keyboard_and_taken_up_again(world: BlindWorld, device: Device) -> None:
    study = world.opened("comparison", raters_per_item=1)
    page = device(world.raters[0])
    page.goto(f"/rate/{study.token}/")
    expect(page.locator("#rows-state")).to_have_text(
        "Still open: Interactivity, Helpfulness, Comforting, Explainability …"
    )
    assert chosen(page) == 0
    for key in "12":
        page.keyboard.press(key)
    expect(page.locator("#rows-state")).to_have_text("Still open: Comforting, Explainability, Overall")
    expect(page.locator("#saved")).to_have_text(re.compile("^draft kept"))
    assert Draft.objects.count() == 1
    page.reload()
    expect(page.locator("#rows-state")).to_have_text("Still open: Comforting, Explainability, Overall")
    assert chosen(page) == 2
    for key in "331":
        page.keyboard.press(key)
    expect(page.locator("#rows-state")).to_have_text("Everything is answered.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#done-count")).to_have_text("1")
    expect(page.locator("#rows-state")).to_have_text(
        "Still open: Interactivity, Helpfulness, Comforting, Explainability …"
    )
    assert chosen(page) == 0
    assert dict(Preference.objects.values_list("criterion", "choice")) == {
        "interactivity": "first", "helpfulness": "tie", "comforting": "second", "explainability": "second",
        "overall": "first",
    }  # fmt: skip


def test_a_response_is_rated_by_keyboard(world: BlindWorld, device: Device) -> None:
    study = world.opened("rating", rubric="preset:four_criteria:en", raters_per_item=1)
    page = device(world.raters[0])
    page.goto(f"/rate/{study.token}/")
    expect(page.locator("#rows-state")).to_have_text(
        "Still open: Interactivity, Helpfulness, Comforting, Explainability"
    )
    assert chosen(page) == 0
    for key in "5412":
        page.keyboard.press(key)
    expect(page.locator("#rows-state")).to_have_text("Everything is answered.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#done-count")).to_have_text("1")
    assert dict(Score.objects.values_list("criterion", "value")) == {
        "interactivity": 5, "helpfulness": 4, "comforting": 1, "explainability": 2,
    }  # fmt: skip
