"""Rating in Chromium: with the keyboard alone, at once, with the pre-label in its modes, and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from label_world import PASSWORD, World
from steps import answers, choose, chosen, counts, done, is_saved, open_work, sees, tab_to, text

from projects.models import Assignment, Exposure

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Device = Callable[..., "Page"]


def test_keyboard_alone_from_log_in_to_a_changed_answer(transactional_db: None, device: Device) -> None:
    world = World(content_notice="Some texts are **hard**.")
    for _ in range(4):
        world.unit()
    page = device(None)
    keys = page.keyboard
    page.goto("/")
    tab_to(page, "Email")
    keys.type("r1@harbour.example.org")
    tab_to(page, "Password")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.get_by_role("heading", name="Your work").wait_for()
    tab_to(page, "Begin")
    keys.press("Enter")
    page.get_by_role("heading", name="Before you begin").wait_for()
    tab_to(page, "begin")
    keys.press("Enter")

    sees(page, 0)
    keys.press("1")
    keys.press("Enter")
    sees(page, 1)
    keys.press("ArrowRight")
    assert chosen(page) == "negative"
    keys.press("ArrowLeft")
    keys.press("Enter")
    sees(page, 2)
    keys.press("2")
    keys.press("u")
    keys.press("c")
    keys.type("Read it 2 times.")
    keys.press("Control+Enter")
    sees(page, 3)
    counts(page, 3)
    keys.press("z")
    sees(page, 2)
    assert (chosen(page), page.input_value("[name=comment]")) == ("negative", "Read it 2 times.")
    keys.press("1")
    keys.press("Enter")
    sees(page, 3)
    keys.press("b")
    page.get_by_role("heading", name="Your answers").wait_for()
    tab_to(page, text(0)[:12])
    assert done_numbers(world) == [(0, 1, "positive"), (1, 1, "positive"), (2, 2, "positive")]


def done_numbers(world: World) -> list[tuple[int, int, str]]:
    """Return R1's answers: item, number of the answer, label."""
    return [row[:3] for row in answers(world, "R1")]


def test_own_answers_lead_back_to_one_and_change_it(world: World, device: Device) -> None:
    for _ in range(2):
        world.unit()
    world.answer(world.raters[0], "positive")
    page = device(world.raters[0])
    page.goto(f"/rate/{world.study.token}/done/")
    page.get_by_role("link", name=text(0)).click()
    sees(page, 0)
    assert (chosen(page), done(page)) == ("positive", "1")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    sees(page, 1)
    assert (done_numbers(world), done(page)) == ([(0, 2, "negative")], "1")


