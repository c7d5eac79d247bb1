"""How the report was computed: the methods paragraph, its parameters, and what limits it."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from annotation.dialogue_summary.work import Work
from projects import made
from projects.models import Report
from reports import numbers
from reports.summary import Parameter, Words, phrase

EXPOSURES = {
    "hidden": _("Proposals were never shown."),
    "shown": _("Raters saw proposals beside each field from the start, so their answers are not independent of them."),
    "after": _("Raters saw proposals only after they had handed in their own answers."),
}


def methods(work: Work, report: Report) -> Iterator[Words]:
    """Yield the sentences of the methods paragraph."""
    found, a = work.found, work.found.answers
    yield annotated(work)
    yield phrase(EXPOSURES[work.study.settings["prelabel"]])
    yield phrase(
        _("Agreement was computed for each field and role on each rater's last answer given before they had seen more "
          "than the design shows everybody, on the %(complete)s sessions that have all their answers."),
        complete=int(found.sessions.complete.sum()),
    )  # fmt: skip
    if any(part.several for part in work.parts):
        yield phrase(_("Answers with several labels were compared as sets, by alpha with MASI and Jaccard distances, "
                       "and label by label."))  # fmt: skip
    if len(set((a.base[work.first] > 0).tolist())) > 1:
        yield phrase(_("Answers given with and without proposals in view were analysed apart."))
    if work.external:
        yield phrase(
            _("%(n)s external raters' labels, which came with the data, were read by the schema and analysed apart and "
              "together with the study's own raters."),
            n=len(work.external.apart.raters),
        )  # fmt: skip
    yield phrase(
        _("Intervals are %(level)s %% percentile bootstrap intervals that resample whole sessions with all their turns "
          "(%(replicates)s replicates, seed %(seed)s). They speak of these raters only."),
        level=95, replicates=work.draw.replicates, seed=work.draw.seed,
    )  # fmt: skip
    yield made.libraries(report)


def annotated(work: Work) -> Words:
    """Return how many sessions people annotated; where only the file's labels are there, that."""
    found = work.found
    if not len(found.raters):
        return phrase(_("Nobody has annotated a session in this study; its labels came with the data."))
    return phrase(
        _("%(sessions)s sessions with %(turns)s turns were annotated by %(raters)s raters, %(each)s to a session."),
        sessions=numbers.integer(len(found.sessions)),
        turns=numbers.integer(len(found.turns)),
        raters=len(found.raters),
        each=work.study.settings["raters_per_session"],
    )


def parameters(work: Work, report: Report) -> list[Parameter]:
    """Return everything somebody needs to compute the same again."""
    more = [
        (_("SHA-256 of the answers"), work.found.digest),
        *([(_("SHA-256 of external raters' labels"), work.external.apart.digest)] if work.external else []),
    ]
    return made.parameters(report, seed=work.draw.seed, replicates=work.draw.replicates, more=more)


def limits(work: Work) -> Iterator[Words]:
    """Yield what is missing or left out."""
    sessions, a = work.found.sessions, work.found.answers
    if unfinished := int((~sessions.complete).sum()):
        yield phrase(_("Sessions without all their answers, which agreement leaves out: %(n)s."), n=unfinished)
    if work.external and (n := sum(one.count for one in work.external.unplaced)):
        yield phrase(_("%(n)s labels of external raters could not be compared; the table there says why."), n=n)
    yield from made.limits(
        surplus=int((a.independent & ~a.placed).sum()),
        excluded=int((a.independent & a.placed & a.excluded).sum()),
        preliminary=work.preliminary,
    )
