"""Files to rows: CSV, TSV and JSON lines, long or wide, with a name for every row in messages."""

from __future__ import annotations

import codecs
import csv
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ID_NAMES = frozenset({"", "unit", "unit_id", "item", "item_id", "id", "subject", "case", "question", "sample"})
"""Headers by which the first column of a wide file is taken for the units' names."""


@dataclass(frozen=True)
class Sheet:
    """Cells as text (None where empty) under named columns; `names` says where each row stood."""

    columns: tuple[str, ...]
    rows: list[list[str | None]]
    names: list[str]

    def column(self, name: str) -> int:
        """Position of a column. Raises ValueError with the columns there are."""
        if name not in self.columns:
            raise ValueError(f"there is no column {name!r}; the columns are {', '.join(self.columns) or 'none'}")
        return self.columns.index(name)

    def pick(self, *wanted: str) -> list[tuple[str | None, ...]]:
        """The rows reduced to these columns, in this order."""
        places = [self.column(name) for name in wanted]
        return [tuple(row[place] for place in places) for row in self.rows]


def read_sheet(path: str, *, header: bool = True) -> Sheet:
    """Read a file, or standard input for "-". Raises ValueError naming the row, OSError where it cannot be
    read.
    """
    raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    text = decode(raw)
    suffix = Path(path).suffix.lower()
    if suffix in (".jsonl", ".ndjson") or (suffix not in (".csv", ".tsv") and text.lstrip().startswith("{")):
        return _json_lines(text)
    first = text.split("\n", 1)[0]
    tabbed = suffix in (".tsv", ".tab") or ("\t" in first and "," not in first)
    return _delimited(text, "\t" if tabbed else ",", header=header)


def decode(raw: bytes) -> str:
    """UTF-8 with or without a byte order mark, or UTF-16 with one. Raises ValueError for anything else."""
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(f"line {line}: the file is not UTF-8") from error


def _delimited(text: str, delimiter: str, *, header: bool) -> Sheet:
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] | None = None
    rows: list[list[str | None]] = []
    names: list[str] = []
    try:
        for cells in reader:
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue
            if columns is None:
                columns = [c.strip() for c in cells] if header else [str(i + 1) for i in range(len(cells))]
                _refuse_twins(columns)
                if header:
                    continue
            names.append(f"row {len(rows) + 1} (line {reader.line_num})")
            if len(cells) != len(columns):
                raise ValueError(f"{names[-1]}: {len(cells)} cells where there are {len(columns)} columns")
            rows.append([cell.strip() or None for cell in cells])
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}") from error
    return Sheet(tuple(columns or ()), rows, names)


def _refuse_twins(columns: Sequence[str]) -> None:
    """Two columns of one name cannot be told apart; a first row of data looks like that too."""
    twins = sorted({name for name in columns if columns.count(name) > 1})
    if twins:
        raise ValueError(
            f"the header names {', '.join(map(repr, twins))} more than once; a file without one needs --no-header"
        )


def _json_lines(text: str) -> Sheet:
    columns: dict[str, None] = {}
    objects: list[dict[str, Any]] = []
    names: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        names.append(f"row {len(objects) + 1} (line {number})")
        try:
            found = json.loads(line, parse_constant=_refuse_constant)
        except ValueError as error:
            raise ValueError(f"{names[-1]}: {error}") from error
        if not isinstance(found, dict):
            raise ValueError(f"{names[-1]}: a JSON object is needed")
        objects.append(found)
        columns.update(dict.fromkeys(found))
    rows = [
        [_cell(found.get(column), column, name) for column in columns]
        for found, name in zip(objects, names, strict=True)
    ]
    return Sheet(tuple(columns), rows, names)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no value; use null where nothing was rated")


def _cell(value: Any, column: str, name: str) -> str | None:
    """A JSON value as the text a spreadsheet would hold; lists and objects are shown as JSON."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return value.strip() or None
    raise ValueError(f"{name}: column {column!r} holds {type(value).__name__}")


def wide_rows(
    sheet: Sheet, *, unit: str, raters_in_rows: bool = False
) -> tuple[list[tuple[str, str, str | None]], list[str]]:
    """A wide matrix as long rows of (unit, rater, value), with the row names repeated.

    The first column is the units' names where it is called `unit` or one of the usual words; otherwise every
    column is a rater. With `raters_in_rows` each row is a rater and each column a unit.
    """
    named = bool(sheet.columns) and (sheet.columns[0] == unit or sheet.columns[0].lower() in ID_NAMES)
    others = sheet.columns[1:] if named else sheet.columns
    rows: list[tuple[str, str, str | None]] = []
    names: list[str] = []
    for number, (cells, name) in enumerate(zip(sheet.rows, sheet.names, strict=True), start=1):
        if named and cells[0] is None:
            raise ValueError(f"{name}: the name in column {sheet.columns[0]!r} is empty")
        label = str(cells[0]) if named else str(number)
        for other, value in zip(others, cells[1:] if named else cells, strict=True):
            rows.append((other, label, value) if raters_in_rows else (label, other, value))
            names.append(name)
    return rows, names
