"""Remembering who has read an item, or others' answers to it, outside their own rating."""

from __future__ import annotations

from projects.models import Assignment, Exposure, Sighting, Unit, User
from projects.services import work


def see(unit: Unit, *, user: User, exposure: Exposure = Exposure.NOTHING) -> None:
    """Remember that `user` has read a unit's item, and with `exposure` what else they saw beside it.

    Whoever has met an item is no fresh rater of it; an answer given after seeing others' is not independent.
    """
    if unit.item_id is not None:
        Sighting.objects.get_or_create(item_id=unit.item_id, user=user)
    if exposure > Exposure.NOTHING:
        for own in Assignment.objects.filter(unit=unit, rater__user=user):
            work.expose(own, exposure)
