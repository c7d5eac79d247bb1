"""Invitations: single-use links into a project. The link's secret exists in the link alone; the row keeps its hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.models import Invitation, Project, Role, User
from projects.querysets.people import usable
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
) -> tuple[Invitation, str]:
    """Create an invitation; returns it with the secret of its link, which is kept nowhere.

    Raises ValidationError where the rater code is taken. The code of a rater who still has no account is welcome.
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
        record("invitation.created", actor=actor, project=project, target=invitation, roles=",".join(map(str, roles)))
    return invitation, token


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
