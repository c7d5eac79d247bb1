"""Pages on which a comparison's pairs are proposed, uploaded and decided on before it opens."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from evaluation.forms.pairs import PairDecisionForm, PairFileForm, PartnerForm
from evaluation.kinds.comparison import Comparison
from evaluation.models import Pair, PairFile
from evaluation.services import pair_files, pairs
from evaluation.services.pair_rows import told
from evaluation.views.blind import A_PAGE, ask, last_job, unfinished
from projects import kinds
from projects.access import MANAGER, Access, ProjectRequest, project_view
from projects.listing import Listing
from projects.models import ItemRevision, Job, Study, Turn
from projects.prepared import Value
from projects.views.http import PAGE, form_status, posted
from projects.views.study_lookup import get_study, tab_context

MATCH = "match_pairs"


def comparison(access: Access, slug: str) -> Study:
    """Return a comparison of the project at hand; Http404 for any other study."""
    study = get_study(access, slug)
    if not isinstance(kinds.of(study), Comparison):
        raise Http404
    return study


def get_pair(study: Study, pk: int) -> Pair:
    """Return a pair of the study with both sides; Http404 for any other."""
    columns = ("left__current", "right__current", "left_system__system", "right_system__system", "decided_by")
    found = pairs.of_study(study).select_related(*columns).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def job_of(study: Study) -> Job | None:
    """Return what a worker does, or did in vain, for the pairs of a study."""
    job = pair_files.job_of(study) if pairs.mode(study) == pairs.FILE else last_job(study, MATCH)
    return job if job and (unfinished(job) or job.state == Job.State.FAILED) else None


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_pairs(request: ProjectRequest, study: str) -> HttpResponse:
    """List a draft's pairs with how alike they are; a post decides on those that are ticked."""
    row = comparison(request.access, study)
    job = job_of(row)
    here = reverse("study_pairs", args=[row.project.slug, row.slug])
    if request.headers.get("HX-Target") == "blind-job":
        if job is None or not unfinished(job):
            return HttpResponse(headers={"HX-Refresh": "true"})
        return render(request, "evaluation/blind/_job.html", {"job": job, "here": here})
    form = PairDecisionForm(posted(request), study=row)
    if request.method == "POST" and form.is_valid() and (n := form.save(study=row, actor=request.user)) is not None:
        messages.success(request, ngettext("%(n)s pair decided.", "%(n)s pairs decided.", n) % {"n": n})
        return redirect(request.get_full_path())
    return show_pairs(request, row, job, decision=form)


def show_pairs(
    request: ProjectRequest,
    study: Study,
    job: Job | None,
    *,
    decision: PairDecisionForm | None = None,
    upload: PairFileForm | None = None,
) -> HttpResponse:
    """Return the page, with a form that was refused where there is one."""
    chosen = request.GET.get("state", "")
    page = page_of(study, chosen if chosen in Pair.State.values else "", request.GET.get("page"))
    file = PairFile.objects.filter(study=study).first() if pairs.mode(study) == pairs.FILE else None
    sides = pairs.datasets(study)
    states = dict(Pair.State.choices)
    context = tab_context(request.access, study, "pairs") | {
        "page_obj": page,
        "rows": [(one, states[one.state]) for one in page],
        "chosen": chosen,
        "states": Pair.State.choices,
        "counts": pairs.counts(study),
        "mode": pairs.mode(study),
        "sides": sides,
        "form": decision or PairDecisionForm(None, study=study),
        "upload": upload or PairFileForm(None),
        "file": file,
        "listed": [
            (one["row"], told(one["code"], one["params"])) for one in (file.report if file else {}).get("problems", [])
        ],
        "job": job,
        "busy": unfinished(job),
        "draft": study.state == Study.State.DRAFT,
        "ready": len(sides) == 2,
        "here": reverse("study_pairs", args=[study.project.slug, study.slug]),
    }
    refused = bool((decision and decision.errors) or (upload and upload.errors))
    return render(request, "evaluation/pairs/list.html", context, status=422 if refused else 200)


@cache
def listed(*, decided: bool) -> Listing[Pair]:
    """Return the list of a study's pairs from a source, in one state or any, with how each side begins."""

    def found(study: int, source: str, *state: str) -> QuerySet[Pair]:
        rows = Pair.objects.filter(study_id=study, source=source)
        return rows.filter(state=state[0]) if decided else rows

    def shown(study: int, source: str, *state: str) -> QuerySet[Pair]:
        rows = found(study, source, *state).only("topic", "similarity", "wanted", "state")
        return rows.annotate(**beginning("left"), **beginning("right")).order_by("position", "pk")

    samples: list[Value] = [-1, "a source", *(["a state"] if decided else [])]
    return Listing(shown, *samples, per_page=A_PAGE, counted=found, by=len(samples))


