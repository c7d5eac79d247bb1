"""Flat dataclasses to CSV and back, to the last bit: numbers as Python writes them, gaps as empty cells."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar, get_type_hints

Row = TypeVar("Row")

_RISKY = ("=", "+", "-", "@", "\t", "\r", "'")
"""A spreadsheet takes a cell that begins so for a formula (or hides the mark): it gets a ' in front, off when read."""


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a response, where a bundle gives them."""

    handle: str
    text: str


def write(kind: type[Any], found: Iterable[Any]) -> str:
    """The rows as CSV with a head, lines ending in LF."""
    out = io.StringIO()
    names = [field.name for field in fields(kind)]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in found:
        writer.writerow([_text(getattr(row, name)) for name in names])
    return out.getvalue()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value!r} has no place in a table")
        return repr(value)
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


def read(kind: type[Row], text: str, name: str) -> Sequence[Row]:
    """Read what `write` wrote. Raises ValueError naming file, row and column of what does not fit."""
    wanted = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # every kind is a dataclass
    takers = [_READERS[_hint(hint)] for hint in _hints(kind, wanted)]
    try:
        found = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise ValueError(f"{name}: {error}") from error
    if not found or found[0] != wanted:
        raise ValueError(f"{name}: the columns must be {', '.join(wanted)}")
    rows = []
    for number, cells in enumerate(found[1:], start=2):
        if len(cells) != len(wanted):
            raise ValueError(f"{name}, row {number}: {len(cells)} cells where {len(wanted)} belong")
        rows.append(kind(*_values(takers, cells, wanted, f"{name}, row {number}")))
    return tuple(rows)


def _values(takers: Sequence[Callable[[str], Any]], cells: Sequence[str], names: Sequence[str], at: str) -> list[Any]:
    values = []
    for take, cell, name in zip(takers, cells, names, strict=True):
        try:
            values.append(take(cell))
        except ValueError as error:
            raise ValueError(f"{at}: {name} may not be {cell[:60]!r}") from error
    return values


def _hints(kind: type[Any], names: Sequence[str]) -> list[Any]:
    hints = get_type_hints(kind)
    return [hints[name] for name in names]


def _hint(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) else "gap"


def _word(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


def _flag(cell: str) -> bool:
    if cell not in ("0", "1"):
        raise ValueError(cell)
    return cell == "1"


def _number(cell: str) -> float:
    number = float(cell)
    if not math.isfinite(number) or "_" in cell:
        raise ValueError(cell)
    return number


def _gap(cell: str) -> float | None:
    return None if cell == "" else _number(cell)


def _count(cell: str) -> int:
    if "_" in cell:
        raise ValueError(cell)
    return int(cell)


_READERS: dict[str, Callable[[str], Any]] = {"str": _word, "bool": _flag, "int": _count, "float": _number, "gap": _gap}
