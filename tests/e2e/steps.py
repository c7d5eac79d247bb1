"""What a rater does and sees on the work page, in the words of a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from label_world import World
from playwright.sync_api import expect

from projects.models import Submission

if TYPE_CHECKING:
    from playwright.sync_api import Page


def text(number: int) -> str:
    """Return the text of an item."""
    return f"What was said, number {number}."


def open_work(page: Page, world: World) -> None:
    """Go to the work page."""
    page.goto(f"/rate/{world.study.token}/")
    page.locator("#unit-text").wait_for()


def sees(page: Page, number: int) -> None:
    """Wait until the text of an item is on the page."""
    page.locator("#reading").get_by_text(text(number), exact=True).wait_for()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on the control of that name; fails where it never comes there."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(document.activeElement?.innerText || document.activeElement?.labels?.[0]?.innerText || '').trim()"
        )
        if name in focused:
            return
    raise AssertionError(f"The focus never reaches {name!r}.")


def choose(page: Page, value: str) -> None:
    """Choose an answer with the pointer."""
    page.locator(f"[name=values][value={value}]").check()


def chosen(page: Page) -> str | None:
    """Return the answer that is chosen."""
    value: str | None = page.evaluate("document.querySelector('[name=values]:checked')?.value ?? null")
    return value


def counts(page: Page, number: int) -> None:
    """Wait until the progress is so far."""
    expect(page.locator("#done-count")).to_have_text(str(number))


def is_saved(page: Page) -> None:
    """Wait until the page says that the server has it."""
    expect(page.locator("#saved")).to_have_text(re.compile("^saved "))


def done(page: Page) -> str:
    """Return the progress as it is shown."""
    return page.inner_text("#done-count")


def answers(world: World, code: str) -> list[tuple[int, int, str, bool, str]]:
    """Return a rater's answers in force: position of the item, number, label, unsure, comment."""
    rows = Submission.objects.filter(
        assignment__study=world.study, assignment__rater__code=code, current=True
    ).order_by("assignment__unit__sort_key")
    fields = ("assignment__unit__sort_key", "number", "labels__value", "unsure", "comment")
    return list(rows.values_list(*fields))
