"""Logging in for a token, and giving it back."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from projects.api.auth import LoginThrottle, TokenAuth
from projects.api.base import ApiView, asker
from projects.models import User
from projects.services import tokens


class Login(serializers.Serializer[Any]):
    """What the log-in page asks for."""

    email = serializers.EmailField()
    password = serializers.CharField(trim_whitespace=False, max_length=4096)


class TokenShape(serializers.Serializer[Any]):
    """A token, this once: only a fingerprint of it is stored."""

    token = serializers.CharField()


class TokenView(ApiView):
    """One token for each account; a new one ends the one before."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Nobody is asked who they are before they log in, and everybody before they log out."""
        if request.method == "DELETE":
            self.authentication_classes = [TokenAuth, SessionAuthentication]
        return super().initialize_request(request, *args, **kwargs)

    def get_authenticate_header(self, request: Any) -> str:
        """Say how to log in, so that a wrong password is a 401 although nobody was asked for a token."""
        return TokenAuth.keyword

    def get_throttles(self) -> list[Any]:
        """Limit attempts to log in."""
        return [LoginThrottle()] if self.request.method == "POST" else []

    @extend_schema(request=Login, responses={201: TokenShape}, auth=[])
    def post(self, request: Request) -> Response:
        """Log in with e-mail and password for a token. Not for accounts with a second step of the log-in."""
        data = self.given(Login)
        user = self.authenticate(data)
        if is_mfa_enabled(user):
            words = _("This account has a two-step log-in. Make a token in the browser, under your preferences.")
            raise exceptions.PermissionDenied(words, "second_step")
        return Response({"token": tokens.make(user)}, status=status.HTTP_201_CREATED)

    def authenticate(self, data: dict[str, Any]) -> User:
        """Return the account, under the log-in page's own limits on wrong passwords."""
        try:
            user = get_adapter().authenticate(self.request._request, email=data["email"], password=data["password"])
        except ValidationError as error:
            raise exceptions.Throttled(detail=" ".join(error.messages)) from error
        if not isinstance(user, User) or not user.is_active:
            raise exceptions.AuthenticationFailed(_("E-mail address or password is wrong."))
        return user

    @extend_schema(request=None, responses={204: None}, auth=[{"tokenAuth": []}, {"cookieAuth": []}])  # type: ignore[list-item]  # its type knows names alone
    def delete(self, request: Request) -> Response:
        """End the account's token."""
        user = asker(request)
        tokens.revoke(user, actor=user)
        return Response(status=status.HTTP_204_NO_CONTENT)
