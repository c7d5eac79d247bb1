"""Who has read which version of the guideline."""

from __future__ import annotations

from django.db.models import Max

from campaign.models import Acknowledgement
from projects.models import Guideline, StudyRole


def is_due(part: StudyRole) -> bool:
    """Whether a version of the guideline waits for this rater to have read it."""
    asked = part.study.guidelines.filter(asks=True).aggregate(last=Max("number"))["last"]
    return asked is not None and last_read(part) < asked


def last_read(part: StudyRole) -> int:
    """Return the number of the newest version that the rater has acknowledged, 0 for none."""
    rows = Acknowledgement.objects.filter(part=part)
    return rows.aggregate(last=Max("guideline__number"))["last"] or 0


def known(part: StudyRole) -> Guideline | None:
    """Return the version that a rater works by while a newer one waits to be read; None where none waits or was."""
    rows = part.study.guidelines
    waiting = rows.filter(asks=True, number__gt=last_read(part)).order_by("number").first()
    return rows.filter(number__lt=waiting.number).order_by("-number").first() if waiting else None


def acknowledge(part: StudyRole, guideline: Guideline) -> None:
    """Remember that the rater has read this version."""
    Acknowledgement.objects.get_or_create(part=part, guideline=guideline)
