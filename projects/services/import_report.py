"""What a file holds, counted row by row: what the report page shows and the batch keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from projects.formats.messages import row_message
from projects.formats.records import ItemRecord, RowError, Unchanged

Outcome = ItemRecord | RowError | Unchanged
# The page lists this many rows of each sort; the file of rejected rows has them all.
LISTED = 200
FACETS = ("topics", "languages", "kinds")
MOST_VALUES = 300
CONFLICT = "conflict"


@dataclass
class Tally:
    """Counts over the rows of one import, with the first rows that cannot be imported."""

    good: int = 0
    unchanged: int = 0
    conflicts: int = 0
    rejected: int = 0
    prelabelled: int = 0
    answered: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    problems: list[dict[str, Any]] = field(default_factory=list)
    conflicting: list[dict[str, Any]] = field(default_factory=list)
    topics: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.good + self.unchanged + self.bad

    @property
    def bad(self) -> int:
        """How many rows cannot be imported: faulty ones, and those that contradict a known item."""
        return self.conflicts + self.rejected

    def add(self, outcomes: Iterable[Outcome]) -> list[ItemRecord]:
        """Count outcomes; return the good records among them."""
        good: list[ItemRecord] = []
        for outcome in outcomes:
            if isinstance(outcome, ItemRecord):
                good.append(outcome)
            elif isinstance(outcome, Unchanged):
                self.unchanged += 1
            else:
                self._add_error(outcome)
        self._add_good(good)
        return good

    def _add_good(self, records: list[ItemRecord]) -> None:
        self.good += len(records)
        self.prelabelled += sum(1 for record in records if record.prelabels)
        self.answered += sum(1 for record in records if record.answer)
        self.topics.update(record.topic for record in records if record.topic)
        self.languages.update(record.language for record in records if record.language)
        self.kinds.update(record.kind for record in records)

    def _add_error(self, error: RowError) -> None:
        conflict = error.code == CONFLICT
        self.conflicts += conflict
        self.rejected += not conflict
        self.reasons[error.code] += 1
        shown = self.conflicting if conflict else self.problems
        if len(shown) < LISTED:
            params = {name: plain(value) for name, value in error.params.items()}
            shown.append({"row": error.row, "column": error.column, "code": error.code, "params": params})

    def to_json(self) -> dict[str, Any]:
        """Plain data for ImportBatch.report; the reasons are codes, so that they can be told in any language."""
        return {
            "rows": self.rows,
            "good": self.good,
            "unchanged": self.unchanged,
            "conflicts": self.conflicts,
            "rejected": self.rejected,
            "prelabelled": self.prelabelled,
            "answered": self.answered,
            "reasons": dict(self.reasons.most_common()),
            "problems": self.problems,
            "conflicting": self.conflicting,
            **{name: dict(getattr(self, name).most_common(MOST_VALUES)) for name in FACETS},
        }


def told(problem: Mapping[str, Any]) -> str:
    """A stored problem as a sentence, in the language active now."""
    return row_message(problem["code"], problem["params"])


def plain(value: object) -> object:
    return value if isinstance(value, str | int | float) else str(value)
