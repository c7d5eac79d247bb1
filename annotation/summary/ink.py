"""Figures of a label review as blocks of a report; what every report has in common is in `reports.ink`."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_noop as _

from annotation.summary.words import LABELS, METHODS, READING
from reports import ink, numbers
from reports.blocks import CellValue, Role
from reports.ink import (
    ITEMS,
    beyond_chance,
    count,
    estimate,
    few,
    made_by,
    mark,
    on_both_sides,
    percentage,
    said,
    text,
    value,
    why,
)
from reports.summary import Axis, KeyFigure, Words, phrase
from stats.result import Figure
from stats.table import Table

__all__ = [
    "ITEMS",
    "beyond_chance",
    "count",
    "estimate",
    "made_by",
    "mark",
    "percentage",
    "said",
    "text",
    "value",
    "why",
]
# A category this common, with coefficients this far apart, is what the kappa paradox looks like.
COMMON, FAR_APART = 0.8, 0.15


def shares(label: Words) -> Axis:
    """Return the axis of shares."""
    return Axis(label=label, low=0.0, high=1.0, percent=True, decimals=2)


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
    """Return a figure people may cite, under the name and with the reading that figures of its kind have."""
    return ink.key_figure(
        key or name, figure, label=label or phrase(LABELS[name]), reading=READING[name],
        method=made_by(method, figure), role=role, scale=scale, percent=percent, n_unit=n_unit, warnings=warnings,
    )  # fmt: skip


def coefficient(name: str, figure: Figure, table: Table, *, role: Role = "other", prevalence: Words = "") -> KeyFigure:
    """Return a coefficient of a table of answers, with the warnings that apply."""
    percent = name in ("percent_agreement", "consensus_rate")
    warnings = [*([prevalence] if prevalence else []), *cautions(figure, thresholds=not percent)]
    # A parameter too many does no harm: only some methods depend on the declared categories.
    method = phrase(METHODS[name], categories=table.n_categories)
    return key_figure(name, figure, method=method, role=role, scale=not percent, percent=percent, warnings=warnings)


def cautions(figure: Figure, *, thresholds: bool) -> list[Words]:
    """Return what a reader must know before citing a figure."""
    return [*few(figure), *(on_both_sides(figure) if thresholds else [])]


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


def named(name: str) -> Words:
    """Return a topic, language or group as it stands, or what is said where there is none."""
    return name or phrase(_("(none)"))


Rows = list[list[CellValue]]
