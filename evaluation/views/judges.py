"""Judges: a run of theirs is set up, and their verdicts are read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django import forms
from django.core.paginator import Page
from django.db.models import Count, F, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from evaluation.access import RUN_READERS
from evaluation.forms.judges import JudgeForm
from evaluation.judging.asked import LETTERS, Mode
from evaluation.models import JudgePlan, JudgeTaskMember, Purpose, Run, Verdict, VerdictValue
from evaluation.reading_words import UNJUDGED
from evaluation.services.verdicts import asked_anew
from evaluation.views.runs import NARROWING, SYSTEMS
from projects.access import MANAGER, ProjectRequest, project_view
from projects.listing import Among, Listing
from projects.prepared import Prepared, Value, foreseen
from projects.views.http import PAGE, form_status, posted

A_PAGE = 50
READ, UNREAD = "read", "unread"


@require_http_methods(PAGE)
@project_view(MANAGER)
def judge_new(request: ProjectRequest) -> HttpResponse:
    """Choose judges, responses and criteria; the run begins after its estimate has been seen."""
    project = request.access.project
    form = JudgeForm(posted(request), project=project)
    if request.method == "POST" and form.is_valid() and (made := form.keep(request.user)):
        return redirect("run", project.slug, made.pk)
    context = {"project": project, "form": form, "tab": "runs", "has_systems": form.has_systems()}
    context["has_responses"] = form.has_responses()
    context["narrowed"] = any(form[name].value() or form[name].errors for name in NARROWING)
    return render(request, "evaluation/judges/new.html", context, status=form_status(request))


class VerdictFilter(forms.Form):
    """Which verdicts to list."""

    judge = forms.TypedChoiceField(label=gettext_lazy("Judge"), required=False, coerce=int, empty_value=None)
    state = forms.ChoiceField(label=gettext_lazy("Verdict"), required=False)

    def __init__(self, data: QueryDict, *, judges: Iterable[tuple[Any, ...]]) -> None:
        """Offer the run's own judges, and every reason why an answer was no verdict."""
        super().__init__(data)
        every = ("", gettext_lazy("all"))
        reasons = [(key, _(words)) for key, words in UNJUDGED.items()]
        states = [every, (READ, _("could be read")), (UNREAD, _("could not be read")), *reasons]
        self.fields["judge"].choices = [every, *judges]  # type: ignore[attr-defined]  # a choice field
        self.fields["state"].choices = states  # type: ignore[attr-defined]  # a choice field
        for one in self.fields.values():
            one.widget.attrs["class"] = "input"


@dataclass
class Tally:
    """How one judge's answers could be read."""

    name: str
    read: int = 0
    second: int = 0
    anew: int = 0
    unread: Counter[str] = field(default_factory=Counter)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why answers were no verdicts, in words, the most frequent first."""
        return [(_(UNJUDGED.get(key, key)), n) for key, n in self.unread.most_common()]

    @property
    def failed(self) -> int:
        """Answers that were no verdict, even when asked once more."""
        return self.unread.total()


PLAN = Prepared(
    lambda project, run: (
        JudgePlan.objects.filter(run__project_id=project, run_id=run, run__purpose=Purpose.JUDGE)
        .select_related("run", "rubric__rubric")
        .only("mode", "run__name", "rubric__number", "rubric__rubric__name")
    ),
    -1,
    -2,
)
MEMBERS: Among[Any] = Among(
    lambda tasks: (
        JudgeTaskMember.objects.filter(task__in=tasks)
        .order_by("slot")
        .values_list("task_id", "pk", "response__system_version__system__name")
    )
)
VALUES: Among[Any] = Among(
    lambda verdicts: (
        VerdictValue.objects.filter(verdict__in=verdicts)
        .order_by("pk")
        .values_list("verdict_id", "member_id", "criterion", "value")
    )
)
COUNTS: Prepared[Any] = Prepared(
    lambda run: (
        Verdict.objects.filter(row__run_id=run)
        .values_list("row__system_version", "reason", "asked")
        .annotate(n=Count("pk"))
        .order_by()
    ),
    -1,
)


@cache
def listed(*, judge: bool, state: str) -> Listing[Verdict]:
    """Return the list of a run's verdicts: of one judge or all, in a state: read, unread, one reason, or any."""

    def found(run: int, *values: Any) -> QuerySet[Verdict]:
        left = list(values)
        rows = Verdict.objects.filter(row__run_id=run)
        if judge:
            rows = rows.filter(row__system_version_id=left.pop(0))
        if state == UNREAD:
            return rows.exclude(reason="")
        return rows.filter(reason=left.pop(0) if left else "") if state else rows

    def shown(run: int, *values: Any) -> QuerySet[Verdict]:
        rows = found(run, *values).only("row", "task", "reason", "about").order_by("row_id")
        return rows.annotate(
            item=F("row__revision__item__external_id"), judge=F("row__system_version__system__name"),
            round=F("row__round"),
        )  # fmt: skip

    samples: list[Value] = [-1, *([-2] if judge else []), *(["a reason"] if state not in ("", READ, UNREAD) else [])]
    return Listing(shown, *samples, per_page=A_PAGE, counted=found, by=len(samples))


