"""What stands beside a session or turn in JSON: the values of raters it names, and proposals with source and score.

`{"raters": {"A1": {"strategy": ["Question"]}}}`, where an empty list means that the rater chose none, and
`{"suggestions": [{"field": "strategy", "values": ["Question"], "source": "model-a", "score": 0.9}]}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from projects.formats.dialogues.labels import values_of
from projects.formats.dialogues.records import Proposal, Said
from projects.formats.dialogues.settings import LONGEST_FIELD
from projects.formats.text import CellError

RATERS, SUGGESTIONS = "raters", "suggestions"
LONGEST_CODE = 40
LONGEST_SOURCE = 120


def raters(value: object) -> Iterator[Said]:
    """Yield what each rater said. Raises CellError for anything that is not of this shape."""
    for code, fields in _mapping(value, "raters_unreadable").items():
        name = str(code).strip()
        if len(name) > LONGEST_CODE:
            raise CellError("rater_long", found=len(name), limit=LONGEST_CODE)
        if not name:
            raise CellError("raters_unreadable")
        for field, given in _mapping(fields, "raters_unreadable").items():
            yield Said(name, _field(field, "raters_unreadable"), values_of(given))


def suggestions(value: object) -> Iterator[Proposal]:
    """Yield the proposals in a list of them. Raises CellError for anything that is not of this shape."""
    if not isinstance(value, list):
        raise CellError("suggestions_unreadable")
    seen = set()
    for one in value:
        found = _proposal(_mapping(one, "suggestions_unreadable"))
        if (found.field, found.source) in seen:
            raise CellError("suggestion_twice", field=found.field, source=found.source)
        seen.add((found.field, found.source))
        yield found


def _proposal(told: Mapping[str, Any]) -> Proposal:
    source, score = told.get("source", ""), told.get("score")
    right = isinstance(source, str) and len(source) <= LONGEST_SOURCE
    if score is not None:
        right = right and isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1
    values = values_of(told.get("values", told.get("value", "")))
    if not right or not values:
        raise CellError("suggestions_unreadable")
    return Proposal(_field(told.get("field"), "suggestions_unreadable"), values, source, score)


def _mapping(value: object, code: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise CellError(code)
    return value


def _field(name: object, code: str) -> str:
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_FIELD:
        raise CellError(code)
    return name.strip()


def written(said: Iterable[Said], proposals: Iterable[Proposal]) -> dict[str, Any]:
    """Return both as the keys of an object; what there is none of is left out."""
    by_rater: dict[str, dict[str, list[str]]] = {}
    for one in said:
        by_rater.setdefault(one.rater, {})[one.field] = list(one.values)
    listed = [
        {"field": one.field, "values": list(one.values), "source": one.source, "score": one.score} for one in proposals
    ]
    return ({RATERS: by_rater} if by_rater else {}) | ({SUGGESTIONS: listed} if listed else {})