def beginning(side: str) -> dict[str, Any]:
    """Return what is shown of one side: its item, its system, its turns, and what the first of them says."""
    first = Turn.objects.order_by("index").filter(revision=OuterRef(f"{side}__current")).values("text")[:1]
    return {
        f"{side}_item": F(f"{side}__external_id"), f"{side}_name": F(f"{side}_system__system__name"),
        f"{side}_turns": F(f"{side}__current__turn_count"), f"{side}_text": F(f"{side}__current__text"),
        f"{side}_begins": Subquery(first),
    }  # fmt: skip


def page_of(study: Study, state: str, number: str | None) -> Page[Pair]:
    """Return a page of the pairs that the study's settings speak of, in one state or any."""
    source = pairs.SOURCES.get(pairs.mode(study))
    if source is None:
        return Paginator(Pair.objects.none(), A_PAGE).get_page(1)
    return listed(decided=bool(state)).page(number, study.pk, source, *([state] if state else []))


@require_POST
@project_view(MANAGER)
def pairs_propose(request: ProjectRequest, study: str) -> HttpResponse:
    """Let a worker propose pairs; what was accepted or dropped stays."""
    row = comparison(request.access, study)
    if row.state == Study.State.DRAFT and pairs.mode(row) == pairs.MATCHED:
        ask(request, row, MATCH)
    return redirect("study_pairs", row.project.slug, row.slug)


@require_POST
@project_view(MANAGER)
def pairs_file(request: ProjectRequest, study: str) -> HttpResponse:
    """Take a file of pairs and let a worker read it."""
    row = comparison(request.access, study)
    form = PairFileForm(request.POST, request.FILES)
    if not form.is_valid() or not form.save(study=row, actor=request.user):
        return show_pairs(request, row, job_of(row), upload=form)
    return redirect("study_pairs", row.project.slug, row.slug)


@require_POST
@project_view(MANAGER)
def pairs_take(request: ProjectRequest, study: str) -> HttpResponse:
    """Make the pairs of the file: all of them, or none."""
    row = comparison(request.access, study)
    try:
        pair_files.take(row, actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("study_pairs", row.project.slug, row.slug)


@require_http_methods(PAGE)
@project_view(MANAGER)
def study_pair(request: ProjectRequest, study: str, pair: int) -> HttpResponse:
    """Show a pair's two sides whole; a post accepts, drops or takes it back, or gives it another partner."""
    row = comparison(request.access, study)
    found = get_pair(row, pair)
    swapping = "partner" in request.POST
    decision = PairDecisionForm(None if swapping else posted(request), study=row)
    partner = PartnerForm(posted(request) if swapping else None, study=row, pair=found)
    if request.method == "POST" and (done := change(request, row, found, partner if swapping else decision)):
        return redirect(done)
    context = tab_context(request.access, row, "pairs") | {
        "pair": found,
        "sides": [side(found, "A"), side(found, "B")],
        "decision": decision,
        "partner": partner,
        "draft": row.state == Study.State.DRAFT,
        "mode": pairs.mode(row),
        "next": pairs.of_study(row).filter(position__gt=found.position).order_by("position").first(),
    }
    return render(request, "evaluation/pairs/pair.html", context, status=form_status(request))


def change(request: ProjectRequest, study: Study, pair: Pair, form: PairDecisionForm | PartnerForm) -> str:
    """Do what was posted; returns where to go on, empty where it was refused."""
    if not form.is_valid():
        return ""
    if isinstance(form, PartnerForm):
        if not form.save(study=study, pair=pair, actor=request.user):
            return ""
        messages.success(request, _("The pair has another partner. Read both, then decide."))
        return reverse("study_pair", args=[study.project.slug, study.slug, pair.pk])
    return after(study, pair) if form.save(study=study, actor=request.user) is not None else ""


def side(pair: Pair, letter: str) -> dict[str, Any]:
    """Return one side of a pair as the page shows it."""
    item, version = (pair.left, pair.left_system) if letter == "A" else (pair.right, pair.right_system)
    revision: ItemRevision | None = item.current
    return {
        "letter": letter,
        "item": item,
        "system": version.system.name if version else "",
        "revision": revision,
        "turns": list(revision.turns.all()) if revision else [],
    }


def after(study: Study, pair: Pair) -> str:
    """Return the address to go to after a decision: the next pair that waits, or the list."""
    waiting = pairs.of_study(study).filter(state=Pair.State.PROPOSED)
    following = waiting.filter(position__gt=pair.position).order_by("position").first() or waiting.first()
    args = [study.project.slug, study.slug]
    return reverse("study_pair", args=[*args, following.pk]) if following else reverse("study_pairs", args=args)
