"""Would other raters agree as well? Intervals over raters too, each rater left out, and how many are enough."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from annotation.summary import ink
from annotation.summary.parts import Part
from annotation.summary.words import LABELS
from annotation.summary.work import Work
from reports.blocks import Missing
from reports.summary import (
    Axis,
    Block,
    CellValue,
    Column,
    Estimate,
    Lines,
    Mark,
    Section,
    Series,
    Table,
    Text,
    Words,
    phrase,
)
from stats.components import label_components
from stats.crossed import LEAST_RATERS, crossed_bootstrap
from stats.result import Figure

NAMES = ("krippendorff_alpha", "gwet_ac1", "percent_agreement", "cohen_kappa")
PAIRWISE = "cohen_kappa"
# With more raters the pairs are too many to leave each out.
MOST_RATERS = 30
# Numbers multiplied for one coefficient: about two seconds. Fewer replicates than the least say too little.
MOST_WORK, LEAST_REPLICATES = 30_000_000_000, 200
PLACES = 10
WANTED = "0.8"


def sections(work: Work) -> Iterator[Section]:
    """Yield what other raters would do to the agreement of each part, and how reliable more of them would be."""
    parts = [part for part in work.parts if not part.several and part.table.n_pairable]
    blocks: list[Block] = [block for part in parts for block in of_part(work, part)]
    found = [(part, label_components(part.table)) for part in parts]
    found = [(part, figure) for part, figure in found if figure.values is not None]
    if found:
        blocks += [projection(found), components(found)]
    if blocks:
        intro = phrase(
            _(
                "The intervals above speak of these raters. Here the raters are taken as a sample of more: how far "
                "agreement might lie from these figures with other items and other raters."
            )
        )
        title = phrase(_("Other raters"))
        yield Section(key="others", title=title, intro=intro, blocks=blocks, folded=True)


def of_part(work: Work, part: Part) -> Iterator[Block]:
    """Yield the leading coefficients with both intervals and without one rater."""
    if len(part.table.raters) < LEAST_RATERS:
        words = _("Two raters are one pair, which cannot show how other raters would agree; that takes three.")
        yield Text(key=f"others-{part.key}", paragraphs=[phrase(words)], tone="note")
        return
    figures = {}
    for name in NAMES:
        if (n := replicates(work, part)) and (name != PAIRWISE or len(part.table.raters) <= MOST_RATERS):
            figures[name] = crossed_bootstrap(part.table, statistic=name, n=n, seed=work.draw.seed)
    if not figures:
        return
    rows = [row(work, part, name, figure) for name, figure in figures.items()]
    columns = [
        ink.text("name", _("Coefficient")),
        Column(key="items", label=phrase(_("Other items")), kind="ci", group=phrase(_("Value and interval"))),
        Column(key="both", label=phrase(_("Other items and raters")), kind="ci", group=phrase(_("Value and interval"))),
        Column(key="lowest", label=phrase(_("Lowest")), kind="number", group=phrase(_("Without one rater"))),
        Column(key="highest", label=phrase(_("Highest")), kind="number", group=phrase(_("Without one rater"))),
    ]
    note = phrase(
        _(
            "Items resampled, raters left out one by one (Obuchowski and Rockette 1995; Hillis 2007). With few raters "
            "the second interval is wide, because few raters cannot show how raters differ."
        )
    )
    yield Table(key=f"others-{part.key}", caption=part.title, columns=columns, rows=rows, notes=[note])


def replicates(work: Work, part: Part) -> int:
    """Return how often items can be resampled in reasonable time, 0 for not often enough."""
    table = part.table
    each = table.by_row.multiplicity.size * (len(table.raters) + 1) * (table.n_categories + 3)
    n = min(work.draw.replicates, MOST_WORK // max(each, 1))
    return n if n >= min(LEAST_REPLICATES, work.draw.replicates) else 0


def row(work: Work, part: Part, name: str, figure: Figure) -> list[CellValue]:
    """Return one coefficient's row."""
    shown = work.coefficients[part.key][name]
    percent = name == "percent_agreement"
    without = [value for value in figure.extra.get("without_each", {}).values() if value is not None]
    ends: list[CellValue] = [min(without), max(without)] if without else [Missing("too_few_raters")] * 2
    both: CellValue = ink.estimate(figure)
    if figure.value is not None and figure.ci is None:
        both = Missing(str(figure.extra.get("ci_reason") or "not_computed"))
    label = phrase(_("%(name)s (share)"), name=phrase(LABELS[name])) if percent else phrase(LABELS[name])
    return [label, ink.estimate(shown), both, *ends]


def projection(found: list[tuple[Part, Figure]]) -> Lines:
    """Return the reliability of the mean answer against the number of raters."""
    series = [
        Series(
            label=part.title,
            marks=[Mark(label=part.title, value=value) for value in figure.extra["projection"].values()],
        )
        for part, figure in found
    ]
    return Lines(
        key="projection",
        title=phrase(_("How reliable the answers of more raters would be")),
        places=[str(k) for k in range(1, PLACES + 1)],
        place_title=phrase(_("Raters to an item")),
        series=series,
        axis=Axis(label=phrase(_("Reliability")), low=0.0, high=1.0),
        notes=[phrase(_("Projected from the components of variance below; no interval is known for it."))],
    )


def components(found: list[tuple[Part, Figure]]) -> Table:
    """Return the components of variance, and how many raters a reliability of 0.8 needs."""
    rows: list[list[CellValue]] = []
    for part, figure in found:
        values = figure.to_json()["value"]
        total = sum(value for value in values.values() if value is not None)
        shares: list[CellValue] = [
            Missing("not_applicable") if values[name] is None else Estimate(values[name] / total)
            for name in ("item", "rater", "residual")
        ]
        needed = figure.extra["raters_needed"][WANTED]
        cells: list[CellValue] = [figure.extra["projection"]["1"], needed or Missing("no_variation"), figure.n_items]
        rows.append([part.title, *shares, *cells])
    variance: Words = phrase(_("Share of the variance"))
    columns = [
        ink.text("name", _("Items")),
        ink.percentage("item", _("Items"), variance),
        ink.percentage("rater", _("Raters"), variance),
        ink.percentage("rest", _("Rest"), variance),
        Column(key="one", label=phrase(_("Reliability of one rater")), kind="number"),
        ink.count("needed", _("Raters needed for 0.8")),
        ink.count("n", _("n")),
    ]
    notes = [
        phrase(_("Each category counts as yes or no; its variances are added up. The rest is chance and interplay.")),
    ]
    if any(figure.to_json()["value"]["rater"] is None for _part, figure in found):
        notes.append(phrase(_("Where raters differ from item to item, what they differ by is part of the rest.")))
    caption = phrase(_("Where the variance of the answers comes from"))
    return Table(key="components", caption=caption, columns=columns, rows=rows, notes=notes)
