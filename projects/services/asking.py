"""Asking raters to do something before their next unit (`projects.gates`): all of a study, or some."""

from __future__ import annotations

from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce

from projects.models import Study, StudyRole


def ask_all(study: Study) -> None:
    """Let every rater of the study be looked at before their next unit."""
    Study.objects.filter(pk=study.pk).update(gate=Coalesce(F("gate"), 0) + 1)
    study.refresh_from_db(fields=["gate"])


def ask(*parts: int) -> None:
    """Let these raters be looked at before their next unit; each time by another number, so that none is missed."""
    lower = Case(When(gate__lt=0, then=F("gate") - 1), default=Value(-1))
    StudyRole.objects.filter(pk__in=parts).update(gate=lower)
