"""The report of a blind ranking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop as _

from evaluation.summary import again, frame, ranking_agreement, ranking_pools, ranking_raters, ranking_tests
from evaluation.summary.frame import Work
from evaluation.summary.ranked import Ranked, Rankings, blocks, load, titled
from evaluation.summary.report import Parts
from evaluation.summary.report import summarise as summarise_blind
from projects.models import Report
from reports import ink, numbers
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
    Text,
    Words,
    phrase,
)
from stats.rank_agreement import top_shares
from stats.rank_table import RankTable
from stats.result import Figure


def summarise(report: Report, tell: Callable[[int, int], None]) -> Summary:
    """Compute a ranking's results."""
    return summarise_blind(report, tell, PARTS)


def headline(found: Rankings) -> Words:
    """Return the finding in one sentence, with its interval."""
    first = found.blocks[0]
    figure, best = first.mean_rank, first.ordered[0]
    if not figure.values:
        return phrase(_("No complete ranking was made, so nothing can be said about the systems."))
    low, high = ink.named_ends(figure, best)
    return phrase(
        _("%(system)s has the best mean rank, %(value)s, over %(n)s items; 1 is best, %(k)s worst."),
        system=found.work.name(best),
        value=ink.spoken(dict(figure.values or {})[best], low, high),
        n=numbers.integer(figure.n_items or 0),
        k=first.table.k,
    )


def methods(work: Work) -> Iterator[Words]:
    """Yield how the figures were computed."""
    yield phrase(
        _(
            "Mean ranks were averaged over raters within items first, then over items. Plackett-Luce strengths are "
            "maximum likelihood. Friedman's test takes items as blocks; Nemenyi's critical difference follows it."
        )
    )
    yield phrase(
        _(
            "Exact-rank kappa treats each rank as a class of its own (mean of the pairs of raters); quadratic kappa "
            "and Kendall's W count near misses as near."
        )
    )


def systems(found: Rankings) -> Iterator[Section]:
    """Yield for each block how its systems rank."""
    for one in found.blocks:
        figures = one.figures
        parts: list[Block] = [mean_ranks(one), rank_table(one), histogram(one), wins(one)]
        intro = phrase(
            _("Mean rank of each system; 1 is best. Within a block the mean ranks sum to %(sum)s."),
            sum=numbers.number(one.table.k * (one.table.k + 1) / 2, 0),
        )
        if not figures["mean_rank"].values:
            parts = [Text(key="none", paragraphs=[phrase(_("No complete ranking was made."))])]
        yield Section(
            key=f"systems-{one.key}", title=titled(_("The order of the systems"), one), intro=intro, blocks=parts
        )


def marks_of(one: Ranked, figure: Figure) -> list[Mark]:
    """Return a figure by system as marks, the best first."""
    values = dict(figure.values or {})
    return [
        Mark(label=one.work.name(key), value=values[key], low=low, high=high)
        for key in one.ordered
        if key in values
        for low, high in [ink.named_ends(figure, key)]
    ]


def mean_ranks(one: Ranked) -> DotWhisker:
    """Return mean ranks with their intervals."""
    figure = one.figures["mean_rank"]
    return DotWhisker(
        key="mean-rank",
        title=phrase(_("Mean rank of each system")),
        rows=marks_of(one, figure),
        axis=Axis(label=phrase(_("Mean rank (1 is best)")), low=1.0, high=float(max(one.table.k, 2))),
        n=figure.n_items,
        n_unit=ink.ITEMS,
    )


