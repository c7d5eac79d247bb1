"""The suite's settings: SQLite by default, PostgreSQL where DATABASE_URL says so; quick password hashing."""

import atexit
import shutil
import tempfile
from pathlib import Path

from . import env
from .base import *  # noqa: F403  settings modules build on each other
from .base import BASE_DIR

DATA_DIR = Path(tempfile.mkdtemp(prefix="concord-test-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
MEDIA_ROOT = DATA_DIR / "files"
# Outlives the run: every process of this run and of the next one copies it, until a migration changes.
BLANK_DIR = BASE_DIR / ".pytest_cache" / "blank"
SECRET_KEY = "only-for-tests-" + "x" * 40
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES = {"default": env.database(env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'test.sqlite3'}"))}
DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and the live server must see one database.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "suite.sqlite3")}
else:
    # One that scripts/run_tests.py has migrated already.
    DATABASES["default"]["TEST"] = {"TEMPLATE": env.text("CONCORD_TEST_TEMPLATE") or None}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "projects.sessions"
locals().update(env.broker("", DATA_DIR / "broker"))
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
