"""From a project's studies, judges and benchmarks to the long tables a study report is computed from.

The number of queries depends on the number of sources, never on the number of answers. Nothing by system is taken from
a study that has not closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from evaluation.models import Benchmark, JudgePlan, StudySystem, System, SystemVersion
from evaluation.services import benchmarks as benchmark_service
from evaluation.services import blinding
from projects.models import Item, Rater, Study
from publishing.models import StudyReport
from publishing.services import collect_benchmarks, collect_judges, collect_people, collect_responses, design
from publishing.services.codes import CODED, DATASET, SYSTEM, VERSION, Codes, Key, Keyed, Subject
from publishing.services.naming import Names
from publishing.services.rows import Rows
from stats.paper import material as paper

Tell = Callable[[int, int], None]
BATCH = 2000


def collect(report: StudyReport, tell: Tell = lambda done, total: None) -> Keyed:
    """Return the rows of everything chosen, under codes drawn by the report's seed, and the key to them."""
    studies = list(report.studies.select_related("project", "version", "dataset", "blind__rubric").order_by("pk"))
    plans = list(report.judges.select_related("run", "rubric").order_by("pk"))
    benches = list(report.benchmarks.select_related("project").order_by("pk"))
    found = Systems(studies, plans, benches)
    codes = Codes(report.made_key)
    codes.draw(found.subjects(), _raters(studies))
    codes.before = found.before()
    rows = Rows(codes)
    steps: list[Callable[[], None]] = [
        *(partial(collect_people.add, rows, study, found.of_study(study)) for study in studies),
        *(partial(collect_judges.add, rows, plan, found.key_of) for plan in plans),
        *(partial(collect_benchmarks.add, rows, bench) for bench in benches),
        partial(collect_responses.add, rows),
    ]
    for step, work in enumerate(steps):
        tell(step, len(steps))
        work()
    keyed = _keyed(rows)
    return replace(keyed, design=_design(report, rows, found, [*studies, *plans]), handles=codes.handles())


def _design(report: StudyReport, rows: Rows, found: Systems, sources: Sequence[Study | JudgePlan]) -> dict[str, str]:
    """Return the files that say how everything was set up."""
    by_key = dict(zip([one.key for one in rows.studies], sources, strict=False))
    judges = SystemVersion.objects.filter(pk__in=rows.codes.judges).select_related("prompt").order_by("pk")
    subjects = design.Subjects(
        {rows.codes.systems[key]: versions for key, versions in found.versions().items()},
        {rows.codes.judges[one.pk]: one for one in judges},
    )
    return design.describe(
        Names.of(report.project),
        {key: one for key, one in by_key.items() if isinstance(one, Study)},
        {key: one for key, one in by_key.items() if isinstance(one, JudgePlan)},
        subjects,
    )


