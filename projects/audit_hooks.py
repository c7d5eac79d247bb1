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
    """One app's words: of what was done, and of the kinds of things it was done to.

    `codes` has, by the name of a piece of data, the words its codes stand for; `models` are the things that have a name
    of their own.
    """

    verbs: Words
    kinds: Words
    codes: Mapping[str, Words] = field(default_factory=dict)
    models: tuple[type[Model], ...] = ()


def installed() -> Iterator[AuditWords]:
    """Yield every app's words, in the order of the setting."""
    for path in settings.CONCORD_AUDIT_WORDS:
        yield import_string(path)


def verbs() -> dict[str, str | Promise]:
    """Return every app's words for what was done."""
    return {name: words for one in installed() for name, words in one.verbs.items()}


def kinds() -> dict[str, str | Promise]:
    """Return every app's words for the kinds of things it was done to."""
    return {name: words for one in installed() for name, words in one.kinds.items()}


def codes() -> dict[str, Words]:
    """Return the words of every app's codes, by the name of the data."""
    return {name: words for one in installed() for name, words in one.codes.items()}
