"""The report of a dialogue annotation: rows into tables, tables into figures, figures into a Summary.

Loads numpy and the statistics, so nothing but a worker may import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from annotation.dialogue_summary import agreement, curation, external, guideline, leaving, methods, people, texts
from annotation.dialogue_summary.measures import Draw, primary
from annotation.dialogue_summary.work import REPLICATES, Work
from annotation.results.dialogue_load import load_dialogues
from annotation.summary import ink
from projects.models import Report
from reports import numbers
from reports.summary import Section, Summary, Table, Words, phrase

Chapter = Callable[[Work], Iterator[Section]]


def progress(work: Work) -> Iterator[Section]:
    """Yield how far the study is."""
    sessions, answers = work.found.sessions, work.found.answers
    done = int((answers.current & answers.placed).sum())
    table = Table(
        key="sessions",
        caption=phrase(_("Sessions and answers")),
        columns=[
            ink.text("what", _("What")),
            ink.count("n", _("Number")),
        ],
        rows=[
            [phrase(_("sessions")), len(sessions)],
            [phrase(_("sessions with all their answers")), int(sessions.complete.sum())],
            [phrase(_("answers handed in")), done],
            [phrase(_("answers wanted")), work.study.place_count],
            [phrase(_("turns")), len(work.found.turns)],
        ],
    )
    yield Section(key="progress", title=phrase(_("Progress")), blocks=[table])


CHAPTERS: tuple[Chapter, ...] = (
    agreement.sections,
    external.sections,
    people.by_language,
    people.by_group,
    guideline.sections,
    people.raters,
    people.drift,
    texts.coverage,
    texts.evidence,
    texts.proposals,
    curation.sections,
    leaving.sections,
    progress,
)


def summarise(report: Report, tell: Callable[[int, int], None]) -> Summary:
    """Compute a dialogue annotation's results; `tell(done, total)` reports progress, a chapter a step."""
    study, total = report.study, len(CHAPTERS) + 1
    tell(0, total)
    params: dict[str, Any] = report.params
    work = Work(load_dialogues(study), Draw(int(params.get("replicates", REPLICATES)), report.seed))
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
    data = work.study.dataset
    return phrase(
        _("%(data)s: %(sessions)s sessions, %(turns)s turns, %(raters)s raters"),
        data=data.name if data else "",
        sessions=numbers.integer(len(work.found.sessions)),
        turns=numbers.integer(len(work.found.turns)),
        raters=len(work.found.raters),
    )


def headline(work: Work) -> Words:
    """Return the finding in one sentence, with its interval: the field that was answered most often."""
    pool = work if work.parts or work.apart is None else work.apart
    known = [(pool.coefficients[part.key][primary(part)], part) for part in pool.parts]
    defined = [(figure, part) for figure, part in known if figure.value is not None]
    if not known:
        return phrase(_("No session has all its answers yet, so nothing can be said about agreement."))
    if not defined:
        return phrase(_("Agreement beyond chance cannot be computed for any field yet; the table says why."))
    figure, part = max(defined, key=lambda one: one[0].n_items or 0)
    lowest, last = min(defined, key=lambda one: one[0].value or 0.0)
    if pool is not work:
        words = _("Among external raters, alpha for %(field)s is %(value)s.")
        return phrase(words, field=part.title, value=ink.said(figure))
    if part is last or len(defined) < 2:
        return phrase(_("Alpha for %(field)s is %(value)s."), field=part.title, value=ink.said(figure))
    return phrase(
        _("Alpha for %(field)s is %(value)s; the lowest, for %(other)s, is %(lowest)s."),
        field=part.title,
        value=ink.said(figure),
        other=last.title,
        lowest=ink.said(lowest),
    )
