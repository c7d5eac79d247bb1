"""What hangs on the turns of a dialogue follows to the new version in which private words have an alias.

What was handed in stays with the version it was given to. What is still in work must not be lost, what is final and
exported must not bring the words back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.dispatch import receiver

from annotation.models import CuratedValue, TurnComment, TurnDraft
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
    _drafts(old, places, found, alias)
    units = list(after.item.units.values_list("pk", flat=True))
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


def _drafts(old: list[Turn], places: Mapping[int, int], found: re.Pattern[str], alias: str) -> None:
    """Move what is saved turn by turn; marks move with the text, and one inside a replaced word takes it whole."""
    texts = {turn.pk: turn.text for turn in old}
    for row in TurnDraft.objects.filter(turn__in=places):
        if row.turn_id is None:
            continue
        moved = shifter(texts[row.turn_id], found, alias)
        spans = [
            {**span, "start": moved(span["start"], False), "end": moved(span["end"], True)}
            for span in row.payload.get("spans", [])
        ]
        TurnDraft.objects.filter(pk=row.pk).update(turn=places[row.turn_id], payload={**row.payload, "spans": spans})


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
