"""The chapters of a benchmark's report about scores: overall, by topic, kind, language and section; and the unread."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from django.utils.translation import gettext_noop as _

from evaluation.reading_words import UNREAD
from evaluation.results.marked import Case
from evaluation.summary.benchmark_frame import KINDS, LANGUAGES, Bench, grid_of, score_cell, system_table
from projects.models import Item
from reports import ink
from reports.blocks import CellValue
from reports.summary import Axis, Bars, Block, Column, DotWhisker, Mark, Section, Table, phrase
from stats.benchmark import evenness, mean_score
from stats.result import Figure

SHARE = Axis(label=phrase(_("Score")), low=0.0, high=1.0, percent=True)
MOST_DOTS = 60


def overall(bench: Bench) -> Iterator[Section]:
    """Yield how the systems did on the whole."""
    if not bench.has_scores(bench.taken.cases):
        return
    grid = [(phrase(_("Overall")), {system: bench.mean(system) for system in bench.systems})]
    for label, among in ((_("True/false and choice"), bench.labelled), (_("Open questions"), bench.open)):
        if bench.has_scores(among):
            grid.append((phrase(label), means(bench, among)))
    more = [
        (Column(key="sd", label=phrase(_("SD over topics")), kind="percent"), spread(bench)),
        (Column(key="unread", label=phrase(_("Unread, counted wrong")), kind="percent"), unread_shares(bench)),
        (Column(key="n", label=phrase(_("Items")), kind="int"), scored_items(bench)),
    ]
    figures = grid[0][1]
    bars = Bars(
        key="overall-bars",
        title=phrase(_("Overall score of each system")),
        rows=[ink.mark(bench.name(system), figures[system]) for system in bench.systems if figures[system].n_items],
        axis=SHARE,
        n=len(bench.taken.cases),
        n_unit=ink.ITEMS,
    )
    notes = [
        phrase(_("Overall is the mean over all items that have a score: 1 or 0 for a chosen answer, a share of the "
                 "scale for an open one.")),
        phrase(_("The SD is the population standard deviation of the topics' scores: the smaller, the more even.")),
    ]  # fmt: skip
    table = system_table(bench, "overall", phrase(_("Scores of the systems")), grid, more=more, notes=notes)
    yield Section(key="overall", title=phrase(_("On the whole")), blocks=[bars, table])


def spread(bench: Bench) -> dict[int, CellValue]:
    """Return by system the population SD of its topics' scores."""
    topics = bench.topics
    return {
        system: ink.estimate(evenness(bench.mean(system, among).value for among in topics.values()))
        for system in bench.systems
    }


def unread_shares(bench: Bench) -> dict[int, CellValue]:
    """Return by system the share of its answers to labelled items that could not be read."""
    return {system: score_cell(figure) for system, figure in unread_figures(bench).items()}


def unread_figures(bench: Bench) -> dict[int, Figure]:
    """Return by system how often its answers could not be read."""
    found: dict[int, list[float]] = defaultdict(list)
    for one in bench.taken.marked:
        found[one.system].append(float(bool(one.unread)))
    return {system: mean_score(found[system]) for system in bench.systems}


def scored_items(bench: Bench) -> dict[int, CellValue]:
    """Return by system how many items it has a score for."""
    return {system: int(bench.scores.of(system).size) for system in bench.systems}


def topics(bench: Bench) -> Iterator[Section]:
    """Yield the systems by topic, with the subtopics folded away."""
    found = bench.topics
    if not found:
        return
    table = system_table(
        bench, "topics", phrase(_("Score by topic")), grid_of(bench, found),
        more=[(Column(key="sd", label=phrase(_("SD over topics")), kind="percent"), spread(bench))],
        counts=[len(among) for among in found.values()],
    )  # fmt: skip
    blocks: list[Block] = [table]
    if len(found) * len(bench.systems) <= MOST_DOTS and len(bench.systems) <= 7:
        blocks.insert(0, dots(bench, found))
    yield Section(
        key="topics", title=phrase(_("By topic")), blocks=blocks,
        intro=phrase(_("Both kinds of items together, as in the overall score.")),
    )  # fmt: skip
    yield from subtopics(bench)