def test_next_text_is_there_before_the_server_has_replied(world: World, device: Device) -> None:
    for _ in range(3):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    held: list[Route] = []
    page.route("**/rate/**", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    sees(page, 1)
    assert (answers(world, "R1"), page.inner_text("#saved")) == ([], "saving")
    assert page.evaluate("document.activeElement.id") == "unit-text"
    page.wait_for_timeout(100)
    assert len(held) == 1
    held[0].continue_()
    is_saved(page)
    assert (done_numbers(world), done(page)) == ([(0, 1, "positive")], "1")


def test_answers_given_faster_than_the_server_replies_all_arrive_in_order(world: World, device: Device) -> None:
    for _ in range(5):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.route("**/rate/**", lambda route: (page.wait_for_timeout(150), route.continue_()))
    for number, key in enumerate("1212"):
        sees(page, number)
        page.keyboard.press(key)
        page.keyboard.press("Enter")
    sees(page, 4)
    counts(page, 4)
    values = [row[2] for row in answers(world, "R1")]
    assert values == ["positive", "negative", "positive", "negative"]


def test_chosen_answer_is_sent_by_itself_and_undone_with_z(world: World, device: Device) -> None:
    for _ in range(3):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    with page.expect_response("**/auto/"):
        page.check("#auto-submit")
    page.keyboard.press("2")
    sees(page, 1)
    counts(page, 1)
    page.keyboard.press("z")
    sees(page, 0)
    assert chosen(page) == "negative"
    page.keyboard.press("1")
    sees(page, 1)
    assert done_numbers(world) == [(0, 2, "positive")]
    page.reload()
    assert page.is_checked("#auto-submit")


def test_skipping_asks_for_the_reason_and_hands_out_the_next(world: World, device: Device) -> None:
    for _ in range(2):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.keyboard.press("s")
    page.get_by_role("heading", name="Skip this one").wait_for()
    page.get_by_label("the text is hard for me to bear").check()
    page.get_by_role("button", name="Skip it").click()
    sees(page, 1)
    assert Assignment.objects.get(unit__sort_key=0).skip_reason == "hard"


def test_after_the_last_one_the_page_says_so(world: World, device: Device) -> None:
    world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing left for you here").wait_for()
    assert done_numbers(world) == [(0, 1, "positive")]


# --- the pre-label ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "seen"), [("hidden", 0), ("shown", 1)])
def test_prelabel_is_hidden_or_shown_from_the_start(
    transactional_db: None, device: Device, mode: str, seen: int
) -> None:
    world = World(prelabel=mode)
    for _ in range(2):
        world.unit(prelabel="negative")
    page = device(world.raters[0])
    open_work(page, world)
    assert page.get_by_text("model says").count() == seen
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    sees(page, 1)
    assert page.locator("#reading").get_by_text("model says").count() == seen
    exposures = set(Assignment.objects.values_list("base_exposure", "exposure"))
    assert exposures == {(seen, seen)}


def test_prelabel_comes_after_an_answer_that_differs_and_only_then(transactional_db: None, device: Device) -> None:
    world = World(prelabel="after")
    for _ in range(3):
        world.unit(prelabel="negative")
    page = device(world.raters[0])
    open_work(page, world)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.get_by_text("The model chose a different answer").wait_for()
    assert page.locator("#reading").inner_text().startswith(text(0))
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    sees(page, 1)
    assert page.get_by_text("model says").count() == 0
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    sees(page, 2)
    counts(page, 2)
    assert done_numbers(world) == [(0, 2, "negative"), (1, 1, "negative")]
    exposures = dict(Assignment.objects.filter(state="submitted").values_list("unit__sort_key", "exposure"))
    assert exposures == {0: Exposure.PRELABEL, 1: Exposure.NOTHING}
    first = Assignment.objects.get(unit__sort_key=0).submissions.order_by("number")
    assert list(first.values_list("independent", "exposure")) == [(True, 0), (False, 1)]


# --- without scripts --------------------------------------------------------------------------------------------


def test_everything_works_without_scripts(world: World, device: Device) -> None:
    for _ in range(3):
        world.unit()
    page = device(world.raters[0], java_script_enabled=False)
    open_work(page, world)
    choose(page, "positive")
    page.locator("[name=unsure]").check()
    page.get_by_role("button", name="Next").click()
    sees(page, 1)
    assert done(page) == "1"
    page.get_by_role("link", name="Skip", exact=True).click()
    page.get_by_label("I cannot understand the text").check()
    page.get_by_role("button", name="Skip it").click()
    sees(page, 2)
    page.get_by_role("link", name="Your answers").click()
    page.get_by_role("link", name=text(0)).click()
    assert page.is_checked("[name=values][value=positive]")
    choose(page, "negative")
    page.get_by_role("button", name="Save the change").click()
    sees(page, 2)
    assert answers(world, "R1") == [(0, 2, "negative", True, "")]


def test_without_scripts_an_empty_answer_is_asked_for(world: World, device: Device) -> None:
    world.unit()
    page = device(world.raters[0], java_script_enabled=False)
    open_work(page, world)
    page.get_by_role("button", name="Next").click()
    assert page.locator(".dock [role=alert]").inner_text() == "Choose an answer first."
    assert answers(world, "R1") == []


def test_prelabel_after_the_answer_works_without_scripts(transactional_db: None, device: Device) -> None:
    world = World(prelabel="after")
    for _ in range(2):
        world.unit(prelabel="negative")
    page = device(world.raters[0], java_script_enabled=False)
    open_work(page, world)
    choose(page, "positive")
    page.get_by_role("button", name="Next").click()
    assert page.get_by_text("The model chose a different answer").is_visible()
    page.get_by_role("button", name="Keep or change").click()
    sees(page, 1)
    numbers: Any = [row[:3] for row in answers(world, "R1")]
    assert numbers == [(0, 2, "positive")]


# --- by keys, and what is said where -----------------------------------------------------------------------------


def test_escape_leaves_the_comment_for_the_keys(world: World, device: Device) -> None:
    for _ in range(2):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.keyboard.press("c")
    page.keyboard.type("1 of 2 readings")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    sees(page, 1)
    is_saved(page)
    assert answers(world, "R1") == [(0, 1, "negative", False, "1 of 2 readings")]


def test_a_missing_answer_is_said_once_and_no_longer_than_it_is_missing(world: World, device: Device) -> None:
    for _ in range(2):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.keyboard.press("Enter")
    said = page.get_by_text("Choose an answer first.")
    said.wait_for()
    assert (said.count(), page.inner_text("#saved")) == (1, "")
    page.keyboard.press("1")
    assert said.count() == 0
    page.keyboard.press("Enter")
    sees(page, 1)


def test_without_a_log_in_the_page_offers_one_in_another_tab(world: World, device: Device) -> None:
    world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    link = page.locator("#notices").get_by_role("link", name="Log in")
    assert (link.get_attribute("href"), link.get_attribute("target")) == ("/accounts/login/", "_blank")
    assert page.inner_text("#saved") == "not sent yet"


def test_a_prelabel_beside_a_list_is_said_in_words(transactional_db: None, device: Device) -> None:
    world = World(prelabel="shown")
    world.unit(kind="single_choice", prelabel="B")
    page = device(world.raters[0])
    open_work(page, world)
    assert page.locator(".proposal strong").inner_text() == "2 Answer B"


def test_several_answers_are_asked_for_in_sight(world: World, device: Device) -> None:
    world.unit(kind="multiple_choice")
    page = device(world.raters[0])
    open_work(page, world)
    box = page.get_by_text("Choose all right answers").bounding_box()
    assert box is not None
    assert box["height"] > 10
    assert page.locator("[data-answer]").first.get_attribute("type") == "checkbox"
