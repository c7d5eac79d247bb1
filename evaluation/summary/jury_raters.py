"""The chapter of a judges' report that takes each judge as one more rater: agreement with and without it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_noop as _

from evaluation.results.people import People
from evaluation.summary.jury_frame import OVERALL, Work
from reports import ink
from reports.blocks import CellValue
from reports.summary import Section, Table, Words, phrase
from stats.extra_rater import one_more_rater
from stats.result import Figure
from stats.table import Table as Ratings

Row = tuple[str, str, Any]
NAMES = (
    ("without", _("Alpha, people")), ("with", _("Alpha with the judge")), ("difference", _("Change")),
    ("people", _("Kappa, two people")), ("judge_with_people", _("Kappa, judge and person")), ("gap", _("Gap")),
)  # fmt: skip
# No rater's code begins with it, so a judge is never taken for a person.
JUDGE = "\x00judge"


def raters(work: Work) -> Iterator[Section]:
    """Yield how far raters agree without and with each judge, for every study in which at least two people judged."""
    rows: list[list[CellValue]] = []
    for people in work.panel.people:
        if len(people.raters) > 1:
            rows += rows_of(work, people)
    if not rows:
        return
    columns = [ink.text("study", _("Study")), ink.text("judge", _("Judge")), ink.text("criterion", _("Criterion"))]
    columns += [ink.value(key.replace("_", "-"), label) for key, label in NAMES]
    notes = [
        phrase(_("Krippendorff's alpha: interval for scores, ordinal for ranks, nominal for preferences; kappa is "
                 "Cohen's, weighted by squares for scores and ranks, mean over pairs. Of a judge's rounds the first "
                 "counts.")),
        phrase(_("A change below 0, or a gap below 0, means that the judge agrees with people less than they do with "
                 "each other.")),
    ]  # fmt: skip
    table = Table(key="raters", caption=phrase(_("Agreement without and with each judge")), columns=columns, rows=rows,
                  notes=notes)  # fmt: skip
    yield Section(key="raters", title=phrase(_("A judge as one more rater")), blocks=[table])


def rows_of(work: Work, people: People) -> Iterator[list[CellValue]]:
    """Yield a row for each judge and criterion of a study."""
    for judge in work.panel.judges:
        if people.scores:
            yield from _scored(work, people, judge)
        elif people.ranks:
            yield from _ranked(work, people, judge)
        elif people.choices:
            yield from _chosen(work, people, judge)


def _scored(work: Work, people: People, judge: int) -> Iterator[list[CellValue]]:
    for one in work.criteria:
        if one.key not in people.criteria or people.criteria[one.key][1] != one.points:
            continue
        said = first_round(work, judge, one.key)
        rows: list[Row] = [
            (str(row.response), row.rater, row.value)
            for row in people.scores
            if row.criterion == one.key and row.response in work.panel.responses
        ]
        rows += with_judge(rows, {str(pk): value for pk, value in said.items()})
        items = {str(pk): shown.item for pk, shown in work.panel.responses.items()}
        yield from line(work, people, judge, one.name, rows, items, level="interval")


def first_round(work: Work, judge: int, criterion: str) -> dict[int, int]:
    """Return a judge's score of each response in the first of its rounds."""
    found: dict[int, tuple[int, int, int]] = {}
    for row in work.panel.scores:
        if (row.judge, row.criterion) == (judge, criterion):
            found[row.response] = min(found.get(row.response, (row.run, row.round, row.value)),
                                      (row.run, row.round, row.value))  # fmt: skip
    return {pk: value for pk, (_run, _round, value) in found.items()}


def with_judge(rows: list[Row], said: Mapping[str, Any]) -> list[Row]:
    """Return the judge's values of the units that people judged."""
    judged = dict.fromkeys(unit for unit, _rater, _value in rows)
    return [(unit, JUDGE, said[unit]) for unit in judged if unit in said]


