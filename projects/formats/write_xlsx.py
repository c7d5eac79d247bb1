"""Rows out of the house as a workbook: streamed to disk, every text a text and never a formula."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from projects.formats.records import FormatError
from projects.formats.write import plain_cell

MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
# What readers would take for an escaped character has its underscore escaped itself.
ESCAPE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def write_xlsx(
    target: IO[bytes],
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Any] | Sequence[Any]],
    *,
    title: str = "Data",
) -> None:
    """Write a workbook with one sheet, header first. Rows as for `csv_chunks`.

    Numbers and booleans stay such; every text is stored as text, so nothing runs and nothing needs neutralising.
    Raises FormatError where a workbook would lose something: over 1,048,576 rows or 32,767 characters in a cell.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    number = 1
    try:
        sheet.append([_cell(sheet, column, number) for column in columns])
        for row in rows:
            number += 1
            if number > MOST_ROWS:
                raise FormatError("sheet_too_long", limit=MOST_ROWS)
            values = [row.get(column) for column in columns] if isinstance(row, Mapping) else row
            sheet.append([_cell(sheet, value, number) for value in values])
    finally:
        sheet.close()  # its temporary file is written and removed through this, also when a row fails
    book.save(target)


def _cell(sheet: Any, value: object, row: int) -> Any:
    value = plain_cell(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    text = _sheet_text(str(value), row)
    cell: Any = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"  # openpyxl would make a formula of a text that begins with =
    return cell


def _sheet_text(text: str, row: int) -> str:
    """The text as XML can hold it: what it cannot is escaped as _x0000_, the way spreadsheets do."""
    if "_x" in text:
        text = ESCAPE_LIKE.sub("_x005F_", text)
    text = ILLEGAL_CHARACTERS_RE.sub(lambda match: f"_x{ord(match[0]):04X}_", text).replace("\r", "_x000D_")
    if len(text) > LONGEST_CELL:
        raise FormatError("cell_too_long", row=row, limit=LONGEST_CELL)
    return text
