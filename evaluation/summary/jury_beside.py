"""Judges' scores and people's judgements of the same responses, side by side: what the chapters compare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

from evaluation.results.people import People
from evaluation.summary.jury_frame import OVERALL, TOGETHER, Work, averaged, whole
from stats.judge import bland_altman, human_judge
from stats.result import Figure

PLACE = "rank"


@dataclass(frozen=True)
class Beside:
    """One judge (or all together) and people, on one criterion: a value each for every response both judged."""

    work: Work
    judge: int
    criterion: str
    human: Mapping[int, float]
    scores: Mapping[int, float]
    # People ranked where the judge scored: their sign is turned.
    ranks: bool = False
    same_scale: bool = True

    @property
    def scaled(self) -> bool:
        """Whether both are on one scale, so that differences mean something."""
        return self.same_scale and not self.ranks

    @cached_property
    def shared(self) -> list[int]:
        """The responses that both judged."""
        return sorted(set(self.human) & set(self.scores))

    @cached_property
    def columns(self) -> tuple[list[float], list[float], list[int], list[int]]:
        """People's values, the judge's, each response's question and system."""
        shown = self.work.panel.responses
        return (
            [self.human[pk] for pk in self.shared], [self.scores[pk] for pk in self.shared],
            [shown[pk].item for pk in self.shared], [shown[pk].version for pk in self.shared],
        )  # fmt: skip

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Everything that compares the two."""
        human, judge, items, systems = self.columns
        return human_judge(
            human, judge, items=items, systems=systems, ranks=self.ranks, same_scale=self.same_scale, **self.work.draw
        )

    @cached_property
    def limits(self) -> Figure:
        """The limits within which differences lie."""
        human, judge, items, _systems = self.columns
        return bland_altman(human, judge, items=items, **self.work.draw)


def of_study(work: Work, people: People) -> Iterator[Beside]:
    """Yield every judge, then all together, on each criterion that both know and over all, for one study."""
    judges = [*work.scorers, *([TOGETHER] if len(work.scorers) > 1 else [])]
    if people.scores:
        yield from _rated(work, people, judges)
    elif people.ranks:
        yield from _ranked(work, people, judges)
    yield from _lists(work, people)


def _rated(work: Work, people: People, judges: list[int]) -> Iterator[Beside]:
    human = by_criterion(people)
    shared = [one for one in work.criteria if one.key in human]
    same = {one.key: one.points == people.criteria[one.key][1] for one in shared}
    over = whole([human[one.key] for one in shared] or list(human.values()))
    for judge in judges:
        for one in shared:
            yield Beside(work, judge, one.key, human[one.key], work.scores(judge, one.key), same_scale=same[one.key])
        keys = [one.key for one in shared] or [one.key for one in work.criteria]
        sides = [work.scores(judge, key) for key in keys]
        if len(keys) > 1 or not shared:
            fits = bool(shared) and all(same.values())
            yield Beside(work, judge, OVERALL, over, averaged([side for side in sides if side]), same_scale=fits)


def by_criterion(people: People) -> dict[str, dict[int, float]]:
    """Return people's mean score of each response by criterion."""
    found: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in people.scores:
        found[row.criterion][row.response].append(row.value)
    return {key: {pk: fmean(values) for pk, values in of.items()} for key, of in found.items()}


def _ranked(work: Work, people: People, judges: list[int]) -> Iterator[Beside]:
    human = mean_ranks((row.response, row.rank) for row in people.ranks)
    for judge in judges:
        for one in work.criteria:
            yield Beside(work, judge, one.key, human, work.scores(judge, one.key), ranks=True)
        if len(work.criteria) > 1:
            yield Beside(work, judge, OVERALL, human, work.scores(judge, OVERALL), ranks=True)


def mean_ranks(rows: Iterable[tuple[int, int]]) -> dict[int, float]:
    """Return each response's mean rank."""
    found: dict[int, list[int]] = defaultdict(list)
    for response, rank in rows:
        found[response].append(rank)
    return {pk: fmean(ranks) for pk, ranks in found.items()}


def _lists(work: Work, people: People) -> Iterator[Beside]:
    """Yield judges that put responses in order beside people who ranked or rated them; ranks with the sign turned."""
    for judge in work.panel.judges:
        own = [row for row in work.panel.ranks if row.judge == judge]
        if not own:
            continue
        places = {pk: -rank for pk, rank in mean_ranks((row.response, row.rank) for row in own).items()}
        if people.ranks:
            human = {pk: -rank for pk, rank in mean_ranks((row.response, row.rank) for row in people.ranks).items()}
            same = len({row.of for row in own} | {row.of for row in people.ranks}) == 1
            yield Beside(work, judge, PLACE, human, places, same_scale=same)
        elif people.scores:
            yield Beside(work, judge, PLACE, whole(list(by_criterion(people).values())), places, same_scale=False)