@require_safe
@project_view(*RUN_READERS)
def verdicts(request: ProjectRequest, run: int) -> HttpResponse:
    """List what judges said, with how much of it could be read."""
    project = request.access.project
    with foreseen((PLAN, (project.pk, run)), (SYSTEMS, (run,)), (COUNTS, (run,))):
        plan = PLAN.first(project.pk, run)
        if plan is None:
            raise Http404
        judges = SYSTEMS.tuples(run)
        counted = list(tallies(plan.run, judges))
    form = VerdictFilter(request.GET, judges=judges)
    page = _wanted(run, form, request.GET.get("page"))
    members, values = grouped(MEMBERS, {one.task_id for one in page}), grouped(VALUES, {one.pk for one in page})
    context: dict[str, Any] = {"project": project, "run": plan.run, "plan": plan, "form": form, "tab": "runs"}
    context |= {"page_obj": page, "tallies": counted, "unread": sum(one.failed for one in counted)}
    context["rows"] = [
        (one, *said(plan.mode, one, members.get(one.task_id, []), values.get(one.pk, []))) for one in page
    ]
    return render(request, "evaluation/judges/verdicts.html", context, status=200 if form.is_valid() else 422)


def _wanted(run: int, form: VerdictFilter, number: str | None) -> Page[Verdict]:
    wanted = form.cleaned_data if form.is_valid() else {}
    judge, state = wanted.get("judge"), wanted.get("state") or ""
    reason = state not in ("", READ, UNREAD)
    values = [run, *([judge] if judge else []), *([state] if reason else [])]
    return listed(judge=bool(judge), state="reason" if reason else state).page(number, *values)


def grouped(query: Among[Any], numbers: Iterable[int]) -> dict[int, list[tuple[Any, ...]]]:
    """Return what a query tells of each number, in its order."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for number, *rest in query.tuples(numbers):
        found[number].append(tuple(rest))
    return found


def tallies(row: Run, judges: Iterable[tuple[Any, ...]]) -> Iterator[Tally]:
    """Yield for each judge how many answers could be read."""
    found = {judge: Tally(name) for judge, name in judges}
    for judge, reason, asked, n in COUNTS.tuples(row.pk):
        one = found[judge]
        if reason:
            one.unread[reason] += n
        else:
            one.read += n
            one.second += n if asked > 1 else 0
    for judge, n in asked_anew([row]).items():
        found[judge].anew = n
    yield from found.values()


def told(plan: JudgePlan, verdict: Verdict) -> tuple[str, str]:
    """Return what a verdict says: of what, and what."""
    members = [(one.pk, one.response.system_version.system.name) for one in verdict.task.members.all()]
    values = [(one.member_id, one.criterion, one.value) for one in verdict.values.all()]
    return said(plan.mode, verdict, members, values)


def said(
    mode: str, verdict: Verdict, members: Sequence[tuple[Any, ...]], values: Sequence[tuple[Any, ...]]
) -> tuple[str, str]:
    """Return what a verdict says, given its members (key, name of the system) and values (member, criterion, value)."""
    names = _names([name for _key, name in members])
    if verdict.reason:
        words = _(UNJUDGED.get(verdict.reason, verdict.reason))
        return names, f"{words} ({verdict.about})" if verdict.about else words
    if mode == Mode.PAIRS:
        sides = {1: _("the first"), 0: _("tie"), -1: _("the second")}
        return names, ", ".join(f"{criterion}: {sides[value]}" for _member, criterion, value in values)
    if mode == Mode.LISTS:
        ranks = {member: value for member, _criterion, value in values}
        ordered = sorted(members, key=lambda member: ranks.get(member[0], 0))
        return names, " > ".join(name for _key, name in ordered)
    return names, ", ".join(f"{criterion} {value}" for _member, criterion, value in values)


def _names(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return ", ".join(f"{letter}: {name}" for letter, name in zip(LETTERS, names, strict=False))
