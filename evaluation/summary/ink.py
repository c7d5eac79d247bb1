"""Figures of `stats` as blocks of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _

from reports import numbers
from reports.blocks import CellValue, Role
from reports.summary import Axis, Estimate, KeyFigure, Mark, Missing, Threshold, Words, phrase
from stats.result import Figure, Interval

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


def estimate(figure: Figure) -> Estimate:
    """Return a figure as a table's cell."""
    low, high = ends(figure)
    return Estimate(figure.value, low, high, why(figure))


def ends(figure: Figure) -> tuple[float | None, float | None]:
    """Return a figure's interval; none for an undefined value."""
    if figure.ci is None or figure.value is None:
        return None, None
    return figure.ci.low, figure.ci.high


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


def mark(label: Words, figure: Figure) -> Mark:
    """Return a figure as a plot's mark."""
    low, high = ends(figure)
    return Mark(label=label, value=figure.value, low=low, high=high, n=figure.n_items, reason=why(figure))


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
    label: str,
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
    cautions = list(warnings)
    if figure.value is not None and figure.n_items is not None and figure.n_items < FEW_ITEMS:
        cautions.append(phrase(_("Fewer than %(count)s items: read it as a hint."), count=FEW_ITEMS))
    return KeyFigure(
        key=key,
        label=phrase(label),
        value=figure.value,
        low=low,
        high=high,
        n=figure.n_items,
        n_unit=n_unit,
        raters=figure.n_raters,
        method=made_by(method, figure),
        how_to_read=[phrase(words) for words in reading],
        reason=why(figure),
        interval_reason="" if low is not None else str(figure.extra.get("ci_reason") or "not_computed"),
        warnings=cautions,
        role=role,
        scale="landis_koch" if scale else "",
        percent=percent,
    )


def made_by(method: Words, figure: Figure) -> Words:
    """Return the method with the kind of interval."""
    words = INTERVALS.get(figure.ci.method) if figure.ci and figure.value is not None else None
    if words is None:
        return method
    return phrase(_("%(method)s; %(interval)s"), method=method, interval=phrase(words)) if method else phrase(words)


def p_cell(value: float | None, reason: str = "no_value") -> CellValue:
    """Return a p value as a cell."""
    return Missing(reason) if value is None else value
