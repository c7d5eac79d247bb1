"""How the report was computed: the methods paragraph, its parameters, and what limits it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_noop as _

from annotation.summary.effectiveness import is_test, stratified
from annotation.summary.words import EXPOSURES
from annotation.summary.work import Work
from projects import made
from projects.models import Report
from reports.summary import Parameter, Words, phrase
from stats.crossed import LEAST_RATERS


def methods(work: Work, report: Report) -> Iterator[Words]:
    """Yield the sentences of the methods paragraph."""
    study, units, a = work.study, work.review.units, work.review.answers
    settings: dict[str, Any] = study.settings
    yield phrase(
        _("%(items)s items were labelled by %(raters)s raters, %(each)s to an item, giving %(answers)s answers."),
        items=len(units),
        raters=len(work.review.raters),
        each=settings["raters_per_item"],
        answers=int((a.independent & a.placed).sum()),
    )
    yield phrase(EXPOSURES[settings.get("prelabel", "hidden")])
    yield phrase(
        _(
            "Agreement was computed on each rater's last answer given before they had seen more than the design shows "
            "everybody, on the %(complete)s items that have all their answers."
        ),
        complete=int(units.complete.sum()),
    )
    if any(part.several for part in work.parts):
        yield phrase(_("Answers with several labels were compared as sets, by alpha with MASI and Jaccard distances."))
    if len(work.parts) > 1:
        yield phrase(_("Kinds of items and conditions of showing the pre-label were analysed apart."))
    yield phrase(
        _(
            "Coefficients have %(level)s %% percentile bootstrap intervals over items (%(replicates)s replicates, seed "
            "%(seed)s); shares of items have Wilson intervals. The item bootstrap speaks of these raters only."
        ),
        level=95,
        replicates=work.draw.replicates,
        seed=work.draw.seed,
    )
    if any(len(part.table.raters) >= LEAST_RATERS and not part.several for part in work.parts):
        yield phrase(
            _(
                "Intervals over items and raters leave out raters one by one within the resampled items and add the "
                "two spreads as for readers and cases (Obuchowski and Rockette 1995), with Student's t at the degrees "
                "of freedom of Hillis (2007), on the scale of log odds."
            )
        )
    if is_test(study) and stratified(work):
        yield phrase(
            _(
                "The sample took the same number from each topic; shares were weighted back to the topics' shares "
                "among released items, with Wilson intervals at the effective number of items (Kish 1965)."
            )
        )
    yield made.libraries(report)


def parameters(work: Work, report: Report) -> list[Parameter]:
    """Return everything somebody needs to compute the same again."""
    more = [(_("SHA-256 of the answers"), work.review.digest)]
    return made.parameters(report, seed=work.draw.seed, replicates=work.draw.replicates, more=more)


def limits(work: Work) -> Iterator[Words]:
    """Yield what is missing or left out."""
    units, a = work.review.units, work.review.answers
    if unfinished := int((~units.complete).sum()):
        yield phrase(_("Items without all their answers, which agreement leaves out: %(n)s."), n=unfinished)
    yield from made.limits(
        surplus=int((a.independent & ~a.placed).sum()),
        excluded=int((a.independent & a.placed & a.excluded).sum()),
        preliminary=work.preliminary,
    )
