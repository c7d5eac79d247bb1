"""Settings come from the environment: local needs nothing, production says all that is missing at once."""

from __future__ import annotations

import importlib
import os
import secrets
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory

from config.settings import env

ROOT = Path(__file__).resolve().parents[2]
SECRET = secrets.token_urlsafe(48)
COMPLETE = {
    "CONCORD_SECRET_KEY": SECRET,
    "CONCORD_ALLOWED_HOSTS": "concord.example.org,.example.net",
    "DATABASE_URL": "postgres://concord:word@db.invalid/concord",
    "REDIS_URL": "redis://redis.invalid:6379/0",
}


def ask(code: str, settings: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Evaluate an expression under settings in a process whose environment holds nothing else."""
    return subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings; print(repr(({code})))"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "CONCORD_DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": f"config.settings.{settings}",
            **variables,
        },
        capture_output=True,
        text=True,
    )


def complaint(folder: Path, **variables: str) -> list[str]:
    """Return what production says before it refuses to start, line by line."""
    result = ask("settings.DEBUG", "production", folder, **variables)
    assert result.returncode == 1
    return result.stderr.partition("Missing or wrong:\n")[2].splitlines()


def test_production_names_everything_that_is_missing_at_once(tmp_path: Path) -> None:
    names = [line.removeprefix("  - ").split()[0] for line in complaint(tmp_path)]
    assert names == ["CONCORD_SECRET_KEY", "CONCORD_ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"]


@pytest.mark.parametrize("name", sorted(COMPLETE))
def test_production_refuses_to_start_without(tmp_path: Path, name: str) -> None:
    given = {key: value for key, value in COMPLETE.items() if key != name}
    assert [line.removeprefix("  - ").split()[0] for line in complaint(tmp_path, **given)] == [name]


def test_production_refuses_sqlite(tmp_path: Path) -> None:
    assert complaint(tmp_path, **{**COMPLETE, "DATABASE_URL": "sqlite:////tmp/file"}) == [
        "  - DATABASE_URL must name a PostgreSQL database: SQLite is for one person's machine"
    ]


@pytest.mark.parametrize("secret", ["short", "x" * 60])
def test_production_refuses_a_secret_that_is_none(tmp_path: Path, secret: str) -> None:
    assert complaint(tmp_path, **{**COMPLETE, "CONCORD_SECRET_KEY": secret}) == [
        "  - CONCORD_SECRET_KEY must be at least 32 random characters"
    ]


def test_production_starts_with_the_four_and_is_strict(tmp_path: Path) -> None:
    code = (
        "settings.DEBUG, settings.SECRET_KEY, settings.SESSION_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT,"
        " settings.CSRF_TRUSTED_ORIGINS, settings.CELERY_BROKER_URL"
    )
    result = ask(code, "production", tmp_path, **COMPLETE)
    origins = ["https://concord.example.org", "https://*.example.net"]
    assert result.stdout.strip() == repr((False, SECRET, True, True, origins, COMPLETE["REDIS_URL"]))


def test_production_commands_complain_without_a_stack(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings.production",
            "CONCORD_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
    )
    lines = result.stderr.splitlines()
    assert (result.returncode, lines[0]) == (2, "Concord cannot start in production. Missing or wrong:")
    assert len(lines) == 5


def test_local_works_with_an_empty_environment_and_keeps_its_secret_to_itself(tmp_path: Path) -> None:
    code = "settings.SECRET_KEY, settings.DATABASES['default']['NAME'], settings.CELERY_BROKER_URL"
    first, second = (ask(code, "local", tmp_path) for _ in range(2))
    path = tmp_path / "secret_key"
    expected = (path.read_text(), str(tmp_path / "concord.sqlite3"), "filesystem://")
    assert first.stdout == second.stdout == f"{expected}\n"
    assert len(path.read_text()) >= 48
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.glob("secret_key*")] == ["secret_key"]


def test_local_says_that_its_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = ask("settings.DEBUG", "local", tmp_path / "file" / "data")
    assert result.stderr.splitlines()[-1] == (
        "django.core.exceptions.ImproperlyConfigured: "
        f"Concord cannot write to its data folder {tmp_path / 'file' / 'data'}: Not a directory."
    )


def test_number_names_the_variable_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_PORT", "many")
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_PORT must be a whole number, not 'many'\.$"):
        env.number("EMAIL_PORT", 587)


@pytest.mark.parametrize("url", ["nonsense", "postgres://concord:a#b@host:port/x", "oracle9://host/x"])
def test_database_says_which_form_a_url_has(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL is not of the form"):
        env.database(url)


def test_flag_and_items_read_what_people_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", " Yes ")
    monkeypatch.setenv("MANY", "a, b,,c ")
    assert (env.flag("ONE"), env.flag("NONE", default=True), env.items("MANY")) == (True, True, ["a", "b", "c"])


@pytest.fixture
def bare_request() -> Iterator[None]:
    """As Django's own test client does: an earlier test's connection is not this request's to look after."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("bare_request")
@pytest.mark.parametrize(
    ("proxies", "address"), [([], "127.0.0.1"), (["127.0.0.1"], "203.0.113.9"), (["10.0.0.0/8"], "127.0.0.1")]
)
def test_visitors_address_is_taken_from_a_trusted_proxy_only(settings: Any, proxies: list[str], address: str) -> None:
    import config.wsgi

    settings.CONCORD_TRUSTED_PROXIES = proxies
    application = importlib.reload(config.wsgi).application
    environ = RequestFactory().get("/health/", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}).environ
    assert b"".join(application(environ, lambda *_: None)) == b"ok"
    assert environ["REMOTE_ADDR"] == address
