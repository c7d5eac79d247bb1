"""What a file of dialogues holds, counted session by session: what the report page shows and the batch keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from projects.formats.dialogues.records import SessionFault, SessionRecord, TurnRecord
from projects.formats.records import RowError
from projects.models import Item
from projects.services.dialogue_compare import Outcome
from projects.services.import_report import CONFLICT, LISTED, Tally, plain

MOST_NAMES = 200
REMARKED = 50
TURNS_NAMED = 8


@dataclass
class DialogueTally(Tally):
    """Counts over the sessions of one import; `rejected` counts sessions, `problems` names their turns."""

    # Whether labels without a rater become suggestions.
    suggests: bool = True
    turns: int = 0
    suggested: int = 0
    answers: int = 0
    # The columns of a table that are kept beside the turns.
    columns: list[str] = field(default_factory=list)
    raters: set[str] = field(default_factory=set)
    cases: set[str] = field(default_factory=set)
    roles: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Counter[str]] = field(default_factory=dict)
    remarks: dict[str, dict[str, Any]] = field(default_factory=dict)

    # The sessions of a file of dialogues are counted here, where the base class counts rows of items.
    def add(self, outcomes: Iterable[Outcome]) -> list[SessionRecord]:  # type: ignore[override]
        """Count outcomes; return the good sessions among them."""
        good: list[SessionRecord] = []
        for outcome in outcomes:
            if isinstance(outcome, SessionRecord):
                good.append(outcome)
                self._add_session(outcome)
            elif isinstance(outcome, SessionFault):
                self._add_fault(outcome)
            else:
                self.unchanged += 1
        return good

    def _add_session(self, record: SessionRecord) -> None:
        self.good += 1
        self.turns += len(record.turns)
        self.topics.update([record.topic] if record.topic else [])
        self.languages.update([record.language] if record.language else [])
        self.kinds.update([Item.Kind.DIALOGUE.value])
        self.cases |= {record.case} - {""}
        self.roles.update(turn.role for turn in record.turns)
        for told in record.parts:
            self._add_values(told)
        self.prelabelled += any(told.labels or told.proposals for told in record.parts)
        self._remark(record)

    def _add_values(self, told: SessionRecord | TurnRecord) -> None:
        self.suggested += len(told.labels) * self.suggests + len(told.proposals)
        self.answers += len(told.answers)
        self.raters.update(said.rater for said in told.answers)
        said = [(one.field, one.values) for one in told.answers]
        proposed = [(one.field, one.values) for one in told.proposals]
        for name, values in (*told.labels.items(), *said, *proposed):
            self.labels.setdefault(name, Counter()).update(values)

    def _remark(self, record: SessionRecord) -> None:
        for remark in record.remarks:
            found = self.remarks.setdefault(remark.code, {"sessions": 0, "turns": 0, "listed": []})
            found["sessions"] += 1
            found["turns"] += len(remark.turns)
            if len(found["listed"]) < REMARKED:
                place = {"row": record.row, "session": record.external_id, "turns": remark.turns[:TURNS_NAMED]}
                found["listed"].append(place)

    def _add_fault(self, fault: SessionFault) -> None:
        conflict = any(error.code == CONFLICT for error in fault.errors)
        self.conflicts += conflict
        self.rejected += not conflict
        for error in fault.errors:
            self.reasons[error.code] += 1
            self._list(error, conflict)
            if error.code == "role_unknown":
                self.unknown[str(error.params["value"])] += 1

    def _list(self, error: RowError, conflict: bool) -> None:
        shown = self.conflicting if conflict else self.problems
        if len(shown) < LISTED:
            params = {name: plain(value) for name, value in error.params.items()}
            shown.append({"row": error.row, "column": error.column, "code": error.code, "params": params})

    def to_json(self) -> dict[str, Any]:
        """Plain data for ImportBatch.report."""
        # Free texts are all different: only what occurs often enough to be a label is listed.
        often = {name: dict(found.most_common(MOST_NAMES)) for name, found in self.labels.items() if _is_label(found)}
        return {
            **super().to_json(),
            "turns": self.turns,
            "columns": self.columns,
            "suggested": self.suggested,
            "answers": self.answers,
            "raters": sorted(self.raters)[:MOST_NAMES],
            "cases": len(self.cases),
            "roles": dict(self.roles),
            "unknown": dict(self.unknown.most_common(MOST_NAMES)),
            "labels": often,
            "remarks": self.remarks,
        }


def _is_label(found: Counter[str]) -> bool:
    """Whether a field's values look like labels: short, and fewer of them than times they were given."""
    return len(found) <= MOST_NAMES and all(len(value) <= 80 for value in found) and len(found) * 2 <= found.total()
