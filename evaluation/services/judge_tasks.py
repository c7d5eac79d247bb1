"""What judges are shown: responses to an item, in which orders, as raters would see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from evaluation.judging import telling
from evaluation.judging.asked import Mode, Question, question
from evaluation.judging.reading import read
from evaluation.models import (
    Attempt,
    JudgePlan,
    JudgeTask,
    JudgeTaskMember,
    PromptVersion,
    Response,
    Run,
    RunItem,
    UnitResponse,
)
from evaluation.order import latin_order
from evaluation.prompting.render import Message, Prompt
from evaluation.services import selection
from projects.models import ItemRevision, Study

# A response in its place: the member's key, the text, its own explanation.
Shown = tuple[int, str, str]
AT_WORK = (Study.State.OPEN, Study.State.PAUSED)


@dataclass(frozen=True)
class Sheet:
    """One task as a judge gets it: what is asked, and of which members, in their order."""

    question: Question
    criteria: tuple[Mapping[str, Any], ...]
    members: tuple[int, ...]
    shown: tuple[tuple[str, str], ...]

    def variables(self, language: str) -> dict[str, str]:
        """Return what a judge's prompt may name beside the item."""
        mode = self.question.mode
        return {
            "responses": telling.responses_text(self.shown, mode, language),
            "criteria": telling.criteria_text(self.criteria, mode, language),
            "form": telling.form_text(self.question, language),
        }


def load_sheets(ids: set[int]) -> Mapping[int, Sheet]:
    """Return the tasks with these keys, ready to be sent.

    In two queries of plain values: it is asked with every few calls, and what all tasks of a run share is made once.
    """
    rows = JudgeTaskMember.objects.filter(task__in=ids).order_by("task", "slot").values_list(
        "task_id", "task__run_id", "pk", "response__text", "response__explanation",
        "wording_id", "wording__text", "wording__explanation",
    )  # fmt: skip
    found: dict[tuple[int, int], list[Shown]] = defaultdict(list)
    for task, run, member, text, why, wording, now_text, now_why in rows:
        shown = (text, why) if wording is None else (now_text, now_why)
        found[run, task].append((member, *shown))
    plans = JudgePlan.objects.select_related("rubric").in_bulk({run for run, _task in found}, field_name="run_id")
    asked = {(run, len(shown)) for (run, _task), shown in found.items()}
    questions = {(run, n): question(plans[run].mode, plans[run].rubric.criteria, n) for run, n in asked}
    return {task: _sheet(plans[run], questions[run, len(shown)], shown) for (run, task), shown in found.items()}


def draft_sheet(plan: JudgePlan, responses: Sequence[Response]) -> Sheet:
    """Return what a task of these responses would look like."""
    members = [JudgeTaskMember(response=one, wording=one.current) for one in responses]
    shown = [(member.pk, member.text, member.explanation) for member in members]
    return _sheet(plan, question(plan.mode, plan.rubric.criteria, len(shown)), shown)


def _sheet(plan: JudgePlan, asked: Question, shown: Sequence[Shown]) -> Sheet:
    return Sheet(
        asked,
        tuple(plan.rubric.criteria),
        tuple(member for member, _text, _why in shown),
        tuple((text, why if plan.explanations else "") for _member, text, why in shown),
    )


def language_of(prompt: PromptVersion, revision: ItemRevision) -> str:
    """Return the language in which a judge is asked about an item."""
    return Prompt(prompt.texts, prompt.fallback, prompt.examples).language_for(revision.language)


def asked_again(sheets: Mapping[int, Sheet]) -> dict[int, tuple[str, str]]:
    """Return, for calls whose first answer could not be read, that answer and why; `sheets` by the call's key."""
    found: dict[int, tuple[str, str]] = {}
    tries = Attempt.objects.filter(Q(error_class="") | Q(error_class="no_text"), run_item__in=list(sheets))
    for row, text, finish in tries.order_by("number").values_list("run_item_id", "text", "finish_reason"):
        reading = read(text, sheets[row].question, finish_reason=finish)
        found[row] = (text, str(reading.reason or ""))
    return found