def dots(bench: Bench, found: Mapping[str, Mapping[int, None]]) -> DotWhisker:
    """Return a dot with its interval for every topic and system."""
    rows = [
        marked(ink.mark(topic, figure), bench.name(system))
        for topic, among in found.items()
        for system in bench.systems
        if (figure := bench.mean(system, among)).n_items
    ]
    return DotWhisker(
        key="topic-dots", title=phrase(_("Score of each system by topic")), rows=rows, axis=SHARE,
        n=sum(len(among) for among in found.values()), n_unit=ink.ITEMS,
    )  # fmt: skip


def marked(mark: Mark, series: str) -> Mark:
    """Return a mark as one of a series."""
    return Mark(
        label=mark.label, value=mark.value, low=mark.low, high=mark.high, n=mark.n, reason=mark.reason, series=series
    )


def subtopics(bench: Bench) -> Iterator[Section]:
    """Yield the systems by subtopic: a row a subtopic, for there are many."""
    found = bench.by(lambda case: f"{case.topic}\x1f{case.subtopic}" if case.subtopic else "")
    found = {name: among for name, among in found.items() if bench.has_scores(among)}
    if len(found) < 2:
        return
    columns = [Column(key="topic", label=phrase(_("Topic"))), Column(key="subtopic", label=phrase(_("Subtopic")))]
    columns += [Column(key=f"s{n}", label=bench.name(pk), kind="percent") for n, pk in enumerate(bench.systems)]
    columns.append(Column(key="n", label=phrase(_("Items")), kind="int"))
    rows: list[list[CellValue]] = [
        [*name.split("\x1f"), *(score_cell(bench.mean(system, among)) for system in bench.systems), len(among)]
        for name, among in found.items()
    ]
    table = Table(key="subtopics", caption=phrase(_("Score by subtopic")), columns=columns, rows=rows)
    yield Section(key="subtopics", title=phrase(_("By subtopic")), blocks=[table], folded=True)


def kinds(bench: Bench) -> Iterator[Section]:
    """Yield the systems by kind of item; items with several right options exactly and elastically."""
    groups = kinds_of(bench)
    if not groups:
        return
    grid = [(phrase(KINDS[Item.Kind(kind)]), means(bench, among)) for kind, among in groups.items()]
    counts = [len(among) for among in groups.values()]
    if several := groups.get(Item.Kind.MULTIPLE_CHOICE):
        at = list(groups).index(Item.Kind.MULTIPLE_CHOICE) + 1
        figures = {system: bench.mean(system, several, bench.elastic) for system in bench.systems}
        grid.insert(at, (phrase(_("Several right options, elastic")), figures))
        counts.insert(at, len(several))
    notes = [] if Item.Kind.MULTIPLE_CHOICE not in groups else [phrase(ELASTIC)]
    table = system_table(bench, "kinds", phrase(_("Score by kind of item")), grid, counts=counts, notes=notes)
    yield Section(key="kinds", title=phrase(_("By kind of item")), blocks=[table])
    yield from each_system(bench, groups)


ELASTIC = _(
    "Where several options are right, only exactly these count as right. Elastic gives the share of the right "
    "options that were chosen, and nothing once a wrong one is among them."
)


def kinds_of(bench: Bench) -> dict[str, dict[int, None]]:
    """Return the items by kind, of those that some system has a score for."""
    found = bench.by(lambda case: case.kind)
    return {str(kind): found[kind] for kind in KINDS if bench.has_scores(found.get(kind, {}))}


def means(bench: Bench, among: Mapping[int, None]) -> dict[int, Figure]:
    """Return every system's mean over some items."""
    return {system: bench.mean(system, among) for system in bench.systems}


