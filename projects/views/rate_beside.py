"""What a rater does beside answering: skip a unit, send a kept form again, look through their answers."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects import kept, kinds, loop
from projects.access import RaterRequest, rater_view
from projects.listing import Listing
from projects.models import Assignment, Dataset, Study, StudyRole, Unit
from projects.prepared import Prepared, foreseen
from projects.services import handling
from projects.services.accounts import change_account

MINE_PER_PAGE = 25


@rater_view
@require_http_methods(["GET", "HEAD", "POST"])
def skip(request: RaterRequest, token: str) -> HttpResponse:
    """Ask for the reason, then put the unit to the back of this rater's queue."""
    assignment = handling.own(request.part, token)
    chosen, note = request.POST.get("reason", ""), request.POST.get("note", "").strip()
    if request.method == "POST" and loop.skip(assignment, reason=chosen, note=note):
        return redirect("rate", request.part.study.token)
    missing = request.method == "POST"
    reasons = [choice for choice in loop.SkipReason.choices if choice[0] != loop.SkipReason.UNSAID]
    context = {"part": request.part, "reasons": reasons, "chosen": chosen, "note": note, "missing": missing}
    return render(request, "projects/rate/skip.html", context, status=422 if missing else 200)


@rater_view
@require_http_methods(["GET", "HEAD", "POST"])
def given_back(request: RaterRequest) -> HttpResponse:
    """Give back a form that was sent after the log-in had run out, to be sent again; or throw it away."""
    study = request.part.study
    if request.method == "POST":
        kept.drop(request)
    found = kept.read(request)
    if found is None:
        return redirect("rate", study.token)
    # Only to the person whose unit it is about: others may use this browser.
    handling.own(request.part, found.token)
    return render(request, "projects/rate/kept.html", {"part": request.part, "study": study, "kept": found})


# What a line shows of an answer; its words are the kind's to find, by the options of its item or of the data set.
SHOWN = (
    "token", "ordinal", "submitted_at", "unit__revision__text", "unit__revision__options", "unit__revision__language",
    "unit__revision__item__dataset",
)  # fmt: skip
LABELS = Prepared(lambda study: Dataset.objects.filter(studies=study).only("labels"), -1)


def answered(rater: int, study: int) -> QuerySet[Assignment]:
    """Return what a rater has answered in a study, newest first, training left out."""
    rows = Assignment.objects.filter(rater_id=rater, study_id=study, state=Assignment.State.SUBMITTED)
    rows = rows.exclude(unit__role=Unit.Role.TRAINING).select_related("unit__revision__item")
    return rows.only(*SHOWN).order_by("-submitted_at", "-pk")


MINE = Listing(answered, -1, -2, per_page=MINE_PER_PAGE)


@rater_view
@require_safe
def mine(request: RaterRequest) -> HttpResponse:
    """List what this rater has answered, newest first, to look at again or change."""
    number, rater, key = request.GET.get("page"), request.part.coded.pk, request.part.study.pk
    with foreseen((LABELS, (key,)), *MINE.asks(number, rater, key)):
        page_obj, dataset = MINE.page(number, rater, key), LABELS.first(key)
    for row in page_obj:
        revision = row.unit.revision
        if dataset and revision and revision.item.dataset_id == dataset.pk:
            # One for all, read once.
            revision.item.dataset = dataset
    study, kind = request.part.study, kinds.of(request.part.study)
    words = kind.own_answers(list(page_obj))
    for row in page_obj:
        row.words = words.get(row.pk, "")  # type: ignore[attr-defined]  # for the template
    context = {
        "part": request.part,
        "study": study,
        "page_obj": page_obj,
        "shows_item": kind.shows_item(study),
        "working": study.state == Study.State.OPEN and request.part.state == StudyRole.State.ACTIVE,
    }
    return render(request, "projects/rate/mine.html", context)


@rater_view
@require_POST
def auto(request: RaterRequest) -> HttpResponse:
    """Keep whether answers are sent as soon as they are chosen."""
    change_account(user=request.user, auto_submit=request.POST.get("auto_submit") == "1")
    return HttpResponse(status=204)
