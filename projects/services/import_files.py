"""The files of an import: the upload, opened under the person's choices, and the rows that could not be imported."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.core.files.base import File

from projects.formats.dialogues.files import open_file
from projects.formats.dialogues.settings import is_dialogue
from projects.formats.limits import Limits
from projects.formats.records import RowError
from projects.formats.tables import Table, open_table
from projects.formats.write import rejected_chunks
from projects.models import ImportBatch

T = TypeVar("T")
BLOCK = 1024 * 1024
FOLDER = "imports"
# Row number, values as they stand in the file, and what is wrong with them.
Rejected = tuple[int, AnyMapping[str, Any], RowError]


def limits() -> Limits:
    """How much a file may hold here."""
    return Limits(max_bytes=settings.CONCORD_MAX_UPLOAD_BYTES)


def opened(batch: ImportBatch) -> Table:
    """The batch's file as a table, in the encoding that was chosen or is found. Raises FormatError."""
    if is_dialogue(batch.mapping):
        return open_file(Path(batch.file.path), filename=batch.filename, encoding=batch.encoding, limits=limits())
    return open_table(Path(batch.file.path), filename=batch.filename, encoding=batch.encoding, limits=limits())


def store(batch: ImportBatch, file: File[bytes]) -> None:
    """Copy a file under a name that says nothing, and note the hash of its content."""
    batch.file.save(f"{secrets.token_hex(16)}.upload", file, save=False)
    batch.file_hash = hash_of(Path(batch.file.path))


def hash_of(path: Path) -> str:
    """SHA-256 of a file, as 64 hex digits."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def last_row(table: Table) -> int | None:
    """The number of the last row at most, for a progress bar; None where only reading on would tell."""
    if table.row_unit != "line":
        return None
    lines = 0
    with table.path.open("rb") as source:
        while block := source.read(BLOCK):
            lines += block.count(b"\n")
    return lines + 1


def drop(batch: ImportBatch, *names: str) -> None:
    """Delete the batch's files of these names ("file", "rejected"); the row is the caller's to save."""
    for name in names:
        stored = getattr(batch, name)
        if stored:
            stored.delete(save=False)


def write_rejected(batch: ImportBatch, columns: list[str], rows: Iterable[Rejected]) -> None:
    """Write the rows that cannot be imported, with number and reason, to a file that replaces the batch's old one.

    `rows` may be a generator that does the work itself: it is read to its end. Without rows there is no file.
    """
    counted = Counted(rows)
    keep_rejected(batch, "csv", rejected_chunks(columns, counted), counted)


def keep_rejected(batch: ImportBatch, suffix: str, chunks: Iterable[bytes], counted: Counted[Any]) -> None:
    """Write what cannot be imported to a file that replaces the batch's old one; `counted` feeds the chunks."""
    name = f"{FOLDER}/{secrets.token_hex(16)}.{suffix}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("wb") as file:
            file.writelines(chunks)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    drop(batch, "rejected")
    if counted.count:
        batch.rejected.name = name
    else:
        path.unlink()


class Counted(Generic[T]):
    """An iterable that knows afterwards how much it gave."""

    def __init__(self, rows: Iterable[T]) -> None:
        self.rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[T]:
        for row in self.rows:
            self.count += 1
            yield row
