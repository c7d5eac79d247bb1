"""Pages under a blind study: its design before it opens, words that tell, codes and key, proofs of blindness."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation.forms.blind_pages import DecisionForm, KeyHolderForm, OpenKeyForm
from evaluation.kinds.blind import BlindKind
from evaluation.models import BlindCheck, LexiconHit, StudyPlan, StudySystem, Unblinding
from evaluation.services import blinding, planning, stopping, telling
from projects import kinds
from projects.access import ADJUDICATOR, ANALYST, MANAGER, Access, ProjectRequest, project_view
from projects.listing import Listing
from projects.models import Job, Study, StudyRole
from projects.prepared import Prepared, Value
from projects.services import jobs
from projects.services.studies import subject
from projects.views.http import PAGE, posted
from projects.views.study_lookup import get_study, tab_context

READERS = (MANAGER, ADJUDICATOR, ANALYST)
A_PAGE = 25
PLAN, CHECK = "plan_blind_study", "check_blind_study"


def blind_study(access: Access, slug: str) -> Study:
    """Return a blind study of the project at hand; Http404 for any other."""
    study = get_study(access, slug)
    if not isinstance(kinds.of(study), BlindKind):
        raise Http404
    return study


LAST = Prepared(
    lambda kind, subject: Job.objects.filter(kind=kind, subject=subject).order_by("-pk")[:1], "a kind", "a subject"
)


def last_job(study: Study, kind: str) -> Job | None:
    """Return the newest job of a kind for a study."""
    return LAST.first(kind, subject(study))


def ask(request: ProjectRequest, study: Study, kind: str) -> None:
    """Let a worker do something for a study, unless one is at it."""
    job = last_job(study, kind)
    if job is None or job.state not in jobs.UNFINISHED:
        jobs.enqueue(kind, subject(study), project=study.project, actor=request.user)


def unfinished(job: Job | None) -> bool:
    """Whether a worker is at it, or will be."""
    return job is not None and job.state in jobs.UNFINISHED


@require_http_methods(PAGE)
@project_view(MANAGER)
def design(request: ProjectRequest, study: str) -> HttpResponse:
    """Show what a draft needs and could show; a post lets a worker work it out anew."""
    row = blind_study(request.access, study)
    if request.method == "POST":
        if row.state == Study.State.DRAFT:
            ask(request, row, PLAN)
        return redirect("study_design", row.project.slug, row.slug)
    job, plan = last_job(row, PLAN), StudyPlan.objects.filter(study=row).first()
    draft = row.state == Study.State.DRAFT
    context = tab_context(request.access, row, "design") | {
        "plan": plan,
        "figures": plan.figures if plan else {},
        "stale": draft and plan is not None and plan.basis != planning.basis(row),
        "job": job if job and (unfinished(job) or job.state == Job.State.FAILED) else None,
        "draft": draft,
        "problems": kinds.of(row).problems(row) if draft else [],
        "declared": declared(row),
        "to_plan": draft and row.dataset is not None,
        "here": reverse("study_design", args=[row.project.slug, row.slug]),
    }
    if request.headers.get("HX-Target") == "blind-job" and unfinished(job):
        return render(request, "evaluation/blind/_job.html", context)
    if request.headers.get("HX-Target") == "blind-job":
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "evaluation/blind/design.html", context)


def declared(study: Study) -> dict[str, Any]:
    """Return what is declared before the study opens."""
    form = kinds.of(study).settings_form(study.project, None, study.settings)
    return {
        "outcome": study.settings.get("primary_outcome", ""),
        "test": said(form, study, "primary_test"),
        "stopping": said(form, study, "stopping"),
        "width": stopping.width_of(study),
        "at": study.opened_at,
        "look": stopping.last_look(study),
    }


def said(form: Any, study: Study, name: str) -> str:
    """Return a chosen setting in words."""
    chosen = dict(form.fields[name].choices) if name in form.fields else {}
    return str(chosen.get(study.settings.get(name), "—"))


@cache
def places(*, decided: bool) -> Listing[LexiconHit]:
    """Return the list of places in a study's texts that may tell: under one decision, or any."""

    def found(study: int, *decision: str) -> QuerySet[LexiconHit]:
        rows = LexiconHit.objects.filter(study_id=study)
        return rows.filter(decision=decision[0]) if decided else rows

    def shown(study: int, *decision: str) -> QuerySet[LexiconHit]:
        columns = ("start", "end", "words", "decision", "revision", "response__text", "response__explanation")
        return found(study, *decision).select_related("response").only(*columns).order_by("clue", "words", "pk")

    samples: list[Value] = [-1, *(["a decision"] if decided else [])]
    return Listing(shown, *samples, per_page=A_PAGE, counted=found, by=len(samples))


