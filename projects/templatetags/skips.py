"""Reasons of skips in words."""

from __future__ import annotations

from django import template

from projects.loop import SkipReason

register = template.Library()


@register.filter
def skip_words(told: str) -> str:
    """Return a stored reason, "hard: what the rater wrote", with its first part in the reader's words."""
    reason, _, note = told.partition(": ")
    if reason not in SkipReason.values:
        return told
    words = str(SkipReason(reason).label)
    return f"{words}: {note}" if note else words
