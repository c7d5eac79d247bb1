"""The main result once more: without units whose texts may tell who wrote them, and with what a person left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from django.utils.translation import gettext_noop as _

from evaluation.results.judged import Case
from evaluation.summary.frame import Work
from reports import ink
from reports.blocks import CellValue, Column
from reports.summary import Estimate, Missing, Section, Table, Words, phrase

Cases = Mapping[int, Case]
# What a row is about, and its figure.
Main = Mapping[tuple[Words, ...], Estimate]


def sections(
    work: Work, main: Callable[[Cases], Main], *, heads: Sequence[Column], caption: str, percent: bool = False
) -> Iterator[Section]:
    """Yield the main result on other choices of judgements, where there is another choice.

    `main` computes it from the judgements it is given; `heads` are the columns that name its rows.
    """
    ways: list[tuple[Words, Cases]] = [(phrase(_("As reported")), work.data.counted)]
    notes: list[Words] = []
    if telling := work.data.telling_units:
        kept = {key: case for key, case in work.data.counted.items() if case.unit not in telling}
        ways.append((phrase(_("Without flagged")), kept))
        notes.append(phrase(_("%(n)s units are flagged: a text in them may tell who wrote it."), n=len(telling)))
    if gone := len(work.data.first) - len(work.data.counted):
        ways.append((phrase(_("With what was left out")), work.data.first))
        notes.append(phrase(_("%(n)s judgements were left out by a person; the reasons stand below."), n=gone))
    if len(ways) == 1:
        return
    computed = [main(cases) for _words, cases in ways]
    columns = [
        *heads,
        *(
            Column(key=f"way{n}", label=words, kind="percent" if percent else "ci")
            for n, (words, _cases) in enumerate(ways)
        ),
    ]
    rows: list[list[CellValue]] = [
        [*names, *(found.get(names, Missing("too_few_items")) for found in computed)] for names in computed[0]
    ]
    table = Table(key="sensitivity", caption=phrase(caption), columns=columns, rows=rows, notes=notes)
    yield Section(key="sensitivity", title=phrase(_("Does the result hold?")), blocks=[table])


def consistency(
    pairs: Mapping[str, Sequence[Sequence[float]]], caption: str, count: str, columns: Sequence[Column]
) -> Iterator[Section]:
    """Yield how near each rater's second judgements are to the first; `pairs` has a row of numbers for each of them."""
    if not pairs:
        return
    rows: list[list[CellValue]] = [
        [rater, len(found), *(mean_of([row[at] for row in found]) for at in range(len(columns)))]
        for rater, found in sorted(pairs.items())
    ]
    table = Table(
        key="repeats", caption=phrase(caption), rows=rows,
        columns=[ink.text("rater", _("Rater")), ink.count("n", count), *columns],
    )  # fmt: skip
    yield Section(key="repeats", title=phrase(_("How consistent each rater is")), blocks=[table])


def mean_of(values: Sequence[float]) -> float | Missing:
    """Return the mean of what is defined."""
    fine = [value for value in values if value == value]
    return sum(fine) / len(fine) if fine else Missing("no_variation")
