"""Invitations: single-use links into a project. The link's secret exists in the link alone; the row keeps its hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.listing import Among
from projects.models import Invitation, Project, Role, Study, StudyRole, User
from projects.querysets.people import usable
from projects.services import parts
from projects.services.audit import record
from projects.services.people import add_roles
from projects.services.raters import RaterDetails, check_code, lock, waiting


class InvitationGone(Exception):  # noqa: N818  it is the outcome's name
    """The link is unknown, used, revoked or expired; which of these is nobody's business."""


@dataclass(frozen=True)
class NewAccount:
    """What a person who has no account yet gives when they join."""

    email: str
    name: str
    password: str
    language: str = ""


def token_hash(token: str) -> str:
    """Return what is stored of a link's secret. A plain hash suffices: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(
    *,
    project: Project,
    actor: User,
    roles: Sequence[Role],
    email: str = "",
    rater_code: str = "",
    languages: Sequence[str] = (),
    group: str = "",
    studies: Iterable[Study] = (),
) -> tuple[Invitation, str]:
    """Create an invitation; returns it with the secret of its link, which is kept nowhere.

    Whoever accepts takes part in `studies`. Raises ValidationError where the rater code is taken. The code of a rater
    who still has no account is welcome.
    """
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        lock(project)
        if rater_code and waiting(project, rater_code) is None:
            check_code(project, rater_code)
        invitation = project.invitations.create(
            email=email.lower(),
            roles=[str(role) for role in roles],
            rater_code=rater_code,
            languages=list(languages),
            group=group,
            token_hash=token_hash(token),
            created_by=actor,
            expires_at=timezone.now() + timedelta(days=settings.CONCORD_INVITATION_DAYS),
        )
        invitation.studies.set(joinable(project).filter(pk__in=[study.pk for study in studies]))
        record("invitation.created", actor=actor, project=project, target=invitation, roles=",".join(map(str, roles)))
    return invitation, token


def joinable(project: Project) -> QuerySet[Study]:
    """Return the studies of a project that raters can still join, by name."""
    return project.studies.filter(state__in=parts.JOINABLE).order_by("name", "pk")


def name_studies(
    project: Project, rows: Iterable[Invitation], studies: Iterable[Study], *, actor: User, also: bool = False
) -> int:
    """Let whoever accepts these invitations take part in `studies`; returns how many invitations that changed.

    What they named before is replaced, or stays beside it with `also`. Used and withdrawn ones are left as they are.
    """
    links = Invitation.studies.through.objects
    with transaction.atomic():
        lock(project)
        waiting_rows = project.invitations.filter(pk__in=[row.pk for row in rows], used_at=None, revoked_at=None)
        keys = [row.pk for row in waiting_rows if Role.RATER in row.roles]
        wanted = set(joinable(project).filter(pk__in=[study.pk for study in studies]).values_list("pk", flat=True))
        had = set(links.filter(invitation__in=keys).values_list("invitation", "study"))
        new = {(key, study) for key in keys for study in wanted} - had
        gone = set() if also else {(key, study) for key, study in had if study not in wanted}
        made = [links.model(invitation_id=key, study_id=study) for key, study in sorted(new)]
        links.bulk_create(made, ignore_conflicts=True, batch_size=500)
        links.filter(invitation__in=keys, study__in={study for _key, study in gone}).delete()
        changed = len({key for key, _study in new | gone})
        if changed:
            record("invitation.studies_named", actor=actor, project=project, invitations=changed, studies=len(wanted))
    return changed


@dataclass(frozen=True)
class Named:
    """A study that an invitation names; whether its person takes or took part in it, where they have come."""

    study: Study
    joined: bool | None


NAMING: Among[Any] = Among(
    lambda keys: (
        Invitation.studies.through.objects.filter(invitation__in=keys)
        .select_related("study")
        .order_by("study__name", "study")
    )
)


def named(rows: Sequence[Invitation]) -> dict[int, list[Named]]:
    """Return by invitation the studies it names, in two queries however many there are."""
    found: dict[int, list[Named]] = {row.pk: [] for row in rows}
    users = {row.pk: row.used_by_id for row in rows if row.used_at}
    joined = set()
    if any(users.values()):
        here = StudyRole.objects.filter(study__invitations__in=list(users), user__in=set(users.values()) - {None})
        joined = set(here.values_list("user", "study"))
    for link in NAMING.rows([row.pk for row in rows]):
        known = users.get(link.invitation_id, 0)
        came = None if known == 0 else (known, link.study_id) in joined
        found[link.invitation_id].append(Named(link.study, came))
    return found


def renew(*, invitation: Invitation, actor: User) -> str | None:
    """Give an invitation that was not used yet a new link and time; returns its secret, None where that is too late.

    The earlier link stops working: of what was sent twice only the last counts.
    """
    token = secrets.token_urlsafe(32)
    until = timezone.now() + timedelta(days=settings.CONCORD_INVITATION_DAYS)
    with transaction.atomic():
        waiting_rows = Invitation.objects.filter(pk=invitation.pk, used_at=None, revoked_at=None)
        if not waiting_rows.update(token_hash=token_hash(token), expires_at=until):
            return None
        record("invitation.renewed", actor=actor, project=invitation.project, target=invitation)
    invitation.expires_at = until
    return token


def revoke(*, invitation: Invitation, actor: User) -> bool:
    """End an invitation that was not used yet; returns whether there was something to end."""
    with transaction.atomic():
        open_rows = Invitation.objects.filter(pk=invitation.pk, used_at=None, revoked_at=None)
        changed = open_rows.update(revoked_at=timezone.now())
        if changed:
            record("invitation.revoked", actor=actor, project=invitation.project, target=invitation)
    return bool(changed)


def find(token: str) -> Invitation | None:
    """Return the invitation behind a link, in whatever state it is."""
    return Invitation.objects.select_related("project").filter(token_hash=token_hash(token)).first()


def join(*, invitation: Invitation, user: User) -> None:
    """Let an account join through the invitation; raises InvitationGone where somebody was quicker."""
    with transaction.atomic():
        _use(invitation)
        _welcome(invitation, user)


def join_as_new(*, invitation: Invitation, account: NewAccount) -> User:
    """Create an account and let it join, both or neither; returns the account.

    Raises InvitationGone where the link was used meanwhile, ValidationError where the address has an account.
    """
    # Hashing a password takes a good part of a second: not while the database waits for this transaction.
    user = User(
        email=User.objects.normalize_email(account.email).lower(),
        name=account.name,
        language=account.language,
        password=make_password(account.password),
    )
    with transaction.atomic():
        _use(invitation)
        _create(user)
        record("account.created", actor=user, target=user)
        _welcome(invitation, user)
    return user


def _use(invitation: Invitation) -> None:
    """Mark the link as used: the one conditional UPDATE that two clicks cannot both win."""
    if not usable(Invitation.objects.filter(pk=invitation.pk)).update(used_at=timezone.now()):
        raise InvitationGone


def _create(user: User) -> None:
    taken = ValidationError({"email": _("There is an account with this address already. Log in with it instead.")})
    verified = EmailAddress.objects.filter(email__iexact=user.email, verified=True)
    if User.objects.filter(email__iexact=user.email).exists() or verified.exists():
        raise taken
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise taken from error
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)


def _welcome(invitation: Invitation, user: User) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(used_by=user)
    record("invitation.used", actor=user, project=invitation.project, target=invitation)
    add_roles(
        project=invitation.project,
        user=user,
        roles=[Role(role) for role in invitation.roles],
        actor=user,
        code=invitation.rater_code,
        details=RaterDetails(languages=invitation.languages, group=invitation.group),
    )
    _let_in(invitation, user)


def _let_in(invitation: Invitation, user: User) -> None:
    """Let a rater take part in the studies that the invitation names.

    Whoever has or had a part in one keeps it as it is. A study that cannot take them (it was closed, say) turns nobody
    away from the project; managers see it beside the invitation.
    """
    rater = invitation.project.raters.filter(user=user).first()
    if rater is None or Role.RATER not in invitation.roles:
        return
    for study in invitation.studies.exclude(roles__user=user).select_related("project").order_by("pk"):
        try:
            parts.add_rater(study, rater, actor=user)
        except ValidationError:
            record("invitation.study_refused", actor=user, project=invitation.project, target=study)
