"""A rater's way into a blind study and out of it: consent, the question, practice, checks of attention, guesses."""

from __future__ import annotations

from typing import Any

import pytest
from blind_world import BlindWorld, ranking_answer, report_of

from evaluation.models import Guess, Readiness, ResponseSet
from projects import kinds, loop
from projects.models import Rater, Study, Unit
from projects.services import studies

pytestmark = pytest.mark.django_db
NAMES = "model-0 | a person\nmodel-1 | a small model\nmodel-2 | a large model"


def rank(world: BlindWorld, study: Study, rater: Rater, best: int = 0) -> Any:
    """Let a rater put one system version first in the next unit."""
    held = loop.hold(world.part(study, rater))[0]
    placed = world.placements(held)
    first = world.systems[best].pk
    order = sorted(placed, key=lambda row: row.member.system.system_version_id != first)
    data = ranking_answer(placed, [order.index(row) + 1 for row in placed])
    return held, world.client(rater).post(f"/rate/{study.token}/{held.token}/", data)


def test_consent_and_question_stand_before_the_work() -> None:
    world = BlindWorld()
    study = world.opened(
        consent="You may stop at any time.",
        question="Through whose eyes?",
        question_answers="the model's\n* the client's",
    )
    client, url = world.client(world.raters[0]), f"/rate/{study.token}/way/ready/"
    assert client.get(f"/rate/{study.token}/").headers["Location"] == url
    page = client.get(url).content.decode()
    assert "You may stop at any time." in page
    assert " checked" not in page.split("<form")[-1]
    assert client.post(url, {}).status_code == 422
    wrong = client.post(url, {"agree": "on", "answer": "0"})
    assert wrong.status_code == 422
    assert "That is not what the guideline says." in wrong.content.decode()
    assert client.get(f"/rate/{study.token}/").status_code == 302
    assert client.post(url, {"agree": "on", "answer": "1"}).headers["Location"] == f"/rate/{study.token}/"
    assert client.get(f"/rate/{study.token}/").status_code == 200
    row = Readiness.objects.get()
    assert (row.tries, row.consent_at is not None, row.question_at is not None) == (2, True, True)


def test_the_api_sends_people_to_the_browser_first() -> None:
    world = BlindWorld()
    study = world.opened(consent="You may stop at any time.")
    reply = world.client(world.raters[0]).post(f"/api/v1/rating/{study.token}/next/", content_type="application/json")
    assert reply.status_code == 409
    assert reply.json()["code"] == "detour"


def test_a_question_needs_answers_of_which_one_is_right() -> None:
    world = BlindWorld()
    from django.http import QueryDict

    data = QueryDict(mutable=True)
    data.update({"question": "Well?", "question_answers": "yes\nno", "practice": "q0 model-0 best"})
    form = kinds.registry()["ranking"].settings_form(world.project, data, {})
    assert not form.is_valid()
    assert form.errors["question_answers"] == ["Write two answers or more, with a star before the right one."]
    assert form.errors["practice"] == ["Lines that cannot be read: 1."]


def test_practice_comes_first_gives_feedback_and_does_not_count() -> None:
    world = BlindWorld(items=4, raters=1)
    study = world.opened(practice="q3 | model-1 | best | It listens first.", raters_per_item=1)
    assert list(study.units.filter(role="practice").values_list("item__external_id", "wanted")) == [("q3", 1)]
    held, reply = rank(world, study, world.raters[0], best=0)
    assert held.unit.role == Unit.Role.PRACTICE
    client = world.client(world.raters[0])
    assert reply.headers["Location"] == f"/rate/{study.token}/{held.token}/?again=1"
    page = client.get(reply.headers["Location"]).content.decode()
    letter = next(
        "ABC"[row.slot - 1]
        for row in world.placements(held)
        if row.member.system.system_version_id == world.systems[1].pk
    )
    assert f"Response {letter} was held to be the best." in page
    assert "You said otherwise. It listens first." in page
    # Sent once more, changed or not, it is done: nobody is kept at practice.
    once_more = ranking_answer(world.placements(held), [1, 2, 3], key="key-2") | {"based_on": "1"}
    reply = client.post(f"/rate/{study.token}/{held.token}/", once_more)
    assert reply.headers["Location"] == f"/rate/{study.token}/"
    for _n in range(3):
        held, reply = rank(world, study, world.raters[0])
        assert held.unit.role == Unit.Role.MAIN
        assert reply.headers["Location"] == f"/rate/{study.token}/"
    studies.close(study, actor=world.manager)
    summary = report_of(study)
    table = next(block for block in summary.sections[0].blocks if block.key == "mean-rank")
    assert table.n == 3  # type: ignore[union-attr]


