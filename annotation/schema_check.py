"""Reading a schema that somebody wrote, and what can be wrong with it: in words that say where and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotation.schema import (
    COLOURS,
    FIELD_NAMES,
    KEY,
    LABEL_NAMES,
    MAX_FIELDS,
    MAX_LABELS,
    RESERVED,
    ROLES,
    SHORTCUT,
    Field,
    FieldKind,
    LabelOption,
    Level,
    Schema,
    SchemaError,
    load,
)

TEXTS = frozenset({"key", "name", "help", "low_words", "high_words", "description", "colour", "shortcut", "parent"})
FLAGS = frozenset({"required", "unknown", "none", "leaves_only", "evidence"})
LISTS = frozenset({"roles", "also"})
NAME_LENGTH, WORDS_LENGTH = 80, 500
MOST_STEPS = 11


def read(data: object) -> Schema:
    """Return the schema in somebody's JSON. Raises SchemaError that names every fault."""
    wrong = shape_faults(data)
    if wrong or not isinstance(data, Mapping):
        raise SchemaError(wrong)
    schema = load(data)
    if wrong := faults(schema):
        raise SchemaError(wrong)
    return schema


def shape_faults(data: object) -> list[str]:
    """Return what keeps somebody's JSON from being read as a schema at all."""
    if not isinstance(data, Mapping) or not isinstance(data.get("fields"), list):
        return [_('A schema is an object with a list of "fields".')]
    return [fault for n, entry in enumerate(data["fields"], start=1) for fault in _entry_faults(n, entry)]


def _entry_faults(n: int, entry: object) -> Iterator[str]:
    where = _("Field %(n)s") % {"n": n}
    if not isinstance(entry, Mapping):
        yield _("%(where)s: this must be an object.") % {"where": where}
        return
    yield from _named(where, entry, FIELD_NAMES)
    if entry.get("kind", FieldKind.SINGLE) not in list(FieldKind):
        yield _("%(where)s: there is no kind “%(name)s”.") % {"where": where, "name": entry["kind"]}
    if entry.get("level", Level.TURN) not in list(Level):
        yield _("%(where)s: there is no level “%(name)s”.") % {"where": where, "name": entry["level"]}
    labels = entry.get("labels", [])
    if not isinstance(labels, list) or not all(isinstance(label, Mapping) for label in labels):
        yield _("%(where)s: the labels must be a list of objects.") % {"where": where}
        return
    for label in labels:
        yield from _named(f"{where}, {label.get('key', '?')}", label, LABEL_NAMES)


