"""One reading of a file of dialogues: every session checked, compared with the data set, counted, or rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from projects.formats.dialogues import files, paths
from projects.formats.dialogues.objects import PROBLEMS
from projects.formats.dialogues.records import SessionFault, SessionRecord
from projects.formats.dialogues.settings import SUGGEST, Layout, Settings
from projects.formats.dialogues.turn_rows import others
from projects.formats.dialogues.turns_csv import KEY as TURNS
from projects.formats.records import RowError
from projects.formats.write import jsonl_chunks, rejected_chunks, rejected_rows
from projects.models import ImportBatch
from projects.services import dialogue_write, import_files
from projects.services.dialogue_compare import Comparer
from projects.services.dialogue_report import DialogueTally
from projects.services.dialogue_write import CHUNK
from projects.services.import_compare import in_chunks
from projects.services.import_survey import Sink


class DialogueSurvey:
    """A batch's file, opened under its settings and read from the start each time."""

    def __init__(self, batch: ImportBatch) -> None:
        """Open the file. Raises FormatError where it or the settings cannot be used."""
        self.batch = batch
        self.settings = Settings.from_json(batch.mapping)
        self.table = import_files.opened(batch)
        # The number of sessions is known only once the file was read to its end.
        self.last_row: int | None = batch.report.get("rows")

    def write(self, records: list[SessionRecord], position: int) -> None:
        """Write good sessions as items from a position on; part of the caller's transaction."""
        dialogue_write.write(self.batch, self.settings, records, position)

    def go(self, sink: Sink) -> DialogueTally:
        """Read all sessions, chunk by chunk; the rejected ones go to the batch's file of them. Raises FormatError."""
        tally = DialogueTally(suggests=self.settings.labels == SUGGEST)
        if self.settings.format == TURNS:
            tally.columns = others(self.table.columns, self.settings.layout)
        faults = import_files.Counted(self._worked(sink, tally))
        if self.settings.format == TURNS:
            import_files.keep_rejected(self.batch, "csv", self._rejected_rows(faults), faults)
        else:
            lines = jsonl_chunks(self._given_back(fault) for fault in faults)
            import_files.keep_rejected(self.batch, "jsonl", lines, faults)
        return tally

    def _worked(self, sink: Sink, tally: DialogueTally) -> Iterator[SessionFault]:
        comparer = Comparer(self.batch.dataset, self.settings)
        for chunk in in_chunks(files.sessions(self.table, self.settings), CHUNK):
            compared = list(comparer.chunk(chunk))
            sink(tally.add(compared), compared[-1].row, tally)
            yield from (outcome for outcome in compared if isinstance(outcome, SessionFault))

    def _rejected_rows(self, faults: Iterable[SessionFault]) -> Iterator[bytes]:
        """The rows of the rejected sessions, read from the table a second time; the reason stands at its own row."""
        errors: dict[int, RowError] = {}
        for fault in faults:
            record = fault.original
            errors |= dict.fromkeys(record.lines if isinstance(record, SessionRecord) else record, fault.errors[0])
            errors |= {int(str(error.params["line"])): error for error in reversed(fault.errors)}
        return rejected_chunks(self.table.columns, rejected_rows(self.table.rows(), errors))

    def _given_back(self, fault: SessionFault) -> Mapping[str, Any]:
        """A rejected session as the file has it, with the reasons in front: our own reader passes over them."""
        original = fault.original
        if isinstance(original, SessionRecord):
            original = as_read(original, self.settings.layout)
        if not isinstance(original, Mapping):
            original = {"session": original}
        return {PROBLEMS: [_told(error) for error in fault.errors], **original}


def as_read(record: SessionRecord, layout: Layout) -> dict[str, Any]:
    """The object that a session was read from."""
    turns = [paths.put(dict(turn.metadata), layout.text, turn.text) for turn in record.turns]
    return paths.put(dict(record.metadata), layout.turns, turns)


def _told(error: RowError) -> str:
    turn = error.params.get("turn")
    return f"{turn}: {error.message}" if turn else error.message
