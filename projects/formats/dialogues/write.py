"""Sessions as files, streamed: a JSON list, JSON Lines, or one turn a row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from projects.formats.dialogues import esconv, jsonl, psy_insight, turns_csv
from projects.formats.dialogues.out import SessionOut
from projects.formats.dialogues.settings import FormatKey
from projects.formats.write import csv_chunks, jsonl_chunks

CHUNK_SESSIONS = 20
WRITERS: dict[FormatKey, Callable[[SessionOut, int], dict[str, Any]]] = {
    "psy-insight": psy_insight.session,
    "esconv": esconv.session,
    "jsonl": jsonl.session,
}
SUFFIXES: dict[FormatKey, str] = {"psy-insight": "json", "esconv": "json", "jsonl": "jsonl", "turns-csv": "csv"}
CONTENT_TYPES = {
    "json": "application/json",
    "jsonl": "application/x-ndjson; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}


def chunks(form: FormatKey, sessions: Iterable[SessionOut], columns: Sequence[str] = ()) -> Iterator[bytes]:
    """The sessions as a file of this format, in pieces; `columns` are those of a table."""
    if form == turns_csv.KEY:
        rows = (row for one in sessions for row in turns_csv.rows(one))
        return csv_chunks(columns, rows)
    objects = (WRITERS[form](one, number) for number, one in enumerate(sessions))
    if form == jsonl.KEY:
        return jsonl_chunks(objects, chunk_rows=CHUNK_SESSIONS)
    return _list(objects)


def _list(objects: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """One JSON list, indented for people, an entry at a time."""
    mark = "[\n"
    for one in objects:
        text = json.dumps(one, ensure_ascii=False, indent=1, allow_nan=False)
        yield (mark + text).encode("utf-8", "backslashreplace")
        mark = ",\n"
    yield b"\n]\n" if mark == ",\n" else b"[]\n"
