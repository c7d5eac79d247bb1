"""What can go wrong while somebody ranks: logged out, closed, two windows, a finger; and the way through a study."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from blind_world import BlindWorld
from playwright.sync_api import expect

from evaluation.models import Guess, Placement, Rank, Readiness
from projects.models import Draft, Study
from projects.services import studies

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
NOTICE = "[data-notice=send]"


@pytest.fixture
def world(transactional_db: None) -> BlindWorld:
    """Three systems that answered three questions, one rater."""
    return BlindWorld(systems=3, items=3, raters=1)


def opened(world: BlindWorld, **settings: Any) -> Study:
    """Open a ranking for one rater."""
    return world.opened(raters_per_item=1, **settings)


def start(page: Page, study: Study) -> None:
    """Go to the work page and wait until its script is ready."""
    page.goto(f"/rate/{study.token}/")
    expect(page.locator("#ranking-state")).to_have_text(re.compile("^Still without a place: A, B, C"))


def rank(page: Page, order: str) -> None:
    """Put the responses in this order by keyboard, once the page hears it."""
    page.wait_for_load_state()
    for place, letter in enumerate(order, start=1):
        page.locator(f".response[data-letter={letter}]").focus()
        page.keyboard.press(str(place))


def order(page: Page) -> str:
    """Return the letters in the places, a dot for an empty place."""
    script = """() => [...document.querySelectorAll('.place')].map((place) =>
      [...place.querySelectorAll('.response')].map((card) => card.dataset.letter).join('') || '.').join('')"""
    found: str = page.evaluate(script)
    return found


def comment(page: Page, words: str) -> None:
    """Write a comment."""
    page.get_by_role("button", name="Comment").click()
    page.locator("textarea[name=comment]").fill(words)


def log_in(page: Page) -> None:
    """Log in as R1 the way people do."""
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("r1@harbour.example.org")
    page.get_by_label("Password").fill("a long walk by the sea")
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("heading", name="Your work").wait_for()


def test_a_ranking_waits_for_the_log_in_that_ran_out(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    page = device(world.raters[0])
    start(page, study)
    rank(page, "CAB")
    comment(page, "Thought through")
    page.context.clear_cookies()
    page.get_by_role("button", name="Send and go on").click()
    expect(page.locator(NOTICE)).to_contain_text("You have been logged out.")
    assert order(page) == "CAB"
    assert Rank.objects.count() == 0
    log_in(page.context.new_page())
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("#done-count")).to_have_text("1")
    assert Rank.objects.count() == 3


def test_a_closed_study_gives_the_ranking_and_the_words_back(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    page = device(world.raters[0])
    start(page, study)
    rank(page, "BCA")
    comment(page, "Too late, but thought through")
    studies.close(study, actor=world.manager)
    page.get_by_role("button", name="Send and go on").click()
    expect(page.locator(NOTICE)).to_contain_text("What you typed is still here.")
    assert order(page) == "BCA"
    assert page.input_value("textarea[name=comment]") == "Too late, but thought through"
    assert Rank.objects.count() == 0


def test_a_stale_handle_loses_nothing_that_was_typed(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    page = device(world.raters[0])
    start(page, study)
    rank(page, "ABC")
    comment(page, "Still mine")
    Placement.objects.filter(slot=1).update(token="x" * 22)
    page.get_by_role("button", name="Send and go on").click()
    expect(page.locator(NOTICE)).to_contain_text("What you typed is kept in this browser.")
    assert page.input_value("textarea[name=comment]") == "Still mine"
    assert Rank.objects.count() == 0


def test_two_windows_overwrite_nothing(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    first, second = device(world.raters[0]), device(world.raters[0])
    start(first, study)
    start(second, study)
    rank(first, "ABC")
    expect(first.locator("#saved")).to_have_text(re.compile("^draft kept"))
    rank(second, "CBA")
    expect(second.locator("[data-notice=other]")).to_contain_text("Nothing there is overwritten.")
    names = {row.token: row.slot for row in Placement.objects.all()}
    kept = {names[name[5:]]: value for name, value in Draft.objects.get().payload.items() if name.startswith("rank-")}
    assert kept == {1: "1", 2: "2", 3: "3"}


def test_a_card_is_dragged_by_a_finger(world: BlindWorld, device: Device) -> None:
    study = opened(world)
    page = device(world.raters[0], viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    start(page, study)
    # Cards with short texts: place and card are in the window together.
    page.locator("#places-title").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('.place[data-place=\"1\"]').scrollIntoView({block: 'center'})")
    card, target = page.locator(".response[data-letter=C] h3"), page.locator(".place[data-place='1'] .place-cards")
    begin, end = card.bounding_box(), target.bounding_box()
    assert begin is not None
    assert end is not None
    at = [begin["x"] + 20, begin["y"] + begin["height"] / 2]
    to = [end["x"] + 40, end["y"] + end["height"] / 2]
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, point: list[float]) -> None:
        points = [] if kind == "touchEnd" else [{"x": point[0], "y": point[1]}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", at)
    page.wait_for_timeout(300)
    for step in range(1, 11):
        touch("touchMove", [at[n] + (to[n] - at[n]) * step / 10 for n in (0, 1)])
        page.wait_for_timeout(30)
    touch("touchEnd", to)
    expect(target.locator(".response")).to_have_attribute("data-letter", "C")
    assert order(page) == "C.."


def test_the_whole_way_from_consent_to_guesses(world: BlindWorld, device: Device) -> None:
    study = opened(
        world,
        consent="You may stop at any time.",
        question="Through whose eyes do you read?",
        question_answers="the model's\n* the client's",
        practice="q2 | model-1 | best | It listens first.",
        guesses=1,
        guess_names="model-0 | a small model\nmodel-1 | a large model",
        show_explanation="",
    )
    page = device(world.raters[0])
    page.goto(f"/rate/{study.token}/")
    expect(page.get_by_text("You may stop at any time.")).to_be_visible()
    assert page.locator("main input:checked").count() == 0
    page.get_by_label("I agree to take part").check()
    page.get_by_label("the model's").check()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("That is not what the guideline says.").first).to_be_visible()
    page.get_by_label("I agree to take part").check()
    page.get_by_label("the client's").check()
    page.get_by_role("button", name="Begin").click()
    assert Readiness.objects.get().tries == 2
    expect(page.get_by_text("This one does not count.")).to_be_visible()
    rank(page, "ABC")
    page.get_by_role("button", name="Send and go on").click()
    expect(page.get_by_text("was held to be the best.")).to_be_visible()
    expect(page.get_by_text("It listens first.")).to_be_visible()
    page.get_by_role("button", name="Save the change").click()
    for n in (2, 3):
        expect(page.locator("#ranking-state")).to_have_text("Still without a place: A, B, C")
        rank(page, "BAC")
        page.get_by_role("button", name="Send and go on").click()
        if n == 2:
            expect(page.locator("#done-count")).to_have_text("2")
    expect(page.get_by_role("heading", name="One last thing")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Choose one, or “no idea”.").first).to_be_visible()
    page.get_by_label("no idea").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="One last thing")).to_have_count(0)
    assert Guess.objects.get().guessed is None
