"""Rankings as tables, one for each block of systems, with the figures about systems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_noop as _

from evaluation.results.judged import Case
from evaluation.summary import frame
from evaluation.summary.frame import Work
from reports.summary import Words, phrase
from stats.rank_strengths import plackett_luce, rank_histogram, win_matrix
from stats.rank_table import RankTable
from stats.rank_tests import friedman, mean_rank, nemenyi, pairwise_wilcoxon
from stats.result import Figure

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ranked:
    """The rankings of one block of systems."""

    key: str
    name: str
    table: RankTable
    positions: FloatArray
    lengths: FloatArray
    work: Work

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """The figures about systems."""
        draw = self.work.draw
        return {
            "mean_rank": self.mean_rank,
            "plackett_luce": plackett_luce(self.table, **draw),
            "histogram": rank_histogram(self.table),
            "wins": win_matrix(self.table),
            "friedman": friedman(self.table),
            "nemenyi": nemenyi(self.table),
            "wilcoxon": pairwise_wilcoxon(self.table),
        }

    @cached_property
    def mean_rank(self) -> Figure:
        """The mean rank of each system."""
        return mean_rank(self.table, **self.work.draw)

    @property
    def ordered(self) -> list[str]:
        """The systems by mean rank, the best first."""
        values: dict[str, float] = dict(self.mean_rank.values or {})
        keys = [str(system) for system in self.table.systems]
        return sorted(keys, key=lambda key: values.get(key, float("inf")))


Rows = list[tuple[Case, int, int]]


@dataclass(frozen=True)
class Rankings:
    """The counted rankings of a study, a block at a time."""

    work: Work
    blocks: Sequence[Ranked]

    def __bool__(self) -> bool:
        """Whether anything was ranked."""
        return bool(self.blocks)


def load(work: Work) -> Rankings:
    """Return the counted rankings."""
    return Rankings(work, blocks(work, work.data.counted))


def blocks(work: Work, cases: Mapping[int, Case]) -> list[Ranked]:
    """Return the blocks of some rankings."""
    found: dict[str, Rows] = defaultdict(list)
    for submission, member, rank in work.data.ranks:
        if submission in cases:
            found[cases[submission].block].append((cases[submission], member, rank))
    return [block(work, name, rows, at) for at, (name, rows) in enumerate(sorted(found.items()))]


def block(work: Work, name: str, rows: Rows, at: int) -> Ranked:
    """Return one block's rankings as a table, with where each response stood and how long it is."""
    members = work.data.members
    here = {members[member].system for _case, member, _rank in rows}
    systems = [key for key in frame.order(work) if key in here]
    long = [(case.unit, case.rater, members[member].system, rank) for case, member, rank in rows]
    table = RankTable.from_rows(long, systems=systems)
    positions, lengths = np.full(table.ranks.shape, np.nan), np.full(table.ranks.shape, np.nan)
    axes: list[dict[Any, int]] = [{label: n for n, label in enumerate(axis)} for axis in (table.units, table.raters)]
    columns = {system: n for n, system in enumerate(table.systems)}
    for case, member, _rank in rows:
        cell = axes[0][case.unit], axes[1][case.rater], columns[members[member].system]
        positions[cell] = work.data.slots.get((case.assignment, member), np.nan)
        lengths[cell] = members[member].length
    return Ranked(f"block-{at}" if name else "all", name, table, positions, lengths, work)


def titled(words: str, one: Ranked) -> Words:
    """Return a heading, with the block's name where there is one."""
    return phrase(_("%(title)s: %(block)s"), title=phrase(words), block=one.name) if one.name else phrase(words)
