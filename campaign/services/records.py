"""What is told of a rater's training: feedback on an item, the record of one, the list of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from campaign.models import Calibration, Check, TrainingItem
from campaign.services import checking, reading, training
from campaign.services.training import At, Standing
from projects import kinds
from projects.differences import Piece, passages, pieces
from projects.markdown import for_reader, to_html
from projects.models import ItemRevision, StudyRole

Stage = TrainingItem.Stage
# A record shows the first of them; more would make no page.
MOST_LINES = 100


@dataclass(frozen=True)
class Field:
    """One field of an answer: what was said, what is right, and whether it is met."""

    name: str
    said: str
    expected: str
    met: bool


@dataclass(frozen=True)
class Line:
    """One item of a rater's training, with its feedback."""

    check: Check
    revision: ItemRevision | None
    fields: list[Field]
    explanation: str

    @property
    def right(self) -> bool:
        """Whether all of it was right."""
        return self.check.score is not None and self.check.score >= 1


def feedback(checks: Iterable[Check]) -> list[Line]:
    """Return checks as their rater is told of them."""
    rows = list(checks)
    return [_line(row) for row in rows]


def _shown(row: Check) -> ItemRevision | None:
    """Return the item, where raters of the study read it."""
    study = row.part.study
    return row.assignment.unit.revision if kinds.of(study).shows_item(study) else None


def _line(row: Check) -> Line:
    item = row.item
    if item is None:
        return Line(row, _shown(row), [], "")
    plan = training.plan_of(row.part.study)
    kind, assignment = kinds.of(row.part.study), row.assignment
    expected = checking.expected_of(item, plan)
    fields = [_field(row, key, value, plan.tolerance if plan else 0.0) for key, value in expected.items()]
    if not expected:
        fields = [Field(name, value, "", met=True) for name, value in kind.named(assignment, row.said)]
    return Line(row, _shown(row), fields, to_html(item.explanation, get_language() or ""))


def _field(row: Check, key: str, right: Any, tolerance: float) -> Field:
    kind, assignment = kinds.of(row.part.study), row.assignment
    [(name, expected), *_] = kind.named(assignment, {key: right})
    said = kind.named(assignment, {key: row.said[key]})[0][1] if key in row.said else ""
    return Field(name, said, expected, checking.is_met(row.said.get(key), right, tolerance))


def _checks(part: StudyRole) -> Any:
    rows = Check.objects.filter(part=part).select_related(
        "item__study", "assignment__unit__revision__item__dataset", "part__study__version"
    )
    return rows.order_by("created_at", "pk")


def of_round(part: StudyRole, calibration: Calibration) -> Sequence[Check]:
    """Return the checks of one round of calibration."""
    found: Sequence[Check] = _checks(part).filter(stage=Stage.CALIBRATION, round=calibration.round)
    return found


def has_more(part: StudyRole, standing: Standing) -> bool:
    """Whether another try follows a round that was not passed."""
    if standing.at != At.RESULT or standing.calibration is None:
        return False
    later = [item for item in training.course(part) if item.round > standing.calibration.round]
    return any(item.stage == Stage.CALIBRATION for item in later)


def own(part: StudyRole) -> dict[str, Any]:
    """Return a rater's record as they may see it themselves: finished rounds, and no hidden checks.

    Where the study keeps the calibration's results to itself, its items are left out.
    """
    finished, told = list(part.calibrations.order_by("round")), training.told(part.study)
    rounds = {row.round for row in finished if told}
    rows = [
        row for row in _checks(part).exclude(stage=Stage.HIDDEN) if row.stage == Stage.PRACTICE or row.round in rounds
    ]
    return {"rounds": finished, "lines": feedback(rows), "told": told}


def news(part: StudyRole) -> dict[str, Any]:
    """Return the guideline in force, and what it changed in the rater's language since the version they have read."""
    guideline, language = part.study.guideline, get_language() or ""
    before = reading.known(part) if part.submitted or reading.last_read(part) else None
    changed: list[Piece] = []
    if before and guideline:
        changed = passages(pieces(for_reader(before.text, language), for_reader(guideline.text, language)))
    return {"html": to_html(guideline.text if guideline else "", language), "before": before, "changed": changed}


def whole(part: StudyRole) -> dict[str, Any]:
    """Return a rater's record as the manager sees it, hidden checks and pauses included."""
    return {
        "rounds": list(part.calibrations.select_related("let_pass_by").order_by("round")),
        "lines": feedback(_checks(part)[:MOST_LINES]),
        "holds": list(part.holds.select_related("lifted_by").order_by("pk")),
        "acknowledged": list(part.acknowledgements.select_related("guideline").order_by("guideline__number")),
        "consents": list(part.consents.select_related("text").order_by("pk")),
    }
