"""What the handbook's pictures show: who looks, at what, in which light, and how they come there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

Way = Callable[["Page"], object]
STUDIES = "/p/demonstration/studies/"
LETTERS = """id,text,prelabel,prelabel_score,topic,written
l-01,I asked my sister to come along and she did.,positive,0.91,Emotion,2026-03
l-02,I have not opened a letter since spring.,positive,0.55,Emotion,2026-04
l-03,We said sorry and went swimming.,positive,0.97,Interpersonal Relationship,2026-04
l-04,I eat alone so that nobody counts.,perhaps,0.51,Mind and body,2026-05
"""


@dataclass(frozen=True)
class Shot:
    """One picture: `who` is the first part of an account's address; `height` is the window's."""

    name: str
    who: str
    go: Way
    height: int = 800
    dark: bool = False
    phone: bool = False

    @property
    def window(self) -> tuple[int, int]:
        """Width and height."""
        return (390, 844) if self.phone else (1280, self.height)


def at(address: str) -> Way:
    """Open an address."""
    return lambda page: page.goto(address)


def study(name: str) -> Way:
    """Open a study somebody rates in, from their first page, past what is to be read before the work."""

    def go(page: Page) -> None:
        page.goto("/")
        page.get_by_role("link", name=name, exact=True).first.click()
        page.wait_for_url("**/rate/**")
        begin = page.get_by_role("button", name="Begin")
        if begin.count():
            begin.click()
        page.locator("main").wait_for()

    return go


def then(*ways: Way) -> Way:
    """Go one way after the other."""

    def go(page: Page) -> None:
        for way in ways:
            way(page)

    return go


def click(selector: str) -> Way:
    """Click the first of these."""
    return lambda page: page.locator(selector).first.click()


def press(*keys: str) -> Way:
    """Press keys, one after the other."""

    def go(page: Page) -> None:
        for key in keys:
            page.keyboard.press(key)

    return go


def upload(page: Page) -> None:
    """Begin an import, up to the choice of columns."""
    page.goto("/p/demonstration/data/second-round/import/")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "letters.csv"
        path.write_text(LETTERS, encoding="utf-8")
        page.locator("input[type=file]").set_input_files(path)
        page.get_by_role("button", name="Upload").click()
        page.get_by_role("heading", name="Which column is what").wait_for()


def check(page: Page) -> None:
    """Have the rows of that import checked, one of which is faulty."""
    upload(page)
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("button", name="Import the").wait_for()


def differ(page: Page) -> None:
    """Answer until the model says something else: then it is shown, and the answer can be thought over."""
    study("Second round")(page)
    for _ in range(8):
        said = page.locator(".proposal").filter(visible=True)
        if said.count():
            return
        page.keyboard.press("2")
        page.keyboard.press("Enter")
        page.wait_for_timeout(1500)


FIRST_ROW = click("main tbody a, main .row-title a")
SHOTS = (
    # Raters
    Shot("home", "r1", at("/"), height=640),
    Shot("review", "r1", study("Second round")),
    Shot("review-phone", "r2", study("Second round"), dark=True, phone=True),
    Shot("keys", "r1", then(study("Second round"), press("?"))),
    Shot("discussion", "r1", then(at("/"), click("a:has-text('Discuss')"), click(".row-title a")), height=1110),
    Shot("dialogue", "r1", study("Counselling sessions")),
    Shot("dialogue-phone", "r2", study("Counselling sessions"), phone=True),
    Shot("ranking", "r1", study("Which answer helps most? Second round")),
    Shot("ranking-phone", "r2", study("Which answer helps most? Second round"), dark=True, phone=True),
    Shot("comparison", "r1", study("Before and after training: which is better?"), dark=True),
    Shot("rating", "r1", study("Quality of the answers, 0 to 4")),
    # Adjudicators
    Shot("disputes", "adjudicator", at(STUDIES + "second-round/disputes/")),
    Shot("dispute", "adjudicator", then(at(STUDIES + "second-round/disputes/"), FIRST_ROW), height=1000),
    Shot("curation", "adjudicator", then(at(STUDIES + "counselling-sessions/curation/"), FIRST_ROW), height=1000),
    # Managers
    Shot("import", "manager", upload, height=1000),
    Shot("import-check", "manager", check),
    Shot("study-new", "manager", at(STUDIES + "new/?kind=label_review&preset=review"), height=1000),
    Shot("study", "manager", at(STUDIES + "second-round/"), height=900),
    Shot("study-people", "manager", at(STUDIES + "second-round/people/")),
    Shot("invitation", "manager", at("/p/demonstration/invitations/new/")),
    Shot("audit", "manager", at("/p/demonstration/audit/"), height=640),
    Shot("run", "manager", then(at("/p/demonstration/runs/"), FIRST_ROW)),
    # Analysts
    Shot("results", "manager", at(STUDIES + "first-round/results/"), height=1000),
    Shot("effectiveness", "manager", at(STUDIES + "effectiveness-of-the-first-round/results/"), height=900),
    Shot("ranking-results", "manager", at(STUDIES + "which-answer-helps-most/results/"), height=1000, dark=True),
    Shot("benchmark", "manager", then(at("/p/demonstration/benchmarks/"), FIRST_ROW), height=1000),
    # Last, because it answers: what is pictured above should not be about it.
    Shot("second-look", "r1", differ),
)
