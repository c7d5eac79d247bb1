"""A blind study's report: what may be said before closing, the kind's own chapters, and those that all have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from evaluation.results import judged
from evaluation.services import blinding
from evaluation.summary import around
from evaluation.summary.frame import Work
from projects import made
from projects.models import Report, Study
from reports.summary import Parameter, Section, Summary, Text, Words, phrase

REPLICATES = 1000
NOTHING = _("Nothing was judged, so nothing can be said about the systems.")


class Found(Protocol):
    """The judgements of one kind, ready for its chapters; false where there are none."""

    def __bool__(self) -> bool:
        """Whether anything was judged."""
        ...


F = TypeVar("F", bound=Found)


@dataclass(frozen=True)
class Parts(Generic[F]):
    """What a kind says of its judgements, read once for all of its chapters."""

    load: Callable[[Work], F]
    chapters: Sequence[Callable[[F], Iterator[Section]]]
    headline: Callable[[F], Words]
    methods: Callable[[Work], Iterator[Words]]


def summarise(report: Report, tell: Callable[[int, int], None], parts: Parts[F]) -> Summary:
    """Compute a report, a chapter a step; before closing it tells how far the work is and nothing of systems."""
    study = report.study
    work = Work(judged.load(study), report.seed, int(report.params.get("replicates", REPLICATES)))
    if study.state != Study.State.CLOSED:
        return unfinished(report, work)
    found = parts.load(work)
    steps: list[Callable[[], Iterator[Section]]] = [partial(chapter, work) for chapter in around.CHAPTERS]
    if found:
        steps = [*(partial(chapter, found) for chapter in parts.chapters), *steps]
    sections: list[Section] = [] if found else [nothing()]
    for step, chapter in enumerate(steps):
        tell(step, len(steps))
        sections += chapter()
    return Summary(
        key=f"{study.slug}-report",
        title=study.name,
        subtitle=subtitle(work),
        headline=parts.headline(found) if found else phrase(NOTHING),
        sections=sections,
        methods=[*parts.methods(work), *shared_methods(work)],
        parameters=parameters(work, report),
        limits=list(limits(work)),
        generated_at=timezone.now(),
    )


def unfinished(report: Report, work: Work) -> Summary:
    """Return the report of a study that is not closed."""
    return Summary(
        key=f"{work.study.slug}-report",
        title=work.study.name,
        subtitle=subtitle(work),
        headline=phrase(_("Results by system are shown when the study has closed.")),
        sections=list(around.progress(work)),
        warnings=[phrase(_("The study is still open: nothing is said about systems yet."))],
        parameters=parameters(work, report),
        limits=list(limits(work)),
        generated_at=timezone.now(),
    )


def nothing() -> Section:
    """Return the chapter that says there is nothing."""
    text = Text(key="none", paragraphs=[phrase(NOTHING)])
    return Section(key="none", title=phrase(_("Results")), blocks=[text])


def subtitle(work: Work) -> Words:
    """Return what the report is about, in a line."""
    cases = work.data.cases.values()
    return phrase(
        _("%(items)s items, %(systems)s systems, %(raters)s raters, %(answers)s judgements"),
        items=len({case.item for case in cases}),
        systems=len(work.data.names),
        raters=len({case.rater for case in cases}),
        answers=len(work.data.cases),
    )


def shared_methods(work: Work) -> Iterator[Words]:
    """Yield the sentences that describe blinding, declaration and intervals."""
    settings: dict[str, Any] = work.study.settings
    yield phrase(
        _(
            "Raters saw neither names nor any other data of the systems; orders of presentation were made by "
            "HMAC-SHA-256 over codes drawn at random (%(design)s)."
        ),
        design=phrase(_("balanced Latin squares"))
        if settings["order_design"] == "latin"
        else phrase(_("keyed random")),
    )
    opened = work.study.opened_at
    yield phrase(
        _("Declared on %(day)s, before the first judgement: %(outcome)s."),
        day=f"{opened:%Y-%m-%d %H:%M} UTC" if opened else "",
        outcome=str(settings.get("primary_outcome", "")).rstrip("."),
    )
    yield phrase(
        _(
            "Where nothing else is said, intervals are %(level)s %% percentile bootstrap intervals over items "
            "(%(replicates)s replicates, seed %(seed)s), which speak of these raters only; the table on "
            "other raters says how far agreement might lie from that with more of them."
        ),
        level=95,
        replicates=work.replicates,
        seed=work.seed,
    )


def parameters(work: Work, report: Report) -> list[Parameter]:
    """Return everything somebody needs to compute the same again."""
    key = phrase(_("open")) if blinding.is_open(work.study) else phrase(_("closed"))
    more = [(_("Key to the codes"), key)]
    return made.parameters(report, seed=work.seed, replicates=work.replicates, more=more)


def limits(work: Work) -> Iterator[Words]:
    """Yield what is missing or left out."""
    excluded = sum(case.excluded for case in work.data.cases.values())
    if excluded:
        yield phrase(_("%(n)s judgements are left out, each with a reason on the study's page."), n=excluded)
    places, done = work.study.place_count, len(work.data.cases)
    if done < places:
        yield phrase(_("%(done)s of %(places)s judgements were made."), done=done, places=places)
