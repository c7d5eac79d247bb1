"""Of a comparison: how far raters agree, what each of them did, and whether side and length go with the verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_noop as _

from evaluation.results.judged import Case
from evaluation.summary import again, others
from evaluation.summary.compared import OVERALL, Compared, rows_of
from reports import ink, numbers
from reports.blocks import CellValue
from reports.summary import Block, Column, HeatMap, Missing, Section, Table, Text, phrase
from stats.agreement import pairwise_cohen_kappa
from stats.intervals import wilson
from stats.pairs import Votes

MOST_RATERS = 30
LABELS = {
    "krippendorff_alpha": _("Krippendorff's alpha (nominal)"),
    "percent_agreement": _("Agreement in per cent"),
    "cohen_kappa": _("Cohen's kappa, mean of the pairs of raters"),
}
READING = {
    "krippendorff_alpha": (
        _("1 is perfect agreement, 0 what chance would give; it copes with raters who judged different pairs."),
        _("Which of two good texts is better is a hard question: values well below 0.6 are usual."),
    ),
    "percent_agreement": (
        _("How often two raters of a pair gave the same verdict."),
        _("Chance alone gives a third or more, so read it beside alpha."),
    ),
    "cohen_kappa": (
        _("Agreement of two raters beyond what their own habits would give, averaged over the pairs."),
        _("It uses only pairs that both raters judged."),
    ),
}


def agreement(one: Compared) -> Iterator[Section]:
    """Yield how far raters agree: overall to cite, and each criterion in a table."""
    blocks: list[Block] = [
        ink.cited(
            name.replace("_", "-"),
            one.lead[name],
            label=label,
            reading=READING[name],
            role="primary" if name == "krippendorff_alpha" else "robust" if name == "percent_agreement" else "other",
            scale=name != "percent_agreement",
            percent=name == "percent_agreement",
        )
        for name, label in LABELS.items()
    ]
    rows: list[list[CellValue]] = [
        [name, *(ink.estimate(one.figures[key][which]) for which in LABELS)] for key, name in one.names.items()
    ]
    blocks.append(
        Table(
            key="by-criterion",
            caption=phrase(_("Agreement by criterion")),
            columns=[
                Column(key="criterion", label=phrase(_("Criterion"))),
                *(
                    Column(key=f"c{at}", label=phrase(label), kind="percent" if which == "percent_agreement" else "ci")
                    for at, (which, label) in enumerate(LABELS.items())
                ),
            ],
            rows=rows,
        )
    )
    blocks += matrix(one)
    table = one.tables[OVERALL]
    leading = [others.Leading(phrase(label), one.lead[name], table, name) for name, label in LABELS.items()]
    blocks += others.blocks(one.work, leading)
    intro = phrase(_("On the overall verdict; first, tie and second are three classes."))
    yield Section(key="agreement", title=phrase(_("Agreement between raters")), intro=intro, blocks=blocks)


def matrix(one: Compared) -> Iterator[Block]:
    """Yield which raters agree with whom."""
    votes = one.votes[OVERALL]
    raters = [str(rater) for rater in votes.raters]
    if not 2 <= len(raters) <= MOST_RATERS:
        return
    found = pairwise_cohen_kappa(one.tables[OVERALL])
    cells: list[list[float | Missing | None]] = [[None] * len(raters) for _rater in raters]
    for pair in found.extra.get("pairs", []):
        # The table of verdicts knows raters by their column.
        a, b = (int(column) for column in pair["raters"])
        cells[a][b] = cells[b][a] = pair["value"] if pair["value"] is not None else Missing(str(pair["reason"]))
    yield HeatMap(
        key="pairs",
        title=phrase(_("Which raters agree with whom (Cohen's kappa)")),
        row_labels=raters,
        col_labels=raters,
        values=cells,
        low=-1.0,
        row_title=phrase(_("Rater")),
        col_title=phrase(_("Rater")),
        value_title=phrase(_("Cohen's kappa")),
    )


def raters(one: Compared) -> Iterator[Section]:
    """Yield what each rater did on the overall verdict."""
    votes, table = one.votes[OVERALL], one.tables[OVERALL]
    a, b = (votes.systems[0], votes.systems[1]) if one.two else (None, None)
    rows: list[list[CellValue]] = []
    for at, rater in enumerate(votes.raters):
        mine = votes.rater == at
        outcome = votes.outcome[mine]
        same, shared = with_the_others(table.codes, at)
        rows.append(
            [
                str(rater), int(outcome.size), *(won(votes, mine) if one.two else ()), int((outcome == 0).sum()),
                int((outcome == 1).sum()), int((outcome == -1).sum()),
                same / shared if shared else Missing("no_overlap"), shared,
            ]
        )  # fmt: skip
    by_system = [
        Column(key=f"s{n}", label=phrase(_("For %(system)s"), system=one.work.name(str(key))), kind="int")
        for n, key in enumerate((a, b) if one.two else ())
    ]
    found = Table(
        key="raters",
        caption=phrase(_("Overall verdicts of each rater")),
        columns=[
            ink.text("rater", _("Rater")),
            ink.count("n", _("Verdicts")),
            *by_system,
            ink.count("tie", _("Tie")),
            ink.count("first", _("Left")),
            ink.count("second", _("Right")),
            ink.percentage("same", _("Same as the others' majority")),
            ink.count("shared", _("of pairs")),
        ],
        rows=sorted(rows, key=lambda row: str(row[0])),
    )
    yield Section(key="raters", title=phrase(_("Rater by rater")), blocks=[found], folded=True)


def won(votes: Votes, mine: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """Return how many of these votes each of two systems won."""
    winner = np.where(votes.outcome > 0, votes.first, votes.second)
    decided = mine & (votes.outcome != 0)
    return int((decided & (winner == 0)).sum()), int((decided & (winner == 1)).sum())


def with_the_others(codes: npt.NDArray[np.int64], at: int) -> tuple[int, int]:
    """Return how often a rater gave the verdict that most of the others gave, and of how many pairs with one."""
    mine = codes[:, at]
    others = np.delete(codes, at, axis=1)
    counts = np.stack([(others == value).sum(axis=1) for value in range(3)], axis=1)
    most = counts.max(axis=1)
    clear = (mine >= 0) & (most > 0) & ((counts == most[:, None]).sum(axis=1) == 1)
    return int((counts.argmax(axis=1)[clear] == mine[clear]).sum()), int(clear.sum())


def shown(one: Compared) -> Iterator[Section]:
    """Yield whether the side on the page and the length of a text go with the verdict."""
    rows: list[list[CellValue]] = []
    for key, name in one.names.items():
        bias = one.figures[key]["side_bias"]
        rows.append([name, ink.estimate(bias), bias.extra.get("n_decided", 0), ink.p_cell(bias.extra.get("p"))])
    table = Table(
        key="sides",
        caption=phrase(_("How often the text on the left won, of the decided verdicts")),
        columns=[
            Column(key="criterion", label=phrase(_("Criterion"))),
            ink.percentage("left", _("Left won")),
            Column(key="n", label=phrase(_("Decided")), kind="int"),
            Column(key="p", label=phrase(_("p against a half")), kind="p"),
        ],
        rows=rows,
    )
    longer, n = longer_won(one)
    if not n:
        words = phrase(_("Whether longer texts win cannot be said: no decided verdict was on texts of unequal length."))
    else:
        ends = wilson(longer, n)
        words = phrase(
            _("The longer text won %(share)s of %(n)s decided overall verdicts."),
            share=ink.spoken(longer / n, *(ends.low, ends.high) if ends else (None, None), percent=True),
            n=numbers.integer(n),
        )
    blocks: list[Block] = [table, Text(key="length", paragraphs=[words])]
    yield Section(key="shown", title=phrase(_("Side on the page and length")), blocks=blocks, folded=True)


def longer_won(one: Compared) -> tuple[int, int]:
    """Return how many decided overall verdicts the longer text won, and how many there are."""
    lengths: dict[int, dict[int, int]] = defaultdict(dict)
    for assignment, member in one.work.data.slots:
        about = one.work.data.members[member]
        lengths[assignment][about.system] = about.length
    won = n = 0
    for criterion, case, (_unit, _rater, a, b, winner) in rows_of(one.work, one.work.data.counted):
        long = lengths[case.assignment]
        if criterion == OVERALL and isinstance(winner, int) and long[a] != long[b]:
            n += 1
            won += long[winner] == max(long.values())
    return won, n


def repeats(one: Compared) -> Iterator[Section]:
    """Yield how often each rater gave the same overall verdict twice."""
    first, second = overall(one, one.work.data.counted), overall(one, one.work.data.again)
    pairs: dict[str, list[tuple[float]]] = defaultdict(list)
    for at, winner in second.items():
        if at in first:
            pairs[at[0]].append((float(first[at] == winner),))
    yield from again.consistency(
        pairs, _("Pairs judged twice by the same rater"), _("Pairs"),
        [ink.percentage("same", _("Same overall verdict"))],
    )  # fmt: skip


def overall(one: Compared, cases: Mapping[int, Case]) -> dict[tuple[str, str, frozenset[int]], int | str]:
    """Return overall winners by rater, item with its part in the study, and pair of systems."""
    return {
        (rater, f"{case.item}/{case.role}", frozenset((a, b))): winner
        for criterion, case, (_unit, rater, a, b, winner) in rows_of(one.work, cases)
        if criterion == OVERALL
    }
