"""What people agreed on for the dialogues of a data set, in the spelling of the file they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from annotation.models import CuratedValue, Label
from annotation.schema import Field, Schema, load
from projects.formats.dialogues.records import Values
from projects.models import Dataset, Study
from projects.services import exclusions
from projects.services.dialogue_read import Given, Place

UNKNOWN = "Unknown"


def curated(dataset: Dataset, said: Given, study: Study | None) -> Given:
    """Return the curated values of some sessions by place; `said` holds what the file says, by the item's key.

    Of several studies the newest decision counts, unless one study is asked for; sessions that a study leaves out have
    none of it. Labels are written by name, or as the file wrote the same label; "unknown" is a value of its own, "none
    of them" is no value.
    """
    rows = CuratedValue.objects.filter(current=True, unit__item__in=said, unit__study__dataset=dataset)
    rows = rows.exclude(exclusions.units_left_out("unit"))
    if study is not None:
        rows = rows.filter(unit__study=study)
    rows = rows.order_by("created_at", "pk").select_related("unit__study__version", "turn")
    schemas: dict[int, Schema] = {}
    names: dict[tuple[int, int], dict[str, str]] = {}
    found: dict[int, dict[Place, Values]] = {}
    for row in rows:
        of = row.unit.study
        schema = schemas.setdefault(of.pk, load(of.settings["schema"]))
        item, name = row.unit.item_id or 0, row.field
        if (item, of.pk) not in names:
            names[item, of.pk] = _names(schema, {place[1] for place in said[item]})
        place = (row.turn.index if row.turn else 0, names[item, of.pk].get(name, name))
        found.setdefault(item, {})[place] = _written(row, schema.field(name), said[item].get(place, ()))
    return found


def _names(schema: Schema, spelled: Iterable[str]) -> dict[str, str]:
    """Return what a file calls the fields of a schema, by their keys."""
    named = sorted(spelled, key=lambda name: schema.field(name) is not None)
    return {field.key: name for name in named if (field := schema.meant(name))}


def _written(row: CuratedValue, field: Field | None, before: Sequence[str]) -> Values:
    if row.state == Label.State.UNKNOWN:
        return tuple(before) if [one.casefold() for one in before] == [UNKNOWN.casefold()] else (UNKNOWN,)
    if row.state == Label.State.NONE:
        return ()
    if field is None or not field.labelled:
        return tuple(row.values)
    return spelled(field, row.values, before)


def spelled(field: Field, keys: Sequence[str], before: Sequence[str]) -> Values:
    """The labels in words: the file's own spelling where it has the same label, else the label's name."""
    known: Mapping[str | None, str] = {field.find(word): word for word in before}
    names = {label.key: label.words for label in field.labels}
    return tuple(known.get(key, names.get(key, key)) for key in keys)
