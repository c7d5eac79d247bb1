"""A rater's side of the talk about a session: comments turn by turn, under codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotation.kinds.dialogue import Dialogue
from annotation.services import comments as service
from annotation.views.forms import PostForm
from projects.access import RaterRequest, rater_view
from projects.models import Assignment, Turn, new_token
from projects.services import handling
from projects.views import rate
from projects.views.http import PAGE

SESSION = "session"


@dataclass(frozen=True)
class Thread:
    """What was said about one turn, or about the session where `turn` is none."""

    turn: Turn | None
    number: int
    posts: list[Any]
    current: bool

    @property
    def name(self) -> str:
        """What addresses and forms call it."""
        return str(self.turn.index) if self.turn else SESSION


@rater_view
@require_http_methods(PAGE)
def comments(request: RaterRequest, token: str) -> HttpResponseBase:
    """Show the talk about a session that this rater may read, with one turn open to add to; take a contribution."""
    part = request.part
    assignment = handling.own(part, token)
    if part.study.kind != Dialogue.key:
        raise Http404
    if stop := rate.standstill(request):
        return stop
    sent = request.POST if request.method == "POST" else None
    name = request.GET.get("turn", "") if sent is None else sent.get("part", "")
    name = name or SESSION
    turns = {str(turn.index): turn for turn in Turn.objects.filter(revision=assignment.unit.revision_id)}
    if name != SESSION and name not in turns:
        raise Http404
    form = PostForm(sent, initial={"client_key": new_token()})
    form.fields["text"].label = _("Your comment")
    if sent is not None and form.is_valid() and _say(request, assignment, turns.get(name), form):
        address = reverse("rate_comments", args=[part.study.token, token])
        return redirect(f"{address}?turn={name}#t-{name}")
    context = {
        "part": part,
        "study": part.study,
        "assignment": assignment,
        "revision": assignment.unit.revision,
        "threads": threads(assignment, turns, name),
        "handed_in": assignment.state == Assignment.State.SUBMITTED,
        "post_form": form,
    }
    return render(request, "annotation/curation/comments.html", context, status=422 if sent is not None else 200)


def _say(request: RaterRequest, assignment: Assignment, turn: Turn | None, form: PostForm) -> bool:
    rater = request.part.coded
    try:
        service.say(assignment.unit, turn, author=request.user, rater=rater, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
        return False
    return True


def threads(assignment: Assignment, turns: dict[str, Turn], name: str) -> list[Thread]:
    """Return the turns that were talked about, and the one in hand, in their order; the session last."""
    said = service.by_turn(service.for_rater(assignment))
    found = [
        Thread(turn, n, said.get(turn.index, []), key == name)
        for n, (key, turn) in enumerate(sorted(turns.items(), key=lambda entry: entry[1].index), 1)
        if turn.index in said or key == name
    ]
    return [*found, Thread(None, 0, said.get(None, []), name == SESSION)]
