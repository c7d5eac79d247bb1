"""Of a ranking: what each rater did, how consistent each is, and whether place on the page and length play a part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_noop as _

from evaluation.results.judged import Case
from evaluation.summary import again
from evaluation.summary.frame import Work
from evaluation.summary.ranked import Ranked, Rankings, titled
from reports import ink, numbers
from reports.blocks import CellValue
from reports.summary import Block, Column, Missing, Section, Table, Text, Words, phrase
from stats.rank_strengths import position_bias
from stats.rank_table import RankTable
from stats.result import Figure

FloatArray = npt.NDArray[np.float64]


def raters(found: Rankings) -> Iterator[Section]:
    """Yield what each rater made of the systems: their own mean ranks, and how near these are to the others'."""
    blocks = [by_rater(one) for one in found.blocks if one.table.complete.any()]
    if blocks:
        yield Section(key="raters", title=phrase(_("Rater by rater")), blocks=blocks, folded=True)


def by_rater(one: Ranked) -> Table:
    """Return each rater's mean ranks, with the correlation of their orders with the mean of the others' ranks."""
    means = rater_means(one.table)
    near = with_the_others(one.table)
    place = {str(system): at for at, system in enumerate(one.table.systems)}
    rows: list[list[CellValue]] = [
        [
            str(rater),
            int(one.table.complete[:, at].sum()),
            *(defined(means[at, place[key]]) for key in one.ordered),
            defined(near[at], "no_overlap"),
        ]
        for at, rater in enumerate(one.table.raters)
    ]
    return Table(
        key=f"raters-{one.key}",
        caption=titled(_("Mean rank each rater gave"), one),
        columns=[
            ink.text("rater", _("Rater")),
            ink.count("n", _("Rankings")),
            *(Column(key=f"s{n}", label=one.work.name(key), kind="number") for n, key in enumerate(one.ordered)),
            ink.number("rho", _("Correlation with the others")),
        ],
        rows=sorted(rows, key=lambda row: str(row[0])),
        notes=[phrase(_("Correlation with the mean of the others' ranks of the same item, averaged over items."))],
    )


def rater_means(table: RankTable) -> FloatArray:
    """Return each rater's mean rank of each system over their complete rankings, (raters, systems); NaN for none."""
    n = table.complete.sum(axis=0)
    total = np.where(table.complete[:, :, None], table.tied_ranks, 0.0).sum(axis=0)
    return np.where(n[:, None] > 0, total / np.maximum(n, 1)[:, None], np.nan)


def with_the_others(table: RankTable) -> FloatArray:
    """Return each rater's mean correlation with the mean of the others' ranks of the same item, (raters,)."""
    away = np.where(table.complete[:, :, None], table.tied_ranks - (table.k + 1) / 2, 0.0)
    others = away.sum(axis=1, keepdims=True) - away
    both = np.sqrt((away**2).sum(axis=2) * (others**2).sum(axis=2))
    rho = np.divide((away * others).sum(axis=2), both, out=np.full(both.shape, np.nan), where=both > 1e-9)
    n = np.isfinite(rho).sum(axis=0)
    return np.where(n > 0, np.nansum(rho, axis=0) / np.maximum(n, 1), np.nan)


def defined(value: float, reason: str = "no_answers") -> float | Missing:
    """Return a number as a cell, or why there is none."""
    return float(value) if np.isfinite(value) else Missing(reason)


def shown(found: Rankings) -> Iterator[Section]:
    """Yield whether the place on the page and the length of a response go with its rank."""
    for one in found.blocks:
        bias = position_bias(one.table, one.positions)
        parts: list[Block] = []
        if bias.value is not None:
            parts.append(position_table(bias))
        parts.append(Text(key="length", paragraphs=[length_words(one)]))
        yield Section(
            key=f"shown-{one.key}", title=titled(_("Place on the page and length"), one), blocks=parts, folded=True
        )


def position_table(bias: Figure) -> Table:
    """Return first places and mean rank by place on the page."""
    firsts, means = bias.extra["first_places"], bias.extra["mean_rank"]
    note = phrase(
        _("Chi-square of first places over places on the page: %(value)s, p %(p)s."),
        value=numbers.number(bias.value or 0.0),
        p=ink.p_words(bias.extra["p"]),
    )
    return Table(
        key="position",
        caption=phrase(_("Rank by place on the page")),
        columns=[
            Column(key="place", label=phrase(_("Place on the page"))),
            Column(key="firsts", label=phrase(_("First places")), kind="number", decimals=1),
            Column(key="mean", label=phrase(_("Mean rank")), kind="number"),
        ],
        rows=[[key, firsts[key], means[key]] for key in firsts],
        notes=[note],
    )


def length_words(one: Ranked) -> Words:
    """Return how length and rank go together within rankings."""
    values = within_correlation(one.table.ranks, one.lengths)
    if values.size == 0:
        return phrase(_("The correlation of length and rank cannot be computed."))
    return phrase(
        _(
            "Within rankings, Spearman's correlation of a response's length with its rank is %(value)s on average "
            "(%(n)s rankings); below 0 longer responses rank better."
        ),
        value=numbers.number(float(values.mean())),
        n=numbers.integer(int(values.size)),
    )


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


def repeats(found: Rankings) -> Iterator[Section]:
    """Yield how alike each rater's two rankings of the same responses are."""
    work = found.work
    first, second = rankings_by(work, work.data.counted), rankings_by(work, work.data.again)
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for at, ranks in second.items():
        if at in first:
            systems = sorted(ranks)
            a, b = (np.asarray([one[system] for system in systems], dtype=np.float64) for one in (first[at], ranks))
            rho = within_correlation(a[None, None], b[None, None])
            pairs[at[0]].append((float((a == b).mean()), float(rho[0]) if rho.size else float("nan")))
    yield from again.consistency(
        pairs, _("Items ranked twice by the same rater"), _("Items"),
        [ink.percentage("equal", _("Equal ranks")), ink.number("rho", _("Spearman's correlation"))],
    )  # fmt: skip


def rankings_by(work: Work, cases: dict[int, Case]) -> dict[tuple[str, str, str, str], dict[int, int]]:
    """Return rankings as system -> rank, by rater, item, part of the study and block."""
    found: dict[tuple[str, str, str, str], dict[int, int]] = defaultdict(dict)
    for submission, member, rank in work.data.ranks:
        if submission in cases:
            case = cases[submission]
            found[case.rater, case.item, case.role, case.block][work.data.members[member].system] = rank
    return found