def each_system(bench: Bench, groups: Mapping[str, Mapping[int, None]]) -> Iterator[Section]:
    """Yield for every system topic by kind."""
    if len(bench.topics) < 2 or len(groups) < 2:
        return
    blocks = [topic_by_kind(bench, n, system, groups) for n, system in enumerate(bench.systems)]
    yield Section(key="each", title=phrase(_("Topic by kind, for each system")), blocks=blocks, folded=True)


def topic_by_kind(bench: Bench, n: int, system: int, groups: Mapping[str, Mapping[int, None]]) -> Table:
    """Return one system's scores, a row a topic."""
    columns = [Column(key="topic", label=phrase(_("Topic")))]
    columns += [
        Column(key=f"k{at}", label=phrase(KINDS[Item.Kind(kind)]), kind="percent") for at, kind in enumerate(groups)
    ]
    columns.append(Column(key="all", label=phrase(_("Overall")), kind="percent"))
    rows: list[list[CellValue]] = [
        [
            topic,
            *(score_cell(bench.mean(system, set(among) & set(part))) for part in groups.values()),
            score_cell(bench.mean(system, among)),
        ]
        for topic, among in bench.topics.items()
    ]  # fmt: skip
    return Table(key=f"each-{n}", caption=bench.name(system), columns=columns, rows=rows)


def languages(bench: Bench) -> Iterator[Section]:
    """Yield the systems by language, where there is more than one."""
    yield from parted(
        bench, "languages", _("By language"), _("Score by language"), lambda case: case.language, names=LANGUAGES
    )


def sections(bench: Bench) -> Iterator[Section]:
    """Yield the systems by section of the exam, where the benchmark names a column of them."""
    yield from parted(bench, "sections", _("By section"), _("Score by section"), lambda case: case.section, least=1)


def parted(
    bench: Bench,
    key: str,
    title: str,
    caption: str,
    of: Callable[[Case], str],
    *,
    least: int = 2,
    names: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Section]:
    """Yield one table of the systems by some property of the items."""
    found = {name: among for name, among in bench.by(of).items() if bench.has_scores(among)}
    if len(found) < least:
        return
    counts = [len(among) for among in found.values()]
    grid = [(phrase(names[str(name)]) if name in names else name, figures) for name, figures in grid_of(bench, found)]
    table = system_table(bench, key, phrase(caption), grid, counts=counts)
    yield Section(key=key, title=phrase(title), blocks=[table])


def unread(bench: Bench) -> Iterator[Section]:
    """Yield why answers could not be read, by system."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for one in bench.taken.marked:
        if one.unread:
            found[one.system][one.unread] += 1
    if not bench.taken.marked:
        return
    reasons = [reason for reason in UNREAD if any(counts[reason] for counts in found.values())]
    answered = Counter(one.system for one in bench.taken.marked)
    figures = unread_figures(bench)
    columns = [
        Column(key="system", label=phrase(_("System"))),
        Column(key="n", label=phrase(_("Answers")), kind="int"),
        Column(key="share", label=phrase(_("Unread")), kind="percent"),
        *(Column(key=f"r{n}", label=phrase(UNREAD[reason]), kind="int") for n, reason in enumerate(reasons)),
    ]
    rows: list[list[CellValue]] = [
        [
            bench.name(system), answered[system], score_cell(figures[system]),
            *(found[system][reason] for reason in reasons),
        ]
        for system in bench.systems
        if answered[system]
    ]  # fmt: skip
    table = Table(key="unread", caption=phrase(_("Answers that could not be read")), columns=columns, rows=rows)
    intro = phrase(
        _("An answer is read only where all of it is the answer. Nothing is guessed: what could not be read counts "
          "as wrong, and stands here.")
    )  # fmt: skip
    yield Section(key="unread", title=phrase(_("What could not be read")), intro=intro, blocks=[table])
