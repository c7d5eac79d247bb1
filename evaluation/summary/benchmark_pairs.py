"""The chapters of a benchmark's report that set two systems side by side: before and after, and McNemar's test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_noop as _

from evaluation.models import System
from evaluation.services import benchmarks
from evaluation.summary.benchmark_frame import Bench
from reports import ink
from reports.blocks import CellValue
from reports.summary import Axis, Block, Column, DotWhisker, Estimate, Mark, Missing, Section, Table, Words, phrase
from stats.benchmark import mcnemar_pairs, mean_score, paired_difference
from stats.result import Figure

VARIANTS = (System.Role.SYNTHETIC, System.Role.INTERVIEW, System.Role.BOTH)
MOST_ROWS = 15


def pairs_of(bench: Bench) -> list[tuple[int, int]]:
    """Return the pairs to compare: those that were named, and each family's base model with its variants."""
    benchmark, here = bench.taken.benchmark, bench.systems
    found = [(int(before), int(after)) for before, after in benchmarks.setting(benchmark, "pairs")]
    if benchmarks.setting(benchmark, "families"):
        found += [(base, other) for base in here for other in here if _tuned(bench, base, other)]
    return [pair for pair in dict.fromkeys(found) if pair[0] in here and pair[1] in here and pair[0] != pair[1]]


def _tuned(bench: Bench, base: int, other: int) -> bool:
    first, second = bench.taken.systems[base], bench.taken.systems[other]
    family = bool(first.group) and first.group == second.group
    return family and first.role == System.Role.BASE and second.role in VARIANTS


def before_after(bench: Bench) -> Iterator[Section]:
    """Yield what changed from one system of a pair to the other, on the items that both have a score for."""
    pairs = pairs_of(bench)
    parts: list[tuple[str, dict[int, None]]] = [(_("Overall"), dict.fromkeys(bench.taken.cases))]
    if bench.has_scores(bench.labelled) and bench.has_scores(bench.open):
        parts += [(_("True/false and choice"), bench.labelled), (_("Open questions"), bench.open)]
    if not pairs:
        return
    columns = [
        Column(key="pair", label=phrase(_("Before and after"))),
        Column(key="part", label=phrase(_("Items"))),
        Column(key="n", label=phrase(_("n")), kind="int"),
        Column(key="before", label=phrase(_("Before")), kind="percent"),
        Column(key="after", label=phrase(_("After")), kind="percent"),
        Column(key="difference", label=phrase(_("Difference")), kind="percent"),
    ]
    rows: list[list[CellValue]] = []
    for before, after in pairs:
        for label, among in parts:
            x, y = bench.scores.both(before, after, among)
            gap = difference(bench, before, after, among)
            means = [ink.estimate(mean_score(part, bootstrap=bench.replicates, seed=bench.seed)) for part in (x, y)]
            rows.append([arrow(bench, before, after), phrase(label), int(x.size), *means, ink.estimate(gap)])
    blocks: list[Block] = [
        changes(bench, pairs),
        Table(key="pairs", caption=phrase(_("Before and after, on the same items")), columns=columns, rows=rows),
    ]
    blocks += by_topic(bench, pairs)
    yield Section(
        key="pairs", title=phrase(_("Before and after")), blocks=blocks,
        intro=phrase(_("Differences are in percentage points, with their intervals; above zero the second is better.")),
    )  # fmt: skip


def difference(bench: Bench, before: int, after: int, among: dict[int, None]) -> Figure:
    """Return the mean difference of two systems over the items both have a score for."""
    x, y = bench.scores.both(before, after, among)
    return paired_difference(x, y, bootstrap=bench.replicates, seed=bench.seed)


def arrow(bench: Bench, before: int, after: int) -> Words:
    """Return a pair in words."""
    return phrase(_("%(before)s → %(after)s"), before=bench.name(before), after=bench.name(after))


def changes(bench: Bench, pairs: list[tuple[int, int]]) -> DotWhisker:
    """Return the overall differences of all pairs on one axis."""
    whole = dict.fromkeys(bench.taken.cases)
    figures = [difference(bench, before, after, whole) for before, after in pairs]
    rows: list[Mark] = [ink.mark(arrow(bench, *pair), figure) for pair, figure in zip(pairs, figures, strict=True)]
    return DotWhisker(
        key="changes", title=phrase(_("Change of the overall score")), rows=rows,
        axis=Axis(label=phrase(_("Difference, after less before")), percent=True),
    )  # fmt: skip


def by_topic(bench: Bench, pairs: list[tuple[int, int]]) -> list[Block]:
    """Return the differences by topic: a row a pair."""
    topics = bench.topics
    if len(topics) < 2:
        return []
    columns = [Column(key="pair", label=phrase(_("Before and after")))]
    columns += [Column(key=f"t{n}", label=topic, kind="percent") for n, topic in enumerate(topics)]
    rows: list[list[CellValue]] = [
        [arrow(bench, *pair), *(ink.estimate(difference(bench, *pair, among)) for among in topics.values())]
        for pair in pairs
    ]
    return [Table(key="pair-topics", caption=phrase(_("Difference by topic")), columns=columns, rows=rows)]


def mcnemar(bench: Bench) -> Iterator[Section]:
    """Yield McNemar's test of every pair of systems on the labelled items both answered."""
    if len(bench.systems) < 2 or not bench.has_scores(bench.labelled):
        return
    found: list[Any] = list(mcnemar_pairs(bench.scores, bench.labelled).values or [])
    columns = [
        Column(key="first", label=phrase(_("First"))),
        Column(key="second", label=phrase(_("Second"))),
        Column(key="n", label=phrase(_("n")), kind="int"),
        Column(key="b", label=phrase(_("Only the first right")), kind="int"),
        Column(key="c", label=phrase(_("Only the second right")), kind="int"),
        Column(key="gap", label=phrase(_("Difference")), kind="percent"),
        Column(key="p", label=phrase(_("p")), kind="p"),
        Column(key="holm", label=phrase(_("p, Holm")), kind="p"),
    ]
    rows = [mcnemar_row(bench, one) for one in found]
    intro = phrase(
        _("Two systems on the same true/false and choice items: exact two-sided p from the items that only one of "
          "them got right. Holm's correction is over all pairs.")
    )  # fmt: skip
    notes = []
    if any(one["left_out"] for one in found):
        notes.append(phrase(_("Items whose answers differ between rounds are neither right nor wrong and left out.")))
    table = Table(
        key="mcnemar", caption=phrase(_("McNemar's test of each pair")), columns=columns, rows=rows, notes=notes
    )
    yield Section(
        key="mcnemar", title=phrase(_("Two systems on the same items")), blocks=[table], intro=intro,
        folded=len(rows) > MOST_ROWS,
    )  # fmt: skip


def mcnemar_row(bench: Bench, one: dict[str, Any]) -> list[CellValue]:
    """Return one pair's test as a table's row."""
    first, second = one["systems"]
    gap: Figure = one["difference"]
    why = str(one["reason"] or "no_value")
    return [
        bench.name(first), bench.name(second), one["n"], one["first_only"], one["second_only"],
        ink.estimate(gap) if one["n"] else Estimate(None, None, None, why),
        Missing(why) if one["p"] is None else one["p"],
        Missing(why) if one["p_holm"] is None else one["p_holm"],
    ]  # fmt: skip
