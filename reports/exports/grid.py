"""A table as rows of raw values, intervals spread over columns, for spreadsheets."""

from django.utils.translation import gettext as _

from .. import reasons
from ..blocks import CellValue, Column, Table
from ..cells import Raw, parts, raw


def heads(table: Table) -> list[str]:
    """Return the head of every column, parts of an interval each in their own."""
    return [_head(column, part) for column, wanted in parts(table) for part in wanted]


def lines(table: Table) -> list[list[Raw]]:
    """Return the rows (and the footer) under `heads`, numbers at full precision, undefined ones empty."""
    spread = parts(table)
    rows = [*table.rows, *([table.footer] if table.footer else [])]
    return [
        [_value(row[place], part) for place, (_column, wanted) in enumerate(spread) for part in wanted] for row in rows
    ]


def columns(table: Table) -> list[tuple[Column, str]]:
    """Return the column and the part that stand in each place of a line."""
    return [(column, part) for column, wanted in parts(table) for part in wanted]


def _head(column: Column, part: str) -> str:
    names = {"value": "", "low": _("low"), "high": _("high"), "reason": _("reason")}
    words = [str(column.group), str(column.label), names[part]]
    return " ".join(word for word in words if word)


def _value(cell: CellValue, part: str) -> Raw:
    value = raw(cell, part)
    return reasons.words(value) if part == "reason" and isinstance(value, str) else value
