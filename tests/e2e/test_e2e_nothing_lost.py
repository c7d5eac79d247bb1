"""Nothing that a rater typed is lost: reloads, other devices, a server that goes away, a log-in that runs out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from label_world import PASSWORD, World
from playwright.sync_api import expect
from steps import answers, choose, chosen, counts, is_saved, open_work, sees, text

from projects.models import Draft, Submission
from projects.services import studies

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
COMMENT = "[name=comment]"
NOTICE = "#notices"


def write(page: Page, words: str) -> None:
    """Type a comment."""
    if not page.locator(COMMENT).is_visible():
        page.keyboard.press("c")
    page.locator(COMMENT).press_sequentially(words)


def is_kept(page: Page) -> None:
    """Wait until the server has the draft."""
    expect(page.locator("#saved")).to_contain_text("draft kept")


def test_typed_comment_survives_a_reload_before_it_was_kept(world: World, device: Device) -> None:
    world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.route("**/draft/", lambda route: route.abort())
    page.keyboard.press("2")
    write(page, "Half a thought")
    page.reload()
    assert (page.input_value(COMMENT), chosen(page)) == ("Half a thought", "negative")
    assert page.locator(COMMENT).is_visible()
    assert page.inner_text("#saved") == "What you had typed here has been put back."


def test_typed_comment_is_there_on_another_device(world: World, device: Device) -> None:
    world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    write(page, "Begun on the desk")
    is_kept(page)
    other = device(world.raters[0])
    open_work(other, world)
    assert other.input_value(COMMENT) == "Begun on the desk"


def test_second_device_is_told_and_overwrites_nothing(world: World, device: Device) -> None:
    world.unit()
    first, second = device(world.raters[0]), device(world.raters[0])
    open_work(first, world)
    open_work(second, world)
    write(first, "From the desk")
    is_kept(first)
    write(second, "From the train")
    expect(second.locator(NOTICE)).to_contain_text("in another tab or on another device")
    assert second.input_value(COMMENT) == "From the train"
    assert Draft.objects.get().payload["comment"] == "From the desk"


def test_second_tab_cannot_replace_an_answer_without_being_told(world: World, device: Device) -> None:
    for _ in range(2):
        world.unit()
    first = device(world.raters[0])
    open_work(first, world)
    second = first.context.new_page()
    open_work(second, world)
    choose(first, "positive")
    first.keyboard.press("Enter")
    is_saved(first)
    choose(second, "negative")
    second.keyboard.press("Enter")
    expect(second.locator(NOTICE)).to_contain_text("You have answered this in another tab")
    sees(second, 0)
    assert (chosen(second), answers(world, "R1")) == ("negative", [(0, 1, "positive", False, "")])
    second.keyboard.press("Enter")
    is_saved(second)
    assert answers(world, "R1") == [(0, 2, "negative", False, "")]


def test_answer_waits_for_a_server_that_went_away_and_goes_by_itself(world: World, device: Device) -> None:
    for _ in range(3):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.route("**/rate/**", lambda route: route.abort())
    write(page, "Typed in the tunnel")
    choose(page, "negative")
    page.locator("#unit-text").click()
    page.keyboard.press("Enter")
    expect(page.locator(NOTICE)).to_contain_text("It is kept in this browser and sent again by itself.")
    assert answers(world, "R1") == []
    page.unroute("**/rate/**")
    is_saved(page)
    assert answers(world, "R1") == [(0, 1, "negative", False, "Typed in the tunnel")]
    expect(page.locator("[data-notice=send]")).to_have_count(0)
    counts(page, 1)


def test_every_answer_given_without_a_server_arrives_once(world: World, device: Device) -> None:
    for _ in range(4):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.route("**/rate/**", lambda route: route.abort())
    for number, key in enumerate("12"):
        sees(page, number)
        page.keyboard.press(key)
        page.keyboard.press("Enter")
    expect(page.locator(NOTICE)).to_contain_text("sent again by itself")
    page.unroute("**/rate/**")
    counts(page, 2)
    assert [row[:3] for row in answers(world, "R1")] == [(0, 1, "positive"), (1, 1, "negative")]


def test_answer_of_a_closed_tab_is_sent_at_the_next_visit(world: World, device: Device) -> None:
    for _ in range(3):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.route("**/rate/**", lambda route: route.abort())
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(NOTICE)).to_contain_text("It is kept in this browser")
    context = page.context
    page.close()
    again = context.new_page()
    again.goto("/")
    again.goto(f"/rate/{world.study.token}/")
    counts(again, 1)
    sees(again, 1)
    assert [row[:3] for row in answers(world, "R1")] == [(0, 1, "positive")]


def test_expired_log_in_keeps_the_answer_until_it_arrives(world: World, device: Device) -> None:
    for _ in range(3):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.context.clear_cookies()
    write(page, "Written while logged out")
    choose(page, "negative")
    page.locator("#unit-text").click()
    page.keyboard.press("Enter")
    expect(page.locator(NOTICE)).to_contain_text("You have been logged out.")
    assert answers(world, "R1") == []
    other = page.context.new_page()
    log_in(other)
    page.get_by_role("button", name="Send again").click()
    is_saved(page)
    assert answers(world, "R1") == [(0, 1, "negative", False, "Written while logged out")]
    sees(page, 1)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    counts(page, 2)


def log_in(page: Page) -> None:
    """Log in as R1 the way people do."""
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("r1@harbour.example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("heading", name="Your work").wait_for()


def test_closed_study_gives_the_typed_text_back(world: World, device: Device) -> None:
    for _ in range(2):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    write(page, "Too late, but thought through")
    choose(page, "negative")
    studies.close(world.study, actor=world.manager)
    page.locator("#unit-text").click()
    page.keyboard.press("Enter")
    expect(page.locator(NOTICE)).to_contain_text("What you typed is still here.")
    sees(page, 0)
    assert (page.input_value(COMMENT), chosen(page)) == ("Too late, but thought through", "negative")
    assert not Submission.objects.exists()


def test_paused_study_takes_the_answer_once_it_goes_on(world: World, device: Device) -> None:
    for _ in range(2):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    choose(page, "positive")
    studies.pause(world.study, message="Back on Monday.", actor=world.manager)
    page.keyboard.press("Enter")
    expect(page.locator(NOTICE)).to_contain_text("The study is not open now")
    studies.resume(world.study, actor=world.manager)
    page.keyboard.press("Enter")
    is_saved(page)
    assert [row[:3] for row in answers(world, "R1")] == [(0, 1, "positive")]


def test_text_that_was_judged_is_not_left_in_the_browser(world: World, device: Device) -> None:
    for _ in range(2):
        world.unit()
    page = device(world.raters[0])
    open_work(page, world)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    is_saved(page)
    kept: Any = page.evaluate("JSON.stringify(Object.entries(localStorage))")
    assert text(0) not in kept
    assert "concord-typed" not in kept
