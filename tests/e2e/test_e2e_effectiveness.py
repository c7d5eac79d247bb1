"""The effectiveness test in Chromium: a manager draws a sample of released items, three new people label it, and the
report tells how far they agree among themselves and with what was released. Its files are downloaded and read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from label_world import World
from playwright.sync_api import expect

from projects.models import Assignment, Rater, Study, Unit
from projects.services import studies

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
TOPICS = ("Sleep", "Sleep", "Sleep", "Work", "Work", "Work")
TESTERS = ("R3", "R4", "R5")


@pytest.fixture
def released(world: World) -> World:
    """A closed review: six items released as positive, one in dispute; three raters have met none of them."""
    for topic in TOPICS:
        world.unit(topic=topic, prelabel="negative")
    for rater in world.raters:
        for _ in TOPICS:
            world.answer(rater, "positive")
    world.dispute(topic="Sleep")
    studies.close(world.study, actor=world.manager)
    for code in TESTERS:
        world.rater(code)
    return world


def set_up(page: Page, world: World, work_off: Callable[[], None]) -> Study:
    """Draw two items from each topic and open the test."""
    page.goto(f"/p/{world.slug}/studies/")
    page.get_by_role("link", name="New study").first.click()
    page.get_by_role("link", name="Effectiveness test").click()
    page.get_by_label("Name", exact=True).fill("Are they sound")
    page.get_by_label("Data set", exact=True).select_option(label="Items")
    page.get_by_label("Drawn from").select_option(label="Review")
    expect(page.get_by_label("Number of items")).to_have_value("200")
    expect(page.get_by_label("Raters per item")).to_have_value("3")
    expect(page.get_by_label("Show the pre-label")).to_have_value("hidden")
    page.get_by_label("Number of items").fill("4")
    page.get_by_label("Draw the same number from each topic").check()
    for code in TESTERS:
        page.get_by_label(code).check()
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_role("button", name="Open the study").click()
    page.locator("#confirm-dialog").get_by_role("button", name="Open the study").click()
    page.get_by_text("The study is being prepared").wait_for()
    work_off()
    page.get_by_role("link", name="Pause").wait_for()
    return Study.objects.get(name="Are they sound")


def rate(page: Page, keys: str) -> None:
    """Answer everything by keyboard; nothing on the page tells the pre-label or what was released."""
    page.goto("/")
    page.get_by_role("link", name="Begin").click()
    for number, key in enumerate(keys):
        expect(page.locator("#done-count")).to_have_text(str(number))
        expect(page.locator("main")).not_to_contain_text("model")
        expect(page.locator("main .tag")).to_have_count(0)
        page.keyboard.press(key)
        page.keyboard.press("Enter")
    page.get_by_text("Nothing left for you here").wait_for()


def close(page: Page, world: World, study: Study, work_off: Callable[[], None]) -> None:
    """End the test and open its results."""
    page.goto(f"/p/{world.slug}/studies/{study.slug}/")
    page.get_by_role("button", name="Close").click()
    page.locator("#confirm-dialog").get_by_role("button", name="Close the study").click()
    page.get_by_text("closed", exact=True).first.wait_for()
    work_off()
    page.goto(f"/p/{world.slug}/studies/{study.slug}/results/")


def download(page: Page, name: str) -> list[dict[str, Any]]:
    """Download a JSONL file by its link and read it."""
    with page.expect_download() as file:
        page.get_by_role("link", name=name).click()
    assert file.value.suggested_filename.endswith(".jsonl")
    return [json.loads(line) for line in Path(file.value.path()).read_text(encoding="utf-8").splitlines()]


def test_three_who_met_nothing_label_a_sample_and_the_report_compares(
    released: World, device: Device, work_off: Callable[[], None]
) -> None:
    manager = device(released.manager)
    study = set_up(manager, released, work_off)
    drawn = Unit.objects.filter(study=study)
    assert sorted(drawn.values_list("stratum", flat=True)) == ["Sleep", "Sleep", "Work", "Work"]
    assert not drawn.filter(item__external_id="item-6").exists()

    # The order is one for all, so the second and the third rater differ from the first on the first item alone.
    for code, keys in zip(TESTERS, ("1111", "2111", "2111"), strict=True):
        rate(device(Rater.objects.get(code=code)), keys)
    assert Assignment.objects.filter(study=study, state="submitted").count() == 12

    close(manager, released, study, work_off)
    report = manager.locator("main")
    expect(report).to_contain_text("All raters gave the same label for 75.0%")
    expect(report.get_by_text("Consensus on the released label").first).to_be_visible()
    expect(report).to_contain_text("Wilson interval")
    expect(report).to_contain_text("Krippendorff's alpha")
    expect(report).to_contain_text("Fleiss' kappa")
    expect(report).to_contain_text("n = 4 items")

    rows = download(manager, "All answers JSONL")
    assert sorted((row["rater"], row["label"]) for row in rows) == sorted(
        [("R3", "positive")] * 4
        + [("R4", "negative"), ("R5", "negative")]
        + [("R4", "positive"), ("R5", "positive")] * 3
    )
    assert {(row["shown_at_first"], row["independent"], row["surplus"]) for row in rows} == {("nothing", True, False)}
    matrix = download(manager, "Items by raters JSONL")
    assert [len(row) for row in matrix] == [4] * 4
    assert sum(row["R3"] == row["R4"] == row["R5"] == "positive" for row in matrix) == 3
    first = drawn.order_by("sort_key").values_list("item__external_id", flat=True)[0]
    assert [row["id"] for row in matrix if row["R5"] == "negative"] == [first]
