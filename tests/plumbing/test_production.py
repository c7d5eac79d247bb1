"""The commands of docker-compose.yml, run natively under production settings on PostgreSQL and Redis."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql

from scripts.check_deployment import services
from scripts.throwaway import free_port

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
HOST = "concord.example.org"
EMAIL, PASSWORD = "head@example.org", "a quiet river at noon"
START_SECONDS = 90
# Behind the proxy that ends TLS, as docs/production.md describes it.
PROXIED = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "Referer": f"https://{HOST}/"}
MAKE_ACCOUNT = f"""
from projects.models import User
User.objects.create_superuser(email={EMAIL!r}, password={PASSWORD!r})
"""
MAKE_JOB = """
from projects.models import Job, Project, Study
from projects.services import jobs
project = Project.objects.create(name="{name}", slug="{name}")
study = Study.objects.create(project=project, kind="label_review", name="Pipes", slug="pipes", seed=1)
values = dict(kind="open_study", subject=f"study:{{study.pk}}", project=project)
{ring}
"""


@dataclass
class Installation:
    """A migrated installation of its own; `run` executes what a compose service would."""

    env: dict[str, str]
    folder: Path
    database: str

    def command(self, service: str) -> list[str]:
        """Return a service's command with this machine's Python and a port of our own."""
        words = [str(word) for word in services((ROOT / "docker-compose.yml").read_text())[service]["command"]]
        own = {"8000": self.env["PORT"], "0.0.0.0": "127.0.0.1"}  # noqa: S104  it is what is replaced
        words = [own.get(word, word) for word in words]
        return [sys.executable, *(words[1:] if words[0] == "python" else ["-m", *words])]

    @contextmanager
    def running(self, service: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a service until the block ends, in which it must end well when asked."""
        with (self.folder / f"{service}.log").open("wb") as log:
            process = subprocess.Popen(
                self.command(service), cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            yield process
            assert process.poll() is None, self.log(service)
            process.terminate()
            assert process.wait(30) in (0, -15), self.log(service)
        finally:
            process.kill()
            process.wait()

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text(errors="replace")

    def manage(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def job_states(self) -> list[str]:
        with psycopg.connect(self.database) as link:
            return [row[0] for row in link.execute("SELECT state FROM projects_job ORDER BY id")]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['PORT']}"


@pytest.fixture(scope="module")
def installation(postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation under production settings with one account, its services not yet running."""
    folder = tmp_path_factory.mktemp("production")
    name = f"production_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_url, autocommit=True) as link:
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    database = re.sub(r"/[^/]*$", f"/{name}", postgres_url)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "CONCORD_DATA_DIR": str(folder / "data"),
        "CONCORD_STATIC_ROOT": str(folder / "static"),
        "CONCORD_SECRET_KEY": secrets.token_urlsafe(48),
        "CONCORD_ALLOWED_HOSTS": HOST,
        "CONCORD_TRUSTED_PROXIES": "127.0.0.1",
        "DATABASE_URL": database,
        "REDIS_URL": redis_url,
        "GRANIAN_WORKERS": "2",
    }
    (folder / "data").mkdir()
    made = Installation(env, folder, database)
    migrated = subprocess.run(made.command("migrate"), cwd=ROOT, env=env, capture_output=True, text=True)
    assert migrated.returncode == 0, migrated.stderr
    made.manage("collectstatic", "--noinput", "--verbosity", "0")
    made.manage("shell", "--no-imports", "-c", MAKE_ACCOUNT)
    yield made
    with psycopg.connect(postgres_url, autocommit=True) as link:
        link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def browse(installation: Installation) -> httpx.Client:
    """A visitor behind the proxy: what was set for https alone comes back, though TLS has ended before us."""
    visitor = httpx.Client(base_url=installation.url, headers=PROXIED, timeout=30)

    def keep(response: httpx.Response) -> None:
        for header in response.headers.get_list("set-cookie"):
            name, value = header.split(";")[0].split("=", 1)
            visitor.headers["Cookie"] = "; ".join(
                [part for part in visitor.headers.get("Cookie", "").split("; ") if part and not part.startswith(name)]
                + [f"{name}={value}"]
            )

    visitor.event_hooks = {"response": [keep]}
    return visitor


def wait_for_web(installation: Installation) -> None:
    """Wait for the web service as the container's health check does."""
    check = [sys.executable, "scripts/healthcheck.py", installation.env["PORT"]]
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(check, cwd=ROOT, env=installation.env, capture_output=True).returncode:
        assert time.monotonic() < deadline, installation.log("web")
        time.sleep(0.2)


def test_web_serves_styles_logs_in_and_sends_others_to_https(installation: Installation) -> None:
    with installation.running("web"), browse(installation) as visitor:
        wait_for_web(installation)
        plain = httpx.get(f"{installation.url}/", headers={"Host": HOST})
        assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{HOST}/")
        assert httpx.get(f"{installation.url}/", headers={"Host": "other.example.org"}).status_code == 400
        page = visitor.get("/accounts/login/")
        style = re.search(r'href="(/static/css/concord\.[0-9a-f]{12}\.css)"', page.text)
        assert style is not None
        assert visitor.get(style[1]).headers["Cache-Control"] == "max-age=315360000, public, immutable"
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        form = {"login": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        entered = visitor.post("/accounts/login/", data=form)
        assert (entered.status_code, entered.headers.get("Location")) == (302, "/"), entered.text
        home = visitor.get("/")
        assert home.status_code == 200
        assert home.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        session = next(value for value in entered.headers.get_list("set-cookie") if value.startswith("sessionid="))
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(session.split("; "))


def test_health_check_fails_where_nothing_answers(installation: Installation) -> None:
    done = subprocess.run(
        [sys.executable, "scripts/healthcheck.py", str(free_port())],
        cwd=ROOT,
        env=installation.env,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.startswith("The web process does not answer")) == (1, True)


def test_worker_hears_redis_and_beat_finds_what_nobody_rang_for(
    installation: Installation, until: Callable[..., None]
) -> None:
    with installation.running("worker"):
        rung = MAKE_JOB.format(name="rung", ring="jobs.enqueue(**values, actor=None)")
        installation.manage("shell", "--no-imports", "-c", rung)
        until(lambda: installation.job_states() == ["done"], START_SECONDS)
        silent = MAKE_JOB.format(name="silent", ring="Job.objects.create(**values)")
        installation.manage("shell", "--no-imports", "-c", silent)
        assert installation.job_states() == ["done", "queued"]
        with installation.running("beat"):
            until(lambda: installation.job_states() == ["done", "done"], START_SECONDS)
