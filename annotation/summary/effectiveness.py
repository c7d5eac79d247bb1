"""The effectiveness test: do people who never met the items agree, and on the label that was released?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from annotation.models import Resolution
from annotation.results.arrays import BoolArray
from annotation.summary import ink
from annotation.summary.measures import reweighted, share
from annotation.summary.work import Work
from projects.models import Item, Study
from reports.summary import Bars, Block, CellValue, Section, Table, Words, phrase
from stats.result import Figure


@dataclass(frozen=True)
class Released:
    """What had been released when the test was drawn: the answer by item, and how many items each topic had."""

    labels: dict[int, tuple[str, ...]]
    topics: dict[str, int]
    words: Words


def is_test(study: Study) -> bool:
    """Whether a study checks released labels rather than making them."""
    return study.source_id is not None or not study.settings.get("releases", True)


def released(study: Study) -> Released:
    """Return the labels the test is compared with."""
    return from_source(study, study.source) if study.source else from_dataset(study)


def from_source(study: Study, source: Study) -> Released:
    """Return the source study's conclusions as they stood when this study was opened."""
    rows = Resolution.objects.filter(
        unit__study=source, unit__withdrawn=False, created_at__lte=study.opened_at or timezone.now()
    ).order_by("unit", "number")
    last: dict[int, tuple[int, str, list[str], str]] = {}
    columns = ("unit_id", "unit__item_id", "how", "values", "unit__revision__topic")
    for unit, item, how, values, topic in rows.values_list(*columns).iterator(chunk_size=5000):
        last[unit] = (item or 0, how, values, topic or "")
    kept = [row for row in last.values() if row[1] != Resolution.How.REMOVED]
    labels = {item: tuple(sorted(values)) for item, _how, values, _topic in kept}
    words = phrase(_("the label that “%(study)s” had released when this test was opened"), study=source.name)
    return Released(labels, Counter(topic for *_rest, topic in kept), words)


def from_dataset(study: Study) -> Released:
    """Return the data set's final answers as they stand."""
    rows = Item.objects.visible().kept().filter(dataset=study.dataset_id, final__isnull=False)
    found = list(rows.values_list("pk", "final", "current__topic").iterator(chunk_size=5000))
    labels = {pk: tuple(sorted(final or ())) for pk, final, _topic in found}
    words = phrase(_("the data set's final answer when this report was computed"))
    return Released(labels, Counter(topic or "" for *_rest, topic in found), words)


@dataclass(frozen=True)
class Outcome:
    """For each complete unit (by place): whether all agreed, on the released label, and whether there is one."""

    complete: BoolArray
    agreed: BoolArray
    on_released: BoolArray
    comparable: BoolArray


def outcome(work: Work, known: Released) -> Outcome:
    """Compare the first answers of each complete unit with each other and with the released label."""
    review, size = work.review, len(work.review.units)
    a, first = review.answers, work.first
    n = np.bincount(a.unit[first], minlength=size)
    low = np.full(size, np.iinfo(np.int64).max)
    high = np.full(size, -1, dtype=np.int64)
    np.minimum.at(low, a.unit[first], a.value[first])
    np.maximum.at(high, a.unit[first], a.value[first])
    code = {values: at for at, values in enumerate(review.values)}
    target = np.asarray([code.get(known.labels.get(int(item), ()), -1) for item in review.units.item], dtype=np.int64)
    comparable = np.asarray([int(item) in known.labels for item in review.units.item], dtype=bool)
    complete = review.units.complete & (n >= 2)
    agreed = complete & (low == high)
    return Outcome(complete, agreed, agreed & (low == target), complete & comparable)


def sections(work: Work) -> Iterator[Section]:
    """Yield the test's section, for a study that is one."""
    if not is_test(work.study):
        return
    known = released(work.study)
    found = outcome(work, known)
    figures = headline_figures(work, known, found)
    method = phrase(_("compared with %(what)s"), what=known.words)
    weighted = phrase(_("weighted by the topics' shares, effective number of items"))
    blocks: list[Block] = [
        ink.key_figure(
            "consensus", figures["consensus"], label=phrase(_("Consensus")), percent=True, role="primary",
            method=weighted if stratified(work) else "", warnings=ink.cautions(figures["consensus"], thresholds=False),
        ),
        ink.key_figure(
            "on_released", figures["on_released"], label=phrase(_("Consensus on the released label")), percent=True,
            role="robust", method=method, warnings=ink.cautions(figures["on_released"], thresholds=False),
        ),
        *by_topic(work, known, found),
    ]  # fmt: skip
    intro = phrase(_("A sample of items, labelled again by people who had met neither the item nor its dispute."))
    yield Section(key="effectiveness", title=phrase(_("Effectiveness test")), intro=intro, blocks=blocks)


def stratified(work: Work) -> bool:
    """Whether the sample took the same number from each topic, so that results must be weighted back."""
    return bool(work.study.settings.get("stratified")) and bool(work.study.settings.get("sample_size"))


def headline_figures(work: Work, known: Released, found: Outcome) -> dict[str, Figure]:
    """Return consensus and consensus on the released label, weighted where the sample was stratified."""
    pairs = {"consensus": (found.agreed, found.complete), "on_released": (found.on_released, found.comparable)}
    return {name: rate(work, known, hits, base) for name, (hits, base) in pairs.items()}


def rate(work: Work, known: Released, hits: BoolArray, base: BoolArray) -> Figure:
    """Return a share of units, weighted to the topics' shares among the released items where that is needed."""
    if not stratified(work):
        return share(int(hits.sum()), int(base.sum()))
    units = work.review.units
    names = list(range(len(units.topics)))
    n = [int((base & (units.topic == at)).sum()) for at in names]
    right = [int((hits & (units.topic == at)).sum()) for at in names]
    weights: Sequence[float] = [known.topics.get(units.topics[at], 0) for at in names]
    return reweighted(right, n, weights)


def by_topic(work: Work, known: Released, found: Outcome) -> list[Block]:
    """Return both shares by topic."""
    units = work.review.units
    names = sorted({int(at) for at in units.topic[found.complete] if at >= 0}, key=lambda at: units.topics[at])
    if len(names) < 2:
        return []
    rows: list[list[CellValue]] = []
    marks = []
    for at in names:
        own = units.topic == at
        agreed = share(int((found.agreed & own).sum()), int((found.complete & own).sum()))
        same = share(int((found.on_released & own).sum()), int((found.comparable & own).sum()))
        name = ink.named(units.topics[at])
        rows.append(
            [name, ink.estimate(agreed), ink.estimate(same), agreed.n_items, known.topics.get(units.topics[at], 0)]
        )
        marks.append(ink.mark(name, agreed))
    columns = [
        ink.text("topic", _("Topic")),
        ink.percentage("consensus", _("Consensus")),
        ink.percentage("released", _("On the released label")),
        ink.count("n", _("Items in the test")),
        ink.count("all", _("Released items")),
    ]
    title = phrase(_("Consensus by topic"))
    axis = ink.shares(phrase(_("Items on which all raters gave the same label")))
    return [
        Bars(key="topics", title=title, rows=marks, axis=axis, n=int(found.complete.sum()), n_unit=ink.ITEMS),
        Table(key="by-topic", caption=title, columns=columns, rows=rows),
    ]
