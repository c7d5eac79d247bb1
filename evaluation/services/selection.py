"""Which items a run asks about: a data set, a sample that its seed alone decides, or a study's items."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator

from django.db.models import F, QuerySet

from evaluation.models import Run
from projects.models import Item, ItemRevision

CHUNK = 500


def items_of(run: Run) -> QuerySet[Item]:
    """Return the items a run may ask about, before any sampling; removed and invisible ones are not among them."""
    if run.source == Run.Source.STUDY:
        found = Item.objects.filter(units__study=run.study, units__withdrawn=False).distinct()
    else:
        found = Item.objects.filter(dataset=run.dataset)
    found = found.visible().kept().filter(current__isnull=False)
    chosen = run.selection
    for field, values in (
        ("kind", chosen.get("kinds")),
        ("current__language", chosen.get("languages")),
        ("current__topic", chosen.get("topics")),
    ):
        if values:
            found = found.filter(**{f"{field}__in": values})
    return found


def item_ids(run: Run) -> list[int]:
    """Return the ids of the run's items, in the order of the data set."""
    rows = items_of(run).order_by("dataset_id", "position", "pk")
    if run.source != Run.Source.SAMPLE or run.sample_size is None:
        return list(rows.values_list("pk", flat=True))
    return sample(list(rows.values_list("pk", "external_id")), run.sample_size, run.seed)


def sample(rows: list[tuple[int, str]], size: int, seed: int) -> list[int]:
    """Return `size` ids, in their order. Seed and external ids decide alone, so any installation draws the same."""
    drawn = heapq.nsmallest(size, rows, key=lambda row: hashlib.sha256(f"{seed}\x1f{row[1]}".encode()).digest())
    kept = {pk for pk, _ in drawn}
    return [pk for pk, _ in rows if pk in kept]


def revisions(ids: list[int]) -> Iterator[list[ItemRevision]]:
    """Yield the current revisions of these items in batches, in their order, with what a prompt may name."""
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        found = {
            revision.item_id: revision
            for revision in ItemRevision.objects.filter(item__current_id=F("pk"), item_id__in=part)
            .select_related("item__dataset")
            .prefetch_related("turns")
        }
        yield [found[pk] for pk in part if pk in found]
