"""A session under annotation: one turn saved, all proposals accepted, earlier sessions of the case read.

With scripts the work page saves turns as JSON; without, each turn is a form and a redirect. Both end in one service.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import answers, posted
from annotation.answers import Copy
from annotation.kinds.dialogue import Dialogue, opened, sees_proposals
from annotation.kinds.dialogue_page import grouped, read_only
from annotation.services import turns
from annotation.services.saving import TurnConflict
from annotation.services.turns import Part
from projects import kinds
from projects.access import RaterRequest, rater_view
from projects.models import Assignment, StudyRole
from projects.services import handling
from projects.views import rate

BODY_LIMIT = 500_000


def own(part: StudyRole, token: str) -> Assignment:
    """Return this rater's session with `token`; Http404 also for a unit of another kind of study."""
    if part.study.kind != Dialogue.key:
        raise Http404
    return handling.own(part, token)


def part_of(assignment: Assignment, index: int | None, *, bare: bool) -> Part:
    """Return one turn of a session, or its own fields; Http404 where it has no such turn.

    What is saved and proposed comes with it unless it is `bare`.
    """
    if bare:
        found = turns.asked_part(assignment, index)
    else:
        found = turns.open_part(assignment, index, proposals=sees_proposals(assignment))
    if found is None:
        raise Http404
    return found


@rater_view
@require_http_methods(["GET", "HEAD", "POST"])
def turn(request: RaterRequest, token: str, turn: int) -> HttpResponseBase:
    """Show the work page at one turn, or save that turn."""
    assignment = own(request.part, token)
    if request.method == "POST":
        return save(request, assignment, turn)
    if stop := rate.standstill(request, assignment):
        return stop
    return at_turn(request, assignment, turn)


@rater_view
@require_POST
def session(request: RaterRequest, token: str) -> HttpResponseBase:
    """Save the session's own fields."""
    assignment = own(request.part, token)
    return save(request, assignment, None)


@dataclass(frozen=True)
class Typed:
    """What a plain form sent that could not be taken as it is: shown again, over the version that is there now."""

    copy: Copy
    version: int
    note: str
    status: int


def at_turn(request: RaterRequest, assignment: Assignment, index: int, typed: Typed | None = None) -> HttpResponse:
    """Return the work page with the turn of this index in focus."""
    kind = kinds.of(request.part.study)
    form = opened(kind.form(assignment))
    places = {part.turn.index: n for n, part in enumerate(form.work.turns) if part.turn}
    if index not in places:
        raise Http404
    form.current = places[index]
    if typed is None:
        return rate.page(request, kind, assignment, form=form)
    form.show(form.work.turns[form.current], typed.copy, typed.version)
    return rate.page(request, kind, assignment, form=form, note=typed.note, status=typed.status)


def save(request: RaterRequest, assignment: Assignment, index: int | None) -> HttpResponseBase:
    """Save one part from a script or from a plain form. A script brings all there is to be kept of it."""
    if len(request.body) > BODY_LIMIT:
        return refusal([_("This is too long to be kept.")], 413)
    scripted = rate.wants_json(request)
    part = part_of(assignment, index, bare=scripted)
    return from_script(request, assignment, part) if scripted else from_form(request, assignment, part)


def refusal(words: list[str], status: int) -> JsonResponse:
    """Say what is wrong; what was typed is still on the page."""
    return JsonResponse({"ok": False, "message": " ".join(words)}, status=status)


def conflict_words() -> str:
    """Say that another tab or device was there first."""
    return _("This was saved in another tab or on another device meanwhile. Nothing was overwritten.")


def from_script(request: RaterRequest, assignment: Assignment, part: Part) -> JsonResponse:
    """Save what the page's script sends; where something newer is there, reply with both."""
    try:
        payload, version = posted.sent_json(request.body)
        copy = answers.read(payload, part.asked, part.text)
        saved = turns.save(assignment, part.turn, copy=copy, version=version)
    except answers.AnswerError as error:
        return refusal(error.faults, 422)
    except ValueError:
        return refusal([_("What was sent could not be read.")], 400)
    except TurnConflict as conflict:
        theirs = answers.fit(conflict.draft.payload, part.asked, part.text).to_json()
        both = {"yours": copy.to_json(), "theirs": theirs, "version": conflict.draft.version}
        return JsonResponse({"ok": False, "message": conflict_words(), **both}, status=409)
    told = {"ok": True, "version": saved.version, "saved": timezone.localtime(saved.updated_at).strftime("%H:%M")}
    return JsonResponse(told)


