"""How far raters agree on rankings, all of them and within each group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_noop as _

from evaluation.summary import groups, others, versions
from evaluation.summary.frame import Work
from evaluation.summary.ranked import Ranked, Rankings, titled
from evaluation.summary.ranked import blocks as blocks_of
from reports import ink
from reports.summary import Axis, Block, Column, DotWhisker, HeatMap, Missing, Section, Table, phrase
from stats.agreement import alpha_kernel, krippendorff_alpha, pairwise_cohen_kappa
from stats.bootstrap import replicates, sampling
from stats.groups import Found, Gaps, group_alphas, group_ratios
from stats.leave_out import leave_one_rater_out
from stats.rank_agreement import (
    exact_rank_kappa,
    kendall_w,
    mean_kendall_tau_b,
    mean_spearman,
    quadratic_kappa,
    rank_codes,
    top1,
)
from stats.rank_tests import unit_ranks
from stats.resample import with_interval
from stats.result import Figure
from stats.table import Table as Table_

LABELS = {
    "exact_rank_kappa": _("Exact-rank kappa"),
    "quadratic_kappa": _("Quadratic kappa on ranks"),
    "kendall_w": _("Kendall's W"),
    "mean_spearman": _("Spearman's correlation between raters"),
    "mean_kendall_tau_b": _("Kendall's tau-b between raters"),
    "alpha": _("Krippendorff's alpha on ranks (ordinal)"),
    "top1": _("Same first place"),
}
READING = {
    "exact_rank_kappa": (
        _("Each rank is a class of its own: a response ranked 2 by one rater and 3 by another is a plain miss."),
        _("It is reported because the field reports it; quadratic kappa and W say how near the misses are."),
    ),
    "quadratic_kappa": (
        _("Kappa in which a near miss counts nearly full."),
        _("With complete rankings it equals the mean Spearman correlation of the pair over items."),
    ),
    "kendall_w": (
        _("W is 1 where all raters give one order, and near 0 where their orders have nothing in common."),
        _("It is computed for each item and averaged."),
    ),
    "mean_spearman": (_("Correlation of two raters' ranks, averaged over pairs and items."), _("1 is one order.")),
    "mean_kendall_tau_b": (
        _("Share of pairs of responses that two raters order alike, minus the share they order differently."),
        _("It is averaged over pairs of raters and items."),
    ),
    "alpha": (
        _("Alpha with ordinal distances, so near misses weigh less; it copes with gaps."),
        _("It is 0 where raters agree as often as chance would have it."),
    ),
    "top1": (
        _("How often two raters put the same response first."),
        _("Chance alone gives one in the number of responses."),
    ),
}


def figures(one: Ranked) -> dict[str, Figure]:
    """Return the agreement figures of one block's rankings."""
    draw, table = one.work.draw, one.table
    alpha = alpha_of(one)
    return {
        "exact_rank_kappa": exact_rank_kappa(table, **draw),
        "quadratic_kappa": quadratic_kappa(table, **draw),
        "kendall_w": kendall_w(table, **draw),
        "mean_spearman": mean_spearman(table, **draw),
        "mean_kendall_tau_b": mean_kendall_tau_b(table, **draw),
        # Its items are pairs of unit and system; a reader counts units.
        "alpha": replace(alpha, n_items=int((table.complete.sum(axis=1) >= 2).sum())),
        "top1": top1(table, **draw),
    }


def sections(rankings: Rankings) -> Iterator[Section]:
    """Yield for each block how far raters agree."""
    for one in rankings.blocks:
        found = figures(one)
        parts: list[Block] = [key(name, figure) for name, figure in found.items()]
        parts.append(
            DotWhisker(
                key="coefficients",
                title=phrase(_("How far raters agree, by coefficient")),
                rows=[ink.mark(phrase(LABELS[name]), figure) for name, figure in found.items() if name != "top1"],
                axis=ink.beyond_chance(),
                n=found["kendall_w"].n_items,
                n_unit=ink.ITEMS,
            )
        )
        parts += by_rater(one)
        parts += other_raters(one, found)
        intro = phrase(_("On the items that two or more raters ranked in full."))
        yield Section(
            key=f"agreement-{one.key}", title=titled(_("Agreement between raters"), one), intro=intro, blocks=parts
        )


def other_raters(one: Ranked, found: Mapping[str, Figure]) -> Iterator[Block]:
    """Yield what other raters would do to the coefficients that are computed from places; whole rankings are drawn."""
    codes, clusters = rank_codes(one.table)[0], owners(one).tolist()
    leading = [
        others.Leading(phrase(LABELS[name]), found[name], codes, statistic, level, clusters)
        for name, statistic, level in (
            ("exact_rank_kappa", "cohen_kappa", "nominal"),
            ("alpha", "krippendorff_alpha", "ordinal"),
        )
    ]
    return others.blocks(one.work, leading)


def key(name: str, figure: Figure) -> Block:
    """Return one coefficient to cite."""
    return ink.cited(
        name.replace("_", "-"),
        figure,
        label=LABELS[name],
        reading=READING[name],
        role="primary" if name == "exact_rank_kappa" else "robust" if name == "kendall_w" else "other",
        scale=name in ("exact_rank_kappa", "quadratic_kappa"),
        percent=name == "top1",
    )


