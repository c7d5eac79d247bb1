"""A comparison's verdicts as votes, by criterion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop as _

from evaluation.models import BlindStudy
from evaluation.results.judged import Case
from evaluation.summary.frame import Work
from reports.summary import Words, phrase
from stats.pairs import Votes
from stats.preference import by_criterion
from stats.result import Figure
from stats.table import Table

OVERALL = "overall"
TIE = "tie"
Vote = tuple[str, str, int, int, int | str]


@dataclass(frozen=True)
class Compared:
    """The votes of one study: by criterion, each with what it is called, the overall verdict last."""

    work: Work
    names: Mapping[str, Words]
    votes: Mapping[str, Votes]

    def __bool__(self) -> bool:
        """Whether anything was compared."""
        return OVERALL in self.votes

    @cached_property
    def figures(self) -> dict[str, dict[str, Figure]]:
        """The figures of each criterion."""
        return by_criterion(self.votes, agreed=self.tables, **self.work.draw)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """The verdicts of each criterion as labels first, tie and second, which raters are compared in.

        Two systems have one orientation. Of more, each pair stands the way it was listed when the study opened: the
        left and the right of an imported list of pairs, whichever side a rater saw it on.
        """
        if self.two:
            return {key: votes.agreement_table() for key, votes in self.votes.items()}
        return {key: self.as_listed(votes).agreement_table(as_shown=True) for key, votes in self.votes.items()}

    def as_listed(self, votes: Votes) -> Votes:
        """Return the same votes with first and second as the unit lists them."""
        heads = self.work.data.heads
        head = np.asarray([heads[str(unit)] for unit in votes.units], dtype=np.int64)
        systems = np.asarray([int(str(system)) for system in votes.systems], dtype=np.int64)
        turned = systems[votes.first] != head[votes.unit]
        return replace(
            votes,
            first=np.where(turned, votes.second, votes.first),
            second=np.where(turned, votes.first, votes.second),
            outcome=np.where(turned, -votes.outcome, votes.outcome),
        )

    @property
    def lead(self) -> dict[str, Figure]:
        """The figures of the overall verdict."""
        return self.figures[OVERALL]

    @property
    def two(self) -> bool:
        """Whether there are just two systems."""
        return self.votes[OVERALL].k == 2

    @property
    def ordered(self) -> list[str]:
        """The systems by the share of overall votes they won, the best first."""
        rates = dict(self.lead["win_rate"].values or {})
        return sorted(rates, key=lambda key: (-(rates[key] or 0.0), key))


def rows_of(work: Work, cases: Mapping[int, Case]) -> Iterator[tuple[str, Case, Vote]]:
    """Yield (criterion, answer, (unit, rater, first system, second system, winner)) of these answers."""
    sides = work.data.sides
    for submission, criterion, choice in work.data.preferences:
        case = cases.get(submission)
        pair = sides.get(case.assignment, {}) if case else {}
        if case and len(pair) == 2:
            first, second = pair[1], pair[2]
            winner: int | str = {"first": first, "second": second}.get(choice, TIE)
            yield criterion, case, (str(case.unit), case.rater, first, second, winner)


def criteria(work: Work) -> dict[str, Words]:
    """Return what each criterion is called, the overall verdict last."""
    rubric = BlindStudy.objects.select_related("rubric").get(study=work.study).rubric
    rows: Sequence[Mapping[str, Any]] = rubric.criteria if rubric else []
    return {one["key"]: str(one["name"]) for one in rows} | {OVERALL: phrase(_("Overall"))}


def load(work: Work) -> Compared:
    """Return the counted votes."""
    return votes_of(work, work.data.counted)


def votes_of(work: Work, cases: Mapping[int, Case]) -> Compared:
    """Return the votes of some answers."""
    names = criteria(work)
    rows: dict[str, list[Vote]] = {key: [] for key in names}
    for criterion, _case, vote in rows_of(work, cases):
        if criterion in rows:
            rows[criterion].append(vote)
    votes = {key: Votes.from_rows(found) for key, found in rows.items() if found}
    return Compared(work, {key: names[key] for key in votes}, votes)
