"""Every number of a report as tables, whatever block it stands in: what the table exporters write."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext_noop

from ..behind import table_of
from ..blocks import CellValue, Column, Estimate, KeyFigure, Table, Text
from ..nodes import Phrase
from ..plots import Plot
from ..summary import Section, Summary

LABELS = {
    "caption": gettext_noop("Key figures"),
    "label": gettext_noop("Figure"),
    "value": gettext_noop("Value"),
    "level": gettext_noop("Interval level"),
    "n": gettext_noop("n"),
    "raters": gettext_noop("Raters"),
    "method": gettext_noop("Method"),
}


@dataclass(frozen=True)
class Named:
    """A table with a name that is unique in its report and can stand in a file name."""

    name: str
    section: str
    table: Table


def tables(summary: Summary) -> Iterator[Named]:
    """Yield the tables of a summary in reading order: key figures, tables, and those behind plots."""
    for section in summary.sections:
        for figures, group in groupby(section.blocks, key=lambda block: isinstance(block, KeyFigure)):
            if figures:
                yield from _figures(section, [block for block in group if isinstance(block, KeyFigure)])
                continue
            for block in group:
                if not isinstance(block, Text | KeyFigure):
                    table = table_of(block) if isinstance(block, Plot) else block
                    yield Named(f"{section.key}.{block.key}", str(section.title), table)


def _figures(section: Section, figures: list[KeyFigure]) -> Iterator[Named]:
    """Yield one table for figures and one for those given as percentages, which need their own column."""
    for percent in (False, True):
        chosen = [figure for figure in figures if figure.percent == percent]
        if chosen:
            key = "_".join(["figures", chosen[0].key, *(["percent"] if percent else [])])
            yield Named(f"{section.key}.{key}", str(section.title), _figure_table(key, chosen, percent))


def _figure_table(key: str, figures: list[KeyFigure], percent: bool) -> Table:
    decimals = max(figure.decimals for figure in figures)
    columns = [
        Column(key="label", label=Phrase(LABELS["label"])),
        Column(key="value", label=Phrase(LABELS["value"]), kind="percent" if percent else "ci", decimals=decimals),
        Column(key="level", label=Phrase(LABELS["level"]), kind="percent", decimals=1),
        Column(key="n", label=Phrase(LABELS["n"]), kind="int"),
        Column(key="raters", label=Phrase(LABELS["raters"]), kind="int"),
        Column(key="method", label=Phrase(LABELS["method"])),
    ]
    rows = [_figure_row(figure) for figure in figures]
    return Table(key=key, caption=Phrase(LABELS["caption"]), columns=columns, rows=rows)


def _figure_row(figure: KeyFigure) -> list[CellValue]:
    estimate = Estimate(figure.value, figure.low, figure.high, figure.reason)
    level = None if figure.low is None else figure.level
    return [figure.label, estimate, level, figure.n, figure.raters, figure.method]
