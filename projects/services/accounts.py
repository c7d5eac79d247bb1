"""What a person sets about their own account."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from projects.models import User
from projects.services.audit import record

FIELDS = ("name", "language", "theme", "auto_submit")


def change_account(*, user: User, **values: Any) -> User:
    """Set some of FIELDS; only a new name goes into the log, and only that there is one."""
    changed = [field for field in FIELDS if field in values and getattr(user, field) != values[field]]
    if not changed:
        return user
    for field in changed:
        setattr(user, field, values[field])
    with transaction.atomic():
        user.save(update_fields=changed)
        if "name" in changed:
            record("account.renamed", actor=user, target=user)
    return user
