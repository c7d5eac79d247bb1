"""The results page in a browser: it waits for the worker by itself, and fits the screen and the paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from projects.models import Job
from projects.services import jobs

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_shows_the_report_as_soon_as_it_is_there(
    page: Page, sign_in: Callable[[Any], None], stage: Any, width: int
) -> None:
    stage.items(3)
    study = stage.opened(*stage.raters(2), raters_per_item=2, prelabel="hidden")
    sign_in(stage.manager)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/p/harbour/studies/{study.slug}/results/")
    page.get_by_role("button", name="Compute the report").click()
    page.get_by_text("It waits for a worker.").wait_for()
    jobs.run(Job.objects.get(kind="report").pk)
    page.get_by_text("No item has all its answers yet, so nothing can be said about agreement.").wait_for()
    assert page.get_by_role("heading", name="Progress").count() == 1
    assert page.evaluate("document.getElementById('main').scrollWidth") <= width
    page.emulate_media(media="print")
    assert page.get_by_role("link", name="All numbers (JSON)").count() == 0
