"""What became of proposals, the report, the file, and the same work over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialogue_world import World, given, strategy

from annotation import exports_dialogue
from annotation.results.dialogue import Uptake, uptake
from annotation.services import comments
from projects import kinds
from projects.models import Report
from projects.services import reports


@pytest.fixture
def world(db: None) -> World:
    """One session of four turns with proposals, answered by both raters."""
    world = World()
    item = world.session(4, case="c")
    world.propose(item, 1, "strategy", "Question")
    world.propose(item, 3, "strategy", "Question")
    world.propose(item, 3, "strategy", "Others", source="model-2")
    world.propose(item, None, "summary", "Nights.")
    world.open()
    told = [{"strategy": {"model-1": "accepted"}}, {"strategy": {"model-1": "edited", "model-2": "rejected"}}]
    world.hand_in(world.raters[0], world.hold(world.raters[0]), {
        "1": strategy("question", decisions=told[0]),
        "3": strategy("reflection", "question", decisions=told[1]),
        "session": {"fields": {"summary": given("Days.")}, "decisions": {"summary": {"model-1": "accepted"}}},
    })  # fmt: skip
    bulk = {"strategy": {"model-1": "bulk"}}
    turns = {"1": strategy("question", decisions=bulk), "3": strategy("question", decisions=bulk)}
    world.hand_in(world.raters[1], world.hold(world.raters[1]), turns)
    return world


def test_uptake_counts_what_became_of_proposals_by_source_and_field(world: World) -> None:
    assert uptake(world.study) == [
        Uptake("model-1", "strategy", shown=4, accepted=1, bulk=2, edited=1, rejected=0, distance=1),
        Uptake("model-2", "strategy", shown=2, accepted=0, bulk=0, edited=0, rejected=1),
        Uptake("model-1", "summary", shown=2, accepted=0, bulk=0, edited=1, rejected=0, distance=5),
    ]
    assert [row.undecided for row in uptake(world.study)] == [0, 1, 1]
    assert [row.mean_distance for row in uptake(world.study)] == [1.0, None, 5.0]


def test_surplus_answers_are_not_counted(world: World) -> None:
    world.study.assignments.filter(rater=world.raters[1]).update(surplus=True)
    assert [row.shown for row in uptake(world.study)] == [2, 1, 1]


def test_report_is_computed_and_its_hash_follows_the_answers(world: World) -> None:
    kind = kinds.of(world.study)
    before = kind.inputs_hash(world.study)
    report = reports.ask(world.study, actor=world.manager)
    summary = kind.summarise(
        Report.objects.select_related("study__dataset").get(pk=report.pk), lambda done, total: None
    )
    assert {section.key for section in summary.sections} >= {"progress", "proposals"}
    row = world.study.assignments.get(rater=world.raters[0])
    world.hand_in(world.raters[0], row, {"1": strategy("information")}, based_on=1)
    assert kind.inputs_hash(world.study) != before


def test_file_has_one_row_for_each_label(world: World) -> None:
    offer = next(one for one in exports_dialogue.EXPORTS if one.key == "labels")
    rows = list(offer.rows(world.study))
    assert [list(row) == offer.columns(world.study) for row in rows] == [True] * len(rows)
    first = [(row["rater"], row["turn"], row["field"], row["value"]) for row in rows if row["rater"] == "R1"]
    assert sorted(first, key=str) == [
        ("R1", "", "summary", "Days."), ("R1", 1, "strategy", "question"),
        ("R1", 3, "strategy", "question"), ("R1", 3, "strategy", "reflection"),
    ]  # fmt: skip
    assert {row["case"] for row in rows} == {"c"}


def test_files_hold_decisions_final_answers_and_comments(world: World) -> None:
    unit, author = world.study.units.get(), world.raters[0].user
    assert author is not None
    comments.say(unit, None, author=author, rater=world.raters[0], text="Hm.", client_key="k")
    found = {}
    for offer in exports_dialogue.EXPORTS:
        found[offer.key] = list(offer.rows(world.study))
        columns = offer.columns(world.study)
        assert [list(row) == columns for row in found[offer.key]] == [True] * len(found[offer.key])
    told = [(row["rater"], row["turn"], row["source"], row["decision"], row["distance"]) for row in found["decisions"]]
    assert sorted(told, key=str) == [
        ("R1", "", "model-1", "edited", 5), ("R1", 1, "model-1", "accepted", 0), ("R1", 3, "model-1", "edited", 1),
        ("R1", 3, "model-2", "rejected", 3), ("R2", 1, "model-1", "bulk", 0), ("R2", 3, "model-1", "bulk", 0),
    ]  # fmt: skip
    final = [(row["turn"], row["field"], row["values"], row["how"]) for row in found["curated"]]
    assert final == [(1, "strategy", ["question"], "agreed")]
    assert [(row["turn"], row["by"], row["text"]) for row in found["comments"]] == [("", "R1", "Hm.")]


# --- over the API -------------------------------------------------------------------------------------------------


def over_api(world: World, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the API as the first rater, who is logged in."""
    client, url = world.client(world.raters[0]), f"/api/v1/rating/{world.study.token}/{path}"
    return client.get(url) if body is None else client.post(url, body, content_type="application/json")


def test_program_reads_a_session_and_hands_it_in(db: None) -> None:
    world = World(prelabel="hidden")
    item = world.session(4)
    world.propose(item, 1, "strategy", "Question", source="secret-model")
    world.open()
    unit = over_api(world, "next/", {}).json()["unit"]
    content = unit["content"]
    assert [(turn["index"], turn["role"], turn["asked"]) for turn in content["turns"]] == [
        (0, "client", ["distress"]), (1, "therapist", ["strategy"]),
        (2, "client", ["distress"]), (3, "therapist", ["strategy"]),
    ]  # fmt: skip
    assert "secret-model" not in json.dumps(content)
    turns = {"1": strategy("question"), "3": strategy("information"), "0": {"fields": {"distress": given("2")}}}
    path = f"units/{unit['token']}/answer/"
    body = {"client_key": "k", "answer": {"turns": json.dumps(turns)}}
    assert over_api(world, path, body).status_code == 201
    assert over_api(world, path, body).status_code == 200
    shown = over_api(world, f"units/{unit['token']}/").json()["content"]
    assert shown["turns"][3]["copy"]["fields"] == {"strategy": given("information")}


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        ("{", "This is no JSON:"),
        ("[]", "The answers must be an object with one entry for each turn."),
        ('{"99": {}}', "There is no turn “99”."),
        (json.dumps({"1": strategy("hypnosis")}), "1: Strategy: “hypnosis” is not one of the answers."),
        (json.dumps({"1": strategy()}), "Turn 4: no answer yet to Strategy."),
    ],
)
def test_program_is_told_what_is_wrong(db: None, turns: str, words: str) -> None:
    world = World()
    world.session(4)
    world.open()
    token = over_api(world, "next/", {}).json()["unit"]["token"]
    reply = over_api(world, f"units/{token}/answer/", {"client_key": "k", "answer": {"turns": turns}})
    assert reply.status_code == 400
    assert words in json.dumps(reply.json(), ensure_ascii=False)
