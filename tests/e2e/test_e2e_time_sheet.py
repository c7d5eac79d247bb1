"""A manager sets a rate, reads the time sheet and takes it with them; the rater sees their own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from label_world import World
from playwright.sync_api import Page, expect

from campaign.services import timesheets
from projects.models import Submission

pytestmark = pytest.mark.django_db(transaction=True)


def test_time_sheet_from_rate_to_file(page: Page, live_server, sign_in) -> None:
    world = World()
    world.unit()
    for rater in world.raters:
        world.answer(rater, "positive")
    Submission.objects.update(active_ms=1_800_000, created_at=datetime(2026, 11, 20, 9, tzinfo=UTC))
    timesheets.keep(world.study)
    sign_in(world.manager)
    page.goto(f"{live_server.url}{world.url('pay/')}")
    page.get_by_label("Amount").fill("20")
    page.get_by_role("button", name="Set the rate").click()
    expect(page.get_by_text("20.00 EUR")).to_be_visible()
    page.get_by_role("link", name="Time sheets").click()
    sums, days = page.get_by_role("region", name="By rater and study"), page.get_by_role("region", name="By day")
    expect(sums.get_by_role("row", name="R1 Review 1 0 30 min")).to_contain_text("10.00 EUR")
    expect(sums.get_by_role("row", name="Together")).to_contain_text("20.00 EUR")
    sums.get_by_role("link", name="R2").click()
    expect(days.get_by_role("row")).to_have_count(2)
    expect(days.get_by_role("row", name="2026-11-20 R2")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download as CSV").click()
    text = taken.value.path().read_text(encoding="utf-8-sig")
    assert text.splitlines()[1].startswith("2026-11-20,Review,R2,1,0,1800000,0.5000,hour,20.00,EUR,10.0000")
    sign_in(world.raters[0].user)
    page.goto(f"{live_server.url}/rate/{world.study.token}/done/")
    page.get_by_role("link", name="My work").click()
    expect(page.get_by_text("10.00 EUR")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("R2")
