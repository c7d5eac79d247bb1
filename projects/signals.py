"""What happens around a log-in: the audit log keeps it, and the person's language and theme come along.

Ids only. A failed log-in stores the account it was tried on, where there is one, never what was typed.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth import signals as auth
from django.dispatch import receiver
from django.http import HttpResponse

from projects.cookies import keep_preferences
from projects.models import User
from projects.services import tokens
from projects.services.audit import record


@receiver(auth.user_logged_in)
def logged_in(sender: type[User], user: User, **kwargs: Any) -> None:
    """Record a log-in, wherever it happened."""
    record("account.logged_in", actor=user, target=user)


@receiver(auth.user_logged_out)
def logged_out(sender: type[User], user: User | None, **kwargs: Any) -> None:
    """Record a log-out; a session that ended by itself leaves nobody to name."""
    if user is not None:
        record("account.logged_out", actor=user, target=user)


@receiver(auth.user_login_failed)
def login_failed(sender: str, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Record a failed log-in, without what was typed."""
    typed = str(credentials.get("email") or credentials.get("username") or "")
    record("account.login_failed", actor=None, target=User.objects.filter(email__iexact=typed).first())


@receiver(account.user_logged_in)
def bring_preferences(sender: type[User], user: User, response: HttpResponse, **kwargs: Any) -> None:
    """Set the person's language and theme in the browser they logged in with."""
    keep_preferences(response, user)


@receiver([account.password_set, account.password_changed, account.password_reset])
def password_changed(sender: type[User], user: User, **kwargs: Any) -> None:
    """Record that a password is a new one, and end the token, which whoever knew the old one may have made."""
    record("account.password_changed", actor=user, target=user)
    tokens.revoke(user, actor=user)


@receiver(account.email_changed)
def email_changed(sender: type[User], user: User, **kwargs: Any) -> None:
    """Record that the address is another one, without saying which."""
    record("account.email_changed", actor=user, target=user)


@receiver([mfa.authenticator_added, mfa.authenticator_reset])
def second_step_set(sender: type, user: User, **kwargs: Any) -> None:
    """Record a new second step of the log-in."""
    record("account.second_step_set", actor=user, target=user)


@receiver(mfa.authenticator_removed)
def second_step_removed(sender: type, user: User, **kwargs: Any) -> None:
    """Record that a second step is gone."""
    record("account.second_step_removed", actor=user, target=user)
