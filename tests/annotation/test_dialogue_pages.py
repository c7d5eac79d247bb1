"""The work page of a dialogue over HTTP: turns saved one by one, conflicts told, sessions handed in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from dialogue_world import World, given, strategy
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotation.models import Evidence, Label, Remark, SuggestionDecision, TurnDraft
from projects.models import Assignment, Exposure, Flag, Study

JSON = {"content_type": "application/json", "headers": {"accept": "application/json"}}


@pytest.fixture
def world(db: None) -> World:
    """One open session of four turns, the client first, with proposals for two of them."""
    world = World()
    item = world.session(4)
    world.propose(item, 1, "strategy", "Question")
    world.propose(item, 1, "strategy", "Hypnosis", source="model-2", score=None)
    world.propose(item, None, "summary", "Nights are hard.")
    world.open()
    return world


@pytest.fixture
def row(world: World) -> Assignment:
    """The session in the first rater's hands."""
    return world.hold(world.raters[0])


@pytest.fixture
def client(world: World) -> Client:
    """The first rater's browser."""
    return world.client(world.raters[0])


def save(client: Client, world: World, row: Assignment, where: str, payload: Any, version: int = 0) -> Any:
    """Save one part the way the page's script does."""
    body = json.dumps({"payload": payload, "version": version})
    return client.post(world.url(row, f"{where}/"), body, **JSON)


def hand_in(client: Client, world: World, row: Assignment, **sent: Any) -> Any:
    """Hand the session in with a plain form."""
    return client.post(world.url(row), {"client_key": "k", **sent})


def state_of(page: Any) -> dict[str, Any]:
    """Return what the page hands to its script."""
    found = re.search(
        r'<script id="dialogue-state" type="application/json">(.*?)</script>', page.content.decode(), re.S
    )
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


# --- saving turn by turn ------------------------------------------------------------------------------------------


def test_page_asks_cheaply_for_what_another_device_saved(world: World, row: Assignment, client: Client) -> None:
    at = world.url(row, "newer/")
    assert client.get(at).json() == {"version": 0, "parts": {}}
    save(client, world, row, "turn/1", strategy("question", note="why now?"))
    save(client, world, row, "session", {"fields": {"summary": given("Nights.")}})
    told = client.get(at).json()
    assert (told["version"], sorted(told["parts"])) == (2, ["1", "session"])
    assert (told["parts"]["1"]["version"], told["parts"]["1"]["copy"]["note"]) == (1, "why now?")
    with CaptureQueriesContext(connection) as nothing_new:
        assert client.get(at, {"than": "2"}).json() == {"version": 2, "parts": {}}
    with CaptureQueriesContext(connection) as known:
        client.get(world.url(row, "turn/99/"))
    # One question beside those that find the session.
    assert len(nothing_new) <= len(known) + 1
    assert world.client(world.raters[1]).get(at).status_code == 404


def test_turn_is_saved_by_itself_and_comes_back_on_another_device(
    world: World, row: Assignment, client: Client
) -> None:
    reply = save(client, world, row, "turn/1", strategy("question", note="why now?", done=True))
    assert (reply.status_code, reply.json()["version"]) == (200, 1)
    assert save(client, world, row, "turn/1", strategy("reflection"), 1).json()["version"] == 2
    state = state_of(world.client(world.raters[0]).get(f"/rate/{world.study.token}/"))
    assert state["turns"][1]["copy"]["fields"] == {"strategy": given("reflection")}
    assert [turn["version"] for turn in state["turns"]] == [0, 2, 0, 0]


def test_older_page_is_told_and_both_versions_are_shown(world: World, row: Assignment, client: Client) -> None:
    save(client, world, row, "turn/1", strategy("question"))
    reply = save(client, world, row, "turn/1", strategy("reflection"))
    body = reply.json()
    assert (reply.status_code, body["version"]) == (409, 1)
    assert body["yours"]["fields"] == {"strategy": given("reflection")}
    assert body["theirs"]["fields"] == {"strategy": given("question")}
    assert TurnDraft.objects.get().payload["fields"] == {"strategy": given("question")}
    assert save(client, world, row, "turn/1", strategy("reflection"), 1).status_code == 200


