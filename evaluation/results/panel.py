"""What judges said, as plain rows, with what they were asked and what could not be read. A few queries a report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Coalesce, Length

from evaluation.judging.asked import Mode
from evaluation.models import (
    JudgePlan,
    JudgeTaskMember,
    Jury,
    Run,
    RunItem,
    RunSystem,
    SystemVersion,
    Verdict,
    VerdictValue,
)
from evaluation.results import people
from evaluation.results.people import People
from evaluation.services import verdicts

RANKED = "rank"


@dataclass(frozen=True)
class Criterion:
    """What responses are scored on, with the scale's points."""

    key: str
    name: str
    points: tuple[int, ...]


@dataclass(frozen=True)
class Shown:
    """One response that a judge saw: to which item, whose, which round of its system, how long."""

    item: int
    external: str
    version: int
    round: int
    length: int


@dataclass(frozen=True)
class Scored:
    """A judge's score of a response on a criterion, in one of the judge's rounds."""

    judge: int
    run: int
    round: int
    response: int
    criterion: str
    value: int


@dataclass(frozen=True)
class Ranked:
    """The place a judge gave a response, 1 is best, among `of` that it was shown in their slots."""

    judge: int
    verdict: int
    response: int
    slot: int
    rank: int
    of: int


@dataclass(frozen=True)
class Chosen:
    """Which of two a judge preferred on a criterion: 1 the first it was shown, -1 the second, 0 neither."""

    judge: int
    run: int
    round: int
    first: int
    second: int
    criterion: str
    value: int


@dataclass
class Tally:
    """What became of a judge's calls."""

    asked: int = 0
    waiting: int = 0
    failed: int = 0
    read: int = 0
    second: int = 0
    anew: int = 0
    unread: Counter[str] = field(default_factory=Counter)


@dataclass
class Panel:
    """Everything a judges' report begins with."""

    jury: Jury
    judges: dict[int, str]
    # What readers may call the systems that were judged, in their order.
    names: dict[int, str]
    versions: dict[int, SystemVersion]
    plans: list[JudgePlan]
    criteria: dict[str, Criterion]
    responses: dict[int, Shown]
    tallies: dict[int, Tally]
    people: list[People]
    # Whether systems stand under a study's codes, because its key is closed.
    coded: bool
    # judge -> what it is a version of, for the preference for its own texts
    models: dict[int, str] = field(default_factory=dict)
    scores: list[Scored] = field(default_factory=list)
    ranks: list[Ranked] = field(default_factory=list)
    choices: list[Chosen] = field(default_factory=list)


def load(jury: Jury) -> Panel:
    """Read a jury's verdicts, and the judgements of people beside them."""
    runs = list(jury.runs.order_by("pk"))
    plans = list(JudgePlan.objects.filter(run__in=runs).select_related("rubric", "run").order_by("run"))
    versions = versions_of(plans)
    humans = [people.load(study) for study in people.closed(jury)]
    codes = people.sealed(jury)
    criteria, keyed = criteria_of(plans)
    judges, whose = judges_of(plans)
    members = dict(_members(runs))
    panel = Panel(
        jury, judges, names_of(versions, codes), versions, plans, criteria,
        {shown[0]: shown[1] for shown in members.values()}, tallies_of(runs, whose), humans, codes is not None,
    )  # fmt: skip
    panel.models = {pk: version.model_id for pk, version in SystemVersion.objects.in_bulk(list(panel.judges)).items()}
    _take(panel, keyed, whose, members)
    return panel


def judges_of(plans: list[JudgePlan]) -> tuple[dict[int, str], dict[int, int]]:
    """Return the judges by name, and whose each version's verdicts are.

    A prompt for another way of judging makes another version, and yet it is the same judge. Two versions that judged
    in one and the same way are two judges.
    """
    parts = RunSystem.objects.filter(run__judging__in=plans).select_related("system_version__system")
    modes = {plan.run_id: plan.mode for plan in plans}
    ways: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    versions: dict[int, SystemVersion] = {}
    for part in parts.order_by("system_version__system__name", "system_version"):
        version = versions[part.system_version_id] = part.system_version
        ways[version.system_id][modes[part.run_id]].add(version.pk)
    names: dict[int, str] = {}
    whose: dict[int, int] = {}
    for pk, version in versions.items():
        own = ways[version.system_id]
        apart = any(len(found) > 1 for found in own.values())
        whose[pk] = pk if apart else min(set.union(*own.values()))
        names[whose[pk]] = f"{version.system.name} v{version.number}" if apart else version.system.name
    return names, whose


def called(jury: Jury) -> dict[int, str]:
    """Return what readers may call the systems that a jury's runs judged."""
    plans = JudgePlan.objects.filter(run__juries=jury)
    return names_of(versions_of(list(plans)), people.sealed(jury))


