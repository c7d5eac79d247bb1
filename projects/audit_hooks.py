"""What other apps write into the audit log, in words. An app names its words in settings.CONCORD_AUDIT_WORDS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.module_loading import import_string

Words = Mapping[str, str | Promise]


@dataclass(frozen=True)
class AuditWords:
    """One app's words: of what was done, of the kinds of things it was done to, of reasons that are stored as codes.

    `models` are the things that have a name of their own.
    """

    verbs: Words
    kinds: Words
    reasons: Words = field(default_factory=dict)
    models: tuple[type[Model], ...] = ()


def installed() -> Iterator[AuditWords]:
    """Yield every app's words, in the order of the setting."""
    for path in settings.CONCORD_AUDIT_WORDS:
        yield import_string(path)


def merged(part: str) -> dict[str, str | Promise]:
    """Return one part of every app's words: "verbs", "kinds" or "reasons"."""
    return {name: words for one in installed() for name, words in getattr(one, part).items()}
