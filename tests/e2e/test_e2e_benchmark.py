"""From answer files to a benchmark's report, in Chromium, as a manager does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from evaluation.models import Response
from projects.models import Item, Role, User
from projects.services.people import add_roles
from tests.evaluation import worlds

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
ITEMS = 8


@pytest.fixture
def manager(transactional_db: None) -> User:
    """The manager of a project with eight true/false items whose right answers are known."""
    project = worlds.project_named()
    dataset = worlds.questions(project, ITEMS, kind=Item.Kind.TRUE_FALSE, slug="messages")
    dataset.items.update(final=["positive"])
    user = User.objects.create_user("manager@example.org", "x")
    add_roles(project=project, user=user, roles=[Role.MANAGER], actor=None)
    return user


def answer_file(folder: Path, name: str, right: int) -> str:
    """A FastChat answer file of a model that gets the first items right; its last row is of an unknown item."""
    said = ["positive" if n < right else "negative" for n in range(ITEMS)]
    rows = [*((f"q{n}", text) for n, text in enumerate(said)), *([("q99", "positive")] if name == "large" else [])]
    path = folder / f"{name}.jsonl"
    lines = (
        json.dumps({"question_id": question, "model_id": name, "choices": [{"index": 0, "turns": [text]}]})
        for question, text in rows
    )
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def test_answer_files_become_a_report(
    manager: User, device: Device, work_off: Callable[[], None], tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    page = device(manager)
    page.goto("/p/care/responses/")
    page.get_by_role("link", name="Import responses").click()
    page.get_by_label("Data set").select_option(label="messages")
    page.get_by_label("Files").set_input_files([answer_file(tmp_path, "small", 3), answer_file(tmp_path, "large", 7)])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("being read").first).to_be_visible()
    work_off()

    page.reload()
    page.get_by_role("link", name="large.jsonl").click()
    expect(page.get_by_text("The data set has no item “q99”.")).to_be_visible()
    expect(page.get_by_role("button", name="Import all")).to_be_disabled()
    page.get_by_role("button", name="Import the 8 good rows").click()
    work_off()
    expect(page.get_by_text("The import is complete: 8 responses are in.")).to_be_visible()
    page.get_by_role("link", name="Responses", exact=True).first.click()
    page.get_by_role("link", name="small.jsonl").click()
    page.get_by_role("button", name="Import all").click()
    work_off()
    expect(page.get_by_text("The import is complete")).to_be_visible()
    assert Response.objects.visible().count() == 2 * ITEMS

    page.goto("/p/care/benchmarks/")
    page.get_by_role("link", name="New benchmark").click()
    page.get_by_label("Name", exact=True).fill("Two sizes")
    for name in ("messages", "small", "large"):
        page.get_by_label(name, exact=True).check()
    page.get_by_label("Before").first.select_option(label="small")
    page.get_by_label("After").first.select_option(label="large")
    page.get_by_role("button", name="Make and compute").click()
    expect(page.get_by_text("It waits for a worker.")).to_be_visible()
    work_off()
    expect(page.get_by_text("large has the highest overall score, 87.5%")).to_be_visible()
    row = page.locator("table", has=page.get_by_text("Before and after, on the same items")).locator("tbody tr").first
    expect(row).to_contain_text("small → large")
    expect(row).to_contain_text("50.0%")

    page.get_by_text("This report as a file").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="All tables, as a workbook (XLSX)").click()
    assert download.value.suggested_filename.endswith(".xlsx")


def test_pages_are_sound_for_assistive_technology(
    manager: User, device: Device, work_off: Callable[[], None], tmp_path: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = device(manager)
    for address in ("responses/", "responses/import/", "benchmarks/", "benchmarks/new/"):
        page.goto(f"/p/care/{address}")
        assert [one["id"] for one in Axe().run(page).response["violations"]] == []
