"""Label by label: how well raters agree on each, which go together, and which are taken for one another."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_noop as _

from annotation.dialogue_summary import ink
from annotation.dialogue_summary.measures import of_label
from annotation.dialogue_summary.parts import Part, said
from annotation.dialogue_summary.work import Work
from annotation.schema import FieldKind
from annotation.summary import ink as shared
from reports.summary import Block, CellValue, Column, HeatMap, Missing, Table, Words, phrase
from stats.multilabel import confused, confusion_of_raters, together

FloatArray = npt.NDArray[np.float64]

# A larger matrix cannot be read; the table of the labels most often confused stands for it.
MOST_LABELS, MOST_CONFUSED, MOST_ROWS = 25, 12, 60
LEAST = 2


def blocks(work: Work, part: Part) -> list[Block]:
    """Return what a part says label by label; nothing for a scale, whose order its coefficients know."""
    if part.field.kind == FieldKind.SCALE:
        return []
    found: list[Block] = [by_label(work, part)]
    names, counts = matrix(part)
    if len(names) >= LEAST:
        found += [confusion(part, names, counts)] if len(names) <= MOST_LABELS else []
        found.append(most_confused(part, names, counts))
    if part.several:
        found += co_occurrence(part)
    return found


def used(part: Part) -> list[Hashable]:
    """Return the labels that occur, in the order of the schema, then "none" and "unknown"."""
    table = part.table
    given = {table.categories[code] for code in np.unique(table.codes[table.codes >= 0])}
    if part.several:
        given = {label for one in given if isinstance(one, frozenset) for label in one}
    order = {key: place for place, key in enumerate(part.field.values)}
    return sorted(given, key=lambda key: (order.get(str(key), len(order)), str(key)))


def by_label(work: Work, part: Part) -> Table:
    """Return kappa, alpha and AC1 of the question whether an answer has a label, for each label that occurs."""
    rows: list[list[CellValue]] = []
    answers = int((part.table.codes >= 0).sum())
    for key in used(part)[:MOST_ROWS]:
        figures, n = of_label(part.table, str(key), part.sessions, work.draw)
        cells = [shared.estimate(figures[name]) for name in ("cohen_kappa", "krippendorff_alpha", "gwet_ac1")]
        rows.append([said(part.field, key), n, n / answers, *cells])
    columns = [
        shared.text("label", _("Label")),
        shared.count("n", _("Given")),
        shared.percentage("share", _("Share of answers")),
        shared.value("kappa", _("Cohen's kappa")),
        shared.value("alpha", _("Krippendorff's alpha")),
        shared.value("ac1", _("Gwet's AC1")),
    ]
    note = phrase(
        _("Each row asks whether an answer has this label or not. A rare label makes kappa and alpha unsteady.")
    )
    return Table(key="labels", caption=phrase(_("Agreement by label")), columns=columns, rows=rows, notes=[note])


def matrix(part: Part) -> tuple[list[Hashable | None], FloatArray]:
    """Return the labels that occur and how often one rater of a pair had one where the other had another.

    For sets the last label is None: nothing in its place.
    """
    order = {key: place for place, key in enumerate(used(part))}
    if part.several:
        found = confused(part.table)
        names: list[Hashable | None] = [*found.labels, None]
        kept = sorted(range(len(names)), key=lambda at: order.get(names[at] or "", len(order)))
        kept = [at for at in kept if names[at] is None or names[at] in order]
        return [names[at] for at in kept], found.counts[np.ix_(kept, kept)]
    counts = confusion_of_raters(part.table).astype(np.float64)
    kept = [part.table.categories.index(key) for key in order]
    return list(order), counts[np.ix_(kept, kept)]


def words(part: Part, key: Hashable | None) -> Words:
    """Return a label, or what is said where nothing stands in its place."""
    return phrase(_("nothing in its place")) if key is None else said(part.field, key)


def confusion(part: Part, names: Sequence[Hashable | None], counts: FloatArray) -> HeatMap:
    """Return what the other rater of a pair said where one said the row's label, as shares of the row."""
    sums = counts.sum(axis=1)
    values: list[list[float | Missing | None]] = [
        [float(cell / total) if total else Missing("no_pairs") for cell in row]
        for row, total in zip(counts, sums, strict=True)
    ]
    shown = [words(part, key) for key in names]
    note = phrase(
        _(
            "Over all pairs of raters, in both directions. Labels that both have match; the others stand against each "
            "other."
        )
    )
    return HeatMap(
        key="confusion",
        title=phrase(_("What the other rater said where one said the row's label")),
        row_labels=shown,
        col_labels=shown,
        values=values,
        counts=[[round(cell) for cell in row] for row in counts.tolist()],
        percent=True,
        decimals=1,
        row_title=phrase(_("One rater")),
        col_title=phrase(_("The other")),
        value_title=phrase(_("Share of the row")),
        n=part.table.n_pairable,
        n_unit=ink.unit_of(part),
        notes=[note] if part.several else [],
    )


def most_confused(part: Part, names: Sequence[Hashable | None], counts: FloatArray) -> Table:
    """Return the two labels most often given in each other's place, with how often both raters gave either."""
    found = []
    for i in range(len(names)):
        for j in range(i + 1, len(names)):
            if counts[i, j] > 0 and names[i] is not None and names[j] is not None:
                both = counts[i, i] + counts[j, j] + 2 * counts[i, j]
                found.append((float(counts[i, j]), float(2 * counts[i, j] / both), i, j))
    found.sort(key=lambda row: (-row[0], row[2], row[3]))
    rows: list[list[CellValue]] = [
        [said(part.field, names[i]), said(part.field, names[j]), n, share] for n, share, i, j in found[:MOST_CONFUSED]
    ]
    columns = [
        shared.text("one", _("One rater")),
        shared.text("other", _("The other")),
        Column(key="n", label=phrase(_("Pairs of answers")), kind="number", decimals=1),
        shared.percentage("share", _("Share of their uses")),
    ]
    caption = phrase(_("Labels most often given in each other's place"))
    return Table(key="confused", caption=caption, columns=columns, rows=rows)


def co_occurrence(part: Part) -> list[Block]:
    """Return how often labels stand together in one answer, as shares of the row's label."""
    names, counts = together(part.table)
    order = [key for key in used(part) if key in names]
    if not LEAST <= len(order) <= MOST_LABELS:
        return []
    at = [names.index(key) for key in order]
    counts = counts[np.ix_(at, at)]
    shown = [said(part.field, key) for key in order]
    values: list[list[float | Missing | None]] = [
        [None if i == j else float(counts[i, j] / counts[i, i]) for j in range(len(order))] for i in range(len(order))
    ]
    return [
        HeatMap(
            key="together",
            title=phrase(_("Which labels stand together")),
            row_labels=shown,
            col_labels=shown,
            values=values,
            counts=counts.tolist(),
            percent=True,
            decimals=1,
            row_title=phrase(_("Of the answers with")),
            col_title=phrase(_("so many also have")),
            value_title=phrase(_("Share of the row")),
            n=int((part.table.codes >= 0).sum()),
            n_unit=phrase(_("answers")),
        )
    ]