def test_same_save_sent_twice_counts_once(world: World, row: Assignment, client: Client) -> None:
    replies = [save(client, world, row, "turn/1", strategy("question")) for _ in range(2)]
    assert [(reply.status_code, reply.json()["version"]) for reply in replies] == [(200, 1), (200, 1)]


def test_session_fields_have_a_version_of_their_own(world: World, row: Assignment, client: Client) -> None:
    save(client, world, row, "turn/0", {"fields": {"distress": given("4")}})
    reply = save(client, world, row, "session", {"fields": {"stage": given("exploration")}})
    assert reply.json()["version"] == 1
    assert sorted(TurnDraft.objects.values_list("turn__index", flat=True), key=str) == [0, None]


def test_save_keeps_the_session_in_the_raters_hands(world: World, row: Assignment, client: Client) -> None:
    Assignment.objects.update(leased_until="2020-01-01T00:00:00Z")
    save(client, world, row, "turn/1", strategy())
    row.refresh_from_db()
    assert row.leased_until is not None
    assert row.leased_until.year > 2020


@pytest.mark.parametrize(
    ("payload", "version", "status", "words"),
    [
        (strategy("hypnosis"), 0, 422, "Strategy: “hypnosis” is not one of the answers."),
        ({"fields": {"distress": given("3")}}, 0, 422, "“distress” is not asked here."),
        ([], 0, 422, "What was sent is no answer to a turn."),
        (strategy(), -1, 400, "What was sent could not be read."),
        (strategy(), "1", 400, "What was sent could not be read."),
        (strategy(), True, 400, "What was sent could not be read."),
    ],
)
def test_wrong_save_says_what_is_wrong(
    world: World, row: Assignment, client: Client, payload: Any, version: Any, status: int, words: str
) -> None:
    reply = save(client, world, row, "turn/1", payload, version)
    assert (reply.status_code, reply.json()) == (status, {"ok": False, "message": words})
    assert not TurnDraft.objects.exists()


def test_broken_and_oversized_bodies_are_refused(world: World, row: Assignment, client: Client) -> None:
    url = world.url(row, "turn/1/")
    assert client.post(url, "{", **JSON).status_code == 400
    assert client.post(url, "[]", **JSON).status_code == 400
    assert client.post(url, json.dumps({"payload": "x" * 600_000, "version": 0}), **JSON).status_code == 413


def test_unknown_turn_and_a_foreign_session_are_404(world: World, row: Assignment, client: Client) -> None:
    other = world.client(world.raters[1])
    assert save(client, world, row, "turn/99", strategy()).status_code == 404
    assert client.get(world.url(row, "turn/99/")).status_code == 404
    assert save(other, world, row, "turn/1", strategy()).status_code == 404
    assert other.get(world.url(row, "turn/1/")).status_code == 404


# --- without scripts ----------------------------------------------------------------------------------------------


def test_plain_form_saves_a_turn_and_leads_to_the_next(world: World, row: Assignment, client: Client) -> None:
    reply = client.post(world.url(row, "turn/1/"), {"f.strategy": ["question", "others"], "version": "0", "go": "done"})
    assert (reply.status_code, reply.headers["Location"]) == (302, world.url(row, "turn/2/"))
    assert TurnDraft.objects.get().payload["done"] is True
    page = client.get(world.url(row, "turn/1/")).content.decode()
    chosen = re.findall(r'name="f.strategy" value="([^"]+)"[^>]* checked', page)
    assert chosen == ["question", "others"]


def test_plain_form_without_a_required_answer_is_kept_but_not_done(
    world: World, row: Assignment, client: Client
) -> None:
    reply = client.post(world.url(row, "turn/1/"), {"note": "hm", "version": "0", "go": "done"})
    page = reply.content.decode()
    assert reply.status_code == 422
    assert "Saved, but not done yet: there is no answer to Strategy." in page
    assert "This needs an answer." in page
    assert (TurnDraft.objects.get().payload["note"], TurnDraft.objects.get().payload["done"]) == ("hm", False)


