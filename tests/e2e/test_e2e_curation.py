"""Curating in Chromium: an adjudicator decides turn by turn by keyboard, on a screen and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from dialogue_world import World, given, strategy
from playwright.sync_api import expect

from annotation.models import CuratedValue, TurnComment
from projects.models import Role, StudyRole, User

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
WIDTHS = [1280, 390]


@pytest.fixture
def talks(transactional_db: None) -> World:
    """One session on which two raters agree in turn 2, and differ in turns 4 and 6 and about the session."""
    world = World(prelabel="hidden")
    world.session(6)
    world.open()
    for rater, labels, summary in zip(
        world.raters,
        (("question", "question", "reflection"), ("question", "reflection", "information")),
        ("Nights.", "Days."),
        strict=True,
    ):
        turns: dict[str, Any] = {str(2 * n + 1): strategy(label) for n, label in enumerate(labels)}
        turns["session"] = {"fields": {"summary": given(summary)}}
        world.hand_in(rater, world.hold(rater), turns)
    return world


def adjudicator(world: World) -> User:
    """Create somebody who may decide."""
    user = world.user("adjudicator", Role.ADJUDICATOR)
    StudyRole.objects.create(study=world.study, user=user, part=StudyRole.Part.ADJUDICATOR)
    return user


def final() -> dict[str, tuple[list[str], str, str]]:
    """Return the final answers by turn and field."""
    rows = CuratedValue.objects.filter(current=True, how="adjudicated").select_related("turn")
    return {
        f"{row.turn.index if row.turn else 'session'}.{row.field}": (row.values, row.reason, str(row.by))
        for row in rows
    }  # fmt: skip


def in_hand(page: Page, place: str) -> None:
    """Wait until a turn is open for a decision, and the keys work."""
    expect(page.locator(f"#{place}")).to_have_attribute("aria-current", "true")
    page.wait_for_load_state()


@pytest.mark.parametrize("width", WIDTHS)
def test_adjudicator_curates_a_session_by_keyboard(talks: World, device: Device, width: int) -> None:
    user = adjudicator(talks)
    page = device(user, viewport={"width": width, "height": 844})
    page.goto("/")
    page.get_by_role("link", name="Curate").press("Enter")
    page.get_by_role("link", name="Go on deciding").press("Enter")
    in_hand(page, "t-3")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Turn 4: the second answer, with a reason.
    page.keyboard.press("2")
    page.keyboard.press("r")
    page.keyboard.type("It gives a feeling back.")
    page.keyboard.press("Control+Enter")
    in_hand(page, "t-5")
    # Turn 6: an answer of one's own; without a reason it is not taken, and nothing is lost.
    page.keyboard.press("3")
    page.locator("#t-5 .own input[value='self-disclosure']").check()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Give the reason; it stays with the final answer.")).to_be_visible()
    expect(page.locator("#t-5 .own input[value='self-disclosure']")).to_be_checked()
    page.wait_for_load_state()
    page.keyboard.press("r")
    page.keyboard.type("She speaks of herself.")
    page.keyboard.press("Control+Enter")
    # The session: a text written anew.
    in_hand(page, "t-session")
    page.locator("input[name='pick.summary'][value='~own']").check()
    page.locator("#f-summary").fill("Nights are hard, days go better.")
    page.locator("#reason").fill("Both are right.")
    page.locator("#reason").press("Control+Enter")
    expect(page.locator(".badge.success", has_text="curated")).to_be_visible()
    assert final() == {
        "3.strategy": (["reflection"], "It gives a feeling back.", str(user)),
        "5.strategy": (["self-disclosure"], "She speaks of herself.", str(user)),
        "session.summary": (["Nights are hard, days go better."], "Both are right.", str(user)),
    }


@pytest.mark.parametrize("width", WIDTHS)
def test_all_turns_side_by_side_and_one_raters_answers_to_a_field(talks: World, device: Device, width: int) -> None:
    page = device(adjudicator(talks), viewport={"width": width, "height": 844})
    unit = talks.study.units.get()
    page.goto(f"/p/lakeside/studies/{talks.study.slug}/curation/{unit.pk}/")
    expect(page.locator(".compare-turn")).to_have_count(3)
    page.get_by_role("link", name="All turns").click()
    expect(page.locator(".compare-turn")).to_have_count(7)
    expect(page.locator("#t-1").get_by_text("agreed")).to_be_visible()
    page.get_by_text("Take one rater’s answers to a whole field").click()
    page.get_by_label("Field", exact=True).select_option("strategy")
    page.get_by_label("Rater", exact=True).select_option("R2")
    page.locator("#take-reason").fill("R2 heard the tape.")
    page.get_by_role("button", name="Make them final").click()
    page.get_by_role("dialog").get_by_role("button", name="Make them final").or_(
        page.get_by_role("dialog").locator("button.primary")
    ).first.click()
    expect(page.get_by_text("2 final answers are set.")).to_be_visible()
    assert {key: row[0] for key, row in final().items()} == {
        "3.strategy": ["reflection"], "5.strategy": ["information"],
    }  # fmt: skip


def test_adjudicator_and_annotator_talk_about_a_turn(talks: World, device: Device) -> None:
    unit, row = talks.study.units.get(), talks.study.assignments.get(rater=talks.raters[0])
    page = device(adjudicator(talks))
    page.goto(f"/p/lakeside/studies/{talks.study.slug}/curation/{unit.pk}/?turn=3")
    page.get_by_text("Comments on this turn").click()
    page.get_by_label("Your view").fill("What made you choose a question?")
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator(".talk-about").get_by_text("What made you choose a question?")).to_be_visible()
    rater = device(talks.raters[0], viewport={"width": 390, "height": 844})
    rater.goto(talks.url(row))
    rater.locator("#t4").click()
    rater.get_by_role("link", name="Comments", exact=True).click()
    expect(rater.get_by_text("What made you choose a question?")).to_be_visible()
    rater.get_by_label("Your comment").fill("The rising tone.")
    rater.get_by_role("button", name="Add the comment").click()
    expect(rater.locator("#t-3").get_by_text("The rising tone.")).to_be_visible()
    assert list(TurnComment.objects.values_list("turn__index", "rater__code", "text")) == [
        (3, None, "What made you choose a question?"), (3, "R1", "The rising tone."),
    ]  # fmt: skip
