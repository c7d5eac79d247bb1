"""Curation: the sessions that wait for a decision, and the page on which an adjudicator compares and decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import answers, posted
from annotation.answers import Copy, Given
from annotation.kinds.dialogue import Dialogue
from annotation.kinds.dialogue_page import Asked, left, panel
from annotation.models import Curation
from annotation.schema import FieldKind
from annotation.services import comments, disputes
from annotation.services import curation as service
from annotation.services.curation import Compared, ComparedPart, Comparison, CurationConflict, given_of
from annotation.services.turns import Part
from annotation.views.forms import PostForm
from projects.access import ADJUDICATOR, MANAGER, ProjectRequest, project_view
from projects.models import Unit, new_token
from projects.services import sightings
from projects.views.study_lookup import get_study, tab_context

PER_PAGE, TURNS_PER_PAGE = 25, 40
OWN, LEAVE = "~own", ""
DIGITS = "1234567890"


def get_unit(request: ProjectRequest, study: str, pk: int) -> Unit:
    """Return a session of a dialogue annotation that everybody has answered, to somebody who may decide about it."""
    found = get_study(request.access, study)
    if found.kind != Dialogue.key:
        raise Http404
    row = Curation.objects.filter(unit__study=found, unit=pk).select_related("unit__item", "unit__revision").first()
    if row is None:
        raise Http404
    if not disputes.may_settle(request.user, found):
        raise PermissionDenied
    row.unit.study = found
    return row.unit


@project_view(MANAGER, ADJUDICATOR)
@require_safe
def queue(request: ProjectRequest, study: str) -> HttpResponse:
    """List the sessions that everybody has answered, those first in which something is to be decided."""
    found = get_study(request.access, study)
    if found.kind != Dialogue.key:
        raise Http404
    state = request.GET.get("state", "")
    rows = service.of_study(found, state)
    context = {
        **tab_context(request.access, found, "curation"),
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "state": state,
        "may_settle": disputes.may_settle(request.user, found),
        "unfinished": found.units.filter(withdrawn=False, curation=None).count(),
        "first": service.of_study(found, "").first(),
    }
    return render(request, "annotation/curation/queue.html", context)


@dataclass
class Chosen:
    """What was sent for one part: the answers by field, the numbers they build on, and what is wrong."""

    reason: str = ""
    given: dict[str, Given] = field(default_factory=dict)
    based_on: dict[str, int] = field(default_factory=dict)
    own: dict[str, Given | None] = field(default_factory=dict)
    picks: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    reason_error: str = ""


@dataclass(frozen=True)
class Option:
    """One answer that can be made final."""

    value: str
    words: str
    codes: list[str]
    checked: bool
    key: str


@dataclass(frozen=True)
class Ask:
    """One field of the part in hand: the answers given, one of the adjudicator's own, and what is final now."""

    row: Compared
    options: list[Option]
    own: Asked
    own_checked: bool
    own_key: str


@project_view(MANAGER, ADJUDICATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: ProjectRequest, study: str, unit: int) -> HttpResponseBase:
    """Show one session with everybody's answers side by side, and take the decision on one turn of it."""
    row = get_unit(request, study, unit)
    compared = service.compare(row)
    if request.method != "POST":
        sightings.see(row, user=request.user)
        wanted = request.GET.get("turn", "")
        following = compared.next_open()
        return page(request, row, compared, compared.part(wanted) or following)
    part = named(request, compared)
    sent = read(request.POST, part)
    if keep(request, row, part, sent):
        return onward(request, row, part)
    return page(request, row, service.compare(row), part, sent=sent, status=422)


def named(request: ProjectRequest, compared: Comparison) -> ComparedPart:
    """Return the part a form is about: the session where it names none; Http404 for one that is not there."""
    part = compared.part(request.POST.get("part") or "session")
    if part is None:
        raise Http404
    return part


def read(data: QueryDict, part: ComparedPart) -> Chosen:
    """Return what a form says about the fields of one part; a value that cannot be read counts as none."""
    sent = Chosen(reason=data.get("reason", ""))
    fields = [row.field for row in part.fields]
    own = posted.payload(data, fields, {})["fields"]
    text = part.turn.text if part.turn else ""
    for row in part.fields:
        key = row.field.key
        pick = data.get(f"pick.{key}", LEAVE)
        sent.picks[key], sent.based_on[key] = pick, posted.whole(data.get(f"based.{key}"))
        typed = answers.fit({"fields": {key: own[key]}} if key in own else {}, [row.field], text)
        sent.own[key] = typed.given.get(key)
        if pick == OWN:
            take_own(sent, row, own.get(key), text)
        elif pick.isdecimal() and int(pick) < len(row.different):
            sent.given[key] = row.different[int(pick)][0]
    return sent


