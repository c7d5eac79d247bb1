"""A rater's side of a dispute: read the others' answers, say why, change one's mind."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from annotation.models import Dispute
from annotation.services import disputes, labels
from annotation.views.forms import PostForm
from projects import kinds
from projects.access import RaterRequest, rater_view
from projects.listing import Listing
from projects.models import Assignment, Rater, Study, new_token
from projects.services import handling

MINE = Listing(disputes.of_rater, -1, -2, per_page=25)


@rater_view
@require_safe
def own_disputes(request: RaterRequest) -> HttpResponse:
    """List the disputes over what this rater has labelled."""
    part = request.part
    page_obj = MINE.page(request.GET.get("page"), part.coded.pk, part.study.pk)
    context = {"part": part, "study": part.study, "page_obj": page_obj}
    return render(request, "annotation/disputes/mine.html", context)


@rater_view
@require_http_methods(["GET", "HEAD", "POST"])
def discussion(request: RaterRequest, token: str) -> HttpResponse:
    """Show everybody's answers under codes, and take a contribution. Seeing it is remembered as exposure."""
    assignment = handling.own(request.part, token)
    row = disputes.own_dispute(assignment)
    if row is None:
        raise Http404
    disputes.open_for_rater(assignment)
    form = PostForm(request.POST if request.method == "POST" else None, initial={"client_key": new_token()})
    if request.method == "POST" and form.is_valid() and _say(request, row, form):
        return redirect("rate_dispute", request.part.study.token, token)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "annotation/disputes/discussion.html", _context(request, assignment, row, form), status=status
    )


def _say(request: RaterRequest, row: Dispute, form: PostForm) -> bool:
    try:
        disputes.post(row, author=request.user, rater=request.part.coded, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
        return False
    return True


def _context(request: RaterRequest, assignment: Assignment, row: Dispute, form: PostForm) -> dict[str, object]:
    part = request.part
    votes = labels.votes(assignment.unit)
    words = {option.key: option.spoken for option in labels.options(assignment.unit)}
    codes = dict(Rater.objects.filter(pk__in=[vote.rater_id for vote in votes]).values_list("pk", "code"))
    said = [(codes[vote.rater_id], [words.get(value, value) for value in vote.values], vote) for vote in votes]
    answer = kinds.of(part.study).form(assignment)
    chosen = answer["values"].value() or []
    return {
        "part": part,
        "study": part.study,
        "assignment": assignment,
        "dispute": row,
        "revision": assignment.unit.revision,
        "options": labels.options(assignment.unit),
        "several": labels.takes_several(assignment.unit),
        "votes": said,
        "posts": disputes.discussion(row),
        "form": form,
        "answer": answer,
        "chosen": [chosen] if isinstance(chosen, str) else chosen,
        "open": row.state == Dispute.State.OPEN,
        "working": part.study.state == Study.State.OPEN,
        "conclusion": disputes.conclusion(row),
        "words": words,
    }
