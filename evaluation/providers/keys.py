"""Keys of endpoints, from CONCORD_KEY_* variables or stored encrypted. They go into one header and nowhere else."""

from __future__ import annotations

import base64
import re

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

# Keys as the large providers write them; an error message may quote one that is not even ours.
LOOKS_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk|gsk|hf|xai)[-_][A-Za-z0-9_\-*.]{8,}|(?i:\bbearer)\s+[^\s\"',;]+")
HIDDEN = "[key]"


class KeyMissing(Exception):  # noqa: N818  it is the state of things
    """The key an endpoint names is not there or cannot be read; the text says what to do."""


@sensitive_variables()
def seal(key: str) -> str:
    """Return a key encrypted with the site's secret."""
    return _box().encrypt(key.encode()).decode()


@sensitive_variables()
def unseal(sealed: str) -> str:
    """Return the key behind a sealed one; raises KeyMissing where the site's secret has changed since."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise KeyMissing(
            "The stored key cannot be read: the site's secret has changed. Enter the key again."
        ) from error


def from_environment(name: str) -> str:
    """Return the key in a CONCORD_KEY_* variable; raises KeyMissing."""
    keys: dict[str, str] = settings.CONCORD_ENDPOINT_KEYS
    if not keys.get(name):
        raise KeyMissing(f"The variable {name} is not set where this worker runs.")
    return keys[name]


def scrub(text: str, key: str = "") -> str:
    """Return a provider's words without `key` and without anything that looks like one."""
    if key and len(key) >= 4:
        text = text.replace(key, HIDDEN)
    return LOOKS_LIKE_A_KEY.sub(HIDDEN, text)


def _box() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(secret)) for secret in secrets])


def _derive(secret: str | bytes) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"concord endpoint key")
    return base64.urlsafe_b64encode(kdf.derive(secret if isinstance(secret, bytes) else secret.encode()))
