"""A Summary as the templates need it: every word chosen, every number formatted, every plot drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import numbers, reasons, scales
from .behind import describe, table_of
from .blocks import CellValue, Column, KeyFigure, Table, Text
from .cells import NUMERIC, Shown, show
from .plots import Plot
from .summary import Block, Section, Summary
from .svg import Drawing, draw

FEW_COLUMNS = 5
# What fits an upright sheet of paper.
PAPER_COLUMNS = 12


@dataclass(frozen=True)
class BlockView:
    """One block, ready for its partial."""

    template: str
    content: Any


@dataclass(frozen=True)
class SectionView:
    """One chapter, ready for `reports/section.html`."""

    ident: str
    title: str
    intro: str
    folded: bool
    blocks: Sequence[BlockView]


@dataclass(frozen=True)
class FigureView:
    """One key figure in words."""

    label: str
    value: str
    reason: str
    interval: str
    sample: str
    method: str
    reading: Sequence[str]
    scale: str
    warnings: Sequence[str]
    role: str


@dataclass(frozen=True)
class FiguresView:
    """Neighbouring key figures: those that lead, those in the fold, and what the fold is called."""

    lead: Sequence[FigureView]
    other: Sequence[FigureView]
    fold: str


@dataclass(frozen=True)
class HeadingView:
    """A heading over `span` columns."""

    text: str
    span: int
    numeric: bool


@dataclass(frozen=True)
class CellView:
    """A cell and whether it is set as a number."""

    shown: Shown
    numeric: bool


@dataclass(frozen=True)
class TableView:
    """A table in words; `groups` is empty when no column has a heading above it.

    Where there are `many` columns, intervals stand below their numbers; a `wide` table is printed across the sheet.
    """

    ident: str
    caption: str
    groups: Sequence[HeadingView]
    headings: Sequence[HeadingView]
    rows: Sequence[Sequence[CellView]]
    footer: Sequence[CellView]
    notes: Sequence[str]
    many: bool = False
    wide: bool = False


@dataclass(frozen=True)
class PlotView:
    """A plot with its drawings and the table behind it."""

    ident: str
    title: str
    notes: Sequence[str]
    drawing: Drawing
    table: TableView


@dataclass(frozen=True)
class ReportView:
    """A whole report in the reader's language, the context `report` of `reports/summary.html`."""

    title: str
    subtitle: str
    headline: str
    warnings: Sequence[str]
    sections: Sequence[SectionView]
    methods: str
    parameters: Sequence[tuple[str, str]]
    limits: Sequence[str]
    made: str
    contents: Sequence[tuple[str, str]] = field(default=())


def present(summary: Summary, *, links: bool = True) -> ReportView:
    """Return the view of a summary in the active language; without `links`, cells keep only their words."""
    sections = [_section(section, links) for section in summary.sections]
    return ReportView(
        title=str(summary.title),
        subtitle=str(summary.subtitle),
        headline=str(summary.headline),
        warnings=[str(words) for words in summary.warnings],
        sections=sections,
        methods=" ".join(str(words) for words in summary.methods),
        parameters=[(str(item.label), _parameter(item.value)) for item in summary.parameters],
        limits=[str(words) for words in summary.limits],
        made=made(summary),
        contents=[(section.ident, section.title) for section in sections],
    )


def made(summary: Summary) -> str:
    """Return when the report was computed, in the reader's time zone, or nothing."""
    moment = summary.generated_at
    if moment is None:
        return ""
    return date_format(localtime(moment) if is_aware(moment) else moment, "DATETIME_FORMAT")


def _parameter(value: object) -> str:
    # A seed of 12345 or a year is a name, not an amount: no groups of digits.
    return numbers.DASH if value is None else str(value)


def _section(section: Section, links: bool) -> SectionView:
    blocks = tuple(_blocks(section, links))
    return SectionView(f"section-{section.key}", str(section.title), str(section.intro), section.folded, blocks)


def _blocks(section: Section, links: bool) -> Iterator[BlockView]:
    for figures, group in groupby(section.blocks, key=lambda block: isinstance(block, KeyFigure)):
        if figures:
            yield BlockView("reports/figures.html", _figures([b for b in group if isinstance(b, KeyFigure)]))
        else:
            yield from (_block(section, block, links) for block in group)


