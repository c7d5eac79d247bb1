"""The work page of every kind of study: what a rater opens and answers; what else they do is in `rate_beside`.

With scripts the page holds the next unit ready and sends answers in the background; without, each answer is a form
and a redirect. Both end in the same service.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from projects import content, gates, kinds, loop, outlines
from projects.access import RaterRequest, rater_view
from projects.kinds import Kind, WorkForm
from projects.markdown import to_html
from projects.models import Assignment, StudyRole, Unit
from projects.querysets.people import share, team_of
from projects.services import handling, pauses, work

DRAFT_LIMIT = 200_000


def wants_json(request: HttpRequest) -> bool:
    """Whether the page's script asks, and not a plain form."""
    return request.headers.get("Accept", "").startswith("application/json")


@rater_view
@require_safe
def rate(request: RaterRequest) -> HttpResponse:
    """Show the unit in work, or say why there is none."""
    part = request.part
    if stop := standstill(request):
        return stop
    kind = kinds.of(part.study)
    held = loop.hold(part, ahead=kind.lookahead)
    if not held and (way := kind.detour(part, done=True)):
        return redirect(way)
    if not held:
        return render(request, "projects/rate/nothing.html", {"part": part})
    return page(request, kind, held[0], ahead=held[1:])


def standstill(request: RaterRequest, assignment: Assignment | None = None) -> HttpResponse | None:
    """Return the page that stands in for work: not open, paused, closed, left, or the content notice first.

    A unit that is the very thing asked for before work may be seen.
    """
    part, stop = request.part, loop.standstill(request.part)
    if stop == loop.Standstill.DETOUR and assignment is not None and gates.admits(part, assignment):
        return None
    if stop == loop.Standstill.WAITING:
        pause = pauses.current(part) if part.state == StudyRole.State.PAUSED else None
        return render(request, "projects/rate/waiting.html", {"part": part, "pause": pause})
    if stop == loop.Standstill.NOTICE:
        project = part.study.project
        notice, lines = (to_html(text, get_language() or "") for text in (project.content_notice, project.help_text))
        context = {"part": part, "notice": notice, "help": lines}
        return render(request, "projects/rate/notice.html", context)
    if stop == loop.Standstill.DETOUR:
        return redirect(loop.detour(part))
    return None


@rater_view
@require_POST
def begin(request: RaterRequest) -> HttpResponse:
    """Remember that the rater has read the content notice."""
    loop.begin(request.part)
    return redirect("rate", request.part.study.token)


def fragment(
    request: HttpRequest, kind: Kind, assignment: Assignment, form: WorkForm | None = None, *, again: bool = False
) -> dict[str, str]:
    """Return one unit's handle and its markup in two parts: the text and the answer dock."""
    if form is None and not again and (outline := kind.outline(assignment)):
        return {"token": assignment.token, **outlines.fill(kind.template, outline)}
    form = form or kind.form(assignment)
    context = {**unit_context(kind, assignment, form), "again": again}
    # Without the request: a fragment shows a unit, nothing of the person or the page around it.
    parts = {name: render_to_string(f"{kind.template}#{name}", context) for name in ("reading", "dock")}
    return {"token": assignment.token, **parts}


def unit_context(kind: Kind, assignment: Assignment, form: WorkForm) -> dict[str, Any]:
    """Return what a kind's fragment may use."""
    return {
        "assignment": assignment,
        "study": assignment.study,
        "form": form,
        "action": reverse("rate_unit", args=[assignment.study.token, assignment.token]),
        **kind.work_context(assignment, form),
    }


