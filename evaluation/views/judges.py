"""Judges: a run of theirs is set up, and their verdicts are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
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
from evaluation.views.runs import NARROWING, get_run
from projects.access import MANAGER, ProjectRequest, project_view
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

    def __init__(self, data: QueryDict, *, run: Run) -> None:
        """Offer the run's own judges, and every reason why an answer was no verdict."""
        super().__init__(data)
        parts = run.parts.select_related("system_version__system").order_by("pk")
        every = ("", gettext_lazy("all"))
        names = [(part.system_version_id, part.system_version.system.name) for part in parts]
        reasons = [(key, _(words)) for key, words in UNJUDGED.items()]
        states = [every, (READ, _("could be read")), (UNREAD, _("could not be read")), *reasons]
        self.fields["judge"].choices = [every, *names]  # type: ignore[attr-defined]  # a choice field
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


@require_safe
@project_view(*RUN_READERS)
def verdicts(request: ProjectRequest, run: int) -> HttpResponse:
    """List what judges said, with how much of it could be read."""
    row = get_run(request.access, run)
    plan = JudgePlan.objects.select_related("rubric__rubric").filter(run=row).first()
    if row.purpose != Purpose.JUDGE or plan is None:
        raise Http404
    form = VerdictFilter(request.GET, run=row)
    page = Paginator(_wanted(row, form), A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"project": row.project, "run": row, "plan": plan, "form": form, "tab": "runs"}
    counted = list(tallies(row))
    context |= {"page_obj": page, "tallies": counted, "unread": sum(one.failed for one in counted)}
    context["rows"] = [(one, one.row, told(plan, one)) for one in page.object_list]
    return render(request, "evaluation/judges/verdicts.html", context, status=200 if form.is_valid() else 422)


def _wanted(row: Run, form: VerdictFilter) -> Any:
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = Verdict.objects.filter(row__run=row).order_by("row_id")
    if wanted.get("judge"):
        rows = rows.filter(row__system_version=wanted["judge"])
    if state := wanted.get("state"):
        reason = "" if state in (READ, UNREAD) else state
        rows = rows.exclude(reason="") if state == UNREAD else rows.filter(reason=reason)
    members = JudgeTaskMember.objects.select_related("response__system_version__system").order_by("slot")
    return rows.select_related("row__system_version__system", "row__revision__item").prefetch_related(
        Prefetch("task__members", members), Prefetch("values", VerdictValue.objects.order_by("pk"))
    )


def tallies(row: Run) -> Iterator[Tally]:
    """Yield for each judge how many answers could be read."""
    found: dict[int, Tally] = {}
    for part in row.parts.select_related("system_version__system").order_by("pk"):
        found[part.system_version_id] = Tally(part.system_version.system.name)
    counts = Verdict.objects.filter(row__run=row).values_list("row__system_version", "reason", "asked")
    for judge, reason, asked, n in counts.annotate(n=Count("pk")).order_by():
        one = found[judge]
        if reason:
            one.unread[reason] += n
        else:
            one.read += n
            one.second += n if asked > 1 else 0
    for judge, n in asked_anew([row]).items():
        found[judge].anew = n
    yield from found.values()


def told(plan: JudgePlan, verdict: Verdict) -> list[tuple[str, str]]:
    """Return what a verdict says: of what, and what."""
    members = list(verdict.task.members.all())
    if verdict.reason:
        said = _(UNJUDGED.get(verdict.reason, verdict.reason))
        return [(_names(members), f"{said} ({verdict.about})" if verdict.about else said)]
    values = list(verdict.values.all())
    if plan.mode == Mode.PAIRS:
        sides = {1: _("the first"), 0: _("tie"), -1: _("the second")}
        return [(_names(members), ", ".join(f"{one.criterion}: {sides[one.value]}" for one in values))]
    if plan.mode == Mode.LISTS:
        ranks = {one.member_id: one.value for one in values}
        ordered = sorted(members, key=lambda member: ranks.get(member.pk, 0))
        return [(_names(members), " > ".join(member.response.system_version.system.name for member in ordered))]
    return [(_names(members), ", ".join(f"{one.criterion} {one.value}" for one in values))]


def _names(members: Sequence[JudgeTaskMember]) -> str:
    names = [member.response.system_version.system.name for member in members]
    if len(names) == 1:
        return names[0]
    return ", ".join(f"{letter}: {name}" for letter, name in zip(LETTERS, names, strict=False))
