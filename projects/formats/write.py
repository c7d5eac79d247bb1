"""Rows out of the house as CSV or JSON Lines, in chunks of bytes that a response can stream."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from projects.formats import headers
from projects.formats.cells import neutralise_cell, restore_cell
from projects.formats.records import RowError
from projects.formats.table import Row

__all__ = ["csv_chunks", "jsonl_chunks", "neutralise_cell", "rejected_chunks", "rejected_rows", "restore_cell"]

CHUNK_ROWS = 500
BOM = b"\xef\xbb\xbf"


def csv_chunks(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Any] | Sequence[Any]],
    *,
    delimiter: str = ",",
    bom: bool = True,
    chunk_rows: int = CHUNK_ROWS,
) -> Iterator[bytes]:
    """The rows as CSV in UTF-8, header first, about `chunk_rows` rows a chunk.

    A row is a sequence in the order of the columns, or a mapping (columns it lacks are empty). Lists and objects are
    written as JSON. Cells a spreadsheet would run are neutralised, and given back by our reader. `bom` marks the file
    as UTF-8, without which spreadsheets garble Chinese.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow([neutralise_cell(column) for column in columns])
    mark = BOM if bom else b""
    for batch in _batches(rows, chunk_rows):
        writer.writerows([_cells(row, columns) for row in batch])
        yield mark + _drain(buffer)
        mark = b""
    if mark or buffer.tell():
        yield mark + _drain(buffer)


def _cells(row: Mapping[str, Any] | Sequence[Any], columns: Sequence[str]) -> list[str]:
    values = [row.get(column) for column in columns] if isinstance(row, Mapping) else row
    return [neutralise_cell(plain_cell(value)) for value in values]


def plain_cell(value: object) -> object:
    """A value as one cell: lists and objects become JSON text, everything else stays."""
    return encode_json(value) if isinstance(value, list | tuple | dict) else value


def _drain(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")  # half a surrogate pair has no encoding


def _batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def encode_json(value: object) -> str:
    """Compact JSON in one line; NaN and infinities, which JSON does not have, become null."""
    try:
        return _ENCODER.encode(value)
    except ValueError:
        return _ENCODER.encode(_finite(value))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return value


def jsonl_chunks(rows: Iterable[Mapping[str, Any]], *, chunk_rows: int = CHUNK_ROWS) -> Iterator[bytes]:
    """The rows as JSON Lines in UTF-8, about `chunk_rows` rows a chunk. Nothing is neutralised: JSON does not run."""
    for batch in _batches(rows, chunk_rows):
        text = "\n".join([encode_json(row) for row in batch]) + "\n"
        yield text.encode("utf-8", "backslashreplace")  # half a surrogate pair becomes its JSON escape


Rejected = tuple[int, Mapping[str, Any], RowError]


def rejected_rows(rows: Iterable[Row], errors: Mapping[int, RowError]) -> Iterator[Rejected]:
    """(number, original values, error) of the rows with an error, read from the table a second time."""
    for number, values in rows:
        error = errors.get(number)
        if error:
            yield number, values, error


def rejected_chunks(columns: Sequence[str], rejected: Iterable[Rejected]) -> Iterator[bytes]:
    """A CSV of the rejected rows: their original columns, and behind them the row number, the column, the reason.

    Cells beyond the columns (of a ragged row, or of a line that is no JSON) are kept as JSON in a last column. The
    file can be corrected and imported again.
    """
    extra = [free_name(str(name), columns) for name in headers.REJECTED]
    known = set(columns)

    def lines() -> Iterator[list[Any]]:
        for number, values, error in rejected:
            rest = {name: value for name, value in values.items() if name not in known}
            cells = [values.get(column) for column in columns]
            yield [*cells, number, error.column, error.message, rest or None]

    yield from csv_chunks([*columns, *extra], lines())


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, with a number behind it if a column is called that already."""
    names = set(taken)
    free, copy = name, 1
    while free in names:
        copy += 1
        free = f"{name} ({copy})"
    return free
