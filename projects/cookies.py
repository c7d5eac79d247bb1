"""The two cookies that carry a person's language and theme; pages need no database to honour them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponseBase

from projects.models import User

YEAR = 365 * 24 * 3600


def keep_theme(response: HttpResponseBase, theme: str) -> None:
    """Remember the theme in this browser."""
    response.set_cookie(
        "theme", theme, max_age=YEAR, samesite="Lax", httponly=False, secure=settings.LANGUAGE_COOKIE_SECURE
    )


def keep_language(response: HttpResponseBase, language: str) -> None:
    """Remember the language in this browser, where Django looks for it."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE or YEAR,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE or "Lax",
    )


def keep_preferences(response: HttpResponseBase, user: User) -> None:
    """Set whatever `user` has chosen; leaves the browser's own choice alone where they chose nothing."""
    if user.language:
        keep_language(response, user.language)
    if user.theme:
        keep_theme(response, user.theme)
