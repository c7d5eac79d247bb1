"""What a file of dialogues offers to choose from: its keys or columns with their first values, and its lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from projects.formats.dialogues import beside, paths
from projects.formats.dialogues.settings import Layout

SAMPLES = 3
SAMPLE_LENGTH = 90
# A file decides how many keys there are; a person cannot choose among more.
MOST_KEYS = 150
DEEPEST = 3
SESSION_PLACES = ("id", "case", "case_title", "case_order", "topic", "language")
TURN_PLACES = ("speaker", "role", "text", "index")


class Key(NamedTuple):
    """A key by its path, or a column, with the first values that stand there."""

    path: str
    samples: list[str]


def of_sessions(sessions: Iterable[Mapping[str, Any]], layout: Layout) -> list[Key]:
    """The keys of sessions but the one of their turns; nested ones with dots between."""
    own = (*(getattr(layout, name) for name in SESSION_PLACES), *layout.session.values())
    return _with([key for key in _collected(sessions) if key.path != layout.turns], own)


def of_turns(sessions: Iterable[Mapping[str, Any]], layout: Layout) -> list[Key]:
    """The keys of the turns."""
    own = (*(getattr(layout, name) for name in TURN_PLACES), *layout.turn.values())
    return _with(_collected(turns_of(sessions, layout.turns)), own)


def _with(found: list[Key], own: Iterable[str]) -> list[Key]:
    """The keys, then those that the layout knows and the file's beginning does not have."""
    known = {key.path for key in found}
    return found + [Key(path, []) for path in dict.fromkeys(own) if path and path not in known]


def of_columns(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> list[Key]:
    """The columns of a table."""
    shown = list(rows)
    return [Key(name, _samples(row.get(name) for row in shown)) for name in columns][:MOST_KEYS]


def turns_of(sessions: Iterable[Mapping[str, Any]], path: str) -> list[Mapping[str, Any]]:
    """The turns of some sessions, as far as they are objects."""
    lists = [paths.get(one, path) for one in sessions]
    return [turn for one in lists if isinstance(one, list) for turn in one if isinstance(turn, Mapping)]


def lists(sessions: Iterable[Mapping[str, Any]]) -> list[str]:
    """The keys under which lists of objects stand: where the turns can be."""
    found: dict[str, None] = {}
    for one in sessions:
        for path, value in _leaves(one, ""):
            if isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
                found[path] = None
    return list(found)


def _collected(objects: Iterable[Mapping[str, Any]]) -> list[Key]:
    found: dict[str, list[object]] = {}
    for one in objects:
        for path, value in _leaves(one, ""):
            found.setdefault(path, []).append(value)
    return [Key(path, _samples(values)) for path, values in found.items()][:MOST_KEYS]


def _leaves(source: Mapping[str, Any], before: str, depth: int = 1) -> Iterator[tuple[str, Any]]:
    for name, value in source.items():
        if isinstance(value, Mapping) and depth < DEEPEST and name != beside.RATERS:
            yield from _leaves(value, f"{before}{name}.", depth + 1)
        else:
            yield before + str(name), value


def _samples(values: Iterable[object]) -> list[str]:
    """The first different values, shortened."""
    found: dict[str, None] = {}
    for value in values:
        if value not in (None, "", [], {}):
            found[_short(value)] = None
        if len(found) == SAMPLES:
            break
    return list(found)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= SAMPLE_LENGTH else text[: SAMPLE_LENGTH - 1] + "…"
