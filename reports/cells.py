"""One cell of a table: as people read it, and as a file holds it."""

from dataclasses import dataclass, replace

from . import numbers, reasons
from .blocks import Cell, CellValue, Column, Estimate, Link, Missing, Table
from .nodes import Words

Raw = str | int | float | None
NUMERIC = ("int", "number", "percent", "ci", "p")


@dataclass(frozen=True)
class Shown:
    """A cell in words. `reason` says why a number is missing, `href` where the cell leads.

    A number with an interval has both in `text`, and apart from each other in `value` and `ends` (with its brackets).
    """

    text: str
    reason: str = ""
    href: str = ""
    strong: bool = False
    mark: str = ""
    value: str = ""
    ends: str = ""

    @property
    def full(self) -> str:
        """The text with its mark, or the dash with its reason, in one string."""
        if self.reason:
            return f"{numbers.DASH} ({self.reason})"
        return " ".join(part for part in (self.text, self.mark) if part)


def show(column: Column, cell: CellValue) -> Shown:
    """Return how people read a cell; None does not apply and stays empty."""
    if isinstance(cell, Cell):
        inner = show(column, cell.value)
        return replace(inner, strong=cell.strong, mark=cell.mark)
    if isinstance(cell, Missing):
        return Shown(numbers.DASH, reasons.words(cell.reason))
    if isinstance(cell, Link):
        return Shown(str(cell.text), href=cell.href)
    if isinstance(cell, Estimate):
        return _estimate(column, cell)
    return Shown(_plain(column, cell))


def _estimate(column: Column, cell: Estimate) -> Shown:
    if cell.value is None:
        return Shown(numbers.DASH, reasons.words(cell.reason))
    percent = column.kind == "percent"
    decimals = column.decimals
    text = numbers.estimate(cell.value, cell.low, cell.high, decimals=decimals, as_percent=percent)
    if cell.low is None or cell.high is None:
        return Shown(text)
    value = numbers.figure(cell.value, decimals=decimals, as_percent=percent)
    return Shown(text, value=value, ends=text.removeprefix(value).strip())


def _plain(column: Column, value: Words | int | float | None) -> str:
    if value is None:
        return ""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    if column.kind == "int":
        return numbers.integer(value)
    if column.kind == "p":
        return numbers.p_value(value, max(column.decimals, 3))
    if column.kind in ("number", "percent", "ci"):
        return numbers.figure(value, decimals=column.decimals, as_percent=column.kind == "percent")
    return str(value)


def parts(table: Table) -> list[tuple[Column, tuple[str, ...]]]:
    """Return each column with the parts its cells fill in a file: value, and where needed low, high, reason."""
    found = []
    for place, column in enumerate(table.columns):
        cells = [_bare(row[place]) for row in [*table.rows, *([table.footer] if table.footer else [])]]
        ends = any(isinstance(cell, Estimate) and cell.low is not None for cell in cells)
        why = any(isinstance(cell, Missing) or (isinstance(cell, Estimate) and cell.reason) for cell in cells)
        wanted = ("value", *(("low", "high") if ends else ()), *(("reason",) if why else ()))
        found.append((column, wanted))
    return found


def raw(cell: CellValue, part: str) -> Raw:
    """Return one part of a cell at full precision, as numbers where it holds numbers."""
    bare = _bare(cell)
    if isinstance(bare, Estimate):
        return _raw_estimate(bare, part)
    if isinstance(bare, Missing):
        return bare.reason if part == "reason" else None
    if part != "value":
        return None
    if isinstance(bare, Link):
        return str(bare.text)
    return bare if isinstance(bare, int | float) or bare is None else str(bare)


def _raw_estimate(cell: Estimate, part: str) -> Raw:
    whole: dict[str, Raw] = {"value": cell.value, "low": cell.low, "high": cell.high, "reason": cell.reason or None}
    return whole[part]


def _bare(cell: CellValue) -> CellValue:
    return cell.value if isinstance(cell, Cell) else cell