def from_form(request: RaterRequest, assignment: Assignment, part: Part) -> HttpResponse:
    """Save a plain form and go on; whatever stands in the way, the page holds what was typed."""
    sent = posted.payload(request.POST, part.asked, part.copy.to_json())
    copy, version = answers.fit(sent, part.asked, part.text), posted.version(request.POST)
    copy = take_decision(request, part, copy)
    lacking = copy.missing(part.asked) if copy.done else []
    try:
        turns.save(assignment, part.turn, copy=replace(copy, done=copy.done and not lacking), version=version)
    except TurnConflict as conflict:
        note = conflict_words() + " " + _("Send again to put yours in its place.")
        return again(request, assignment, part, Typed(copy, conflict.draft.version, note, 409))
    if lacking:
        names = ", ".join(one.words for one in lacking)
        note = _("Saved, but not done yet: there is no answer to %(names)s.") % {"names": names}
        return again(request, assignment, part, Typed(copy, version + 1, note, 422))
    return redirect(way_on(request, assignment, part))


def take_decision(request: RaterRequest, part: Part, copy: Copy) -> Copy:
    """Return the copy with the proposals taken over or turned down whose button was pressed."""
    decision, key, source = posted.decided(request.POST) or ("", "", "")
    one = next((one for one in part.asked if one.key == key), None)
    group = next((rows for rows in grouped(part.proposals.get(key, ())) if rows[0].source == source), [])
    for row in group if one else []:
        if decision == answers.REJECTED:
            copy = answers.reject(copy, key, row.source)
        elif one and row.given:
            copy = answers.accept(copy, one, row.given, row.source)
    return copy


def again(request: RaterRequest, assignment: Assignment, part: Part, typed: Typed) -> HttpResponse:
    """Show a part that could not be taken as it is, with the reason."""
    if part.turn:
        return at_turn(request, assignment, part.turn.index, typed)
    kind = kinds.of(request.part.study)
    form = opened(kind.form(assignment))
    form.show(form.work.session, typed.copy, typed.version)
    return rate.page(request, kind, assignment, form=form, note=typed.note, status=typed.status)


def way_on(request: RaterRequest, assignment: Assignment, part: Part) -> str:
    """Return where a saved form leads: to the next turn when it is done, else to the same one."""
    go, study = request.POST.get("go"), request.part.study.token
    index = part.turn.index if part.turn else posted.at(request.POST)
    if part.turn and go == "done":
        following = turns.next_index(part.turn)
        index = index if following is None else following
    return reverse("rate_turn", args=[study, assignment.token, index])


@rater_view
@require_POST
def accept_all(request: RaterRequest, token: str) -> HttpResponse:
    """Take over the proposals for every field that has no answer yet, where the study allows it."""
    assignment = own(request.part, token)
    if not request.part.study.settings["bulk_accept"] or not sees_proposals(assignment):
        raise Http404
    taken = turns.accept_all(assignment)
    words = ngettext("%(n)s proposal is taken over.", "%(n)s proposals are taken over.", taken) % {"n": taken}
    messages.success(request, words + " " + _("Look at each turn and mark it as done."))
    return redirect("rate_unit", request.part.study.token, token)


@rater_view
@require_safe
def newer(request: RaterRequest, token: str) -> JsonResponse:
    """Tell a page that comes back into view what was saved elsewhere; `than` is the version it shows."""
    assignment = own(request.part, token)
    version = turns.version_of(assignment)
    if version == posted.whole(request.GET.get("than")):
        return JsonResponse({"version": version, "parts": {}})
    work = turns.open_work(assignment, proposals=False)
    found = {
        str(part.turn.index) if part.turn else "session": {"version": part.version, "copy": part.copy.to_json()}
        for part in work.parts
        if part.version
    }
    return JsonResponse({"version": work.version, "parts": found})


@rater_view
@require_safe
def earlier(request: RaterRequest, token: str, order: int) -> HttpResponse:
    """Show an earlier session of the same case, to be read only."""
    assignment = own(request.part, token)
    if stop := rate.standstill(request):
        return stop
    item, allowed = assignment.unit.item, request.part.study.settings["earlier_sessions"]
    found = next((row for row in turns.earlier(item) if row.case_order == order), None) if item and allowed else None
    if found is None or found.current is None:
        raise Http404
    context = {
        "part": request.part,
        "study": request.part.study,
        "assignment": assignment,
        "revision": found.current,
        "order": order,
        "rows": read_only(list(found.current.turns.all())),
    }
    page = "_earlier" if request.headers.get("HX-Request") else "earlier"
    return render(request, f"annotation/dialogue/{page}.html", context)