def versions_of(plans: list[JudgePlan]) -> dict[int, SystemVersion]:
    """Return the system versions that were judged, by name."""
    chosen = JudgePlan.judged.through.objects.filter(judgeplan__in=plans).values("systemversion")
    rows = SystemVersion.objects.filter(pk__in=chosen).select_related("system")
    return {row.pk: row for row in rows.order_by("system__name", "number")}


def names_of(versions: Mapping[int, SystemVersion], codes: Mapping[int, str] | None) -> dict[int, str]:
    """Return what readers may call the systems: their codes where the key of a study is closed."""
    if codes is None:
        often = Counter(version.system_id for version in versions.values())
        return {
            pk: row.system.name if often[row.system_id] == 1 else f"{row.system.name} v{row.number}"
            for pk, row in versions.items()
        }
    # Who is not in that study has no code there: a letter tells them apart, in an order that follows no name.
    named = {version: code for version, code in codes.items() if version in versions}
    named |= {pk: f"System {chr(ord('A') + n)}" for n, pk in enumerate(sorted(set(versions) - set(named)))}
    return dict(sorted(named.items(), key=lambda row: (len(row[1]), row[1])))


def criteria_of(plans: list[JudgePlan]) -> tuple[dict[str, Criterion], dict[tuple[int, str], str]]:
    """Return all criteria, and which one a run's key means: the same key on another scale is another criterion."""
    found: dict[str, Criterion] = {}
    keyed: dict[tuple[int, str], str] = {}
    for plan in plans:
        for row in plan.rubric.criteria:
            points = tuple(int(point["value"]) for point in row.get("points") or ())
            key = row["key"]
            if key in found and found[key].points != points:
                key = f"{key}-{plan.rubric_id}"
            found.setdefault(key, Criterion(key, str(row["name"]), points))
            keyed[plan.run_id, row["key"]] = key
    return found, keyed


def tallies_of(runs: list[Run], whose: Mapping[int, int]) -> dict[int, Tally]:
    """Return what became of each judge's calls."""
    found: dict[int, Tally] = defaultdict(Tally)
    states = RunItem.objects.filter(run__in=runs).values_list("system_version", "state")
    for judge, state, n in states.annotate(n=Count("pk")).order_by():
        one = found[whose[judge]]
        one.asked += n
        if state in (RunItem.State.FAILED, RunItem.State.QUARANTINED):
            one.failed += n
        elif state != RunItem.State.DONE:
            one.waiting += n
    said = Verdict.objects.filter(row__run__in=runs).values_list("row__system_version", "reason", "asked")
    for judge, reason, asked, n in said.annotate(n=Count("pk")).order_by():
        one = found[whose[judge]]
        if reason:
            one.unread[reason] += n
        else:
            one.read += n
            one.second += n if asked > 1 else 0
    for judge, n in verdicts.asked_anew(runs).items():
        found[whose[judge]].anew += n
    return dict(found)


def _members(runs: list[Run]) -> Iterator[tuple[int, tuple[int, Shown, int, int]]]:
    """Yield (member, (response, about it, task, slot))."""
    rows = JudgeTaskMember.objects.filter(task__run__in=runs).annotate(
        chars=Coalesce(Length("wording__text"), Length("response__text"))
    )
    columns = (
        "pk", "response_id", "response__revision_id", "response__revision__item__external_id",
        "response__system_version_id", "response__round", "chars", "task_id", "slot",
    )  # fmt: skip
    row: Any
    for row in rows.order_by("task", "slot").values_list(*columns).iterator():
        pk, response, *about, task, slot = row
        yield pk, (response, Shown(*about), task, slot)


def _take(
    panel: Panel,
    keyed: Mapping[tuple[int, str], str],
    whose: Mapping[int, int],
    members: Mapping[int, tuple[int, Shown, int, int]],
) -> None:
    """Read what verdicts say into the panel's rows."""
    modes = {plan.run_id: plan.mode for plan in panel.plans}
    by_task: dict[int, list[int]] = defaultdict(list)
    for response, _shown, task, _slot in members.values():
        by_task[task].append(response)
    columns = (
        "verdict_id", "verdict__row__system_version_id", "verdict__row__run_id", "verdict__row__round",
        "verdict__task_id", "member_id", "criterion", "value",
    )  # fmt: skip
    rows = VerdictValue.objects.filter(Q(verdict__row__run__in=list(modes))).order_by("pk")
    row: Any
    for row in rows.values_list(*columns).iterator(chunk_size=5000):
        verdict, version, run, turn, task, member, criterion, value = row
        judge = whose[version]
        if modes[run] == Mode.PAIRS:
            first, second = by_task[task]
            panel.choices.append(Chosen(judge, run, turn, first, second, keyed[run, criterion], value))
        elif modes[run] == Mode.LISTS:
            response, _shown, _task, slot = members[member]
            panel.ranks.append(Ranked(judge, verdict, response, slot, value, len(by_task[task])))
        else:
            panel.scores.append(Scored(judge, run, turn, members[member][0], keyed[run, criterion], value))
