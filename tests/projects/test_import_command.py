"""Importing from the command line: a small file, its faults, and the real files of the shared research data."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from projects.models import Dataset, ImportBatch, Item, Suggestion

SMALL = "id,text,label\na,I sleep badly,positive\nb,The sea was calm,negative\n"
BAD = SMALL + "c,Too much work,perhaps\na,Another text,positive\n"
CATEGORIES = [
    "Financial Problem", "Other", "Everyday Decision Making", "Emotional Turmoil", "School", "Family Issues",
    "Social Relationships", "Work", "Health, Fatigue, or Physical Pain",
]  # fmt: skip


def run(path: Path, *words: str) -> tuple[str, str]:
    """Run the command on the project of the stage; returns what it printed, and what it said on the way."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_items", str(path), "--project", "harbour", *words, stdout=out, stderr=err)
    except CommandError as error:
        error.said = err.getvalue()  # type: ignore[attr-defined]
        raise
    return out.getvalue(), err.getvalue()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A file of two items."""
    path = tmp_path / "small.csv"
    path.write_text(SMALL)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """The same with two rows that cannot be imported."""
    path = tmp_path / "bad.csv"
    path.write_text(BAD)
    return path


def test_command_imports_a_file_into_a_data_set_it_makes(stage: Any, small: Path) -> None:
    out, err = run(small, "--dataset", "Letters", "--create")
    assert out == "Items imported into Letters: 2.\n"
    assert "2 rows: 2 good, 0 already known, 0 in conflict, 0 rejected; 2 of the good ones without an answer." in err
    dataset = Dataset.objects.get(name="Letters")
    assert (dataset.slug, dataset.item_count) == ("letters", 2)
    assert [one.values for one in Suggestion.objects.order_by("pk")] == [["positive"], ["negative"]]


def test_command_run_twice_adds_nothing(stage: Any, small: Path) -> None:
    run(small, "--dataset", "items")
    assert run(small, "--dataset", "items")[0] == "Items imported into Items: 0.\n"
    assert stage.dataset.items.count() == 2


def test_command_lists_bad_rows_and_imports_nothing(stage: Any, bad: Path, tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.csv"
    with pytest.raises(CommandError, match=r"^Bad rows: 2, so nothing was imported\.") as refused:
        run(bad, "--dataset", "items", "--rejected", str(rejected))
    lines = refused.value.said.splitlines()  # type: ignore[attr-defined]
    assert [line.partition(":")[0] for line in lines if line.startswith("Row ")] == ["Row 4, label", "Row 5, id"]
    assert len(rejected.read_text("utf-8-sig").splitlines()) == 3
    assert refused.value.returncode == 1
    assert stage.dataset.items.count() == 0
    assert not ImportBatch.objects.latest("pk").file


def test_command_imports_the_good_rows_when_told(stage: Any, bad: Path) -> None:
    assert run(bad, "--dataset", "items", "--good-rows")[0] == "Items imported into Items: 2.\n"


def test_command_takes_columns_options_and_kind(stage: Any, tmp_path: Path) -> None:
    path = tmp_path / "choices.jsonl"
    path.write_text(json.dumps({"key": "1", "sentence": "Bills", "guess": "Work, paid"}) + "\n")
    words = ("--dataset", "items", "--kind", "single_choice", "--options", '["School", "Work, paid"]')
    run(path, *words, "--map", "text=sentence", "external_id=key", "--map", "prelabel=guess", "language=:en")
    item = Item.objects.select_related("current").get()
    assert (item.external_id, item.kind, item.current.language) == ("1", "single_choice", "en")
    assert item.current.options == [{"key": "A", "text": "School"}, {"key": "B", "text": "Work, paid"}]
    assert Suggestion.objects.get().values == ["B"]


def test_command_makes_a_data_set_with_the_labels_given(stage: Any, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("text,label\nA text,safe\n")
    run(path, "--dataset", "Advice", "--create", "--labels", "safe,unsafe")
    assert [label["key"] for label in Dataset.objects.get(slug="advice").labels] == ["safe", "unsafe"]
    with pytest.raises(CommandError, match=r"The labels of “Advice” are safe, unsafe\."):
        run(path, "--dataset", "advice", "--labels", "good,bad")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--dataset", "nowhere"), "The project has no data set “nowhere”."),
        (("--dataset", "items", "--map", "text=column"), "The file has no column “column”"),
        (("--dataset", "items", "--map", "text"), "“text” is not understood."),
    ],
)
def test_command_says_what_is_wrong(stage: Any, small: Path, words: tuple[str, ...], reason: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(small, *words)
    assert str(refused.value).startswith(reason)
    assert not ImportBatch.objects.exclude(file="").exists()


def test_command_says_that_a_file_is_not_there(stage: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.csv: No such file or directory\.$"):
        run(tmp_path / "none.csv", "--dataset", "items")


def test_command_imports_the_stressors(stage: Any, shared: Path) -> None:
    columns = (
        "external_id=sID",
        "text=sentence",
        "prelabel=original_label",
        "prelabel_source=:original",
        "language=:en",
    )
    options = ("--kind", "single_choice", "--options", json.dumps(CATEGORIES))
    path = shared / "data" / "sad" / "SAD_v1.csv"
    out, _err = run(path, "--dataset", "sad", "--create", *options, "--map", *columns)
    assert out == "Items imported into sad: 6850.\n"
    assert Suggestion.objects.filter(source="original").count() == 6850


def test_command_reports_duplicates_and_gaps_of_the_exam(stage: Any, shared: Path) -> None:
    path = shared / "data" / "cpsyexam" / "counsellor_exam_and_case_analysis_subset.jsonl"
    columns = (
        "external_id=id", "text=question", "options=options", "kind=question_type", "answer=answer",
        "topic=subject_name", "language=:zh",
    )  # fmt: skip
    out, _err = run(path, "--dataset", "exam", "--create", "--good-rows", "--map", *columns)
    report = ImportBatch.objects.latest("pk").report
    repeated = report["reasons"].pop("duplicate_id", 0) + report["reasons"].pop("duplicate_id_differs", 0)
    assert (report["rows"], repeated) == (3716, 3716 - 3597)
    # Answers that name an option which the row does not have, and the like.
    assert report["reasons"] == {"label_unknown": 105, "label_several": 1, "options_count": 1}
    assert out == f"Items imported into exam: {3597 - 107}.\n"
    assert (
        Item.objects.filter(dataset__slug="exam", final__isnull=True).count()
        == report["good"] - report["answered"]
        == 1558
    )
