"""XLSX sheets as rows of text."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl.xml import DEFUSEDXML

from projects.formats.archive import check_archive
from projects.formats.limits import Limits
from projects.formats.records import FaultyRow, FormatError, RowError, row_error
from projects.formats.table import Remark, Row, Table, column_names
from projects.formats.text import as_text
from projects.formats.workbook import NO_VALUE, ErrorValue, WorkbookReader, open_workbook


def cell_text(value: object) -> str:
    """A cell as text: 1.0 is "1", a date is ISO 8601 (without a time of midnight), true and false in English."""
    if value is NO_VALUE:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return as_text(value)


class XlsxTable(Table):
    """The first visible sheet that holds anything. Row numbers are those of the sheet; cells are text, never run."""

    format = "xlsx"
    row_unit = "row"

    def __init__(self, path: Path, *, limits: Limits) -> None:
        super().__init__(path, columns=[], encoding="", limits=limits)
        if not DEFUSEDXML:  # openpyxl would parse with entities on
            raise FormatError("xlsx_unsafe")
        check_archive(path, limits)
        self._strings: list[str] = []
        self._member, self._header_row, header = self._find_sheet()
        self.columns, repeated = column_names(header)
        if repeated:
            self.remarks.append(Remark("repeated_columns", repeated))

    def _find_sheet(self) -> tuple[str, int, list[str]]:
        with open_workbook(self.path) as reader:
            self._strings = reader.shared(self.limits.max_shared_strings)
            sheets = reader.sheets()
            for title, member in sheets:
                for number, cells in self._filled(reader, member):
                    others = tuple(name for name, _member in sheets if name != title)
                    if others:
                        self.remarks.append(Remark("other_sheets", others))
                    return member, number, self._names(cells)
        raise FormatError("empty")

    def _filled(self, reader: WorkbookReader, member: str) -> Iterator[tuple[int, dict[int, Any]]]:
        """(row number, value by 1-based column) of the rows that are not empty."""
        with reader.archive.part(member) as source:
            parser = reader.sheet_parser(source, self._strings)
            for number, cells in parser.cells_by_row(self.limits.max_rows):
                values = {cell["column"]: cell["value"] for cell in cells if cell["value"] not in (None, "")}
                if values:
                    yield number, values

    def _names(self, cells: dict[int, Any]) -> list[str]:
        width = max(cells)
        if width > self.limits.max_columns:
            raise FormatError("too_many_columns", limit=self.limits.max_columns)
        return [cell_text(cells.get(position)) for position in range(1, width + 1)]

    def rows(self) -> Iterator[Row]:
        """See `Table.rows`. Empty rows are passed over."""
        with open_workbook(self.path) as reader:
            for number, cells in self._filled(reader, self._member):
                if number > self._header_row:
                    yield number, self._row(number, cells)

    def _row(self, number: int, cells: dict[int, Any]) -> dict[str, Any]:
        values = dict.fromkeys(self.columns, "")
        error: RowError | None = None
        for position, value in cells.items():
            if position > len(self.columns):
                error = error or row_error(number, "", "ragged", found=max(cells), expected=len(self.columns))
                if len(values) < self.limits.max_columns:
                    values[f"column {position}"] = cell_text(value)
                continue
            name = self.columns[position - 1]
            values[name] = cell_text(value)
            error = error or self._cell_error(number, name, value, values[name])
        return FaultyRow(values, error) if error else values

    def _cell_error(self, number: int, name: str, value: object, text: str) -> RowError | None:
        if value is NO_VALUE:
            return row_error(number, name, "formula_without_value")
        if isinstance(value, ErrorValue):
            return row_error(number, name, "cell_error", value=value)
        if len(text) > self.limits.max_field:
            return row_error(number, name, "field_too_long", limit=self.limits.max_field)
        return None
