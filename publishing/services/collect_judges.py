"""What models said as judges, as rows: each value of each verdict, and each answer that could not be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from django.db.models import Count

from evaluation.judging.asked import Mode
from evaluation.models import JudgePlan, JudgeTaskMember, RunItem, Verdict, VerdictValue
from publishing.services import criteria
from publishing.services.codes import Key
from publishing.services.rows import Meant, Rows
from stats.paper import material as paper

Members = Mapping[int, Sequence[tuple[int, int, str]]]


def add(rows: Rows, plan: JudgePlan, key_of: Callable[[int, int], Key]) -> None:
    """Add a run of judges with its verdicts; `key_of` says what a version of a system is in this report."""
    run = plan.run
    key = rows.key("judging")
    about = paper.Study(
        key=key, kind="judging", way=plan.mode, rubric=criteria.add(rows, plan.rubric), seed=run.seed,
        rounds=run.rounds, units=run.tasks.count(),
    )  # fmt: skip
    rows.begin(about, run.name)
    counts = dict(RunItem.objects.filter(run=run).values_list("state").annotate(n=Count("pk")).order_by())
    rows.missing.append(paper.Missing(key, "calls", sum(counts.values()), counts.get(RunItem.State.DONE, 0)))
    _judges(rows, plan, key_of)
    members = _members(rows, plan, key_of)
    _verdicts(rows, plan, key, members)


def _judges(rows: Rows, plan: JudgePlan, key_of: Callable[[int, int], Key]) -> None:
    """Give codes to the judges; a system with a judge's own model is its own."""
    judged = list(plan.judged.values_list("pk", "system_id", "model_id"))
    parts = plan.run.parts.order_by("pk").values_list(
        "system_version_id", "system_version__model_id", "system_version__system__name", "system_version__number"
    )
    for version, model, name, number in parts:
        code = rows.codes.judges.setdefault(version, f"J{len(rows.codes.judges) + 1}")
        taken = {other for known, other in rows.codes.judge_names.items() if known != code}
        rows.codes.judge_names[code] = f"{name} v{number}" if name in taken else name
        own = {rows.codes.systems[key_of(pk, system)] for pk, system, its in judged if model and its == model}
        have = rows.judges.get(code)
        rows.judges[code] = paper.Judge(code, "|".join(sorted(own | (have.owns if have else set()))))


def _members(rows: Rows, plan: JudgePlan, key_of: Callable[[int, int], Key]) -> Members:
    """Return by task what was shown: (member, slot, handle)."""
    found: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    shown = JudgeTaskMember.objects.filter(task__run=plan.run).order_by("task", "slot")
    for task, member, slot, response, version, system, item, round_ in shown.values_list(
        "task_id", "pk", "slot", "response_id", "response__system_version_id", "response__system_version__system_id",
        "response__revision__item_id", "response__round",
    ):  # fmt: skip
        handle = rows.codes.response("response", response)
        rows.meant.setdefault(handle, Meant(rows.codes.item(item), key_of(version, system), round_))
        found[task].append((member, slot, handle))
    return found


def _verdicts(rows: Rows, plan: JudgePlan, key: str, members: Members) -> None:
    values: dict[int, list[tuple[int | None, str, int]]] = defaultdict(list)
    said = VerdictValue.objects.filter(verdict__row__run=plan.run).order_by("verdict", "pk")
    for verdict, member, criterion, value in said.values_list("verdict_id", "member_id", "criterion", "value"):
        values[verdict].append((member, criterion, value))
    given = Verdict.objects.filter(row__run=plan.run).order_by("pk")
    columns = ("pk", "task_id", "row__system_version_id", "row__round", "row__revision__item_id", "reason", "asked")
    for pk, task, judge, round_, item, reason, asked in given.values_list(*columns):
        base = {
            "study": key, "judge": rows.codes.judges[judge], "task": f"{key}.{task}", "item": rows.codes.item(item),
            "round": round_, "asked": asked,
        }  # fmt: skip
        shown = members[task]
        if reason:
            rows.verdicts.append(paper.Verdict(**base, response=shown[0][2], failed=reason))
        elif plan.mode == Mode.PAIRS:
            first, second = shown[0][2], shown[1][2]
            rows.verdicts += [
                paper.Verdict(**base, response=first, other=second, criterion=criterion, value=float(value), place=1)
                for _member, criterion, value in values[pk]
            ]
        else:
            places = {member: (slot, handle) for member, slot, handle in shown}
            rows.verdicts += [
                paper.Verdict(
                    **base, response=places[member][1], criterion=criterion, value=float(value), place=places[member][0]
                )
                for member, criterion, value in values[pk]
                if member is not None
            ]
