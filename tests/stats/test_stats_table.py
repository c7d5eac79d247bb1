"""Rows to tables: every bad row is named, and labels mean what is written."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from stats import Figure, Interval, Reason, Table, agreement_summary, classification_summary
from stats.pairs import Votes
from stats.rank_table import RankTable
from stats.result import json_safe
from stats.summary import agreement_summary as summary


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("u", "r", "a"), ("u", "s", "x")], "row 2: label 'x' is not among the declared categories a, b"),
        ([("u", "r", "a"), ("u", "r", "b")], "row 2: rater 'r' rated unit 'u' already in row 1; one value for each"),
        ([("u", "r", "a"), ("u", "s", float("nan"))], "row 2: the value is NaN"),
        ([("u", "", "a")], "row 1: a row needs both a unit and a rater"),
        ([(None, "r", "a")], "row 1: a row needs both a unit and a rater"),
    ],
)
def test_table_names_the_bad_row(rows: list[tuple[object, object, object]], message: str) -> None:
    with pytest.raises(ValueError, match=r"^" + message):
        Table.from_rows(rows, categories=["a", "b"])


def test_table_names_the_ragged_row() -> None:
    with pytest.raises(ValueError, match=r"^row 2: 3 values where row 1 has 2"):
        Table.from_matrix([["a", "b"], ["a", "b", "c"]])


def test_table_names_the_row_of_a_code_outside_the_categories() -> None:
    with pytest.raises(ValueError, match=r"^row 2: a code outside -1..1"):
        Table.from_codes([[0, 1], [0, 2]], ["a", "b"])


def test_a_second_value_is_refused_even_where_one_is_empty() -> None:
    with pytest.raises(ValueError, match=r"^row 2"):
        Table.from_rows([("u", "r", None), ("u", "r", "a")])


def test_numbers_are_ordered_as_numbers() -> None:
    rows = [("u", "r", "10"), ("u", "s", "2"), ("v", "r", "1"), ("v", "s", "10")]
    assert Table.from_rows(rows, level="ordinal").categories == ("1", "2", "10")
    assert Table.from_rows(rows).categories == ("1", "2", "10")


def test_declared_order_and_unused_categories_stay() -> None:
    table = Table.from_rows([("u", "r", "low"), ("u", "s", "low")], categories=["low", "middle", "high"])
    assert table.categories == ("low", "middle", "high")
    assert table.codes.tolist() == [[0, 0]]


@pytest.mark.parametrize("word", ["nan", "None", "NA", "null", "-1", "inf"])
def test_words_for_missing_are_ordinary_labels(word: str) -> None:
    table = Table.from_rows([("u", "r", word), ("u", "s", word), ("v", "r", "a"), ("v", "s", "a")])
    assert set(table.categories) == {word, "a"}
    assert agreement_summary(table)["krippendorff_alpha"].value == 1.0


def test_whole_numbers_with_a_decimal_point_find_their_category() -> None:
    table = Table.from_rows([("u", "r", "1"), ("u", "s", "1.0"), ("v", "r", "2"), ("v", "s", "3.0")])
    assert table.categories == ("1", "2", "3.0")
    assert agreement_summary(table)["percent_agreement"].value == 0.5


def test_words_need_a_declared_order_beyond_the_nominal_level() -> None:
    with pytest.raises(ValueError, match=r"^row 1: 'low' is not a number; declare the categories"):
        Table.from_rows([("u", "r", "low")], level="ordinal")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], Reason.TOO_FEW_ITEMS),
        ([("u", "r", None)], Reason.TOO_FEW_ITEMS),
        ([("u", "r", "a"), ("v", "r", "b")], Reason.TOO_FEW_RATERS),
        ([("u", "r", "a"), ("u", "s", None)], Reason.TOO_FEW_RATERS),
        ([("u", "r", "a"), ("v", "s", "b")], Reason.NO_OVERLAP),
        ([("u", "r", "a"), ("u", "s", "a")], Reason.NO_VARIATION),
    ],
)
def test_undefined_coefficients_say_why(rows: list[tuple[str, str, str | None]], reason: Reason) -> None:
    found = summary(Table.from_rows(rows, categories=["a", "b"]), bootstrap=20, interval_method="bca")
    for name in (
        "cohen_kappa",
        "pairwise_cohen_kappa",
        "fleiss_kappa",
        "krippendorff_alpha",
        "scott_pi",
        "conger_kappa",
    ):
        assert (name, found[name].value, found[name].reason) == (name, None, reason) or (
            name == "pairwise_cohen_kappa" and found[name].reason is reason
        )
    for name in ("gwet_ac1", "brennan_prediger", "percent_agreement"):
        expected = (1.0, None) if reason is Reason.NO_VARIATION else (None, reason)
        assert (found[name].value, found[name].reason) == expected


def test_ac1_needs_two_declared_categories() -> None:
    found = summary(Table.from_rows([("u", "r", "a"), ("u", "s", "a")]))
    assert found["gwet_ac1"].reason is Reason.SINGLE_CATEGORY
    assert found["brennan_prediger"].reason is Reason.SINGLE_CATEGORY
    assert found["percent_agreement"].value == 1.0


def test_figure_refuses_nan_and_a_missing_reason() -> None:
    with pytest.raises(ValueError, match="finite"):
        Figure(float("nan"))
    with pytest.raises(ValueError, match="needs a reason"):
        Figure(None)
    with pytest.raises(ValueError, match="method"):
        Figure(1.0, extra={"method": "x"})


def test_figure_survives_json() -> None:
    figure = Figure(0.5, ci=Interval(0.1, 0.9, 0.95, "wilson"), n_items=3, seed=4, extra={"df": 2})
    assert Figure.from_json(figure.to_json()) == figure
    empty = Figure(None, Reason.NO_OVERLAP)
    assert Figure.from_json(empty.to_json()) == empty
    many = Figure(None, values={"a": 1.0})
    assert Figure.from_json(many.to_json()) == many


def test_json_holds_no_nan() -> None:
    assert json_safe({"a": np.asarray([1.0, np.nan]), "b": np.int64(3), "c": (Reason.NO_OVERLAP,)}) == {
        "a": [1.0, None],
        "b": 3,
        "c": ["no_overlap"],
    }


def test_importing_the_package_is_light() -> None:
    code = "import sys, stats; print([m for m in ('numpy', 'scipy', 'sklearn', 'django') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_summary_without_bootstrap_imports_no_django() -> None:
    code = (
        "import sys; from stats import Table, agreement_summary; "
        "agreement_summary(Table.from_rows([(1, 1, 'a'), (1, 2, 'b')])); print('django' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_classification_of_a_pre_label() -> None:
    truth, guess = list("aaabbc"), list("aabbba")
    found = classification_summary(truth, guess, categories=list("abcd"))
    assert found["accuracy"].value == pytest.approx(4 / 6)
    assert found["confusion_matrix"].values == [[2, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    scores = found["per_class"].to_json()["value"]
    assert scores["a"]["precision"]["value"] == pytest.approx(2 / 3)
    assert (scores["c"]["precision"]["value"], scores["c"]["precision"]["reason"]) == (None, "too_few_items")
    assert scores["c"]["recall"]["value"] == 0.0
    assert scores["d"]["f1"]["value"] is None
    assert found["macro_f1"].extra == {"n_classes": 4, "n_classes_defined": 3}


def test_classification_names_the_row_of_an_unknown_label() -> None:
    with pytest.raises(ValueError, match=r"^row 2: label 'x'"):
        classification_summary(["a", "a"], ["a", "x"], categories=["a"])


def test_rank_table_names_the_bad_row() -> None:
    with pytest.raises(ValueError, match=r"^row 2: rater 'r' ranked 'A' in unit 'u' already in row 1"):
        RankTable.from_rows([("u", "r", "A", 1), ("u", "r", "A", 2)])
    with pytest.raises(ValueError, match=r"^row 1: rank 'first' is not a number"):
        RankTable.from_rows([("u", "r", "A", "first")])
    with pytest.raises(ValueError, match=r"^row 1: system 'Z' is not declared"):
        RankTable.from_rows([("u", "r", "Z", 1)], systems=["A"])


def test_votes_name_the_bad_row() -> None:
    with pytest.raises(ValueError, match=r"^row 1: winner 'C' is neither 'A' nor 'B' nor a tie"):
        Votes.from_rows([("u", "r", "A", "B", "C")])
    with pytest.raises(ValueError, match=r"^row 2: rater 'r' compared 'B' and 'A' in unit 'u' already in row 1"):
        Votes.from_rows([("u", "r", "A", "B", "A"), ("u", "r", "B", "A", "A")])
    with pytest.raises(ValueError, match=r"^row 1: system 'A' is compared with itself"):
        Votes.from_rows([("u", "r", "A", "A", "tie")])


def test_a_systems_own_name_goes_before_the_words() -> None:
    votes = Votes.from_rows([("u", "r", "b", "a", "a"), ("v", "r", "x", "y", "a")])
    assert votes.outcome.tolist() == [-1, 1]
