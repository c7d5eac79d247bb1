"""Runs: made, watched, steered."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation import words
from evaluation.access import RUN_READERS
from evaluation.forms.runs import RunForm
from evaluation.models import Purpose, Run, RunSystem, Verdict
from evaluation.services import judge_runs, judge_tasks, watching
from evaluation.services import runs as service
from projects.access import MANAGER, Access, ProjectRequest, project_view
from projects.listing import Listing
from projects.models import Item, Job, User
from projects.prepared import Prepared
from projects.views.http import PAGE, form_status, posted

A_PAGE = 25
State = Run.State
# What a page still changes in: it asks again by itself.
MOVING = (State.QUEUED, State.RUNNING)
# Folded away in the form unless something stands there.
NARROWING = ("kinds", "languages", "sample_size", "seed")


def get_run(access: Access, pk: int) -> Run:
    """Return a run of the project at hand; Http404 for any other."""
    rows = access.project.runs.select_related(
        "dataset", "study", "prompt__template", "created_by", "judging__rubric__rubric"
    ).prefetch_related("judging__judged__system")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    found.project = access.project
    return found


# A run's name, and its systems, for the pages about its calls.
NAMED = Prepared(lambda project, pk: Run.objects.filter(project_id=project, pk=pk).only("name"), -1, -2)
SYSTEMS: Prepared[Any] = Prepared(
    lambda run: (
        RunSystem.objects.filter(run_id=run)
        .order_by("pk")
        .values_list("system_version_id", "system_version__system__name")
    ),
    -1,
)


LISTED = Listing(
    lambda project: (
        Run.objects.filter(project_id=project)
        .only("name", "purpose", "state", "created_at")
        .annotate(items_of=Coalesce("study__name", "dataset__name"))
        .order_by("-created_at", "-pk")
    ),
    -1,
    per_page=A_PAGE,
    counted=lambda project: Run.objects.filter(project_id=project),
)


@require_safe
@project_view(*RUN_READERS)
def runs(request: ProjectRequest) -> HttpResponse:
    """List the project's runs."""
    project = request.access.project
    page = LISTED.page(request.GET.get("page"), project.pk)
    counts = watching.counts([row.pk for row in page.object_list])
    context = {"project": project, "page_obj": page, "tab": "runs"}
    context["rows"] = [(row, *counts[row.pk]) for row in page.object_list]
    return render(request, "evaluation/runs/list.html", context)


@require_http_methods(PAGE)
@project_view(MANAGER)
def run_new(request: ProjectRequest) -> HttpResponse:
    """Choose systems and items; the run begins after its estimate has been seen."""
    project = request.access.project
    form = RunForm(posted(request), project=project)
    if request.method == "POST" and form.is_valid() and (made := form.keep(request.user)):
        return redirect("run", project.slug, made.pk)
    context = {"project": project, "form": form, "tab": "runs", "has_systems": form.has_systems()}
    context["narrowed"] = any(form[name].value() or form[name].errors for name in NARROWING)
    return render(request, "evaluation/runs/new.html", context, status=form_status(request))


@require_safe
@project_view(*RUN_READERS)
def run(request: ProjectRequest, run: int) -> HttpResponse:
    """Show a run: the estimate of a draft, else how far it is; htmx asks for that alone.

    Where the run has come to another phase, its buttons and dates changed as well: the whole page is loaded again.
    """
    row = get_run(request.access, run)
    job = job_of(row)
    phase = phase_of(row, job)
    alone = request.headers.get("HX-Target") == "run-live"
    if alone and request.GET.get("was") != phase:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"project": row.project, "run": row, "tab": "runs", "job": job, "phase": phase}
    context |= drafted(row, job) if row.state == State.DRAFT else pictured(row)
    part = "_draft" if row.state == State.DRAFT else "_live"
    return render(request, f"evaluation/runs/{part if alone else 'run'}.html", context)


def phase_of(row: Run, job: Job | None) -> str:
    """Return what the page's buttons depend on, in one word."""
    if row.state == State.DRAFT:
        return "estimated" if row.estimate else "failed" if job and job.state == Job.State.FAILED else "draft"
    return f"{row.state}-failed" if job and job.state == Job.State.FAILED else row.state


