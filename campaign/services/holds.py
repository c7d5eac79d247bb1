"""A rater who gets no work until the manager says so; what they have answered stays."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from campaign.models import RaterHold
from projects.models import StudyRole, User
from projects.services import asking, leases
from projects.services.audit import record


def hold(part: StudyRole, *, cause: str, actor: User | None, reason: str = "") -> None:
    """Pause one rater: what they hold goes back, and the next page tells them. Twice is once."""
    try:
        with transaction.atomic():
            RaterHold.objects.create(part=part, cause=cause, reason=reason, created_by=actor)
            asking.ask(part.pk)
            leases.release_all(part.study, part.coded)
            record("study.rater_held", actor=actor, project=part.study.project, target=part)
    except IntegrityError:
        # Paused already, in this very moment perhaps.
        return


def lift(part: StudyRole, *, actor: User) -> None:
    """Let a paused rater go on."""
    with transaction.atomic():
        rows = RaterHold.objects.filter(part=part, lifted_at=None)
        if rows.update(lifted_at=timezone.now(), lifted_by=actor):
            record("study.rater_let_on", actor=actor, project=part.study.project, target=part)