def take_own(sent: Chosen, row: Compared, told: Mapping[str, Any] | None, text: str) -> None:
    """Take the adjudicator's own answer to one field, or say what is wrong with it."""
    if told is None:
        sent.errors.append(_("%(field)s: choose or write your own answer.") % {"field": row.field.words})
        return
    try:
        found = answers.read({"fields": {row.field.key: told}}, [row.field], text)
    except answers.AnswerError as error:
        sent.errors += error.faults
        return
    sent.given |= found.given


def keep(request: ProjectRequest, unit: Unit, part: ComparedPart, sent: Chosen) -> bool:
    """Store the decision; a refusal of the service becomes an error on the page."""
    if sent.errors:
        return False
    try:
        changed = service.decide(
            unit, part.name, chosen=sent.given, based_on=sent.based_on, reason=sent.reason, by=request.user
        )
    except CurationConflict:
        sent.errors.append(
            _("Somebody else has decided here meanwhile. This is how it stands now; send again to change it.")
        )
        return False
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            sent.reason_error = " ".join(error.messages)
        else:
            sent.errors += error.messages
        return False
    told = ngettext("%(n)s final answer is set.", "%(n)s final answers are set.", changed) % {"n": changed}
    messages.success(request, told if changed else _("Nothing was changed."))
    return True


def onward(request: ProjectRequest, unit: Unit, part: ComparedPart) -> HttpResponse:
    """Go on to the next turn that waits for a decision; where none is left, stay at this one."""
    following = service.compare(unit).next_open(part.name)
    return to_part(request, unit, (following or part).name)


def to_part(request: ProjectRequest, unit: Unit, name: str) -> HttpResponse:
    """Go to one part of the session, with the filter as it is."""
    query = QueryDict(mutable=True)
    if request.GET.get("show"):
        query["show"] = request.GET["show"]
    query["turn"] = name
    address = reverse("curation_session", args=[request.access.project.slug, unit.study.slug, unit.pk])
    return redirect(f"{address}?{query.urlencode()}#{anchor(name)}")


def anchor(name: str) -> str:
    """Return where a part stands on the page."""
    return f"t-{name}"


@dataclass(frozen=True)
class Shown:
    """One part as the page shows it."""

    part: ComparedPart
    anchor: str
    number: int
    end: bool
    current: bool
    comments: list[Any]