class Systems:
    """What is judged, by whatever row it stands behind; versions of one system stand apart where several take part."""

    def __init__(self, studies: Sequence[Study], plans: Sequence[JudgePlan], benches: Sequence[Benchmark]) -> None:
        """Load the systems of everything chosen; of studies only of those that have closed."""
        self.benches = benches
        closed = [study for study in studies if study.state == Study.State.CLOSED]
        rows = StudySystem.objects.filter(study__in=closed).select_related(
            "system_version__system", "system_version__prompt", "dataset"
        )
        self.opened = {study.pk for study in closed if blinding.is_open(study)}
        self.rows: Mapping[int, list[StudySystem]] = defaultdict(list)
        for row in rows.order_by("pk"):
            self.rows[row.study_id].append(row)
        judged = JudgePlan.judged.through.objects.filter(judgeplan__in=plans).values("systemversion")
        self.judged = list(
            SystemVersion.objects.filter(pk__in=judged).select_related("system", "prompt").order_by("pk")
        )
        self.tested = list(System.objects.filter(benchmarks__in=benches).distinct().order_by("pk"))
        self.several = self._several()

    def versions(self) -> dict[Key, list[SystemVersion]]:
        """Return the versions behind each system that stands under its name, the oldest first."""
        named = [row.system_version for pk in self.opened for row in self.rows[pk] if row.system_version]
        tested = SystemVersion.objects.filter(pk__in=[one.version_id for one in self.tested if one.version_id])
        every = {one.pk: one for one in [*named, *self.judged, *tested.select_related("prompt", "system")]}
        found: dict[Key, list[SystemVersion]] = defaultdict(list)
        for pk in sorted(every):
            found[self.key_of(pk, every[pk].system_id)].append(every[pk])
        return {key: found[key] for key in sorted(found)}

    def _several(self) -> set[int]:
        found: dict[int, set[int]] = defaultdict(set)
        named = [row.system_version for pk in self.opened for row in self.rows[pk] if row.system_version]
        for version in [*named, *self.judged]:
            found[version.system_id].add(version.pk)
        return {pk for pk, versions in found.items() if len(versions) > 1}

    def key_of(self, version: int, system: int) -> Key:
        """Return what a version of a system is in the report."""
        return (VERSION, version) if system in self.several else (SYSTEM, system)

    def of_study(self, study: Study) -> dict[int, Key]:
        """Return what each of a study's own systems is: itself once the key is open, else only its code."""
        return {row.pk: self._key(study.pk, row) for row in self.rows[study.pk]}

    def _key(self, study: int, row: StudySystem) -> Key:
        if study not in self.opened:
            return CODED, row.pk
        if row.system_version is not None:
            return self.key_of(row.system_version.pk, row.system_version.system_id)
        return DATASET, row.dataset_id or 0

    def subjects(self) -> Iterator[Subject]:
        """Yield everything that is judged, some of it more than once."""
        for pk, rows in list(self.rows.items()):
            for row in rows:
                key = self._key(pk, row)
                if key[0] == CODED:
                    yield Subject(key, row.code)
                elif row.system_version is not None:
                    yield self._subject(row.system_version)
                else:
                    yield Subject(key, row.real_name)
        for version in self.judged:
            yield self._subject(version)
        for system in self.tested:
            yield Subject((SYSTEM, system.pk), system.name, system.group, system.role)

    def _subject(self, version: SystemVersion) -> Subject:
        key, system = self.key_of(version.pk, version.system_id), version.system
        name = f"{system.name} v{version.number}" if key[0] == VERSION else system.name
        return Subject(key, name, system.group, system.role)

    def before(self) -> dict[Key, Key]:
        """Return which system was made from which, where a benchmark says so; families say it by their roles."""
        found: dict[Key, Key] = {}
        for bench in self.benches:
            for before, after in benchmark_service.setting(bench, "pairs"):
                found[SYSTEM, int(after)] = (SYSTEM, int(before))
        return found


def _raters(studies: Sequence[Study]) -> list[str]:
    closed = [study for study in studies if study.state == Study.State.CLOSED]
    return list(Rater.objects.filter(assignments__study__in=closed).values_list("code", flat=True).distinct())


def _items(rows: Rows) -> None:
    """Add the items that no benchmark has brought along."""
    wanted = [key for key in rows.codes.items if key not in rows.items]
    numbers = [key for key in wanted if isinstance(key, int)]
    for start in range(0, len(numbers), BATCH):
        found = Item.objects.filter(pk__in=numbers[start : start + BATCH])
        columns = ("pk", "kind", "current__topic", "current__subtopic", "current__language")
        for pk, kind, *words in found.values_list(*columns):
            shown = "qa" if kind == Item.Kind.QUESTION else str(kind)
            topic, subtopic, language = (word or "" for word in words)
            rows.items[pk] = paper.Item(rows.codes.item(pk), topic, subtopic, language, shown)
    for key in wanted:
        # A pair of two data sets is about no item of its own.
        rows.items.setdefault(key, paper.Item(rows.codes.item(key), kind="dialogue"))


def _keyed(rows: Rows) -> Keyed:
    _items(rows)
    codes = rows.codes
    order = {code: n for n, code in enumerate(codes.items.values())}
    material = paper.Material(
        studies=rows.studies,
        criteria=list(rows.criteria.values()),
        systems=codes.rows(),
        judges=list(rows.judges.values()),
        items=sorted(rows.items.values(), key=lambda item: order[item.id]),
        responses=rows.responses,
        judgements=rows.judgements,
        verdicts=rows.verdicts,
        answers=rows.answers,
        missing=rows.missing,
    )
    return Keyed(
        material=material,
        systems={codes.systems[key]: one.name for key, one in codes.subjects.items()},
        groups={code: name for name, code in codes.groups.items()},
        judges=codes.judge_names,
        blocks={code: name for name, code in codes.blocks.items()},
        raters={code: rater for rater, code in codes.raters.items()},
        items=dict(_external(codes)),
        studies=rows.titles,
    )


def _external(codes: Codes) -> Iterator[tuple[str, str]]:
    """Yield the codes of items with the ids they have in their data sets."""
    numbers = [key for key in codes.items if isinstance(key, int)]
    for start in range(0, len(numbers), BATCH):
        for pk, name in Item.objects.filter(pk__in=numbers[start : start + BATCH]).values_list("pk", "external_id"):
            yield codes.items[pk], name
