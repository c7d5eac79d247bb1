"""Of a rating: how far raters agree, how each of them scored, and whether place and length go with the score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop as _

from evaluation.results.judged import Case
from evaluation.summary import ink
from evaluation.summary.frame import Work
from evaluation.summary.rated import Criterion, place, rows_of
from reports import numbers
from reports.blocks import CellValue
from reports.summary import Block, Column, Missing, Section, Table, Text, Words, phrase
from stats.ratings import alpha, icc_figure
from stats.result import Figure

FORMS = ("ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")


def sections(work: Work, found: list[Criterion]) -> Iterator[Section]:
    """Yield ICC and alpha: the first criterion to cite, all of them in tables."""
    if not found:
        return
    figures = {one.key: of_criterion(work, one) for one in found}
    lead = figures[found[0].key]
    blocks: list[Block] = [
        ink.key_figure(
            "icc",
            lead["icc"],
            label=_("ICC(A,1), one rater's score"),
            reading=(
                _("The share of the scores' spread that lies between responses and not between raters."),
                _("It uses the responses that every rater scored; strict and lenient raters lower it."),
            ),
            method=lead["icc"].method,
            role="primary",
        ),
        ink.key_figure(
            "alpha",
            lead["ordinal"],
            label=_("Krippendorff's alpha (ordinal)"),
            reading=(
                _("1 is perfect agreement, 0 what chance would give; near misses weigh less."),
                _("It copes with raters who scored different responses."),
            ),
            method=lead["ordinal"].method,
            role="robust",
            scale=True,
        ),
        alpha_table(found, figures),
        icc_table(found, figures),
    ]
    intro = phrase(_("On the first criterion, “%(name)s”; every criterion stands in the tables."), name=found[0].name)
    yield Section(key="agreement", title=phrase(_("Agreement between raters")), intro=intro, blocks=blocks)


def of_criterion(work: Work, one: Criterion) -> dict[str, Figure]:
    """Return a criterion's agreement figures over all systems' responses."""
    draw: dict[str, Any] = {"bootstrap": work.replicates, "seed": work.seed}
    pooled = one.pooled
    forms: dict[str, Figure] = icc_figure(pooled.scores).extra["forms"]
    return {
        "icc": forms["ICC(A,1)"],
        "ordinal": alpha(pooled, level="ordinal", **draw),
        "interval": alpha(pooled, level="interval", **draw),
        **{name: forms[name] for name in FORMS if name in forms},
    }


def alpha_table(found: list[Criterion], figures: dict[str, dict[str, Figure]]) -> Table:
    """Return alpha by criterion."""
    rows: list[list[CellValue]] = [
        [
            one.name, ink.estimate(figures[one.key]["ordinal"]), ink.estimate(figures[one.key]["interval"]),
            figures[one.key]["ordinal"].n_items,
        ]
        for one in found
    ]  # fmt: skip
    return Table(
        key="alphas",
        caption=phrase(_("Krippendorff's alpha by criterion")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            Column(key="ordinal", label=phrase(_("Ordinal")), kind="ci"),
            Column(key="interval", label=phrase(_("Interval")), kind="ci"),
            Column(key="n", label=phrase(_("Responses")), kind="int"),
        ],
        rows=rows,
    )


def icc_table(found: list[Criterion], figures: dict[str, dict[str, Figure]]) -> Table:
    """Return every form of the intraclass correlation by criterion."""
    rows: list[list[CellValue]] = [
        [
            one.name,
            *(ink.estimate(figures[one.key][name]) for name in FORMS if name in figures[one.key]),
            figures[one.key]["icc"].n_items,
        ]
        for one in found
    ]
    names = [name for name in FORMS if name in figures[found[0].key]]
    return Table(
        key="iccs",
        caption=phrase(_("Intraclass correlations by criterion")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            *(Column(key=f"f{at}", label=name, kind="ci") for at, name in enumerate(names)),
            Column(key="n", label=phrase(_("Responses all rated")), kind="int"),
        ],
        rows=rows,
    )


def raters(work: Work, found: list[Criterion]) -> Iterator[Section]:
    """Yield each rater's mean and spread: who is strict, who is lenient."""
    rows: list[list[CellValue]] = []
    for one in found:
        flat = np.concatenate(list(one.scores.values()))
        for at, rater in enumerate(one.raters):
            mine = flat[np.isfinite(flat[:, at]), at]
            spread: CellValue = float(mine.std(ddof=1)) if mine.size > 1 else Missing("too_few_values")
            rows.append([one.name, rater, int(mine.size), float(mine.mean()), spread])
    if not rows:
        return
    table = Table(
        key="raters",
        caption=phrase(_("Scores by criterion and rater")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            Column(key="rater", label=phrase(_("Rater"))),
            Column(key="n", label=phrase(_("Scores")), kind="int"),
            Column(key="mean", label=phrase(_("Mean")), kind="number"),
            Column(key="sd", label=phrase(_("SD")), kind="number"),
        ],
        rows=rows,
    )
    yield Section(key="raters", title=phrase(_("Rater by rater")), blocks=[table], folded=True)


