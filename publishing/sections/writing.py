"""The whole study report: the chosen sections in their order, the methods paragraph, what limits the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from publishing.models import StudyReportEdition
from publishing.sections import (
    agreement,
    benchmarks,
    histograms,
    judges,
    limits,
    methods,
    people,
    ranks,
    sources,
    systems,
)
from publishing.sections.frame import Book, Found
from publishing.services import study_reports
from publishing.services.codes import Keyed
from publishing.words import SECTIONS
from reports.summary import Block, Parameter, Section, Summary, Words, phrase

WRITERS: Mapping[str, Callable[[Book], Iterator[Block]]] = {
    "sources": sources.blocks,
    "systems": systems.blocks,
    "bars": systems.bars,
    "significance": systems.significance,
    "ranks": ranks.blocks,
    "ratings": people.ratings,
    "comparisons": people.comparisons,
    "human_judge": judges.human_judge,
    "judge_effects": judges.effects,
    "agreement": agreement.blocks,
    "histograms": histograms.blocks,
    "topics": benchmarks.topics,
    "kinds": benchmarks.kinds,
    "topic_kinds": benchmarks.topic_kinds,
    "before_after": benchmarks.before_after,
}


def write(edition: StudyReportEdition, keyed: Keyed, found: Found) -> Summary:
    """Return an edition's Summary."""
    book = Book(keyed, found)
    report = edition.report
    chosen = study_reports.captions(report.sections)
    shown = list(sections(book, chosen))
    return Summary(
        key=f"study-report-{report.pk}-{edition.pk}",
        title=report.title,
        headline=sources.headline(book),
        sections=shown,
        methods=list(methods.sentences(book)),
        parameters=parameters(edition, book),
        limits=[*limits.sentences(book), *empty(chosen, shown)],
        generated_at=timezone.now(),
    )


def sections(book: Book, chosen: Mapping[str, str]) -> Iterator[Section]:
    """Yield the sections that have something to show, each with the words that a person put before it."""
    for key, own in chosen.items():
        blocks = list(WRITERS[key](book))
        if blocks:
            yield Section(key=key, title=phrase(SECTIONS[key].title), intro=own, blocks=blocks)


def empty(chosen: Mapping[str, str], shown: Sequence[Section]) -> Iterator[Words]:
    """Yield one sentence for each chosen section that none of the sources has anything for."""
    there = {one.key for one in shown}
    for key in chosen:
        if key not in there:
            title = phrase(SECTIONS[key].title)
            yield phrase(_("“%(section)s” is left out: none of the sources has what it shows."), section=title)


def parameters(edition: StudyReportEdition, book: Book) -> list[Parameter]:
    """Return everything somebody needs to compute the same again."""
    rows: list[tuple[Words, Words | int | float | None]] = [
        (phrase(_("Seed")), edition.seed),
        (phrase(_("Replicates")), int(book.found["bootstrap"])),
        (phrase(_("Version of the computations")), str(book.found["version"])),
        *((name, number) for name, number in edition.versions.items()),
        (phrase(_("Fingerprint of the inputs")), edition.inputs_hash),
    ]
    return [Parameter(label=label, value=value) for label, value in rows]
