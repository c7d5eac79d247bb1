"""Agreement of each part: all coefficients side by side, and Cohen's kappa pair by pair."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.utils.translation import gettext_noop as _

from annotation.summary import ink
from annotation.summary.measures import Figures
from annotation.summary.parts import Part
from annotation.summary.words import LABELS
from annotation.summary.work import Work, primary, robust
from reports.blocks import Role
from reports.summary import Axis, Block, DotWhisker, HeatMap, Mark, Missing, Section, Text, Words, phrase
from stats.result import Figure

SINGLE = (
    "krippendorff_alpha", "gwet_ac1", "percent_agreement", "consensus_rate", "cohen_kappa", "fleiss_kappa",
    "conger_kappa", "scott_pi", "brennan_prediger",
)  # fmt: skip
SEVERAL = ("masi_alpha", "jaccard_alpha", "percent_agreement", "consensus_rate", "exact_alpha", "cohen_kappa")
PLOTTED = frozenset(SINGLE + SEVERAL) - {"percent_agreement", "consensus_rate"}
# A matrix of more raters cannot be read.
MOST_RATERS = 30
MOST_OPEN = 2


def sections(work: Work) -> Iterator[Section]:
    """Yield a section for each part, or one that says why there is none."""
    if not work.parts:
        words = _("No item has all its answers yet, so there is nothing to compare.")
        yield Section(
            key="agreement", title=phrase(_("Agreement")), blocks=[Text(key="none", paragraphs=[phrase(words)])]
        )
        return
    for part in work.parts:
        yield of_part(work, part)


def of_part(work: Work, part: Part) -> Section:
    """Return all coefficients of one part, side by side and pair by pair."""
    figures = named(part, work.coefficients[part.key])
    prevalence = "" if part.several else ink.paradox(part.table, figures["krippendorff_alpha"], figures["gwet_ac1"])
    blocks: list[Block] = [
        ink.coefficient(name, figures[name], part.table, role=role(part, name), prevalence=warns(name, prevalence))
        for name in (SEVERAL if part.several else SINGLE)
    ]
    blocks.append(side_by_side(part, figures))
    if 2 < len(part.table.raters) <= MOST_RATERS:
        blocks.append(pairs(part, figures["pairwise_cohen_kappa"]))
    intro = phrase(_("How far the raters' first, independent answers agree, on items that have all their answers."))
    words = part.note and [Text(key="options", paragraphs=[part.note], tone="note")]
    title = phrase(_("Agreement: %(part)s"), part=part.title)
    # The part that speaks in the headline stands open; with many parts the others would bury what follows.
    folded = part is not work.leading and len(work.parts) > MOST_OPEN
    key = f"agreement-{part.key}"
    return Section(key=key, title=title, intro=intro, blocks=[*(words or []), *blocks], folded=folded)


def named(part: Part, figures: Figures) -> Figures:
    """Return the figures with alpha over whole sets under a name of its own."""
    return figures | {"exact_alpha": figures["krippendorff_alpha"]} if part.several else figures


def role(part: Part, name: str) -> Role:
    """Return which figures stand first."""
    return "primary" if name == primary(part) else "robust" if name == robust(part) else "other"


def warns(name: str, prevalence: Words) -> Words:
    """Return the warning about a common category, for the figures it concerns."""
    return prevalence if name in ("krippendorff_alpha", "cohen_kappa", "fleiss_kappa", "conger_kappa") else ""


def side_by_side(part: Part, figures: Figures) -> DotWhisker:
    """Return the coefficients on one axis."""
    names = [name for name in (SEVERAL if part.several else SINGLE) if name in PLOTTED]
    rows = [ink.mark(phrase(LABELS[name]), figures[name], n=False) for name in names]
    return DotWhisker(
        key="coefficients",
        title=phrase(_("How far raters agree, by coefficient")),
        rows=rows,
        axis=axis_for(rows),
        n=part.table.n_pairable,
        n_unit=ink.ITEMS,
        notes=[phrase(_("Faint lines are the thresholds of Landis and Koch. They are customs, not laws."))],
    )


def axis_for(rows: Sequence[Mark], label: Words = "") -> Axis:
    """Return the axis of coefficients, reaching below 0 where an interval does."""
    lowest = min([row.low if row.low is not None else row.value or 0.0 for row in rows], default=0.0)
    axis = ink.beyond_chance()
    axis = replace(axis, label=label) if label else axis
    return axis if lowest >= 0 else replace(axis, low=max(-1.0, math.floor(lowest * 5) / 5))


def pairs(part: Part, figure: Figure) -> HeatMap:
    """Return Cohen's kappa of every two raters as a matrix."""
    names = list(part.table.raters)
    place = {name: at for at, name in enumerate(names)}
    values: list[list[float | Missing | None]] = [[None] * len(names) for _ in names]
    counts: list[list[int | None]] = [[None] * len(names) for _ in names]
    for pair in figure.extra["pairs"]:
        a, b = (place[name] for name in pair["raters"])
        cell = pair["value"] if pair["value"] is not None else Missing(str(pair["reason"]))
        values[a][b] = values[b][a] = cell
        counts[a][b] = counts[b][a] = pair["n_items"]
    return HeatMap(
        key="pairs",
        title=phrase(_("Which raters agree with whom")),
        row_labels=[str(name) for name in names],
        col_labels=[str(name) for name in names],
        values=values,
        counts=counts,
        low=-1.0,
        value_title=phrase(_("Cohen's kappa")),
        row_title=phrase(_("Rater")),
        col_title=phrase(_("Rater")),
        n=len(figure.extra["pairs"]),
        n_unit=phrase(_("pairs of raters")),
    )
