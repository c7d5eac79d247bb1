"""One person's machine: SQLite and a folder as broker, a secret made at first start, no mail server."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from . import env
from .base import *  # noqa: F403  settings modules build on each other
from .base import DATA_DIR, REDIS_URL


def local_secret() -> str:
    """Return this installation's own secret, made once and readable by its owner only."""
    path = DATA_DIR / "secret_key"
    try:
        if not path.exists():
            make_secret(path)
        return path.read_text()
    except OSError as error:
        raise ImproperlyConfigured(f"Concord cannot write to its data folder {DATA_DIR}: {error.strerror}.") from error


def make_secret(path: Path) -> None:
    """Write a new secret. Linked into place whole: two processes may start at the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix="secret_key.") as draft:  # mode 0600
        draft.write(secrets.token_urlsafe(48))
        draft.flush()
        with suppress(FileExistsError):
            os.link(draft.name, path)


SECRET_KEY = env.text("CONCORD_SECRET_KEY") or local_secret()
# A model server beside Concord is the usual case on one person's machine.
CONCORD_PRIVATE_ENDPOINTS = env.flag("CONCORD_PRIVATE_ENDPOINTS", default=True)
DEBUG = env.flag("CONCORD_DEBUG")
ALLOWED_HOSTS = env.items("CONCORD_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
DATABASES = {"default": env.database(env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'concord.sqlite3'}"))}
locals().update(env.broker(REDIS_URL, DATA_DIR / "broker"))
# Files are served as they are, so that a changed stylesheet needs no extra step here.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