def _named(where: str, entry: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    """Yield names that mean nothing, a missing key, and values of the wrong type."""
    for name in entry:
        if name not in known:
            yield _("%(where)s: “%(name)s” means nothing here.") % {"where": where, "name": name}
    if not entry.get("key"):
        yield _("%(where)s: a key is missing.") % {"where": where}
    for name, value in entry.items():
        if not _typed(name, value):
            yield _("%(where)s: “%(name)s” has a value of the wrong type.") % {"where": where, "name": name}


def _typed(name: str, value: Any) -> bool:
    if name in TEXTS:
        return isinstance(value, str)
    if name in FLAGS:
        return isinstance(value, bool)
    if name in LISTS:
        return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    return name not in ("low", "high") or (isinstance(value, int) and not isinstance(value, bool))


def faults(schema: Schema) -> list[str]:
    """Return everything that is wrong with a schema; nothing where raters can work with it."""
    found: list[str] = []
    if not schema.fields:
        found.append(_("Add a field: without one there is nothing to answer."))
    if len(schema.fields) > MAX_FIELDS:
        found.append(_("%(n)s fields are too many: at most %(most)s.") % {"n": len(schema.fields), "most": MAX_FIELDS})
    twice = _("The key “%(key)s” stands for two fields. Give one of them another.")
    found += [twice % {"key": key} for key in _twice(field.key for field in schema.fields)]
    for field in schema.fields:
        where = _("Field “%(name)s”") % {"name": field.words}
        found += [f"{where}: {words}" for words in _field_faults(field)]
    return found


def _twice(keys: Iterable[str]) -> list[str]:
    return [key for key, n in Counter(keys).items() if n > 1]


def _field_faults(field: Field) -> Iterator[str]:
    if not KEY.match(field.key):
        yield _("the key “%(key)s” may have letters, digits and . - _ / only.") % {"key": field.key}
    if len(field.name) > NAME_LENGTH or max(map(len, (field.help, field.low_words, field.high_words))) > WORDS_LENGTH:
        yield _("a name has at most %(name)s characters, a help text %(words)s.") % {
            "name": NAME_LENGTH, "words": WORDS_LENGTH,
        }  # fmt: skip
    for role in field.roles:
        if role not in ROLES:
            yield _("there is no role “%(role)s”; there are: %(known)s.") % {"role": role, "known": ", ".join(ROLES)}
    if field.level == Level.SESSION and field.roles:
        yield _("a field of the session belongs to no role.")
    yield from _set_faults(field) if field.labelled else _plain_faults(field)
    if field.none and field.kind != FieldKind.SEVERAL:
        yield _("“none of these” is an answer only where several labels may be chosen.")
    if field.evidence and field.level == Level.SESSION:
        yield _("evidence can be marked in turns only.")


def _plain_faults(field: Field) -> Iterator[str]:
    if field.labels:
        yield _("only fields with labels have a label set.")
    if field.kind == FieldKind.SCALE and not 1 <= field.high - field.low < MOST_STEPS:
        yield _("a scale goes from a lower to a higher number, with at most %(most)s steps.") % {"most": MOST_STEPS}


def _set_faults(field: Field) -> Iterator[str]:
    if len(field.values) < 2:
        yield _("a choice needs at least two labels.")
    if len(field.labels) > MAX_LABELS:
        yield _("%(n)s labels are too many: at most %(most)s.") % {"n": len(field.labels), "most": MAX_LABELS}
    twice = _twice(label.key for label in field.labels)
    for key in twice:
        yield _("the label “%(key)s” stands twice.") % {"key": key}
    for key in _twice(label.words for label in field.labels if not label.parent and label.key not in twice):
        yield _("two labels are called “%(name)s”.") % {"name": key}
    for key in _twice(label.shortcut for label in field.labels if label.shortcut):
        yield _("the keyboard key “%(key)s” stands for two labels.") % {"key": key}
    for label in field.labels:
        yield from _label_faults(field, label)


def _label_faults(field: Field, label: LabelOption) -> Iterator[str]:
    about = {"label": label.words}
    if not KEY.match(label.key):
        yield _("the label's key “%(key)s” may have letters, digits and . - _ / only.") % {"key": label.key}
    if len(label.name) > NAME_LENGTH or len(label.description) > WORDS_LENGTH:
        yield _("the label “%(label)s” has too long a name or description.") % about
    if label.colour and label.colour not in COLOURS:
        yield _("there is no colour “%(colour)s” for “%(label)s”; there are: %(known)s.") % {
            **about, "colour": label.colour, "known": ", ".join(COLOURS),
        }  # fmt: skip
    if label.shortcut and (not SHORTCUT.match(label.shortcut) or label.shortcut in RESERVED):
        yield _("“%(key)s” cannot be the keyboard key of “%(label)s”: take a digit or a free letter.") % {
            **about, "key": label.shortcut,
        }  # fmt: skip
    above = field.label(label.parent) if label.parent else None
    if label.parent and above is None:
        yield _("“%(label)s” stands under “%(parent)s”, which is no label.") % {**about, "parent": label.parent}
    elif above and (above.parent or above.key == label.key):
        yield _("“%(label)s” stands too deep: a sub-label has no sub-labels of its own.") % about
