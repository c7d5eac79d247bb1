"""An empty database is migrated once for a set of migrations and copied from then on."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader

from projects.services import blank


def applied(path: Path) -> set[tuple[str, str]]:
    """Return the migrations that a database says it has."""
    with closing(sqlite3.connect(path)) as database:
        return set(database.execute("SELECT app, name FROM django_migrations"))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> list[dict[str, str]]:
    """A folder of its own, in which a database is a file of a word; the environments in which one was made."""
    settings.BLANK_DIR = tmp_path / "blank"
    found: list[dict[str, str]] = []

    def run(command: list[str], *, env: dict[str, str], **more: Any) -> subprocess.CompletedProcess[str]:
        found.append(env)
        Path(env["DATABASE_URL"].removeprefix("sqlite:///")).write_text(f"made {len(found)}")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return found


def test_copy_has_every_migration_and_no_rows(tmp_path: Path) -> None:
    blank.lay(tmp_path / "one.sqlite3")
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    assert applied(tmp_path / "one.sqlite3") == set(loader.disk_migrations)
    with closing(sqlite3.connect(tmp_path / "one.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM projects_study").fetchone() == (0,)


def test_second_copy_is_not_migrated_again(made: list[dict[str, str]], tmp_path: Path) -> None:
    for name in ("one", "two"):
        blank.lay(tmp_path / name)
        assert (tmp_path / name).read_text() == "made 1"
    assert len(made) == 1


def test_database_of_other_migrations_is_made_anew_and_takes_the_place_of_the_old_one(
    made: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    blank.lay(tmp_path / "one")
    monkeypatch.setattr(blank, "fingerprint", lambda: "other")
    blank.lay(tmp_path / "two")
    assert (tmp_path / "two").read_text() == "made 2"
    assert sorted(path.name for path in settings.BLANK_DIR.iterdir()) == ["lock", "other.sqlite3"]


def test_fingerprint_follows_the_text_of_a_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    before, read = blank.fingerprint(), Path.read_bytes
    assert blank.fingerprint() == before
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: read(path) + b"#" * (path.parts[-3:-1] == ("projects", "migrations"))
    )
    assert blank.fingerprint() != before


def test_making_it_knows_no_database_of_this_process(
    made: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@127.0.0.1:9/kanarienvogel")
    monkeypatch.setenv("CONCORD_SECRET_KEY", "kanarienvogel")
    blank.lay(tmp_path / "one")
    assert {name: "kanarienvogel" in value for name, value in made[0].items()} == dict.fromkeys(made[0], False)


def test_failure_says_the_last_words_and_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.BLANK_DIR = tmp_path / "blank"
    monkeypatch.setattr(
        subprocess, "run", lambda command, **more: subprocess.CompletedProcess(command, 1, "", "first\nno room\n")
    )
    with pytest.raises(blank.MigrationFailed, match=r"^no room$"):
        blank.lay(tmp_path / "one")
    assert [path.name for path in settings.BLANK_DIR.iterdir()] == ["lock"]
    assert not (tmp_path / "one").exists()
