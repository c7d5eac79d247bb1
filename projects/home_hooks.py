"""What may wait for somebody on the first page. An app names its callables in settings.CONCORD_HOME_PANELS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from projects.models import User


@dataclass(frozen=True)
class Panel:
    """One row under "Waiting for you": what it is, where it leads, what the button says."""

    title: str
    url: str
    action: str
    meta: tuple[str, ...] = ()


Hook = Callable[[User], list[Panel]]


def panels(user: User) -> list[Panel]:
    """Return every installed app's rows for `user`, in the order of the setting."""
    hooks: list[Hook] = [import_string(path) for path in settings.CONCORD_HOME_PANELS]
    return [panel for hook in hooks for panel in hook(user)]
