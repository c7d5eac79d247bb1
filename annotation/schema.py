"""What is asked of each dialogue in a study: fields of a turn or of the session, with their label sets.

Plain data with a JSON form, kept in the settings of a study and frozen with them. Knows neither database nor web.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

# A key ends up in files and figures: letters and digits of any script, no blank, no sign at the front.
KEY = re.compile(r"^\w[\w./-]{0,59}$")
ROLES = ("therapist", "client", "other")
# Names of the seven colours that stay apart for every eye and on grey paper; the style sheet knows them.
COLOURS = ("amber", "blue", "green", "olive", "navy", "brown", "plum")
SHORTCUT = re.compile(r"^[0-9a-z]$")
# Commands of the work page; no label can take them.
RESERVED = frozenset("abcefgjkmnsuxz")
POOL = "1234567890" + "".join(letter for letter in "qwrtyiopdhlv" if letter not in RESERVED)
MAX_FIELDS, MAX_LABELS, MAX_TEXT = 40, 120, 20_000
YES, NO = "yes", "no"


class SchemaError(ValueError):
    """A schema that cannot be used; `faults` say in words what is wrong and where."""

    def __init__(self, faults: Sequence[str]) -> None:
        """Carry the faults."""
        super().__init__("\n".join(faults))
        self.faults = list(faults)


class Level(StrEnum):
    """What a field is about."""

    SESSION = "session"
    TURN = "turn"


class FieldKind(StrEnum):
    """How a field is answered."""

    SINGLE = "single"
    SEVERAL = "several"
    TEXT = "text"
    SCALE = "scale"
    YES_NO = "yes_no"


LABELLED = frozenset({FieldKind.SINGLE, FieldKind.SEVERAL})


@dataclass(frozen=True)
class LabelOption:
    """One label of a field. `parent` is the key of the label it stands under; `also` are other spellings in files."""

    key: str
    name: str = ""
    description: str = ""
    colour: str = ""
    shortcut: str = ""
    parent: str = ""
    also: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The label as people read it."""
        return self.name or self.key


@dataclass(frozen=True)
class Field:
    """One question about a turn or a session. `roles` names whose turns it is asked of; none named means all.

    `unknown` and `none` allow these as answers of their own; `leaves_only` asks for a sub-label where there are any;
    `evidence` lets raters mark the words that speak for their answer; `also` are other names of the field in files.
    """

    key: str
    name: str = ""
    kind: FieldKind = FieldKind.SINGLE
    level: Level = Level.TURN
    roles: tuple[str, ...] = ()
    help: str = ""
    labels: tuple[LabelOption, ...] = ()
    required: bool = False
    unknown: bool = False
    none: bool = False
    leaves_only: bool = False
    evidence: bool = False
    low: int = 1
    high: int = 5
    low_words: str = ""
    high_words: str = ""
    also: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The field as people read it."""
        return self.name or self.key

    @property
    def labelled(self) -> bool:
        """Whether the field is answered with labels of a set."""
        return self.kind in LABELLED

    def asked_of(self, role: str) -> bool:
        """Whether the field is asked of a turn with this role."""
        return self.level == Level.TURN and (not self.roles or role in self.roles)

    @cached_property
    def parents(self) -> frozenset[str]:
        """The keys of labels that others stand under."""
        return frozenset(label.parent for label in self.labels if label.parent)

    def label(self, key: str) -> LabelOption | None:
        """Return the label with a key."""
        return next((label for label in self.labels if label.key == key), None)

    @cached_property
    def values(self) -> tuple[str, ...]:
        """Every value that may be chosen, in order; none for a field of free text."""
        if self.labelled:
            heads = self.parents if self.leaves_only else frozenset()
            return tuple(label.key for label in self.labels if label.key not in heads)
        if self.kind == FieldKind.SCALE:
            return tuple(str(n) for n in range(self.low, self.high + 1))
        return (YES, NO) if self.kind == FieldKind.YES_NO else ()

    def say(self, value: str) -> str:
        """Return one value in words; a sub-label after the label it stands under."""
        if self.kind == FieldKind.YES_NO:
            return {YES: _("yes"), NO: _("no")}.get(value, value)
        found = self.label(value)
        above = self.label(found.parent) if found and found.parent else None
        words = found.words if found else value
        return f"{above.words}: {words}" if above else words

    def find(self, spelling: str) -> str | None:
        """Return the value that a file means by a spelling: a key, a name, or one of a label's other spellings."""
        return self._spellings.get(folded(spelling))

    @cached_property
    def _spellings(self) -> dict[str, str]:
        found: dict[str, str] = {}
        known = {label.key: (label.key, label.name, *label.also) for label in self.labels}
        if self.kind == FieldKind.YES_NO:
            known = {YES: (YES, "true", "1", "是"), NO: (NO, "false", "0", "否")}
        for value in self.values:
            for spelling in known.get(value, (value,)):
                found.setdefault(folded(spelling), value)
        return found


