"""Who somebody is, by the session's account number: with a query that is compiled once."""

from __future__ import annotations

from contextvars import ContextVar

from allauth.account.auth_backends import AuthenticationBackend

from projects.models import User
from projects.prepared import Prepared

# An account that this very request has just read together with something else.
loaded: ContextVar[User | None] = ContextVar("loaded", default=None)
BY_ID = Prepared(lambda pk: User.objects.filter(pk=pk), -1)


class AccountBackend(AuthenticationBackend):  # type: ignore[misc]  # the base class is not typed
    """As allauth's own; only the look-up that every request makes is prepared."""

    def get_user(self, user_id: int | str) -> User | None:
        """Return the account if it may log in."""
        user = loaded.get()
        if user is None or user.pk != int(user_id):
            user = BY_ID.first(int(user_id))
        return user if user is not None and user.is_active else None