def once_more(messages: Sequence[Message], first: tuple[str, str], language: str) -> list[Message]:
    """Return the messages of a second call: the first answer, and that it could not be read."""
    text, reason = first
    said = telling.again_text(reason, language)
    if not text.strip():
        return [*messages[:-1], {"role": messages[-1]["role"], "content": f"{messages[-1]['content']}\n\n{said}"}]
    return [*messages, {"role": "assistant", "content": text}, {"role": "user", "content": said}]


# --- making tasks


def arrangements(plan: JudgePlan, revisions: Sequence[ItemRevision], first: int) -> Iterator[list[Response]]:
    """Yield the responses of every task about these items, in order; `first` is the first item's place in the run."""
    here = _responses(plan, revisions)
    for place, revision in enumerate(revisions, start=first):
        for together in here.get(revision.pk, {}).values():
            yield from _arranged(plan, together, place)


def _responses(plan: JudgePlan, revisions: Sequence[ItemRevision]) -> dict[int, dict[int, list[Response]]]:
    """Return the responses to judge by item and round, those of one round in the order of their systems' names."""
    rows = Response.objects.visible().filter(system_version__in=plan.judged.all(), revision__in=revisions)
    found: dict[int, dict[int, list[Response]]] = defaultdict(lambda: defaultdict(list))
    ordered = rows.select_related("current", "system_version__system").order_by(
        "round", "system_version__system__slug", "system_version__number"
    )
    for row in ordered:
        found[row.revision_id][row.round].append(row)
    return found


def _arranged(plan: JudgePlan, together: list[Response], place: int) -> Iterator[list[Response]]:
    if plan.mode == Mode.SCORES:
        yield from ([one] for one in together)
    elif plan.mode == Mode.PAIRS:
        for one, other in combinations(together, 2):
            if plan.against_id in (None, one.system_version_id, other.system_version_id):
                yield from ([one, other], [other, one])
    elif len(together) > 1:
        named = {f"{one.system_version.system.slug} v{one.system_version.number}": one for one in together}
        key = plan.run.seed.to_bytes(8, "big", signed=True)
        for turn in range(min(plan.orders, len(named))):
            order = latin_order(key=key, rater="judge", ordinal=place * plan.orders + turn, codes=sorted(named))
            yield [named[code] for code in order]


def write(plan: JudgePlan, revisions: Sequence[ItemRevision], first: int) -> list[JudgeTask]:
    """Write the tasks about these items that are not there yet; returns all of them. Call it in a transaction."""
    wanted = {",".join(str(one.pk) for one in shown): shown for shown in arrangements(plan, revisions, first)}
    have = set(JudgeTask.objects.filter(run=plan.run_id, key__in=wanted).values_list("key", flat=True))
    made = JudgeTask.objects.bulk_create(
        [
            JudgeTask(run_id=plan.run_id, revision_id=shown[0].revision_id, key=key)
            for key, shown in wanted.items()
            if key not in have
        ]
    )
    JudgeTaskMember.objects.bulk_create(
        [
            JudgeTaskMember(task=task, slot=slot, response=one, wording_id=one.current_id)
            for task in made
            for slot, one in enumerate(wanted[task.key], start=1)
        ]
    )
    return list(JudgeTask.objects.filter(run=plan.run_id, key__in=wanted).order_by("pk"))


def rows_of(run: Run, tasks: Sequence[JudgeTask]) -> set[tuple[int, int | None, int]]:
    """Return which calls of these tasks are there: system version, task and round."""
    rows = RunItem.objects.filter(run=run, task__in=tasks)
    return set(rows.values_list("system_version_id", "task_id", "round"))


# --- raters first


def refusal(studies: Sequence[Study]) -> str:
    """Return why judges have to wait for raters."""
    names = ", ".join(f"“{study.name}”" for study in studies)
    return _(
        "Raters are still judging these responses in %(names)s. Judges begin once nobody does, so that they cannot "
        "influence anybody."
    ) % {"names": names}


def studies_at_work(run: Run) -> list[Study]:
    """Return the blind studies whose raters are judging responses that this run would have judged."""
    units = UnitResponse.objects.filter(
        response__system_version__in=run.judging.judged.all(), unit__study__state__in=AT_WORK,
        response__revision__item__in=selection.items_of(run).values("pk"),
    )  # fmt: skip
    return list(Study.objects.filter(pk__in=units.values("unit__study")).order_by("name"))
