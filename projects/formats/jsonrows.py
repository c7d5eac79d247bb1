"""JSON Lines and JSON lists, one object at a time, in memory bounded by one object."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from projects.formats.limits import Limits
from projects.formats.records import FaultyRow, FormatError, row_error
from projects.formats.table import Row, Table

CHUNK = 256 * 1024
RAW = "line"
LONGEST_TOKEN = len("-Infinity")
BLANK = " \t\n\r"


def _constant(name: str) -> str | None:
    """NaN is how some programs write "missing"; infinities are kept as text, for JSON has no such number."""
    return None if name == "NaN" else name


DECODER = json.JSONDecoder(parse_constant=_constant)


class _ObjectTable(Table):
    """Rows that are objects with keys of their own: the columns are those seen in the first records."""

    def __init__(self, path: Path, *, encoding: str, limits: Limits) -> None:
        super().__init__(path, columns=[], encoding=encoding, limits=limits)
        names: dict[str, None] = {}
        for _number, values in islice(self.rows(), limits.sample_records):
            if not isinstance(values, FaultyRow):
                names.update(dict.fromkeys(values))
            if len(names) > limits.max_columns:
                raise FormatError("too_many_columns", limit=limits.max_columns)
        self.columns = list(names)

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, newline="\n")

    def _row(self, number: int, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            return FaultyRow({RAW: value}, row_error(number, "", "json_not_object"))
        if len(value) > self.limits.max_columns:
            raise FormatError("too_many_columns", row=number, limit=self.limits.max_columns)
        return value


class JsonLinesTable(_ObjectTable):
    """One object on each line. Row numbers are lines; a broken line is a faulty row, with its text under "line"."""

    format = "jsonl"

    def rows(self) -> Iterator[Row]:
        """See `Table.rows`. Blank lines are passed over; a broken first line means the file is something else."""
        good = False
        with self._open() as file:
            for number, line in self._lines(file):
                row = self._parse(number, line)
                if isinstance(row, FaultyRow) and not good:
                    raise FormatError("json_malformed_file", row=number, reason=_first_reason(row))
                good = True
                yield number, row

    def _lines(self, file: TextIO) -> Iterator[tuple[int, str]]:
        limit, number, found = self.limits.max_record, 0, 0
        while line := file.readline(limit + 1):
            number += 1
            if len(line) > limit:
                raise FormatError("record_too_long", row=number, limit=limit)
            if line.isspace():
                continue
            found += 1
            if found > self.limits.max_rows:
                raise FormatError("too_many_rows", limit=self.limits.max_rows)
            yield number, line

    def _parse(self, number: int, line: str) -> dict[str, Any]:
        try:
            return self._row(number, DECODER.decode(line))
        except json.JSONDecodeError as error:
            reason = f"{error.msg}, column {error.colno}"
        except RecursionError:
            reason = "nested too deeply"
        except ValueError as error:  # an integer of more digits than Python converts
            reason = str(error)
        return FaultyRow({RAW: line.rstrip("\r\n")}, row_error(number, "", "json_malformed", reason=reason))


def _first_reason(row: FaultyRow) -> object:
    return row.error.params.get("reason", row.error.message)


class JsonListTable(_ObjectTable):
    """One list of objects. Row numbers count the entries of the list, for many such files are a single line.

    `line` is the line in which the entry given last begins.
    """

    format = "json"
    row_unit = "entry"
    line = 0

    def rows(self) -> Iterator[Row]:
        """See `Table.rows`. Broken JSON ends the reading with its line, for nothing after it can be trusted."""
        with self._open() as file:
            for number, (line, value) in enumerate(_entries(file, self.limits.max_record), 1):
                self.line = line
                if number > self.limits.max_rows:
                    raise FormatError("too_many_rows", limit=self.limits.max_rows)
                yield number, self._row(number, value)


class _Buffer:
    """A window on the file that grows at its end and is cut at its start."""

    def __init__(self, file: TextIO, limit: int) -> None:
        self.file = file
        self.limit = limit
        self.text = ""
        self.at = 0
        self.line = 1
        self.whole = False

    def more(self) -> bool:
        """Read on; False at the end of the file."""
        chunk = self.file.read(max(CHUNK, len(self.text) - self.at))  # doubling: a value is decoded anew each time
        self.line += self.text.count("\n", 0, self.at)
        self.text = self.text[self.at :] + chunk
        self.at = 0
        self.whole = not chunk
        return not self.whole

    def peek(self) -> str:
        """The next character that is not blank, or "" at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in BLANK:
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def line_at(self, position: int) -> int:
        """The line of a place in the window."""
        return self.line + self.text.count("\n", 0, position)

    def fail(self, reason: str, position: int | None = None) -> FormatError:
        """An error that names the line at `position` (here, if none is given)."""
        line = self.line_at(self.at if position is None else position)
        return FormatError("json_malformed_file", row=line, reason=reason)

    def value(self, entry: int) -> object:
        """Decode the value that begins here, reading on until it is whole."""
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.at)
            except RecursionError as error:
                raise FormatError("json_too_deep", row=self.fail("").row) from error
            except json.JSONDecodeError as error:
                left = len(self.text) - error.pos
                if not self._cut_short(error, left) or not self._grow(entry):
                    raise self.fail(error.msg, len(self.text) - left) from error
                continue
            except ValueError as error:
                raise self.fail(str(error)) from error
            if end < len(self.text) or not self._grow(entry):
                self.at = end
                return value

    @staticmethod
    def _cut_short(error: json.JSONDecodeError, left: int) -> bool:
        """May reading on mend this? True at the window's end (a literal or escape is cut) and inside a string."""
        return left <= LONGEST_TOKEN or error.msg.startswith("Unterminated string")

    def _grow(self, entry: int) -> bool:
        if len(self.text) - self.at > self.limit:
            raise FormatError("json_entry_too_long", row=entry, limit=self.limit)
        return not self.whole and self.more()


def _entries(file: TextIO, limit: int) -> Iterator[tuple[int, object]]:
    """The entries of the JSON list in the file, each with its line. Raises FormatError with the line."""
    buffer = _Buffer(file, limit)
    if buffer.peek() != "[":
        raise FormatError("json_not_list")
    buffer.at += 1
    entry = 0
    if buffer.peek() != "]":
        while True:
            entry += 1
            buffer.peek()
            line = buffer.line_at(buffer.at)
            yield line, buffer.value(entry)
            mark = buffer.peek()
            if mark == "]":
                break
            if mark != ",":
                raise buffer.fail("a comma or ] is missing")
            buffer.at += 1
    buffer.at += 1
    if buffer.peek():
        raise buffer.fail("there is more text behind the list")
