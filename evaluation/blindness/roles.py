"""B10 tried out on a clone: nobody has two parts, the key opens once, late and on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from evaluation.blindness.clone import Clone
from evaluation.blindness.properties import Verdict, verdict
from evaluation.services import blinding
from projects.models import AuditEntry, Membership, Role, Study, StudyRole
from projects.services import parts, studies


def apart(clone: Clone) -> Verdict:
    """Try everything that must be refused, then open the key as it should be."""
    return verdict(
        "B10", list(faults(clone)), "two parts, a reading role and an early key refused; opened once, on record"
    )


def faults(clone: Clone) -> Iterator[str]:
    """Yield what was not refused, or not put on record."""
    study, manager = clone.study, clone.manager
    rater = clone.raters[0]
    user = rater.user
    if user is None:
        return
    if not refused(lambda: StudyRole.objects.create(study=study, user=user, part=StudyRole.Part.KEY_HOLDER)):
        yield "a rater can be key-holder"
    for role in (Role.MANAGER, Role.ANALYST, Role.ADJUDICATOR):
        if not refused(lambda role=role: Membership.objects.create(project=study.project, user=user, role=role)):  # type: ignore[misc]  # bound here
            yield f"a rater can become {role}"
    parts.add_key_holder(study, manager, actor=manager)
    if not refused(lambda: blinding.unblind(study, by=manager, reason="Too early.")):
        yield "the key opens before closing"
    studies.close(study, actor=manager)
    study.refresh_from_db()
    if not refused(lambda: blinding.unblind(study, by=user, reason="Not mine.")):
        yield "a rater can open the key"
    if not refused(lambda: blinding.unblind(study, by=manager, reason=" ")):
        yield "the key opens without a reason"
    blinding.unblind(study, by=manager, reason="The study is closed.")
    if not refused(lambda: blinding.unblind(study, by=manager, reason="Again.")):
        yield "the key opens twice"
    if study.state != Study.State.CLOSED or not on_record(study, manager.pk):
        yield "opening the key is not on record"


def refused(call: Callable[[], object]) -> bool:
    """Whether the program or the database refuses something."""
    try:
        with transaction.atomic():
            call()
    except (IntegrityError, ValidationError):
        return True
    return False


def on_record(study: Study, actor: int) -> bool:
    """Whether the audit log knows who opened the key."""
    return AuditEntry.objects.filter(verb="study.unblinded", target_id=study.pk, actor_id=actor).count() == 1
