"""The pre-label against people: accuracy, what people changed, and how much showing it pulls."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from django.utils.translation import gettext_noop as _

from annotation.results.arrays import NONE, BoolArray, IntArray
from annotation.results.load import KINDS
from annotation.summary import ink
from annotation.summary.breakdowns import LEAST, MOST_NAMES
from annotation.summary.effectiveness import is_test
from annotation.summary.measures import f1_scores, pull, share
from annotation.summary.parts import KIND_WORDS, SEVERAL, option_sets
from annotation.summary.work import Work
from reports.summary import Bars, Block, CellValue, Confusion, Section, Table, Text, Words, phrase
from stats.classification import classification_summary, confusion_matrix
from stats.result import Figure

# A confusion matrix of more labels cannot be read.
MOST_LABELS = 12
RANDOMISED = "randomised"


def sections(work: Work) -> Iterator[Section]:
    """Yield the pre-label against the final label for each kind of item, by topic and language, and its pull."""
    units = work.review.units
    both = (units.prelabel >= 0) & (units.final >= 0)
    # What a test's raters agreed on is no final label.
    if bool(both.any()) and not is_test(work.study):
        yield against_final(work, both)
        yield from by_name(work, both)
    if work.study.settings.get("prelabel") == RANDOMISED:
        yield of_pull(work)


def equal(work: Work, chosen: BoolArray) -> Figure:
    """Return the share of the chosen units whose final label is the pre-label."""
    units = work.review.units
    return share(int((units.prelabel == units.final)[chosen].sum()), int(chosen.sum()))


def changed(work: Work, chosen: BoolArray) -> Figure:
    """Return the share of the chosen units whose final label is another than the pre-label."""
    units = work.review.units
    return share(int((units.prelabel != units.final)[chosen].sum()), int(chosen.sum()))


def against_final(work: Work, both: BoolArray) -> Section:
    """Return accuracy, the share changed, and for each kind the confusion matrix with the scores of each label."""
    method = phrase(_("final label equals pre-label"))
    blocks: list[Block] = [
        ink.key_figure(
            "accuracy", equal(work, both), label=phrase(_("Pre-label is the final label")), percent=True,
            role="primary", method=method, warnings=ink.cautions(equal(work, both), thresholds=False),
        ),
        ink.key_figure(
            "changed", changed(work, both), label=phrase(_("Changed by people")), percent=True, role="robust",
            method=phrase(_("final label differs from pre-label")),
        ),
    ]  # fmt: skip
    for kind in range(len(KINDS)):
        chosen = both & (work.review.units.kind == kind)
        if bool(chosen.any()):
            blocks += of_kind(work, chosen, kind)
    counts = tallies(work)
    return Section(key="prelabel", title=phrase(_("Pre-label against final label")), blocks=[*blocks, counts])


def of_kind(work: Work, chosen: BoolArray, kind: int) -> list[Block]:
    """Return the confusion matrix and the scores of each label; sets of labels have neither."""
    units = work.review.units
    where = np.flatnonzero(chosen)
    labels = list(dict.fromkeys(key for keys in option_sets(work.review, where) for key in keys))
    if kind == SEVERAL or not 1 < len(labels) <= MOST_LABELS:
        return []
    truth = [work.review.values[code][0] for code in units.final[where]]
    guess = [work.review.values[code][0] for code in units.prelabel[where]]
    labels += sorted({*truth, *guess} - set(labels))
    found = classification_summary(truth, guess, categories=labels)
    cells = confusion_matrix(truth, guess, labels)
    title = phrase(_("Where pre-label and final label part ways: %(kind)s"), kind=phrase(KIND_WORDS[kind]))
    matrix = Confusion(
        key=f"confusion-{KINDS[kind]}",
        title=title,
        row_labels=labels,
        col_labels=labels,
        counts=cells.tolist(),
        row_title=phrase(_("Final label")),
        col_title=phrase(_("Pre-label")),
        n=len(truth),
        n_unit=ink.ITEMS,
    )
    return [matrix, scores(work, kind, labels, found["per_class"], cells)]


def scores(work: Work, kind: int, labels: list[str], figure: Figure, cells: IntArray) -> Table:
    """Return precision, recall and F1 of each label, and the mean of F1."""
    per_class = dict(figure.values or {})
    f1 = f1_scores(cells, work.draw)
    rows: list[list[CellValue]] = []
    for label in labels:
        one = per_class[label]
        figures = [one["precision"], one["recall"], f1[labels.index(label)]]
        rows.append([label, *map(ink.estimate, figures), one["recall"].n_items])
    columns = [
        ink.text("label", _("Label")),
        ink.percentage("precision", _("Precision")),
        ink.percentage("recall", _("Recall")),
        ink.value("f1", _("F1")),
        ink.count("n", _("Items with this final label")),
    ]
    caption = phrase(_("The pre-label's scores by label: %(kind)s"), kind=phrase(KIND_WORDS[kind]))
    footer: list[CellValue] = [phrase(_("mean over labels")), None, None, ink.estimate(f1[-1]), int(cells.sum())]
    note = phrase(_("Precision and recall have Wilson intervals, F1 a percentile bootstrap over items."))
    return Table(key=f"scores-{KINDS[kind]}", caption=caption, columns=columns, rows=rows, footer=footer, notes=[note])


def tallies(work: Work) -> Table:
    """Return how many items entered, and why the others did not."""
    units = work.review.units
    removed = np.isin(units.how, [at for at, how in enumerate(units.hows) if how == "removed"])
    proposed = units.prelabel >= 0
    rows: list[list[CellValue]] = [
        [phrase(_("pre-label kept")), int((proposed & (units.final == units.prelabel)).sum())],
        [phrase(_("pre-label changed")), int((proposed & (units.final >= 0) & (units.final != units.prelabel)).sum())],
        [phrase(_("item removed")), int((proposed & removed).sum())],
        [phrase(_("no outcome yet")), int((proposed & (units.final < 0) & ~removed).sum())],
        [phrase(_("item without a pre-label")), int((~proposed).sum())],
    ]
    columns = [ink.text("what", _("What became of it")), ink.count("n", _("Items"))]
    return Table(
        key="tallies", caption=phrase(_("What became of the pre-labels")), columns=columns, rows=rows,
        footer=[phrase(_("all")), len(units)],
    )  # fmt: skip


def by_name(work: Work, both: BoolArray) -> Iterator[Section]:
    """Yield what people changed by topic and by language."""
    units = work.review.units
    columns = [
        ("topic", _("Topic"), units.topic, units.topics, _("Changed by people, by topic")),
        ("language", _("Language"), units.language, units.languages, _("Changed by people, by language")),
    ]
    for key, head, codes, names, title in columns:
        present = sorted(set(codes[both].tolist()) - {NONE}, key=names.__getitem__)[:MOST_NAMES]
        if len(present) < LEAST:
            continue
        found = [(ink.named(names[code]), changed(work, both & (codes == code))) for code in present]
        blocks: list[Block] = [changes_plot(key, title, found), changes_table(work, both, codes, present, names, head)]
        yield Section(key=f"prelabel-by-{key}", title=phrase(title), blocks=blocks, folded=True)


def changes_plot(key: str, title: str, found: list[tuple[Words, Figure]]) -> Bars:
    """Return the shares changed as bars."""
    rows = [ink.mark(name, figure) for name, figure in found]
    axis = ink.shares(phrase(_("Items whose final label is not the pre-label")))
    return Bars(key=f"changed-{key}", title=phrase(title), rows=rows, axis=axis)


def changes_table(
    work: Work, both: BoolArray, codes: IntArray, present: list[int], names: list[str], head: str
) -> Table:
    """Return accuracy and share changed for each name."""
    rows: list[list[CellValue]] = []
    for code in present:
        chosen = both & (codes == code)
        rows.append(
            [
                ink.named(names[code]),
                ink.estimate(equal(work, chosen)),
                ink.estimate(changed(work, chosen)),
                int(chosen.sum()),
            ]
        )
    columns = [
        ink.text("name", head),
        ink.percentage("accuracy", _("Pre-label is the final label")),
        ink.percentage("changed", _("Changed by people")),
        ink.count("n", _("Items")),
    ]
    return Table(key="changes", caption=phrase(_("Accuracy and changes")), columns=columns, rows=rows)


def of_pull(work: Work) -> Section:
    """Return how much showing the pre-label draws raters to it, in a study that drew at random who sees it."""
    found = pull(work.review, work.first, work.draw)
    figure = found["pull"]
    lead = ink.key_figure(
        "pull", figure, label=phrase(_("Pull of the pre-label (difference of shares)")), percent=True, role="primary",
        method=phrase(_("difference of shares, items resampled with all their answers")),
        warnings=ink.cautions(figure, thresholds=False),
    )  # fmt: skip
    rows: list[list[CellValue]] = [
        [phrase(_("in view")), ink.estimate(found["shown"]), found["shown"].n_items],
        [phrase(_("not in view")), ink.estimate(found["hidden"]), found["hidden"].n_items],
    ]
    columns = [
        ink.text("what", _("Pre-label")),
        ink.percentage("share", _("Answers equal to it")),
        ink.count("n", _("Items")),
    ]
    table = Table(key="shares", caption=phrase(_("Answers equal to the pre-label")), columns=columns, rows=rows)
    words = _("Answers with the pre-label in view and without it are kept apart in every figure of agreement.")
    note = Text(key="note", paragraphs=[phrase(words)], tone="note")
    return Section(key="pull", title=phrase(_("Does showing the pre-label pull?")), blocks=[lead, table, note])