def test_plain_form_from_an_older_page_shows_what_was_typed_and_can_be_sent_again(
    world: World, row: Assignment, client: Client
) -> None:
    save(client, world, row, "turn/1", strategy("question"))
    sent = {"f.strategy": "reflection", "version": "0", "go": "stay"}
    reply = client.post(world.url(row, "turn/1/"), sent)
    page = reply.content.decode()
    assert reply.status_code == 409
    assert "Nothing was overwritten. Send again to put yours in its place." in page
    assert re.findall(r'name="f.strategy" value="([^"]+)"[^>]* checked', page) == ["reflection"]
    version = re.search(r'name="version" value="(\d+)" form="turn-form"', page)
    assert version is not None
    assert client.post(world.url(row, "turn/1/"), sent | {"version": version[1]}).status_code == 302
    assert TurnDraft.objects.get().payload["fields"] == {"strategy": given("reflection")}


def test_plain_form_accepts_and_rejects_a_proposal(world: World, row: Assignment, client: Client) -> None:
    url = world.url(row, "turn/1/")
    client.post(url, {"version": "0", "decide": "rejected|strategy|model-2"})
    client.post(url, {"version": "1", "decide": "accepted|strategy|model-1"})
    payload = TurnDraft.objects.get().payload
    assert payload["fields"] == {"strategy": given("question")}
    assert payload["decisions"] == {"strategy": {"model-2": "rejected", "model-1": "accepted"}}


def test_equal_proposals_of_two_sources_stand_together_and_are_decided_together(db: None) -> None:
    world = World(bulk_accept=True)
    item = world.session(4)
    for source, score in (("model-1", 0.5), ("model-2", None)):
        world.propose(item, 1, "strategy", "Question", source=source, score=score)
        world.propose(item, 3, "strategy", "Question", source=source, score=score)
    world.open()
    row, client = world.hold(world.raters[0]), world.client(world.raters[0])
    page = client.get(world.url(row, "turn/1/")).content.decode()
    assert re.findall(r"<span data-name>([^<]+)</span>", page.split("<template")[0]) == ["model-1\u00a00.50, model-2"]
    client.post(world.url(row, "turn/1/"), {"version": "0", "decide": "accepted|strategy|model-1"})
    assert TurnDraft.objects.get().payload["decisions"] == {"strategy": {"model-1": "accepted", "model-2": "accepted"}}
    client.post(world.url(row, "accept-all/"))
    third = TurnDraft.objects.get(turn__index=3).payload
    assert third["decisions"] == {"strategy": {"model-1": "bulk", "model-2": "bulk"}}


def test_turn_shows_its_raters_own_flag_and_no_others(world: World, row: Assignment, client: Client) -> None:
    for rater, turn in ((world.raters[0], 1), (world.raters[1], 2)):
        Flag.objects.create(
            project=world.project, study=world.study, unit=row.unit, item=row.unit.item, turn=turn, concern="abuse",
            rater=rater, raised_by=rater.user, client_key="k",
        )  # fmt: skip
    page = client.get(world.url(row)).content.decode()
    assert re.findall(r'<li class="turn [^"]*flagged" id="(t\d)"', page) == ["t2"]


def test_plain_session_form_takes_text_unknown_and_nothing(world: World, row: Assignment, client: Client) -> None:
    url = world.url(row, "session/")
    client.post(url, {"f.summary": "", "u.summary": "~unknown", "f.stage": "action", "version": "0", "at": "2"})
    assert TurnDraft.objects.get().payload["fields"] == {
        "stage": given("action"), "summary": {"state": "unknown", "values": []},
    }  # fmt: skip
    reply = client.post(url, {"f.summary": "A night.\r\nLong.", "u.summary": "~unknown", "version": "1", "at": "2"})
    assert reply.headers["Location"] == world.url(row, "turn/2/")
    assert TurnDraft.objects.get().payload["fields"] == {"summary": given("A night.\nLong.")}