def _block(section: Section, block: Block, links: bool) -> BlockView:
    ident = f"{section.key}.{block.key}"
    if isinstance(block, Table):
        return BlockView("reports/table.html", table_view(block, ident, links=links))
    if isinstance(block, Text):
        return BlockView("reports/text.html", {"tone": block.tone, "paragraphs": [str(p) for p in block.paragraphs]})
    if isinstance(block, Plot):
        return BlockView("reports/plot.html", plot_view(block, ident, links=links))
    raise TypeError(f"{type(block).__name__} has no partial")


def _figures(figures: Sequence[KeyFigure]) -> FiguresView:
    views = [figure_view(figure) for figure in figures]
    order = ("primary", "robust")
    lead = sorted((view for view in views if view.role in order), key=lambda view: order.index(view.role))
    other = [view for view in views if view.role == "other"]
    fold = ngettext("%(count)s more figure", "%(count)s more figures", len(other)) % {"count": len(other)}
    return FiguresView(lead, other, fold)


def figure_view(figure: KeyFigure) -> FigureView:
    """Return a key figure in words."""
    undefined = figure.value is None
    return FigureView(
        label=str(figure.label),
        value=numbers.figure(figure.value, decimals=figure.decimals, as_percent=figure.percent),
        reason=reasons.words(figure.reason) if undefined else "",
        interval="" if undefined else interval_words(figure),
        sample=sample_words(figure),
        method=str(figure.method),
        reading=[str(words) for words in figure.how_to_read],
        scale=scales.spoken(figure.low, figure.high) if figure.scale and not undefined else "",
        warnings=[str(words) for words in figure.warnings],
        role=figure.role,
    )


def interval_words(figure: KeyFigure) -> str:
    """Return "95% interval 0.36 to 0.52", or why there is no interval."""
    if figure.low is None or figure.high is None:
        why = reasons.words(figure.interval_reason or "not_computed")
        return _("no interval: %(reason)s") % {"reason": why}
    ends = numbers.interval(figure.low, figure.high, decimals=figure.decimals, as_percent=figure.percent)
    return _("%(level)s interval %(ends)s") % {"level": numbers.level(figure.level), "ends": ends}


def sample_words(figure: KeyFigure) -> str:
    """Return "n = 200 items, 4 raters" as far as it is known."""
    raters = figure.raters
    people = ngettext("%(count)s rater", "%(count)s raters", raters or 0) % {"count": numbers.integer(raters)}
    known = [numbers.sample(figure.n, str(figure.n_unit)), people if raters is not None else ""]
    return ", ".join(part for part in known if part)


def plot_view(plot: Plot, ident: str, *, links: bool = True) -> PlotView:
    """Return a plot drawn, with its table; `ident` must be unique on the page."""
    notes = [str(words) for words in plot.notes]
    table = table_view(table_of(plot), f"{ident}-table", links=links)
    return PlotView(ident, str(plot.title), notes, draw(plot, ident, describe(plot)), table)


def table_view(table: Table, ident: str, *, links: bool = True) -> TableView:
    """Return a table in words."""
    groups = _group_headings(table.columns)
    return TableView(
        ident=ident,
        caption=str(table.caption),
        groups=groups if any(heading.text for heading in groups) else (),
        headings=[HeadingView(str(column.label), 1, column.kind in NUMERIC) for column in table.columns],
        rows=[_row(table.columns, row, links) for row in table.rows],
        footer=_row(table.columns, table.footer, links) if table.footer else (),
        notes=[str(words) for words in table.notes],
        many=len(table.columns) > FEW_COLUMNS,
        wide=len(table.columns) > PAPER_COLUMNS,
    )


def _group_headings(columns: Sequence[Column]) -> list[HeadingView]:
    runs = [(text, list(run)) for text, run in groupby(columns, key=lambda column: str(column.group))]
    return [HeadingView(text, len(run), run[0].kind in NUMERIC) for text, run in runs]


def _row(columns: Sequence[Column], row: Sequence[CellValue], links: bool) -> list[CellView]:
    views = []
    for column, cell in zip(columns, row, strict=True):
        shown = show(column, cell)
        if not links:
            shown = replace(shown, href="")
        views.append(CellView(shown, column.kind in NUMERIC))
    return views
