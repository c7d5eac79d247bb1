"""A review to rate in Chromium, and more than one person or device at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from label_world import World
from playwright.sync_api import expect

from projects.models import Job, Rater, User
from projects.services import jobs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page


# A machine that is busy with other things must not fail what only waits.
expect.set_options(timeout=20_000)


@pytest.fixture
def world(transactional_db: None) -> World:
    """A review of two raters an item, without items; the pre-label is hidden."""
    return World()


@pytest.fixture
def device(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Return a function that gives somebody a browser of their own; script errors and blocked content fail the test."""
    contexts, problems = [], []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            problems.append(message.text)

    def make(user: User | Rater | None, **options: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"} | options
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        if user is not None:
            enter(context, user, live_server.url)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert problems == []


def enter(context: Any, user: User | Rater, url: str) -> None:
    """Give a browser somebody's session, without the log-in page."""
    account = user.user if isinstance(user, Rater) else user
    client = Client()
    client.force_login(account)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])


@pytest.fixture
def work_off() -> Callable[[], None]:
    """Return a function that carries out every waiting job, as a worker would."""

    def run() -> None:
        for job in Job.objects.filter(state="queued").order_by("pk"):
            jobs.run(job.pk)

    return run
