"""What a rater's page shows of a unit of a blind study: the responses as cards, the answer so far, feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.forms.blind_answers import Handle, letter
from evaluation.models import Mark, Placement, Reason, ResponseSet
from evaluation.services import checks
from projects.kinds import WorkForm
from projects.models import Assignment, ItemRevision, Submission, Unit


@dataclass(frozen=True)
class Card:
    """One response as a rater's page shows it."""

    slot: int
    letter: str
    token: str
    text: str
    explanation: str
    language: str = ""
    turns: Sequence[Any] = ()
    marks: Sequence[str] = ()
    # The answer so far, where it is one value a response.
    chosen: str = ""


def cards(assignment: Assignment, placements: Sequence[Placement], form: WorkForm) -> list[Card]:
    """Return the responses, or whole dialogues, in this rater's order."""
    explained = bool(assignment.study.settings.get("show_explanation"))
    language = assignment.unit.revision.language if assignment.unit.revision else ""
    return [_card(row, form, language, explained=explained) for row in placements]


def _card(row: Placement, form: WorkForm, language: str, *, explained: bool) -> Card:
    member, response = row.member, row.member.response
    text, explanation = "", ""
    turns: Sequence[Any] = ()
    if response is not None:
        said = row.wording or response
        text, explanation = said.text, said.explanation if explained else ""
    elif member.revision is not None:
        turns, language = tuple(member.revision.turns.all()), member.revision.language
        text = member.revision.text if not turns else ""
    marks = form[f"mark-{row.token}"].value() or []
    return Card(row.slot, letter(row.slot), row.token, text, explanation, language, turns, marks)


def question(assignment: Assignment, placements: Sequence[Placement]) -> ItemRevision | None:
    """Return what the responses answer; None where whole dialogues are judged, which answer nothing."""
    if any(row.member.revision_id for row in placements):
        return None
    return assignment.unit.revision


def topic(assignment: Assignment) -> list[str]:
    """Return topic and subtopic where the study shows them."""
    revision = assignment.unit.revision
    if revision is None or not revision.topic or not assignment.study.settings.get("show_topic"):
        return []
    return [name for name in (revision.topic, revision.subtopic) if name]


def feedback(assignment: Assignment, placements: Sequence[Placement]) -> dict[str, Any] | None:
    """Return what a rater is told about an item to practise on, once it is answered."""
    if assignment.unit.role != Unit.Role.PRACTICE or assignment.state != Assignment.State.SUBMITTED:
        return None
    given = assignment.submissions.filter(current=True).select_related("assignment").first()
    expected = ResponseSet.objects.values_list("expected", flat=True).get(unit=assignment.unit_id)
    if given is None or not expected:
        return None
    rows = [row for row in placements if row.member.system.code == expected["system"]]
    return {
        "met": checks.met(given), "letter": letter(rows[0].slot) if rows else "", "best": expected["is"] == "best",
        "words": expected["words"], "alone": len(placements) == 1,
    }  # fmt: skip


def plain(card: Card) -> dict[str, Any]:
    """Return a card for programs: never more than the page shows."""
    found: dict[str, Any] = {"token": card.token, "letter": card.letter, "text": card.text}
    if card.explanation:
        found["explanation"] = card.explanation
    if card.turns:
        found["turns"] = [{"speaker": turn.speaker, "text": turn.text} for turn in card.turns]
    return found


def said_beside(given: Submission, shown: Sequence[Handle]) -> dict[str, Any]:
    """Return an earlier answer's marks and reasons as the form's initial values."""
    token = {one.member: one.token for one in shown}
    found: dict[str, Any] = {}
    for mark in Mark.objects.filter(submission=given):
        found.setdefault(f"mark-{token[mark.member_id]}", []).append(mark.concern)
    for reason in Reason.objects.filter(submission=given):
        found["reason" if reason.member_id is None else f"why-{token[reason.member_id]}"] = reason.text
    return found


def sane(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of a draft what a form's field can hold."""
    return {
        name: value
        for name, value in payload.items()
        if isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
    }
