"""What a rater's page shows of a unit of a blind study: the responses as cards, the answer so far, feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.forms.blind_answers import Handle, letter
from evaluation.models import Mark, Placement, Reason, ResponseSet
from evaluation.services import checks, conversations
from evaluation.services.conversations import Conversation, Line
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
    # Whether explanations are judged here; then every card has the place of one.
    explained: bool = False
    language: str = ""
    turns: Sequence[Line] = ()
    marks: Sequence[str] = ()
    # The answer so far, where it is one value a response.
    chosen: str = ""


def cards(assignment: Assignment, placements: Sequence[Placement], form: WorkForm) -> list[Card]:
    """Return the responses, or whole dialogues, in this rater's order."""
    explained = bool(assignment.study.settings.get("show_explanation"))
    language = assignment.unit.revision.language if assignment.unit.revision else ""
    whole = [row.member.revision for row in placements if row.member.revision is not None]
    said = conversations.shown(assignment.study_id, whole)
    return [_card(row, form, language, said, explained=explained) for row in placements]


def _card(row: Placement, form: WorkForm, language: str, said: Mapping[int, Conversation], *, explained: bool) -> Card:
    member, response = row.member, row.member.response
    marks = form[f"mark-{row.token}"].value() or []
    if member.revision is not None:
        whole = said[member.revision.pk]
        return Card(
            row.slot, letter(row.slot), row.token, whole.text, "", language=member.revision.language,
            turns=whole.lines, marks=marks,
        )  # fmt: skip
    worded: Any = row.wording or response
    explanation = worded.explanation if explained else ""
    return Card(row.slot, letter(row.slot), row.token, worded.text, explanation, explained, language, (), marks)


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
    if card.explained:
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
