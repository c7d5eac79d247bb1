"""`python -m stats report bundle.zip`: what is equal, what differs."""

from __future__ import annotations

import json
from typing import Any

from stats.paper.check import Outcome, check
from stats.result import VERSION

SHOWN = 20


def run(path: str, *, as_json: bool) -> tuple[str, int]:
    """The text to print, and 0 where every figure is the published one, else 1. ValueError for a bad bundle."""
    outcome = check(path)
    text = json.dumps(outcome.to_json(), ensure_ascii=False, indent=2) if as_json else as_text(outcome)
    return text, 0 if outcome.agrees else 1


def as_text(outcome: Outcome) -> str:
    """Sections with their counts, then the differences."""
    lines = [f"{outcome.files} files, each as the manifest says."]
    if outcome.stored_version != VERSION:
        lines.append(f"Published by version {outcome.stored_version} of the computations; this is version {VERSION}.")
    lines.append("")
    for key, section in outcome.sections.items():
        parts = [f"{section.equal} values equal"]
        if section.rounding:
            parts.append(f"{section.rounding} equal but for rounding below 1e-9")
        if section.different:
            parts.append(f"{len(section.different)} DIFFER")
        lines.append(f"{key:<14} {', '.join(parts)}")
    different = [one for section in outcome.sections.values() for one in section.different]
    lines += ["", *(f"{path}: published {short(a)}, recomputed {short(b)}" for path, a, b in different[:SHOWN])]
    if len(different) > SHOWN:
        lines.append(f"... and {len(different) - SHOWN} more")
    lines.append(
        "Every figure was recomputed from the raw rows and is the published one."
        if outcome.agrees
        else "Not every figure is the published one."
    )
    return "\n".join(lines)


def short(value: Any) -> str:
    """A value on one line."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
