"""Would other raters agree as well? The leading coefficients with intervals over items, and over items and raters."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from evaluation.summary.frame import Work
from reports import ink
from reports.blocks import CellValue
from reports.summary import Block, Column, Missing, Table, Text, Words, phrase
from stats.crossed import LEAST_RATERS, crossed_bootstrap
from stats.result import Figure
from stats.table import Table as Table_

PAIRWISE = "cohen_kappa"
# With more raters the pairs are too many to leave each out.
MOST_RATERS = 30
# Numbers multiplied for one coefficient: about two seconds. Fewer replicates than the least say too little.
MOST_WORK, LEAST_REPLICATES = 30_000_000_000, 200


@dataclass(frozen=True)
class Leading:
    """A coefficient as the report cites it, and what it is computed from. `clusters` are the rows' units."""

    label: Words
    shown: Figure
    table: Table_
    statistic: str
    level: str = "nominal"
    clusters: Sequence[Hashable] | None = None


def blocks(work: Work, leading: Sequence[Leading]) -> Iterator[Block]:
    """Yield one table with both intervals, or why there is none."""
    defined = [one for one in leading if one.shown.value is not None]
    if work.replicates and defined and all(len(one.table.raters) < LEAST_RATERS for one in defined):
        words = _("Two raters are one pair, which cannot show how other raters would agree; that takes three.")
        yield Text(key="other-raters", paragraphs=[phrase(words)], tone="note")
        return
    rows = [row(work, one) for one in defined if replicates(work, one)]
    if not rows:
        return
    ends = phrase(_("Without one rater"))
    yield Table(
        key="other-raters",
        caption=phrase(_("Would other raters agree as well?")),
        columns=[
            Column(key="name", label=phrase(_("Coefficient"))),
            Column(key="items", label=phrase(_("Other items")), kind="ci", group=phrase(_("Value and interval"))),
            Column(
                key="both", label=phrase(_("Other items and raters")), kind="ci",
                group=phrase(_("Value and interval")),
            ),
            Column(key="lowest", label=phrase(_("Lowest")), kind="number", group=ends),
            Column(key="highest", label=phrase(_("Highest")), kind="number", group=ends),
        ],
        rows=rows,
        notes=[
            phrase(
                _(
                    "The first interval speaks of these raters; the second takes them as a sample of more. Items are "
                    "resampled, raters left out one by one (Obuchowski and Rockette 1995; Hillis 2007). With few "
                    "raters the second interval is wide, because few raters cannot show how raters differ."
                )
            )
        ],
    )  # fmt: skip


def replicates(work: Work, one: Leading) -> int:
    """Return how often items can be resampled in reasonable time, 0 for not often enough."""
    table = one.table
    if one.statistic == PAIRWISE and len(table.raters) > MOST_RATERS:
        return 0
    each = table.by_row.multiplicity.size * (len(table.raters) + 1) * (table.n_categories + 3)
    n = min(work.replicates, MOST_WORK // max(each, 1))
    return n if n >= min(LEAST_REPLICATES, work.replicates) else 0


def row(work: Work, one: Leading) -> list[CellValue]:
    """Return one coefficient's row."""
    found = crossed_bootstrap(
        one.table, statistic=one.statistic, level=one.level, n=replicates(work, one), seed=work.seed,
        clusters=one.clusters,
    )  # fmt: skip
    without = [value for value in found.extra.get("without_each", {}).values() if value is not None]
    ends: list[CellValue] = [min(without), max(without)] if without else [Missing("too_few_raters")] * 2
    both: CellValue = ink.estimate(found)
    if found.value is not None and found.ci is None:
        both = Missing(str(found.extra.get("ci_reason") or "not_computed"))
    return [one.label, ink.estimate(one.shown), both, *ends]
