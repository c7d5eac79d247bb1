"""Whether the systems of a ranking differ: Friedman's test, the critical difference, every pair."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_noop as _

from evaluation.summary.ranked import Ranked, Rankings, titled
from reports import ink, numbers
from reports.summary import Axis, Block, Column, CriticalDifference, Mark, Section, Table, Text, phrase
from stats.result import Figure


def sections(found: Rankings) -> Iterator[Section]:
    """Yield whether the systems differ, with the critical difference as a picture."""
    for one in found.blocks:
        friedman, critical = one.figures["friedman"], one.figures["nemenyi"]
        parts: list[Block] = [friedman_text(one, friedman)]
        if critical.value is not None:
            parts += [critical_difference(one, critical), pair_table(one)]
        yield Section(key=f"tests-{one.key}", title=titled(_("Do the systems differ?"), one), blocks=parts)


def friedman_text(one: Ranked, found: Figure) -> Text:
    """Return Friedman's test in a sentence."""
    if found.value is None:
        words = phrase(_("Friedman's test cannot be computed: too few items with complete rankings."))
        return Text(key="friedman", paragraphs=[words], tone="note")
    words = phrase(
        _("Friedman's test over %(n)s items: chi-square %(value)s with %(df)s degrees of freedom, p %(p)s."),
        n=numbers.integer(found.n_items or 0),
        value=numbers.number(found.value),
        df=found.extra["df"],
        p=ink.p_words(found.extra["p"]),
    )
    return Text(key="friedman", paragraphs=[words])


def critical_difference(one: Ranked, critical: Figure) -> CriticalDifference:
    """Return mean ranks with the critical difference, and bars over what it cannot tell apart."""
    values = dict(one.mean_rank.values or {})
    return CriticalDifference(
        key="critical-difference",
        title=phrase(_("Which systems differ: critical difference")),
        rows=[Mark(label=one.work.name(key), value=values[key]) for key in one.ordered],
        axis=Axis(label=phrase(_("Mean rank (1 is best)")), low=1.0, high=float(max(one.table.k, 2))),
        critical=critical.value or 0.0,
        n=critical.n_items,
        n_unit=ink.ITEMS,
        notes=[
            phrase(
                _("The critical difference is %(cd)s (Nemenyi, 5 %%). A bar joins systems that differ by less."),
                cd=numbers.number(critical.value or 0.0),
            )
        ],
    )


def pair_table(one: Ranked) -> Table:
    """Return each pair of systems with its p values."""
    pairs: Any = one.figures["nemenyi"].extra["pairs"]
    signed: Any = one.figures["wilcoxon"].values or []
    holm = {frozenset(row["systems"]): row["p_holm"] for row in signed}
    rows = [
        [
            f"{one.work.name(row['systems'][0])} – {one.work.name(row['systems'][1])}",
            row["difference"],
            row["p"],
            ink.p_cell(holm.get(frozenset(row["systems"])), "no_variation"),
        ]
        for row in pairs
    ]
    return Table(
        key="pairs",
        caption=phrase(_("Every pair of systems")),
        columns=[
            Column(key="pair", label=phrase(_("Pair"))),
            Column(key="difference", label=phrase(_("Difference of mean ranks")), kind="number"),
            Column(key="nemenyi", label=phrase(_("p, Nemenyi")), kind="p"),
            Column(key="wilcoxon", label=phrase(_("p, Wilcoxon with Holm")), kind="p"),
        ],
        rows=rows,
    )
