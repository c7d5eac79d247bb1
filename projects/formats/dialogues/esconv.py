"""ESConv: one JSON list of support conversations, with the supporter's strategies as annotations of their turns."""

from __future__ import annotations

from typing import Any

from projects.formats.dialogues import out
from projects.formats.dialogues.settings import FormatKey, Layout

KEY: FormatKey = "esconv"
SEVERAL: frozenset[str] = frozenset()
LAYOUT = Layout(
    # The published files have no id; ours is written so that a session is known again.
    id="dialog_id",
    topic="problem_type",
    turns="dialog",
    speaker="speaker",
    text="content",
    turn={
        "strategy": "annotation.strategy",
        "emotion": "annotation.emotion",
        "reasoning": "annotation.reasoning",
        "observation": "annotation.observation",
    },
)
PLAN = out.Plan(LAYOUT, speakers={"client": "seeker", "therapist": "supporter"})


def session(one: out.SessionOut, number: int) -> dict[str, Any]:
    """The session as it came, where it came as ESConv, else built anew."""
    came = one.came_as(KEY)
    return out.as_it_came(one, came, SEVERAL) if came is not None else out.built(one, number, PLAN)
