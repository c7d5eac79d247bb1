"""Leaving an answer, a unit or a rater out of results, with a reason; and lifting that again. Nothing is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.models import Assignment, Exclusion, Rater, Study, Submission, Unit, User
from projects.services.audit import record

Target = Unit | Rater | Assignment
# Before and after anything that was ever answered here.
EVER, NEVER = datetime(1900, 1, 1, tzinfo=UTC), datetime(2900, 1, 1, tzinfo=UTC)
# Sent inside the transaction with `exclusion` and `actor` whenever something is left out, or counts again.
changed = Signal()


def in_force(study: Study) -> QuerySet[Exclusion]:
    """Return what is left out of the study's results now."""
    return study.exclusions.filter(lifted_at=None)


def units_left_out(unit: str = "pk") -> Exists:
    """Return the condition that a row's unit is left out whole; `unit` leads from the row to the unit's key."""
    return Exists(Exclusion.objects.filter(unit=OuterRef(unit), lifted_at=None))


def assignments_left_out() -> Q:
    """Return the condition that an assignment counts in no result.

    It, its unit or its rater is left out, or an answer to it was given in a period of its rater that is.
    """
    here = Exclusion.objects.filter(study=OuterRef("study"), lifted_at=None)
    mine = Q(assignment=OuterRef("pk")) | Q(rater=OuterRef("rater"), since=None, until=None) | Q(unit=OuterRef("unit"))
    return Exists(here.filter(mine)) | Exists(_answered_in(here, OuterRef(OuterRef("pk")), OuterRef("rater")))


def _answered_in(periods: QuerySet[Exclusion], assignment: OuterRef, rater: OuterRef) -> QuerySet[Exclusion]:
    """Keep a rater's periods in which an answer that results may use was given to an assignment."""
    within = Submission.objects.filter(
        Q(current=True) | Q(independent=True),
        assignment=assignment,
        created_at__gte=Coalesce(OuterRef("since"), Value(EVER, DateTimeField())),
        created_at__lt=Coalesce(OuterRef("until"), Value(NEVER, DateTimeField())),
    )
    return periods.filter(Q(since__isnull=False) | Q(until__isnull=False), Exists(within), rater=rater)


@dataclass(frozen=True)
class LeftOut:
    """What is left out of results: ids, each with the reason. What periods leave out is among the assignments."""

    units: Mapping[int, str] = field(default_factory=dict)
    raters: Mapping[int, str] = field(default_factory=dict)
    assignments: Mapping[int, str] = field(default_factory=dict)
    # Which of the assignments are left out by a period of their rater alone.
    by_period: frozenset[int] = frozenset()

    def reason(self, unit: int, rater: int, assignment: int) -> str:
        """Return why an answer is left out, or nothing where it counts."""
        return self.assignments.get(assignment) or self.raters.get(rater) or self.units.get(unit) or ""


def left_out(study: Study) -> LeftOut:
    """Return what is left out of the study's results now; one query, and one more for each period."""
    units: dict[int, str] = {}
    raters: dict[int, str] = {}
    single: dict[int, str] = {}
    periods: dict[int, str] = {}
    rows = in_force(study).order_by("pk").values_list("unit", "rater", "assignment", "reason", "since", "until")
    for unit, rater, assignment, reason, since, until in rows:
        if unit:
            units[unit] = reason
        elif assignment:
            single[assignment] = reason
        elif rater and since is None and until is None:
            raters[rater] = reason
        elif rater:
            periods |= dict.fromkeys(answered(study, rater, since, until), reason)
    return LeftOut(units, raters, periods | single, frozenset(set(periods) - set(single)))


def answered(study: Study, rater: int, since: datetime | None, until: datetime | None) -> set[int]:
    """Return the assignments to which a rater gave an answer that results may use, from `since` on, before `until`."""
    rows = Submission.objects.filter(assignment__study=study, assignment__rater=rater)
    rows = rows.filter(Q(current=True) | Q(independent=True))
    if since is not None:
        rows = rows.filter(created_at__gte=since)
    if until is not None:
        rows = rows.filter(created_at__lt=until)
    return set(rows.values_list("assignment_id", flat=True))


def leave_out(
    study: Study,
    target: Target,
    *,
    reason: str,
    actor: User,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Exclusion:
    """Leave a unit, a rater or one rater's answer out of the study's results.

    With `since` or `until` only what the rater answered from the one on and before the other. Raises ValidationError
    without a reason, for a foreign target or an impossible period, and where it is left out already.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Give the reason; reports show it.")})
    if not _belongs(study, target):
        raise ValidationError(_("This is no part of the study."))
    _check_period(target, since, until)
    name = target._meta.model_name or ""
    with transaction.atomic():
        # Two people leaving the same thing out at once must not make two rows of it.
        Study.objects.select_for_update().get(pk=study.pk)
        same: dict[str, Any] = {name: target, "since": since, "until": until}
        if in_force(study).filter(**same).exists():
            raise ValidationError(_("This is left out already."))
        row = Exclusion(study=study, reason=reason, created_by=actor, since=since, until=until)
        setattr(row, name, target)
        row.save()
        what = "period" if row.is_period else name
        record("exclusion.made", actor=actor, project=study.project, target=row, study=study.pk, what=what)
        changed.send(sender=Exclusion, exclusion=row, actor=actor)
    return row


def lift(exclusion: Exclusion, *, actor: User) -> None:
    """Count again what was left out; the row stays, with who lifted it and when.

    Raises ValidationError for answers whose rater took their consent back, unless it is that very rater who asks.
    """
    if exclusion.withdrawal and (exclusion.rater is None or exclusion.rater.user_id != actor.pk):
        raise ValidationError(_("Only the rater can let these answers be used again."))
    with transaction.atomic():
        standing = Exclusion.objects.filter(pk=exclusion.pk, lifted_at=None)
        now = timezone.now()
        if standing.update(lifted_at=now, lifted_by=actor):
            exclusion.lifted_at = now
            study = exclusion.study
            record("exclusion.lifted", actor=actor, project=study.project, target=exclusion, study=study.pk)
            changed.send(sender=Exclusion, exclusion=exclusion, actor=actor)


def _check_period(target: Target, since: datetime | None, until: datetime | None) -> None:
    if since is None and until is None:
        return
    if not isinstance(target, Rater):
        raise ValidationError(_("Only a rater's answers are left out by their time."))
    if target.nature == Rater.Nature.EXTERNAL:
        raise ValidationError(_("Labels that came with the data have no time of their own; leave the rater out whole."))
    if since is not None and until is not None and since >= until:
        raise ValidationError({"until": _("The period ends before it begins.")})


def _belongs(study: Study, target: Target) -> bool:
    if isinstance(target, Rater):
        # External raters have no part in a study; what they say came with the data.
        external = target.nature == Rater.Nature.EXTERNAL and target.project_id == study.project_id
        return external or study.roles.filter(rater=target).exists()
    return target.study_id == study.pk