@dataclass(frozen=True)
class Schema:
    """All fields of a study, in the order in which raters see them."""

    fields: tuple[Field, ...] = ()

    @cached_property
    def session(self) -> tuple[Field, ...]:
        """The fields of the session."""
        return tuple(field for field in self.fields if field.level == Level.SESSION)

    def turn(self, role: str) -> tuple[Field, ...]:
        """Return the fields that are asked of a turn with this role."""
        return self._by_role.get(role, ())

    @cached_property
    def _by_role(self) -> dict[str, tuple[Field, ...]]:
        return {role: tuple(field for field in self.fields if field.asked_of(role)) for role in ROLES}

    def field(self, key: str) -> Field | None:
        """Return the field with a key."""
        return next((field for field in self.fields if field.key == key), None)

    def meant(self, spelling: str) -> Field | None:
        """Return the field that a file means by a name: a key, or another name that some field goes by."""
        return self.field(spelling) or self._spellings.get(folded(spelling))

    @cached_property
    def _spellings(self) -> dict[str, Field]:
        found = {folded(field.key): field for field in reversed(self.fields)}
        for field in self.fields:
            for name in filter(None, (field.name, *field.also)):
                found.setdefault(folded(name), field)
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the schema as JSON-safe data; what is as by default is left out."""
        return {"fields": [_lean(field) for field in self.fields]}


def folded(text: str) -> str:
    """Return a spelling without what does not tell labels apart: case, and blanks, hyphens and underscores."""
    return re.sub(r"[\s_-]+", "", text).casefold()


def _lean(field: Field) -> dict[str, Any]:
    plain, blank = asdict(field), asdict(Field(key=""))
    found = {name: value for name, value in plain.items() if name == "key" or value != blank[name]}
    if field.labels:
        empty = asdict(LabelOption(key=""))
        found["labels"] = [
            {name: _listed(value) for name, value in asdict(label).items() if name == "key" or value != empty[name]}
            for label in field.labels
        ]
    return {name: _listed(value) for name, value in found.items()}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, StrEnum) else value


def load(data: Mapping[str, Any]) -> Schema:
    """Return the schema in a study's settings: what `to_json` wrote and `schema_check.read` has checked."""
    return Schema(tuple(_field(entry) for entry in data["fields"]))


def _field(entry: Mapping[str, Any]) -> Field:
    labels = tuple(LabelOption(**{**label, "also": tuple(label.get("also", ()))}) for label in entry.get("labels", ()))
    values = {**entry, "labels": labels} | {name: tuple(entry.get(name, ())) for name in ("roles", "also")}
    kind, level = FieldKind(entry.get("kind", FieldKind.SINGLE)), Level(entry.get("level", Level.TURN))
    return Field(**{**values, "kind": kind, "level": level})


def shortcuts(panel: Iterable[Field]) -> dict[tuple[str, str], str]:
    """Return the key that chooses each value of a panel's fields, by (field, value).

    What the schema names is kept; the others get digits, then letters that are no command, as long as there are any.
    """
    asked = [field for field in panel if field.kind != FieldKind.TEXT]
    wanted = {(field.key, label.key): label.shortcut for field in asked for label in field.labels if label.shortcut}
    found: dict[tuple[str, str], str] = {}
    for place, key in wanted.items():
        if key not in found.values():
            found[place] = key
    free = (key for key in POOL if key not in found.values())
    for place in ((field.key, value) for field in asked for value in field.values):
        if place not in found and (key := next(free, "")):
            found[place] = key
    return found


FIELD_NAMES = frozenset(one.name for one in fields(Field))
LABEL_NAMES = frozenset(one.name for one in fields(LabelOption))