# --- handing in ---------------------------------------------------------------------------------------------------


def test_session_with_a_required_field_open_is_not_taken_and_says_where(
    world: World, row: Assignment, client: Client
) -> None:
    save(client, world, row, "turn/1", strategy())
    reply = hand_in(client, world, row)
    page = reply.content.decode()
    assert reply.status_code == 422
    assert "Turn 4: no answer yet to Strategy." in page
    assert state_of(reply)["current"] == 3
    assert not Label.objects.exists()


def test_session_is_handed_in_from_its_saved_turns(world: World, row: Assignment, client: Client) -> None:
    spans = [{"field": "strategy", "value": "question", "start": 0, "end": 3}]
    save(client, world, row, "turn/0", {"fields": {"distress": {"state": "unknown"}}, "note": "quiet"})
    save(client, world, row, "turn/1", strategy("question", "others", spans=spans))
    save(client, world, row, "turn/3", strategy("reflection"))
    save(client, world, row, "session", {"fields": {"summary": given("长夜。")}})
    assert hand_in(client, world, row, draft_version="4").status_code == 302
    rows = Label.objects.order_by("turn__index", "field", "value").values_list("turn__index", "field", "state", "value")
    assert sorted(rows, key=str) == [
        (0, "distress", "unknown", ""),
        (1, "strategy", "value", "others"),
        (1, "strategy", "value", "question"),
        (3, "strategy", "value", "reflection"),
        (None, "summary", "value", "长夜。"),
    ]
    assert list(Evidence.objects.values_list("turn__index", "value", "start", "end")) == [(1, "question", 0, 3)]
    assert list(Remark.objects.values_list("turn__index", "text")) == [(0, "quiet")]


def answered(client: Client, world: World, row: Assignment) -> None:
    """Save what is required."""
    for index in (1, 3):
        save(client, world, row, f"turn/{index}", strategy())


def test_change_of_mind_starts_from_what_was_handed_in(world: World, row: Assignment, client: Client) -> None:
    answered(client, world, row)
    hand_in(client, world, row)
    state = state_of(client.get(world.url(row)))
    assert state["turns"][1]["copy"]["fields"] == {"strategy": given("question")}
    save(client, world, row, "turn/1", strategy("information"), 1)
    assert hand_in(client, world, row, client_key="k2", based_on="1").status_code == 302
    current = Label.objects.filter(submission__current=True, turn__index=1)
    assert list(current.values_list("submission__number", "value")) == [(2, "information")]
    assert Label.objects.filter(submission__number=1, turn__index=1).get().value == "question"


def test_session_changed_elsewhere_is_not_handed_in_unseen(world: World, row: Assignment, client: Client) -> None:
    answered(client, world, row)
    reply = hand_in(client, world, row, draft_version="1")
    assert reply.status_code == 422
    assert "This session was changed in another tab or on another device." in reply.content.decode()
    assert hand_in(client, world, row, draft_version="2").status_code == 302


def test_paused_study_takes_no_session_and_keeps_what_was_saved(world: World, row: Assignment, client: Client) -> None:
    answered(client, world, row)
    Study.objects.update(state=Study.State.PAUSED)
    assert hand_in(client, world, row).status_code == 409
    assert save(client, world, row, "turn/0", {"fields": {"distress": given("1")}}).status_code == 200
    assert TurnDraft.objects.count() == 3


# --- proposals ----------------------------------------------------------------------------------------------------


def test_record_keeps_proposal_decision_final_values_and_distance(
    world: World, row: Assignment, client: Client
) -> None:
    decisions = {"strategy": {"model-1": "accepted", "model-2": "rejected"}}
    save(client, world, row, "turn/1", strategy("question", decisions=decisions))
    save(client, world, row, "turn/3", strategy("question"))
    text = {"fields": {"summary": given("Nights were hard.")}, "decisions": {"summary": {"model-1": "accepted"}}}
    save(client, world, row, "session", text)
    hand_in(client, world, row)
    rows = SuggestionDecision.objects.values_list(
        "suggestion__field", "suggestion__source", "decision", "values", "distance"
    )
    assert sorted(rows) == [
        ("strategy", "model-1", "accepted", ["question"], 0),
        ("strategy", "model-2", "rejected", ["question"], 1),
        ("summary", "model-1", "edited", ["Nights were hard."], 2),
    ]


