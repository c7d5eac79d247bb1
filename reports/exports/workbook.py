"""One Excel workbook: a sheet per table, numbers as numbers."""

import io
import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from ..blocks import Column
from ..cells import Raw
from ..summary import Summary
from .collect import Named, tables
from .delimited import safe
from .grid import columns, heads, lines
from .methods import facts

FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
NAME_LENGTH = 31
# Excel keeps this name for itself.
RESERVED = "history"
BOLD = Font(bold=True)
WIDEST = 60


def make(summary: Summary) -> bytes:
    """Return the workbook: first a sheet that says what this is, then one per table."""
    book = Workbook()
    about = book.worksheets[0]
    about.title = sheet_name(_("About"), [])
    for label, words in facts(summary):
        _append(about, [label, words])
    _widths(about, [[label, words] for label, words in facts(summary)])
    for named in tables(summary):
        _table(book, named)
    memory = io.BytesIO()
    book.save(memory)
    return memory.getvalue()


def sheet_name(wanted: str, taken: Sequence[str]) -> str:
    """Return a name Excel accepts: no forbidden signs, at most 31 long, different from all others."""
    clean = FORBIDDEN.sub(" ", ILLEGAL_CHARACTERS_RE.sub("", wanted)).strip()
    base = clean[:NAME_LENGTH].strip() or "Table"
    lower = {RESERVED, *(name.lower() for name in taken)}
    name, count = base, 1
    while name.lower() in lower:
        count += 1
        ending = f" {count}"
        name = base[: NAME_LENGTH - len(ending)] + ending
    return name


def _table(book: Workbook, named: Named) -> None:
    sheet = book.create_sheet(sheet_name(str(named.table.caption), book.sheetnames))
    head, rows = heads(named.table), lines(named.table)
    _append(sheet, head)
    for cell in sheet[1]:
        cell.font = BOLD
    formats = [_format(column, part) for column, part in columns(named.table)]
    for row in rows:
        _append(sheet, row, formats)
    for words in named.table.notes:
        _append(sheet, [str(words)])
    sheet.freeze_panes = "B2"
    _widths(sheet, [head, *rows])


def _append(sheet: Any, row: Sequence[Raw], formats: Sequence[str] = ()) -> None:
    """Add a row in which words stay words, whatever they begin with."""
    sheet.append([ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value for value in row])
    for place, cell in enumerate(sheet[sheet.max_row]):
        if cell.data_type == "f" or (isinstance(cell.value, str) and safe(cell.value) != cell.value):
            cell.data_type = "s"
            cell.quotePrefix = True
        elif formats and isinstance(cell.value, int | float):
            cell.number_format = formats[place]


def _format(column: Column, part: str) -> str:
    if part == "reason" or column.kind in ("text", "link"):
        return "General"
    if column.kind == "int":
        return "#,##0"
    zeros = max(column.decimals - 1, 0) if column.kind == "percent" else column.decimals
    number = f"0.{'0' * zeros}" if zeros else "0"
    return f"{number}%" if column.kind == "percent" else number


def _widths(sheet: Any, rows: Sequence[Sequence[Raw]]) -> None:
    for place in range(max((len(row) for row in rows), default=0)):
        longest = max(len(str(row[place])) for row in rows if place < len(row))
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(max(longest + 2, 8), WIDEST)
