"""What the reports of the three kinds say by version of the guideline: how far raters agree under each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from django.utils.translation import gettext_noop as _

from evaluation.results.judged import Case, by_version
from evaluation.summary.frame import Work
from reports import ink
from reports.blocks import CellValue
from reports.summary import DotWhisker, Section, Table, Words, phrase
from stats.result import Figure, Reason

LEAST = 2
Cases = Mapping[int, Case]
# What a figure is about (a criterion, a block of systems), by its key, and the figure.
Alphas = Mapping[str, tuple[Words, Figure]]


def section(work: Work, alphas: Callable[[Cases], Alphas], caption: Words, head: str) -> Iterator[Section]:
    """Yield alpha under each version, where judgements that count were made under more than one.

    `alphas` computes it from the judgements it is given. What nobody judged under a version is undefined there.
    """
    if work.study.guidelines.count() < LEAST:
        return
    given = by_version(work.study)
    if len(given) < LEAST:
        return
    found = {f"v{version}": alphas(cases) for version, cases in sorted(given.items())}
    yield Section(
        key="by-guideline",
        title=phrase(_("Agreement by version of the guideline")),
        intro=phrase(_("A unit that was judged again counts in each version with the answers given under it.")),
        blocks=[picture(found, caption), table(found, given, caption, head)],
    )


def rows(found: Mapping[str, Alphas]) -> Iterator[tuple[Words, str, Figure]]:
    """Yield (what it is about, version, figure), the versions of one thing beside each other."""
    titles = {key: words for one in found.values() for key, (words, _figure) in one.items()}
    for key, words in titles.items():
        for version, one in found.items():
            yield words, version, one[key][1] if key in one else Figure(None, Reason.NO_OVERLAP, n_items=0)


def picture(found: Mapping[str, Alphas], caption: Words) -> DotWhisker:
    """Return the figures under each version, side by side."""
    marks = [ink.mark(words, figure, version) for words, version, figure in rows(found)]
    return DotWhisker(key="plot", title=caption, rows=marks, axis=ink.beyond_chance())


def table(found: Mapping[str, Alphas], given: Mapping[int, Cases], caption: Words, head: str) -> Table:
    """Return the figures with what each rests on."""
    raters = {f"v{version}": len({case.rater for case in cases.values()}) for version, cases in given.items()}
    judgements = {f"v{version}": len(cases) for version, cases in given.items()}
    cells: list[list[CellValue]] = [
        [words, version, ink.estimate(figure), figure.n_items or 0, raters[version], judgements[version]]
        for words, version, figure in rows(found)
    ]
    columns = [
        ink.text("what", head),
        ink.text("version", _("Guideline")),
        ink.value("alpha", _("Alpha")),
        ink.count("n", _("Compared")),
        ink.count("raters", _("Raters")),
        ink.count("judgements", _("Judgements")),
    ]
    return Table(key="table", caption=caption, columns=columns, rows=cells)
