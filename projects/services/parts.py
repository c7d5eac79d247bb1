"""Who takes part in a study, and as what: given, taken back, handed on. Nobody has two parts in one study."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.models import Rater, Study, StudyRole, User
from projects.services import allotment, asking, leases
from projects.services.audit import record

State = Study.State
# Whoever pauses comes back, and keeps their part meanwhile.
TAKING_PART = (StudyRole.State.ACTIVE, StudyRole.State.PAUSED)
# Until a study is closed raters can join it.
JOINABLE = (State.DRAFT, State.OPENING, State.OPEN, State.PAUSED)


def need_state(study: Study, *states: Study.State) -> None:
    """Raise ValidationError unless the study is in one of `states`, as the database has it now."""
    state = Study.objects.values_list("state", flat=True).get(pk=study.pk)
    if state not in states:
        raise ValidationError(_("This is not possible while the study is %(state)s.") % {"state": State(state).label})


def add_rater(study: Study, rater: Rater, *, actor: User | None) -> StudyRole:
    """Let a rater with an account take part, or come back; possible at any time before the study closes."""
    if rater.user is None:
        raise ValidationError(_("Rater %(code)s has no account.") % {"code": rater.code})
    if rater.project_id != study.project_id or not rater.active:
        raise ValidationError(_("Rater %(code)s takes on no work in this project.") % {"code": rater.code})
    need_state(study, *JOINABLE)
    return _add(study, rater.user, StudyRole.Part.RATER, rater, actor)


def add_adjudicator(study: Study, user: User, *, actor: User | None) -> StudyRole:
    """Make somebody the study's adjudicator; nobody can be that and rater too."""
    return _add(study, user, StudyRole.Part.ADJUDICATOR, None, actor)


def add_key_holder(study: Study, user: User, *, actor: User | None) -> StudyRole:
    """Let somebody open the key of a blind study once it is closed; nobody can be that and rater too."""
    if not study.project.memberships.filter(user=user).exists():
        raise ValidationError(_("Only members of the project can hold a study's key."))
    return _add(study, user, StudyRole.Part.KEY_HOLDER, None, actor)


def add_people(
    study: Study, *, raters: Iterable[Rater] = (), adjudicators: Iterable[User] = (), actor: User | None
) -> None:
    """Add several raters and adjudicators, all or nobody."""
    with transaction.atomic():
        for rater in raters:
            add_rater(study, rater, actor=actor)
        for user in adjudicators:
            add_adjudicator(study, user, actor=actor)


def _add(study: Study, user: User, part: str, rater: Rater | None, actor: User | None) -> StudyRole:
    try:
        return _write(study, user, part, rater, actor)
    except IntegrityError as error:
        who = rater.code if rater else str(user)
        words = _("%(who)s can read what systems wrote in this project, so cannot judge it blind.")
        raise ValidationError(words % {"who": who}) from error


def _write(study: Study, user: User, part: str, rater: Rater | None, actor: User | None) -> StudyRole:
    with transaction.atomic():
        row, created = StudyRole.objects.get_or_create(study=study, user=user, defaults={"part": part, "rater": rater})
        if row.part != part:
            who = rater.code if rater else str(user)
            raise ValidationError(
                _("%(who)s has another part in this study already: %(part)s. Nobody can have two.")
                % {"who": who, "part": row.get_part_display()}
            )
        back = StudyRole.objects.filter(pk=row.pk, state=StudyRole.State.LEFT)
        if back.update(state=StudyRole.State.ACTIVE, left_at=None):
            # What they had agreed to may be taken back, and the guideline a new one.
            asking.ask(row.pk)
            row.refresh_from_db()
            created = True
        if created:
            record("study.part_given", actor=actor, project=study.project, target=row, part=str(part))
    return row


def leave(part: StudyRole, *, actor: User | None, heir: Rater | None = None) -> None:
    """Take a person out of a study: what they hold goes back, what they submitted stays.

    The units that a plan has for them are their heir's now, or anybody's.
    """
    with transaction.atomic():
        changed = StudyRole.objects.filter(pk=part.pk, state__in=TAKING_PART).update(
            state=StudyRole.State.LEFT, left_at=timezone.now()
        )
        part.pauses.filter(ended_at=None).update(ended_at=timezone.now())
        if changed and part.rater:
            leases.release_all(part.study, part.rater)
            if heir:
                allotment.inherit(part.study, part.rater, heir)
            if not heir or part.study.allotment:
                allotment.vacate(part.study, part.rater, actor=actor)
        if changed:
            record("study.part_left", actor=actor, project=part.study.project, target=part)


def replace(part: StudyRole, rater: Rater, *, actor: User | None) -> StudyRole:
    """Put another rater in somebody's place: open places are inherited, submitted answers never."""
    if part.part != StudyRole.Part.RATER:
        raise ValidationError(_("Only a rater can be replaced by a rater."))
    taking_part = StudyRole.objects.filter(study=part.study, rater=rater, state__in=TAKING_PART)
    with transaction.atomic():
        if taking_part.exists():
            raise ValidationError(_("Rater %(code)s takes part in this study already.") % {"code": rater.code})
        leave(part, actor=actor, heir=rater)
        row = add_rater(part.study, rater, actor=actor)
        StudyRole.objects.filter(pk=row.pk).update(replaces=part)
    row.refresh_from_db()
    return row
