"""Instruction-tuning lines from sessions: one for each reply of a therapist, with what came before as the input."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from projects.formats.dialogues.out import SessionOut, TurnOut
from projects.formats.dialogues.records import Values

Shape = Literal["dialogue", "reasoning", "observation"]
SHAPES: tuple[Shape, ...] = ("dialogue", "reasoning", "observation")
TRAIN, TEST = "train", "test"
DEFAULT_SHARE = 0.85
UNEXPLAINED = frozenset({"", "unknown", "未知", "不明"})
# What the model is told, and how the parts of a target are headed.
WORDS = {
    "en": {
        "dialogue": "You are a counsellor. Read the conversation so far and give your next reply.",
        "reasoning": (
            "You are a counsellor. Read the conversation so far. First explain why you will say what you say next, "
            "then give your reply."
        ),
        "observation": (
            "You are a counsellor. Read the conversation so far. First note what you observe in the client, then "
            "explain why you will say what you say next, then give your reply."
        ),
        "heads": {"observation": "Observation: ", "reasoning": "Reasoning: ", "response": "Response: "},
        "roles": {"client": "Client: ", "therapist": "Counsellor: "},
    },
    "zh": {
        "dialogue": "你是一名心理咨询师。请阅读到目前为止的对话，给出你的下一句回应。",
        "reasoning": "你是一名心理咨询师。请阅读到目前为止的对话，先说明你接下来这样回应的理由，再给出回应。",
        "observation": (
            "你是一名心理咨询师。请阅读到目前为止的对话，先写下你对来访者的观察，再说明你接下来这样回应的理由，最后给出回应。"
        ),
        "heads": {"observation": "观察：", "reasoning": "理由：", "response": "回应："},
        "roles": {"client": "来访者：", "therapist": "咨询师："},
    },
}


def words_of(language: str) -> dict[str, Any]:
    """The words in the session's language; English where we have none."""
    return WORDS["zh" if language.startswith("zh") else "en"]


def lines(session: SessionOut, shape: Shape) -> Iterator[dict[str, str]]:
    """The session's lines: instruction, input (the conversation so far), output (the target).

    A reply without an explanation is left out of the shapes that explain; one before which the client has said nothing
    is left out of all.
    """
    words = words_of(session.language)
    for number, turn in enumerate(session.turns):
        before = session.turns[:number]
        if turn.role != "therapist" or not any(one.role == "client" for one in before):
            continue
        target = _target(turn, before, shape, words["heads"])
        if target is not None:
            told = "\n".join(words["roles"].get(one.role, one.speaker + ": ") + one.text for one in before)
            yield {"instruction": words[shape], "input": told, "output": target}


def _target(turn: TurnOut, before: tuple[TurnOut, ...], shape: Shape, heads: dict[str, str]) -> str | None:
    """What the model is to write: observation, reasoning and reply in this order, as far as the shape has them."""
    if shape == "dialogue":
        return turn.text
    parts = [heads["reasoning"] + told for told in [_told(turn.labels.get("reasoning", ()))] if told]
    if shape == "observation":
        seen = _observation(before)
        parts = [heads["observation"] + seen, *parts] if seen and parts else []
    return "\n".join([*parts, heads["response"] + turn.text]) if parts else None


def _told(values: Values) -> str:
    text = " ".join(values).strip()
    return "" if text.casefold() in UNEXPLAINED else text


def _observation(before: tuple[TurnOut, ...]) -> str:
    """What was observed in the client's words since the therapist spoke last."""
    found: list[str] = []
    for turn in reversed(before):
        if turn.role == "therapist":
            break
        if turn.role == "client" and (told := _told(turn.labels.get("observation", ()))):
            found.append(told)
    return " ".join(reversed(found))


def draw(groups: Mapping[str, int], *, seed: int, share: float) -> frozenset[str]:
    """The groups that are for training, about `share` of the sessions; a group's value is how many sessions it has.

    They come in the order of SHA-256 over seed and name, so that the same seed draws the same groups, in whatever order
    they stand. Where there are two groups or more, neither side is empty.
    """
    order = sorted(groups, key=lambda key: hashlib.sha256(f"{seed}\x1f{key}".encode()).digest())
    wanted, taken = round(sum(groups.values()) * share), 0
    chosen: list[str] = []
    for key in order[: len(order) - 1] if len(order) > 1 else order:
        if taken >= wanted and chosen:
            break
        chosen.append(key)
        taken += groups[key]
    return frozenset(chosen)
