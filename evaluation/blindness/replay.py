"""Rating a clone the way a rater does, over HTTP, and everything a rater could try besides."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

from evaluation.blindness.clone import Clone
from evaluation.blindness.transcript import Exchange, Recorder, Transcript
from evaluation.models import Placement
from projects import kinds, loop
from projects.models import Assignment, Rater, StudyRole

TYPED = "These are words that I typed and want back."
UNKNOWN = "x" * 22
JSON = "application/json"


@dataclass
class Seen:
    """What one rater saw of one unit."""

    assignment: int
    unit: int
    role: str
    page: Exchange
    again: Exchange
    empty: Exchange
    api: Exchange
    # codes in the order of the page, read from the database before and after
    order: list[str]
    order_again: list[str]


@dataclass
class Replay:
    """Everything that came of rating a clone."""

    clone: Clone
    transcripts: dict[str, Transcript] = field(default_factory=dict)
    seen: dict[str, list[Seen]] = field(default_factory=dict)
    lost: dict[str, dict[str, Exchange]] = field(default_factory=dict)
    closed_doors: list[Exchange] = field(default_factory=list)
    submitted_empty: int = 0
    handles: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)


def browser(rater: Rater) -> Client:
    """Return the browser of a rater who is logged in, as one that came over a safe connection."""
    host = next((one.lstrip(".") for one in settings.ALLOWED_HOSTS if one != "*"), "localhost")
    client = Client(raise_request_exception=False, headers={"host": host}, secure=True)
    if rater.user is None:
        raise ValueError("A rater of a clone has an account.")
    client.force_login(rater.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def rate(clone: Clone) -> Replay:
    """Let every rater judge every unit, then try what raters should not get."""
    replay = Replay(clone)
    for rater in clone.raters:
        recorder = Recorder(browser(rater))
        replay.seen[rater.code] = list(judge_all(clone, rater, recorder, replay))
        replay.transcripts[rater.code] = recorder.transcript
    for rater in clone.raters:
        recorder = Recorder(browser(rater))
        lost(clone, rater, recorder, replay)
        look_elsewhere(clone, recorder, replay)
        replay.transcripts[rater.code].exchanges += recorder.transcript.exchanges
    replay.tokens = list(Placement.objects.filter(assignment__study=clone.study).values_list("token", flat=True))
    assignments = Assignment.objects.filter(study=clone.study).values_list("token", flat=True)
    replay.handles = [*replay.tokens, *assignments, clone.study.token]
    return replay


def part_of(clone: Clone, rater: Rater) -> StudyRole:
    """Load a rater's part the way a request does."""
    rows = StudyRole.objects.select_related("study__project", "study__version", "study__guideline", "rater")
    return rows.get(study=clone.study, rater=rater)


def judge_all(clone: Clone, rater: Rater, recorder: Recorder, replay: Replay) -> Any:
    """Yield what a rater sees of each unit, answering each."""
    study = clone.study
    recorder.ask("home", "GET", reverse("home"))
    recorder.ask("notice", "GET", reverse("rate", args=[study.token]))
    recorder.ask("begin", "POST", reverse("rate_begin", args=[study.token]))
    recorder.ask("own-study", "GET", reverse("api_own_study", args=[study.token]))
    for _n in range(study.unit_count):
        page = recorder.ask("page", "GET", reverse("rate", args=[study.token]))
        held = loop.hold(part_of(clone, rater))
        if not held:
            break
        yield judge(recorder, replay, held[0], page)
    recorder.ask("mine", "GET", reverse("rate_mine", args=[study.token]))
    recorder.ask("own-units", "GET", reverse("api_own_units", args=[study.token]))
    recorder.ask("end", "GET", reverse("rate", args=[study.token]))


