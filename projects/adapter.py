"""How log-in fits this product: accounts come from invitations, never from an open sign-up."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the base class is not typed
    """Closes the sign-up page; `projects.views.invitations` makes accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: nobody signs up without an invitation."""
        return False
