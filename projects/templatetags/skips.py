"""Reasons of skips in words."""

from __future__ import annotations

from django import template

from projects.loop import SkipReason

register = template.Library()
LABELS = {reason.value: reason.label for reason in SkipReason}


@register.filter
def skip_words(told: str) -> str:
    """Return a stored reason, "hard: what the rater wrote", with its first part in the reader's words."""
    reason, _, note = told.partition(": ")
    label = LABELS.get(reason)
    if label is None:
        return told
    return f"{label}: {note}" if note else str(label)
