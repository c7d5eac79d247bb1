"""One reading of an import's file: every row checked, compared with the data set, counted, or rejected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from projects.formats.mapping import Mapping
from projects.formats.records import ItemRecord, RowError
from projects.formats.schema import ItemSchema, Label
from projects.formats.table import Row
from projects.formats.validate import validate
from projects.models import Dataset, ImportBatch
from projects.services import import_files, import_write
from projects.services.import_compare import compare, in_chunks
from projects.services.import_report import Outcome, Tally
from projects.services.import_write import CHUNK

# Gets the good records of a chunk, the number of its last row, and the counts so far.
Sink = Callable[[list[Any], int, Tally], None]


def schema_of(dataset: Dataset) -> ItemSchema:
    """What the data set's items must fit: its two labels, under all their names."""
    first, second = (
        Label(label["key"], (label["text"], *label.get("names", {}).values(), *label.get("aliases", ())))
        for label in dataset.labels
    )
    return ItemSchema(labels=(first, second))


class Survey:
    """A batch's file, opened under its mapping and read from the start each time."""

    def __init__(self, batch: ImportBatch) -> None:
        """Open the file. Raises FormatError where it or the mapping cannot be used."""
        self.batch = batch
        self.table = import_files.opened(batch)
        self.mapping = Mapping.from_json(batch.mapping)
        if errors := self.mapping.check(self.table.columns):
            raise errors[0]
        self.last_row = import_files.last_row(self.table)
        self._values: dict[int, dict[str, Any]] = {}

    def go(self, sink: Sink) -> Tally:
        """Read all rows, chunk by chunk; the rejected ones go to the batch's file of them. Raises FormatError."""
        tally = Tally()
        import_files.write_rejected(self.batch, self.table.columns, self._worked(sink, tally))
        return tally

    def write(self, records: list[ItemRecord], position: int) -> None:
        """Write good records as items from a position on; part of the caller's transaction."""
        import_write.write(self.batch, records, position)

    def _worked(self, sink: Sink, tally: Tally) -> Iterator[import_files.Rejected]:
        for chunk in in_chunks(self._outcomes(), CHUNK):
            compared = list(compare(chunk, self.batch.dataset, self.mapping.external_id))
            sink(tally.add(compared), compared[-1].row, tally)
            for outcome in compared:
                values = self._values.pop(outcome.row)
                if isinstance(outcome, RowError):
                    yield outcome.row, values, outcome

    def _outcomes(self) -> Iterator[Outcome]:
        return validate(self._remembered(self.table.rows()), self.mapping, schema_of(self.batch.dataset))

    def _remembered(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Keep each row's values until its outcome is known: a rejected row is given back as it was."""
        for number, values in rows:
            self._values[number] = values
            yield number, values
