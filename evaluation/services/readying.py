"""What a rater does before the first unit of a blind study: agrees to take part, and answers the question."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from evaluation.models import Readiness
from projects.models import StudyRole


def is_ready(part: StudyRole) -> bool:
    """Whether the rater has done all that the study asks for before the work."""
    settings = part.study.settings
    row = Readiness.objects.filter(part=part).first()
    agreed = not settings.get("consent") or (row is not None and row.consent_at is not None)
    answered = not settings.get("question") or (row is not None and row.question_at is not None)
    return agreed and answered


def agree(part: StudyRole) -> None:
    """Remember that the rater agrees to take part."""
    row, _made = Readiness.objects.get_or_create(part=part)
    Readiness.objects.filter(pk=row.pk, consent_at=None).update(consent_at=timezone.now())


def answer(part: StudyRole, *, right: bool) -> None:
    """Remember an answer to the question, and how many it took."""
    row, _made = Readiness.objects.get_or_create(part=part)
    rows = Readiness.objects.filter(pk=row.pk, question_at=None)
    rows.update(tries=F("tries") + 1, question_at=timezone.now() if right else None)
