"""What every template may use."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

THEMES = ("auto", "light", "dark")


def page(request: HttpRequest) -> dict[str, object]:
    """Return the site's name, the chosen theme, and the access to the project at hand, if any."""
    theme = request.COOKIES.get("theme", "auto")
    return {
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in THEMES else "auto",
        "access": getattr(request, "access", None),
    }
