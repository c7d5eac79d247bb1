"""The settings and the report of an import of dialogues, as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from projects.formats.dialogue_messages import REMARKS
from projects.formats.dialogues.settings import PLACES, Settings


def places(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each thing's name and where it stands in the file, as the command line writes it."""
    for name in PLACES:
        if path := getattr(settings.layout, name):
            yield name, path
    for group in ("session", "turn"):
        for name, path in getattr(settings.layout, group).items():
            yield f"{group}.{name}", path


def remarks(report: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """How many sessions each remark is about, and the remark in the language active now."""
    for code, found in report.get("remarks", {}).items():
        yield found["sessions"], str(REMARKS[code])
