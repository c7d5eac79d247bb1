"""What every reader gives: a table with named columns, read row by row."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from projects.formats.limits import Limits
from projects.formats.messages import REMARKS

Format = Literal["csv", "tsv", "jsonl", "json", "xlsx"]
RowUnit = Literal["line", "row", "entry"]
Row = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the reader noticed that is no error; `code` is a key of REMARKS, `names` the columns or sheets."""

    code: str
    names: tuple[str, ...]

    @property
    def message(self) -> str:
        """The sentence in the language active now."""
        return str(REMARKS[self.code]) % {"names": ", ".join(self.names)}


class Table(ABC):
    """An opened file: `columns`, `encoding` ("" for workbooks), `format`, and what a row number counts.

    Reading again starts from the beginning each time, so a table can be previewed and then imported.
    """

    format: Format
    row_unit: RowUnit = "line"

    def __init__(self, path: Path, *, columns: list[str], encoding: str, limits: Limits) -> None:
        self.path = path
        self.columns = columns
        self.encoding = encoding
        self.limits = limits
        self.remarks: list[Remark] = []

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Yield (row number, values by column), one at a time.

        A row that cannot be used is a `FaultyRow`, which carries its `RowError`. Raises FormatError when the
        rest of the file cannot be read.
        """

    def preview(self, n: int = 20) -> list[Row]:
        """The first n rows."""
        return list(islice(self.rows(), n))


def column_names(cells: Iterable[str]) -> tuple[list[str], tuple[str, ...]]:
    """Names that are not empty and not repeated, and those that stood there more than once.

    An empty name becomes "column 3" (by position); a repeated one gets " (2)", " (3)".
    """
    taken: set[str] = set()
    names: list[str] = []
    repeated: dict[str, None] = {}
    originals = [cell.strip() or f"column {position}" for position, cell in enumerate(cells, 1)]
    free = set(originals)
    for original in originals:
        name, copy = original, 1
        while name in taken or (copy > 1 and name in free):
            copy += 1
            name = f"{original} ({copy})"
        if copy > 1:
            repeated[original] = None
        taken.add(name)
        names.append(name)
    return names, tuple(repeated)
