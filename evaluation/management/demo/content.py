"""The demonstration's texts for systems and responses, and the files of its two data sets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from projects.formats.mapping import Mapping as Columns
from projects.formats.mapping import Source

KINDS = {"single": "single_choice", "multiple": "multiple_choice"}
PERSON = "person"


@dataclass(frozen=True)
class DemoSystem:
    """A made-up system: its key in the files of responses, and how often it answers a plain test item rightly."""

    key: str
    name: str
    role: str
    skill: float
    group: str = ""
    notes: str = ""


SYSTEMS = (
    DemoSystem("harbour", "Harbour 7B", "base", 0.66, "Harbour 7B", "Answers in lists."),
    DemoSystem(
        "harbour-synthetic", "Harbour 7B, synthetic data", "synthetic", 0.79, "Harbour 7B", "Warm, with three steps."
    ),
    DemoSystem(
        "harbour-interview", "Harbour 7B, interviews", "interview", 0.74, "Harbour 7B", "Asks more than it tells."
    ),
    DemoSystem("harbour-both", "Harbour 7B, both", "both", 0.88, "Harbour 7B", "One plain step, and a question."),
    DemoSystem("meadow", "Meadow 8B", "baseline", 0.83, notes="Brisk and practical."),
    DemoSystem("alder", "Alder Chat", "baseline", 0.57, notes="Kind words, little help."),
    DemoSystem(PERSON, "Practised listener", "baseline", 1.0, notes="A person who has done this for years."),
)
QUESTION_COLUMNS = Columns(
    text="text", external_id="id", kind=Source(constant="question"), topic=Source(column="topic"),
    subtopic=Source(column="subtopic"), language=Source(column="language"),
)  # fmt: skip
TEST_COLUMNS = Columns(
    text="text", external_id="id", kind=Source(column="kind"), options=("options",), answer="answer",
    topic=Source(column="topic"), subtopic=Source(column="subtopic"), language=Source(column="language"),
)  # fmt: skip


@cache
def responses() -> Mapping[str, Mapping[str, str]]:
    """Return the responses we wrote: id of the question -> key of the system -> text."""
    folder = settings.BASE_DIR / "evaluation" / "demo"
    found: dict[str, dict[str, str]] = {}
    for language in ("en", "zh"):
        found |= json.loads((folder / f"responses_{language}.json").read_bytes())
    return found


def _load(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((settings.BASE_DIR / "projects" / "demo" / f"{name}.json").read_bytes())
    return rows


def questions() -> bytes:
    """Return the questions that have responses, as a file to import."""
    return _lines(
        {"id": row["external_id"], **{name: row[name] for name in ("text", "topic", "subtopic", "language")}}
        for row in _load("qa_items")
        if row["external_id"] in responses()
    )


def person_file() -> bytes:
    """Return the person's responses, as a file to import."""
    return _lines({"item_id": question, "text": said[PERSON]} for question, said in responses().items())


@cache
def test_items() -> tuple[dict[str, Any], ...]:
    """Return the labelled items that have a right answer."""
    rows = [*_load("items_true_false"), *_load("items_choice")]
    return tuple(row for row in rows if row["answer"])


def test_file() -> bytes:
    """Return the labelled items with their right answers, as a file to import."""
    return _lines(
        {
            "id": row["external_id"], "kind": KINDS.get(row.get("kind", ""), "true_false"),
            "options": row.get("options", []), "answer": row["answer"],
            **{name: row[name] for name in ("text", "topic", "subtopic", "language")},
        }
        for row in test_items()
    )  # fmt: skip


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
