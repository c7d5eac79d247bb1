"""Files of a study, streamed: rows through the writers of the formats, one chunk of them in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection

from projects.formats.write import csv_chunks, jsonl_chunks
from projects.models import Study
from projects.services import exclusions

Rows = Iterator[Mapping[str, Any]]
# The columns that hold whose row it is.
SPEAKERS = ("rater", "by")


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
    gone = withdrawn(study)
    return csv_chunks([name for name in offer.columns(study) if name not in gone], kept(offer.rows(study), gone))


def _jsonl(offer: Offer, study: Study) -> Iterator[bytes]:
    return jsonl_chunks(kept(offer.rows(study), withdrawn(study)))


def withdrawn(study: Study) -> frozenset[str]:
    """Return the codes of raters who took their consent back and let their answers be used no more."""
    rows = exclusions.in_force(study).filter(withdrawal=True, rater__isnull=False)
    return frozenset(rows.values_list("rater__code", flat=True))


def kept(rows: Rows, gone: frozenset[str]) -> Rows:
    """Yield the rows without what these raters said: their own rows, and their part in what several said."""
    return (_without(row, gone) for row in rows if not gone.intersection(_spoken(row))) if gone else rows


def _spoken(row: Mapping[str, Any]) -> Iterator[str]:
    return (str(row[name]) for name in SPEAKERS if name in row)


def _without(row: Mapping[str, Any], gone: frozenset[str]) -> Mapping[str, Any]:
    found = {name: value for name, value in row.items() if name not in gone}
    if isinstance(found.get("votes"), Mapping):
        found["votes"] = {code: said for code, said in found["votes"].items() if code not in gone}
    return found


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
