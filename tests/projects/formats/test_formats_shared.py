"""The readers on real research files, where those are at hand (they are no part of the product)."""

import os
from collections import Counter
from pathlib import Path

import pytest

from projects.formats.mapping import Mapping, Source, guess_mapping
from projects.formats.records import ItemRecord, RowError, Unchanged
from projects.formats.schema import ItemSchema, lettered
from projects.formats.table import Table
from projects.formats.tables import open_table
from projects.formats.validate import validate

pytestmark = pytest.mark.shared
ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("CONCORD_SHARED") or ROOT.parent / "shared") / "data"
CATEGORIES = (
    "Financial Problem",
    "Other",
    "Everyday Decision Making",
    "Emotional Turmoil",
    "School",
    "Family Issues",
    "Social Relationships",
    "Work",
    "Health, Fatigue, or Physical Pain",
)


def shared_table(name: str) -> Table:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"shared research data absent: {name} (set CONCORD_SHARED)")
    return open_table(path)


def guess(table: Table) -> Mapping:
    return guess_mapping(table.columns, [values for _row, values in table.preview(50)])


@pytest.mark.parametrize(
    ("name", "mapping"),
    [
        ("sad/SAD_v1.csv", Mapping(text="sentence", external_id="sID", prelabel="original_label")),
        (
            "cpsyexam/counsellor_exam_and_case_analysis_subset.jsonl",
            Mapping(
                text="question",
                external_id="id",
                options=("options",),
                kind=Source(column="question_type"),
                answer="answer",
                topic=Source(column="subject_name"),
            ),
        ),
        (
            "chatpsychiatrist/question.jsonl",
            Mapping(text="turns", external_id="question_id", topic=Source(column="category")),
        ),
    ],
)
def test_shared_mappings_are_guessed(name: str, mapping: Mapping) -> None:
    assert guess(shared_table(name)) == mapping


def test_shared_sad_is_imported_whole() -> None:
    table = shared_table("sad/SAD_v1.csv")
    found = list(validate(table.rows(), guess(table), ItemSchema(options=lettered(CATEGORIES))))
    items = [outcome for outcome in found if isinstance(outcome, ItemRecord)]
    assert (len(found), len(items), {item.kind for item in items}) == (6850, 6850, {"single_choice"})
    names = dict(items[0].options)
    assert Counter(names[item.prelabels[0].values[0]] for item in items)["Work"] == 999
    kept = sum(names[item.prelabels[0].values[0]] == item.metadata["top_label"] for item in items)
    assert kept == 3828


def test_shared_exam_reports_duplicates_and_gaps_and_imports_the_rest() -> None:
    table = shared_table("cpsyexam/counsellor_exam_and_case_analysis_subset.jsonl")
    mapping = guess(table)
    found = list(validate(table.rows(), mapping))
    items = [outcome for outcome in found if isinstance(outcome, ItemRecord)]
    errors = Counter(outcome.code for outcome in found if isinstance(outcome, RowError))
    assert len(found) == 3716
    assert len({values["id"] for _row, values in table.rows()}) == 3597
    assert sum(not values.get("answer") for _row, values in table.rows()) == 1600
    assert errors == {"duplicate_id": 119, "label_unknown": 105, "label_several": 1, "options_count": 1}
    assert (len(items), sum(not item.answer for item in items)) == (3490, 1558)
    known = {item.external_id: item.content_hash for item in items}
    again = Counter(type(outcome) for outcome in validate(table.rows(), mapping, known=known))
    assert again == {Unchanged: 3490, RowError: 226}


def test_shared_questions_are_imported_as_questions() -> None:
    table = shared_table("chatpsychiatrist/Sanitised_CounsQs_subset.jsonl")
    found = list(validate(table.rows(), guess(table), ItemSchema(default_kind="question")))
    assert Counter((type(outcome), getattr(outcome, "kind", "")) for outcome in found) == {
        (ItemRecord, "question"): 100
    }