def judge(recorder: Recorder, replay: Replay, held: Assignment, page: Exchange) -> Seen:
    """Look at a unit in every way there is, send it untouched, then answered."""
    args = [held.study.token, held.token]
    url = reverse("rate_unit", args=args)
    order = order_of(held)
    api = recorder.ask("unit-api", "GET", reverse("api_own_unit", args=args))
    recorder.ask("next-api", "POST", reverse("api_own_next", args=args[:1]), content_type=JSON)
    empty = recorder.ask("empty", "POST", url, {"client_key": "empty", "based_on": "0", "comment": TYPED})
    replay.submitted_empty += held.submissions.count()
    draft = json.dumps({"version": 0, "payload": {"comment": TYPED}})
    recorder.ask("draft", "POST", reverse("rate_draft", args=args), draft, content_type=JSON)
    recorder.ask("skip", "GET", reverse("rate_skip", args=args))
    recorder.ask("flag", "GET", reverse("rate_flag", args=args))
    recorder.ask("flag-turn", "GET", f"{reverse('rate_flag', args=args)}?turn=0")
    again = recorder.ask("again", "GET", url)
    answer = answer_of(held)
    recorder.ask("answer", "POST", url, answer)
    recorder.ask("sent-json", "POST", url, answer, headers={"accept": JSON})
    recorder.ask("revise", "GET", url)
    return Seen(held.pk, held.unit_id, held.unit.role, page, again, empty, api, order, order_of(held))


def order_of(held: Assignment) -> list[str]:
    """Return the codes in the order in which this rater sees them."""
    return list(
        Placement.objects.filter(assignment=held).order_by("slot").values_list("member__system__code", flat=True)
    )


def answer_of(held: Assignment) -> dict[str, Any]:
    """Return a valid answer that depends on nothing but the codes."""
    placed = list(Placement.objects.filter(assignment=held).select_related("member__system").order_by("slot"))
    ranked = sorted(placed, key=lambda row: row.member.system.code)
    place = {row.token: at for at, row in enumerate(ranked, start=1)}
    first_wins = bool(placed) and ranked[0] == placed[0]
    found: dict[str, Any] = {"client_key": "answer", "based_on": "0", "comment": TYPED, "reason": TYPED}
    for name, one in kinds.of(held.study).form(held).fields.items():
        head, _dash, rest = name.partition("-")
        token = rest.partition("--")[0] if head == "score" and rest.count("--") == 1 else rest
        if head == "rank":
            found[name] = str(place[rest])
        elif head == "prefer":
            found[name] = "first" if first_wins else "second"
        elif head == "score":
            found[name] = str(one.choices[0][0])  # type: ignore[attr-defined]  # scores are choices
        elif head == "why":
            found[name] = f"{TYPED} {place.get(token, '')}"
    return found


def lost(clone: Clone, rater: Rater, recorder: Recorder, replay: Replay) -> None:
    """Send a whole answer under handles that are unknown, another rater's, or of another unit."""
    held = Assignment.objects.filter(study=clone.study, rater=rater).select_related("study", "unit")
    mine = list(held.order_by("pk")[:2])
    others = Assignment.objects.filter(study=clone.study).exclude(rater=rater).first()
    if len(mine) < 2 or others is None:
        return
    first, second = mine
    stale = str(Placement.objects.filter(assignment=second).order_by("slot").values_list("token", flat=True)[0])
    foreign = str(Placement.objects.filter(assignment=others).order_by("slot").values_list("token", flat=True)[0])
    url = reverse("rate_unit", args=[clone.study.token, first.token])
    answer = answer_of(first)
    tries = {
        "unknown unit": (reverse("rate_unit", args=[clone.study.token, UNKNOWN]), answer),
        "foreign unit": (reverse("rate_unit", args=[clone.study.token, others.token]), answer),
        "unknown response": (url, answer | {f"mark-{UNKNOWN}": "privacy"}),
        "foreign response": (url, answer | {f"mark-{foreign}": "privacy"}),
        "stale response": (url, answer | {f"mark-{stale}": "privacy"}),
    }
    replay.lost[rater.code] = {name: recorder.ask("lost", "POST", *one) for name, one in tries.items()}


def look_elsewhere(clone: Clone, recorder: Recorder, replay: Replay) -> None:
    """Ask for every page where aggregates, keys or other people's answers stand."""
    at = [clone.study.project.slug, clone.study.slug]
    for name in ("study", "study_units", "study_people", "study_blinding", "study_words", "study_design", "results"):
        replay.closed_doors.append(recorder.ask("elsewhere", "GET", reverse(name, args=at)))
    for name in ("systems", "runs", "prompts"):
        replay.closed_doors.append(recorder.ask("elsewhere", "GET", reverse(name, args=at[:1])))
    replay.closed_doors.append(recorder.ask("elsewhere", "GET", reverse("export", args=[*at, "judgements", "csv"])))
    replay.closed_doors.append(recorder.ask("elsewhere", "GET", reverse("api_results", args=at)))
