"""Pages that apps above have under every study. An app names its own in settings.CONCORD_STUDY_PAGES."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from projects.models import Role, Study


@dataclass(frozen=True)
class StudyPage:
    """A page with a tab of its own; `shown` may leave it out of some studies and must ask the database nothing."""

    key: str
    name: str | Promise
    url_name: str
    # One of projects.views.study_tabs.GROUPS.
    group: str
    roles: Collection[str] = (Role.MANAGER,)
    in_draft: bool = True
    shown: Callable[[Study], bool] = lambda study: True


def installed() -> Iterator[StudyPage]:
    """Yield every app's pages, in the order of the setting."""
    for path in settings.CONCORD_STUDY_PAGES:
        yield from import_string(path)
