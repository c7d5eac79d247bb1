"""Figures of `stats` as blocks of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from annotation.summary.words import INTERVALS, LABELS, METHODS, READING
from reports import numbers
from reports.blocks import CellValue, Role
from reports.summary import Axis, Column, Estimate, KeyFigure, Mark, Threshold, Words, phrase
from stats.result import Figure
from stats.table import Table

THRESHOLDS = (0.2, 0.4, 0.6, 0.8)
FEW_ITEMS = 30
ITEMS = phrase(_("items"))
# A category this common, with coefficients this far apart, is what the kappa paradox looks like.
COMMON, FAR_APART = 0.8, 0.15


def beyond_chance() -> Axis:
    """Return the axis of coefficients, with the usual thresholds."""
    thresholds = [Threshold(value=value) for value in THRESHOLDS]
    return Axis(label=phrase(_("Agreement beyond chance")), low=0.0, high=1.0, thresholds=thresholds)


def shares(label: Words) -> Axis:
    """Return the axis of shares."""
    return Axis(label=label, low=0.0, high=1.0, percent=True, decimals=2)


@dataclass(frozen=True)
class Ends:
    """An interval's ends, or why there are none."""

    low: float | None
    high: float | None
    reason: str


def ends(figure: Figure) -> Ends:
    """Return a figure's interval; none for an undefined value."""
    if figure.ci is None or figure.value is None:
        return Ends(None, None, str(figure.extra.get("ci_reason") or "not_computed"))
    return Ends(figure.ci.low, figure.ci.high, "")


def why(figure: Figure) -> str:
    """Return the code of why a figure has no value, or nothing."""
    return "" if figure.value is not None else str(figure.reason or "no_value")


def estimate(figure: Figure) -> Estimate:
    """Return a figure as a table's cell."""
    found = ends(figure)
    return Estimate(figure.value, found.low, found.high, why(figure))


def mark(label: Words, figure: Figure, series: Words = "", *, n: bool = True) -> Mark:
    """Return a figure as a plot's mark."""
    found, count = ends(figure), figure.n_items if n else None
    return Mark(
        label=label, value=figure.value, low=found.low, high=found.high, n=count, reason=why(figure), series=series
    )


def key_figure(
    name: str,
    figure: Figure,
    *,
    label: Words = "",
    method: Words = "",
    role: Role = "other",
    scale: bool = False,
    percent: bool = False,
    warnings: Sequence[Words] = (),
    n_unit: Words = ITEMS,
    key: str = "",
) -> KeyFigure:
    """Return a figure people may cite, with how to read it."""
    found = ends(figure)
    return KeyFigure(
        key=key or name,
        label=label or phrase(LABELS[name]),
        value=figure.value,
        low=found.low,
        high=found.high,
        n=figure.n_items,
        n_unit=n_unit,
        raters=figure.n_raters,
        method=made_by(method, figure),
        how_to_read=[phrase(words) for words in READING[name]],
        reason=why(figure),
        interval_reason=found.reason,
        warnings=warnings,
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


def coefficient(name: str, figure: Figure, table: Table, *, role: Role = "other", prevalence: Words = "") -> KeyFigure:
    """Return a coefficient of a table of answers, with the warnings that apply."""
    percent = name in ("percent_agreement", "consensus_rate")
    warnings = [*([prevalence] if prevalence else []), *cautions(figure, thresholds=not percent)]
    # A parameter too many does no harm: only some methods depend on the declared categories.
    method = phrase(METHODS[name], categories=table.n_categories)
    return key_figure(name, figure, method=method, role=role, scale=not percent, percent=percent, warnings=warnings)


def cautions(figure: Figure, *, thresholds: bool) -> list[Words]:
    """Return what a reader must know before citing a figure."""
    found: list[Words] = []
    if figure.value is None:
        return found
    if figure.n_items is not None and figure.n_items < FEW_ITEMS:
        found.append(phrase(_("Fewer than %(count)s items: read it as a hint."), count=FEW_ITEMS))
    if thresholds and figure.ci is not None:
        crossed = [value for value in THRESHOLDS if figure.ci.low < value < figure.ci.high]
        if crossed:
            values = ", ".join(numbers.number(value, 1) for value in crossed)
            words = _(
                "Thresholds inside the interval: %(values)s. The figure cannot be said to lie on one side of them."
            )
            found.append(phrase(words, values=values))
    return found


def paradox(table: Table, alpha: Figure, robust: Figure) -> Words:
    """Return a warning where one category is so common that alpha falls away from AC1; else nothing."""
    counts = table.counts.sum(axis=0)
    if alpha.value is None or robust.value is None or not counts.sum():
        return ""
    top = int(counts.argmax())
    share = float(counts[top] / counts.sum())
    if share < COMMON or robust.value - alpha.value < FAR_APART:
        return ""
    return phrase(
        _("%(share)s of all answers are “%(label)s”. Alpha and kappa are pulled down by that, AC1 is not."),
        share=numbers.percent(share, 0),
        label=str(table.categories[top]),
    )


def said(figure: Figure, *, percent: bool = False) -> Words:
    """Return a figure with its interval in a sentence, as "0.71 (0.64 to 0.77)", in whichever language it is read."""
    found = ends(figure)
    value = numbers.figure(figure.value, as_percent=percent)
    if figure.value is None or found.low is None or found.high is None:
        return value
    low = numbers.number(found.low * 100, 1) if percent else numbers.number(found.low)
    high = numbers.figure(found.high, as_percent=percent)
    return phrase(_("%(value)s (%(low)s to %(high)s)"), value=value, low=low, high=high)


def text(key: str, label: str) -> Column:
    """Return a column of words."""
    return Column(key=key, label=phrase(label))


def count(key: str, label: str, group: Words = "") -> Column:
    """Return a column of counts."""
    return Column(key=key, label=phrase(label), kind="int", group=group)


def percentage(key: str, label: str, group: Words = "") -> Column:
    """Return a column of shares."""
    return Column(key=key, label=phrase(label), kind="percent", group=group)


def value(key: str, label: str, group: Words = "") -> Column:
    """Return a column of coefficients with their intervals."""
    return Column(key=key, label=phrase(label), kind="ci", group=group)


def named(name: str) -> Words:
    """Return a topic, language or group as it stands, or what is said where there is none."""
    return name or phrase(_("(none)"))


Rows = list[list[CellValue]]
