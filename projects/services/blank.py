"""Empty SQLite databases with every table: migrated once for a set of migrations, copied from then on."""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from operator import itemgetter
from pathlib import Path

import django
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

# Some 20 seconds of work; a machine under load takes its time.
LONGEST = 600
SUFFIX = ".sqlite3"


class MigrationFailed(Exception):  # noqa: N818  it is the outcome's name
    """An empty database could not be migrated; the words say what its process said last."""


def lay(target: Path) -> None:
    """Put an empty database with every table at this path."""
    folder: Path = settings.BLANK_DIR
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{fingerprint()}{SUFFIX}"
    with _alone(folder):
        if not kept.exists():
            _make(kept)
            for other in set(folder.glob(f"*{SUFFIX}")) - {kept}:
                other.unlink()
        shutil.copyfile(kept, target)


def fingerprint() -> str:
    """Return what changes with every migration: a hash of their files and of Django's version."""
    found, loader = hashlib.sha256(django.get_version().encode()), MigrationLoader(None, load=False)
    loader.load_disk()
    for (app, name), migration in sorted(loader.disk_migrations.items(), key=itemgetter(0)):
        found.update(f"\n{app}.{name}\n".encode() + Path(inspect.getfile(type(migration))).read_bytes())
    return found.hexdigest()[:24]


def environment(home: Path, database: Path) -> dict[str, str]:
    """Return the variables of a process that knows this database only; nothing of this process' settings is in it."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "DATABASE_URL": f"sqlite:///{database}",
        "CONCORD_DATA_DIR": str(home),
        "PATH": os.defpath,
        "HOME": str(home),
        "LANG": "C.UTF-8",
    }


def _make(kept: Path) -> None:
    """Migrate a new database; in its place it is whole."""
    with tempfile.TemporaryDirectory(prefix="blank-", dir=kept.parent) as home:
        draft = Path(home) / "draft.sqlite3"
        done = subprocess.run(  # noqa: S603  our own command line
            [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "migrate", "--verbosity", "0"],
            env=environment(Path(home), draft), cwd=settings.BASE_DIR, capture_output=True, text=True,
            timeout=LONGEST, check=False,
        )  # fmt: skip
        if done.returncode:
            raise MigrationFailed(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no word")
        draft.replace(kept)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time look, make and copy."""
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield
