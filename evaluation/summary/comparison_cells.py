"""Cells that several tables of a comparison's report share."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from evaluation.summary.compared import Compared
from reports import ink
from reports.blocks import CellValue

COUNTS = [ink.count("win", _("Win")), ink.count("tie", _("Tie")), ink.count("lose", _("Lose"))]


def split(one: Compared, key: str, system: str) -> list[int]:
    """Return wins, ties and losses of a system on a criterion."""
    row = dict(one.figures[key]["wins"].values or {}).get(system) or {"win": 0, "tie": 0, "lose": 0}
    return [row["win"], row["tie"], row["lose"]]


def p_of(value: float | None) -> CellValue:
    """Return a p value, or why there is none."""
    return ink.p_cell(value, "no_decisions")
