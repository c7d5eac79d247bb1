"""Ranking in Chromium: seven long responses by keyboard, mouse and touch, resumed elsewhere, and nothing by default."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from blind_world import BlindWorld
from playwright.sync_api import expect

from evaluation.models import Placement, Rank
from projects.models import Draft, Study

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
SENTENCE = "It sounds as if the evenings are the hardest, and as if nobody has asked you about them for a while. "


@pytest.fixture
def world(transactional_db: None) -> BlindWorld:
    """Seven systems with long answers to two questions."""
    texts = {(n, at): f"Opening {n}-{at}. " + SENTENCE * 20 for n in range(2) for at in range(7)}
    return BlindWorld(systems=7, items=2, raters=1, texts=texts)


def opened(world: BlindWorld, **settings: Any) -> Study:
    """Open a ranking for one rater."""
    return world.opened(raters_per_item=1, **settings)


def start(page: Page, study: Study) -> None:
    """Go to the work page and wait until its script is ready."""
    page.goto(f"/rate/{study.token}/")
    expect(page.locator("#ranking-state")).to_have_text(re.compile("^Still without a place: "))


def card(page: Page, letter: str) -> Any:
    """Return the card of a response."""
    return page.locator(f".response[data-letter={letter}]")


def order(page: Page) -> str:
    """Return the letters in the places, a dot for an empty place."""
    script = """() => [...document.querySelectorAll('.place')].map((place) =>
      [...place.querySelectorAll('.response')].map((card) => card.dataset.letter).join('') || '.').join('')"""
    found: str = page.evaluate(script)
    return found


def ranked(study: Study) -> str:
    """Return the letters of the first answer in the database, the best first."""
    rows = Rank.objects.filter(submission__assignment__study=study).order_by("submission", "rank")[:7]
    slots = {row.member_id: row.slot for row in Placement.objects.filter(assignment__study=study)}
    return "".join("ABCDEFG"[slots[row.member_id] - 1] for row in rows)


def test_seven_are_ranked_by_keyboard_alone(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    page = device(world.raters[0])
    start(page, study)
    assert order(page) == "......."
    keys = page.keyboard
    keys.press("j")
    for letter, place in zip("ABCDEF", "765432", strict=True):
        expect(card(page, letter)).to_be_focused()
        keys.press(place)
        expect(page.locator("#ranking-said")).to_have_text(re.compile(f"^Response {letter} is now at place {place}"))
        # The card keeps the focus where it went; reading goes on with the one that stood behind it.
        expect(card(page, letter)).to_be_focused()
        keys.press("j")
    expect(page.locator("#ranking-state")).to_have_text("Still without a place: G")
    expect(card(page, "G")).to_be_focused()
    keys.press("1")
    assert order(page) == "GFEDCBA"
    # At the end of the order j begins again, and k goes back.
    for key, letter in ("jF", "kG", "kA", "jG"):
        keys.press(key)
        expect(card(page, letter)).to_be_focused()
    keys.press("Shift+ArrowDown")
    assert order(page) == "FGEDCBA"
    keys.press("Control+Enter")
    expect(page.locator("#ranking-state")).to_have_text(re.compile("^Still without a place: A, B, C, D, E, F, G"))
    assert ranked(study) == "FGEDCBA"


def test_digits_reorder_and_x_takes_off(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    page = device(world.raters[0])
    start(page, study)
    for place, letter in enumerate("ABCDEFG", start=1):
        card(page, letter).focus()
        page.keyboard.press(str(place))
    card(page, "G").focus()
    page.keyboard.press("2")
    assert order(page) == "AGBCDEF"
    card(page, "A").focus()
    page.keyboard.press("7")
    assert order(page) == "GBCDEFA"
    page.keyboard.press("x")
    assert order(page) == "GBCDEF."


def test_seven_are_ranked_by_mouse(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    page = device(world.raters[0], viewport={"width": 1280, "height": 1400})
    start(page, study)
    for letter in "ABCDEFG":
        card(page, letter).get_by_role("button", name=f"Fold or unfold response {letter}").click()
    for letter, place in zip("ABCDEFG", [3, 1, 2, 7, 6, 5, 4], strict=True):
        target = page.locator(f".place[data-place='{place}'] .place-cards")
        card(page, letter).locator("h3").drag_to(target)
        expect(target.locator(".response")).to_have_attribute("data-letter", letter)
        # The browser ends a drag a moment after the drop; no hand is as fast as this test.
        page.wait_for_timeout(250)
    card(page, "B").get_by_role("button", name="Move response B down").click()
    assert order(page) == "CBAGFED"
    page.get_by_role("button", name="Send and go on").click()
    expect(page.locator("#done-count")).to_have_text("1")
    assert ranked(study) == "CBAGFED"


def test_seven_are_ranked_by_touch_on_a_phone(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    page = device(world.raters[0], viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    start(page, study)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for place, letter in enumerate("GFEDCBA", start=1):
        card(page, letter).locator("select").select_option(str(place))
    card(page, "A").get_by_role("button", name="Move response A up").tap()
    assert order(page) == "GFEDCAB"
    page.get_by_role("button", name="Send and go on").tap()
    expect(page.locator("#done-count")).to_have_text("1")
    assert ranked(study) == "GFEDCAB"


def test_what_is_ranked_so_far_is_there_on_another_device(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    page = device(world.raters[0])
    start(page, study)
    card(page, "C").focus()
    page.keyboard.press("1")
    page.keyboard.press("v")
    card(page, "D").focus()
    page.keyboard.press("v")
    expect(page.locator("#compare h3")).to_have_text(["Response C", "Response D"])
    page.keyboard.press("Escape")
    expect(page.locator("#saved")).to_have_text(re.compile("^draft kept"))
    assert Draft.objects.get().payload["comment"] == ""
    other = device(world.raters[0])
    start(other, study)
    assert order(other) == "C......"
    assert (
        other.locator(".response[data-letter=A] .reading").inner_text()
        == page.locator(".response[data-letter=A] .reading").inner_text()
    )


def test_sending_nothing_says_what_is_missing_and_takes_nothing(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    page = device(world.raters[0])
    start(page, study)
    card(page, "B").focus()
    page.keyboard.press("4")
    page.get_by_role("button", name="Send and go on").click()
    expect(page.locator("#notices, main").get_by_text("Response A has no place yet.").first).to_be_visible()
    assert order(page) == "...B..."
    assert Rank.objects.count() == 0


def test_ties_are_made_with_their_own_control_only(world: BlindWorld, device: Device) -> None:
    study = opened(world, ties="on")
    page = device(world.raters[0])
    start(page, study)
    for place, letter in enumerate("ABCDEFG", start=1):
        card(page, letter).focus()
        page.keyboard.press(str(place))
    card(page, "B").focus()
    page.keyboard.press("t")
    assert order(page) == "AB.CDEFG"
    page.get_by_role("button", name="Send and go on").click()
    expect(page.locator("#done-count")).to_have_text("1")
    rows = Rank.objects.order_by("rank", "pk").values_list("rank", "tied")
    assert list(rows) == [(1, True), (1, True), (3, False), (4, False), (5, False), (6, False), (7, False)]


def test_without_scripts_the_lists_of_places_are_enough(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    page = device(world.raters[0], java_script_enabled=False)
    page.goto(f"/rate/{study.token}/")
    page.get_by_role("button", name="Send and go on").click()
    page.get_by_text("Response A has no place yet.").wait_for()
    for place, letter in enumerate("BACDEFG", start=1):
        card(page, letter).locator("select").select_option(str(place))
    page.get_by_role("button", name="Send and go on").click()
    page.get_by_text("1 of about").wait_for()
    assert ranked(study) == "BACDEFG"
