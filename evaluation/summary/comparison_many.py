"""A comparison of more than two systems: who beat whom, and how strong each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _

from evaluation.summary import frame
from evaluation.summary.compared import OVERALL, Compared
from evaluation.summary.comparison_cells import COUNTS, p_of, split
from reports import ink
from reports.blocks import CellValue
from reports.summary import Axis, Block, Column, DotWhisker, HeatMap, Mark, Missing, Section, Table, phrase
from stats.result import Figure


def rate_picture(one: Compared) -> DotWhisker:
    """Return overall win rates as dots with intervals."""
    figure = one.lead["win_rate"]
    values = dict(figure.values or {})
    marks = [
        Mark(label=one.work.name(key), value=values[key], low=low, high=high, reason="" if values[key] else "no_value")
        for key in one.ordered
        for low, high in [ink.named_ends(figure, key)]
    ]
    return DotWhisker(
        key="rates",
        title=phrase(_("Share of overall verdicts each system won")),
        rows=marks,
        axis=Axis(label=phrase(_("Won, a tie counting half")), low=0.0, high=1.0, percent=True),
        n=int(figure.extra["n_votes"]),
        n_unit=phrase(_("verdicts")),
    )


def rate_table(one: Compared) -> Table:
    """Return systems with their verdicts, win rate and strength."""
    rows: list[list[CellValue]] = []
    for at, key in enumerate(one.ordered):
        name = frame.strong(one.work.name(key), when=at == 0)
        rate = ink.named_estimate(one.lead["win_rate"], key)
        average = ink.named_estimate(one.lead["average_win_rate"], key)
        strength = ink.named_estimate(one.lead["bradley_terry"], key)
        rows.append([name, *split(one, OVERALL, key), rate, average, strength])
    return Table(
        key="rates-table",
        caption=phrase(_("Systems by overall verdicts")),
        columns=[
            Column(key="system", label=phrase(_("System"))),
            *COUNTS,
            ink.percentage("rate", _("Win rate")),
            ink.percentage("average", _("Against each opponent, averaged")),
            Column(key="strength", label=phrase(_("Bradley-Terry log strength")), kind="ci"),
        ],
        rows=rows,
    )


def beaten(one: Compared) -> HeatMap:
    """Return how often the row's system beat the column's, a tie counting half."""
    shares: dict[tuple[str, str], tuple[float, int]] = {}
    for row in one.lead["wins"].extra["by_pair"]:
        (a, b), n = row["systems"], row["win"] + row["tie"] + row["lose"]
        won = (row["win"] + row["tie"] / 2) / n
        shares[a, b], shares[b, a] = (won, n), (1 - won, n)
    cells: list[list[float | Missing | None]] = [
        [None if a == b else shares[a, b][0] if (a, b) in shares else Missing("no_pairs") for b in one.ordered]
        for a in one.ordered
    ]
    labels = [one.work.name(key) for key in one.ordered]
    return HeatMap(
        key="beaten",
        title=phrase(_("How often one system beat another")),
        row_labels=labels,
        col_labels=labels,
        values=cells,
        counts=[[shares[a, b][1] if (a, b) in shares else None for b in one.ordered] for a in one.ordered],
        middle=0.5,
        percent=True,
        row_title=phrase(_("System")),
        col_title=phrase(_("against")),
        value_title=phrase(_("Won, a tie counting half")),
        n=int(one.lead["wins"].extra["n_votes"]),
        n_unit=phrase(_("verdicts")),
    )


def systems(one: Compared) -> Iterator[Section]:
    """Yield, where there are more than two systems, every pair with its test, and the criteria."""
    if one.two:
        return
    names = one.work.name
    rows: list[list[CellValue]] = [
        [
            f"{names(row['systems'][0])} – {names(row['systems'][1])}", row["win"], row["tie"], row["lose"],
            p_of(row["p"]), p_of(row["p_holm"]),
        ]
        for row in pair_rows(one.lead["sign_test"], one)
    ]  # fmt: skip
    table = Table(
        key="pairs",
        caption=phrase(_("Every pair of systems: pairs of texts by their majority, and the exact sign test")),
        columns=[
            Column(key="pair", label=phrase(_("Pair"))),
            *COUNTS,
            Column(key="p", label=phrase(_("p, sign test")), kind="p"),
            Column(key="holm", label=phrase(_("p with Holm")), kind="p"),
        ],
        rows=rows,
    )
    blocks: list[Block] = [table] if len(one.names) == 1 else [table, criterion_table(one)]
    yield Section(key="tests", title=phrase(_("Do the systems differ?")), blocks=blocks)


def pair_rows(test: Figure, one: Compared) -> Sequence[Mapping[str, Any]]:
    """Return the sign test of each pair, also where only one pair of several systems was compared."""
    if isinstance(test.values, Sequence):
        return test.values
    return [{**test.extra, "systems": test.extra.get("systems", one.ordered[:2])}]


def criterion_table(one: Compared) -> Table:
    """Return win rates by system and criterion."""
    rows: list[list[CellValue]] = [
        [one.work.name(key), *(ink.named_estimate(one.figures[name]["win_rate"], key) for name in one.names)]
        for key in one.ordered
    ]
    return Table(
        key="criteria",
        caption=phrase(_("Win rate by system and criterion")),
        columns=[
            Column(key="system", label=phrase(_("System"))),
            *(Column(key=f"c{at}", label=name, kind="percent") for at, name in enumerate(one.names.values())),
        ],
        rows=rows,
    )
