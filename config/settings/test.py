"""The suite's settings: SQLite by default, PostgreSQL where DATABASE_URL says so; quick password hashing."""

import atexit
import shutil
import tempfile
from pathlib import Path

from . import env
from .base import *  # noqa: F403  settings modules build on each other

DATA_DIR = Path(tempfile.mkdtemp(prefix="concord-test-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
MEDIA_ROOT = DATA_DIR / "files"
SECRET_KEY = "only-for-tests-" + "x" * 40
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES = {"default": env.database(env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'test.sqlite3'}"))}
DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and the live server must see one database.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "suite.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "projects.sessions"
locals().update(env.broker("", DATA_DIR / "broker"))
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
