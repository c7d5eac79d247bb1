"""Questions of raters: the manager answers, and what is of use to all becomes an entry of the guideline."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaign.models import Question
from projects import kinds
from projects.markdown import parts_of
from projects.models import Assignment, Study, StudyRole, User
from projects.services import studies
from projects.services.audit import record


def ask(part: StudyRole, *, text: str, assignment: Assignment | None = None) -> Question:
    """Keep a question on a unit in hand, or on a rule; the manager alone sees it."""
    if not text.strip():
        raise ValidationError({"text": _("Write your question first.")})
    unit = assignment.unit if assignment else None
    return Question.objects.create(study=part.study, part=part, unit=unit, text=text.strip())


def answer(
    question: Question, *, answer: str, actor: User, entry: str = "", publish: bool = False, asks: bool = True
) -> None:
    """Answer a question, as often as it takes; published, `entry` and the answer stand in the guideline's next version.

    Only what the manager writes is published: a question may quote what others must not see.
    """
    if publish and not entry.strip():
        raise ValidationError({"entry": _("Write the question as all are to read it.")})
    with transaction.atomic():
        question.answer, question.answered_by, question.answered_at = answer.strip(), actor, timezone.now()
        question.state = Question.State.ANSWERED if question.guideline_id is None else Question.State.PUBLISHED
        if publish:
            study = question.study
            text = with_entry(study.guideline.text if study.guideline else "", entry.strip(), answer.strip())
            studies.change_guideline(study, text=text, asks=asks, actor=actor)
            question.guideline, question.state = study.guideline, Question.State.PUBLISHED
        question.save(update_fields=["answer", "answered_by", "answered_at", "guideline", "state"])
        record("study.question_answered", actor=actor, project=question.study.project, target=question)


def with_entry(text: str, question: str, answer: str) -> str:
    """Return a guideline with one question and its answer at its end; at the end of each part, in more languages."""
    parts = parts_of(text) or [("", "")]
    found = []
    for language, part in parts:
        with translation.override(language or translation.get_language() or "en"):
            heading = f"## {_('Questions and answers')}"
        body = part.strip()
        if heading not in body:
            body = f"{body}\n\n{heading}".strip()
        mark = f"::: {language}\n\n" if language else ""
        found.append(f"{mark}{body}\n\n**{question}**\n\n{answer}\n")
    return "\n".join(found)


def unit_code(question: Question) -> str:
    """Return how a unit is spoken of: by its item's id, in a blind study by a code that says nothing."""
    unit = question.unit
    if unit is None:
        return ""
    if kinds.of(question.study).deals or unit.item is None:
        return f"U{unit.pk}"
    return unit.item.external_id


def waiting(study: Study) -> int:
    """Return how many questions wait for an answer."""
    return Question.objects.filter(study=study, state=Question.State.OPEN).count()
