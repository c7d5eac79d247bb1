"""A comparison's verdicts as votes, by criterion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_noop as _

from evaluation.models import BlindStudy
from evaluation.results import judged
from evaluation.results.judged import Case
from evaluation.summary.frame import Work
from reports.summary import Words, phrase
from stats.pairs import Votes
from stats.preference import by_criterion
from stats.result import Figure

OVERALL = "overall"
TIE = "tie"
Vote = tuple[str, str, int, int, int | str]


@dataclass(frozen=True)
class Compared:
    """The votes of one study: by criterion, each with what it is called, the overall verdict last."""

    work: Work
    names: Mapping[str, Words]
    votes: Mapping[str, Votes]

    @cached_property
    def figures(self) -> dict[str, dict[str, Figure]]:
        """The figures of each criterion."""
        return by_criterion(self.votes, bootstrap=self.work.replicates, seed=self.work.seed)

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
    sides = sides_of(work)
    for submission, criterion, choice in judged.preferences(work.study):
        case = cases.get(submission)
        pair = sides.get(case.assignment, {}) if case else {}
        if case and len(pair) == 2:
            first, second = pair[1], pair[2]
            winner: int | str = {"first": first, "second": second}.get(choice, TIE)
            yield criterion, case, (f"{case.item}/{case.role}", case.rater, first, second, winner)


def sides_of(work: Work) -> dict[int, dict[int, int]]:
    """Return by assignment which system stood first and which second."""
    found: dict[int, dict[int, int]] = {}
    for (assignment, member), slot in work.data.slots.items():
        found.setdefault(assignment, {})[slot] = work.data.members[member].system
    return found


def criteria(work: Work) -> dict[str, Words]:
    """Return what each criterion is called, the overall verdict last."""
    rubric = BlindStudy.objects.select_related("rubric").get(study=work.study).rubric
    rows: Sequence[Mapping[str, Any]] = rubric.criteria if rubric else []
    return {one["key"]: str(one["name"]) for one in rows} | {OVERALL: phrase(_("Overall"))}


def load(work: Work, *, without: frozenset[int] | set[int] = frozenset()) -> Compared | None:
    """Return the counted votes, leaving out some units; None where there are none."""
    names = criteria(work)
    rows: dict[str, list[Vote]] = {key: [] for key in names}
    for criterion, case, vote in rows_of(work, work.data.counted):
        if criterion in rows and case.unit not in without:
            rows[criterion].append(vote)
    if not rows[OVERALL]:
        return None
    votes = {key: Votes.from_rows(sorted(found, key=str)) for key, found in rows.items() if found}
    return Compared(work, {key: names[key] for key in votes}, votes)