def by_rater(one: Ranked) -> Iterator[Block]:
    """Yield who agrees with whom, and how much one rater decides."""
    raters = [str(rater) for rater in one.table.raters]
    if not 2 <= len(raters) <= 30 or not one.table.complete.any():
        return
    found = pairwise_cohen_kappa(rank_codes(one.table)[0])
    cells: list[list[float | Missing | None]] = [[None] * len(raters) for _rater in raters]
    for pair in found.extra["pairs"]:
        # The table of ranks knows raters by their column.
        a, b = (int(column) for column in pair["raters"])
        cells[a][b] = cells[b][a] = pair["value"] if pair["value"] is not None else Missing(str(pair["reason"]))
    yield HeatMap(
        key="pairs",
        title=phrase(_("Which raters agree with whom (exact-rank kappa)")),
        row_labels=raters,
        col_labels=raters,
        values=cells,
        low=-1.0,
        row_title=phrase(_("Rater")),
        col_title=phrase(_("Rater")),
        value_title=phrase(_("Exact-rank kappa")),
    )
    yield from leave_out(one)


def leave_out(one: Ranked) -> Iterator[Block]:
    """Yield the agreement without each rater in turn."""
    kappas = leave_one_rater_out(one.table, exact_rank_kappa)
    ws = leave_one_rater_out(one.table, kendall_w)
    if not isinstance(kappas.values, Mapping):
        return
    others: Mapping[str, Any] = ws.values if isinstance(ws.values, Mapping) else {}
    yield Table(
        key="leave-out",
        caption=phrase(_("Agreement without each rater")),
        columns=[
            Column(key="rater", label=phrase(_("Without"))),
            Column(key="kappa", label=phrase(_("Exact-rank kappa")), kind="number"),
            Column(key="w", label=phrase(_("Kendall's W")), kind="number"),
        ],
        rows=[
            [
                rater,
                *(value if value is not None else Missing("no_overlap") for value in (kappa, others.get(rater))),
            ]
            for rater, kappa in kappas.values.items()
        ],
    )


def owners(one: Ranked) -> npt.NDArray[np.int64]:
    """Return the unit of each row of the table of ranks: whole rankings are resampled, never single places."""
    return np.repeat(np.arange(len(one.table.units)), one.table.k)


def with_clusters(table: Table_, figure: Figure, clusters: npt.NDArray[np.int64], work: Work) -> Figure:
    """Return alpha with its interval over units."""
    if figure.value is None or not work.replicates:
        return figure
    kernel = alpha_kernel(table.pattern_counts, table, "ordinal")
    drawn = replicates([kernel], sampling(table.by_count, clusters), n=work.replicates, seed=work.seed)[:, 0]
    return with_interval(figure, drawn, seed=work.seed)


def by_group(rankings: Rankings) -> Iterator[Section]:
    """Yield mean ranks and agreement within each group of raters, with the differences."""
    work = rankings.work
    if not groups.names(work):
        return
    blocks: list[Block] = []
    for one in rankings.blocks:
        rows = groups.systems(work, one.ordered, in_order(one, mean_ranks(one)))
        title = titled(_("Mean rank by group of raters"), one)
        axis = Axis(label=phrase(_("Mean rank (1 is best)")), low=1.0, high=float(max(one.table.k, 2)))
        blocks += [
            groups.picture(f"plot-{one.key}", title, rows, axis),
            groups.table(f"table-{one.key}", title, _("System"), rows),
        ]
    alphas = [(titled(LABELS["alpha"], one), *alpha_by_group(one)) for one in rankings.blocks]
    caption = phrase(_("Agreement within each group"))
    blocks.append(groups.table("agreement", caption, _("Coefficient"), alphas))
    yield from groups.section(work, blocks)


def mean_ranks(one: Ranked) -> list[tuple[Found, Gaps]]:
    """Return each system's mean rank by group of raters, in the order of the table's systems."""
    parts = {
        name: groups.means_of(unit_ranks(one.table.keep_raters(keep)))
        for name, keep in groups.columns_of(one.work, one.table.raters).items()
    }
    return group_ratios(parts, method="mean over raters, then over units", **one.work.draw)


def in_order(one: Ranked, found: list[tuple[Found, Gaps]]) -> list[tuple[Found, Gaps]]:
    """Return columns of the table's systems in the order of the report."""
    place = {str(system): at for at, system in enumerate(one.table.systems)}
    return [found[place[key]] for key in one.ordered]


def alpha_by_group(one: Ranked) -> tuple[Found, Gaps]:
    """Return ordinal alpha on ranks within each group of raters."""
    codes, _levels = rank_codes(one.table)
    own = groups.labels(one.work, one.table.raters)
    return group_alphas(codes, own, level="ordinal", clusters=owners(one), **one.work.draw)


def alpha_of(one: Ranked) -> Figure:
    """Return ordinal alpha on ranks; an item is resampled with all its responses."""
    codes, _levels = rank_codes(one.table)
    return with_clusters(codes, krippendorff_alpha(codes, level="ordinal"), owners(one), one.work)


def by_guideline(rankings: Rankings) -> Iterator[Section]:
    """Yield alpha on ranks under each version of the guideline."""
    work = rankings.work

    def alphas(cases: versions.Cases) -> versions.Alphas:
        return {one.name: (titled(LABELS["alpha"], one), alpha_of(one)) for one in blocks_of(work, cases)}

    yield from versions.section(work, alphas, phrase(LABELS["alpha"]), _("Coefficient"))