def test_proposals_that_are_hidden_are_in_no_page_and_no_record(db: None) -> None:
    world = World(prelabel="hidden")
    item = world.session(2)
    world.propose(item, 1, "strategy", "Question", source="secret-model")
    world.open()
    row, client = world.hold(world.raters[0]), world.client(world.raters[0])
    assert "secret-model" not in client.get(world.url(row)).content.decode()
    save(client, world, row, "turn/1", strategy("question", decisions={"strategy": {"secret-model": "accepted"}}))
    hand_in(client, world, row)
    assert not SuggestionDecision.objects.exists()
    assert Assignment.objects.get().exposure == Exposure.NOTHING


def test_proposals_after_ones_own_answers_leave_the_first_answer_independent(db: None) -> None:
    world = World(prelabel="after")
    world.propose(world.session(2), 1, "strategy", "Reflection of feelings", source="late-model")
    world.open()
    row, client = world.hold(world.raters[0]), world.client(world.raters[0])
    assert "late-model" not in client.get(world.url(row)).content.decode()
    save(client, world, row, "turn/1", strategy("question"))
    reply = hand_in(client, world, row)
    assert reply.headers["Location"] == world.url(row) + "?again=1"
    assert "late-model" in client.get(reply.headers["Location"]).content.decode()
    save(client, world, row, "turn/1", strategy("reflection", decisions={"strategy": {"late-model": "accepted"}}), 1)
    hand_in(client, world, row, client_key="k2", based_on="1")
    given_ = Assignment.objects.get().submissions.order_by("number")
    assert list(given_.values_list("independent", "current", "exposure")) == [(True, False, 0), (False, True, 1)]
    assert SuggestionDecision.objects.get().decision == "accepted"


def test_bulk_accept_fills_only_what_is_open_and_is_counted_apart(db: None) -> None:
    world = World(bulk_accept=True)
    item = world.session(4)
    for index in (1, 3):
        world.propose(item, index, "strategy", "Question")
    world.propose(item, 0, "distress", "9")
    world.open()
    row, client = world.hold(world.raters[0]), world.client(world.raters[0])
    save(client, world, row, "turn/1", strategy("information"))
    assert client.post(world.url(row, "accept-all/")).status_code == 302
    assert client.post(world.url(row, "accept-all/")).status_code == 302
    copies = {draft.turn and draft.turn.index: draft.payload for draft in TurnDraft.objects.select_related("turn")}
    assert copies[1]["fields"] == {"strategy": given("information")}
    assert (copies[3]["fields"], copies[3]["done"]) == ({"strategy": given("question")}, False)
    assert sorted(copies) == [1, 3]
    hand_in(client, world, row)
    assert list(SuggestionDecision.objects.values_list("decision", flat=True)) == ["bulk"]


def test_bulk_accept_is_a_404_where_the_manager_does_not_allow_it(
    world: World, row: Assignment, client: Client
) -> None:
    assert client.post(world.url(row, "accept-all/")).status_code == 404
    assert not TurnDraft.objects.exists()


# --- cases and order ----------------------------------------------------------------------------------------------


def case_world(**settings: Any) -> World:
    """Return an open study over two cases, imported in a mixed order, and a session without a case."""
    world = World(**settings)
    for case, order in (("a", 2), ("b", 1), ("a", 1), ("", 1), ("b", 2)):
        world.session(2, case=case, order=order)
    world.open()
    return world