def drafted(row: Run, job: Job | None) -> dict[str, Any]:
    """Return what a draft will take."""
    rows = row.parts.select_related("system_version__system", "system_version__endpoint")
    costs, most = row.estimate.get("cost", {}), row.estimate.get("most", {})
    failed = job is not None and job.state == Job.State.FAILED
    open_ones = judge_tasks.studies_at_work(row) if row.purpose == Purpose.JUDGE else []
    return {
        "parts": rows.select_related("system_version__prompt__template").order_by("pk"),
        "costs": [(currency, Decimal(amount), Decimal(most[currency])) for currency, amount in sorted(costs.items())],
        "moving": not row.estimate and not failed,
        "startable": bool(row.estimate) or failed,
        "raters_first": judge_tasks.refusal(open_ones) if open_ones else "",
        "kinds": kinds_of(row),
    }


def kinds_of(row: Run) -> list[str]:
    """Return the kinds of items the run keeps to, by name."""
    return [str(Item.Kind(kind).label) for kind in row.selection.get("kinds") or []]


def job_of(row: Run) -> Job | None:
    """Return the job that prepares the run, where it is under way or failed."""
    subject = f"run:{row.pk}:estimate" if row.state == State.DRAFT else f"run:{row.pk}"
    newest = Job.objects.filter(subject__in=(subject, f"run:{row.pk}")).order_by("-pk").first()
    return newest if newest is not None and newest.state not in (Job.State.DONE, Job.State.CANCELLED) else None


def pictured(row: Run) -> dict[str, Any]:
    """Return how far a run is, and its errors."""
    found = watching.picture(row, timezone.now())
    stops = [(one, *words.reason(one.circuit_reason)) for one in found.stops] if row.state in MOVING else []
    # Calls in flight end and are kept after a pause too.
    moving = row.state in MOVING or bool(found.sums.running)
    unread = 0
    if row.purpose == Purpose.JUDGE:
        unread = Verdict.objects.filter(row__run=row).exclude(reason="").count()
    return {
        "picture": found, "stops": stops, "causes": watching.causes(row), "moving": moving, "kinds": kinds_of(row),
        "unread": unread,
    }  # fmt: skip


@require_POST
@project_view(MANAGER)
def run_act(request: ProjectRequest, run: int) -> HttpResponse:
    """Start, pause, resume, cancel, try again what failed, add what is missing, leave a system out, throw away."""
    row = get_run(request.access, run)
    act = ACTS.get(request.POST.get("do", ""))
    if act is None:
        messages.error(request, _("Nothing was done: the page asked for something unknown. Load it again."))
    else:
        try:
            if words_of := act(row, request, request.user):
                messages.success(request, words_of)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    gone = not Run.objects.filter(pk=row.pk).exists()
    return redirect("runs", row.project.slug) if gone else redirect("run", row.project.slug, row.pk)


def retry(row: Run, request: ProjectRequest, actor: User) -> str:
    """Put failed calls back, all or those of one kind."""
    count = service.retry_failed(row, actor=actor, fault=request.POST.get("fault", ""))
    text = ngettext("%(n)s call is tried again.", "%(n)s calls are tried again.", count)
    return text % {"n": count} if count else ""


def ask_anew(row: Run, _request: ProjectRequest, actor: User) -> str:
    """Ask anew for the verdicts that could not be read."""
    count = judge_runs.ask_anew(row, actor=actor)
    text = ngettext("%(n)s verdict is asked for anew.", "%(n)s verdicts are asked for anew.", count)
    return text % {"n": count} if count else ""


def leave_out(row: Run, request: ProjectRequest, actor: User) -> str:
    """Take a system out of the rest of the run."""
    part = row.parts.filter(pk=int(number)).first() if (number := request.POST.get("part", "")).isdecimal() else None
    if part is None:
        return ""
    count = service.leave_out(part, actor=actor)
    text = ngettext("%(n)s waiting call was left out.", "%(n)s waiting calls were left out.", count)
    return text % {"n": count}


ACTS: dict[str, Callable[[Run, ProjectRequest, User], str]] = {
    "start": lambda row, _request, actor: _("The run has started.") if service.start(row, actor=actor) else "",
    "pause": lambda row, _request, actor: (
        _("The run is paused. Calls in flight are still kept.") if service.pause(row, actor=actor) else ""
    ),
    "resume": lambda row, _request, actor: _("The run goes on.") if service.resume(row, actor=actor) else "",
    "cancel": lambda row, _request, actor: (
        _("The run is cancelled. What was answered stays.") if service.cancel(row, actor=actor) else ""
    ),
    "fill": lambda row, _request, actor: _("What is missing is being added.") if service.fill(row, actor=actor) else "",
    "delete": lambda row, _request, actor: _("The draft is gone.") if service.delete_draft(row, actor=actor) else "",
    "retry": retry,
    "ask_anew": ask_anew,
    "leave_out": leave_out,
}
