"""Files of a study, streamed: rows through the writers of the formats, one chunk of them in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection

from projects.formats.write import csv_chunks, jsonl_chunks
from projects.models import Study

Rows = Iterator[Mapping[str, Any]]


class Offer(Protocol):
    """A file that a kind of study offers."""

    @property
    def key(self) -> str:
        """Its name in addresses and file names."""

    @property
    def columns(self) -> Callable[[Study], list[str]]:
        """Return its columns in order."""

    @property
    def rows(self) -> Callable[[Study], Rows]:
        """Return its rows, streamed."""


@dataclass(frozen=True)
class Format:
    """How a file is announced, and made from an offer."""

    content_type: str
    chunks: Callable[[Offer, Study], Iterator[bytes]]


def _csv(offer: Offer, study: Study) -> Iterator[bytes]:
    return csv_chunks(offer.columns(study), offer.rows(study))


def _jsonl(offer: Offer, study: Study) -> Iterator[bytes]:
    return jsonl_chunks(offer.rows(study))


FORMATS = {
    "csv": Format("text/csv; charset=utf-8", _csv),
    "jsonl": Format("application/x-ndjson; charset=utf-8", _jsonl),
}


def stream(study: Study, offer: Offer, suffix: str) -> Iterator[bytes]:
    """Yield a study's file in pieces; KeyError for an unknown format."""
    chunks = FORMATS[suffix].chunks
    return _sparing(lambda: chunks(offer, study))


def _sparing(chunks: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    with small_cache():
        yield from chunks()


@contextmanager
def small_cache() -> Iterator[None]:
    """Let SQLite keep little of what is read once from end to end: its cache and map would count as our memory."""
    if connection.vendor != "sqlite":
        yield
        return
    before = {name: _pragma(name) for name in SPARING}
    for name, value in SPARING.items():
        _pragma(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            _pragma(name, value)


# 8 MiB of pages, nothing mapped.
SPARING = {"cache_size": -8192, "mmap_size": 0}


def _pragma(name: str, value: int | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}" if value is None else f"PRAGMA {name}={value}")
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def filename(study: Study, offer: Offer, suffix: str) -> str:
    """Return what the file is called."""
    return f"{study.slug}-{offer.key}.{suffix}"
