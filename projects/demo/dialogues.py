"""The demonstration's counselling sessions, as records that the services take."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from projects.formats.dialogues.records import Proposal, Role, SessionRecord, TurnRecord, session_hash

FOLDER = Path(__file__).parent
FILES = ("dialogues_en.json", "dialogues_zh.json")
# Whom a turn's first key stands for: the part, and the speaker's name in each language.
SPEAKERS: dict[str, tuple[Role, Mapping[str, str]]] = {
    "c": ("client", {"en": "Client", "zh": "来访者"}),
    "t": ("therapist", {"en": "Counsellor", "zh": "咨询师"}),
}
SOURCES = {"a": "model-a", "b": "model-b"}


@cache
def sessions() -> tuple[SessionRecord, ...]:
    """The eight sessions, each with its turns and what two made-up models propose for them."""
    told = [one for name in FILES for one in json.loads((FOLDER / name).read_text("utf-8"))]
    return tuple(_session(row, one) for row, one in enumerate(told, 1))


def _session(row: int, told: Mapping[str, Any]) -> SessionRecord:
    turns = tuple(_turn(one, told["language"]) for one in told["turns"])
    return SessionRecord(
        row=row,
        line=0,
        external_id=told["id"],
        turns=turns,
        content_hash=session_hash((turn.role, turn.speaker, turn.text) for turn in turns),
        case=told["case"],
        case_title=told.get("case_title", ""),
        case_order=told.get("case_order"),
        topic=told["topic"],
        language=told["language"],
        proposals=tuple(_proposals(told)),
    )


def _turn(told: Mapping[str, Any], language: str) -> TurnRecord:
    key = next(iter(told))
    role, names = SPEAKERS[key]
    return TurnRecord(speaker=names[language], role=role, text=told[key], proposals=tuple(_proposals(told)))


def _proposals(told: Mapping[str, Any]) -> Iterator[Proposal]:
    for key, source in SOURCES.items():
        for field, (values, score) in told.get(key, {}).items():
            yield Proposal(field, tuple(values), source, score)
