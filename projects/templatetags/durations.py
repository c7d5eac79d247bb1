"""Lengths of time in words."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def duration(milliseconds: int) -> str:
    """Return active time as hours and minutes, or minutes, or seconds: "3 h 12 min"."""
    seconds = milliseconds // 1000
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)s min") % {"minutes": minutes}
    return _("%(seconds)s s") % {"seconds": seconds}


@register.filter
def age(since: datetime) -> str:
    """Return how long ago a moment was in the one unit that fits, so that a column can be compared: "12 days"."""
    return _long(max(0, int((timezone.now() - since).total_seconds() // 60)), get_language())


@lru_cache(maxsize=2000)
def _long(minutes: int, _language: str | None) -> str:
    """Return that many minutes in the active language."""
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24}