def _ranked(work: Work, people: People, judge: int) -> Iterator[list[CellValue]]:
    """People's ranks beside the order in which the judge's scores put the same responses."""
    scores = work.scores(judge, OVERALL)
    if not scores:
        return
    units: dict[int, list[int]] = defaultdict(list)
    rows: list[Row] = []
    items: dict[str, int] = {}
    for row in people.ranks:
        name = f"{row.unit}/{row.response}"
        rows.append((name, row.rater, float(row.rank)))
        if row.response not in units[row.unit]:
            units[row.unit].append(row.response)
        items[name] = row.unit
    said: dict[str, float] = {}
    for unit, responses in units.items():
        if all(pk in scores for pk in responses):
            said |= {f"{unit}/{pk}": rank for pk, rank in places({pk: scores[pk] for pk in responses}).items()}
    rows += with_judge(rows, said)
    yield from line(work, people, judge, phrase(_("Order by scores")), rows, items, level="ordinal")


def places(scores: Mapping[int, float]) -> dict[int, float]:
    """Return the ranks that scores give, 1 for the highest; equal scores share the mean of their places."""
    ordered = sorted(scores.values(), reverse=True)
    return {
        pk: 1 + ordered.index(value) + (ordered.count(value) - 1) / 2 for pk, value in scores.items()
    }  # fmt: skip


def _chosen(work: Work, people: People, judge: int) -> Iterator[list[CellValue]]:
    """People's preferences beside the judge's: a winner in both orders, else a tie."""
    wins = both_ways(work, judge)
    for criterion in dict.fromkeys(row.criterion for row in people.choices):
        rows: list[Row] = []
        items: dict[str, int] = {}
        said: dict[str, str] = {}
        for row in people.choices:
            if row.criterion != criterion:
                continue
            rows.append((str(row.unit), row.rater, winner(row.first, row.second, row.value)))
            items[str(row.unit)] = row.unit
            pair = (min(row.first, row.second), max(row.first, row.second))
            if (criterion, pair) in wins:
                said[str(row.unit)] = wins[criterion, pair]
        name: Words = people.criteria[criterion][0] if criterion in people.criteria else criterion
        yield from line(work, people, judge, name, rows + with_judge(rows, said), items, level="nominal")


def winner(first: int, second: int, value: int) -> str:
    """Return "a" where the response with the lower key won, "b" where the other did, "tie" else."""
    if value == 0:
        return "tie"
    won = first if value > 0 else second
    return "a" if won == min(first, second) else "b"


def both_ways(work: Work, judge: int) -> dict[tuple[str, tuple[int, int]], str]:
    """Return by criterion and pair who won in both orders of a judge's first round; who did not is tied."""
    found: dict[tuple[str, tuple[int, int]], list[str]] = defaultdict(list)
    for row in work.panel.choices:
        if row.judge == judge and row.round == 1:
            pair = (min(row.first, row.second), max(row.first, row.second))
            found[row.criterion, pair].append(winner(row.first, row.second, row.value))
    return {key: said[0] if len(set(said)) == 1 else "tie" for key, said in found.items()}


def line(
    work: Work, people: People, judge: int, criterion: Words, rows: list[Row], items: Mapping[str, int], *, level: str
) -> Iterator[list[CellValue]]:
    """Yield one row of figures, where the judge judged anything that people did."""
    if not any(rater == JUDGE for _unit, rater, _value in rows):
        return
    ratings = Ratings.from_rows(rows, level=level)
    weights = None if level == "nominal" else "quadratic"
    clusters = [items[str(unit)] for unit in ratings.units]
    found: dict[str, Figure] = one_more_rater(
        ratings, JUDGE, level=level, weights=weights, clusters=clusters, bootstrap=work.replicates, seed=work.seed
    )
    yield [people.study.name, work.judge(judge), criterion, *(ink.estimate(found[key]) for key, _label in NAMES)]
