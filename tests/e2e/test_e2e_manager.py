"""A manager's way in Chromium: from a file to figures, with people invited on the way."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from label_world import PASSWORD
from playwright.sync_api import expect

from projects.models import Item, Membership, Project, Role, Study, User

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
ROWS = [
    ("a-1", "I asked my sister to come along, and she did.", "positive", "Emotion"),
    ("a-2", "I have not opened a letter since spring.", "positive", "Emotion"),
    ("a-3", "We said sorry and went swimming.", "positive", "Friendship"),
    ("a-4", "I eat alone so that nobody counts.", "negative", "Friendship"),
]


def write_file(folder: Path) -> Path:
    """Write the file to import, with one faulty row."""
    path = folder / "letters.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "prelabel", "topic"])
        writer.writerows([*ROWS, ("a-5", "", "positive", "Emotion")])
    return path


def import_file(page: Page, path: Path, work_off: Callable[[], None]) -> None:
    """Make a data set and bring the good rows in."""
    page.get_by_role("link", name="Data sets").first.click()
    page.get_by_role("link", name="New data set").click()
    page.get_by_label("Name", exact=True).fill("Letters")
    page.locator("main form .button.primary").click()
    if "/import" not in page.url:
        page.get_by_role("link", name="Import a file").first.click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("heading", name="Which column is what").wait_for()
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_text("The rows are being checked").wait_for()
    work_off()
    page.get_by_role("button", name="Import the 4 good rows").click()
    page.get_by_text("The rows are being imported").wait_for()
    work_off()
    expect(page.locator("main")).to_contain_text("The import is complete: 4 items are in. 1 row was left out.")


def invite(page: Page, code: str) -> str:
    """Make a link for a rater."""
    page.goto("/p/harbour/invitations/new/")
    page.locator("[name=roles][value=rater]").check()
    page.get_by_label("Rater code").fill(code)
    page.get_by_role("button", name="Make the link").click()
    return page.locator("#link").input_value()


def join(page: Page, link: str, name: str) -> None:
    """Create an account through a link."""
    page.goto(link)
    page.get_by_label("E-mail address").fill(f"{name.lower()}@harbour.example.org")
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("input[type=password]").first.fill(PASSWORD)
    for extra in page.locator("input[type=password]").all()[1:]:
        extra.fill(PASSWORD)
    page.get_by_role("button", name="Create an account and join").click()


def set_up(page: Page, work_off: Callable[[], None]) -> None:
    """Make a review of everything with both raters, and open it."""
    page.goto("/p/harbour/studies/")
    page.get_by_role("link", name="New study").first.click()
    page.get_by_role("link", name="Review", exact=True).click()
    page.get_by_label("Name", exact=False).first.fill("First letters")
    page.get_by_label("Data set", exact=False).first.select_option(label="Letters")
    page.get_by_label("Show the pre-label").select_option("hidden")
    for code in ("R1", "R2"):
        page.get_by_label(code, exact=False).check()
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_role("button", name="Open the study").click()
    page.locator("#confirm-dialog").get_by_role("button", name="Open the study").click()
    page.get_by_text("The study is being prepared").wait_for()
    work_off()
    page.get_by_role("link", name="Pause").wait_for()


def rate_all(page: Page, keys: str) -> None:
    """Answer one unit after the other."""
    page.goto("/")
    page.get_by_role("link", name="Begin").click()
    for number, key in enumerate(keys, start=1):
        expect(page.locator("#done-count")).to_have_text(str(number - 1))
        page.keyboard.press(key)
        page.keyboard.press("Enter")
    page.get_by_text("Nothing left for you here").wait_for()


def test_from_a_file_to_figures(
    transactional_db: None, device: Device, work_off: Callable[[], None], tmp_path: Path
) -> None:
    project = Project.objects.create(slug="harbour", name="Harbour")
    manager = User.objects.create_user("manager@harbour.example.org", PASSWORD)
    Membership.objects.create(project=project, user=manager, role=Role.MANAGER)
    page = device(manager)
    page.goto("/p/harbour/")
    import_file(page, write_file(tmp_path), work_off)
    assert list(Item.objects.visible().order_by("position").values_list("external_id", flat=True)) == [
        row[0] for row in ROWS
    ]

    links = [invite(page, code) for code in ("R1", "R2")]
    raters = [device(None), device(None)]
    for rater, link, name in zip(raters, links, ("Ann", "Bo"), strict=True):
        join(rater, link, name)
        expect(rater).not_to_have_url(re.compile("/join/"))
    set_up(page, work_off)
    rate_all(raters[0], "1212")
    rate_all(raters[1], "1112")

    page.get_by_role("button", name="Close").click()
    page.locator("#confirm-dialog").get_by_role("button", name="Close the study").click()
    page.get_by_text("closed", exact=True).first.wait_for()
    work_off()
    study = Study.objects.get()
    page.goto(f"/p/harbour/studies/{study.slug}/results/")
    expect(page.locator(".figure, .plot, figure").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Final data set CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["label"] for row in rows) == ["negative", "positive", "positive"]
    expect(page.locator("main")).to_contain_text("75.0%")
