"""Every page with the demonstration in it: accessible, no wider than a phone, nothing blocked, nothing that jumps."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.core.files.base import ContentFile
from label_world import World
from looks import WIDTHS, look
from steps import choose, open_work, sees

from annotation.management.demo import content
from annotation.models import Dispute
from projects.models import Assignment, Dataset, Study, User
from projects.services import import_batches

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
Pages = list[tuple[str, str]]


def mapping_address() -> str:
    """Begin an import by hand, so that there are columns to choose."""
    dataset = Dataset.objects.get(slug="first-round")
    manager = User.objects.get(email="manager@demo.example.org")
    file = ContentFile(content.as_jsonl(content.second_round()[:12]))
    batch, _table = import_batches.receive(dataset=dataset, file=file, filename="more.jsonl", actor=manager)
    return f"/p/demonstration/data/first-round/imports/{batch.pk}/mapping/"


def datasets() -> Pages:
    """Return a manager's pages around data sets and people."""
    dispute = Dispute.objects.get(unit__item__external_id="en-tf-029")
    item = f"/p/demonstration/data/{dispute.unit.item.dataset.slug}/items/{dispute.unit.item_id}/"
    return [
        ("home", "/"),
        ("project", "/p/demonstration/"),
        ("datasets", "/p/demonstration/data/"),
        ("dataset", "/p/demonstration/data/second-round/"),
        ("import", mapping_address()),
        ("item", item),
        ("correct", item + "correct/"),
        ("dataset-edit", "/p/demonstration/data/second-round/edit/"),
        ("import-new", "/p/demonstration/data/second-round/import/"),
        ("project-edit", "/p/demonstration/edit/"),
        ("invitation", "/p/demonstration/invitations/new/"),
        ("people", "/p/demonstration/people/"),
        ("audit", "/p/demonstration/audit/"),
    ]


def studies() -> Pages:
    """Return a manager's pages of studies."""
    ahead = "/p/demonstration/studies/"
    return [
        ("studies", ahead),
        ("overview", ahead + "second-round/"),
        ("guideline", ahead + "second-round/guideline/"),
        ("settings", ahead + "second-round/settings/"),
        ("units", ahead + "second-round/units/"),
        ("skips", ahead + "second-round/skips/"),
        ("exclusions", ahead + "first-round/exclusions/"),
        ("study-new", ahead + "new/?kind=label_review&preset=review"),
        ("draft", ahead + "third-round/"),
        ("results", ahead + "first-round/results/"),
        ("effectiveness", ahead + "effectiveness-of-the-first-round/results/"),
        ("study-people", ahead + "second-round/people/"),
    ]


def settling() -> Pages:
    """Return an adjudicator's pages."""
    ahead = "/p/demonstration/studies/"
    dispute = Dispute.objects.get(unit__item__external_id="en-tf-029")
    return [
        ("disputes", ahead + "second-round/disputes/"),
        ("dispute", ahead + f"second-round/disputes/{dispute.pk}/"),
        ("meetings", ahead + "first-round/meetings/"),
    ]


def rating() -> Pages:
    """Return a rater's pages."""
    half = Study.objects.get(slug="second-round")
    own = Assignment.objects.get(unit__item__external_id="en-tf-029", unit__study=half, rater__code="R1")
    return [
        ("rater-home", "/"),
        ("label-review", f"/rate/{half.token}/"),
        ("own-disputes", f"/rate/{half.token}/disputes/mine/"),
        ("discussion", f"/rate/{half.token}/{own.token}/dispute/"),
        ("own-answers", f"/rate/{half.token}/done/"),
    ]


def beginning() -> Pages:
    """Return the page of a rater who has yet to read the content notice."""
    return [("notice", f"/rate/{Study.objects.get(slug='second-round').token}/")]


@pytest.mark.parametrize(
    ("who", "pages"),
    [("manager", datasets), ("manager", studies), ("adjudicator", settling), ("r1", rating), ("r3", beginning)],
    ids=["datasets", "studies", "settling", "rating", "beginning"],
)
def test_pages_of_the_demonstration_are_accessible_and_fit_every_window(
    demonstration: None, device: Device, who: str, pages: Callable[[], Pages]
) -> None:
    found: dict[str, list[str]] = {}
    folder = os.environ.get("CONCORD_SCREENSHOTS")
    page = device(User.objects.get(email=f"{who}@demo.example.org"))
    for name, address in pages():
        page.goto(address)
        found |= look(page, name, folder)
    assert found == {}


def boxes(page: Page) -> list[dict[str, float] | None]:
    """Return where the dock and the top bar stand in the window."""
    return [page.locator(selector).bounding_box() for selector in (".dock", ".work-bar", ".dock-links")]


@pytest.mark.parametrize("width", list(WIDTHS))
def test_dock_and_top_bar_stay_where_they_are_when_the_next_text_comes(
    world: World, device: Device, width: int
) -> None:
    for _ in range(4):
        world.unit()
    page = device(world.raters[0], viewport={"width": width, "height": WIDTHS[width]})
    open_work(page, world)
    before = boxes(page)
    for number in range(1, 4):
        choose(page, "positive")
        page.keyboard.press("Enter")
        sees(page, number)
        assert boxes(page) == before
    page.keyboard.press("c")
    page.keyboard.press("Escape")


def test_work_page_can_be_used_on_a_phone(world: World, device: Device) -> None:
    for _ in range(2):
        world.unit()
    page = device(world.raters[0], viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_work(page, world)
    page.get_by_text("Positive").tap(force=True)
    page.get_by_role("button", name="Next").tap()
    sees(page, 1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
