"""Figures of `stats` as blocks of a report: cells, marks and key figures, with how to read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _

from stats.intervals import wilson
from stats.result import Figure, Interval

from . import numbers
from .blocks import CellValue, Column, Estimate, KeyFigure, Missing, Role
from .nodes import Words, phrase
from .plots import Axis, Mark, Threshold

ITEMS = phrase(_("items"))
THRESHOLDS = (0.2, 0.4, 0.6, 0.8)
FEW_ITEMS = 30
INTERVALS = {
    "percentile": _("percentile bootstrap over items"),
    "wilson": _("Wilson interval"),
    "clopper-pearson": _("exact interval"),
    "t": _("t interval"),
}


def beyond_chance() -> Axis:
    """Return the axis of coefficients, with the usual thresholds."""
    thresholds = [Threshold(value=value) for value in THRESHOLDS]
    return Axis(label=phrase(_("Agreement beyond chance")), low=0.0, high=1.0, thresholds=thresholds)


def why(figure: Figure) -> str:
    """Return the code of why a figure has no value, or nothing."""
    return "" if figure.value is not None else str(figure.reason or "no_value")


def why_no_interval(figure: Figure) -> str:
    """Return the code of why a figure has no interval, or nothing."""
    return "" if ends(figure)[0] is not None else str(figure.extra.get("ci_reason") or "not_computed")


def ends(figure: Figure) -> tuple[float | None, float | None]:
    """Return a figure's interval; none for an undefined value."""
    if figure.ci is None or figure.value is None:
        return None, None
    return figure.ci.low, figure.ci.high


def estimate(figure: Figure) -> Estimate:
    """Return a figure as a table's cell."""
    low, high = ends(figure)
    return Estimate(figure.value, low, high, why(figure))


def named_estimate(figure: Figure, key: str) -> Estimate:
    """Return one of a figure's many values with its interval."""
    values = figure.values if isinstance(figure.values, Mapping) else {}
    value = values.get(key)
    if value is None:
        return Estimate(None, None, None, str(figure.reason or "no_value"))
    low, high = named_ends(figure, key)
    return Estimate(float(value), low, high)


def named_ends(figure: Figure, key: str) -> tuple[float | None, float | None]:
    """Return the interval of one of a figure's many values."""
    found: Any = (figure.extra.get("ci_by_system") or {}).get(key)
    if not found:
        return None, None
    if isinstance(found, Interval):
        return float(found.low), float(found.high)
    return float(found["low"]), float(found["high"])


def share(hits: float, n: float) -> Estimate:
    """Return hits / n with Wilson's interval as a cell, or why there is none."""
    found = wilson(hits, n) if n else None
    return Estimate(hits / n, found.low, found.high) if found else Estimate(None, None, None, "no_answers")


def mark(label: Words, figure: Figure, series: Words = "", *, n: bool = True) -> Mark:
    """Return a figure as a plot's mark."""
    low, high = ends(figure)
    count = figure.n_items if n else None
    return Mark(label=label, value=figure.value, low=low, high=high, n=count, reason=why(figure), series=series)


def said(figure: Figure, *, percent: bool = False) -> Words:
    """Return a figure with its interval in a sentence, as "0.71 (0.64 to 0.77)"."""
    low, high = ends(figure)
    return spoken(figure.value, low, high, percent=percent)


def spoken(value: float | None, low: float | None, high: float | None, *, percent: bool = False) -> Words:
    """Return a number with its interval in a sentence."""
    shown = numbers.figure(value, as_percent=percent)
    if value is None or low is None or high is None:
        return shown
    start = numbers.number(low * 100, 1) if percent else numbers.number(low)
    end = numbers.figure(high, as_percent=percent)
    return phrase(_("%(value)s (%(low)s to %(high)s)"), value=shown, low=start, high=end)


def key_figure(
    key: str,
    figure: Figure,
    *,
    label: Words,
    reading: Sequence[str] = (),
    method: Words = "",
    role: Role = "other",
    scale: bool = False,
    percent: bool = False,
    n_unit: Words = ITEMS,
    warnings: Sequence[Words] = (),
) -> KeyFigure:
    """Return a figure people may cite, with how to read it."""
    low, high = ends(figure)
    return KeyFigure(
        key=key,
        label=label,
        value=figure.value,
        low=low,
        high=high,
        n=figure.n_items,
        n_unit=n_unit,
        raters=figure.n_raters,
        method=method,
        how_to_read=[phrase(words) for words in reading],
        reason=why(figure),
        interval_reason=why_no_interval(figure),
        warnings=warnings,
        role=role,
        scale="landis_koch" if scale else "",
        percent=percent,
    )


def cited(
    key: str,
    figure: Figure,
    *,
    label: str,
    reading: Sequence[str],
    role: Role = "other",
    scale: bool = False,
    percent: bool = False,
    n_unit: Words = ITEMS,
) -> KeyFigure:
    """Return a key figure that names its own method, with the warnings that its items and its interval call for."""
    return key_figure(
        key, figure, label=phrase(label), reading=reading, method=made_by(figure.method, figure), role=role,
        scale=scale, percent=percent, n_unit=n_unit,
        warnings=[*few(figure), *(on_both_sides(figure) if scale else [])],
    )  # fmt: skip


def few(figure: Figure) -> list[Words]:
    """Return the warning that a figure rests on few items, where it does."""
    if figure.value is None or figure.n_items is None or figure.n_items >= FEW_ITEMS:
        return []
    return [phrase(_("Fewer than %(count)s items: read it as a hint."), count=FEW_ITEMS)]


def on_both_sides(figure: Figure) -> list[Words]:
    """Return the warning that an interval holds one of the usual thresholds, where it does."""
    low, high = ends(figure)
    if low is None or high is None:
        return []
    crossed = [value for value in THRESHOLDS if low < value < high]
    if not crossed:
        return []
    values = ", ".join(numbers.number(value, 1) for value in crossed)
    words = _("Thresholds inside the interval: %(values)s. The figure cannot be said to lie on one side of them.")
    return [phrase(words, values=values)]


def made_by(method: Words, figure: Figure) -> Words:
    """Return the method with the kind of interval."""
    words = INTERVALS.get(figure.ci.method) if figure.ci and figure.value is not None else None
    if words is None:
        return method
    return phrase(_("%(method)s; %(interval)s"), method=method, interval=phrase(words)) if method else phrase(words)


def p_cell(value: float | None, reason: str = "no_value") -> CellValue:
    """Return a p value as a cell."""
    return Missing(reason) if value is None else value


def text(key: str, label: str) -> Column:
    """Return a column of words."""
    return Column(key=key, label=phrase(label))


def count(key: str, label: str, group: Words = "") -> Column:
    """Return a column of counts."""
    return Column(key=key, label=phrase(label), kind="int", group=group)


def number(key: str, label: str, *, decimals: int = 2) -> Column:
    """Return a column of numbers without intervals."""
    return Column(key=key, label=phrase(label), kind="number", decimals=decimals)


def percentage(key: str, label: str, group: Words = "") -> Column:
    """Return a column of shares."""
    return Column(key=key, label=phrase(label), kind="percent", group=group)


def value(key: str, label: str, group: Words = "") -> Column:
    """Return a column of figures with their intervals."""
    return Column(key=key, label=phrase(label), kind="ci", group=group)


def p(key: str, label: str) -> Column:
    """Return a column of p values."""
    return Column(key=key, label=phrase(label), kind="p")


def p_words(p: float) -> str:
    """Return a p value with its sign, for a sentence."""
    shown = numbers.p_value(p)
    return shown if shown.startswith("<") else f"= {shown}"
