"""Who is in a project and what they may do there. A member with the role rater always has a coded rater."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from projects.models import Membership, Project, Role, StudyRole, User
from projects.services import studies
from projects.services.audit import record
from projects.services.raters import RaterDetails, ensure_rater, lock, rest

# The part in a study that a person loses with a role.
PARTS = {Role.RATER: StudyRole.Part.RATER, Role.ADJUDICATOR: StudyRole.Part.ADJUDICATOR}


def roles_of(project: Project, user: User) -> set[Role]:
    """Return the roles `user` has in `project`, none for somebody who is no member."""
    return {Role(role) for role in project.memberships.filter(user=user).values_list("role", flat=True)}


def add_roles(
    *,
    project: Project,
    user: User,
    roles: Iterable[Role],
    actor: User,
    code: str = "",
    details: RaterDetails | None = None,
) -> None:
    """Give `user` roles in `project`; those they have already stay as they are.

    `code` and `details` are for the coded rater, where one has to be made.
    """
    with transaction.atomic():
        lock(project)
        new = set(roles) - roles_of(project, user)
        for role in sorted(new):
            row = _give(project, user, role)
            record("membership.added", actor=actor, project=project, target=user, membership=row.pk, role=str(role))
        # Only with the role itself: a rater whom a manager has set at rest must not wake by becoming analyst too.
        if Role.RATER in new:
            ensure_rater(project=project, user=user, actor=actor, code=code, details=details or RaterDetails())


def _give(project: Project, user: User, role: Role) -> Membership:
    """Write a role; the database refuses one that would let somebody read what they are judging blind."""
    try:
        with transaction.atomic():
            return Membership.objects.create(project=project, user=user, role=role)
    except IntegrityError as error:
        words = _("%(who)s rates in a blind study that is not closed, so cannot get the role %(role)s before.")
        raise ValidationError(words % {"who": user, "role": role.label}) from error


def set_roles(*, project: Project, user: User, roles: Iterable[Role], actor: User) -> None:
    """Make `roles` the roles of `user`; without any they are no member any more.

    Raises ValidationError where the project would be left without a manager.
    """
    wanted = set(roles)
    with transaction.atomic():
        lock(project)
        had = roles_of(project, user)
        for role in sorted(had - wanted):
            _take_role(project, user, role, actor)
        if not wanted:
            _leave_studies(project, user, list(StudyRole.Part), actor)
        if wanted - had:
            add_roles(project=project, user=user, roles=wanted, actor=actor)


def remove_member(*, project: Project, user: User, actor: User) -> None:
    """Take every role from `user`; what they judged stays under their code."""
    set_roles(project=project, user=user, roles=(), actor=actor)


def has_other_manager(project: Project, user: User) -> bool:
    """Whether somebody else than `user` manages `project`."""
    return project.memberships.filter(role=Role.MANAGER, user__is_active=True).exclude(user=user).exists()


def _take_role(project: Project, user: User, role: Role, actor: User) -> None:
    if role == Role.MANAGER and not has_other_manager(project, user):
        raise ValidationError(
            _("%(who)s is the last manager of this project. Make somebody else a manager first.") % {"who": user}
        )
    row = Membership.objects.get(project=project, user=user, role=role)
    record("membership.removed", actor=actor, project=project, target=user, membership=row.pk, role=str(role))
    row.delete()
    if role in PARTS:
        _leave_studies(project, user, [PARTS[role]], actor)
    if role == Role.RATER:
        rest(project, user, actor)


def _leave_studies(project: Project, user: User, parts: list[StudyRole.Part], actor: User) -> None:
    """What the person holds goes back to the others."""
    rows = StudyRole.objects.filter(
        study__project=project, user=user, part__in=parts, state__in=[StudyRole.State.ACTIVE, StudyRole.State.PAUSED]
    ).select_related("study__project", "rater")
    for row in rows:
        studies.leave(row, actor=actor)
