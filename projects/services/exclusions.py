"""Leaving an answer, a unit or a rater out of results, with a reason; and lifting that again. Nothing is deleted."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.models import Assignment, Exclusion, Rater, Study, Unit, User
from projects.services.audit import record

Target = Unit | Rater | Assignment
# Sent inside the transaction with `exclusion` and `actor` whenever something is left out, or counts again.
changed = Signal()


def in_force(study: Study) -> QuerySet[Exclusion]:
    """Return what is left out of the study's results now."""
    return study.exclusions.filter(lifted_at=None)


def units_left_out(unit: str = "pk") -> Exists:
    """Return the condition that a row's unit is left out whole; `unit` leads from the row to the unit's key."""
    return Exists(Exclusion.objects.filter(unit=OuterRef(unit), lifted_at=None))


def assignments_left_out() -> Exists:
    """Return the condition that an assignment counts in no result: it, its rater or its unit is left out."""
    here = Exclusion.objects.filter(study=OuterRef("study"), lifted_at=None)
    mine = Q(assignment=OuterRef("pk")) | Q(rater=OuterRef("rater")) | Q(unit=OuterRef("unit"))
    return Exists(here.filter(mine))


def leave_out(study: Study, target: Target, *, reason: str, actor: User) -> Exclusion:
    """Leave a unit, a rater or one rater's answer out of the study's results.

    Raises ValidationError without a reason, for a foreign target, and where it is left out already.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Give the reason; reports show it.")})
    if not _belongs(study, target):
        raise ValidationError(_("This is no part of the study."))
    name = target._meta.model_name or ""
    with transaction.atomic():
        # Two people leaving the same thing out at once must not make two rows of it.
        Study.objects.select_for_update().get(pk=study.pk)
        if in_force(study).filter(**{name: target}).exists():
            raise ValidationError(_("This is left out already."))
        row = Exclusion(study=study, reason=reason, created_by=actor)
        setattr(row, name, target)
        row.save()
        record("exclusion.made", actor=actor, project=study.project, target=row, study=study.pk, what=name)
        changed.send(sender=Exclusion, exclusion=row, actor=actor)
    return row


def lift(exclusion: Exclusion, *, actor: User) -> None:
    """Count again what was left out; the row stays, with who lifted it and when."""
    with transaction.atomic():
        standing = Exclusion.objects.filter(pk=exclusion.pk, lifted_at=None)
        now = timezone.now()
        if standing.update(lifted_at=now, lifted_by=actor):
            exclusion.lifted_at = now
            study = exclusion.study
            record("exclusion.lifted", actor=actor, project=study.project, target=exclusion, study=study.pk)
            changed.send(sender=Exclusion, exclusion=exclusion, actor=actor)


def _belongs(study: Study, target: Target) -> bool:
    if isinstance(target, Rater):
        # External raters have no part in a study; what they say came with the data.
        external = target.nature == Rater.Nature.EXTERNAL and target.project_id == study.project_id
        return external or study.roles.filter(rater=target).exists()
    return target.study_id == study.pk