def page(
    request: RaterRequest,
    kind: Kind,
    assignment: Assignment,
    *,
    ahead: list[Assignment] | None = None,
    form: WorkForm | None = None,
    note: str = "",
    again: bool = False,
    training: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Return the whole work page around one unit."""
    part = request.part
    context = {
        "part": part,
        "kind": kind,
        "study": part.study,
        "unit": fragment(request, kind, assignment, form, again=again),
        "assignment": assignment,
        "ahead": [fragment(request, kind, row) for row in ahead or []],
        "guideline": to_html(part.study.guideline.text if part.study.guideline else "", get_language() or ""),
        "share": share(part, **team_of(part.study)),
        "revising": assignment.state == Assignment.State.SUBMITTED,
        "note": note,
        "training": training,
        "touches": content.names(part.study),
    }
    return render(request, kind.page, context, status=status)


@rater_view
@require_http_methods(["GET", "HEAD", "POST"])
def unit(request: RaterRequest, token: str) -> HttpResponseBase:
    """Show one of this rater's own units, or take the answer to it."""
    part = request.part
    assignment = handling.own(part, token)
    kind = kinds.of(part.study)
    if request.method == "POST":
        return answer(request, kind, assignment)
    training = assignment.unit.role == Unit.Role.TRAINING
    if training and assignment.state == Assignment.State.SUBMITTED:
        return redirect("rate", part.study.token)
    if stop := standstill(request, assignment):
        return stop
    loop.look_again(assignment)
    note = gates.note(part, assignment)
    return page(request, kind, assignment, note=note, training=training, again="again" in request.GET)


def answer(request: RaterRequest, kind: Kind, assignment: Assignment) -> HttpResponseBase:
    """Take an answer; whatever stands in the way, the reply holds what was typed."""
    form = kind.form(assignment, request.POST)
    if not form.is_valid():
        return refused(request, kind, assignment, form, _("Your answer is not complete."), 422)
    known, ahead = handles(request), kind.lookahead
    try:
        if wants_json(request):
            outcome, held = loop.take_and_go_on(request.part, assignment, form, ahead=ahead, known=known)
        else:
            outcome, held = loop.take(request.part, assignment, form), []
    except work.StudyNotOpen:
        note = _("The study is not open now, so your answer was not taken. What you typed is still here.")
        return refused(request, kind, assignment, form, note, 409)
    except work.AnswerConflict:
        note = _("You have answered this in another tab meanwhile. Send again to replace that answer.")
        return refused(request, kind, assignment, rebased(kind, assignment, request), note, 409)
    fresh = [row for row in held if row.token not in known]
    return accepted(request, kind, assignment, outcome, fresh)


def handles(request: RaterRequest) -> set[str]:
    """Return the handles of the units that the page holds beside the one it answers."""
    return set(request.headers.get("X-Held", "").split(",")) - {""}


def rebased(kind: Kind, assignment: Assignment, request: RaterRequest) -> WorkForm:
    """Return the form as it was sent, based on the newest answer, so that sending it again replaces that one."""
    data = request.POST.copy()
    latest = assignment.submissions.filter(current=True).first()
    data["based_on"] = str(latest.number if latest else 0)
    return kind.form(assignment, data)


def refused(
    request: RaterRequest, kind: Kind, assignment: Assignment, form: WorkForm, note: str, status: int
) -> HttpResponseBase:
    """Give the form back with what was typed, and say why."""
    if not wants_json(request):
        return page(request, kind, assignment, form=form, note=note, status=status)
    errors = [str(error) for errors in form.errors.values() for error in errors]
    body = {"ok": False, "message": errors[0] if errors else note, "unit": fragment(request, kind, assignment, form)}
    return JsonResponse(body, status=status)


def accepted(
    request: RaterRequest, kind: Kind, assignment: Assignment, outcome: work.Outcome, fresh: list[Assignment]
) -> HttpResponseBase:
    """Go on: to the same unit once more where something new is to be shown, else to the next, `fresh` from now on."""
    part = request.part
    assignment.state = Assignment.State.SUBMITTED
    again = not outcome.replayed and kind.second_look(assignment, outcome.submission)
    if not wants_json(request):
        if again:
            return redirect(reverse("rate_unit", args=[part.study.token, assignment.token]) + "?again=1")
        return redirect(way_back(request))
    body: dict[str, Any] = {"ok": True, "saved": timezone.localtime().strftime("%H:%M")}
    if again:
        loop.reveal(assignment)
        body["again"] = fragment(request, kind, assignment, again=True)
    if outcome.submission.number == 1:
        body["ahead"] = [fragment(request, kind, row) for row in fresh]
    return JsonResponse(body)


def way_back(request: RaterRequest) -> str:
    """Return where a plain form leads on: to the page under this study that it names, else to the next unit."""
    start, back = reverse("rate", args=[request.part.study.token]), request.POST.get("back", "")
    return back if back.startswith(start) else start


@rater_view
@require_POST
def draft(request: RaterRequest, token: str) -> JsonResponse:
    """Keep what was typed so far and extend the lease; a newer draft of another tab is not overwritten."""
    assignment = handling.own(request.part, token)
    if len(request.body) > DRAFT_LIMIT:
        return JsonResponse({"ok": False, "message": _("This is too long to be kept.")}, status=413)
    try:
        data = json.loads(request.body)
        payload, version = dict(data["payload"]), int(data["version"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"ok": False, "message": _("The draft could not be read.")}, status=400)
    try:
        saved = work.save_draft(assignment, payload=payload, version=version)
    except work.DraftConflict as conflict:
        message = _("You have typed something newer in another tab or on another device.")
        body = {"ok": False, "message": message, "payload": conflict.draft.payload, "version": conflict.draft.version}
        return JsonResponse(body, status=409)
    return JsonResponse(
        {"ok": True, "version": saved.version, "saved": timezone.localtime(saved.saved_at).strftime("%H:%M")}
    )
