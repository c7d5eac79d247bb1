"""The work page of a dialogue in Chromium: by keyboard alone, proposals, closed tabs, two tabs, a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from dialogue_world import PASSWORD, World, given, strategy
from looks import faults
from playwright.sync_api import expect

from annotation.models import Evidence, Label, Remark, SuggestionDecision, TurnDraft
from projects.models import Assignment

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SIZES = pytest.mark.parametrize("size", [{}, PHONE], ids=["desk", "phone"])


@pytest.fixture
def world(transactional_db: None) -> World:
    """An open session of six turns, the client first, with proposals for the second and fourth and the summary."""
    world = World()
    item = world.session(6)
    world.propose(item, 1, "strategy", "Question")
    world.propose(item, 1, "strategy", "Question", source="model-2", score=None)
    world.propose(item, 3, "strategy", "Information")
    world.propose(item, None, "summary", "The nights are hard.")
    world.open()
    return world


def begin(page: Page, world: World, path: str = "") -> None:
    """Open the work page, and wait until its script has taken over."""
    page.goto(f"/rate/{world.study.token}/{path}")
    page.locator("#tab-turn").wait_for()


def at(page: Page, number: int) -> None:
    """Wait until a turn is in focus."""
    expect(page.locator(".turn[aria-current] .turn-who > a")).to_have_text(str(number))


def saved(page: Page) -> None:
    """Wait until the page says that the server has everything."""
    expect(page.locator("#saved")).to_have_text(re.compile(r"^saved "))


def copies() -> dict[int | None, dict[str, Any]]:
    """Return what the server has of each turn by index, and of the session under None."""
    rows = TurnDraft.objects.select_related("turn")
    return {row.turn.index if row.turn else None: row.payload for row in rows}


def press(page: Page, *keys: str) -> None:
    """Press keys one after another."""
    for key in keys:
        page.keyboard.press(key)


def label(page: Page, name: str) -> Any:
    """Return the button of a label of the turn in focus."""
    return page.locator("#panel-fields .pick").filter(has=page.locator(".pick-name", has_text=re.compile(f"^{name}$")))


# --- by keyboard ----------------------------------------------------------------------------------------------------


@SIZES
def test_whole_session_is_annotated_by_keyboard_alone(world: World, device: Device, size: dict[str, Any]) -> None:
    page = device(world.raters[0], **size)
    begin(page, world)
    at(page, 1)
    press(page, "4", "Control+Enter")
    at(page, 2)
    press(page, "1", "8", "c")
    page.keyboard.type("Why now?")
    press(page, "Control+Enter")
    at(page, 3)
    press(page, "u", "Control+Enter", "j", "k")
    at(page, 4)
    press(page, "Control+Enter")
    expect(page.locator("#panel-fields .ask.invalid")).to_have_attribute("data-field", "strategy")
    at(page, 4)
    press(page, "3", "m")
    expect(page.locator("#marking")).to_be_visible()
    press(page, "ArrowRight", "Shift+ArrowRight", "Enter", "n")
    at(page, 5)
    press(page, "Control+Enter", "7", "Control+Enter")
    at(page, 4)
    press(page, "Control+Enter", "g")
    expect(page.locator("#tab-session")).to_have_attribute("aria-selected", "true")
    press(page, "1", "Tab")
    page.keyboard.type("A hard week.")
    press(page, "Control+Enter")
    expect(page.locator("#tab-turn")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#turns-done")).to_have_text("6")
    press(page, "n")
    expect(page.locator("#hand-in")).to_be_focused()
    press(page, "Enter")
    page.wait_for_url(f"**/rate/{world.study.token}/")
    rows = Label.objects.order_by("pk").values_list("turn__index", "field", "state", "value")
    assert sorted(rows, key=str) == [
        (0, "distress", "value", "4"),
        (1, "strategy", "value", "others"),
        (1, "strategy", "value", "question"),
        (2, "distress", "unknown", ""),
        (3, "strategy", "value", "reflection"),
        (5, "strategy", "value", "information"),
        (None, "stage", "value", "exploration"),
        (None, "summary", "value", "A hard week."),
    ]
    assert list(Evidence.objects.values_list("turn__index", "value", "start", "end")) == [(3, "reflection", 3, 12)]
    assert list(Remark.objects.values_list("turn__index", "text")) == [(1, "Why now?")]
    assert Assignment.objects.get().active_ms > 0


def test_tab_leads_from_the_turn_and_from_a_label_into_the_text(world: World, device: Device) -> None:
    page = device(world.raters[0])
    begin(page, world)
    press(page, "g", "1", "Tab")
    expect(page.locator("#f-summary")).to_be_focused()
    press(page, "Shift+Tab")
    expect(page.locator("#session-fields [data-reject]")).to_be_focused()
    page.locator("#f-summary").focus()
    press(page, "Escape", "2")
    expect(page.locator(".turn[aria-current]")).not_to_be_focused()
    expect(page.locator("#session-fields [value=comforting]")).to_be_checked()
    page.locator("#t2 .turn-text").click()
    press(page, "g", "k", "j", "Tab")
    # A turn without a text of its own: its first control.
    expect(page.locator("#panel-fields [data-accept]")).to_be_focused()


def test_search_leads_from_hit_to_hit(world: World, device: Device) -> None:
    page = device(world.raters[0])
    begin(page, world)
    press(page, "/")
    page.keyboard.type("DAYTIME")
    expect(page.locator("#search-found")).to_have_text("2 turns")
    press(page, "Enter")
    at(page, 5)
    press(page, "Enter")
    at(page, 6)
    press(page, "Escape")
    assert page.locator(".turn.found").count() == 0


def test_labels_are_counted_as_they_are_given(world: World, device: Device) -> None:
    page = device(world.raters[0])
    begin(page, world)
    press(page, "j", "1", "j", "j", "1")
    expect(page.locator("#panel-fields [data-n=question]")).to_have_text("2")
    page.get_by_role("tab", name="So far").click()
    expect(page.locator("#counts dt", has_text="Question").locator("+ dd")).to_have_text("2")
    saved(page)
    page.reload()
    expect(page.locator("#panel-fields [data-n=question]")).to_have_text("2")


# --- proposals ------------------------------------------------------------------------------------------------------


@SIZES
def test_proposals_are_accepted_edited_and_rejected_by_key(world: World, device: Device, size: dict[str, Any]) -> None:
    page = device(world.raters[0], **size)
    begin(page, world)
    press(page, "j", "a")
    expect(page.locator("#panel-fields [value=question]")).to_be_checked()
    expect(page.locator("#panel-fields .offer.accepted")).to_have_count(1)
    press(page, "Control+Enter", "j", "x", "1", "Control+Enter")
    at(page, 5)
    press(page, "g", "e")
    expect(page.locator("#f-summary")).to_be_focused()
    page.keyboard.type(" But not the days.")
    press(page, "Control+Enter", "n", "1", "Control+Enter")
    saved(page)
    page.locator("#hand-in").click()
    page.locator("#confirm-dialog [value=yes]").click()
    page.wait_for_url(f"**/rate/{world.study.token}/")
    rows = SuggestionDecision.objects.values_list(
        "suggestion__turn__index", "suggestion__source", "decision", "distance"
    )
    assert sorted(rows, key=str) == [
        (1, "model-1", "accepted", 0),
        (1, "model-2", "accepted", 0),
        (3, "model-1", "rejected", 2),
        (None, "model-1", "edited", 18),
    ]


def test_own_words_are_replaced_by_a_proposal_only_after_a_question(world: World, device: Device) -> None:
    page = device(world.raters[0])
    begin(page, world)
    press(page, "g")
    page.locator("#f-summary").fill("My own words.")
    offer = page.locator("#session-fields .offer")
    offer.locator("[data-accept]").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#f-summary")).to_have_value("My own words.")
    offer.locator("[data-accept]").click()
    page.get_by_role("button", name="Replace it").click()
    expect(page.locator("#f-summary")).to_have_value("The nights are hard.")


# --- nothing is lost ------------------------------------------------------------------------------------------------


@SIZES
def test_session_goes_on_where_a_closed_tab_left_it(world: World, device: Device, size: dict[str, Any]) -> None:
    page = device(world.raters[0], **size)
    begin(page, world)
    press(page, "3", "Control+Enter", "1", "Control+Enter")
    at(page, 3)
    press(page, "2", "c")
    page.keyboard.type("half a thought")
    page.close()
    again = device(world.raters[0], **size)
    begin(again, world)
    at(again, 3)
    expect(again.locator("#turns-done")).to_have_text("2")
    assert copies()[0]["fields"] == {"distress": given("3")}
    assert copies()[1] | {"decisions": {}} == strategy(note="", done=True, spans=[]) | {"decisions": {}}


def test_what_a_closed_tab_had_not_sent_is_put_back(world: World, device: Device, until: Callable[..., object]) -> None:
    page = device(world.raters[0])
    begin(page, world)
    page.route("**/turn/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    press(page, "3", "c")
    page.keyboard.type("half a thought")
    expect(page.locator('[data-notice="send"]')).to_be_visible()
    again = page.context.new_page()
    page.close()
    begin(again, world)
    expect(again.locator("#note-client")).to_have_value("half a thought")
    until(copies)
    assert (copies()[0]["fields"], copies()[0]["note"]) == ({"distress": given("3")}, "half a thought")


@SIZES
def test_second_tab_is_told_and_a_person_decides(world: World, device: Device, size: dict[str, Any]) -> None:
    one, other = device(world.raters[0], **size), device(world.raters[0], **size)
    for page in (one, other):
        begin(page, world)
        press(page, "j")
        at(page, 2)
    press(one, "1")
    saved(one)
    press(other, "3")
    box = other.locator("#conflict .clash-box")
    expect(box).to_contain_text("Nothing was overwritten.")
    assert copies()[1]["fields"] == {"strategy": given("question")}
    assert box.locator("dd").all_text_contents() == ["Reflection of feelings", "Question"]
    box.get_by_role("button", name="Keep mine").click()
    expect(box).to_have_count(0)
    saved(other)
    assert copies()[1]["fields"] == {"strategy": given("reflection")}
    press(one, "8")
    expect(one.locator("#conflict .clash-box")).to_be_visible()
    one.get_by_role("button", name="Take the other").click()
    expect(one.locator("#panel-fields :checked")).to_have_value("reflection")
    assert copies()[1]["fields"] == {"strategy": given("reflection")}


def test_two_tabs_of_one_browser_keep_in_step(world: World, device: Device) -> None:
    one = device(world.raters[0])
    other = one.context.new_page()
    for page in (one, other):
        begin(page, world)
        press(page, "j")
        at(page, 2)
    press(one, "1", "Control+Enter")
    saved(one)
    expect(other.locator("#saved")).to_have_text("Turn 2: saved in another tab, and shown here as well")
    expect(other.locator("#panel-fields [value=question]")).to_be_checked()
    expect(other.locator("#turns-done")).to_have_text("1")
    press(other, "8")
    saved(other)
    assert copies()[1]["fields"] == {"strategy": given("question", "others")}


def come_back(page: Page) -> None:
    """Let the page come back into view, as when somebody takes the device up again."""
    page.wait_for_timeout(2100)
    page.evaluate("window.dispatchEvent(new Event('focus'))")


@SIZES
def test_page_that_comes_back_into_view_shows_what_another_device_saved(
    world: World, device: Device, size: dict[str, Any]
) -> None:
    one, other = device(world.raters[0]), device(world.raters[0], **size)
    for page in (one, other):
        begin(page, world)
        press(page, "j")
        at(page, 2)
    press(one, "1", "Control+Enter")
    saved(one)
    come_back(other)
    expect(other.locator('[data-notice="newer"]')).to_contain_text("Turn 2: changed in another tab")
    expect(other.locator("#panel-fields [value=question]")).to_be_checked()
    expect(other.locator("#turns-done")).to_have_text("1")
    # What was changed on both is put side by side before anything is sent.
    press(one, "k", "8")
    saved(one)
    other.route("**/turn/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    press(other, "3")
    expect(other.locator('[data-notice="send"]')).to_be_visible()
    come_back(other)
    box = other.locator("#conflict .clash-box")
    expect(box).to_contain_text("Nothing was overwritten.")
    assert box.locator("dd").all_text_contents() == ["Question, Reflection of feelings", "Question, Others"]


def test_form_without_scripts_outlives_an_expired_log_in(world: World, device: Device) -> None:
    page = device(world.raters[0], java_script_enabled=False)
    page.goto(f"/rate/{world.study.token}/")
    label(page, "4").click()
    page.locator("#turn-panel").get_by_label("Note").fill("Her voice drops.\nThen she laughs & looks up.")
    # The log-in ends; the browser keeps the rest.
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Done, next turn").click()
    rater = world.raters[0].user
    assert rater is not None
    page.locator("#id_login").fill(rater.email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form:has(#id_password) button.primary").click()
    expect(page.get_by_role("heading", name="Nothing is lost, and nothing is saved yet")).to_be_visible()
    assert copies() == {}
    expect(page.get_by_label("What you wrote")).to_have_value("Her voice drops.\nThen she laughs & looks up.")
    page.get_by_role("button", name="Send it now").click()
    at(page, 2)
    assert (copies()[0]["fields"], copies()[0]["note"]) == (
        {"distress": given("4")}, "Her voice drops.\nThen she laughs & looks up.",
    )  # fmt: skip


def test_typing_outlives_an_expired_log_in(world: World, device: Device) -> None:
    page = device(world.raters[0])
    begin(page, world)
    kept = page.context.cookies()
    page.context.clear_cookies()
    press(page, "c")
    page.keyboard.type("written while logged out")
    notice = page.locator('[data-notice="send"]')
    expect(notice).to_contain_text("You have been logged out.")
    assert copies() == {}
    page.context.add_cookies(kept)
    notice.get_by_role("button", name="Send again").click()
    saved(page)
    assert copies()[0]["note"] == "written while logged out"


def test_session_changed_elsewhere_is_shown_before_it_is_handed_in(world: World, device: Device) -> None:
    one, other = device(world.raters[0]), device(world.raters[0])
    begin(one, world)
    begin(other, world)
    for page in (one, other):
        press(page, "j")
    press(one, "1", "Control+Enter", "j", "1", "Control+Enter", "j", "1", "Control+Enter")
    saved(one)
    press(other, "j", "2")
    saved(other)
    one.locator("#hand-in").click()
    one.locator("#confirm-dialog [value=yes]").click()
    expect(one.locator(".dialogue-dock [role=alert]")).to_contain_text("changed in another tab")
    assert not Label.objects.exists()


# --- widths ---------------------------------------------------------------------------------------------------------


def test_session_is_annotated_on_a_phone(world: World, device: Device) -> None:
    page = device(world.raters[0], **PHONE)
    begin(page, world)
    label(page, "3").tap()
    page.get_by_role("button", name="Done, next turn").tap()
    at(page, 2)
    page.locator("#panel-fields").get_by_role("button", name="Accept").tap()
    page.get_by_role("button", name="Done, next turn").tap()
    page.locator("#to-next").tap()
    at(page, 4)
    label(page, "Others").tap()
    page.get_by_role("button", name="Done, next turn").tap()
    at(page, 5)
    # The turn in work stays in sight above its fields.
    page.locator("#note-client").scroll_into_view_if_needed()
    expect(page.locator(".turn[aria-current]")).to_be_in_viewport()
    # So does the strip of tabs below it.
    strip, talk = page.get_by_role("tablist").bounding_box(), page.locator("#turns").bounding_box()
    assert strip is not None
    assert talk is not None
    assert abs(strip["y"] - talk["y"] - talk["height"]) <= 1
    page.get_by_role("tab", name="So far").tap()
    expect(page.locator("#counts-panel")).to_be_visible()
    page.get_by_role("tab", name="Turn 5").tap()
    page.locator("#to-next").tap()
    label(page, "Question").tap()
    page.get_by_role("tab", name="The session").tap()
    page.locator("#f-summary").fill("A hard week.")
    page.locator("#hand-in").tap()
    page.locator("#confirm-dialog [value=yes]").tap()
    page.wait_for_url(f"**/rate/{world.study.token}/")
    assert Label.objects.filter(turn__isnull=False).count() == 4


@pytest.mark.parametrize(("width", "scheme"), [(1680, "light"), (1280, "light"), (1280, "dark"), (390, "light")])
def test_page_is_accessible_and_fits(world: World, device: Device, width: int, scheme: str) -> None:
    page = device(world.raters[0], viewport={"width": width, "height": 844}, color_scheme=scheme)
    begin(page, world)
    press(page, "j", "a")
    found = faults(page, width, scheme)
    # Where there is room, the panels stand side by side; the dark scheme differs in colours, which all panels share.
    for tab in page.get_by_role("tab").all() if scheme == "light" and width < 1600 else []:
        tab.click()
        found += [f"{tab.inner_text()}: {one}" for one in faults(page, width, scheme)]
    assert found == []


def test_session_is_annotated_without_scripts(world: World, device: Device) -> None:
    page = device(world.raters[0], java_script_enabled=False)
    page.goto(f"/rate/{world.study.token}/")
    label(page, "2").click()
    page.get_by_role("button", name="Done, next turn").click()
    at(page, 2)
    page.locator("#panel-fields").get_by_role("button", name="Accept").click()
    at(page, 2)
    expect(page.locator("#panel-fields [value=question]")).to_be_checked()
    page.get_by_role("button", name="Done, next turn").click()
    page.get_by_role("link", name="Next", exact=True).click()
    at(page, 4)
    page.get_by_role("button", name="Done, next turn").click()
    expect(page.get_by_text("Saved, but not done yet: there is no answer to Strategy.")).to_be_visible()
    label(page, "Others").click()
    page.locator("#turn-panel").get_by_label("Note").fill("Why not?")
    page.get_by_role("button", name="Done, next turn").click()
    page.locator("#f-summary").fill("A hard week.")
    page.get_by_role("button", name="Save the session’s answers").click()
    at(page, 5)
    page.get_by_role("link", name="6", exact=True).click()
    label(page, "Information").click()
    page.get_by_role("button", name="Done, next turn").click()
    page.get_by_role("button", name="Hand in").click()
    rows = Label.objects.values_list("turn__index", "value")
    assert sorted(rows, key=str) == [
        (0, "2"), (1, "question"), (3, "others"), (5, "information"), (None, "A hard week."),
    ]  # fmt: skip
    assert list(Remark.objects.values_list("turn__index", "text")) == [(3, "Why not?")]
    assert sorted(SuggestionDecision.objects.values_list("suggestion__source", "decision")) == [
        ("model-1", "accepted"), ("model-2", "accepted"),
    ]  # fmt: skip


def test_notice_does_not_move_what_is_read(transactional_db: None, device: Device) -> None:
    world = World()
    world.session(60)
    world.open()
    page = device(world.raters[0])
    begin(page, world)
    for _ in range(40):
        press(page, "j")
    at(page, 41)
    before = page.locator(".turn[aria-current]").bounding_box()
    page.evaluate("concord.notice('A break is well spent.', '', 'break')")
    expect(page.get_by_text("A break is well spent.")).to_be_in_viewport()
    after = page.locator(".turn[aria-current]").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 2


def test_earlier_session_is_read_in_the_place_of_this_one(transactional_db: None, device: Device) -> None:
    world = World()
    world.session(["Before all this."], case="a", order=1)
    world.session(["Hello again.", "Yes?"], case="a", order=2)
    world.open()
    world.hand_in(world.raters[0], world.hold(world.raters[0]))
    page = device(world.raters[0])
    begin(page, world)
    page.get_by_text("Earlier sessions (1)").click()
    page.get_by_role("link", name="Session 1").click()
    expect(page.locator("#earlier .turn-text")).to_have_text("Before all this.")
    expect(page.locator("#turns")).to_be_hidden()
    press(page, "Escape")
    expect(page.locator("#turns .turn-text").first).to_be_visible()
    expect(page.locator("#earlier")).to_be_hidden()
    expect(page.locator(".turn[aria-current]")).to_be_focused()


def test_break_is_proposed_after_the_time_the_study_sets(transactional_db: None, device: Device) -> None:
    world = World(break_minutes=5)
    world.session(6)
    world.open()
    page = device(world.raters[0])
    page.clock.install()
    begin(page, world)
    for _ in range(7):
        press(page, "j")
        page.clock.run_for(50_000)
    notice = page.locator('[data-notice="break"]')
    expect(notice).to_contain_text("You have worked for 5 minutes.")
    notice.get_by_role("button", name="Go on").click()
    expect(notice).to_have_count(0)


# --- the schema's editor ----------------------------------------------------------------------------------------------


def test_schema_is_edited_with_a_live_preview(transactional_db: None, device: Device) -> None:
    world = World()
    page = device(world.manager)
    page.goto(f"/p/{world.project.slug}/studies/{world.study.slug}/schema/")
    page.locator("#field-1 > summary").click()
    page.locator("#id_f0-labels").fill("Opens a topic\nStays with it | Goes on with what was said.")
    preview = page.locator("#schema-preview")
    expect(preview.get_by_text("Stays with it", exact=True).first).to_be_visible()
    page.locator("#id_f0-labels").fill("Only one")
    expect(preview.get_by_role("alert")).to_contain_text("a choice needs at least two labels.")
    expect(page.locator("#id_f0-labels")).to_have_value("Only one")
    assert faults(page, 1280, "light") == []
    page.locator("#id_f0-labels").fill("Opens a topic\nStays with it")
    page.get_by_role("button", name="Save the schema").click()
    expect(page.get_by_text("The schema is saved.")).to_be_visible()
    world.study.refresh_from_db()
    first = world.study.settings["schema"]["fields"][0]
    assert [label["name"] for label in first["labels"]] == ["Opens a topic", "Stays with it"]
