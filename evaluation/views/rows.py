"""The calls of a run, one by one, with every attempt."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.db.models import F, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from evaluation import words
from evaluation.access import RUN_READERS
from evaluation.models import Response, Run, RunItem, Verdict
from evaluation.prompting.render import Message
from evaluation.services.calls import load_revisions, messages_for
from evaluation.services.judge_tasks import load_sheets
from evaluation.views.judges import told
from evaluation.views.runs import NAMED, SYSTEMS, get_run
from projects.access import ProjectRequest, project_view
from projects.listing import Listing
from projects.models import ItemRevision
from projects.prepared import Value, foreseen

A_PAGE = 50
BADGES: dict[str, str] = {
    RunItem.State.DONE: "success", RunItem.State.LEASED: "open",
    RunItem.State.FAILED: "danger", RunItem.State.QUARANTINED: "danger",
}  # fmt: skip


# A filter's field: what it asks for, and a sample that no call has.
FILTERS: dict[str, tuple[str, str | int]] = {
    "state": ("state", "a state"), "fault": ("error_class", "an error"), "system": ("system_version_id", -2),
}  # fmt: skip


class CallFilter(forms.Form):
    """Which calls to list."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", gettext_lazy("all")), *RunItem.State.choices]
    )
    fault = forms.ChoiceField(
        label=gettext_lazy("Error"), required=False,
        choices=[("", gettext_lazy("all")), *((key, value.name) for key, value in words.FAULTS.items())],
    )  # fmt: skip
    system = forms.TypedChoiceField(label=gettext_lazy("System"), required=False, coerce=int, empty_value=None)

    def __init__(self, data: QueryDict, *, run: Run) -> None:
        """Offer the run's own systems."""
        super().__init__(data)
        self.fields["system"].choices = [("", gettext_lazy("all")), *SYSTEMS.tuples(run.pk)]  # type: ignore[attr-defined]  # a choice field
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"


@cache
def listed(*chosen: str) -> Listing[RunItem]:
    """Return the list of a run's calls under the filters that are chosen."""
    names, samples = [FILTERS[name][0] for name in chosen], [FILTERS[name][1] for name in chosen]

    def found(run: int, *values: Value) -> QuerySet[RunItem]:
        return RunItem.objects.filter(run_id=run, **dict(zip(names, values, strict=True)))

    def shown(run: int, *values: Value) -> QuerySet[RunItem]:
        rows = found(run, *values).only("round", "state", "attempts", "error_class").order_by("pk")
        return rows.annotate(item=F("revision__item__external_id"), system=F("system_version__system__name"))

    return Listing(shown, -1, *samples, per_page=A_PAGE, counted=found, by=1 + len(samples))


@require_safe
@project_view(*RUN_READERS)
def calls(request: ProjectRequest, run: int) -> HttpResponse:
    """List a run's calls."""
    project = request.access.project
    with foreseen((NAMED, (project.pk, run)), (SYSTEMS, (run,))):
        row = NAMED.first(project.pk, run)
        if row is None:
            raise Http404
        form = CallFilter(request.GET, run=row)
    wanted = form.cleaned_data if form.is_valid() else {}
    chosen = [name for name in FILTERS if wanted.get(name)]
    page = listed(*chosen).page(request.GET.get("page"), row.pk, *(wanted[name] for name in chosen))
    context = {"project": project, "run": row, "form": form, "page_obj": page, "tab": "runs"}
    states = {value: str(label) for value, label in RunItem.State.choices}
    context["rows"] = [
        (one, BADGES.get(one.state, ""), states[one.state], words.of(one.error_class).name if one.error_class else "")
        for one in page.object_list
    ]
    return render(request, "evaluation/runs/calls.html", context, status=200 if form.is_valid() else 422)


@require_safe
@project_view(*RUN_READERS)
def call(request: ProjectRequest, run: int, call: int) -> HttpResponse:
    """Show one call: what was sent, every attempt, and the response."""
    row = get_run(request.access, run)
    rows = row.items.select_related("system_version__system", "system_version__prompt__template", "endpoint")
    found = rows.filter(pk=call).first()
    if found is None:
        raise Http404
    tries = [(attempt, words.of(attempt.error_class)) for attempt in found.tries.order_by("-number")]
    revision = load_revisions({found.revision_id})[found.revision_id]
    among = {"system_version": found.system_version_id, "revision": found.revision_id, "round": found.round}
    context = {
        "project": row.project, "run": row, "call": found, "revision": revision, "tries": tries, "tab": "runs",
        "sent": sent_of(found, revision),
        "verdict": verdict_of(found),
        "response": Response.objects.filter(**among).select_related("current").first(),
    }  # fmt: skip
    return render(request, "evaluation/runs/call.html", context)


def verdict_of(call: RunItem) -> dict[str, Any] | None:
    """Return what a judge said in this call, in words; None where it is no judge's, or has no answer yet."""
    rows = (
        Verdict.objects.filter(row=call)
        .select_related("row__run__judging")
        .prefetch_related("values", "task__members__response__system_version__system")
    )
    found = rows.first()
    if found is None:
        return None
    return {"row": found, "said": [told(call.run.judging, found)]}


def sent_of(call: RunItem, revision: ItemRevision) -> list[Message]:
    """Return the messages of a call, nothing where its prompt cannot be filled in."""
    prompt = call.system_version.prompt
    try:
        sheet = None if call.task_id is None else load_sheets({call.task_id})[call.task_id]
        return messages_for(prompt, revision, call.endpoint, sheet) if prompt else []
    except (KeyError, TypeError, IndexError):
        return []
