"""A comparison by group of raters, with the differences, and how far raters agree by version of the guideline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_noop as _

from evaluation.summary import groups, versions
from evaluation.summary.compared import OVERALL, Compared, votes_of
from reports.summary import Axis, Block, Section, phrase
from stats.groups import Found, Gaps, group_alphas, group_ratios
from stats.pairs import Votes
from stats.preference import agreement_of

FloatArray = npt.NDArray[np.float64]


def by_group(one: Compared) -> Iterator[Section]:
    """Yield win rates and agreement within each group of raters."""
    if not groups.names(one.work):
        return
    rows = criteria_rows(one) if one.two else system_rows(one)
    lead = one.work.name(one.ordered[0])
    title = (
        phrase(_("Verdicts for %(system)s by group of raters, a tie counting half"), system=lead)
        if one.two
        else phrase(_("Overall win rate by group of raters"))
    )
    axis = Axis(label=phrase(_("Won, a tie counting half")), low=0.0, high=1.0, percent=True)
    alphas: list[groups.Row] = [(name, *alpha_by_group(one, key)) for key, name in one.names.items()]
    head = _("Criterion") if one.two else _("System")
    blocks: list[Block] = [
        groups.picture("plot", title, rows, axis),
        groups.table("table", title, head, rows, percent=True),
        groups.table(
            "agreement", phrase(_("Krippendorff's alpha (nominal) within each group")), _("Criterion"), alphas
        ),
    ]
    yield from groups.section(one.work, blocks)


def criteria_rows(one: Compared) -> list[groups.Row]:
    """Return, of two systems, the better one's win rate on each criterion."""
    place = one.ordered[0]
    rows: list[groups.Row] = []
    for key, name in one.names.items():
        votes = one.votes[key]
        rates = rates_of(one, votes)
        at = [str(system) for system in votes.systems].index(place)
        rows.append((name, *rates[at]))
    return rows


def system_rows(one: Compared) -> list[groups.Row]:
    """Return each system's overall win rate."""
    votes = one.votes[OVERALL]
    place = {str(system): at for at, system in enumerate(votes.systems)}
    rates = rates_of(one, votes)
    return groups.systems(one.work, one.ordered, [rates[place[key]] for key in one.ordered])


def rates_of(one: Compared, votes: Votes) -> list[tuple[Found, Gaps]]:
    """Return every system's win rate by group, in the order of the votes' systems."""
    parts = {
        name: hits_and_games(votes, np.isin(votes.rater, keep))
        for name, keep in groups.columns_of(one.work, votes.raters).items()
    }
    return group_ratios(parts, method="share of votes won, ties half", **one.work.draw)


def hits_and_games(votes: Votes, chosen: npt.NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Return by unit and system how many of the chosen votes it won, a tie counting half, and in how many it stood."""
    hits, games = (np.zeros((len(votes.units), votes.k)) for _side in range(2))
    for side, sign in ((votes.first, 1), (votes.second, -1)):
        at = votes.unit[chosen], side[chosen]
        np.add.at(games, at, 1.0)
        np.add.at(hits, at, (1 + sign * votes.outcome[chosen]) / 2)
    return hits, games


def alpha_by_group(one: Compared, key: str) -> tuple[Found, Gaps]:
    """Return nominal alpha within each group of raters."""
    own: Sequence[str] = groups.labels(one.work, one.votes[key].raters)
    return group_alphas(one.tables[key], own, bootstrap=one.work.replicates, seed=one.work.seed)


def by_guideline(one: Compared) -> Iterator[Section]:
    """Yield nominal alpha under each version of the guideline."""
    work = one.work

    def alphas(cases: versions.Cases) -> versions.Alphas:
        found = votes_of(work, cases)
        if not found:
            return {}
        return {
            key: (found.names[key], agreement_of(table, **work.draw)["krippendorff_alpha"])
            for key, table in found.tables.items()
        }

    yield from versions.section(work, alphas, phrase(_("Krippendorff's alpha (nominal)")), _("Criterion"))
