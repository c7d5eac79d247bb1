"""The report of a blind A/B comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils.translation import gettext_noop as _

from evaluation.summary import again, comparison_groups, comparison_many, comparison_raters, frame
from evaluation.summary.compared import OVERALL, Compared, load, votes_of
from evaluation.summary.comparison_many import beaten, rate_picture, rate_table
from evaluation.summary.comparison_two import shares_picture, unit_table, vote_table
from evaluation.summary.frame import Work
from evaluation.summary.report import Parts
from evaluation.summary.report import summarise as summarise_blind
from projects.models import Report
from reports import ink, numbers
from reports.summary import (
    Block,
    Section,
    Summary,
    Words,
    phrase,
)
from stats.preference import win_rate


def summarise(report: Report, tell: Callable[[int, int], None]) -> Summary:
    """Compute a comparison's results."""
    return summarise_blind(report, tell, PARTS)


def headline(one: Compared) -> Words:
    """Return the finding in one sentence."""
    best = one.ordered[0]
    low, high = ink.named_ends(one.lead["win_rate"], best)
    return phrase(
        _("%(system)s won %(share)s of its overall verdicts, a tie counting half; %(n)s verdicts."),
        system=one.work.name(best),
        share=ink.spoken(dict(one.lead["win_rate"].values or {})[best], low, high, percent=True),
        n=numbers.integer(int(one.lead["wins"].extra["n_votes"])),
    )


def methods(work: Work) -> Iterator[Words]:
    """Yield how the figures were computed."""
    yield phrase(
        _(
            "The sign test is exact and two-sided on each unit's majority, so that several raters of one unit count "
            "once; p values are adjusted by Holm over criteria, and over pairs of systems. A tie is neither a win nor "
            "a loss. Win rates count a tie as half a win."
        )
    )
    yield phrase(
        _(
            "Bradley-Terry strengths are maximum likelihood, a tie counting half. Agreement is computed on the three "
            "classes first, tie and second in one orientation of each pair, whatever side a rater saw it on: with more "
            "than two systems the one in which the pair was listed."
        )
    )


def verdicts(one: Compared) -> Iterator[Section]:
    """Yield win, tie and lose: for two systems by criterion, for more by system."""
    if one.two:
        a, b = (str(key) for key in frame.order(one.work) if str(key) in one.ordered)
        names = {"a": one.work.name(a), "b": one.work.name(b)}
        intro = phrase(_("A win is a verdict for %(a)s, a loss one for %(b)s."), **names)
        blocks: list[Block] = [shares_picture(one, a), vote_table(one, a), unit_table(one, a)]
    else:
        intro = phrase(_("Every verdict is a win for one system and a loss for the other, or a tie for both."))
        blocks = [rate_picture(one), rate_table(one), beaten(one)]
    yield Section(key="verdicts", title=phrase(_("Verdicts")), intro=intro, blocks=blocks)


def main(work: Work) -> Callable[[again.Cases], again.Main]:
    """Return how the overall win rates are computed from some judgements."""

    def compute(cases: again.Cases) -> again.Main:
        one = votes_of(work, cases)
        if not one:
            return {}
        figure = win_rate(one.votes[OVERALL], bootstrap=work.replicates, seed=work.seed)
        return {(work.name(key),): ink.named_estimate(figure, key) for key in dict(figure.values or {})}

    return compute


def sensitivity(one: Compared) -> Iterator[Section]:
    """Yield the overall win rates on other choices of judgements."""
    yield from again.sections(
        one.work, main(one.work), heads=[ink.text("system", _("System"))],
        caption=_("Win rate on other choices of judgements"), percent=True,
    )  # fmt: skip


PARTS = Parts(
    load=load,
    chapters=(
        verdicts, comparison_many.systems, comparison_raters.agreement, comparison_groups.by_group,
        comparison_groups.by_guideline, comparison_raters.raters, comparison_raters.shown, comparison_raters.repeats,
        sensitivity,
    ),
    headline=headline,
    methods=methods,
)  # fmt: skip
