"""Who a program is: a token, whose fingerprint alone is stored, or a browser's session."""

from __future__ import annotations

import hashlib
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from projects.models import User
from projects.services.tokens import fingerprint


class TokenAuth(TokenAuthentication):
    """`Authorization: Token ...`, looked up by its fingerprint."""

    def authenticate_credentials(self, key: str) -> tuple[User, Token]:
        """Return the account behind a token; raises AuthenticationFailed."""
        row = Token.objects.select_related("user").filter(key=fingerprint(key)).first()
        if row is None or not row.user.is_active:
            raise AuthenticationFailed(_("This token does not work. Make a new one."))
        return row.user, row


class LoginThrottle(SimpleRateThrottle):
    """Five attempts a minute for each address and account, right or wrong."""

    scope = "token"
    rate = "5/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Return what attempts are counted under. The address is the web server's word, never a header's."""
        data: Any = request.data
        account = str(data.get("email", "")).strip().lower() if isinstance(data, dict) else ""
        known = hashlib.sha256(f"{request.META.get('REMOTE_ADDR', '')}\n{account}".encode()).hexdigest()
        return self.cache_format % {"scope": self.scope, "ident": known}
