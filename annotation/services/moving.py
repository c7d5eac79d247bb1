"""What hangs on the turns of a dialogue follows to the new version in which private words have an alias.

What was handed in stays with the version it was given to. What is still in work must not be lost, what is final and
exported must not bring the words back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from annotation.models import CuratedValue, TurnComment, TurnDraft
from annotation.schema import FieldKind
from annotation.services.turns import schema_of
from projects.models import ItemRevision, Turn
from projects.services.redaction import redacted


@receiver(redacted, dispatch_uid="annotation.follow")
def follow(
    sender: type[ItemRevision], before: ItemRevision, after: ItemRevision, found: re.Pattern[str], alias: str, **_: Any
) -> None:
    """Move drafts, final answers and comments to the new version's turns, in the transaction that makes it."""
    by_index = dict(Turn.objects.filter(revision=after).values_list("index", "pk"))
    old = list(Turn.objects.filter(revision=before))
    places = {turn.pk: by_index[turn.index] for turn in old if turn.index in by_index}
    units = list(after.item.units.values_list("pk", flat=True))
    _drafts(units, old, places, found, alias)
    for model in (CuratedValue, TurnComment):
        _turns(model, units, places)
    for row in CuratedValue.objects.filter(unit__in=units):
        clean = [found.sub(lambda _match: alias, value) for value in row.values]
        if clean != row.values:
            CuratedValue.objects.filter(pk=row.pk).update(values=clean)


def _turns(model: Any, units: list[int], places: Mapping[int, int]) -> None:
    """Let rows point at the new turns, a statement for each turn that has any."""
    rows = model.objects.filter(unit__in=units, turn__in=places)
    for turn in set(rows.values_list("turn", flat=True)):
        model.objects.filter(unit__in=units, turn=turn).update(turn=places[turn])


def _drafts(
    units: list[int], old: list[Turn], places: Mapping[int, int], found: re.Pattern[str], alias: str
) -> None:  # fmt: skip
    """Move what is saved turn by turn; marks move with the text, and one inside a replaced word takes it whole.

    What raters wrote in it gets the alias as well, as a version of its own: handed in, it would bring the words back.
    """
    texts = {turn.pk: turn.text for turn in old}
    session = Q(turn__isnull=True, assignment__unit__in=units)
    free: dict[int, set[str]] = {}
    for row in TurnDraft.objects.filter(session | Q(turn__in=places)).select_related("assignment__study__version"):
        study = row.assignment.study
        if study.pk not in free:
            free[study.pk] = {one.key for one in schema_of(study).fields if one.kind == FieldKind.TEXT}
        payload = written(row.payload, free[study.pk], found, alias)
        said_anew = payload != row.payload
        if row.turn_id is not None:
            moved = shifter(texts[row.turn_id], found, alias)
            payload["spans"] = [
                {**span, "start": moved(span["start"], False), "end": moved(span["end"], True)}
                for span in row.payload.get("spans", [])
            ]
        TurnDraft.objects.filter(pk=row.pk).update(
            turn=places[row.turn_id] if row.turn_id else None, payload=payload, version=row.version + said_anew
        )


def written(payload: Mapping[str, Any], free: set[str], found: re.Pattern[str], alias: str) -> dict[str, Any]:
    """Return a saved turn with the alias in its note and its free texts; keys of labels stay what they are."""

    def clean(text: str) -> str:
        return found.sub(lambda _match: alias, text)

    fields = {
        key: {**given, "values": [clean(value) for value in given.get("values", [])]} if key in free else given
        for key, given in payload.get("fields", {}).items()
    }
    note = {"note": clean(payload["note"])} if payload.get("note") else {}
    return {**payload, **({"fields": fields} if fields else {}), **note}


def shifter(text: str, found: re.Pattern[str], alias: str) -> Callable[[int, bool], int]:
    """Return what turns a place in the old text into one in the new; inside a replaced word, its start or its end."""
    matches = [(match.start(), match.end()) for match in found.finditer(text)]

    def moved(at: int, end: bool) -> int:
        shift = 0
        for first, last in matches:
            if at >= last:
                shift += len(alias) - (last - first)
            elif at > first:
                return first + shift + (len(alias) if end else 0)
        return at + shift

    return moved
