"""What a ready-made prompt is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class PromptPreset:
    """A prompt to begin with."""

    key: str
    name: Text
    description: Text
    purpose: str
    texts: Mapping[str, Any]
    examples: Sequence[Mapping[str, Any]] = ()
    output: str = "plain"
    fallback: str = field(default="en")


def said(system: str, user: str, example: str = "") -> dict[str, Any]:
    """Return the messages of one language."""
    opening = [{"role": "system", "content": system}] if system else []
    return {"messages": [*opening, {"role": "user", "content": user}], "example": example}
