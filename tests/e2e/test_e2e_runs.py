"""From an endpoint to a finished run, as a site admin does it; the server of the model is the only thing made up."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from benchmarks.chat_server import Say, running
from evaluation.engine import Engine
from evaluation.models import Endpoint, Response, Run
from projects.models import User
from tests.evaluation import worlds

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def admin(transactional_db: None, settings: Any) -> User:
    """A site admin, and a project with questions."""
    settings.CONCORD_PRIVATE_ENDPOINTS = True
    worlds.questions(worlds.project_named(), 6)
    return User.objects.create_superuser("admin@example.org", "a long walk by the sea")


def picture(page: Page, name: str) -> None:
    """Keep a picture where CONCORD_PICTURES names a folder: light and dark, wide and narrow."""
    if not (folder := os.environ.get("CONCORD_PICTURES")):
        return
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{theme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})


def in_thread(work: Callable[[], Any]) -> threading.Thread:
    """Work beside the browser, whose loop keeps this thread."""

    def body() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=body)
    thread.start()
    return thread


def drain() -> None:
    """Make all calls that wait, as a worker for runs does."""
    engine = Engine()
    try:
        engine.drain()
    finally:
        engine.close()


def add_endpoint(page: Page, url: str) -> None:
    page.goto("/")
    page.locator("summary", has_text="Your account").click()
    page.get_by_role("link", name="Endpoints").click()
    page.get_by_role("link", name="New endpoint").click()
    page.get_by_label("Name", exact=True).fill("Cellar")
    page.get_by_label("Base URL").fill(url)
    page.get_by_label("Price in").fill("1")
    page.get_by_label("Price out").fill("2")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_label("Calls in flight").fill("3")
    page.get_by_label("Care", exact=True).check()
    picture(page, "endpoint-form")
    page.get_by_role("button", name="Save").click()


def add_prompt_and_system(page: Page) -> None:
    page.goto("/p/care/")
    page.get_by_role("link", name="Models").click()
    page.get_by_role("link", name="Prompts").click()
    page.get_by_role("link", name=re.compile("Use.*Counselling assistant")).click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".chat").first).to_contain_text("Question 0?")
    picture(page, "prompt")
    page.get_by_role("link", name="Models").click()
    page.get_by_role("link", name="New system").click()
    page.get_by_label("Name", exact=True).fill("Small")
    page.get_by_label("Endpoint").select_option(label="Cellar")
    page.get_by_label("Model id").fill("small-1")
    page.get_by_label("Prompt").select_option(label="Counselling assistant, one system instruction, v1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Small")).to_be_visible()


def test_from_an_endpoint_to_a_finished_run(
    page: Page, sign_in: Any, admin: User, work_off: Callable[[], None]
) -> None:
    def script(request: dict[str, Any], _times: int) -> Say:
        bad = "Question 5?" in request["messages"][-1]["content"]
        return Say(text="No such parameter", status=400) if bad else Say(text="I hear you.", delay=0.05)

    sign_in(admin)
    with running(script) as server:
        add_endpoint(page, server.url)
        page.get_by_role("button", name="Test the connection").click()
        expect(page.get_by_text("A worker is testing the connection.")).to_be_visible()
        in_thread(work_off).join()
        expect(page.get_by_text("tiny answered in")).to_be_visible()
        expect(page.locator(".page-lead .badge")).to_have_text("well")
        picture(page, "endpoint")
        add_prompt_and_system(page)
        page.get_by_role("link", name="Models").click()
        page.get_by_role("link", name="Runs").click()
        page.get_by_role("link", name="New run").click()
        page.get_by_label("Name", exact=True).fill("Evening")
        page.get_by_label("Small").check()
        page.get_by_label("Data set").select_option(label="questions")
        page.get_by_role("button", name="See the estimate").click()
        in_thread(work_off).join()
        expect(page.locator(".key-figure", has_text="calls")).to_contain_text("6")
        picture(page, "run-draft")
        page.get_by_role("button", name="Start the run").click()
        in_thread(work_off).join()
        expect(page.locator(".page-lead .badge")).to_have_text("running")
        thread = in_thread(drain)
        # Nothing is loaded by hand: the page follows the run to its end.
        expect(page.locator(".page-lead .badge")).to_have_text("done")
        thread.join()
        expect(page.locator(".run-key .done")).to_have_text("done 5")
        expect(page.get_by_role("heading", name="The server refused the request")).to_be_visible()
        picture(page, "run-done")
        page.get_by_role("button", name="Try again", exact=True).click()
        expect(page.get_by_text("1 call is tried again.")).to_be_visible()
        in_thread(drain).join()
        page.get_by_role("link", name="All calls").click()
        page.get_by_label("State").select_option("failed")
        page.get_by_role("button", name="Show").click()
        page.get_by_role("link", name="q5").click()
        expect(page.get_by_text("No such parameter")).to_have_count(2)
        picture(page, "call")
    run = Run.objects.get()
    assert (run.state, Response.objects.count(), server.total) == ("done", 5, 8)
    assert Endpoint.objects.get().test_result["reply"] == "I hear you."


def test_a_run_is_paused_and_cancelled_by_keyboard(page: Page, sign_in: Any, admin: User) -> None:
    project = worlds.Project.objects.get()
    endpoint = worlds.endpoint_at("http://127.0.0.1:9/v1", project)
    run = worlds.started(project, project.datasets.get(), worlds.system_at(endpoint, project))
    sign_in(admin)
    page.goto(f"/p/care/runs/{run.pk}/")
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".page-lead .badge")).to_have_text("paused")
    page.get_by_role("button", name="Cancel the run").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Cancel the run").press("Enter")
    expect(page.locator(".page-lead .badge")).to_have_text("cancelled")
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
