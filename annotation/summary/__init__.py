"""The report of a label review: rows into tables, tables into figures, figures into a Summary.

Loads numpy and the statistics, so nothing but a worker may import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from annotation.results.load import load
from annotation.summary import (
    agreement,
    breakdowns,
    effectiveness,
    guideline,
    ink,
    items,
    methods,
    model,
    others,
    people,
)
from annotation.summary.measures import Draw
from annotation.summary.words import LABELS
from annotation.summary.work import REPLICATES, Work, primary
from projects.models import Report
from reports import numbers
from reports.summary import Section, Summary, Words, phrase

Chapter = Callable[[Work], Iterator[Section]]


def _one(make: Callable[[Work], Section]) -> Chapter:
    def chapter(work: Work) -> Iterator[Section]:
        yield make(work)

    return chapter


CHAPTERS: tuple[Chapter, ...] = (
    effectiveness.sections,
    agreement.sections,
    others.sections,
    breakdowns.sections,
    guideline.sections,
    model.sections,
    _one(people.raters),
    people.drift,
    items.disputed,
    items.disputes,
    items.removed,
    items.left_out,
    _one(people.progress),
)


def summarise(report: Report, tell: Callable[[int, int], None]) -> Summary:
    """Compute a label review's results; `tell(done, total)` reports progress, a chapter a step."""
    study, total = report.study, len(CHAPTERS) + 1
    tell(0, total)
    params: dict[str, Any] = report.params
    draw = Draw(int(params.get("replicates", REPLICATES)), report.seed)
    work = Work(load(study), draw)
    # While work goes on, how far it is matters most.
    chapters = (CHAPTERS[-1], *CHAPTERS[:-1]) if work.preliminary else CHAPTERS
    sections: list[Section] = []
    for step, chapter in enumerate(chapters, start=1):
        tell(step, total)
        sections += chapter(work)
    return Summary(
        key=f"{study.slug}-report",
        title=study.name,
        subtitle=subtitle(work),
        headline=headline(work),
        sections=sections,
        warnings=[phrase(_("The study is still open: these figures are preliminary."))] if work.preliminary else [],
        methods=list(methods.methods(work, report)),
        parameters=methods.parameters(work, report),
        limits=list(methods.limits(work)),
        generated_at=timezone.now(),
    )


def subtitle(work: Work) -> Words:
    """Return what the report is about, in a line."""
    units, data = work.review.units, work.study.dataset
    return phrase(
        _("%(data)s: %(items)s items, %(raters)s raters"),
        data=data.name if data else "",
        items=numbers.integer(len(units)),
        raters=len(work.review.raters),
    )


def headline(work: Work) -> Words:
    """Return the finding in one sentence, with its interval."""
    if effectiveness.is_test(work.study):
        return test_headline(work)
    part = work.leading
    if part is None:
        return phrase(_("No item has all its answers yet, so nothing can be said about agreement."))
    figures = work.coefficients[part.key]
    lead = figures[primary(part)]
    if lead.value is None:
        words = _("Agreement beyond chance cannot be computed for the %(part)s; the consensus rate is %(consensus)s.")
        return phrase(words, part=part.title, consensus=ink.said(figures["consensus_rate"], percent=True))
    return phrase(
        _("%(coefficient)s is %(value)s on %(n)s %(part)s; all raters agreed on %(consensus)s of them."),
        coefficient=phrase(LABELS[primary(part)]),
        value=ink.said(lead),
        n=numbers.integer(lead.n_items),
        part=part.title,
        consensus=ink.said(figures["consensus_rate"], percent=True),
    )


def test_headline(work: Work) -> Words:
    """Return the effectiveness test's finding."""
    known = effectiveness.released(work.study)
    figures = effectiveness.headline_figures(work, known, effectiveness.outcome(work, known))
    if figures["consensus"].value is None:
        return phrase(_("No item has all its answers yet, so nothing can be said about consensus."))
    return phrase(
        _("All raters gave the same label for %(consensus)s of %(n)s items, and the released one for %(released)s."),
        consensus=ink.said(figures["consensus"], percent=True),
        n=numbers.integer(figures["consensus"].n_items),
        released=ink.said(figures["on_released"], percent=True),
    )
