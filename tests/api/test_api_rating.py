"""A rater's own work over the API: the page's services, and nothing beyond what the page shows."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from role_world import part_of

from projects.models import Assignment, Exposure, Project, Study, StudyRole, StudyVersion, Submission
from projects.services import studies


def keys_in(data: Any) -> set[str]:
    """Return every name that occurs in some JSON."""
    if isinstance(data, dict):
        return set(data) | {key for value in data.values() for key in keys_in(value)}
    if isinstance(data, list):
        return {key for value in data for key in keys_in(value)}
    return set()


def show_prelabel(study: Study, mode: str) -> None:
    """Change when raters see the pre-label."""
    version = StudyVersion.objects.get(pk=study.version_id)
    version.settings["prelabel"] = mode
    version.save()


def test_unit_holds_what_the_page_shows_and_no_key_of_the_database(world, rater):
    held = world.here.held
    found = rater.get(f"units/{held.token}/").json()
    assert keys_in(found) == {
        "token", "state", "based_on", "content", "text", "language", "topic", "subtopic", "options", "key", "several",
        "prelabel", "answer", "values", "unsure", "comment",
    }  # fmt: skip
    assert found["token"] == held.token
    assert found["content"]["text"] == held.unit.revision.text
    assert found["content"]["prelabel"] is None


def test_topic_is_left_out_where_the_page_leaves_it_out(world, rater):
    version = StudyVersion.objects.get(pk=world.here.study.version_id)
    version.settings["show_topic"] = False
    version.save()
    assert rater.get(f"units/{world.here.held.token}/").json()["content"]["topic"] == ""


def test_next_gives_the_unit_in_hand_and_claims_one_where_there_is_none(world, rater):
    held = world.here.held
    assert rater.post("next/").json()["unit"]["token"] == held.token
    body = {"client_key": "k1", "answer": {"values": "positive"}}
    assert rater.post(f"units/{held.token}/answer/", body).status_code == 201
    following = rater.post("next/").json()["unit"]["token"]
    assert following not in {held.token, None}
    assert Assignment.objects.get(token=following).rater == world.here.raters[0]


def test_next_is_nothing_once_all_is_done(world, rater):
    for _ in range(20):
        unit = rater.post("next/").json()["unit"]
        if unit is None:
            break
        values = unit["content"]["options"][0]["key"]
        rater.post(f"units/{unit['token']}/answer/", {"client_key": unit["token"], "answer": {"values": values}})
    assert unit is None
    mine = Assignment.objects.filter(rater=world.here.raters[0], state="submitted", unit__study=world.here.study)
    assert mine.count() == 8


def test_answer_sent_twice_counts_once(world, rater):
    path, body = f"units/{world.here.held.token}/answer/", {"client_key": "once", "answer": {"values": "positive"}}
    first, second = rater.post(path, body), rater.post(path, body)
    assert (first.status_code, first.json()["number"], first.json()["replayed"]) == (201, 1, False)
    assert (second.status_code, second.json()["number"], second.json()["replayed"]) == (200, 1, True)
    assert Submission.objects.filter(assignment=world.here.held).count() == 1
    assert part_of(world.here.study, world.here.raters[0]).submitted == 3


def test_change_of_mind_says_what_it_is_based_on(world, rater):
    path = f"units/{world.here.held.token}/answer/"
    rater.post(path, {"client_key": "a", "answer": {"values": "positive"}})
    stale = rater.post(path, {"client_key": "b", "answer": {"values": "negative"}})
    assert (stale.status_code, stale.json()["code"]) == (409, "answer_conflict")
    fresh = rater.post(path, {"client_key": "b", "based_on": 1, "answer": {"values": "negative"}})
    assert (fresh.status_code, fresh.json()["number"]) == (201, 2)


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        ({}, {"values": ["Choose an answer first."]}),
        ({"values": "maybe"}, {"values": ["This is not one of the answers."]}),
        ({"values": "positive", "rank": 1}, {"rank": ["There is no such field here."]}),
        ({"values": {"a": 1}}, {"values": ["This must be a value or a list of values."]}),
    ],
)
def test_answer_is_checked_by_the_form_of_the_kind(world, rater, answer, fields):
    reply = rater.post(f"units/{world.here.held.token}/answer/", {"client_key": "k", "answer": answer})
    assert (reply.status_code, reply.json()["code"], reply.json()["fields"]) == (400, "invalid", fields)
    assert Submission.objects.filter(assignment=world.here.held).count() == 0


def test_answer_cannot_carry_what_belongs_beside_it(world, rater):
    body = {"client_key": "mine", "answer": {"values": "positive", "client_key": "other", "based_on": 7}}
    assert rater.post(f"units/{world.here.held.token}/answer/", body).status_code == 201
    assert Submission.objects.get(assignment=world.here.held).client_key == "mine"


def test_prelabel_comes_after_the_first_answer_where_it_differs_and_is_remembered(world, rater):
    held = world.here.held
    reply = rater.post(f"units/{held.token}/answer/", {"client_key": "k", "answer": {"values": "positive"}}).json()
    assert reply["again"]["content"]["prelabel"] == {"values": ["negative"], "source": "model ", "score": 0.5} | {
        "source": reply["again"]["content"]["prelabel"]["source"]
    }
    held.refresh_from_db()
    assert held.exposure == Exposure.PRELABEL


def test_prelabel_stays_hidden_where_it_is_hidden(world, rater):
    show_prelabel(world.here.study, "hidden")
    held = world.here.held
    reply = rater.post(f"units/{held.token}/answer/", {"client_key": "k", "answer": {"values": "positive"}}).json()
    assert reply["again"] is None
    assert rater.get(f"units/{held.token}/").json()["content"]["prelabel"] is None
    held.refresh_from_db()
    assert held.exposure == Exposure.NOTHING


def test_looking_at_an_answered_unit_is_exposure_as_on_the_page(world, rater):
    token = world.here.disputed.token
    assert rater.get(f"units/{token}/").json()["content"]["prelabel"]["values"] == ["negative"]
    assert Assignment.objects.get(token=token).exposure == Exposure.PRELABEL


def test_own_units_are_listed_without_a_key_of_the_database(world, rater):
    reply = rater.get("units/", page_size="1").json()
    assert keys_in(reply["results"]) == {"token", "state", "submitted_at", "words"}
    cursor = parse_qs(urlsplit(reply["next"]).query)["cursor"][0]
    assert base64.b64decode(cursor) == b"p=3"
    assert world.here.held.ordinal == 3
    words = [row["words"] for row in rater.get("units/").json()["results"]]
    assert [entry.strip() for entry in words] == ["", "Option A", "Positive"]


def test_foreign_unit_is_a_404_like_an_unknown_one(world, rater):
    foreign = Assignment.objects.filter(rater=world.here.raters[1]).first()
    replies = [
        send(f"units/{token}/{end}")
        for token in (foreign.token, world.there.held.token, "unknown")
        for send, end in ((rater.get, ""), (rater.post, "answer/"), (rater.post, "skip/"))
    ]
    assert {(reply.status_code, reply.json()["code"]) for reply in replies} == {(404, "not_found")}


@pytest.mark.parametrize("end", ["next/", "units/{token}/"])
def test_paused_study_shows_no_unit_and_says_why(world, rater, end):
    studies.pause(world.here.study, message="Back on Monday.", actor=world.people["manager"])
    path = end.format(token=world.here.held.token)
    reply = rater.post(path) if end == "next/" else rater.get(path)
    assert (reply.status_code, reply.json()["code"], reply.json()["message"]) == (409, "not_open", "Back on Monday.")
    sent = rater.post(f"units/{world.here.held.token}/answer/", {"client_key": "k", "answer": {"values": "positive"}})
    assert (sent.status_code, sent.json()["code"]) == (409, "not_open")
    assert rater.get().json()["guideline"] == ""


def test_content_notice_comes_first(world, rater):
    Project.objects.filter(pk=world.here.project.pk).update(content_notice="Hard texts.")
    reply = rater.post("next/")
    assert (reply.status_code, reply.json()["code"]) == (409, "notice")
    told = rater.get().json()
    assert (told["needs_notice"], told["content_notice"], told["guideline"]) == (True, "Hard texts.", "")
    assert rater.post("begin/").status_code == 204
    assert rater.post("next/").json()["unit"]["token"] == world.here.held.token
    assert StudyRole.objects.get(pk=world.here.part.pk).notice_at is not None


def test_skip_wants_a_reason_and_frees_the_place(world, rater):
    path = f"units/{world.here.held.token}/skip/"
    assert rater.post(path).json()["code"] == "reason_missing"
    assert rater.post(path, {"reason": "hard", "note": "late"}).status_code == 204
    held = Assignment.objects.get(pk=world.here.held.pk)
    assert (held.state, held.skip_reason) == ("skipped", "hard: late")


def test_own_studies_are_those_one_rates_in(world):
    names = {
        who: {row["study"] for row in world.client(who).get("/api/v1/rating/").json()["results"]}
        for who in ("rater", "idle", "manager", "stranger")
    }
    here, there = ({side.study.token, side.talk.study.token} for side in (world.here, world.there))
    assert names == {"rater": here, "idle": set(), "manager": set(), "stranger": there}
    drafted = world.here.draft.token
    assert world.client("rater").get(f"/api/v1/rating/{drafted}/").json()["state"] == "draft"
