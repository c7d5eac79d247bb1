"""Coded raters: whoever judgements belong to. A code is unique in its project and outlives the person behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from projects.models import Invitation, Project, Rater, User
from projects.querysets.people import usable
from projects.services.audit import record

AUTOMATIC = re.compile(r"R([1-9][0-9]*)")


@dataclass(frozen=True)
class RaterDetails:
    """What is known of a rater beside the code. Nothing here may tell who it is."""

    languages: Sequence[str] = field(default_factory=tuple)
    qualification: str = ""
    group: str = ""
    active: bool = True

    def values(self) -> dict[str, object]:
        """Return the details as values of model fields."""
        return {**asdict(self), "languages": list(self.languages)}


def lock(project: Project) -> None:
    """Let nobody else change this project's people until the transaction ends."""
    Project.objects.select_for_update().get(pk=project.pk)


def next_code(project: Project) -> str:
    """Return the next automatic code: R and the number after the highest one in use or promised."""
    codes = [*project.raters.values_list("code", flat=True), *_promised(project).values_list("rater_code", flat=True)]
    numbers = [int(match[1]) for code in codes if (match := AUTOMATIC.fullmatch(code))]
    return f"R{max(numbers, default=0) + 1}"


def check_code(project: Project, code: str, *, but: Rater | None = None) -> None:
    """Raise ValidationError where `code` is another rater's, or promised by an invitation that is still open."""
    others = project.raters.filter(code=code)
    if but is not None:
        others = others.exclude(pk=but.pk)
    if others.exists():
        raise ValidationError({"code": _("The code %(code)s is taken. Choose another.") % {"code": code}})
    if (but is None or but.code != code) and _promised(project).filter(rater_code=code).exists():
        raise ValidationError(
            {"code": _("The code %(code)s is promised by an open invitation. Choose another.") % {"code": code}}
        )


def waiting(project: Project, code: str) -> Rater | None:
    """Return the person's rater with `code` that was made ahead of its account.

    A rater whose person has left is not active, so nobody inherits another person's answers.
    """
    return project.raters.filter(code=code, user=None, nature=Rater.Nature.PERSON, active=True).first()


def create_rater(
    *,
    project: Project,
    actor: User,
    details: RaterDetails,
    code: str = "",
    nature: str = Rater.Nature.PERSON,
) -> Rater:
    """Create a rater without an account. Without `code` the next automatic one is given."""
    with transaction.atomic():
        lock(project)
        if code:
            check_code(project, code)
        rater = project.raters.create(code=code or next_code(project), nature=nature, **details.values())
        record("rater.created", actor=actor, project=project, target=rater)
    return rater


def change_rater(*, rater: Rater, actor: User, code: str, details: RaterDetails) -> Rater:
    """Set a rater's code and details; raises ValidationError where the code is taken."""
    new = {"code": code, **details.values()}
    with transaction.atomic():
        lock(rater.project)
        check_code(rater.project, code, but=rater)
        changed = [name for name, value in new.items() if getattr(rater, name) != value]
        for name in changed:
            setattr(rater, name, new[name])
        if changed:
            rater.save(update_fields=changed)
            record("rater.changed", actor=actor, project=rater.project, target=rater, fields=",".join(changed))
    return rater


def ensure_rater(*, project: Project, user: User, actor: User, code: str = "", details: RaterDetails) -> Rater:
    """Give `user` a coded rater, or wake the one they had. Called with the project locked.

    `code` is a wish: an invitation must not fail because somebody took the code meanwhile.
    """
    rater = project.raters.filter(user=user).first()
    if rater is not None:
        _wake(rater, actor)
        return rater
    rater = waiting(project, code) if code else None
    if rater is not None:
        rater.user = user
        rater.save(update_fields=["user"])
        record("rater.linked", actor=actor, project=project, target=rater)
        return rater
    taken = not code or project.raters.filter(code=code).exists()
    rater = project.raters.create(user=user, code=next_code(project) if taken else code, **details.values())
    record("rater.created", actor=actor, project=project, target=rater)
    return rater


def rest(project: Project, user: User, actor: User | None) -> None:
    """Let the rater behind `user` judge no more; the code and everything judged under it stay."""
    for rater in project.raters.filter(user=user, active=True):
        rater.active = False
        rater.save(update_fields=["active"])
        record("rater.rested", actor=actor, project=project, target=rater)


def _wake(rater: Rater, actor: User) -> None:
    if rater.active:
        return
    rater.active = True
    rater.save(update_fields=["active"])
    record("rater.woken", actor=actor, project=rater.project, target=rater)


def _promised(project: Project) -> QuerySet[Invitation]:
    return usable(project.invitations.all()).exclude(rater_code="")
