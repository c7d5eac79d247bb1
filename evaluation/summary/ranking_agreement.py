"""How far raters agree on rankings, rater by rater, and how consistent each is with themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_noop as _

from evaluation.results import judged
from evaluation.summary import ink
from evaluation.summary.frame import Work
from evaluation.summary.ranked import Ranked, blocks, titled
from reports.summary import Block, Column, DotWhisker, HeatMap, Missing, Section, Table, phrase
from stats.agreement import krippendorff_alpha, pairwise_cohen_kappa
from stats.leave_out import leave_one_rater_out
from stats.rank_agreement import (
    exact_rank_kappa,
    kendall_w,
    mean_kendall_tau_b,
    mean_spearman,
    quadratic_kappa,
    rank_codes,
    top1,
    top_shares,
)
from stats.rank_table import RankTable
from stats.result import Figure

FloatArray = npt.NDArray[np.float64]
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
    draw: dict[str, Any] = {"bootstrap": one.work.replicates, "seed": one.work.seed}
    table = one.table
    alpha = krippendorff_alpha(rank_codes(table)[0], level="ordinal")
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


def sections(work: Work) -> Iterator[Section]:
    """Yield for each block how far raters agree."""
    for one in blocks(work):
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
        intro = phrase(_("On the items that two or more raters ranked in full."))
        yield Section(
            key=f"agreement-{one.key}", title=titled(_("Agreement between raters"), one), intro=intro, blocks=parts
        )


def key(name: str, figure: Figure) -> Block:
    """Return one coefficient to cite."""
    return ink.key_figure(
        name.replace("_", "-"),
        figure,
        label=LABELS[name],
        reading=READING[name],
        method=figure.method or "",
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


def first_shares(table: RankTable) -> dict[str, float | Missing]:
    """Return each system's share of first places."""
    shares = np.nan_to_num(top_shares(table)).sum(axis=(0, 1))
    total = float(shares.sum())
    keys = [str(system) for system in table.systems]
    return {
        key: float(share) / total if total else Missing("no_answers") for key, share in zip(keys, shares, strict=True)
    }


def within_correlation(ranks: FloatArray, other: FloatArray) -> FloatArray:
    """Return Spearman's correlation of ranks with another number within each complete ranking, where it is defined.

    Both have the shape (units, raters, systems).
    """
    from scipy.stats import rankdata

    found = []
    for left, right in zip(ranks.reshape(-1, ranks.shape[2]), other.reshape(-1, ranks.shape[2]), strict=True):
        if np.isfinite(left).all() and np.isfinite(right).all() and np.ptp(left) > 0 and np.ptp(right) > 0:
            found.append(float(np.corrcoef(rankdata(left), rankdata(right))[0, 1]))
    return np.asarray(found)


def repeats(work: Work) -> Iterator[Section]:
    """Yield how alike each rater's two rankings of the same responses are."""
    first, second = rankings_by(work, work.data.counted), rankings_by(work, work.data.again)
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for at, ranks in second.items():
        if at in first:
            systems = sorted(ranks)
            a, b = (np.asarray([one[system] for system in systems], dtype=np.float64) for one in (first[at], ranks))
            rho = within_correlation(a[None, None], b[None, None])
            pairs[at[0]].append((float((a == b).mean()), float(rho[0]) if rho.size else float("nan")))
    if not pairs:
        return
    rows = [
        [rater, len(found), float(np.mean([one[0] for one in found])), numbers_or_missing([one[1] for one in found])]
        for rater, found in sorted(pairs.items())
    ]
    table = Table(
        key="repeats",
        caption=phrase(_("Items ranked twice by the same rater")),
        columns=[
            Column(key="rater", label=phrase(_("Rater"))),
            Column(key="n", label=phrase(_("Items")), kind="int"),
            Column(key="equal", label=phrase(_("Equal ranks")), kind="percent"),
            Column(key="rho", label=phrase(_("Spearman's correlation")), kind="number"),
        ],
        rows=rows,
    )
    yield Section(key="repeats", title=phrase(_("How consistent each rater is")), blocks=[table])


def numbers_or_missing(values: list[float]) -> float | Missing:
    """Return the mean of what is defined."""
    fine = [value for value in values if np.isfinite(value)]
    return float(np.mean(fine)) if fine else Missing("no_variation")


def rankings_by(work: Work, cases: dict[int, judged.Case]) -> dict[tuple[str, str, str, str], dict[int, int]]:
    """Return rankings as system -> rank, by rater, item, part of the study and block."""
    found: dict[tuple[str, str, str, str], dict[int, int]] = defaultdict(dict)
    for submission, member, rank in judged.ranks(work.study):
        if submission in cases:
            case = cases[submission]
            found[case.rater, case.item, case.role, case.block][work.data.members[member].system] = rank
    return found
