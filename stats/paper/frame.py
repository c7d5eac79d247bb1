"""What the sections of a study report share: the tables by their keys, and what was drawn before anything was seen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from stats.paper.material import BASE, TUNED, Criterion, Item, Judgement, Material, Response, Study, System, Verdict

Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)
Json = dict[str, Any]

EMPTY = "no_rows"
"""Why a section has nothing to say: its rows are not there."""


@dataclass(frozen=True)
class Plan:
    """The seed of every draw and how many replicates an interval rests on."""

    seed: int = 1
    bootstrap: int = 1000

    @property
    def options(self) -> dict[str, int]:
        """As the functions of `stats` take them."""
        return {"bootstrap": self.bootstrap, "seed": self.seed}


@dataclass(frozen=True)
class Frame:
    """The material by its keys. Everything keeps the order of the tables, never that of a set."""

    material: Material
    plan: Plan

    @cached_property
    def responses(self) -> Mapping[str, Response]:
        """The responses by handle."""
        return {row.handle: row for row in self.material.responses}

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """The items by id."""
        return {row.id: row for row in self.material.items}

    @cached_property
    def systems(self) -> Mapping[str, System]:
        """The systems by code."""
        return {row.code: row for row in self.material.systems}

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """The systems of each group in their order; "" holds those that belong to none."""
        return {
            name: [row.code for row in rows] for name, rows in grouped(self.material.systems, lambda row: row.group)
        }

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """(system, base): every system made from another, or fine-tuned in a group that has one base."""
        found = []
        for row in self.material.systems:
            bases = [one.code for one in self.material.systems if one.group == row.group and one.role == BASE]
            base = row.before or (bases[0] if row.role in TUNED and row.group and len(bases) == 1 else "")
            if base in self.systems and base != row.code:
                found.append((row.code, base))
        return found

    def studies(self, *kinds: str, way: str = "") -> list[Study]:
        """The studies of these kinds."""
        return [row for row in self.material.studies if row.kind in kinds and (not way or row.way == way)]

    def criteria(self, rubric: str) -> list[Criterion]:
        """The criteria of a rubric in their order."""
        return [row for row in self.material.criteria if row.rubric == rubric]

    @cached_property
    def judgements(self) -> Mapping[str, list[Judgement]]:
        """All judgements of each study."""
        return dict(grouped(self.material.judgements, lambda row: row.study))

    def counted(self, study: Study) -> list[Judgement]:
        """The judgements of a study that results rest on."""
        return [row for row in self.judgements.get(study.key, []) if row.counts]

    @cached_property
    def verdicts(self) -> Mapping[str, list[Verdict]]:
        """All verdicts of each run of judges."""
        return dict(grouped(self.material.verdicts, lambda row: row.study))

    @cached_property
    def rubrics(self) -> dict[str, list[Verdict]]:
        """The scores that judges gave, by rubric: runs of one rubric stand together."""
        found: dict[str, list[Verdict]] = {}
        for study in self.studies("judging", way="scores"):
            rows = [row for row in self.verdicts.get(study.key, []) if row.value is not None]
            if rows:
                found.setdefault(study.rubric, []).extend(rows)
        return found

    def system_of(self, handle: str) -> str:
        """The code of the system that wrote a response. ValueError for an unknown response."""
        if handle not in self.responses:
            raise ValueError(f"there is no response {handle!r} in responses.csv")
        return self.responses[handle].system

    def named(self, codes: Iterable[str]) -> list[str]:
        """These codes in the order of the table of systems; each once."""
        wanted = set(codes)
        return [code for code in self.systems if code in wanted]

    def judges(self, rows: Iterable[Verdict]) -> list[str]:
        """The judges of these rows in the order of the table of judges, unlisted ones last."""
        seen = list(dict.fromkeys(row.judge for row in rows))
        known = [row.code for row in self.material.judges if row.code in seen]
        return known + [code for code in seen if code not in known]


def grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> Iterator[tuple[Key, list[Row]]]:
    """Rows by a key, keys in the order of their first row."""
    found: dict[Key, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    yield from found.items()


def nothing() -> Json:
    """What a section without rows says."""
    return {"reason": EMPTY}


def best(values: Mapping[str, float | None], *, lowest: bool = False) -> list[str]:
    """The systems with the best value; several where they are equal to nine digits."""
    known = {code: -value if lowest else value for code, value in values.items() if value is not None}
    top = max(known.values(), default=0.0)
    return [code for code, value in known.items() if abs(value - top) < 1e-9]


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean of one value or more."""
    return sum(values) / len(values)
