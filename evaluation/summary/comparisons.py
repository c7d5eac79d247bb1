"""The report of a blind A/B comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _

from evaluation.summary import again, comparison_groups, comparison_raters, frame
from evaluation.summary.compared import OVERALL, Compared, load, votes_of
from evaluation.summary.frame import Work
from evaluation.summary.report import Parts
from evaluation.summary.report import summarise as summarise_blind
from projects.models import Report
from reports import ink, numbers
from reports.blocks import CellValue
from reports.summary import (
    Axis,
    Block,
    Column,
    DotWhisker,
    HeatMap,
    Mark,
    Missing,
    Section,
    Stacked,
    StackRow,
    Summary,
    Table,
    Words,
    phrase,
)
from stats.preference import unit_outcomes, win_rate
from stats.result import Figure


def summarise(report: Report, tell: Callable[[int, int], None]) -> Summary:
    """Compute a comparison's results."""
    return summarise_blind(report, tell, PARTS)


def headline(one: Compared) -> Words:
    """Return the finding in one sentence."""
    best = one.ordered[0]
    low, high = ink.named_ends(one.lead["win_rate"], best)
    return phrase(
        _("%(system)s won %(share)s of its overall verdicts, a tie counting half; %(n)s verdicts."),
        system=one.work.name(best),
        share=ink.spoken(dict(one.lead["win_rate"].values or {})[best], low, high, percent=True),
        n=numbers.integer(int(one.lead["wins"].extra["n_votes"])),
    )


def methods(work: Work) -> Iterator[Words]:
    """Yield how the figures were computed."""
    yield phrase(
        _(
            "The sign test is exact and two-sided on each unit's majority, so that several raters of one unit count "
            "once; p values are adjusted by Holm over criteria, and over pairs of systems. A tie is neither a win nor "
            "a loss. Win rates count a tie as half a win."
        )
    )
    yield phrase(
        _(
            "Bradley-Terry strengths are maximum likelihood, a tie counting half. Agreement is computed on the three "
            "classes first, tie and second in one orientation of each pair, whatever side a rater saw it on: with more "
            "than two systems the one in which the pair was listed."
        )
    )


# --- two systems ------------------------------------------------------------------------------------


def verdicts(one: Compared) -> Iterator[Section]:
    """Yield win, tie and lose: for two systems by criterion, for more by system."""
    if one.two:
        a, b = (str(key) for key in frame.order(one.work) if str(key) in one.ordered)
        names = {"a": one.work.name(a), "b": one.work.name(b)}
        intro = phrase(_("A win is a verdict for %(a)s, a loss one for %(b)s."), **names)
        blocks: list[Block] = [shares_picture(one, a), vote_table(one, a), unit_table(one, a)]
    else:
        intro = phrase(_("Every verdict is a win for one system and a loss for the other, or a tie for both."))
        blocks = [rate_picture(one), rate_table(one), beaten(one)]
    yield Section(key="verdicts", title=phrase(_("Verdicts")), intro=intro, blocks=blocks)


def split(one: Compared, key: str, system: str) -> list[int]:
    """Return wins, ties and losses of a system on a criterion."""
    row = dict(one.figures[key]["wins"].values or {}).get(system) or {"win": 0, "tie": 0, "lose": 0}
    return [row["win"], row["tie"], row["lose"]]


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


COUNTS = [ink.count("win", _("Win")), ink.count("tie", _("Tie")), ink.count("lose", _("Lose"))]


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


def p_of(value: float | None) -> CellValue:
    """Return a p value, or why there is none."""
    return ink.p_cell(value, "no_decisions")


# --- more systems -----------------------------------------------------------------------------------


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


def main(work: Work) -> Callable[[again.Cases], again.Main]:
    """Return how the overall win rates are computed from some judgements."""

    def compute(cases: again.Cases) -> again.Main:
        one = votes_of(work, cases)
        if not one:
            return {}
        figure = win_rate(one.votes[OVERALL], bootstrap=work.replicates, seed=work.seed)
        return {(work.name(key),): ink.named_estimate(figure, key) for key in dict(figure.values or {})}

    return compute


def sensitivity(one: Compared) -> Iterator[Section]:
    """Yield the overall win rates on other choices of judgements."""
    yield from again.sections(
        one.work, main(one.work), heads=[ink.text("system", _("System"))],
        caption=_("Win rate on other choices of judgements"), percent=True,
    )  # fmt: skip


PARTS = Parts(
    load=load,
    chapters=(
        verdicts, systems, comparison_raters.agreement, comparison_groups.by_group, comparison_raters.raters,
        comparison_raters.shown, comparison_raters.repeats, sensitivity,
    ),
    headline=headline,
    methods=methods,
)  # fmt: skip
