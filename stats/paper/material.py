"""The long tables a study report is computed from, one CSV file each: nothing but codes, numbers and declared words.

A system is a code, a rater is a code, a response is a handle. Whoever has the key puts names to them afterwards; no
figure needs one. The tables are written and read to the last bit, so that a figure computed from the files is the
figure that was computed from the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from stats.paper import rows

BASE = "base"
TUNED = ("synthetic", "interview", "both")
"""Roles of systems that were made from their group's base."""
HUMAN_KINDS = ("ranking", "rating", "comparison")
COUNTED = ("main", "overlap")
"""Roles of units that results rest on: practice and checks of attention are no results."""


@dataclass(frozen=True, slots=True)
class Study:
    """A study of people, a run of judges, or a benchmark: whatever rows belong to.

    `kind` is ranking, rating, comparison, label_review, dialogue, judging or benchmark. `way` says of judges whether
    they gave scores, pairs or lists. `rubric` names the criteria: judging runs of one rubric make one table.
    """

    key: str
    kind: str
    title: str = ""
    way: str = ""
    rubric: str = ""
    seed: int = 1
    raters_per_unit: int = 0
    # Units planned, so that what is missing can be told.
    units: int = 0
    rounds: int = 1
    primary: str = ""
    test: str = ""
    # What an agreement coefficient of labels needs: nominal, ordinal, interval; of scores it is interval.
    level: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of a rubric, or a field of labels with its declared categories ("yes|no"), in their order."""

    rubric: str
    key: str
    name: str = ""
    low: float | None = None
    high: float | None = None
    categories: str = ""


@dataclass(frozen=True, slots=True)
class System:
    """A system under its code. `group` is a code too; `before` is the system it was made from, if any.

    `role` is base, synthetic, interview, both, baseline or other; baselines stand below every group.
    """

    code: str
    group: str = ""
    role: str = "other"
    before: str = ""


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge under its code, and the systems ("S2|S5") that are the same model as it."""

    code: str
    own: str = ""

    @property
    def owns(self) -> frozenset[str]:
        """The codes of its own systems."""
        return frozenset(code for code in self.own.split("|") if code)


@dataclass(frozen=True, slots=True)
class Item:
    """A question or dialogue. `kind` is true_false, single_choice, multiple_choice, qa or dialogue."""

    id: str
    topic: str = ""
    subtopic: str = ""
    language: str = ""
    kind: str = "qa"


@dataclass(frozen=True, slots=True)
class Response:
    """What a system said to an item in a round, without its text. `flagged`: its words may tell who wrote it."""

    handle: str
    item: str
    system: str
    round: int = 1
    characters: int = 0
    words: int = 0
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """One value that a person gave.

    `what` is score (`value` on the scale), rank (`value`, 1 is best), choice (`value` 1: `response`, shown first, won;
    -1: `other` won; 0: tie) or label (`label`; several labels are one text with | between them).
    `excluded` is the reason an answer was left out; `repeat` above 0 marks a second judgement by the same rater.
    """

    study: str
    unit: str
    item: str
    rater: str
    what: str
    group: str = ""
    block: str = ""
    response: str = ""
    other: str = ""
    criterion: str = ""
    value: float | None = None
    label: str = ""
    place: int = 0
    role: str = "main"
    repeat: int = 0
    excluded: str = ""
    guideline: str = ""

    @property
    def counts(self) -> bool:
        """Whether results rest on it."""
        return not self.excluded and not self.repeat and self.role in COUNTED


@dataclass(frozen=True, slots=True)
class Verdict:
    """One value that a judge gave, or the reason (`failed`) why an answer could not be read: then a row without value.

    `task` is what the judge was shown; `place` where `response` stood in it. Of pairs `value` is 1 where `response`,
    shown first, won, -1 where `other` won, 0 for a tie. Of lists it is the rank.
    """

    study: str
    judge: str
    task: str
    item: str
    round: int = 1
    response: str = ""
    other: str = ""
    criterion: str = ""
    value: float | None = None
    place: int = 0
    asked: int = 1
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A system's answer to an item of a benchmark: right and elastic of labelled items, score in [0, 1] of open ones.

    `unread` is the reason why no choice could be read; such an answer counts as wrong.
    """

    study: str
    system: str
    item: str
    round: int = 1
    right: float | None = None
    elastic: float | None = None
    score: float | None = None
    unread: str = ""

    @property
    def points(self) -> float | None:
        """What the item adds to the overall figure."""
        return self.score if self.right is None else self.right


@dataclass(frozen=True, slots=True)
class Missing:
    """Something planned that did not come about: `what` is calls, units, judgements ...; counts, no rows."""

    study: str
    what: str
    planned: int
    done: int


@dataclass(frozen=True)
class Material:
    """Everything a report is computed from. The order of rows is part of it: systems stand in tables as listed."""

    studies: Sequence[Study] = ()
    criteria: Sequence[Criterion] = ()
    systems: Sequence[System] = ()
    judges: Sequence[Judge] = ()
    items: Sequence[Item] = ()
    responses: Sequence[Response] = ()
    judgements: Sequence[Judgement] = ()
    verdicts: Sequence[Verdict] = ()
    answers: Sequence[Answer] = ()
    missing: Sequence[Missing] = ()

    def to_files(self) -> dict[str, str]:
        """File name -> CSV text, for every table, empty ones too."""
        return {f"{name}.csv": rows.write(kind, getattr(self, name)) for name, kind in TABLES.items()}

    @classmethod
    def from_files(cls, files: Mapping[str, str]) -> Self:
        """Read what `to_files` wrote. Raises ValueError naming the file and row of what is missing or wrong."""
        made: dict[str, Any] = {}
        for name, kind in TABLES.items():
            if f"{name}.csv" not in files:
                raise ValueError(f"{name}.csv is missing")
            made[name] = rows.read(kind, files[f"{name}.csv"], f"{name}.csv")
        return cls(**made)


TABLES: Mapping[str, type[Any]] = {
    "studies": Study,
    "criteria": Criterion,
    "systems": System,
    "judges": Judge,
    "items": Item,
    "responses": Response,
    "judgements": Judgement,
    "verdicts": Verdict,
    "answers": Answer,
    "missing": Missing,
}


def columns() -> dict[str, list[str]]:
    """The columns of every file."""
    return {name: [field.name for field in fields(kind)] for name, kind in TABLES.items()}
