"""Schemas to begin with, in English and Chinese: the keys are the same in both, so that results can be compared.

Every name and description stands as a pair, English then Chinese; `schema` picks one of the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotation.presets import emotional_support, motivational, psy_insight
from annotation.schema import Schema, load

LANGUAGES = ("en", "zh")
SETS: Mapping[str, list[dict[str, Any]]] = {
    "psy-insight": psy_insight.FIELDS,
    "emotional-support": emotional_support.FIELDS,
    "motivational": motivational.FIELDS,
}


def schema(key: str, language: str) -> Schema:
    """Return a preset's schema in one of LANGUAGES."""
    return load({"fields": _spoken(SETS[key], LANGUAGES.index(language))})


def _spoken(data: Any, which: int) -> Any:
    """Return data with every pair of texts replaced by one of the two, and its other spelling kept for files."""
    if isinstance(data, list):
        return [_spoken(entry, which) for entry in data]
    if not isinstance(data, dict):
        return data[which] if isinstance(data, tuple) else data
    found = {name: _spoken(value, which) for name, value in data.items()}
    if "also" in data:
        found["also"] = [*data["also"], data["name"][1 - which]]
    return found
