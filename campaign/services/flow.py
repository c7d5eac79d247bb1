"""How raters, units and answers went through a study, counted so that nobody and nothing is lost between two steps.

The rules below see plain rows only. Each thing is sent down its way until the first reason that stops it; a step is
what came so far, so that steps and those who left always add up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Stop(StrEnum):
    """Why a unit or an answer is not among what was analysed, in the order in which it is asked."""

    PRACTICE = "practice"
    GOLD = "gold"
    GUESS = "guess"
    AGAIN = "again"
    WITHDRAWN = "withdrawn"
    SURPLUS = "surplus"
    EXPOSED = "exposed"
    UNJUDGED = "unjudged"
    INCOMPLETE = "incomplete"
    UNIT_OUT = "unit_out"
    RATER_OUT = "rater_out"
    PERIOD_OUT = "period_out"
    ANSWER_OUT = "answer_out"
    NOTHING_COUNTS = "nothing_counts"


# Units that are not judged for results, by role.
BESIDE = {"practice": Stop.PRACTICE, "training": Stop.PRACTICE, "gold": Stop.GOLD, "guess": Stop.GUESS}


@dataclass(frozen=True)
class UnitRow:
    """A unit: its role, whether it is a repetition, how many judgements it wants and has, and whether it stands."""

    pk: int
    role: str = "main"
    repeat: int = 0
    wanted: int = 1
    done: int = 1
    withdrawn: bool = False


@dataclass(frozen=True)
class AnswerRow:
    """An answer handed in: to which unit, by which rater; `independent` is whether agreement has one to use."""

    pk: int
    unit: int
    rater: int
    surplus: bool = False
    independent: bool = True
    changed: bool = False


@dataclass(frozen=True)
class Out:
    """What a person left out of results, by ids; answers of a period stand apart from single ones."""

    units: Collection[int] = frozenset()
    raters: Collection[int] = frozenset()
    periods: Collection[int] = frozenset()
    answers: Collection[int] = frozenset()


@dataclass(frozen=True)
class Way:
    """What came in, and how many of it stopped for which reason; the rest was analysed."""

    came: int
    stopped: Mapping[Stop, int]

    def after(self, *stops: Stop) -> int:
        """Return how many were left after these reasons."""
        return self.came - sum(self.stopped.get(stop, 0) for stop in stops)

    @property
    def analysed(self) -> int:
        """What no reason stopped."""
        return self.after(*self.stopped)


@dataclass(frozen=True)
class Work:
    """The ways of a study's units and answers, and which raters have an answer handed in and one analysed.

    Practice and calibration are no work yet: who got no further has not worked.
    """

    units: Way
    answers: Way
    changed: int
    incomplete: int
    worked: frozenset[int] = field(default_factory=frozenset)
    analysed: frozenset[int] = field(default_factory=frozenset)
    # Units that were judged as far as results ask for it.
    judged: frozenset[int] = field(default_factory=frozenset)


# Reasons that keep a unit from being judged, and what stops it afterwards; the same of an answer.
UNIT_BEFORE = (*dict.fromkeys(BESIDE.values()), Stop.AGAIN, Stop.WITHDRAWN, Stop.UNJUDGED, Stop.INCOMPLETE)
UNIT_AFTER = (Stop.UNIT_OUT, Stop.NOTHING_COUNTS)
ANSWER_BEFORE = (*dict.fromkeys(BESIDE.values()), Stop.AGAIN, Stop.SURPLUS, Stop.EXPOSED, Stop.INCOMPLETE)
ANSWER_AFTER = (Stop.UNIT_OUT, Stop.RATER_OUT, Stop.PERIOD_OUT, Stop.ANSWER_OUT)


def follow(units: Sequence[UnitRow], answers: Sequence[AnswerRow], out: Out, *, incomplete_counts: bool) -> Work:
    """Send every unit and answer down its way; `incomplete_counts` where results use units that lack answers."""
    by_key = {unit.pk: unit for unit in units}
    first = {unit.pk: _aside(unit) for unit in units}
    stopped: Counter[Stop] = Counter()
    worked, analysed = set(), set()
    counting: dict[int, int] = defaultdict(int)
    handed: dict[int, int] = defaultdict(int)
    for answer in answers:
        if first[answer.unit] != Stop.PRACTICE:
            worked.add(answer.rater)
        handed[answer.unit] += not answer.surplus
        stop = _of_answer(answer, by_key[answer.unit], first[answer.unit], out, incomplete_counts)
        if stop:
            stopped[stop] += 1
        else:
            analysed.add(answer.rater)
            counting[answer.unit] += 1
    kept = [_of_unit(unit, first[unit.pk], handed, counting, out, incomplete_counts) for unit in units]
    judged = {unit.pk for unit, stop in zip(units, kept, strict=True) if stop not in UNIT_BEFORE}
    return Work(
        units=Way(len(units), Counter(stop for stop in kept if stop)),
        answers=Way(len(answers), stopped),
        changed=sum(answer.changed for answer in answers),
        incomplete=sum(unit.pk in judged and unit.done < unit.wanted for unit in units),
        judged=frozenset(judged),
        worked=frozenset(worked),
        analysed=frozenset(analysed),
    )


def _aside(unit: UnitRow) -> Stop | None:
    """Return why a unit was never meant for results."""
    return BESIDE.get(unit.role) or (Stop.AGAIN if unit.repeat else None)


def _of_answer(answer: AnswerRow, unit: UnitRow, aside: Stop | None, out: Out, incomplete_counts: bool) -> Stop | None:
    asked: Iterable[tuple[bool, Stop]] = (
        (answer.surplus, Stop.SURPLUS),
        (not answer.independent, Stop.EXPOSED),
        (not incomplete_counts and unit.done < unit.wanted, Stop.INCOMPLETE),
        (answer.unit in out.units, Stop.UNIT_OUT),
        (answer.rater in out.raters, Stop.RATER_OUT),
        (answer.pk in out.periods, Stop.PERIOD_OUT),
        (answer.pk in out.answers, Stop.ANSWER_OUT),
    )
    return aside or next((stop for applies, stop in asked if applies), None)


def _of_unit(
    unit: UnitRow,
    aside: Stop | None,
    handed: Mapping[int, int],
    counting: Mapping[int, int],
    out: Out,
    incomplete_counts: bool,
) -> Stop | None:
    if aside:
        return aside
    if not handed.get(unit.pk):
        return Stop.WITHDRAWN if unit.withdrawn else Stop.UNJUDGED
    if not incomplete_counts and unit.done < unit.wanted:
        return Stop.INCOMPLETE
    if unit.pk in out.units:
        return Stop.UNIT_OUT
    return None if counting.get(unit.pk) else Stop.NOTHING_COUNTS
