"""Checked sessions into rows: case, item, revision, turns, suggestions, external raters' answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from projects.formats.dialogues.records import SessionRecord, TurnRecord, Values
from projects.formats.dialogues.settings import SUGGEST, Settings
from projects.models import Case, ImportBatch, ImportedAnswer, Item, ItemRevision, Suggestion, Turn
from projects.services import bulk, dialogue_raters

# One transaction writes this many sessions: of 60 turns and three raters each some 100 ms of SQLite's only write lock.
CHUNK = 50
ITEM = (
    "id", "dataset", "batch", "external_id", "position", "kind", "current", "final", "final_how", "removed",
    "removal_reason", "case", "case_order",
)  # fmt: skip
REVISION = (
    "id", "item", "number", "text", "options", "topic", "subtopic", "language", "reference", "metadata", "turn_count",
    "content_hash", "created_at", "created_by", "reason",
)  # fmt: skip
TURN = ("id", "revision", "index", "speaker", "role", "text", "metadata")
SUGGESTION = ("revision", "turn", "field", "values", "source", "score", "created_at")
ANSWER = ("rater", "revision", "turn", "field", "values")


class Keyed(NamedTuple):
    """A session with the keys of its rows."""

    item: int
    revision: int
    turns: Sequence[int]
    record: SessionRecord

    def pairs(self) -> Iterator[tuple[int, TurnRecord]]:
        """Each turn with its key."""
        return zip(self.turns, self.record.turns, strict=True)

    def places(self) -> Iterator[tuple[int | None, SessionRecord | TurnRecord]]:
        """The session, without a key of a turn, then each turn with its key."""
        yield None, self.record
        yield from self.pairs()


def write(batch: ImportBatch, settings: Settings, records: Sequence[SessionRecord], position: int) -> None:
    """Write sessions, numbered from `position`; part of the caller's transaction. Places in cases are given."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    keyed = _keyed(records)
    cases = _cases(batch, records)
    # While a reference waits for its row, SQLite looks for each new revision among all items, without an index.
    at_once = connection.vendor != "sqlite"
    bulk.insert(Item, ITEM, _items(batch, keyed, position, cases, at_once))
    bulk.insert(ItemRevision, REVISION, _revisions(batch, keyed, now))
    if not at_once:
        bulk.point(Item, "current", ((one.revision, one.item) for one in keyed))
    bulk.insert(Turn, TURN, _turns(keyed))
    source = settings.source if settings.labels == SUGGEST else None
    bulk.insert(Suggestion, SUGGESTION, _suggestions(keyed, source, now))
    _write_answers(batch, keyed)


def _keyed(records: Sequence[SessionRecord]) -> list[Keyed]:
    items = bulk.reserve_ids(Item, len(records))
    revisions = bulk.reserve_ids(ItemRevision, len(records))
    turns = iter(bulk.reserve_ids(Turn, sum(len(record.turns) for record in records)))
    return [
        Keyed(item, revision, [next(turns) for _ in record.turns], record)
        for item, revision, record in zip(items, revisions, records, strict=True)
    ]


def _cases(batch: ImportBatch, records: Sequence[SessionRecord]) -> Mapping[str, int]:
    """The keys of the sessions' cases, by their id in the file; new ones are made."""
    titles = {record.case: record.case_title for record in reversed(records) if record.case}
    wanted = Case.objects.filter(dataset=batch.dataset_id, external_id__in=titles)
    known = set(wanted.values_list("external_id", flat=True))
    Case.objects.bulk_create(
        Case(dataset_id=batch.dataset_id, external_id=name, title=title)
        for name, title in titles.items()
        if name not in known
    )
    return dict(wanted.values_list("external_id", "pk"))


def _items(
    batch: ImportBatch, keyed: Iterable[Keyed], position: int, cases: Mapping[str, int], with_current: bool
) -> bulk.Rows:
    for place, one in enumerate(keyed, position):
        case = cases.get(one.record.case)
        yield (
            one.item, batch.dataset_id, batch.pk, one.record.external_id, place, Item.Kind.DIALOGUE.value,
            one.revision if with_current else None, None, "", False, "", case,
            one.record.case_order if case else None,
        )  # fmt: skip


def _revisions(batch: ImportBatch, keyed: Iterable[Keyed], now: Any) -> bulk.Rows:
    for one in keyed:
        record = one.record
        yield (
            one.revision, one.item, 1, record.excerpt, "[]", record.topic, "", record.language, "",
            plain_json(record.metadata), len(record.turns), record.content_hash, now, batch.created_by_id, "",
        )  # fmt: skip


def _turns(keyed: Iterable[Keyed]) -> bulk.Rows:
    for one in keyed:
        for index, (key, turn) in enumerate(one.pairs(), 1):
            yield key, one.revision, index, turn.speaker, turn.role, turn.text, plain_json(turn.metadata)


def _suggestions(keyed: Iterable[Keyed], source: str | None, now: Any) -> bulk.Rows:
    for one in keyed:
        for key, told in one.places():
            for name, given in told.labels.items() if source is not None else ():
                yield one.revision, key, name, values_json(given), source, None, now
            for proposed in told.proposals:
                values = values_json(proposed.values)
                yield one.revision, key, proposed.field, values, proposed.source, proposed.score, now


def _write_answers(batch: ImportBatch, keyed: Sequence[Keyed]) -> None:
    codes = {said.rater for one in keyed for told in one.record.parts for said in told.answers}
    if not codes:
        return
    raters = dialogue_raters.ensure(batch.dataset.project, codes)
    keys = {code: rater.pk for code, rater in raters.items()}
    bulk.insert(ImportedAnswer, ANSWER, _answers(keyed, keys))


def _answers(keyed: Iterable[Keyed], raters: Mapping[str, int]) -> bulk.Rows:
    for one in keyed:
        for key, told in one.places():
            for said in told.answers:
                yield raters[said.rater], one.revision, key, said.field, values_json(said.values)


def plain_json(value: Mapping[str, Any]) -> str:
    """An object as it is stored, keys in their order."""
    return json.dumps(value, ensure_ascii=False) if value else "{}"


@lru_cache(maxsize=4096)
def values_json(values: Values) -> str:
    """Values as they are stored; the same few come again and again."""
    return json.dumps(values)
