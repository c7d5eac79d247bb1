"""How one file of dialogues is read: where things stand in it, who is who, and what becomes of its labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, cast

from projects.formats.dialogues.records import ROLES, Role
from projects.formats.dialogues.roles import ANYBODY, ROLE_NAMES, plain
from projects.formats.languages import language_code
from projects.formats.records import FormatError

FormatKey = Literal["psy-insight", "esconv", "jsonl", "turns-csv"]
FORMATS: tuple[FormatKey, ...] = ("psy-insight", "esconv", "jsonl", "turns-csv")
SUGGEST, KEEP = "suggest", "keep"
IMPORT_SOURCE = "import"
# Structural places of a layout, as they are named on the command line and in the API.
PLACES = (
    "id", "case", "case_title", "case_order", "topic", "language", "turns", "speaker", "role", "text", "index", "rater",
    "suggestions",
)  # fmt: skip
GROUPS = ("turn", "session", "role", "allowed")
LONGEST_FIELD = 60


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand: keys (or columns) with dots between nested ones; "" where the file has no such thing.

    `session` and `turn` give each field of a study the place of its values. `rater` is the column of a rater's code in
    a table, and in JSON the key under which the raters' values stand (rater -> field -> values), of a session or of
    a turn. `suggestions` is the key of a list of proposals (field, values, source, score), likewise.
    """

    id: str = ""
    case: str = ""
    case_title: str = ""
    case_order: str = ""
    topic: str = ""
    language: str = ""
    turns: str = ""
    speaker: str = ""
    role: str = ""
    text: str = ""
    index: str = ""
    rater: str = ""
    suggestions: str = ""
    session: Mapping[str, str] = field(default_factory=dict)
    turn: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person chooses for an import of dialogues; what they leave is the format's usual."""

    format: FormatKey
    layout: Layout
    roles: Mapping[str, Role] = field(default_factory=dict)
    # The language of sessions that do not name one.
    language: str = ""
    # What becomes of labels without a rater: suggestions of this source, or words kept beside the dialogue.
    labels: str = SUGGEST
    source: str = IMPORT_SOURCE
    # The only values a field may have; a field that is not named here may have any.
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data for ImportBatch.mapping."""
        values = asdict(self)
        values["allowed"] = {name: list(keys) for name, keys in self.allowed.items()}
        return {"dialogue": values.pop("format"), **values}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Settings:
        """The settings from what `to_json` gave. Raises FormatError for anything else."""
        try:
            values = dict(stored)
            form = values.pop("dialogue")
            layout = Layout(**values.pop("layout"))
            allowed = {name: tuple(keys) for name, keys in values.pop("allowed").items()}
            found = cls(format=form, layout=layout, allowed=allowed, **values)
        except (KeyError, TypeError, AttributeError) as error:
            raise FormatError("mapping_invalid") from error
        if found.format not in FORMATS:
            raise FormatError("mapping_invalid")
        return found


def is_dialogue(stored: Mapping[str, Any]) -> bool:
    """Whether an import's stored choices are those of a file of dialogues."""
    return "dialogue" in stored


def with_arguments(settings: Settings, arguments: Iterable[str]) -> Settings:
    """The settings changed by what is written on a command line, one `name=value` each.

    - `id=dialog_id`, `turns=dialog`, `text=content` and the like: where a thing stands (PLACES); `case=` unsets it.
    - `language=:en`: every session that names no language is in this one.
    - `turn.emotion=emotional label`, `session.theme=theme`: which key holds the values of a field.
    - `role.Coach=therapist`: who a speaker is; `role.*=other`: everybody who is not known.
    - `allowed.strategy=Question|Reflection`: the only values a field may have.

    Raises FormatError for what is not understood.
    """
    for argument in arguments:
        name, sign, value = argument.partition("=")
        name, value = name.strip(), value.strip()
        if not sign or not name:
            raise FormatError("mapping_argument", argument=argument)
        group, dot, rest = name.partition(".")
        if dot and group in GROUPS and rest:
            settings = _grouped(settings, group, rest, value)
        else:
            settings = _placed(settings, name, value)
    return settings


def _placed(settings: Settings, name: str, value: str) -> Settings:
    if name == "language" and value.startswith(":"):
        code = language_code(value[1:])
        if code is None:
            raise FormatError("dialogue_language", value=value[1:])
        return replace(settings, language=code)
    if name not in PLACES:
        allowed = ", ".join([*PLACES, *(f"{group}.NAME" for group in GROUPS)])
        raise FormatError("mapping_field", field=name, allowed=allowed)
    return replace(settings, layout=replace(settings.layout, **cast(dict[str, Any], {name: value})))


def _grouped(settings: Settings, group: str, name: str, value: str) -> Settings:
    if group == "role":
        return replace(settings, roles={**settings.roles, name: role_named(value)})
    if len(name) > LONGEST_FIELD:
        raise FormatError("mapping_field", field=name, allowed=f"{group}.NAME")
    if group == "allowed":
        keys = tuple(dict.fromkeys(key.strip() for key in value.split("|") if key.strip()))
        return replace(settings, allowed={**settings.allowed, name: keys})
    fields = {**getattr(settings.layout, group), name: value}
    kept = {key: path for key, path in fields.items() if path}
    return replace(settings, layout=replace(settings.layout, **cast(dict[str, Any], {group: kept})))


def role_named(value: str) -> Role:
    """The part of this name, in any of its spellings. Raises FormatError."""
    role = ROLE_NAMES.get(plain(value))
    if role is None:
        raise FormatError("dialogue_role", value=value, allowed=", ".join(ROLES))
    return role


__all__ = ["ANYBODY", "FORMATS", "FormatKey", "Layout", "Settings", "is_dialogue", "role_named", "with_arguments"]
