"""Making something once for each key: a program that got no answer may send its request again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from projects.models import Creation, User

M = TypeVar("M", bound=models.Model)


def once(make: Callable[[], M], *, rows: models.QuerySet[M], scope: str, user: User, client_key: str) -> tuple[M, bool]:
    """Return what `make` makes, and True; or, where this key has been used before, what was made then, and False.

    `rows` is where to look for it. Raises ValidationError where the key was used for something else, or where what it
    made is gone. What `make` raises leaves the key unused.
    """
    if not client_key:
        return make(), True
    with transaction.atomic():
        row, new = Creation.objects.get_or_create(user=user, client_key=client_key, defaults={"scope": scope})
        if not new:
            return _found(row, rows, scope), False
        made = make()
        row.target_id = made.pk
        row.save(update_fields=["target_id"])
    return made, True


def found(*, rows: models.QuerySet[M], scope: str, user: User, client_key: str) -> M | None:
    """Return what was made with this key before; None where it is unused. Raises ValidationError as `once` does."""
    row = Creation.objects.filter(user=user, client_key=client_key).first() if client_key else None
    return _found(row, rows, scope) if row else None


def _found(row: Creation, rows: models.QuerySet[M], scope: str) -> M:
    if row.scope != scope:
        raise ValidationError({"client_key": _("You have used this key for something else. Use another.")})
    found = rows.filter(pk=row.target_id).first()
    if found is None:
        raise ValidationError({"client_key": _("What was made with this key is gone. Use another.")})
    return found
