"""What may wait for somebody on the first page. An app names its callables in settings.CONCORD_HOME_PANELS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from projects.models import User
from projects.prepared import Prepared, Question


@dataclass(frozen=True)
class Panel:
    """One row under "Waiting for you": what it is, where it leads, what the button says."""

    title: str
    url: str
    action: str
    meta: tuple[str, ...] = ()


Hook = Callable[[User], list[Panel]]


def asks(*queries: Prepared[Any]) -> Callable[[Hook], Hook]:
    """Name the queries that a hook asks by the user's key, so that all hooks' are asked in one go."""

    def mark(hook: Hook) -> Hook:
        hook.asks = queries  # type: ignore[attr-defined]  # read by `questions`
        return hook

    return mark


def hooks() -> list[Hook]:
    """Return every installed app's, in the order of the setting."""
    return [import_string(path) for path in settings.CONCORD_HOME_PANELS]


def questions(user: User) -> list[Question]:
    """Return what the hooks will ask for `user`."""
    return [(query, (user.pk,)) for hook in hooks() for query in getattr(hook, "asks", ())]


def panels(user: User) -> list[Panel]:
    """Return every installed app's rows for `user`, in the order of the setting."""
    return [panel for hook in hooks() for panel in hook(user)]
