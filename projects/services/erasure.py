"""Erasing a person: the account loses everything that says who it was; coded raters and their answers stay."""

from __future__ import annotations

from importlib import import_module

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from rest_framework.authtoken.models import Token

from projects.models import Draft, Invitation, Project, Rater, Role, StudyRole, User
from projects.services import studies
from projects.services.audit import record
from projects.services.raters import rest

# RFC 2606: no mail ever goes to this domain.
NOWHERE = "erased.invalid"


def erase_person(user: User, *, actor: User | None) -> list[Project]:
    """Make the account nobody's; returns the projects that have no manager any more.

    Raters keep their codes, languages and groups, and their answers; nothing leads from them to a person.
    """
    with transaction.atomic():
        managed = Project.objects.filter(memberships__user=user, memberships__role=Role.MANAGER)
        projects = list(managed)
        _leave(user, actor)
        _forget_invitations(user)
        _close_doors(user)
        _anonymise(user)
        record("account.erased", actor=actor, target=user)
    return [project for project in projects if not project.memberships.filter(role=Role.MANAGER).exists()]


def _leave(user: User, actor: User | None) -> None:
    """Out of every study and project; the rater behind the person belongs to nobody from here on."""
    for part in user.study_roles.exclude(state=StudyRole.State.LEFT).select_related("study__project", "rater"):
        studies.leave(part, actor=actor)
    # What was never handed in is no answer, only somebody's words.
    Draft.objects.filter(assignment__rater__user=user).delete()
    for project in Project.objects.filter(raters__user=user):
        rest(project, user, actor)
    Rater.objects.filter(user=user).update(user=None)
    user.memberships.all().delete()


def _forget_invitations(user: User) -> None:
    addresses = [user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)]
    rows = Invitation.objects.filter(email__in={address.lower() for address in addresses})
    rows.filter(used_at=None, revoked_at=None).update(revoked_at=timezone.now())
    rows.update(email="")
    Invitation.objects.filter(used_by=user).update(email="")


def _close_doors(user: User) -> None:
    """Sessions, tokens and every way to log in."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for session in list(Session.objects.filter(expire_date__gt=timezone.now())):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            # Through the store, which also forgets its cached copy.
            store(session.session_key).delete()
    for rows in (EmailAddress, Authenticator, SocialAccount, Token):
        rows.objects.filter(user=user).delete()


def _anonymise(user: User) -> None:
    account = ContentType.objects.get_for_model(User)
    # The administration's own history repeats the e-mail address.
    LogEntry.objects.filter(content_type=account, object_id=str(user.pk)).update(object_repr=f"#{user.pk}")
    user.groups.clear()
    user.user_permissions.clear()
    user.email, user.name = f"{user.pk}@{NOWHERE}", f"#{user.pk}"
    user.language = user.theme = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = None
    user.set_unusable_password()
    user.save()
