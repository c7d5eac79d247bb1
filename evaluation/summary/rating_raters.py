"""Of a rating: how each rater used the scales, how consistent each is, and whether place and length play a part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
from django.utils.translation import gettext_noop as _

from evaluation.results.judged import Case
from evaluation.summary import again
from evaluation.summary.frame import Work
from evaluation.summary.rated import Rated, place, rows_of
from reports import ink, numbers
from reports.blocks import CellValue
from reports.summary import Block, Column, Missing, Section, Table, Text, Words, phrase


def raters(rated: Rated) -> Iterator[Section]:
    """Yield each rater's mean and spread: who is strict, who is lenient."""
    rows: list[list[CellValue]] = []
    for one in rated.criteria:
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


def shown(rated: Rated) -> Iterator[Section]:
    """Yield whether the place on the page and the length of a response go with its score."""
    paragraphs: list[Words] = []
    table: dict[tuple[str, int], list[int]] = defaultdict(list)
    pairs_of = by_criterion(rated.work)
    for name, pairs in ((one.name, pairs_of[one.key]) for one in rated.criteria):
        paragraphs.append(length_words(name, pairs))
        for slot, _length, value in pairs:
            table[name, slot].append(value)
    if not paragraphs:
        return
    blocks: list[Block] = [Text(key="length", paragraphs=paragraphs)]
    if len({slot for _name, slot in table}) > 1:
        rows: list[list[CellValue]] = [
            [name, slot, len(values), float(np.mean(values))] for (name, slot), values in by_place(table)
        ]
        blocks.insert(0, place_table(rows))
    yield Section(key="shown", title=phrase(_("Place on the page and length")), blocks=blocks, folded=True)


def by_place(table: dict[tuple[str, int], list[int]]) -> list[tuple[tuple[str, int], list[int]]]:
    """Return scores by criterion, in the order of the criteria, and place on the page."""
    names = list(dict.fromkeys(name for name, _slot in table))
    return sorted(table.items(), key=lambda row: (names.index(row[0][0]), row[0][1]))


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


def repeats(rated: Rated) -> Iterator[Section]:
    """Yield how near each rater's second scores of the same responses are to the first."""
    work = rated.work
    first, second = scores_by(work, work.data.counted), scores_by(work, work.data.again)
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for at, value in second.items():
        if at in first:
            gap = abs(first[at] - value)
            pairs[at[0]].append((float(gap == 0), float(gap)))
    yield from again.consistency(
        pairs, _("Responses scored twice by the same rater"), _("Scores"),
        [ink.percentage("same", _("Same score")), ink.number("away", _("Mean distance"))],
    )  # fmt: skip


def scores_by(work: Work, cases: Mapping[int, Case]) -> dict[tuple[str, str, int, str], int]:
    """Return scores by rater, item, system and criterion."""
    return {
        (case.rater, place(case), work.data.members[member].system, criterion): value
        for criterion, case, member, value in rows_of(work, cases)
    }
