"""A real installation. It refuses to start half configured, and says everything that is missing at once."""

from django.core.exceptions import ImproperlyConfigured

from . import env
from .base import *  # noqa: F403  settings modules build on each other
from .base import CACHES, DATA_DIR, REDIS_URL


def missing_settings() -> list[str]:
    """Name each variable that production needs and that is not set, with what it is for."""
    wanted = {
        "CONCORD_SECRET_KEY": "a long random secret, for example from: python -c "
        "'import secrets; print(secrets.token_urlsafe(48))'",
        "CONCORD_ALLOWED_HOSTS": "the host names people use, separated by commas",
        "DATABASE_URL": "postgres://user:password@host:5432/name",
        "REDIS_URL": "redis://host:6379/0",
    }
    found = [f"{name} ({why})" for name, why in wanted.items() if not env.text(name)]
    if env.text("DATABASE_URL").startswith("sqlite"):
        found.append("DATABASE_URL must name a PostgreSQL database: SQLite is for one person's machine")
    if env.text("CONCORD_SECRET_KEY") and says_nothing(env.text("CONCORD_SECRET_KEY")):
        found.append("CONCORD_SECRET_KEY must be at least 32 random characters")
    return found


def says_nothing(secret: str) -> bool:
    """Return whether a secret is too short or too plain to be one: an example left in place, one letter repeated."""
    return len(secret) < 32 or len(set(secret)) < 8


if problems := missing_settings():
    raise ImproperlyConfigured("Concord cannot start in production. Missing or wrong:\n  - " + "\n  - ".join(problems))

SECRET_KEY = env.text("CONCORD_SECRET_KEY")
ALLOWED_HOSTS = env.items("CONCORD_ALLOWED_HOSTS")
# A host with a leading dot stands for its subdomains too; origins write that with a star.
CSRF_TRUSTED_ORIGINS = env.items(
    "CONCORD_TRUSTED_ORIGINS",
    ",".join(f"https://{'*' if host.startswith('.') else ''}{host}" for host in ALLOWED_HOSTS if host != "*"),
)
DATABASES = {"default": env.database(env.text("DATABASE_URL"))}
locals().update(env.broker(REDIS_URL, DATA_DIR / "broker"))
CACHES["default"]["KEY_PREFIX"] = "concord"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CONCORD_SITE_URL = env.text(
    "CONCORD_SITE_URL", next((f"https://{host}" for host in ALLOWED_HOSTS if host[:1] not in ".*"), "http://localhost")
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not env.flag("CONCORD_INSECURE_HTTP")
SECURE_SSL_REDIRECT = not env.flag("CONCORD_INSECURE_HTTP")
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if env.flag("CONCORD_INSECURE_HTTP") else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
