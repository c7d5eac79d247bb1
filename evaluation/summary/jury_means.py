"""The chapter of a judges' report that says how each system fared: means by judge and criterion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.utils.translation import gettext_noop as _

from evaluation.results.panel import Criterion
from evaluation.summary.frame import strong
from evaluation.summary.jury_frame import OVERALL, Work
from reports import ink
from reports.blocks import CellValue
from reports.summary import Axis, Block, Column, DotWhisker, Section, Table, phrase
from stats.result import Figure


def means(work: Work) -> Iterator[Section]:
    """Yield each system's means by criterion, a table a judge, and the means over all criteria as a plot."""
    if not work.scorers:
        return
    blocks: list[Block] = [picture(work)]
    blocks += [table(work, judge) for judge in work.scorers]
    intro = phrase(
        _("Scores of a response were averaged over a judge's rounds, then over the rounds of its system within each "
          "question; questions are the sample.")
    )  # fmt: skip
    yield Section(key="means", title=phrase(_("How each system fared")), blocks=blocks, intro=intro)


def keys(work: Work) -> list[str]:
    """Return the criteria's keys, with the one over all where there are several."""
    found = [one.key for one in work.criteria]
    return [*found, OVERALL] if len(found) > 1 else found


def figures(work: Work, judge: int, criterion: str) -> dict[int, Figure]:
    """Return each system's mean on a criterion."""
    found = work.means(judge, criterion)
    low, high = scale([one for one in work.criteria if criterion in (one.key, OVERALL)])
    return {system: within(found.mean(system), low, high) for system in work.systems}


def within(figure: Figure, low: float, high: float) -> Figure:
    """Return a mean whose interval ends where the scale ends."""
    if figure.ci is None:
        return figure
    ci = replace(figure.ci, low=max(figure.ci.low, low), high=min(figure.ci.high, high))
    return replace(figure, ci=ci)


def table(work: Work, judge: int) -> Table:
    """Return one judge's means: a row a system, a column a criterion; the best of each column stands out."""
    grid = {key: figures(work, judge, key) for key in keys(work)}
    columns = [ink.text("system", _("System"))]
    columns += [Column(key=f"c{n}", label=work.criterion(key), kind="ci") for n, key in enumerate(grid)]
    best = {key: _best(found) for key, found in grid.items()}
    rows: list[list[CellValue]] = [
        [work.system(system), *(cell(grid[key][system], system == best[key]) for key in grid)]
        for system in work.systems
    ]
    caption = phrase(_("Mean scores by %(judge)s"), judge=work.judge(judge))
    notes = [phrase(_("With t intervals over questions; the best of each column is set apart."))]
    return Table(key=f"means-{judge}", caption=caption, columns=columns, rows=rows, notes=notes)


def _best(found: dict[int, Figure]) -> int | None:
    defined = {system: figure.value for system, figure in found.items() if figure.value is not None}
    return max(defined, key=lambda system: defined[system]) if len(defined) > 1 else None


def cell(figure: Figure, best: bool) -> CellValue:
    """Return a mean as a cell, set apart where it is the best."""
    shown: CellValue = strong(ink.estimate(figure), when=best)
    return shown


def picture(work: Work) -> DotWhisker:
    """Return the means over all criteria on one axis, a mark for each judge."""
    key = keys(work)[-1]
    marks = [
        ink.mark(work.system(system), figure, work.judge(judge))
        for system in work.systems
        for judge in work.scorers
        if (figure := figures(work, judge, key)[system]).n_items
    ]
    low, high = scale(work.criteria)
    return DotWhisker(
        key="means", title=phrase(_("Mean score of each system by judge")), rows=marks,
        axis=Axis(label=work.criterion(key), low=low, high=high),
    )  # fmt: skip


def scale(criteria: list[Criterion]) -> tuple[float, float]:
    """Return the ends that all criteria's scales lie between."""
    points = [point for one in criteria for point in one.points]
    return float(min(points)), float(max(points))
