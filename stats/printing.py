"""Figures as a plain-text table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from stats.result import Figure, json_safe

_HEAD = ("figure", "value", "interval", "items", "raters", "note")


def as_text(figures: Mapping[str, Figure]) -> str:
    """One line per figure; results of many numbers follow below, one number or object per line."""
    lines = [_HEAD, *(_line(name, figure) for name, figure in figures.items())]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    many = [text for name, figure in figures.items() for text in _many(name, figure)]
    return "\n".join([*table, *many])


def _line(name: str, figure: Figure) -> tuple[str, ...]:
    value = "below" if figure.values is not None else _number(figure.value)
    ci = f"{_number(figure.ci.low)} .. {_number(figure.ci.high)} ({figure.ci.method})" if figure.ci else ""
    note = str(figure.reason) if figure.reason else ""
    return (name, value, ci, _count(figure.n_items), _count(figure.n_raters), note)


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4f}"


def _count(n: int | None) -> str:
    return "" if n is None else str(n)


def _many(name: str, figure: Figure) -> list[str]:
    """The lines of a figure with many numbers."""
    if isinstance(figure.values, Mapping) and any(isinstance(value, Figure) for value in figure.values.values()):
        return ["", name, *(f"  {key}: {_figure(value)}" for key, value in figure.values.items())]
    safe = json_safe(figure.values)
    pairs = figure.extra.get("pairs")
    if pairs and figure.values is not None and "raters" in pairs[0]:
        safe = {" / ".join(pair["raters"]): pair["value"] for pair in pairs}
    if isinstance(safe, dict):
        return ["", name, *(f"  {key}: {_short(value)}" for key, value in safe.items())]
    if isinstance(safe, Sequence):
        return ["", name, *(f"  {_short(value)}" for value in safe)]
    return []


def _figure(value: Figure) -> str:
    """A figure within another on one line."""
    if value.values is not None and "lowest" in value.extra:
        return f"{_number(value.extra['lowest'])} to {_number(value.extra['highest'])}"
    found = _number(value.value) if value.reason is None else f"undefined ({value.reason})"
    if value.ci is not None:
        return f"{found}  {_number(value.ci.low)} .. {_number(value.ci.high)} ({value.ci.method})"
    return f"{found}  no interval ({why})" if (why := value.extra.get("ci_reason")) else found


def _short(value: object) -> str:
    if value is None or isinstance(value, float):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)
