"""A review to rate in Chromium, and more than one person or device at a time."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
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


@pytest.fixture
def demonstration(
    transactional_db: None,
    settings: Any,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    work_off: Callable[[], None],
) -> None:
    """The demonstration with all its reports: made once for all processes of a run, and copied from then on."""
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path / "data", tmp_path / "data" / "files"
    settings.MEDIA_ROOT.mkdir(parents=True)
    root = tmp_path_factory.getbasetemp()
    kept = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "demonstration"
    with kept.with_suffix(".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        connection.ensure_connection()
        if kept.exists():
            shutil.copytree(kept, settings.DATA_DIR, dirs_exist_ok=True)
            with closing(sqlite3.connect(settings.DATA_DIR / "rows")) as rows:
                rows.backup(connection.connection)
            return
        call_command("seed_demo", verbosity=0)
        work_off()
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(settings.DATA_DIR / "rows")) as rows:
                connection.connection.backup(rows)
            shutil.copytree(settings.DATA_DIR, kept.with_suffix(".draft")).rename(kept)
