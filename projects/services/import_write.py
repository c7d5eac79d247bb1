"""Checked records into rows, invisible until their batch is published; and out again, where an import ends early."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from projects.formats.records import ItemRecord, Option
from projects.models import Case, Dataset, ImportBatch, ImportedAnswer, Item, ItemRevision, Suggestion, Turn
from projects.services import bulk

# One transaction writes this many records: some 50 ms of SQLite's only write lock.
CHUNK = 2000
IMPORTED = "imported"
# Key of the item, key of its revision, what the file says.
Keyed = tuple[int, int, ItemRecord]
ITEM = (
    "id", "dataset", "batch", "external_id", "position", "kind", "current", "final", "final_how", "removed",
    "removal_reason",
)  # fmt: skip
REVISION = (
    "id", "item", "number", "text", "options", "topic", "subtopic", "language", "reference", "metadata",
    "content_hash", "created_at", "created_by", "reason",
)  # fmt: skip
SUGGESTION = ("revision", "field", "values", "source", "score", "created_at")


def next_position(dataset: Dataset) -> int:
    """The position behind the data set's last item."""
    last = Item.objects.filter(dataset=dataset).aggregate(last=Max("position"))["last"]
    return 1 if last is None else last + 1


def write(batch: ImportBatch, records: Sequence[ItemRecord], position: int) -> None:
    """Write items, first revisions and pre-labels, numbered from `position`; part of the caller's transaction."""
    items = bulk.reserve_ids(Item, len(records))
    revisions = bulk.reserve_ids(ItemRevision, len(records))
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    keyed = list(zip(items, revisions, records, strict=True))
    # While a reference waits for its row, SQLite looks for each new revision among all items, without an index.
    at_once = connection.vendor != "sqlite"
    bulk.insert(Item, ITEM, _item_rows(batch, keyed, position, at_once))
    bulk.insert(ItemRevision, REVISION, _revision_rows(batch, keyed, now))
    if not at_once:
        bulk.point(Item, "current", zip(revisions, items, strict=True))
    bulk.insert(Suggestion, SUGGESTION, _suggestion_rows(keyed, now))


def _item_rows(batch: ImportBatch, keyed: Iterable[Keyed], position: int, with_current: bool) -> bulk.Rows:
    base = (batch.dataset_id, batch.pk)
    for place, (item, revision, record) in enumerate(keyed, position):
        current = revision if with_current else None
        final = (values_json(record.answer), IMPORTED) if record.answer else (None, "")
        yield (item, *base, record.external_id, place, record.kind, current, *final, False, "")


def _revision_rows(batch: ImportBatch, keyed: Iterable[Keyed], now: Any) -> bulk.Rows:
    for item, revision, record in keyed:
        yield (
            revision, item, 1, record.text, options_json(record.options), record.topic, record.subtopic,
            record.language, record.reference, json.dumps(record.metadata), record.content_hash, now,
            batch.created_by_id, "",
        )  # fmt: skip


def _suggestion_rows(keyed: Iterable[Keyed], now: Any) -> bulk.Rows:
    for _item, revision, record in keyed:
        for prelabel in record.prelabels:
            yield revision, "label", values_json(prelabel.values), prelabel.source, prelabel.score, now


@lru_cache(maxsize=1024)
def options_json(options: tuple[Option, ...]) -> str:
    """The options as they are stored; often all rows of a file have the same."""
    return json.dumps([{"key": option.key, "text": option.text} for option in options])


@lru_cache(maxsize=1024)
def values_json(values: tuple[str, ...]) -> str:
    """Chosen values as they are stored."""
    return json.dumps(values)


def leftovers(dataset: Dataset) -> list[int]:
    """The batches of a data set that ended before they were published and may have left rows."""
    return list(ImportBatch.objects.filter(dataset=dataset, published=False).values_list("pk", flat=True))


def remove_unpublished(batches: Sequence[int], *, fence: Callable[[], Any] = lambda: None) -> int:
    """Delete the rows of unpublished batches, a transaction a chunk; returns how many items went.

    Nothing can refer to them yet, so no cascade is needed. `fence` runs inside each transaction.
    """
    removed = 0
    items = Item.objects.filter(batch__in=batches, batch__published=False)
    while True:
        # SQLite would look for references to every row, some of them in columns without an index.
        with connection.constraint_checks_disabled(), transaction.atomic():
            ids = list(items.values_list("pk", flat=True)[:CHUNK])
            if not ids:
                _remove_empty_cases(batches)
                return removed
            _delete(ids)
            fence()
        removed += len(ids)


def _remove_empty_cases(batches: Sequence[int]) -> None:
    """Delete the cases that only the unpublished sessions were in."""
    Case.objects.filter(dataset__batches__in=batches, sessions=None).delete()


def _delete(ids: list[int]) -> None:
    """Delete items by key with what hangs on them, without loading it."""
    answer, suggestion, turn, revision, item = (
        model._meta.db_table for model in (ImportedAnswer, Suggestion, Turn, ItemRevision, Item)
    )
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        # Table names come from the models; the keys are parameters.
        of_items = f"SELECT id FROM {revision} WHERE item_id IN ({marks})"  # noqa: S608
        for table in (answer, suggestion, turn):
            cursor.execute(f"DELETE FROM {table} WHERE revision_id IN ({of_items})", ids)  # noqa: S608
        cursor.execute(f"DELETE FROM {revision} WHERE item_id IN ({marks})", ids)  # noqa: S608
        cursor.execute(f"DELETE FROM {item} WHERE id IN ({marks})", ids)  # noqa: S608
