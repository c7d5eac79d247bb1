"""Places with a name on them: who may take which unit where a study says more than how many raters a unit wants."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .data import Item
from .people import Rater
from .study import Study
from .work import Unit


class Place(models.Model):
    """One of a unit's places: a rater's by the study's plan, or free for anybody of its group.

    A unit that has places has as many of them as it wants raters. A rater takes part in a unit only on a place of
    their own, so a group never gets more of a unit than its places.
    """

    study = models.ForeignKey(Study, models.CASCADE, related_name="named_places", db_index=False)
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="named_places")
    rater = models.ForeignKey(Rater, models.PROTECT, null=True, blank=True, related_name="named_places", db_index=False)
    # Free for this group only; empty: for everybody.
    group = models.CharField(max_length=60, blank=True)
    # The unit's own, so that a rater's next place is found along one index.
    sort_key = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "rater"], condition=Q(rater__isnull=False), name="place_once")
        ]
        indexes = [
            models.Index(fields=["rater", "study", "sort_key"], name="place_mine"),
            models.Index(fields=["study", "sort_key"], condition=Q(rater__isnull=True), name="place_free"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}:{self.rater_id or self.group}"


class ListedItem(models.Model):
    """A line of a draft's fixed lists: this rater is to judge this item."""

    study = models.ForeignKey(Study, models.CASCADE, related_name="listed")
    rater = models.ForeignKey(Rater, models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "rater", "item"], name="listeditem_once")]

    def __str__(self) -> str:
        return f"{self.study_id}:{self.rater_id}:{self.item_id}"
