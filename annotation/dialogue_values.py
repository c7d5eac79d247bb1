"""What people agreed on for the dialogues of a data set, in the spelling of the file they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annotation.models import CuratedValue, Label
from annotation.schema import Field, Schema, load
from projects.formats.dialogues.records import Values
from projects.models import Dataset, Study
from projects.services.dialogue_read import Given, Place

UNKNOWN = "Unknown"


def curated(dataset: Dataset, said: Given, study: Study | None) -> Given:
    """Return the curated values of some sessions by place; `said` holds what the file says, by the item's key.

    Of several studies the newest decision counts, unless one study is asked for. Labels are written by name, or as the
    file wrote the same label; "unknown" is a value of its own, "none of them" is no value.
    """
    rows = CuratedValue.objects.filter(current=True, unit__item__in=said, unit__study__dataset=dataset)
    if study is not None:
        rows = rows.filter(unit__study=study)
    rows = rows.order_by("created_at", "pk").select_related("unit__study__version", "turn")
    schemas: dict[int, Schema] = {}
    found: dict[int, dict[Place, Values]] = {}
    for row in rows:
        of = row.unit.study
        field = schemas.setdefault(of.pk, load(of.settings["schema"])).field(row.field)
        item, place = row.unit.item_id or 0, (row.turn.index if row.turn else 0, row.field)
        found.setdefault(item, {})[place] = _written(row, field, said[item].get(place, ()))
    return found


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
