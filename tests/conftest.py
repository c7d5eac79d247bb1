"""Fixtures and marks for the whole suite: Chromium, brokers with a real worker, servers, shared research data.

A test that asks for a fixture gets its mark with it: `page` and `browser` are e2e, `broker` and `shared` are their own.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import quote

import hypothesis
import pytest
from django.db import connection, transaction
from django.utils import translation

from projects.services import blank, jobs
from scripts import throwaway
from scripts.run_tests import SHARED_ABSENT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

# How fast a busy machine is, benchmarks say; a test that fails by it says nothing.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox: the suite also runs as root in containers. The rest keeps the browser from calling its maker.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
# Files with such tests take long, the first the longest.
LONG = ("e2e", "long", "broker")
MARKS = {"page": "e2e", "browser": "e2e", "broker": "broker", "shared": "shared"}
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}
WORKER_SECONDS = 60


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the second run, on another database, leave out what the first has settled."""
    parser.addoption("--database-only", action="store_true", help="only tests that touch the database, no browser")


class Early:
    """Says of each failure what and where it is when it happens; the whole story comes at the end of a long run."""

    def __init__(self, terminal: Any) -> None:
        """Keep what writes to the terminal."""
        self.terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write a line or two."""
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            self.terminal.write_line(
                f"\nFAILED at {report.when}: {report.nodeid}\n{crash or report.longreprtext[-500:]}"
            )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Have failures told early by the process that has the terminal."""
    if terminal := session.config.pluginmanager.getplugin("terminalreporter"):
        session.config.pluginmanager.register(Early(terminal))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Give each test the marks of its fixtures, before -m looks at them; keep to the database where asked.

    Files that take long begin first, when everything else has had its say about the order: processes take one file
    after another, and the one that comes last should be short.
    """
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        for mark in {MARKS[name] for name in names & MARKS.keys()}:
            item.add_marker(mark)
    database_only, elsewhere = config.getoption("database_only"), f"{unlike(connection.vendor)}_only"
    own = ("e2e", "once", elsewhere) if database_only else (elsewhere,)
    kept = [
        item
        for item in items
        if (touches_database(item) or not database_only) and not any(map(item.get_closest_marker, own))
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept
    yield
    long = {mark: {item.path for item in items if item.get_closest_marker(mark)} for mark in LONG}
    # Within a file those with a browser come last: it is ended before a test without one.
    items.sort(key=lambda item: (*(item.path not in long[mark] for mark in LONG), "e2e" in item.keywords))


def unlike(vendor: str) -> str:
    """Return the mark's name of the other database."""
    return "sqlite" if vendor == "postgresql" else "postgres"


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name bytes by their argument: what a compressor writes differs from process to process, and names must not."""
    return argname if isinstance(val, bytes) else None


def touches_database(item: pytest.Item) -> bool:
    """Return whether a test reads or writes the database under the test settings."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & DATABASE_FIXTURES)


@pytest.fixture(autouse=True)
def own_language() -> None:
    """Let no test speak the language of the last request that an earlier one made."""
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def no_heartbeat() -> Iterator[None]:
    """A job in a test's own transaction cannot be seen by the thread that renews leases: it would be taken for lost."""
    with mock.patch.object(jobs, "BEAT_SECONDS", 3600.0):
        yield


@pytest.fixture(scope="session")
def django_db_keepdb(
    django_db_modify_db_settings: None, django_db_keepdb: bool, django_db_use_migrations: bool
) -> Iterator[bool]:
    """On SQLite the test database begins as a copy of the kept empty one; Django finds it there and migrates the rest.

    Migrating takes longer than many a test, and would come anew for every process.
    """
    copied = connection.vendor == "sqlite" and django_db_use_migrations
    if copied:
        blank.lay(Path(connection.settings_dict["TEST"]["NAME"]))
    yield copied or django_db_keepdb
    connection.close()


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A transaction around all tests of a module: what a module's fixture writes in it is there for each of them.

    Each test has a savepoint of its own on top of it. Not for modules with a test that commits.
    """
    translation.deactivate()
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a PostgreSQL server on which databases may be made, or a skip that says why there is none."""
    try:
        with throwaway.postgres() as url:
            yield url
    except throwaway.Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a Redis database that is emptied at will, or a skip that says why there is none."""
    try:
        with throwaway.redis() as url:
            yield url
    except throwaway.Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the shared research data: CONCORD_SHARED, or `shared` beside the checkout."""
    folder = Path(os.environ.get("CONCORD_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"{SHARED_ABSENT} ({folder.name}; CONCORD_SHARED names another folder)")
    return folder


# --- browser -----------------------------------------------------------------------------------------------


def find_chromium() -> str:
    """Return the path of a Chromium, or nothing."""
    if given := os.environ.get("CONCORD_CHROMIUM"):
        return given
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), "")