@require_http_methods(PAGE)
@project_view(MANAGER)
def words(request: ProjectRequest, study: str) -> HttpResponse:
    """List places in the texts that may tell who wrote them; a post decides on those that are ticked."""
    row = blind_study(request.access, study)
    form = DecisionForm(posted(request), study=row)
    if request.method == "POST" and form.is_valid() and (n := form.save(study=row, actor=request.user)) is not None:
        messages.success(request, ngettext("%(n)s place decided.", "%(n)s places decided.", n) % {"n": n})
        return redirect(request.get_full_path())
    chosen = request.GET.get("decision", "open")
    wanted = [chosen] if chosen in LexiconHit.Decision.values else []
    page = places(decided=bool(wanted)).page(request.GET.get("page"), row.pk, *wanted)
    there = bool(page.object_list) or LexiconHit.objects.filter(study=row).exists()
    context = tab_context(request.access, row, "words") | {
        "page_obj": page,
        "shown": telling.around(list(page.object_list)),
        "chosen": chosen,
        "decisions": LexiconHit.Decision.choices,
        "form": form,
        "draft": row.state == Study.State.DRAFT,
        "searched": there or row.state != Study.State.DRAFT or StudyPlan.objects.filter(study=row).exists(),
        "any": there,
    }
    return render(request, "evaluation/blind/words.html", context, status=422 if form.errors else 200)


@require_safe
@project_view(*READERS)
def blinding_page(request: ProjectRequest, study: str) -> HttpResponse:
    """Show codes, key-holders, how the key stands, and what the last replay found."""
    return show_blinding(request, blind_study(request.access, study))


def show_blinding(
    request: ProjectRequest, study: Study, *, holder: KeyHolderForm | None = None, opening: OpenKeyForm | None = None
) -> HttpResponse:
    """Return the page, with a form that was refused where there is one."""
    opened = Unblinding.objects.filter(study=study).select_related("by").first()
    holds = blinding.holds_key(study, request.user)
    job = last_job(study, CHECK)
    systems = StudySystem.objects.filter(study=study).select_related("system_version__system", "dataset")
    context = tab_context(request.access, study, "blinding") | {
        # Drawn with the draft's plan, but of no use to anybody before the study opens.
        "systems": sorted(systems, key=lambda one: (len(one.code), one.code)) if study.opened_at else [],
        "opened": opened,
        "holders": study.roles.filter(part=StudyRole.Part.KEY_HOLDER, state=StudyRole.State.ACTIVE).select_related(
            "user"
        ),
        "holder_form": holder or KeyHolderForm(None, study=study),
        "holds": holds,
        "open_form": opening or OpenKeyForm(None),
        "may_open": holds and study.state == Study.State.CLOSED and opened is None,
        "check": BlindCheck.objects.filter(study=study).first(),
        "job": job if job and (unfinished(job) or job.state == Job.State.FAILED) else None,
        "declared": declared(study),
        "here": reverse("study_blinding", args=[study.project.slug, study.slug]),
    }
    if request.headers.get("HX-Target") == "blind-job" and unfinished(job):
        return render(request, "evaluation/blind/_job.html", context)
    if request.headers.get("HX-Target") == "blind-job":
        return HttpResponse(headers={"HX-Refresh": "true"})
    refused = bool((holder and holder.errors) or (opening and opening.errors))
    return render(request, "evaluation/blind/blinding.html", context, status=422 if refused else 200)


@require_POST
@project_view(MANAGER)
def key_holder(request: ProjectRequest, study: str) -> HttpResponse:
    """Let somebody hold the key."""
    row = blind_study(request.access, study)
    form = KeyHolderForm(request.POST, study=row)
    if not form.is_valid() or not form.save(actor=request.user):
        return show_blinding(request, row, holder=form)
    messages.success(request, _("They can open the key once the study is closed."))
    return redirect("study_blinding", row.project.slug, row.slug)


@require_POST
@project_view(*READERS)
def key_open(request: ProjectRequest, study: str) -> HttpResponse:
    """Open the key: for a key-holder, once the study is closed, with a reason."""
    row = blind_study(request.access, study)
    form = OpenKeyForm(request.POST)
    if not form.is_valid() or not form.save(study=row, actor=request.user):
        return show_blinding(request, row, opening=form)
    messages.success(request, _("The key is open. Reports computed from now on name the systems."))
    return redirect("study_blinding", row.project.slug, row.slug)


@require_POST
@project_view(MANAGER)
def check(request: ProjectRequest, study: str) -> HttpResponse:
    """Let a worker replay the study on a clone."""
    row = blind_study(request.access, study)
    if row.opened_at is not None:
        ask(request, row, CHECK)
    return redirect("study_blinding", row.project.slug, row.slug)


@require_POST
@project_view(MANAGER)
def stopping_look(request: ProjectRequest, study: str) -> HttpResponse:
    """Let a worker look whether the study may stop; nothing is told but yes or no."""
    row = blind_study(request.access, study)
    if stopping.ask(row, actor=request.user):
        messages.info(request, _("A worker is looking. Load the page again in a moment."))
    return redirect("study_blinding", row.project.slug, row.slug)