@pytest.mark.parametrize(("kind", "settings"), [("ranking", {}), ("rating", {"rubric": "preset:answer_quality:en"})])
def test_checks_of_attention_look_like_all_others_and_are_judged_on_the_server(kind: str, settings: Any) -> None:
    world = BlindWorld(items=3, raters=2, systems=2)
    study = world.opened(kind, gold="q1 | model-0 | worst", together="on" if kind == "rating" else "", **settings)
    gold = study.units.get(role="gold")
    expected = ResponseSet.objects.get(unit=gold).expected
    assert expected is not None
    assert (expected["is"], expected["system"][:6], expected["source"]) == ("worst", "System", None)
    for rater, best in zip(world.raters, (1, 0), strict=True):
        for _n in range(3):
            held = loop.hold(world.part(study, rater))[0]
            page = world.client(rater).get(f"/rate/{study.token}/{held.token}/").content.decode()
            assert "Practice" not in page
            data = {"client_key": "k", "based_on": "0"}
            for row in world.placements(held):
                good = row.member.system.system_version_id == world.systems[best].pk
                score = {"ranking": "1" if good else "2", "rating": "4" if good else "0"}[kind]
                data[f"rank-{row.token}" if kind == "ranking" else f"score-{row.token}--quality"] = score
            assert world.client(rater).post(f"/rate/{study.token}/{held.token}/", data).status_code == 302
    studies.close(study, actor=world.manager)
    section = next(one for one in report_of(study).sections if one.key == "attention")
    assert [list(row) for row in section.blocks[0].rows] == [["R1", 1, 1.0], ["R2", 1, 0.0]]  # type: ignore[union-attr]


def test_an_item_or_system_that_is_not_there_is_named() -> None:
    world = BlindWorld()
    study = world.draft(gold="q99 | model-0 | best")
    found = [str(one.text) for one in kinds.of(study).problems(study) if one.blocking]
    assert found == ["For practice and checks these items or systems are missing: q99 | model-0."]


def test_guesses_are_asked_once_at_the_end_in_the_managers_words() -> None:
    world = BlindWorld(items=3, raters=1)
    study = world.opened(raters_per_item=1, guesses=2, guess_names=NAMES)
    client, url = world.client(world.raters[0]), f"/rate/{study.token}/way/guess/"
    assert client.get(url).status_code == 302
    for _n in range(3):
        rank(world, study, world.raters[0])
    assert client.get(f"/rate/{study.token}/").headers["Location"] == url
    page = client.get(url).content.decode()
    assert page.count("a large model") == 2
    assert "Model 0" not in page
    assert " checked" not in page.split("<form")[-1]
    tokens = [name.split('"')[0] for name in page.split('name="guess-')[1:]]
    asked = list(dict.fromkeys(tokens))
    assert len(asked) == 2
    assert client.post(url, {f"guess-{asked[0]}": "none"}).status_code == 422
    sent = {f"guess-{asked[0]}": "none", f"guess-{asked[1]}": "System 1"}
    assert client.post(url, sent).status_code == 302
    assert client.post(url, sent).status_code == 302
    assert sorted(Guess.objects.values_list("guessed__code", flat=True), key=str) == [None, "System 1"]
    assert client.get(f"/rate/{study.token}/").status_code == 200
    studies.close(study, actor=world.manager)
    assert [one.key for one in report_of(study).sections if one.key == "guesses"] == ["guesses"]


def test_without_names_no_guess_is_asked() -> None:
    world = BlindWorld(items=1, raters=1)
    study = world.opened(raters_per_item=1)
    rank(world, study, world.raters[0])
    assert b"Nothing left for you here" in world.client(world.raters[0]).get(f"/rate/{study.token}/").content
