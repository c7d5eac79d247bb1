"""Checked records against what the data set holds already: new, known and unchanged, or in conflict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from projects.formats.records import ItemRecord, RowError, Unchanged, row_error
from projects.models import Dataset, Item, ItemRevision, Suggestion
from projects.services.import_report import CONFLICT, Outcome
from projects.services.import_write import IMPORTED

T = TypeVar("T")
PLAIN_FIELDS = ("topic", "subtopic", "language", "reference")
DERIVED = "h-"
LONGEST_SOURCE = 120


@dataclass
class Known:
    """An item of the data set, with all that any of its revisions says."""

    final: list[str] | None
    final_how: str
    revisions: list[ItemRevision] = field(default_factory=list)
    prelabels: dict[str, tuple[tuple[str, ...], float | None]] = field(default_factory=dict)

    def differences(self, record: ItemRecord) -> tuple[str, ...]:
        """The fields in which the row contradicts the item; what the row leaves empty contradicts nothing.

        A row that says what an earlier revision said is no news, so the revision that fits best decides.
        """
        found = min((_different(revision, record) for revision in self.revisions), key=len, default=("text",))
        if any(self.prelabels.get(p.source) != (p.values, p.score) for p in record.prelabels):
            found += ("prelabel",)
        # An answer that people reached is no part of the file any more.
        if record.answer and self.final_how in ("", IMPORTED) and self.final != list(record.answer):
            found += ("answer",)
        return found


def with_id(record: ItemRecord) -> ItemRecord:
    """The record with an id: its own, or one that follows from its content and so is the same next time."""
    if record.external_id:
        return record
    return replace(record, external_id=DERIVED + record.content_hash[:32])


def fitting(outcome: Outcome) -> Outcome:
    """The outcome, or an error where the database has no room for the name of a pre-label's source."""
    if isinstance(outcome, ItemRecord):
        for prelabel in outcome.prelabels:
            if len(prelabel.source) > LONGEST_SOURCE:
                return row_error(outcome.row, "", "too_long", found=len(prelabel.source), limit=LONGEST_SOURCE)
    return outcome


def compare(outcomes: Sequence[Outcome], dataset: Dataset, id_column: str = "") -> Iterator[Outcome]:
    """Yield each outcome as it stands to the data set: records of known items become Unchanged or a conflict."""
    outcomes = [fitting(outcome) for outcome in outcomes]
    records = [outcome for outcome in outcomes if isinstance(outcome, ItemRecord)]
    known = _known(dataset, [record.external_id for record in map(with_id, records)])
    nameless = [record.content_hash for record in records if not record.external_id]
    same_text = _hashes_in(dataset, nameless) if nameless else frozenset()
    for outcome in outcomes:
        if not isinstance(outcome, ItemRecord):
            yield outcome
        elif not outcome.external_id and outcome.content_hash in same_text:
            yield Unchanged(outcome.row, "", outcome.content_hash)
        else:
            yield _against(known, with_id(outcome), id_column)


def _against(known: dict[str, Known], record: ItemRecord, id_column: str) -> Outcome:
    item = known.get(record.external_id)
    if item is None:
        return record
    differences = item.differences(record)
    if not differences:
        return Unchanged(record.row, record.external_id, record.content_hash)
    return conflict(record, differences, id_column)


def conflict(record: ItemRecord, differences: tuple[str, ...], id_column: str) -> RowError:
    """The row's error: its id is known, with other content. `fields` names what differs."""
    return row_error(record.row, id_column, CONFLICT, value=record.external_id, fields=",".join(differences))


def _different(revision: ItemRevision, record: ItemRecord) -> tuple[str, ...]:
    found: tuple[str, ...] = () if revision.content_hash == record.content_hash else ("text",)
    found += tuple(name for name in PLAIN_FIELDS if _given_otherwise(record, revision, name))
    if any(revision.metadata.get(key) != value for key, value in record.metadata.items()):
        found += ("metadata",)
    return found


def _given_otherwise(record: ItemRecord, revision: ItemRevision, name: str) -> bool:
    value: str = getattr(record, name)
    return bool(value) and value != getattr(revision, name)


def _known(dataset: Dataset, external_ids: list[str]) -> dict[str, Known]:
    rows = Item.objects.visible().filter(dataset=dataset, external_id__in=external_ids)
    by_key: dict[int, Known] = {}
    known: dict[str, Known] = {}
    for key, external_id, final, how in rows.values_list("pk", "external_id", "final", "final_how"):
        by_key[key] = known[external_id] = Known(final, how)
    _add_revisions(by_key)
    return known


def _add_revisions(items: dict[int, Known]) -> None:
    if not items:
        return
    wanted = ("item_id", "content_hash", "metadata", *PLAIN_FIELDS)
    of_revision: dict[int, Known] = {}
    for revision in ItemRevision.objects.filter(item__in=list(items)).only(*wanted).order_by("-number"):
        item = of_revision[revision.pk] = items[revision.item_id]
        item.revisions.append(revision)
    labels = Suggestion.objects.filter(revision__in=list(of_revision), field="label", turn__isnull=True)
    for key, source, values, score in labels.values_list("revision_id", "source", "values", "score"):
        of_revision[key].prelabels[source] = (tuple(values), score)


def _hashes_in(dataset: Dataset, hashes: list[str]) -> frozenset[str]:
    """Those of the content hashes that some revision of the data set's items has."""
    found = ItemRevision.objects.filter(
        content_hash__in=hashes, item__dataset=dataset, item__batch__published=True
    ).values_list("content_hash", flat=True)
    return frozenset(found)


def in_chunks(outcomes: Iterator[T], size: int) -> Iterator[list[T]]:
    """Split a stream into lists of at most `size`."""
    chunk: list[T] = []
    for outcome in outcomes:
        chunk.append(outcome)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
