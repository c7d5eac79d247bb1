"""The neutral Summary: what a study found, in data. Everything a kind needs to write a report is here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .blocks import Cell, CellValue, Column, Estimate, KeyFigure, Link, Missing, Table, Text
from .nodes import Node, Phrase, Words, check_key, phrase
from .plots import (
    Axis,
    Bars,
    Confusion,
    CriticalDifference,
    Dot,
    DotWhisker,
    Flow,
    FlowLane,
    FlowPart,
    FlowStep,
    HeatMap,
    Histogram,
    Lines,
    Mark,
    Plot,
    Scatter,
    Series,
    Stacked,
    StackRow,
    Threshold,
)

__all__ = [
    "Axis",
    "Bars",
    "Block",
    "Cell",
    "CellValue",
    "Column",
    "Confusion",
    "CriticalDifference",
    "Dot",
    "DotWhisker",
    "Estimate",
    "Flow",
    "FlowLane",
    "FlowPart",
    "FlowStep",
    "HeatMap",
    "Histogram",
    "KeyFigure",
    "Lines",
    "Link",
    "Mark",
    "Missing",
    "Parameter",
    "Phrase",
    "Plot",
    "Scatter",
    "Section",
    "Series",
    "StackRow",
    "Stacked",
    "Summary",
    "Table",
    "Text",
    "Threshold",
    "Words",
    "phrase",
]

FORMAT = 1
Block = KeyFigure | Table | Text | Plot


@dataclass(frozen=True, kw_only=True)
class Parameter(Node):
    """One setting of the computation, as it stands in the report (seed, replicates, versions, input hash)."""

    label: Words
    value: Words | int | float | None


@dataclass(frozen=True, kw_only=True)
class Section(Node):
    """A chapter of the report. A folded section opens on request; block keys are unique within it."""

    key: str
    title: Words
    blocks: Sequence[Block]
    intro: Words = ""
    folded: bool = False

    def check(self) -> None:
        check_key(self.key)
        check_distinct(f"Section {self.key}", [block.key for block in self.blocks])


@dataclass(frozen=True, kw_only=True)
class Summary(Node):
    """A whole report: the finding in one sentence (`headline`), then sections, then how it was made.

    `methods` are sentences that make one paragraph; `limits` say what is missing, excluded or flagged.
    `format` is the version of this layout, for snapshots that outlive the code that wrote them.
    """

    title: Words
    headline: Words
    sections: Sequence[Section]
    subtitle: Words = ""
    warnings: Sequence[Words] = ()
    methods: Sequence[Words] = ()
    parameters: Sequence[Parameter] = ()
    limits: Sequence[Words] = ()
    generated_at: datetime | None = None
    key: str = "report"
    format: int = FORMAT

    def check(self) -> None:
        check_key(self.key)
        check_distinct("Summary", [section.key for section in self.sections])

    def numbers(self) -> dict[str, Any]:
        """Return {"section/figure": value or None} of all key figures, for comparisons and tests."""
        return {
            f"{section.key}/{block.key}": block.value
            for section in self.sections
            for block in section.blocks
            if isinstance(block, KeyFigure)
        }


def check_distinct(where: str, keys: Sequence[str]) -> None:
    """Raise ValueError naming the first key that stands twice."""
    for place, key in enumerate(keys):
        if key in keys[:place]:
            raise ValueError(f"{where}: {key!r} stands twice")