def rank_table(one: Ranked) -> Table:
    """Return systems with mean rank, first places and strength."""
    figures = one.figures
    firsts = first_shares(one.table)
    rows = [
        [
            frame.strong(one.work.name(key), when=at == 0),
            ink.named_estimate(figures["mean_rank"], key),
            firsts[key],
            ink.named_estimate(figures["plackett_luce"], key),
        ]
        for at, key in enumerate(one.ordered)
    ]
    return Table(
        key="ranks",
        caption=phrase(_("Systems by mean rank")),
        columns=[
            Column(key="system", label=phrase(_("System"))),
            Column(key="mean", label=phrase(_("Mean rank")), kind="ci"),
            Column(key="first", label=phrase(_("First places")), kind="percent"),
            Column(key="strength", label=phrase(_("Plackett-Luce log strength")), kind="ci"),
        ],
        rows=rows,
    )


def first_shares(table: RankTable) -> dict[str, float | Missing]:
    """Return each system's share of first places."""
    shares = np.nan_to_num(top_shares(table)).sum(axis=(0, 1))
    total = float(shares.sum())
    keys = [str(system) for system in table.systems]
    return {
        key: float(share) / total if total else Missing("no_answers") for key, share in zip(keys, shares, strict=True)
    }


def histogram(one: Ranked) -> Stacked:
    """Return how often each system took each rank."""
    values: dict[str, dict[str, int]] = dict(one.figures["histogram"].values or {})
    levels = sorted({level for row in values.values() for level in row}, key=float)
    return Stacked(
        key="histogram",
        title=phrase(_("How often each system took each rank")),
        parts=levels,
        rows=[
            StackRow(label=one.work.name(key), counts=[values[key].get(level, 0) for level in levels])
            for key in one.ordered
            if key in values
        ],
        n=int(one.table.complete.sum()),
        n_unit=phrase(_("rankings")),
    )


def wins(one: Ranked) -> HeatMap:
    """Return how often the row's system stood above the column's."""
    figure = one.figures["wins"]
    keys = [str(system) for system in one.table.systems]
    place = {key: n for n, key in enumerate(keys)}
    shares: Any = figure.values or []
    cells: list[list[float | Missing | None]] = [
        [None if a == b or not shares else cell(shares[place[a]][place[b]]) for b in one.ordered] for a in one.ordered
    ]
    labels = [one.work.name(key) for key in one.ordered]
    return HeatMap(
        key="wins",
        title=phrase(_("How often one system stood above another")),
        row_labels=labels,
        col_labels=labels,
        values=cells,
        middle=0.5,
        percent=True,
        row_title=phrase(_("System")),
        col_title=phrase(_("stood above")),
        value_title=phrase(_("Share of rankings")),
        n=int(one.table.complete.sum()),
        n_unit=phrase(_("rankings")),
    )


def cell(value: float) -> float | Missing:
    """Return a share, or why there is none."""
    return Missing("no_pairs") if value is None or np.isnan(value) else float(value)


def main(work: Work) -> Callable[[again.Cases], again.Main]:
    """Return how the mean ranks are computed from some judgements."""

    def compute(cases: again.Cases) -> again.Main:
        return {
            (named(one, key),): ink.named_estimate(one.mean_rank, key)
            for one in blocks(work, cases)
            for key in one.ordered
        }

    return compute


def named(one: Ranked, key: str) -> Words:
    """Return a system's name, with its block where there are blocks."""
    name = one.work.name(key)
    return phrase(_("%(title)s: %(block)s"), title=one.name, block=name) if one.name else name


def sensitivity(found: Rankings) -> Iterator[Section]:
    """Yield the mean ranks on other choices of judgements."""
    yield from again.sections(
        found.work, main(found.work), heads=[ink.text("system", _("System"))],
        caption=_("Mean rank on other choices of judgements"),
    )  # fmt: skip


PARTS = Parts(
    load=load,
    chapters=(
        systems, ranking_agreement.sections, ranking_tests.sections, ranking_pools.sections, ranking_agreement.by_group,
        ranking_agreement.by_guideline, ranking_raters.raters, ranking_raters.shown, ranking_raters.repeats,
        sensitivity,
    ),
    headline=headline,
    methods=methods,
)  # fmt: skip
