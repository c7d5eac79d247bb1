"""What systems answered, as plain rows: read, compared with what is right, scored. A few queries a benchmark."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F

from evaluation import answers
from evaluation.answers import Choice
from evaluation.models import Benchmark, Response, ResponseScore, Score, System, UnitResponse
from evaluation.results import judged
from evaluation.services import benchmarks
from projects.models import Dataset, Item, Study
from stats.benchmark import elastic_match, exact_match, to_unit

LABELLED = (Item.Kind.TRUE_FALSE, Item.Kind.SINGLE_CHOICE, Item.Kind.MULTIPLE_CHOICE)
ROLES = ("base", "synthetic", "interview", "both", "baseline", "other")


@dataclass(frozen=True)
class Case:
    """One item as a benchmark needs it."""

    pk: int
    external_id: str
    kind: str
    topic: str
    subtopic: str
    language: str
    section: str
    reference: str
    right: tuple[str, ...]
    choices: tuple[Choice, ...]

    @property
    def labelled(self) -> bool:
        """Whether a right answer is chosen, not written."""
        return self.kind in LABELLED


@dataclass(frozen=True)
class Marked:
    """One response to a labelled item: how right it is, and why it could not be read, if so."""

    item: int
    system: int
    exact: float
    elastic: float
    unread: str = ""


@dataclass(frozen=True)
class Said:
    """One response in a system's newest version that answered the item."""

    pk: int
    item: int
    system: int
    version: int
    round: int
    text: str
    finish: str


@dataclass
class Taken:
    """Everything a benchmark's report begins with."""

    benchmark: Benchmark
    systems: dict[int, System]
    cases: dict[int, Case]
    marked: list[Marked] = field(default_factory=list)
    # (item, system, score in [0, 1]), one a round
    scored: list[tuple[int, int, float]] = field(default_factory=list)
    # system -> item -> text of the first round
    texts: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    # system -> version -> responses
    versions: dict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    answered: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    rounds: dict[int, int] = field(default_factory=Counter)
    without_answer: int = 0
    outdated: int = 0

    def name(self, system: int) -> str:
        """What readers call a system."""
        return self.systems[system].name


def load(benchmark: Benchmark) -> Taken:
    """Read a benchmark's items, what its systems said to them, and the scores of open answers."""
    chosen = sorted(benchmark.systems.all(), key=_order)
    taken = Taken(benchmark, {system.pk: system for system in chosen}, {})
    for dataset in benchmark.datasets.order_by("name", "pk"):
        taken.cases |= {case.pk: case for case in _cases(dataset, benchmarks.setting(benchmark, "section"))}
    _leave_out_unanswered(taken)
    kept: dict[int, Said] = {}
    for said in newest(_responses(benchmark)):
        if said.item in taken.cases:
            _take(taken, said, kept)
    taken.scored = list(_scores(benchmark, kept))
    taken.outdated = _outdated(benchmark)
    return taken


def _order(system: System) -> tuple[Any, ...]:
    """Families together, the base model first; who belongs to none comes last."""
    return (not system.group, system.group, ROLES.index(system.role), system.name, system.pk)


def _cases(dataset: Dataset, section: str) -> Iterator[Case]:
    rows = Item.objects.visible().kept().filter(dataset=dataset, current__isnull=False)
    rows = rows.exclude(kind=Item.Kind.DIALOGUE).order_by("position", "pk")
    labels = answers.choices(dataset.labels)
    columns = (
        "pk", "external_id", "kind", "final", "current__topic", "current__subtopic", "current__language",
        "current__reference", "current__options", "current__metadata",
    )  # fmt: skip
    row: Any
    for row in rows.values_list(*columns).iterator():
        pk, external, kind, final, topic, subtopic, language, reference, options, metadata = row
        offered = labels if kind == Item.Kind.TRUE_FALSE else answers.choices(options)
        where = str((metadata or {}).get(section, "")) if section else ""
        given = (topic or "", subtopic or "", language or "", where, reference or "")
        labelled = kind in LABELLED
        yield Case(pk, external, kind, *given, tuple(final or ()) if labelled else (), offered if labelled else ())


