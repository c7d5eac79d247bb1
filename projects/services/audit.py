"""Writing the audit log. Ids and verbs only: never a text that somebody typed, never a name."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.db import models

from projects.models import AuditEntry, Project, User

# Where the request in hand came from; the middleware sets it, so services need not carry it along.
current_ip: ContextVar[str | None] = ContextVar("current_ip", default=None)


def record(
    verb: str,
    *,
    actor: User | None,
    project: Project | None = None,
    target: models.Model | None = None,
    **data: int | bool | str | None,
) -> AuditEntry:
    """Append one entry. `verb` is noun.done ("study.opened"); `data` holds ids, counts and codes."""
    values: dict[str, Any] = data
    entry = AuditEntry(
        project_id=project.pk if project else None,
        actor_id=actor.pk if actor else None,
        verb=verb,
        target_type=target._meta.model_name or "" if target else "",
        target_id=target.pk if target else None,
        ip=current_ip.get(),
        data=values,
    )
    entry.save()
    return entry
