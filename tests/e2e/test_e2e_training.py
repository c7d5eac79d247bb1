"""Training in Chromium: a calibration failed and passed; a question asked, answered and acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from label_world import World
from playwright.sync_api import expect
from steps import choose, open_work, sees

from campaign.models import Calibration
from campaign.services import making
from projects.models import Study

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]


def calibrated(world: World, *answers: str) -> None:
    """Make one item of each try, in the order of `answers`."""
    for number, answer in enumerate(answers, start=1):
        unit = world.unit()
        world.study.refresh_from_db()
        row = making.Line(unit.item.external_id, answer, f"Because of the *tone* in try {number}.")
        making.add(world.study, stage="calibration", number=number, rows=[row], actor=world.manager)


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_calibration_failed_then_passed_then_the_work(transactional_db: None, device: Device) -> None:
    world = World()
    world.unit()
    calibrated(world, "negative", "positive")
    page = device(world.raters[0], viewport={"width": 390, "height": 844})
    for value, words in (("positive", "Not passed this time"), ("positive", "Passed")):
        open_work(page, world)
        expect(page.get_by_text("Training: does not count")).to_be_visible()
        choose(page, value)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=words, exact=True)).to_be_visible()
        assert fits(page)
        page.get_by_role("button", name="Second try" if "Not" in words else "Begin the work").click()
    sees(page, 0)
    expect(page.locator("#done-count")).to_have_text("0")
    assert list(Calibration.objects.order_by("round").values_list("passed", flat=True)) == [False, True]


def test_question_asked_answered_and_acknowledged(transactional_db: None, device: Device) -> None:
    world = World()
    world.unit()
    rater = device(world.raters[0])
    open_work(rater, world)
    rater.keyboard.press("q")
    rater.get_by_label("Your question").fill("Do thanks count as positive?")
    rater.get_by_role("button", name="Ask", exact=True).click()
    expect(rater.get_by_text("Your question is with the manager.")).to_be_visible()

    manager = device(world.manager, viewport={"width": 390, "height": 844})
    manager.goto("/")
    manager.get_by_role("link", name="Answer").click()
    manager.get_by_role("link", name="Do thanks count as positive?").click()
    manager.get_by_label("Answer").fill("Yes, unless they are meant bitterly.")
    manager.get_by_label("Put it into the guideline").check()
    assert fits(manager)
    manager.get_by_role("button", name="Save the answer").click()
    expect(manager.get_by_text("in the guideline")).to_be_visible()

    choose(rater, "positive")
    rater.keyboard.press("Enter")
    expect(rater.get_by_role("heading", name="The guideline has changed")).to_be_visible()
    expect(rater.get_by_text("Yes, unless they are meant bitterly.").last).to_be_visible()
    rater.get_by_label("I have read this version and will hold to it").check()
    rater.get_by_role("button", name="Go on").click()
    expect(rater.get_by_text("Nothing left for you here")).to_be_visible()
    assert Study.objects.get(pk=world.study.pk).guideline.number == 2
