"""Psy-Insight: one JSON list of sessions, with emotion and observation, strategy and reasoning at their turns."""

from __future__ import annotations

from typing import Any

from projects.formats.dialogues import out
from projects.formats.dialogues.settings import FormatKey, Layout

KEY: FormatKey = "psy-insight"
SEVERAL = frozenset({"strategy", "emotion"})
LAYOUT = Layout(
    id="dialog_id",
    topic="topic",
    turns="dialog",
    speaker="speaker",
    text="content",
    index="id",
    session={
        "topic": "topic",
        "theme": "theme",
        "psychotherapy": "psychotherapy",
        "stage": "stage",
        "background": "background",
        "guide": "guide",
        "summary": "summary",
    },
    turn={
        "strategy": "strategy",
        "reasoning": "reasoning",
        "emotion": "emotional label",
        "observation": "observation",
    },
)
PLAN = out.Plan(LAYOUT, speakers={"client": "Seeker", "therapist": "Supporter"}, several=SEVERAL, written="participant")


def session(one: out.SessionOut, number: int) -> dict[str, Any]:
    """The session as it came, where it came as Psy-Insight, else built anew."""
    came = one.came_as(KEY)
    return out.as_it_came(one, came, SEVERAL) if came is not None else out.built(one, number, PLAN)
