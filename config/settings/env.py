"""Reading the environment: the only place that does, together with the settings modules beside it."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;"
    "PRAGMA cache_size=-65536;PRAGMA mmap_size=268435456;PRAGMA temp_store=MEMORY;"
)


def text(name: str, default: str = "") -> str:
    """Return the environment variable `name`, stripped, or `default` where it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def items(name: str, default: str = "") -> list[str]:
    """Return a comma-separated environment variable as a list without empty parts."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def beginning(prefix: str) -> dict[str, str]:
    """Return the variables whose names begin with `prefix`, without the empty ones."""
    return {name: value.strip() for name, value in os.environ.items() if name.startswith(prefix) and value.strip()}


def flag(name: str, *, default: bool = False) -> bool:
    """Return whether a variable says yes (1, true, yes, on)."""
    value = text(name).lower()
    return value in {"1", "true", "yes", "on"} if value else default


def number(name: str, default: int) -> int:
    """Return a whole-number variable; a clear error names the variable when it is none."""
    value = text(name, str(default))
    if not value.lstrip("-").isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def database(url: str) -> dict[str, Any]:
    """Return Django's database entry for `url`, with the options each engine needs here.

    SQLite: WAL and IMMEDIATE transactions, so that readers never wait and two writers queue instead of failing.
    PostgreSQL: connections stay open, since opening one per request costs more than the request.
    """
    try:
        entry: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError as error:  # unknown scheme, or a password with signs that a URL must escape
        raise ImproperlyConfigured(
            "DATABASE_URL is not of the form postgres://user:password@host:5432/name or sqlite:////path; "
            "signs other than letters and digits in the password must be percent-encoded."
        ) from error
    if entry["ENGINE"].endswith("sqlite3"):
        entry["OPTIONS"] = {
            "init_command": SQLITE_PRAGMAS,
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
        }
        entry["CONN_MAX_AGE"] = None
    else:
        entry["ENGINE"] = "projects.postgres"
        if flag("CONCORD_DB_PREPARE", default=True):
            # Only what is marked to stay prepared does; Django's own statements are sent as one text as before.
            entry.setdefault("OPTIONS", {})["prepare_threshold"] = 1
        entry["CONN_MAX_AGE"] = number("CONCORD_DB_CONN_MAX_AGE", 600)
        entry["CONN_HEALTH_CHECKS"] = True
    return entry


def broker(redis_url: str, folder: Path) -> dict[str, Any]:
    """Return Celery's broker settings: Redis where a URL is given, else a folder of message files.

    Messages are only a doorbell (the rows are the queue), so losing one loses no work.
    """
    if redis_url:
        return {
            "CELERY_BROKER_URL": redis_url,
            # Longer than any task here runs: a shorter one would deliver a running task a second time.
            "CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 2 * 3600},
        }
    return {
        "CELERY_BROKER_URL": "filesystem://",
        "CELERY_BROKER_TRANSPORT_OPTIONS": {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.1,
        },
    }
