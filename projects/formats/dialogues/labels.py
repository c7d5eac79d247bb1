"""Values of fields as files write them: one text, a list of texts, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from projects.formats.dialogues import paths
from projects.formats.dialogues.records import Values
from projects.formats.text import CellError, as_text


class Read(NamedTuple):
    """Values by field, those outside the set as (field, value, allowed ones), and whether some were unreadable."""

    labels: dict[str, Values]
    wrong: list[tuple[str, str, Values]]
    unreadable: bool


class LabelReader:
    """Reads the fields of a session or turn; `allowed` names the only values that some of them may have."""

    def __init__(self, allowed: Mapping[str, Values]) -> None:
        self.allowed = allowed

    def read(self, source: Mapping[str, Any], fields: Mapping[str, str]) -> Read:
        """The values of the fields that the object gives; an empty text or list is the same as none."""
        found = Read({}, [], False)
        for field, path in fields.items():
            value = paths.get(source, path)
            if value is paths.MISSING or value is None:
                continue
            try:
                values = values_of(value)
            except CellError:
                found = found._replace(unreadable=True)
                continue
            if values:
                found.labels[field] = values
                found.wrong.extend(self.outside(field, values))
        return found

    def outside(self, field: str, values: Values) -> list[tuple[str, str, Values]]:
        """Those of the values that the field must not have."""
        allowed = self.allowed.get(field)
        if allowed is None:
            return []
        return [(field, value, allowed) for value in values if value not in allowed]


def values_of(value: object) -> Values:
    """The texts in a value, each once, without blanks around them. Raises CellError for nested ones."""
    several = value if isinstance(value, list) else [value]
    texts = (as_text(one).strip() for one in several)
    return tuple(dict.fromkeys(text for text in texts if text))


def like(old: object, values: Values, *, several: bool) -> Any:
    """The values written the way the file wrote them: a list where a list stood, else one text."""
    if isinstance(old, list) or (several and not isinstance(old, str)) or len(values) > 1:
        return list(values)
    return values[0] if values else ""
