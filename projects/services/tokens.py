"""Tokens with which programs use the API: one for each account, known in full only to whoever made it."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction
from rest_framework.authtoken.models import Token

from projects.models import User
from projects.services.audit import record


def fingerprint(token: str) -> str:
    """Return what is stored of a token: 160 bits of its SHA-256. The token's own 256 bits cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()[:40]


def of(user: User) -> Token | None:
    """Return the row of the user's token, if there is one."""
    return Token.objects.filter(user=user).first()


def make(user: User) -> str:
    """Return a new token for `user`; an earlier one ends with it."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        # Two at once: the later one waits here, and replaces what the earlier one made.
        User.objects.select_for_update().get(pk=user.pk)
        Token.objects.filter(user=user).delete()
        Token.objects.create(user=user, key=fingerprint(token))
        record("account.token_made", actor=user, target=user)
    return token


def revoke(user: User, *, actor: User | None) -> bool:
    """End the user's token; returns whether there was one."""
    with transaction.atomic():
        gone, _rows = Token.objects.filter(user=user).delete()
        if gone:
            record("account.token_revoked", actor=actor, target=user)
    return bool(gone)
