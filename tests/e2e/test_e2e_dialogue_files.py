"""A manager brings dialogues in and takes them out again in Chromium: mapping, preview, report, files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from label_world import PASSWORD
from playwright.sync_api import expect

from projects.models import Dataset, Item, Membership, Project, Role, User
from tests.projects.dialogue_files import session, turn

if TYPE_CHECKING:
    from playwright.sync_api import Page

Device = Callable[..., "Page"]
SESSIONS = [
    session("a", [turn("Client", "I lie awake. 😀"), turn("Coach", "Since when?", mood=["calm"])], course="K"),
    session("b", [turn("Client", "שלום"), turn("Coach", "")], course="K"),
]


def test_dialogues_come_in_and_go_out_at_phone_width(
    transactional_db: None, device: Device, work_off: Callable[[], None], tmp_path: Path
) -> None:
    project = Project.objects.create(slug="harbour", name="Harbour")
    manager = User.objects.create_user("manager@harbour.example.org", PASSWORD)
    Membership.objects.create(project=project, user=manager, role=Role.MANAGER)
    Dataset.objects.create(project=project, slug="talks", name="Talks")
    path = tmp_path / "talks.json"
    path.write_text(json.dumps(SESSIONS, ensure_ascii=False), encoding="utf-8")
    page = device(manager, viewport={"width": 390, "height": 800})

    page.goto("/p/harbour/data/talks/import/")
    page.get_by_label("dialogues, in a format told by the content").check()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#first-session")).to_contain_text("It is not known who “Coach” is.")
    page.get_by_label("Coach", exact=True).select_option("therapist")
    page.get_by_label("course", exact=True).select_option("case")
    page.get_by_label("mood", exact=True).select_option("label")
    page.get_by_role("button", name="Show it with these choices").click()
    expect(page.locator(".conversation > .right")).to_contain_text("calm")

    page.get_by_role("button", name="Check the sessions").click()
    page.get_by_text("The sessions are being checked").wait_for()
    work_off()
    bad = page.get_by_role("row", name="2 b 2")
    expect(bad).to_contain_text("The turn has no text under “content”.")
    with page.expect_download() as rejected:
        page.get_by_role("link", name="Download the rejected sessions").click()
    assert json.loads(Path(rejected.value.path()).read_text("utf-8"))["dialog_id"] == "b"
    page.get_by_role("button", name="Import the 1 good session").click()
    page.get_by_text("The sessions are being imported").wait_for()
    work_off()
    expect(page.locator("main")).to_contain_text("The import is complete: 1 item is in. 1 session was left out.")

    item = Item.objects.visible().select_related("case").get()
    assert (item.external_id, str(item.case)) == ("a", "K")
    page.goto(f"/p/harbour/data/talks/items/{item.pk}/")
    expect(page.locator(".conversation > li")).to_have_count(2)
    page.goto("/p/harbour/data/talks/export/")
    with page.expect_download() as file:
        page.get_by_role("button", name="Download").click()
    assert json.loads(Path(file.value.path()).read_text("utf-8")) == SESSIONS[:1]
