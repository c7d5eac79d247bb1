"""A comparison of two systems: win, tie and lose by criterion."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from evaluation.summary.compared import Compared
from evaluation.summary.comparison_cells import COUNTS, p_of, split
from reports import ink
from reports.blocks import CellValue
from reports.summary import Column, Stacked, StackRow, Table, phrase
from stats.preference import unit_outcomes


def shares_picture(one: Compared, system: str) -> Stacked:
    """Return win, tie and lose by criterion as bars."""
    return Stacked(
        key="shares",
        title=phrase(_("Verdicts for %(system)s, by criterion"), system=one.work.name(system)),
        parts=[phrase(_("win")), phrase(_("tie")), phrase(_("lose"))],
        neutral=1,
        rows=[StackRow(label=name, counts=split(one, key, system)) for key, name in one.names.items()],
        n=int(one.lead["wins"].extra["n_votes"]),
        n_unit=phrase(_("verdicts")),
    )


def vote_table(one: Compared, system: str) -> Table:
    """Return single verdicts by criterion, with the share of wins among the decided ones."""
    rows: list[list[CellValue]] = []
    for key, name in one.names.items():
        win, tie, lose = split(one, key, system)
        rows.append([name, win, tie, lose, ink.share(win, win + tie + lose), ink.share(win, win + lose)])
    return Table(
        key="votes",
        caption=phrase(_("Verdicts by criterion")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            *COUNTS,
            ink.percentage("won", _("Won")),
            ink.percentage("decided", _("Won, of the decided")),
        ],
        rows=rows,
        notes=[phrase(_("Wilson intervals over verdicts; where a pair has several raters they are too narrow."))],
    )


def unit_table(one: Compared, system: str) -> Table:
    """Return pairs by their majority, with the sign test."""
    rows: list[list[CellValue]] = []
    for key, name in one.names.items():
        test, votes = one.figures[key]["sign_test"], one.votes[key]
        _low, _high, signs = unit_outcomes(votes)
        turn = 1 if str(votes.systems[0]) == system else -1
        win, lose = (int((signs == turn * side).sum()) for side in (1, -1))
        tie = int((signs == 0).sum())
        rows.append(
            [
                name, win, tie, lose, ink.share(win, win + lose), p_of(test.extra.get("p")),
                p_of(test.extra.get("p_holm_criteria")),
            ]
        )  # fmt: skip
    return Table(
        key="units",
        caption=phrase(_("Pairs by the majority of their raters, and the exact sign test")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            *COUNTS,
            ink.percentage("decided", _("Won, of the decided")),
            Column(key="p", label=phrase(_("p, sign test")), kind="p"),
            Column(key="holm", label=phrase(_("p with Holm")), kind="p"),
        ],
        rows=rows,
    )
