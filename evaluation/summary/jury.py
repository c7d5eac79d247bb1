"""The report of judges: what they said, what could not be read, and how it stands beside people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from evaluation.models import JuryReport
from evaluation.results import panel
from evaluation.summary import jury_counts, jury_effects, jury_gaps, jury_human, jury_means, jury_raters, jury_tests
from evaluation.summary.jury_frame import Work
from reports import ink, numbers
from reports.summary import Parameter, Section, Summary, Words, phrase
from stats.result import VERSION

Chapter = Callable[[Work], Iterator[Section]]
CHAPTERS: tuple[Chapter, ...] = (
    jury_human.human,
    jury_means.means,
    jury_tests.tests,
    jury_raters.raters,
    jury_effects.effects,
    jury_counts.counts,
)


def summarise(report: JuryReport, tell: Callable[[int, int], None]) -> tuple[Summary, list[Any]]:
    """Compute a jury's report, a chapter a step; with it, what judges and people saw most differently."""
    work = Work(panel.load(report.jury), report.seed)
    sections: list[Section] = []
    for step, chapter in enumerate(CHAPTERS):
        tell(step, len(CHAPTERS))
        sections += chapter(work)
    gaps = jury_gaps.gaps(work)
    sections[place_of_gaps(sections) : place_of_gaps(sections)] = jury_gaps.widest(work, report, gaps)
    found = Summary(
        key=f"judges-{report.jury_id}",
        title=report.jury.name,
        subtitle=subtitle(work),
        headline=headline(work),
        sections=sections,
        warnings=list(warnings(work)),
        methods=list(methods(work)),
        parameters=parameters(work, report),
        limits=list(limits(work)),
        generated_at=timezone.now(),
    )
    return found, gaps


def place_of_gaps(sections: Sequence[Section]) -> int:
    """Return where the items seen most differently stand: after the chapters that set judges beside people."""
    return sum(section.key.startswith("human-") for section in sections)


def subtitle(work: Work) -> Words:
    """Return what the report is about, in a line."""
    return phrase(
        _("%(judges)s judges, %(systems)s systems, %(items)s items, %(responses)s responses"),
        judges=len(work.panel.judges), systems=len(work.panel.names),
        items=numbers.integer(len({row.item for row in work.panel.responses.values()})),
        responses=numbers.integer(len(work.panel.responses)),
    )  # fmt: skip


def headline(work: Work) -> Words:
    """Return the finding in one sentence: how judges and people agree, else how much could be read."""
    found = [one for rows in work.beside.values() for one in rows]
    lead = jury_human.leading(found)
    if lead is not None and lead.figures["spearman"].value is not None:
        who = work.judge(lead.judge) if lead.judge else phrase(_("All judges together"))
        return phrase(
            _("%(judge)s and people agree on the order of responses at %(value)s (Spearman's rho)."),
            judge=who, value=ink.said(lead.figures["spearman"]),
        )  # fmt: skip
    read = sum(one.read for one in work.panel.tallies.values())
    asked = sum(one.asked for one in work.panel.tallies.values())
    return phrase(
        _("%(read)s of %(asked)s judgements could be read."), read=numbers.integer(read), asked=numbers.integer(asked)
    )


def warnings(work: Work) -> Iterator[Words]:
    """Yield what a reader must know before any figure."""
    if work.panel.coded:
        yield phrase(_("Systems stand under codes: the key of a study among these is still closed."))


def methods(work: Work) -> Iterator[Words]:
    """Yield how the figures were computed."""
    yield phrase(
        _("Judges were shown responses without names, in the wording that raters saw, under the criteria named in the "
          "report; an answer that could not be read was asked for once more and then left out.")
    )  # fmt: skip


def parameters(work: Work, report: JuryReport) -> list[Parameter]:
    """Return everything somebody needs to compute the same again."""
    rows: list[tuple[str, Words | int | float | None]] = [
        (_("Runs of judges"), ", ".join(f"{plan.run.name} (#{plan.run_id})" for plan in work.panel.plans)),
        (_("Studies of people"), ", ".join(one.study.name for one in work.panel.people) or phrase(_("none"))),
        (_("Criteria"), ", ".join(dict.fromkeys(str(plan.rubric) for plan in work.panel.plans))),
        (_("Seed of the bootstrap"), work.seed),
        (_("Replicates"), work.replicates),
        (_("Version of the computations"), VERSION),
        *((name, number) for name, number in report.versions.items()),
        (_("Fingerprint of the inputs"), report.inputs_hash),
    ]
    return [Parameter(label=phrase(label), value=value) for label, value in rows]


def limits(work: Work) -> Iterator[Words]:
    """Yield what is missing or left out."""
    unread = sum(one.unread.total() for one in work.panel.tallies.values())
    if unread:
        yield phrase(_("%(n)s judgements could not be read and are left out."), n=numbers.integer(unread))
    failed = sum(one.failed for one in work.panel.tallies.values())
    if failed:
        yield phrase(_("%(n)s calls to judges failed."), n=numbers.integer(failed))
