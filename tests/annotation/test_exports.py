"""The files of a label review: what stands in them, in which order, and that they cost little."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from review_rows import ABCD, Rows

from annotation.exports import EXPORTS
from annotation.results import files, rows
from annotation.results.load import load
from projects.formats.cells import restore_cell
from projects.models import Exclusion, Submission, Unit
from projects.services import exporting

pytestmark = pytest.mark.django_db
OFFERS = {offer.key: offer for offer in EXPORTS}


def lines(world: Rows, key: str) -> list[dict[str, Any]]:
    """The file as JSON Lines, read back."""
    whole = b"".join(exporting.stream(world.study, OFFERS[key], "jsonl"))
    return [json.loads(line) for line in whole.decode().splitlines()]


def table(world: Rows, key: str) -> list[list[str]]:
    """The file as CSV, read back."""
    whole = b"".join(exporting.stream(world.study, OFFERS[key], "csv"))
    assert whole.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline="")))


@pytest.fixture
def world() -> Rows:
    """An agreed, an adjudicated with a set of labels, a removed and an open item; the rows are made out of order."""
    world = Rows(2)
    agreed = world.item(topic="Sleep", prelabel=["no"], text="=SUM(A1)")
    chosen = world.item(kind="multiple_choice", options=ABCD, language="zh-Hans")
    removed, waiting = world.item(prelabel=["yes"]), world.item()
    units = [world.unit(item) for item in (waiting, removed, chosen, agreed)][::-1]
    world.all_answer(units[0], "yes", "yes")
    world.all_answer(units[1], "A+C", "A")
    world.all_answer(units[2], "yes", "no")
    world.answer(units[3], 1, "yes", comment="+1", unsure=True, ms=1500)
    world.end(units[0], "agreed", "yes")
    world.dispute(units[1])
    world.end(units[1], "adjudicated", "A", "C")
    world.end(units[2], "removed", reason_code="depends_on_values")
    return world


def test_final_data_set_holds_each_decided_item_in_the_order_of_the_data_set(world: Rows) -> None:
    first, second = lines(world, "final")
    assert list(first) == files.FINAL_COLUMNS
    assert first["id"] == "item-1"
    assert (first["text"], first["topic"], first["label"], first["how"]) == ("=SUM(A1)", "Sleep", "yes", "agreed")
    assert (first["prelabel"], first["prelabel_source"], first["prelabel_score"]) == ("no", "model-1", 0.75)
    assert first["votes"] == {"R1": "yes", "R2": "yes"}
    assert (second["id"], second["label"], second["how"]) == ("item-2", ["A", "C"], "adjudicated")
    assert second["votes"] == {"R1": ["A", "C"], "R2": ["A"]}
    texts = {option["key"]: option["text"] for option in ABCD}
    assert (first["label_text"], second["label_text"]) == ("yes", [texts["A"], texts["C"]])
    assert (second["options"], second["prelabel"], second["dispute"]) == (ABCD, None, "raters")


def test_removed_items_stand_in_their_own_file_with_the_reason(world: Rows) -> None:
    (row,) = lines(world, "removed")
    assert list(row) == files.REMOVED_COLUMNS
    assert (row["id"], row["reason_code"], row["reason"]) == ("item-3", "depends_on_values", "Because.")
    assert row["removed_at"] == "2026-03-02T08:00:00+00:00"
    assert row["votes"] == {"R1": "yes", "R2": "no"}


def test_a_withdrawn_unit_is_no_part_of_the_final_data_set(world: Rows) -> None:
    Unit.objects.filter(item__external_id="item-1").update(withdrawn=True, open=False)
    assert [row["id"] for row in lines(world, "final")] == ["item-2"]


def test_csv_keeps_a_text_that_a_spreadsheet_would_run_from_running(world: Rows) -> None:
    head, first, _ = table(world, "final")
    assert first[head.index("text")] == "'=SUM(A1)"
    assert restore_cell(first[head.index("text")]) == "=SUM(A1)"
    assert json.loads(first[head.index("votes")]) == {"R1": "yes", "R2": "yes"}


def test_answers_have_one_row_for_each_rater_item_and_submission_in_force(world: Rows) -> None:
    changed = world.study.assignments.get(unit__item__external_id="item-3", rater__code="R2")
    world.change(changed, "yes")
    rows = lines(world, "answers")
    assert [(row["id"], row["rater"], row["label"], row["number"]) for row in rows] == [
        ("item-1", "R1", "yes", 1),
        ("item-1", "R2", "yes", 1),
        ("item-2", "R1", ["A", "C"], 1),
        ("item-2", "R2", ["A"], 1),
        ("item-3", "R1", "yes", 1),
        ("item-3", "R2", "no", 1),
        ("item-3", "R2", "yes", 2),
        ("item-4", "R1", "yes", 1),
    ]
    before, after = rows[5:7]
    assert (before["independent"], before["current"], before["shown_before"]) == (True, False, "nothing")
    assert (after["independent"], after["current"], after["shown_before"]) == (False, True, "others")
    assert (rows[7]["unsure"], rows[7]["comment"], rows[7]["active_seconds"]) == (True, "+1", 1.5)
    assert rows[0]["submitted_at"] == "2026-03-02T08:00:00+00:00"
    assert (rows[0]["settings_version"], rows[0]["guideline_version"]) == (1, 1)


def test_answers_say_what_is_surplus_and_what_is_left_out_and_why(world: Rows) -> None:
    unit = Unit.objects.get(item__external_id="item-4")
    world.answer(unit, 2, "no", surplus=True)
    Exclusion.objects.create(study=world.study, rater=world.raters[1], reason="tired")
    Exclusion.objects.create(study=world.study, rater=world.raters[0], reason="lifted", lifted_at=unit.study.created_at)
    rows = lines(world, "answers")
    assert [(row["rater"], row["excluded"]) for row in rows[:2]] == [("R1", ""), ("R2", "tired")]
    assert [(row["rater"], row["surplus"]) for row in rows[-2:]] == [("R1", False), ("R2", True)]


def test_answers_of_a_period_left_out_say_why(world: Rows) -> None:
    one = Submission.objects.get(assignment__unit__item__external_id="item-3", assignment__rater=world.raters[0])
    ends = {"since": one.created_at, "until": one.created_at + timedelta(seconds=1)}
    Exclusion.objects.create(study=world.study, rater=world.raters[0], reason="ill", **ends)
    given = Submission.objects.filter(assignment__rater=world.raters[0], created_at=one.created_at).count()
    found = lines(world, "answers")
    out = {(row["rater"], row["submitted_at"]) for row in found if row["excluded"] == "ill"}
    assert out == {("R1", one.created_at.isoformat())}
    assert sum(row["excluded"] == "ill" for row in found) == given
    assert sum(row["excluded"] == "" for row in found) == len(found) - given
    assert int(load(world.study).answers.excluded.sum()) == given


def test_matrix_has_the_independent_answers_that_count(world: Rows) -> None:
    world.change(world.study.assignments.get(unit__item__external_id="item-3", rater__code="R2"), "yes")
    left_out = world.study.assignments.get(unit__item__external_id="item-1", rater__code="R2")
    Exclusion.objects.create(study=world.study, assignment=left_out, reason="slipped")
    assert table(world, "matrix") == [
        ["id", "R1", "R2"],
        ["item-1", "yes", ""],
        ["item-2", '["A", "C"]', '["A"]'],
        ["item-3", "yes", "no"],
        ["item-4", "yes", ""],
    ]


@pytest.mark.parametrize("key", list(OFFERS))
def test_a_file_of_a_study_without_work_is_its_head_alone(key: str) -> None:
    world = Rows(2)
    assert lines(world, key) == []
    assert len(table(world, key)) == 1


@pytest.mark.parametrize(("key", "queries"), [("final", 7), ("removed", 7), ("answers", 5), ("matrix", 5)])
def test_a_file_costs_the_same_queries_whatever_its_length_and_its_chunks_join_to_the_same_rows(
    key: str, queries: int, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = Rows(2)
    for n in range(30):
        unit = world.all_answer(world.unit(prelabel=["no"]), "yes", "yes")
        world.end(unit, "removed" if key == "removed" else "agreed", "yes", reason_code="faulty" if n else "other")
    with django_assert_num_queries(queries):
        whole = list(OFFERS[key].rows(world.study))
    assert len(whole) == (60 if key == "answers" else 30)
    monkeypatch.setattr(rows, "CHUNK", 7)
    assert list(OFFERS[key].rows(world.study)) == whole


@pytest.mark.sqlite_only
def test_streaming_gives_sqlite_its_cache_back(world: Rows, settings: Any) -> None:
    from django.db import connection

    def cache() -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size")
            return int(cursor.fetchone()[0])

    before, chunks = cache(), exporting.stream(world.study, OFFERS["answers"], "jsonl")
    next(chunks)
    assert cache() == -8192
    chunks.close()
    assert cache() == before
