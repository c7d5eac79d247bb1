"""The queue of disputes, and the page on which an adjudicator settles one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.kinds.label_review import OPEN_DISPUTES
from annotation.models import Dispute, Meeting
from annotation.services import disputes, labels, resolutions
from annotation.services.disputes import AGENDA, RATING, RUNNING
from annotation.views.forms import PostForm, SettleForm
from projects.access import ADJUDICATOR, MANAGER, ProjectRequest, project_view
from projects.listing import Listing
from projects.models import Study, new_token
from projects.prepared import Counting, Question, foreseen
from projects.views.study_lookup import get_study, tab_context
from projects.views.study_work import strata_of

PER_PAGE = 20
FILTERS = ("state", "cause", "topic", "language", "agenda")


def get_dispute(study: Study, pk: int) -> Dispute:
    """Return a dispute of the study with its item; Http404 for any other."""
    rows = Dispute.objects.filter(unit__study=study)
    found = rows.select_related("unit__revision__item__dataset", "unit__item").filter(pk=pk).first()
    if found is None:
        raise Http404
    found.unit.study = study
    return found


def wanted(request: ProjectRequest) -> dict[str, str]:
    """Return the filters in the address; no database column holds a NUL, so nothing could be found by one."""
    given = {name: request.GET.get(name, "") for name in FILTERS}
    return {name: value for name, value in given.items() if value and "\0" not in value}


def lines(study: Study | int, filters: Mapping[str, str]) -> QuerySet[Dispute]:
    """Return the disputes that the filters leave, each with what a line of the queue shows and nothing else."""
    rows = disputes.of_study(study, filters).select_related(None).only("state", "cause", "agenda", "opened_at")
    return rows.annotate(
        code=F("unit__item__external_id"), text=F("unit__revision__text"),
        topic=F("unit__stratum"), language=F("unit__language"),
    )  # fmt: skip


OPEN = Listing(
    lambda study: lines(study, {}), -1, per_page=PER_PAGE,
    counted=lambda study: disputes.of_study(study, {}).select_related(None),
)  # fmt: skip


@project_view(MANAGER, ADJUDICATOR)
@require_safe
def queue(request: ProjectRequest, study: str) -> HttpResponse:
    """List the disputes of a study, oldest first."""
    found = get_study(request.access, study)
    filters, number, key = wanted(request), request.GET.get("page"), (found.pk,)
    asked: list[Question] = [(RUNNING, key), (Counting(AGENDA), key), (RATING, (*key, request.user.pk))]
    asked += [*OPEN_DISPUTES.asks(key), *(() if filters else OPEN.asks(number, found.pk))]
    with foreseen(*asked):
        if filters:
            page = Paginator(lines(found, filters), PER_PAGE).get_page(number)
        else:
            page = OPEN.page(number, found.pk)
        context = {
            **tab_context(request.access, found, "disputes"),
            "page_obj": page,
            "filters": filters,
            "causes": Dispute.Cause.choices,
            "topics": strata_of(found.pk, found.token, found.unit_count),
            "meeting": RUNNING.first(found.pk),
            "on_agenda": AGENDA.count(found.pk),
            "may_settle": disputes.may_settle(request.user, found),
        }
    return render(request, "annotation/disputes/queue.html", context)


@project_view(MANAGER, ADJUDICATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: ProjectRequest, study: str, dispute: int) -> HttpResponseBase:
    """Show one dispute to somebody who may settle it, and take the decision."""
    found = get_study(request.access, study)
    row = get_dispute(found, dispute)
    if not disputes.may_settle(request.user, found):
        raise PermissionDenied
    disputes.open_for_adjudicator(row, request.user)
    if request.GET.get("prelabel"):
        disputes.show_prelabel(row, request.user)
    form = settle_form(request, row)
    if request.method == "POST" and form.is_valid() and settle(request, row, form):
        return onward(request, row)
    status = 422 if request.method == "POST" else 200
    return render(request, "annotation/disputes/dispute.html", page_context(request, row, form), status=status)


def settle_form(request: ProjectRequest, row: Dispute) -> SettleForm:
    """Return the decision form, empty until somebody decides."""
    return SettleForm(
        request.POST if request.method == "POST" else None,
        options=labels.options(row.unit),
        several=labels.takes_several(row.unit),
    )


def running_meeting(request: ProjectRequest, study: Study) -> Meeting | None:
    """Return the meeting this page is shown in, if any."""
    token = request.GET.get("meeting") or request.POST.get("meeting") or ""
    if not token.isdecimal():
        return None
    return Meeting.objects.filter(study=study, pk=int(token), ended_at=None).first()


def settle(request: ProjectRequest, row: Dispute, form: SettleForm) -> bool:
    """Store the decision; a refusal of the service becomes an error of the form."""
    data = form.cleaned_data
    try:
        resolutions.adjudicate(
            row.unit,
            by=request.user,
            values=data["values"],
            remove=data["remove"],
            reason=data["reason"],
            saw_prelabel=disputes.saw_prelabel(row, request.user),
            meeting=running_meeting(request, row.unit.study),
        )
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
        return False
    messages.success(request, _("Settled. The reason is kept with the item."))
    return True


def onward(request: ProjectRequest, row: Dispute) -> HttpResponse:
    """Go on to the next dispute: of the meeting's agenda, else of the queue."""
    study, project = row.unit.study, request.access.project
    meeting = running_meeting(request, study)
    if meeting:
        following = disputes.next_on_agenda(study, row)
    else:
        following = disputes.neighbours(disputes.of_study(study, wanted(request)), row)[1]
    if following is None:
        return redirect("meetings" if meeting else "disputes", project.slug, study.slug)
    query = request.GET.copy()
    query.pop("prelabel", None)
    return to_dispute(request, following, query.urlencode())


