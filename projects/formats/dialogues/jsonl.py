"""JSON Lines with one session each, under any keys: the usual names are guessed, a person names the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from projects.formats.dialogues import beside, out, paths
from projects.formats.dialogues.keys import turns_of
from projects.formats.dialogues.settings import FormatKey, Layout

KEY: FormatKey = "jsonl"
SEVERAL = frozenset({"strategy", "emotion"})
# For each place the names it goes by, the likeliest first.
SESSION_NAMES = {
    "id": "id dialog_id dialogue_id session_id conversation_id transcript_id conv_id uid",
    "case": "case case_id client_id course",
    "case_title": "case_title",
    "case_order": "case_order session_number session_index",
    "topic": "topic problem_type scene category theme",
    "language": "language lang",
    "turns": "turns dialog dialogue messages conversation conversations utterances history",
}
TURN_NAMES = {
    "speaker": "speaker role from participant interlocutor name author sender",
    "role": "role part",
    "text": "text content value utterance message sentence",
    "index": "index turn_index turn_id id",
}
TURN_FIELDS = {
    "strategy": ["strategy", "strategies", "annotation.strategy", "label", "labels.strategy"],
    "emotion": ["emotion", "emotional label", "emotional_label", "emotions", "annotation.emotion", "labels.emotion"],
    "reasoning": ["reasoning", "annotation.reasoning", "labels.reasoning"],
    "observation": ["observation", "annotation.observation", "labels.observation"],
}
SESSION_FIELDS = ("theme", "psychotherapy", "stage", "background", "guide", "summary")
PLAN = out.Plan(
    Layout(
        id="id",
        case="case",
        case_title="case_title",
        case_order="case_order",
        topic="topic",
        language="language",
        turns="turns",
        speaker="speaker",
        role="role",
        text="text",
        rater=beside.RATERS,
        suggestions=beside.SUGGESTIONS,
    ),
    several=SEVERAL,
)


def guess(sample: Iterable[Mapping[str, Any]], *, turns: str = "") -> Layout:
    """The likeliest layout, from the first sessions; places nobody recognises stay empty.

    `turns` is the key of the turns where it is known.
    """
    sessions = list(sample)
    found = {name: _first(names.split(), sessions) for name, names in SESSION_NAMES.items()}
    found["turns"] = turns or found["turns"]
    said = turns_of(sessions, found["turns"])
    found |= {name: _first(names.split(), said) for name, names in TURN_NAMES.items()}
    if found["role"] == found["speaker"]:
        found["role"] = ""
    fields = {field: path for field, names in TURN_FIELDS.items() if (path := _first(names, said))}
    wide = {name: name for name in SESSION_FIELDS if name != found["topic"] and _first([name], sessions)}
    return Layout(**found, **_beside([*sessions, *said]), session=wide, turn=fields)


def _beside(objects: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The keys of raters and proposals, where what stands there is of their shape."""
    rows = list(objects)
    found = {}
    for place, key, kind in (("rater", beside.RATERS, dict), ("suggestions", beside.SUGGESTIONS, list)):
        given = [row[key] for row in rows if row.get(key)]
        found[place] = key if given and all(isinstance(one, kind) for one in given) else ""
    return found


def _first(names: Iterable[str], objects: Iterable[Mapping[str, Any]]) -> str:
    """The first of the names that some object has, as the object spells it."""
    rows = list(objects)
    spelled = {key.casefold(): key for row in rows for key in row}
    for name in names:
        if name in spelled:
            return spelled[name]
        if "." in name and any(paths.get(row, name) is not paths.MISSING for row in rows):
            return name
    return ""


def session(one: out.SessionOut, number: int) -> dict[str, Any]:
    """The session as it came, where it came as JSON Lines, else under our own keys, with raters and proposals."""
    came = one.came_as(KEY)
    if came is not None:
        return out.as_it_came(one, came, SEVERAL)
    made = out.built(one, number, PLAN)
    for turn, written in zip(one.turns, made[PLAN.layout.turns], strict=True):
        written |= beside.written(turn.said, turn.proposals)
    return made | beside.written(one.said, one.proposals)