def page(
    request: ProjectRequest,
    unit: Unit,
    compared: Comparison,
    current: ComparedPart | None,
    *,
    sent: Chosen | None = None,
    post_form: PostForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return the page with one part opened for a decision."""
    every = request.GET.get("show") == "all" or not any(part.differs for part in compared.parts)
    # What is in hand is shown whatever the filter says; by name, as it may have been loaded anew.
    name = current.name if current else ""
    talk = comments.by_turn(list(comments.of_unit(unit)))
    parts = [part for part in compared.parts if every or part.differs or part.name == name or _of(part, talk)]
    pages = Paginator(parts, TURNS_PER_PAGE)
    at = next((n for n, part in enumerate(parts) if part.name == name), 0)
    shown = pages.get_page(request.GET.get("page") or at // TURNS_PER_PAGE + 1)
    side = left([part.turn for part in compared.parts if part.turn])
    context = {
        **tab_context(request.access, unit.study, "curation"),
        "unit": unit,
        "revision": unit.revision,
        "compared": compared,
        "page_obj": shown,
        "rows": shown_parts(shown, compared, name, talk, side),
        "asks": asks(current, sent) if current else [],
        "sent": sent or Chosen(),
        "every": every,
        "only_differences": not every,
        "counts": Curation.objects.get(unit=unit),
        "around": around(parts, name),
        "following": compared.next_open(name),
        "texts": open_texts(compared),
        "post_form": post_form or PostForm(initial={"client_key": new_token()}),
    }
    return render(request, "annotation/curation/session.html", context, status=status)


def _of(part: ComparedPart, talk: Mapping[int | None, list[Any]]) -> list[Any]:
    return talk.get(part.turn.index if part.turn else None, [])


def shown_parts(
    page: Page[ComparedPart], compared: Comparison, name: str, talk: Mapping[int | None, list[Any]], first: str
) -> list[Shown]:
    """Return the parts of a page, with where they stand and what was said about them."""
    numbers = {part.name: n for n, part in enumerate(compared.parts, 1)}
    return [
        Shown(
            part=part,
            anchor=anchor(part.name),
            number=numbers[part.name],
            end=bool(part.turn and part.turn.role != first),
            current=part.name == name,
            comments=_of(part, talk),
        )
        for part in page
    ]


def around(parts: Sequence[ComparedPart], name: str) -> tuple[str, str]:
    """Return the names of the shown parts before and behind one."""
    names = [part.name for part in parts]
    at = names.index(name) if name in names else 0
    return (names[at - 1] if at else "", names[at + 1] if at + 1 < len(names) else "")


def asks(part: ComparedPart, sent: Chosen | None) -> list[Ask]:
    """Return the fields of the part in hand; as long as there are any, digits choose among the answers."""
    keys = iter(DIGITS)
    return [ask(row, keys, sent) for row in part.fields]


def ask(row: Compared, keys: Iterator[str], sent: Chosen | None) -> Ask:
    """Return one field with the answers to choose from; what was sent stays chosen and typed."""
    final, key = (given_of(row.final) if row.final else None), row.field.key
    pick = sent.picks.get(key, LEAVE) if sent else None
    different = row.different
    if pick is None:
        place = next((at for at, (given, _codes) in enumerate(different) if given == final), None)
        pick = LEAVE if final is None else OWN if place is None else str(place)
    options = [
        Option(str(at), row.words(given), codes, pick == str(at), next(keys, ""))
        for at, (given, codes) in enumerate(different)
    ]
    # A text begins with what was said most often, to be changed; a label of one's own is chosen afresh.
    begin = different[0][0] if different and row.field.kind == FieldKind.TEXT else None
    begin = sent.own.get(key) if sent else final or begin
    return Ask(row, options, blank(row, begin), pick == OWN, next(keys, ""))


def blank(row: Compared, given: Given | None) -> Asked:
    """Return the field for an answer of the adjudicator's own; no key chooses in it, other fields stand beside it."""
    copy = Copy(given={row.field.key: given} if given else {})
    # The session's panel has no keys of its own on the page.
    made = panel("session", Part(None, (row.field,), copy=copy)).asked[0]
    return replace(made, choices=[replace(choice, key="") for choice in made.choices])


def open_texts(compared: Comparison) -> list[tuple[str, str, int]]:
    """Return the fields that are open in more than one turn, to take one rater's answers to all of them at once."""
    counts: dict[str, tuple[str, int]] = {}
    for _place, row in compared.rows:
        if row.open:
            counts[row.field.key] = (row.field.words, counts.get(row.field.key, ("", 0))[1] + 1)
    return [(key, words, n) for key, (words, n) in counts.items() if n > 1]


@project_view(MANAGER, ADJUDICATOR)
@require_POST
def take_over(request: ProjectRequest, study: str, unit: int) -> HttpResponse:
    """Make one rater's answers to a field final wherever they are still open in the session."""
    row = get_unit(request, study, unit)
    key, code = request.POST.get("field", ""), request.POST.get("rater", "")
    try:
        taken = service.take_over(row, key, code, reason=request.POST.get("reason", ""), by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except CurationConflict:
        messages.error(request, _("Somebody else has decided here meanwhile. Look at it again."))
    else:
        told = ngettext("%(n)s final answer is set.", "%(n)s final answers are set.", taken) % {"n": taken}
        messages.success(request, told if taken else _("Nothing was changed."))
    return redirect("curation_session", request.access.project.slug, row.study.slug, row.pk)


@project_view(MANAGER, ADJUDICATOR)
@require_POST
def say(request: ProjectRequest, study: str, unit: int) -> HttpResponse:
    """Add the adjudicator's word to the talk about a turn."""
    row = get_unit(request, study, unit)
    compared = service.compare(row)
    part = named(request, compared)
    form = PostForm(request.POST)
    try:
        if form.is_valid():
            comments.say(row, part.turn, author=request.user, **form.cleaned_data)
            return to_part(request, row, part.name)
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
    return page(request, row, compared, part, post_form=form, status=422)