def test_sessions_of_a_case_follow_each_other_for_the_same_rater(db: None) -> None:
    for order in ("imported", "cases"):
        world = case_world(slug=order, order=order)
        came = []
        for _ in range(5):
            row = world.hold(world.raters[0])
            world.hand_in(world.raters[0], row, {"1": strategy()})
            item = row.unit.item
            assert item is not None
            came.append((item.case.external_id if item.case else "", item.case_order))
        assert [order for case, order in came if case == "a"] == [1, 2]
        cases = [case for case, _order in came]
        assert [case for n, case in enumerate(cases) if case not in cases[:n]] == list(dict.fromkeys(cases))
        assert cases.index("a") + 1 == len(cases) - 1 - cases[::-1].index("a")


def test_order_of_cases_depends_on_the_seed_alone(db: None) -> None:
    keys = []
    for seed in (1, 1, 2, 3, 4):
        world = World(slug=f"s{len(keys)}", order="cases")
        for n in range(6):
            world.session(1, case=f"c{n}")
        Study.objects.filter(pk=world.study.pk).update(seed=seed)
        world.open()
        keys.append(list(world.study.units.order_by("sort_key").values_list("item__external_id", flat=True)))
    assert keys[0] == keys[1]
    assert len({tuple(one) for one in keys}) > 1


def test_earlier_sessions_can_be_read_where_the_study_allows_it(db: None) -> None:
    for allowed in (True, False):
        world = World(slug=f"s{allowed}", earlier_sessions=allowed)
        world.session(["Before all this."], case="a", order=1)
        world.session(["Hello again."], case="a", order=2)
        world.open()
        client = world.client(world.raters[0])
        first = world.hold(world.raters[0])
        assert client.get(world.url(first, "earlier/1/")).status_code == 404
        world.hand_in(world.raters[0], first)
        second = world.hold(world.raters[0])
        reply = client.get(world.url(second, "earlier/1/"))
        assert reply.status_code == (200 if allowed else 404)
        assert ("Before all this." in reply.content.decode()) is allowed
        assert ("/earlier/1/" in client.get(world.url(second)).content.decode()) is allowed
        beside = client.get(world.url(second, "earlier/1/"), headers={"HX-Request": "true"}).content.decode()
        assert ("<html" in beside, "Before all this." in beside) == (not allowed, allowed)


# --- what it costs ------------------------------------------------------------------------------------------------


def asked(client: Client, url: str) -> int:
    """Return how many queries a page costs."""
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_page_costs_as_many_queries_with_three_hundred_turns_as_with_three(db: None) -> None:
    costs = []
    for turns in (3, 300):
        world = World(slug=f"s{turns}")
        item = world.session(turns, case="a", order=3)
        for n in (1, 2):
            world.session(1, case="a", order=n)
        for index in range(1, turns, 2):
            world.propose(item, index, "strategy", "Question")
        world.open()
        client = world.client(world.raters[0])
        for _ in range(2):
            world.hand_in(world.raters[0], world.hold(world.raters[0]))
        row = world.hold(world.raters[0])
        for index in range(min(turns, 60)):
            payload = strategy() if index % 2 else {"fields": {"distress": given("2")}}
            save(client, world, row, f"turn/{index}", payload)
        costs.append(asked(client, world.url(row)))
    assert costs[0] == costs[1]


def test_session_of_one_turn_and_of_a_thousand_are_shown(db: None) -> None:
    world = World()
    for turns in (1, 1000):
        world.session(turns)
    world.open()
    client = world.client(world.raters[0])
    for turns in (1, 1000):
        row = world.hold(world.raters[0])
        page = client.get(world.url(row))
        assert len(state_of(page)["turns"]) == turns
        world.hand_in(world.raters[0], row, {str(n): strategy() for n in range(1, turns, 2)})
    assert Assignment.objects.filter(state="submitted").count() == 2


def test_text_of_any_script_is_shown_as_it_is(db: None) -> None:
    words = ["“我睡不着”，she said… 😔", "مرحبا، كيف كانت ليلتك؟", "<b>not bold</b> &amp;"]
    world = World()
    world.session(words, language="zh")
    world.open()
    page = world.client(world.raters[0]).get(f"/rate/{world.study.token}/").content.decode()
    assert words[0] in page
    assert words[1] in page
    assert "&lt;b&gt;not bold&lt;/b&gt; &amp;amp;" in page
