"""The blocks of a report that are read: key figures, tables, paragraphs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .nodes import Node, Words, check_key

ColumnKind = Literal["text", "int", "number", "percent", "ci", "p", "link"]
COLUMN_KINDS = ("text", "int", "number", "percent", "ci", "p", "link")
Role = Literal["primary", "robust", "other"]


def check_figure(where: str, value: float | None, low: float | None, high: float | None, reason: str) -> None:
    """Raise ValueError for an undefined value without a reason and for half or inverted intervals."""
    if value is None and not reason:
        raise ValueError(f"{where}: an undefined value needs a reason")
    if (low is None) != (high is None):
        raise ValueError(f"{where}: an interval needs both ends")
    if low is not None and high is not None and low > high:
        raise ValueError(f"{where}: the interval {low} to {high} is upside down")


def check_href(href: str) -> None:
    """Raise ValueError unless `href` is a path of this site or an http(s) address."""
    local = href.startswith(("/", "#")) and not href.startswith(("//", "/\\"))
    if not local and not href.startswith(("https://", "http://")):
        raise ValueError(f"Link: {href!r} is neither a path nor a web address")


@dataclass(frozen=True)
class Missing(Node):
    """A cell whose number is undefined, with the code of the reason (see `reasons`)."""

    reason: str

    def check(self) -> None:
        check_figure("Missing", None, None, None, self.reason)


@dataclass(frozen=True)
class Estimate(Node):
    """A number with its interval, for table cells; proportions are fractions from 0 to 1."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def check(self) -> None:
        check_figure("Estimate", self.value, self.low, self.high, self.reason)


@dataclass(frozen=True)
class Link(Node):
    """A cell that leads to the rows behind it; `href` is a path of this site or an http(s) address."""

    text: Words
    href: str

    def check(self) -> None:
        check_href(self.href)


@dataclass(frozen=True)
class Cell(Node):
    """A value that stands out: `strong` for the best of its group, `mark` for a sign such as a bullet."""

    value: "Plain"
    strong: bool = False
    mark: str = ""


Plain = str | int | float | None | Words | Missing | Estimate | Link
CellValue = Plain | Cell


@dataclass(frozen=True, kw_only=True)
class Column(Node):
    """A table column. `percent` and `ci` cells may be Estimates; percentages are given as fractions.

    `group` is a heading over neighbouring columns that share it.
    """

    key: str
    label: Words
    kind: ColumnKind = "text"
    decimals: int = 2
    group: Words = ""

    def check(self) -> None:
        check_key(self.key)
        if self.kind not in COLUMN_KINDS:
            raise ValueError(f"Column {self.key}: unknown kind {self.kind!r}")


@dataclass(frozen=True, kw_only=True)
class Table(Node):
    """Rows under columns; the first column names the row. `footer` is one more row, set apart."""

    key: str
    caption: Words
    columns: Sequence[Column]
    rows: Sequence[Sequence[CellValue]]
    notes: Sequence[Words] = ()
    footer: Sequence[CellValue] = ()

    def check(self) -> None:
        check_key(self.key)
        keys = [column.key for column in self.columns]
        if len(set(keys)) != len(keys):
            raise ValueError(f"Table {self.key}: two columns share a key")
        for place, row in enumerate([*self.rows, *([self.footer] if self.footer else [])]):
            if len(row) != len(keys):
                raise ValueError(f"Table {self.key}: row {place} has {len(row)} cells, not {len(keys)}")


@dataclass(frozen=True, kw_only=True)
class KeyFigure(Node):
    """One number people may cite, with everything needed to read it.

    `how_to_read` holds two sentences; `scale` is "landis_koch" where its words may be used (they appear only
    together with an interval); `percent` shows the fraction as a percentage; `reason` is the code of why
    there is no value, `interval_reason` of why there is no interval. `n` counts `n_unit`s (items).
    """

    key: str
    label: Words
    value: float | None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    n: int | None = None
    n_unit: Words = ""
    raters: int | None = None
    method: Words = ""
    how_to_read: Sequence[Words] = ()
    reason: str = ""
    interval_reason: str = ""
    warnings: Sequence[Words] = ()
    role: Role = "other"
    scale: Literal["", "landis_koch"] = ""
    percent: bool = False
    decimals: int = 2

    def check(self) -> None:
        check_key(self.key)
        check_figure(f"KeyFigure {self.key}", self.value, self.low, self.high, self.reason)
        if self.role not in ("primary", "robust", "other"):
            raise ValueError(f"KeyFigure {self.key}: unknown role {self.role!r}")
        if self.scale not in ("", "landis_koch"):
            raise ValueError(f"KeyFigure {self.key}: unknown scale {self.scale!r}")


@dataclass(frozen=True, kw_only=True)
class Text(Node):
    """Paragraphs of plain words; `tone` sets them as a note or a warning."""

    key: str
    paragraphs: Sequence[Words]
    tone: Literal["plain", "note", "warning"] = "plain"

    def check(self) -> None:
        check_key(self.key)
        if self.tone not in ("plain", "note", "warning"):
            raise ValueError(f"Text {self.key}: unknown tone {self.tone!r}")
