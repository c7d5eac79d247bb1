"""A label set as text that a person types: one label on each line, sub-labels indented below the one they belong to.

    Question | Asks for something not yet told. | blue | 1 | question | Ask, Asking
      open | Leaves room for any answer.

The parts are: name, description, colour, key on the keyboard, key in files, other spellings in files. Only the name
is needed; a key in files is made from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.text import slugify

from annotation.schema import LabelOption

PARTS = 6
COMMA = re.compile(r"[,，、]")


def parse(text: str) -> tuple[LabelOption, ...]:
    """Return the labels in a text; what is wrong with them, `schema_check` says."""
    found: list[LabelOption] = []
    head = ""
    for line in text.replace("｜", "|").splitlines():
        if not line.strip():
            continue
        below = head if line[0].isspace() else ""
        label = _label(line, below)
        head = head if below else label.key
        found.append(label)
    return tuple(found)


def _label(line: str, parent: str) -> LabelOption:
    parts = [part.strip() for part in line.split("|", PARTS - 1)]
    name, description, colour, shortcut, key, also = parts + [""] * (PARTS - len(parts))
    return LabelOption(
        key=key or made_key(name, parent),
        name=name,
        description=description,
        colour=colour,
        shortcut=shortcut.lower(),
        parent=parent,
        also=listed(also),
    )


def listed(text: str) -> tuple[str, ...]:
    """Return what stands between commas."""
    return tuple(one.strip() for one in COMMA.split(text) if one.strip())


def made_key(name: str, parent: str = "") -> str:
    """Return the key in files that a name gets by itself."""
    own = slugify(name, allow_unicode=True)
    return f"{parent}/{own}" if parent else own


def write(labels: Iterable[LabelOption]) -> str:
    """Return labels as text that `parse` reads back; each head before its sub-labels."""
    below: dict[str, list[LabelOption]] = {}
    for label in labels:
        below.setdefault(label.parent, []).append(label)
    ordered = [label for head in below.get("", []) for label in (head, *below.get(head.key, []))]
    return "\n".join(_line(label) for label in ordered)


def _line(label: LabelOption) -> str:
    key = "" if label.key == made_key(label.words, label.parent) else label.key
    parts = [label.words, label.description, label.colour, label.shortcut, key, ", ".join(label.also)]
    while not parts[-1]:
        parts.pop()
    return ("  " if label.parent else "") + " | ".join(" ".join(part.split()) for part in parts)
