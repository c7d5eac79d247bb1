"""Rows of a file, under a mapping, checked into item records: one outcome for each row, in order, streaming."""

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as AnyMapping

from projects.formats.checker import Checker
from projects.formats.labels import shortened
from projects.formats.mapping import Mapping
from projects.formats.records import FaultyRow, ItemRecord, RowError, Unchanged, row_error
from projects.formats.schema import ItemSchema
from projects.formats.table import Row
from projects.formats.text import CellError

BATCH = 500
Outcome = ItemRecord | RowError | Unchanged
Known = AnyMapping[str, str] | Callable[[list[ItemRecord]], AnyMapping[str, str]]


def validate(
    rows: Iterable[Row], mapping: Mapping, schema: ItemSchema | None = None, known: Known | None = None
) -> Iterator[Outcome]:
    """Check each row; yield one `ItemRecord`, `RowError` (the first problem) or `Unchanged` for it, in order.

    `known` tells what the data set holds: external id -> content hash, and content hash -> content hash for items
    without an id; or a function that gives this for up to 500 records at a time. A known id with the same content
    is `Unchanged`, with other content a RowError "conflict". Within the file the second row with an id, or with the
    same content where ids are missing, is an error that names the first.
    Raises FormatError if the mapping or the schema cannot work at all, or if the file cannot be read to its end.
    """
    checked = _unique(_checked(rows, Checker(mapping, schema or ItemSchema())), mapping)
    if known is None:
        return checked
    return _compared(checked, known, mapping.external_id)


def _checked(rows: Iterable[Row], checker: "Checker") -> Iterator[ItemRecord | RowError]:
    for number, values in rows:
        if isinstance(values, FaultyRow):
            yield values.error
            continue
        try:
            yield checker.record(number, values)
        except CellError as problem:
            yield row_error(number, problem.column, problem.code, **problem.params)


def _unique(outcomes: Iterable[ItemRecord | RowError], mapping: Mapping) -> Iterator[ItemRecord | RowError]:
    # One integer a key, not a tuple: a million rows must fit. Row number above, 32 bits of the hash below.
    seen: dict[str, int] = {}
    for outcome in outcomes:
        if isinstance(outcome, RowError):
            yield outcome
            continue
        name = outcome.external_id
        mark = outcome.row << 32 | int(outcome.content_hash[:8], 16)
        first = seen.setdefault(name or outcome.content_hash, mark)
        if first == mark:
            yield outcome
        elif not name:
            yield row_error(outcome.row, mapping.text, "duplicate_content", first=first >> 32)
        else:
            code = "duplicate_id" if (first ^ mark) & 0xFFFFFFFF == 0 else "duplicate_id_differs"
            yield row_error(outcome.row, mapping.external_id, code, value=shortened(name), first=first >> 32)


def _compared(outcomes: Iterable[Outcome], known: Known, id_column: str) -> Iterator[Outcome]:
    batch: list[Outcome] = []
    for outcome in outcomes:
        batch.append(outcome)
        if len(batch) == BATCH:
            yield from _against(batch, known, id_column)
            batch = []
    yield from _against(batch, known, id_column)


def _against(batch: list[Outcome], known: Known, id_column: str) -> Iterator[Outcome]:
    records = [outcome for outcome in batch if isinstance(outcome, ItemRecord)]
    stored = known(records) if callable(known) else known
    for outcome in batch:
        if not isinstance(outcome, ItemRecord):
            yield outcome
            continue
        found = stored.get(outcome.external_id or outcome.content_hash)
        if found is None:
            yield outcome
        elif found == outcome.content_hash:
            yield Unchanged(outcome.row, outcome.external_id, outcome.content_hash)
        else:
            yield row_error(outcome.row, id_column, "conflict", value=shortened(outcome.external_id))