def to_dispute(request: ProjectRequest, row: Dispute, query: str) -> HttpResponse:
    """Go to a dispute, with the filters and the meeting in `query`."""
    address = reverse("dispute", args=[request.access.project.slug, row.unit.study.slug, row.pk])
    return redirect(f"{address}?{query}" if query else address)


def page_context(request: ProjectRequest, row: Dispute, form: SettleForm) -> dict[str, Any]:
    """Return what the adjudicator sees: votes without names; the pre-label only on request."""
    study = row.unit.study
    votes = labels.votes(row.unit)
    before, after = disputes.neighbours(disputes.of_study(study, wanted(request)), row)
    proposal = labels.prelabel(row.unit) if request.GET.get("prelabel") else None
    words = {option.key: option.spoken for option in labels.options(row.unit)}
    return {
        **tab_context(request.access, study, "disputes"),
        "dispute": row,
        "unit": row.unit,
        "revision": row.unit.revision,
        "options": labels.options(row.unit),
        "sides": disputes.sides(votes, row),
        "posts": disputes.discussion(row),
        "post_form": PostForm(initial={"client_key": new_token()}),
        "form": form,
        "proposal": proposal,
        "proposal_words": ", ".join(words.get(value, value) for value in proposal.values) if proposal else "",
        "conclusion": disputes.conclusion(row),
        "conclusion_words": words,
        "before": before,
        "after": after,
        "meeting": running_meeting(request, study),
        "remove_key": SettleForm.REMOVE,
    }


@project_view(MANAGER, ADJUDICATOR)
@require_POST
def say(request: ProjectRequest, study: str, dispute: int) -> HttpResponse:
    """Add the adjudicator's word to the discussion."""
    found = get_study(request.access, study)
    row = get_dispute(found, dispute)
    if not disputes.may_settle(request.user, found):
        raise PermissionDenied
    form = PostForm(request.POST)
    try:
        if form.is_valid():
            disputes.post(row, author=request.user, **form.cleaned_data)
            return to_dispute(request, row, request.GET.urlencode())
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
    empty = SettleForm(options=labels.options(row.unit), several=labels.takes_several(row.unit))
    context = {**page_context(request, row, empty), "post_form": form}
    return render(request, "annotation/disputes/dispute.html", context, status=422)


@project_view(MANAGER, ADJUDICATOR)
@require_POST
def agenda(request: ProjectRequest, study: str) -> HttpResponse:
    """Put the chosen disputes on the agenda of the next meeting, or take them off."""
    found = get_study(request.access, study)
    if not disputes.may_settle(request.user, found):
        raise PermissionDenied
    chosen = [int(pk) for pk in request.POST.getlist("dispute") if pk.isdecimal() and len(pk) < 19]
    rows = Dispute.objects.filter(unit__study=found, pk__in=chosen)
    disputes.set_agenda(rows, on=request.POST.get("on") == "1")
    response = redirect("disputes", request.access.project.slug, found.slug)
    query = request.POST.get("query", "")
    response["Location"] += f"?{query}" if query else ""
    return response
