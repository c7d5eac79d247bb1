"""A rater is away from a study for a while, by their own choice or the manager's, and comes back.

What they hold goes back to the others, what they submitted stays, and drafts wait for them.
"""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.models import Pause, StudyRole, User
from projects.services import leases
from projects.services.audit import record

State = StudyRole.State


def current(part: StudyRole) -> Pause | None:
    """Return the pause in force, if there is one."""
    return part.pauses.filter(ended_at=None).select_related("by").first()


def pause(
    part: StudyRole, *, actor: User | None, by_rater: bool = False, note: str = "", back_on: date | None = None
) -> Pause:
    """Let a rater be away until `back_on`, or until somebody ends it.

    Raises ValidationError for whoever does not take part, and for a day that is not ahead.
    """
    if part.part != StudyRole.Part.RATER:
        raise ValidationError(_("Only a rater's work can be paused."))
    if back_on is not None and back_on <= timezone.localdate():
        raise ValidationError({"back_on": _("Choose a day after today.")})
    with transaction.atomic():
        if not StudyRole.objects.filter(pk=part.pk, state=State.ACTIVE).update(state=State.PAUSED):
            raise ValidationError(_("Rater %(code)s does not work here now.") % {"code": part.coded.code})
        part.state = State.PAUSED
        leases.release_all(part.study, part.coded)
        row = Pause.objects.create(part=part, by=actor, by_rater=by_rater, note=note.strip(), back_on=back_on)
        how = "by_rater" if by_rater else "by_manager"
        record("study.part_paused", actor=actor, project=part.study.project, target=part, study=part.study_id, how=how)
    return row


def resume(part: StudyRole, *, actor: User | None, by_rater: bool = False) -> bool:
    """Let a rater work again; False where there was no pause. A rater ends only what they began (ValidationError)."""
    row = current(part)
    if by_rater and row is not None and not row.by_rater and not is_due(row):
        raise ValidationError(_("The manager has paused your work here; ask them to take it up again."))
    with transaction.atomic():
        changed = StudyRole.objects.filter(pk=part.pk, state=State.PAUSED).update(state=State.ACTIVE)
        if changed:
            part.state = State.ACTIVE
            end(part)
            record("study.part_resumed", actor=actor, project=part.study.project, target=part, study=part.study_id)
    return bool(changed)


def end(part: StudyRole) -> None:
    """Write the end of whatever pause is in force; whoever leaves pauses no more."""
    part.pauses.filter(ended_at=None).update(ended_at=timezone.now())


def is_due(row: Pause) -> bool:
    """Whether the day has come on which the rater is back."""
    return row.back_on is not None and row.back_on <= timezone.localdate()


def wake(part: StudyRole) -> bool:
    """End a pause whose day has come; returns whether the rater works now."""
    row = current(part)
    return row is not None and is_due(row) and resume(part, actor=None)


def wake_due() -> int:
    """End every pause whose day has come; returns how many."""
    rows = Pause.objects.filter(ended_at=None, part__state=State.PAUSED, back_on__lte=timezone.localdate())
    return sum(resume(row.part, actor=None) for row in rows.select_related("part__study__project", "part__rater"))