def shown(work: Work, found: list[Criterion]) -> Iterator[Section]:
    """Yield whether the place on the page and the length of a response go with its score."""
    paragraphs: list[Words] = []
    table: dict[tuple[str, int], list[int]] = defaultdict(list)
    for criterion, pairs in by_criterion(work).items():
        name = next((one.name for one in found if one.key == criterion), criterion)
        paragraphs.append(length_words(name, pairs))
        for slot, _length, value in pairs:
            table[name, slot].append(value)
    if not paragraphs:
        return
    blocks: list[Block] = [Text(key="length", paragraphs=paragraphs)]
    if len({slot for _name, slot in table}) > 1:
        rows: list[list[CellValue]] = [
            [name, slot, len(values), float(np.mean(values))] for (name, slot), values in sorted(table.items())
        ]
        blocks.insert(0, place_table(rows))
    yield Section(key="shown", title=phrase(_("Place on the page and length")), blocks=blocks, folded=True)


def place_table(rows: list[list[CellValue]]) -> Table:
    """Return mean scores by place on the page."""
    return Table(
        key="places",
        caption=phrase(_("Mean score by place on the page")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            Column(key="place", label=phrase(_("Place on the page")), kind="int"),
            Column(key="n", label=phrase(_("Scores")), kind="int"),
            Column(key="mean", label=phrase(_("Mean")), kind="number"),
        ],
        rows=rows,
    )


def by_criterion(work: Work) -> dict[str, list[tuple[int, int, int]]]:
    """Return (place, length, score) of every counted score, by criterion."""
    found: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for criterion, case, member, value in rows_of(work, work.data.counted):
        slot = work.data.slots.get((case.assignment, member), 1)
        found[criterion].append((slot, work.data.members[member].length, value))
    return found


def length_words(name: str, pairs: list[tuple[int, int, int]]) -> Words:
    """Return how length and score go together."""
    lengths, values = (np.asarray([pair[at] for pair in pairs], dtype=np.float64) for at in (1, 2))
    if len(pairs) < 3 or np.ptp(lengths) == 0 or np.ptp(values) == 0:
        return phrase(_("%(name)s: the correlation of length and score cannot be computed."), name=name)
    from scipy.stats import rankdata

    rho = float(np.corrcoef(rankdata(lengths), rankdata(values))[0, 1])
    return phrase(
        _("%(name)s: Spearman's correlation of a response's length with its score is %(value)s (%(n)s scores)."),
        name=name,
        value=numbers.number(rho),
        n=numbers.integer(len(pairs)),
    )


def repeats(work: Work, found: list[Criterion]) -> Iterator[Section]:
    """Yield how near each rater's second scores of the same responses are to the first."""
    first, second = scores_by(work, work.data.counted), scores_by(work, work.data.again)
    pairs: dict[str, list[int]] = defaultdict(list)
    for at, value in second.items():
        if at in first:
            pairs[at[0]].append(abs(first[at] - value))
    if not pairs:
        return
    table = Table(
        key="repeats",
        caption=phrase(_("Responses scored twice by the same rater")),
        columns=[
            Column(key="rater", label=phrase(_("Rater"))),
            Column(key="n", label=phrase(_("Scores")), kind="int"),
            Column(key="same", label=phrase(_("Same score")), kind="percent"),
            Column(key="away", label=phrase(_("Mean distance")), kind="number"),
        ],
        rows=[
            [rater, len(gaps), float(np.mean([gap == 0 for gap in gaps])), float(np.mean(gaps))]
            for rater, gaps in sorted(pairs.items())
        ],
    )
    yield Section(key="repeats", title=phrase(_("How consistent each rater is")), blocks=[table])


def scores_by(work: Work, cases: dict[int, Case]) -> dict[tuple[str, str, int, str], int]:
    """Return scores by rater, item, system and criterion."""
    return {
        (case.rater, place(case), work.data.members[member].system, criterion): value
        for criterion, case, member, value in rows_of(work, cases)
    }