class Chromium:
    """The headless Chromium of this process, while tests with a browser follow each other."""

    def __init__(self) -> None:
        """Start none yet."""
        self.open, self.browser = ExitStack(), None

    def running(self) -> Browser:
        """Return the browser, started where it is not; a skip where there is none to start."""
        if self.browser is None:
            self.browser = self._start()
        return self.browser

    def _start(self) -> Browser:
        from django.conf import settings
        from playwright.sync_api import sync_playwright

        path = find_chromium()
        if not path:
            names = ", ".join(CHROMIUM_NAMES)
            pytest.skip(f"no Chromium: none of {names} is installed, CONCORD_CHROMIUM is not set")
        # The first request of a process imports every view; that is not what a test's patience is for.
        importlib.import_module(settings.ROOT_URLCONF)
        # Playwright's synchronous interface runs a loop in this thread, which Django would take for asynchronous code.
        self.open.enter_context(mock.patch.dict(os.environ, {"DJANGO_ALLOW_ASYNC_UNSAFE": "true"}))
        playwright = self.open.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=CHROMIUM_FLAGS)
        self.open.callback(browser.close)
        return browser

    def end(self) -> None:
        """End it, and with it Playwright's loop: tests that run a loop of their own could not, as runs of models do."""
        self.browser = None
        self.open.close()


CHROMIUM = Chromium()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """End the browser before a test without one."""
    if item.get_closest_marker("e2e") is None:
        CHROMIUM.end()


def pytest_sessionfinish() -> None:
    """End the browser."""
    CHROMIUM.end()


@pytest.fixture
def browser() -> Browser:
    """Return the headless Chromium that tests in this process share."""
    return CHROMIUM.running()


@pytest.fixture
def page(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A page of its own context on the live server; script errors and blocked content fail the test."""
    context = browser.new_context(base_url=live_server.url, locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A refused request (403, 404, 422) is the page's business, and many tests ask for one.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            problems.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def sign_in(page: Page, live_server: Any) -> Callable[[Any], None]:
    """Return a function that gives the browser a user's session, without the log-in page."""
    from django.conf import settings
    from django.test import Client

    def enter(user: Any) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    return enter


# --- jobs --------------------------------------------------------------------------------------------------


@dataclass
class Broker:
    """A broker that this process rings, and the environment in which a worker hears it."""

    kind: str
    env: dict[str, str]
    folder: Path

    @contextmanager
    def worker(self, *, beat: bool = False, concurrency: int = 1) -> Iterator[subprocess.Popen[bytes]]:
        """Run a real worker on the test's database until the block ends."""
        log = self.folder / "worker.log"
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--loglevel", "INFO"]
        command += ["--concurrency", str(concurrency), "--without-gossip", "--without-mingle"]
        command += ["--beat"] if beat else []
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_until(lambda: b" ready." in log.read_bytes() or process.poll() is not None, WORKER_SECONDS)
            assert process.poll() is None, log.read_text(errors="replace")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until(condition: Callable[[], Any], seconds: float = 20) -> None:
    """Wait for a condition; fails the test where it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.05)


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., None]:
    """`until(condition, seconds=20)`: wait for what another process does; fails the test where it does not."""
    return wait_until


def database_url() -> str:
    """Return the test database as a URL, for another process."""
    from django.db import connection

    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    login = f"{quote(values['USER'], safe='')}:{quote(values['PASSWORD'], safe='')}"
    return f"postgres://{login}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


@pytest.fixture(params=["filesystem", "redis"])
def broker(request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path) -> Iterator[Broker]:
    """A broker of each kind, empty, that both this process and `broker.worker()` use; one database for both."""
    from django.conf import settings

    from config.celery import app
    from config.settings.env import broker as broker_settings

    url = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    use_broker(app, broker_settings(url, settings.DATA_DIR / "broker"))
    with app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        channel.queue_declare(queue="celery")
        channel.queue_purge(queue="celery")
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "CONCORD_DATA_DIR": str(settings.DATA_DIR),
        "CONCORD_SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": database_url(),
        "REDIS_URL": url,
    }
    yield Broker(kind=request.param, env=env, folder=tmp_path)
    use_broker(app, broker_settings("", settings.DATA_DIR / "broker"))


def use_broker(app: Any, settings: dict[str, Any]) -> None:
    """Have the queue connect anew: its pools, some of them shared by the whole process, still know the last broker."""
    from kombu import pools

    app.conf.update({name.removeprefix("CELERY_").lower(): value for name, value in settings.items()})
    pools.reset()
    app._pool = app.amqp._producer_pool = None
