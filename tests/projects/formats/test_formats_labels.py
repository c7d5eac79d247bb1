"""Labels and options in the many ways people write them."""

import pytest

from projects.formats.labels import Choices
from projects.formats.options import column_keys, options_from_cell, options_from_columns
from projects.formats.records import FormatError, Option
from projects.formats.schema import Label, labels_named, lettered
from projects.formats.text import CellError

CHOICES = Choices.of_options([Option("A", "Listen"), Option("B", "Ask, gently"), Option("C", "解释"), Option("D", "B")])
TRUE_FALSE = Choices.of_labels(labels_named("positive", "negative"))


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        ("", ()),
        (None, ()),
        ("  ", ()),
        ("A", ("A",)),
        (" a ", ("A",)),
        ("Ａ", ("A",)),
        ("AC", ("A", "C")),
        ("ca", ("A", "C")),
        ("ＡＣ", ("A", "C")),
        ("AAC", ("A", "C")),
        ("C,A", ("A", "C")),
        ("C,", ("C",)),
        ("A、C", ("A", "C")),
        ("A C", ("A", "C")),
        ("A|C", ("A", "C")),
        (["C", "A"], ("A", "C")),
        ('["A", "C"]', ("A", "C")),
        ("listen", ("A",)),
        ("Ask, gently", ("B",)),
        ("Ask, gently; 解释", ("B", "C")),
        (["Ask, gently", "解释"], ("B", "C")),
        ("C、解释", ("C",)),
        ("a. Listen", ("A",)),
        ("B", ("B",)),
    ],
)
def test_labels_of_a_choice_item(value: object, labels: tuple[str, ...]) -> None:
    assert CHOICES.read(value) == labels
    assert CHOICES.read(value) == labels  # remembered values are the same


@pytest.mark.parametrize("value", ["E", "AE", "A,E", ["A", "x"], "[1, 2]"])
def test_labels_outside_the_options_name_the_allowed(value: object) -> None:
    with pytest.raises(CellError) as caught:
        CHOICES.read(value)
    assert (caught.value.code, caught.value.params["allowed"]) == ("label_unknown", "A, B, C, D")


@pytest.mark.parametrize("value", ["D、解释", "nothing"])
def test_a_text_outside_the_options_is_told_the_texts(value: str) -> None:
    with pytest.raises(CellError) as caught:
        Choices.of_options([("A", "Listen"), ("B", "Set a homework that fills every day of a week")]).read(value)
    assert caught.value.params["allowed"] == "A. Listen; B. Set a homework that fills every day of …"


def test_labels_named_by_a_text_of_two_options_are_refused() -> None:
    choices = Choices.of_options([Option("A", "same"), Option("B", "Same"), Option("C", "x")])
    assert choices.read("A") == ("A",)
    with pytest.raises(CellError):
        choices.read("same")


def test_labels_that_are_an_option_text_and_a_run_of_keys_mean_the_text() -> None:
    choices = Choices.of_options([Option("A", "x"), Option("B", "y"), Option("C", "ab")])
    assert choices.read("AB") == ("C",)


YES = ["positive", "Positive", "TRUE", "true", True, "yes", "1", 1, 1.0, "正", "是", "对", "正面", "积极", "√"]


@pytest.mark.parametrize("value", YES)
def test_labels_positive_in_many_words(value: object) -> None:
    assert TRUE_FALSE.read(value) == ("positive",)


@pytest.mark.parametrize("value", ["negative", "False", False, "no", "0", 0, "负", "否", "错", "负面", "消极", "×"])
def test_labels_negative_in_many_words(value: object) -> None:
    assert TRUE_FALSE.read(value) == ("negative",)


def test_labels_named_gives_words_to_usual_pairs_only() -> None:
    assert labels_named("support", "oppose") == (Label("support"), Label("oppose"))
    swapped = Choices.of_labels(labels_named("否", "是"))
    assert (swapped.read("no"), swapped.read("true")) == (("否",), ("是",))


def test_labels_of_ones_own_have_no_hidden_words() -> None:
    with pytest.raises(CellError):
        Choices.of_labels(labels_named("support", "oppose")).read("yes")


@pytest.mark.parametrize(
    ("value", "options"),
    [
        ("", ()),
        ("x|y", (("A", "x"), ("B", "y"))),
        ("x; y；z", (("A", "x"), ("B", "y；z"))),
        ("x\ny | z", (("A", "x"), ("B", "y | z"))),
        ("A. yes | B. no", (("A", "yes"), ("B", "no"))),
        ("A、是\nB、否\nC、不知道", (("A", "是"), ("B", "否"), ("C", "不知道"))),
        ("A. yes | no", (("A", "A. yes"), ("B", "no"))),
        (["x", "", "y"], (("A", "x"), ("C", "y"))),
        ('["x", "y"]', (("A", "x"), ("B", "y"))),
        ({"A": "x", "B": " y ", "E": ""}, (("A", "x"), ("B", "y"))),
        ('{"b": "x", "a": 1.0}', (("b", "x"), ("a", "1"))),
        ([{"key": "p", "text": "x"}, {"label": "q", "text": "y"}], (("p", "x"), ("q", "y"))),
        ([{"value": "x"}], (("x", "x"),)),
    ],
)
def test_options_of_one_cell(value: object, options: tuple[tuple[str, str], ...]) -> None:
    assert options_from_cell(value) == options


def test_options_of_one_cell_with_a_separator_of_its_own() -> None:
    assert options_from_cell("x/y|z", "/") == (("A", "x"), ("B", "y|z"))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("[1,", "options_unreadable"),
        (7, "options_unreadable"),
        ({"A": "x", "a": "y"}, "options_duplicate"),
        ({"A": {"x": 1}}, "not_text"),
        (["x\0"], "control_character"),
    ],
)
def test_options_that_cannot_be_read(value: object, code: str) -> None:
    with pytest.raises(CellError) as caught:
        options_from_cell(value)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("columns", "keys"),
    [
        (("A", "B"), ("A", "B")),
        (("option_a", "option_b"), ("A", "B")),
        (("Option 1", "Option 2"), ("1", "2")),
        (("选项A", "选项C"), ("A", "C")),
        (("good", "bad"), ("A", "B")),
        (("good", "A"), ("A", "B")),
    ],
)
def test_options_of_columns_get_their_keys(columns: tuple[str, ...], keys: tuple[str, ...]) -> None:
    assert column_keys(columns) == keys


def test_options_of_columns_leave_out_the_empty() -> None:
    columns = (("A", "A"), ("B", "B"), ("C", "C"))
    assert options_from_columns({"A": " x ", "B": " ", "C": "z"}, columns) == (("A", "x"), ("C", "z"))
    with pytest.raises(CellError) as caught:
        options_from_columns({"A": "x", "B": "\x07"}, columns)
    assert (caught.value.column, caught.value.params["character"]) == ("B", "U+0007")


def test_options_lettered_leave_a_gap() -> None:
    assert lettered(["x", "", "y"]) == (("A", "x"), ("C", "y"))
    with pytest.raises(FormatError):
        lettered(["x\0"])