def _leave_out_unanswered(taken: Taken) -> None:
    """Labelled items without a right answer test nothing."""
    without = [pk for pk, case in taken.cases.items() if case.labelled and not case.right]
    for pk in without:
        del taken.cases[pk]
    taken.without_answer = len(without)


def _of(benchmark: Benchmark) -> Any:
    return Response.objects.visible().filter(
        system_version__system__in=benchmark.systems.all(), revision__item__dataset__in=benchmark.datasets.all()
    )


def _responses(benchmark: Benchmark) -> Iterator[Said]:
    rows = _of(benchmark).filter(revision=F("revision__item__current"))
    rows = rows.order_by("system_version__system", "revision__item", "-system_version__number", "round")
    columns = (
        "pk", "revision__item", "system_version__system", "system_version__number", "round", "text", "finish_reason",
    )  # fmt: skip
    for row in rows.values_list(*columns).iterator():
        yield Said(*row)


def newest(rows: Iterable[Said]) -> Iterator[Said]:
    """Keep, of each system and item, the responses of the newest version that answered. Rows come newest first."""
    at: tuple[int, int] | None = None
    version = 0
    for row in rows:
        if (row.system, row.item) != at:
            at, version = (row.system, row.item), row.version
        if row.version == version:
            yield row


def _take(taken: Taken, said: Said, kept: dict[int, Said]) -> None:
    case = taken.cases[said.item]
    taken.versions[said.system][said.version] += 1
    taken.answered[said.system].add(said.item)
    taken.rounds[said.round] += 1
    if case.labelled:
        taken.marked.append(mark(case, said))
        return
    kept[said.pk] = said
    if said.round == 1 or said.item not in taken.texts[said.system]:
        taken.texts[said.system][said.item] = said.text


def mark(case: Case, said: Said) -> Marked:
    """Read one answer and compare it with what is right. What cannot be read counts as wrong."""
    several = case.kind == Item.Kind.MULTIPLE_CHOICE
    reading = answers.read(said.text, case.choices, several=several, finish=said.finish)
    right, given = case.right, reading.values
    exact, elastic = exact_match(right, given), elastic_match(right, given)
    return Marked(case.pk, said.system, exact, elastic, str(reading.reason or ""))


def _outdated(benchmark: Benchmark) -> int:
    """Return how many responses are to an earlier wording of their item."""
    found: int = _of(benchmark).exclude(revision=F("revision__item__current")).count()
    return found


# --- scores of open answers


def _scores(benchmark: Benchmark, kept: Mapping[int, Said]) -> Iterator[tuple[int, int, float]]:
    """Yield (item, system, score) of the responses that somebody scored, each response's mean over its raters."""
    source: Sequence[Any] = benchmarks.setting(benchmark, "scores")
    if not source:
        return
    kind, whose, criterion = source
    found = _study_scores(whose, criterion) if kind == benchmarks.STUDY else _given_scores(whose, criterion)
    by_response: dict[int, list[float]] = defaultdict(list)
    for response, value in found:
        if response in kept:
            by_response[response].append(value)
    for response, values in by_response.items():
        yield kept[response].item, kept[response].system, sum(values) / len(values)


def _given_scores(scorer: str, criterion: str) -> Iterator[tuple[int, float]]:
    rows = ResponseScore.objects.filter(scorer=scorer, criterion=criterion).exclude(source_import__published=False)
    for response, value, low, high in rows.values_list("response_id", "value", "low", "high"):
        yield response, to_unit(value, low, high)


def _study_scores(study_id: int, criterion: str) -> Iterator[tuple[int, float]]:
    """Yield the counted scores of a closed study whose key is open: until then nobody sees results by system."""
    rows = Study.objects.filter(pk=study_id, state=Study.State.CLOSED, unblinding__isnull=False)
    study = rows.select_related("project", "version", "blind__rubric").first()
    if study is None or study.blind.rubric is None:
        return
    points = [point["value"] for point in study.blind.rubric.criterion(criterion)["points"]]
    responses = dict(UnitResponse.objects.filter(unit__study=study).values_list("pk", "response_id"))
    counted = judged.load(study).counted
    given = Score.objects.filter(submission__assignment__study=study, criterion=criterion)
    for submission, member, value in given.values_list("submission_id", "member_id", "value"):
        response = responses[member]
        if submission in counted and response is not None:
            yield response, to_unit(value, min(points), max(points))
