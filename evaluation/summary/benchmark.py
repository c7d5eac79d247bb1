"""The report of a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from evaluation.models import BenchmarkReport
from evaluation.results import marked
from evaluation.services import benchmarks
from evaluation.summary import benchmark_pairs, benchmark_scores, benchmark_texts
from evaluation.summary.benchmark_frame import Bench
from reports import ink, numbers
from reports.summary import Parameter, Section, Summary, Words, phrase
from stats.result import VERSION

Chapter = Callable[[Bench], Iterator[Section]]
CHAPTERS: tuple[Chapter, ...] = (
    benchmark_scores.overall,
    benchmark_scores.topics,
    benchmark_scores.kinds,
    benchmark_scores.languages,
    benchmark_scores.sections,
    benchmark_pairs.before_after,
    benchmark_pairs.mcnemar,
    benchmark_scores.unread,
)


def summarise(report: BenchmarkReport, tell: Callable[[int, int], None]) -> Summary:
    """Compute a benchmark's results, a chapter a step."""
    benchmark = report.benchmark
    bench = Bench(marked.load(benchmark), report.seed)
    steps = len(CHAPTERS) + 1
    sections: list[Section] = []
    for step, chapter in enumerate(CHAPTERS):
        tell(step, steps)
        sections += chapter(bench)
    sections += benchmark_texts.texts(bench, lambda: tell(steps - 1, steps))
    return Summary(
        key=f"benchmark-{benchmark.pk}",
        title=benchmark.name,
        subtitle=subtitle(bench),
        headline=headline(bench),
        sections=sections,
        warnings=list(warnings(bench)),
        methods=list(methods(bench)),
        parameters=parameters(bench, report),
        limits=list(limits(bench)),
        generated_at=timezone.now(),
    )


def subtitle(bench: Bench) -> Words:
    """Return what the report is about, in a line."""
    return phrase(
        _("%(items)s items, %(systems)s systems, %(answers)s responses"),
        items=numbers.integer(len(bench.taken.cases)),
        systems=len(bench.systems),
        answers=numbers.integer(sum(bench.taken.rounds.values())),
    )


def headline(bench: Bench) -> Words:
    """Return the finding in one sentence, with its interval."""
    means = {system: bench.mean(system) for system in bench.systems}
    defined = {system: figure for system, figure in means.items() if figure.value is not None}
    if not defined:
        return phrase(_("No response has a score yet, so nothing can be said about how good the systems are."))
    most = max(figure.n_items or 0 for figure in defined.values())
    # Who answered fewer items did not take the same test.
    defined = {system: figure for system, figure in defined.items() if figure.n_items == most}
    first = max(defined, key=lambda system: defined[system].value or 0.0)
    said = {"system": bench.name(first), "value": ink.said(defined[first], percent=True)}
    n = numbers.integer(defined[first].n_items or 0)
    if len(defined) == 1:
        return phrase(_("%(system)s scores %(value)s over %(n)s items."), n=n, **said)
    return phrase(_("%(system)s has the highest overall score, %(value)s over %(n)s items."), n=n, **said)


def warnings(bench: Bench) -> Iterator[Words]:
    """Yield what makes figures of different systems hard to compare."""
    counts = {int(bench.scores.of(system).size) for system in bench.systems} - {0}
    if len(counts) > 1:
        yield phrase(
            _("Not every system has a score for the same items, so their figures do not stand on the same ground. "
              "Differences and tests use the items that both systems have.")
        )  # fmt: skip


def methods(bench: Bench) -> Iterator[Words]:
    """Yield how the figures were computed."""
    yield phrase(
        _("Answers to true/false and choice items were read strictly: an output counts only where all of it is an "
          "answer, in any of the label's names; everything else is wrong and counted apart. Where several options "
          "are right, exactly these had to be chosen; the elastic score gives part credit unless a wrong one is "
          "among them.")
    )  # fmt: skip
    if bench.taken.scored:
        yield phrase(_("Scores of open answers were mapped to a share of their scale, after averaging over raters."))
    yield phrase(
        _("Overall is the mean over items; the spread beside it is the population standard deviation of the topics' "
          "scores. Rounds were averaged within items.")
    )  # fmt: skip
    yield phrase(
        _("Shares of right answers have Wilson intervals, other means %(level)s %% percentile bootstrap intervals "
          "over items (%(replicates)s replicates, seed %(seed)s); differences of paired shares follow Bonett and "
          "Price."),
        level=95, replicates=bench.replicates, seed=bench.seed,
    )  # fmt: skip


def parameters(bench: Bench, report: BenchmarkReport) -> list[Parameter]:
    """Return everything somebody needs to compute the same again."""
    benchmark = report.benchmark
    sets = ", ".join(benchmark.datasets.order_by("name").values_list("name", flat=True))
    used = "; ".join(f"{bench.name(pk)} {versions_of(bench, pk)}" for pk in bench.systems)
    source = benchmarks.setting(benchmark, "scores")
    rows: list[tuple[str, Words | int | float | None]] = [
        (_("Data sets"), sets),
        (_("Systems, versions"), used),
        (_("Scores of open answers"), source_words(source)),
        (_("Rounds"), max(bench.taken.rounds, default=0)),
        (_("Seed of the bootstrap"), bench.seed),
        (_("Replicates"), bench.replicates),
        (_("Version of the computations"), VERSION),
        *((name, number) for name, number in report.versions.items()),
        (_("Fingerprint of the inputs"), report.inputs_hash),
    ]
    return [Parameter(label=phrase(label), value=value) for label, value in rows]


def versions_of(bench: Bench, system: int) -> str:
    """Return which versions of a system answered, and how often: "v1 (80), v2 (200)"."""
    return ", ".join(f"v{number} ({n})" for number, n in sorted(bench.taken.versions[system].items()))


def source_words(source: list[object]) -> Words:
    """Return where scores come from."""
    if not source:
        return phrase(_("none"))
    kind, whose, criterion = (str(part) for part in source)
    if kind == benchmarks.STUDY:
        return phrase(_("study %(pk)s, %(criterion)s"), pk=whose, criterion=criterion)
    return f"{whose}, {criterion}"


def limits(bench: Bench) -> Iterator[Words]:
    """Yield what is missing or left out."""
    taken = bench.taken
    if taken.without_answer:
        yield phrase(_("%(n)s labelled items have no right answer and are left out."), n=taken.without_answer)
    if taken.outdated:
        yield phrase(_("%(n)s responses are to an earlier wording of their item and left out."), n=taken.outdated)
    for system in taken.systems:
        missing = len(taken.cases) - len(taken.answered[system])
        if missing:
            yield phrase(
                _("%(system)s has no response to %(n)s of %(all)s items; they do not count for it."),
                system=bench.name(system), n=missing, all=len(taken.cases),
            )  # fmt: skip
    unscored = len(bench.open.keys() - bench.scored)
    if unscored:
        yield phrase(_("%(n)s open questions have no score and count for nothing but the texts."), n=unscored)
