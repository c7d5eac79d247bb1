"""Agreement: all fields side by side, then each with its coefficients, its labels, and who agrees with whom."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop as _

from annotation.dialogue_summary import ink, labels
from annotation.dialogue_summary.measures import Figures, primary, reading, robust
from annotation.dialogue_summary.parts import Part, said
from annotation.dialogue_summary.work import Work
from annotation.summary import ink as shared
from annotation.summary.agreement import axis_for
from reports import numbers
from reports.blocks import Role
from reports.summary import Block, CellValue, DotWhisker, HeatMap, Missing, Section, Table, Text, Words, phrase
from stats.table import Table as Ratings

NAMES = {
    "nominal": ("krippendorff_alpha", "gwet_ac1", "percent_agreement", "consensus_rate", "cohen_kappa", "fleiss_kappa"),
    "ordinal": ("krippendorff_alpha", "gwet_ac2", "percent_agreement", "consensus_rate", "cohen_kappa", "fleiss_kappa"),
    "sets": (
        "masi_alpha", "jaccard_alpha", "percent_agreement", "consensus_rate", "exact_alpha", "cohen_kappa",
        "fleiss_kappa",
    ),
}  # fmt: skip
# A matrix of more raters cannot be read.
MOST_RATERS = 30


def sections(work: Work) -> Iterator[Section]:
    """Yield the overview and a section for each part, or one section that says why there is none."""
    if not work.parts:
        words = _("No session has all its answers yet, so there is nothing to compare.")
        blocks: list[Block] = [Text(key="none", paragraphs=[phrase(words)])]
        yield Section(key="agreement", title=phrase(_("Agreement")), blocks=blocks)
        return
    yield overview(work)
    for place, part in enumerate(work.parts):
        yield of_part(work, part, folded=place > 0)


def overview(work: Work) -> Section:
    """Return each field's primary coefficient on one axis, and the leading figures in a table."""
    rows = [shared.mark(part.title, work.coefficients[part.key][primary(part)]) for part in work.parts]
    plot = DotWhisker(
        key="plot",
        title=phrase(_("How far raters agree, by field")),
        rows=rows,
        axis=axis_for(rows),
        n=int(work.found.sessions.complete.sum()),
        n_unit=ink.SESSIONS,
        notes=[
            phrase(_("Alpha: over sets of labels with MASI, ordinal on scales, else nominal.")),
            phrase(_("Faint lines are the thresholds of Landis and Koch. They are customs, not laws.")),
        ],
    )
    intro = phrase(_("How far the raters' first, independent answers agree, on sessions that have all their answers."))
    return Section(
        key="agreement", title=phrase(_("Agreement")), intro=intro, blocks=[plot, table(work)]
    )  # fmt: skip


def table(work: Work) -> Table:
    """Return the leading figures of every part."""
    rows: list[list[CellValue]] = []
    for part in work.parts:
        figures = work.coefficients[part.key]
        names = (primary(part), robust(part), "cohen_kappa", "fleiss_kappa", "percent_agreement")
        cells = [shared.estimate(figures[name]) for name in names]
        lead = figures[primary(part)]
        rows.append([part.title, *cells, lead.n_items, part.n_sessions, lead.n_raters])
    columns = [
        shared.text("name", _("Field")),
        shared.value("primary", _("Alpha")),
        shared.value("robust", _("AC1; AC2 on scales; Jaccard alpha for sets")),
        shared.value("cohen", _("Cohen's kappa")),
        shared.value("fleiss", _("Fleiss' kappa")),
        shared.percentage("percent", _("Percent agreement")),
        shared.count("n", _("Turns, or sessions")),
        shared.count("sessions", _("Sessions")),
        shared.count("raters", _("Raters")),
    ]
    note = phrase(_("For fields with several labels kappa and percent agreement take whole sets as answers."))
    return Table(key="table", caption=phrase(_("The leading figures")), columns=columns, rows=rows, notes=[note])


def of_part(work: Work, part: Part, *, folded: bool) -> Section:
    """Return all coefficients of one part, its labels one by one, and its pairs of raters."""
    figures, how = work.coefficients[part.key], reading(part)
    prevalence = "" if how == "sets" else paradox(part, figures)
    blocks: list[Block] = [
        ink.coefficient(
            name, figures[name], part, role=role(part, name),
            prevalence=prevalence if name in ("krippendorff_alpha", "cohen_kappa", "fleiss_kappa") else "",
        )
        for name in NAMES[how]
    ]  # fmt: skip
    blocks += labels.blocks(work, part)
    if 2 < len(part.table.raters) <= MOST_RATERS:
        blocks.append(pairs(part, figures))
    title = phrase(_("Agreement: %(part)s"), part=part.title)
    return Section(key=part.key, title=title, blocks=blocks, folded=folded)


def role(part: Part, name: str) -> Role:
    """Return which figures stand first."""
    return "primary" if name == primary(part) else "robust" if name == robust(part) else "other"


def paradox(part: Part, figures: Figures) -> Words:
    """Return a warning where one category is so common that alpha falls away from AC1; else nothing."""
    alpha, robust_one = figures[primary(part)], figures[robust(part)]
    counts = part.table.counts.sum(axis=0)
    if alpha.value is None or robust_one.value is None or not counts.sum():
        return ""
    top = int(counts.argmax())
    share = float(counts[top] / counts.sum())
    if share < shared.COMMON or robust_one.value - alpha.value < shared.FAR_APART:
        return ""
    words = _("%(share)s of all answers are “%(label)s”. Alpha and kappa are pulled down by that, AC1 is not.")
    return phrase(words, share=numbers.percent(share, 0), label=said(part.field, part.table.categories[top]))


def pairs(part: Part, figures: Figures) -> HeatMap:
    """Return Cohen's kappa of every two raters as a matrix."""
    table: Ratings = part.table
    names = [str(name) for name in table.raters]
    place = {name: at for at, name in enumerate(names)}
    values: list[list[float | Missing | None]] = [[None] * len(names) for _ in names]
    counts: list[list[int | None]] = [[None] * len(names) for _ in names]
    for pair in figures["pairwise_cohen_kappa"].extra["pairs"]:
        a, b = (place[name] for name in pair["raters"])
        values[a][b] = values[b][a] = pair["value"] if pair["value"] is not None else Missing(str(pair["reason"]))
        counts[a][b] = counts[b][a] = pair["n_items"]
    return HeatMap(
        key="pairs",
        title=phrase(_("Which raters agree with whom")),
        row_labels=names,
        col_labels=names,
        values=values,
        counts=counts,
        low=-1.0,
        value_title=phrase(_("Cohen's kappa")),
        row_title=phrase(_("Rater")),
        col_title=phrase(_("Rater")),
        n=len(figures["pairwise_cohen_kappa"].extra["pairs"]),
        n_unit=phrase(_("pairs of raters")),
    )
