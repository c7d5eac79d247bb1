"""Small dialogues of our own, in the shapes that files have."""

from __future__ import annotations

from typing import Any


def turn(speaker: str, text: str, **more: Any) -> dict[str, Any]:
    """One turn as Psy-Insight writes it."""
    return {"id": "0-0", "speaker": speaker, "content": text, **more}


def session(key: str, turns: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """One session as Psy-Insight writes it, with keys of its own in front."""
    return {"dialog_id": key, **more, "dialog": turns}


SESSIONS = [
    {
        "dialog_id": "s-1",
        "topic": "Sleep",
        "theme": "Lying awake",
        "is_same_session": -1,
        "zz first": {"b": 1, "a": [{"y": 1, "x": 2}]},
        "dialog": [
            {"id": "0-0", "speaker": "Seeker", "participant": "Client", "content": " I cannot sleep, and I worry. ",
             "emotional label": ["Anxiety"], "observation": ""},
            {"id": "0-1", "speaker": "Supporter", "content": "What keeps you awake at night?",
             "strategy": ["Question", "Reflection"], "reasoning": "To open the topic.",
             "labels": [{"label": "(pause)", "index": 3, "type": "dialogue_act"}]},
            {"speaker": "Seeker", "content": "Work 😀", "emotional label": "Others", "id": "0-2"},
            {"id": "0-3", "speaker": "Supporter", "content": "Tell me more.", "strategy": [], "reasoning": "Unknown"},
        ],
        "background": "",
        "a_last": None,
    },
    {
        "topic": "",
        "dialog": [
            {"id": "0-0", "speaker": "求助者", "content": "我最近总是睡不着,很累。"},
            {"id": "0-1", "speaker": "咨询师", "content": "听起来你很疲惫。", "strategy": ["情感反映"]},
        ],
        "theme": "失眠",
        "dialog_id": 7,
        "is_same_session": "",
    },
]  # fmt: skip

RATED = """transcript_id,utterance_id,interlocutor,utterance_text,annotator_id,strategy,emotion,timestamp
t1,1,client,I cannot sleep.,A1,n/a,Anxiety,00:01
t1,2,therapist,"What keeps you awake, do you think?",A1,Question,n/a,00:05
t1,1,client,I cannot sleep.,A2,n/a,Anxiety|Fear,00:01
t1,2,therapist,"What keeps you awake, do you think?",A2,Reflection,n/a,00:06
"""
