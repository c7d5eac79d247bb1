"""CSV and its relatives: the separator is found, the rows are read in memory bounded by one record."""

import contextlib
import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from projects.formats.cells import restore_cell
from projects.formats.limits import Limits
from projects.formats.records import FaultyRow, FormatError, row_error
from projects.formats.table import Remark, Row, Table, column_names

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_RECORDS = 50
# Fed to the parser behind the last line: a record that swallows it began with a quote that was never closed.
END = "\x1eend of file\x1e"


class _Progress:
    """What the reader of lines and the reader of records tell each other; `length` is reset for each record."""

    __slots__ = ("apostrophe", "ended", "length", "start")

    def __init__(self) -> None:
        self.start = 1
        self.length = 0
        self.apostrophe = False
        self.ended = False


def _lines(file: TextIO, progress: _Progress, limit: int) -> Iterator[str]:
    """The physical lines, then END. Raises FormatError once a record is longer than the limit."""
    readline = file.readline
    while line := readline(limit + 1):
        progress.length += len(line)
        if progress.length > limit:
            raise FormatError("record_too_long", row=progress.start, limit=limit)
        if "'" in line:
            progress.apostrophe = True
        yield line
    progress.ended = True
    yield END


Record = tuple[int, int, list[str]]


def _records(file: TextIO, delimiter: str, limits: Limits) -> Iterator[Record]:
    """(line it begins in, length, cells) of each record that is not blank. Raises FormatError."""
    if csv.field_size_limit() < limits.max_field:
        csv.field_size_limit(limits.max_field)  # the module's own bound is process-wide: only ever raise it
    progress = _Progress()
    reader = csv.reader(_lines(file, progress, limits.max_record), delimiter=delimiter)
    while True:
        progress.start, progress.length = reader.line_num + 1, 0
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _parser_error(error, progress.start, csv.field_size_limit()) from error
        if progress.ended or cells is None:
            if cells is not None and cells != [END]:
                raise FormatError("unclosed_quote", row=progress.start)
            return
        if progress.apostrophe:
            progress.apostrophe = False
            cells = [restore_cell(cell) if cell[:1] == "'" else cell for cell in cells]
        if any(cells):
            yield progress.start, progress.length, cells


def _parser_error(error: csv.Error, row: int, limit: int) -> FormatError:
    if "field limit" in str(error):
        return FormatError("field_too_long", row=row, limit=limit)
    return FormatError("unclosed_quote", row=row)


class DelimitedTable(Table):
    """A text file with a header record and one record for each item. Row numbers are lines of the file."""

    def __init__(self, path: Path, *, encoding: str, limits: Limits, prefer_tab: bool = False) -> None:
        super().__init__(path, columns=[], encoding=encoding, limits=limits)
        self.delimiter, self._hint = self._find_delimiter(prefer_tab)
        self.format = "tsv" if self.delimiter == "\t" else "csv"
        header = self._header()
        self.columns, repeated = column_names(header)
        if repeated:
            self.remarks.append(Remark("repeated_columns", repeated))

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, newline="")

    def _all_records(self, delimiter: str) -> Iterator[Record]:
        with self._open() as file:
            yield from _records(file, delimiter, self.limits)

    def _header(self) -> list[str]:
        for line, _length, cells in self._data_records():
            if len(cells) > self.limits.max_columns:
                raise FormatError("too_many_columns", limit=self.limits.max_columns)
            if any("\0" in cell for cell in cells):
                raise FormatError("nul", row=line)
            return cells
        raise FormatError("empty")

    def _data_records(self) -> Iterator[Record]:
        records = self._all_records(self.delimiter)
        if self._hint:
            next(records, None)
        return records

    def _find_delimiter(self, prefer_tab: bool) -> tuple[str, bool]:
        """The separator, and whether the file names it in a first line `sep=;` as spreadsheets do."""
        with self._open() as file:
            first = file.readline(self.limits.max_record)
        if first.lower().startswith("sep=") and len(first.strip("\r\n")) == 5:
            return first[4], True
        wide = max(first.count(mark) for mark in DELIMITERS)
        if wide >= self.limits.max_columns * 2:
            raise FormatError("too_many_columns", limit=self.limits.max_columns)
        order = ("\t", *DELIMITERS) if prefer_tab else DELIMITERS
        return max(dict.fromkeys(order), key=self._evenness), False

    def _evenness(self, delimiter: str) -> tuple[bool, float, int]:
        """How well a separator explains the first records.

        (does it split the header, and a good part of the records equally), the share of equally wide records,
        the header's width.
        """
        widths: list[int] = []
        with contextlib.suppress(FormatError):  # the right separator meets the error again, and reports it
            for _line, _length, cells in islice(self._all_records(delimiter), SAMPLE_RECORDS):
                widths.append(len(cells))
        if not widths:
            return False, 0.0, 0
        share = max(map(widths.count, set(widths))) / len(widths)
        return widths[0] > 1 and share >= 0.25, share, widths[0]

    def rows(self) -> Iterator[Row]:
        """See `Table.rows`. Empty cells behind the last column are dropped; other ragged rows are faulty."""
        records = self._data_records()
        next(records, None)
        columns, width = self.columns, len(self.columns)
        longest, most = self.limits.max_field, self.limits.max_rows
        for count, (line, length, cells) in enumerate(records, 1):
            if count > most:
                raise FormatError("too_many_rows", limit=most)
            if len(cells) != width and (len(cells) < width or any(cells[width:])):
                yield line, self._ragged(line, cells)
            elif length > longest and len(max(cells, key=len)) > longest:
                yield line, self._too_long(line, cells)
            else:
                yield line, dict(zip(columns, cells, strict=False))

    def _ragged(self, line: int, cells: list[str]) -> FaultyRow:
        most = self.limits.max_columns
        names, _repeated = column_names([*self.columns, *[""] * (min(len(cells), most) - len(self.columns))])
        error = row_error(line, "", "ragged", found=len(cells), expected=len(self.columns))
        return FaultyRow(dict(zip(names, cells, strict=False)), error)

    def _too_long(self, line: int, cells: list[str]) -> FaultyRow:
        values = dict(zip(self.columns, cells, strict=False))
        column = next(name for name, cell in values.items() if len(cell) > self.limits.max_field)
        return FaultyRow(values, row_error(line, column, "field_too_long", limit=self.limits.max_field))
