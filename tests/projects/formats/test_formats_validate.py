"""Rows into item records: every field, every reason to refuse, duplicates, and what is known already."""

import hashlib
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.formats.mapping import Mapping, Source
from projects.formats.records import (
    FaultyRow,
    FormatError,
    ItemRecord,
    Option,
    Prelabel,
    RowError,
    Unchanged,
    content_hash,
    row_error,
)
from projects.formats.schema import ItemSchema, labels_named, lettered
from projects.formats.text import CellError, clean_text
from projects.formats.validate import Outcome, validate

FULL = Mapping(
    text="text",
    external_id="id",
    kind=Source(column="kind"),
    options=("options",),
    prelabel="pre",
    prelabel_score="score",
    prelabel_source=Source(constant="model-1"),
    answer="answer",
    topic=Source(column="topic"),
    subtopic=Source(column="subtopic"),
    language=Source(constant="English"),
    reference="reference",
)
ABC = ItemSchema(options=lettered(["x", "y", "z"]))


def outcomes(*rows: dict[str, Any], mapping: Mapping = FULL, schema: ItemSchema | None = None) -> list[Outcome]:
    return list(validate(enumerate(rows, 2), mapping, schema))


def record(row: dict[str, Any], mapping: Mapping = FULL, schema: ItemSchema | None = None) -> ItemRecord:
    (outcome,) = outcomes(row, mapping=mapping, schema=schema)
    assert isinstance(outcome, ItemRecord), outcome
    return outcome


def error(row: dict[str, Any], mapping: Mapping = FULL, schema: ItemSchema | None = None) -> tuple[str, str]:
    """(column, code) of the one error."""
    (outcome,) = outcomes(row, mapping=mapping, schema=schema)
    assert isinstance(outcome, RowError), outcome
    assert outcome.row == 2
    assert outcome.message == outcome.retold()
    assert "%(" not in outcome.message
    return outcome.column, outcome.code


def test_validate_gives_a_whole_record() -> None:
    row = {
        "id": " q1 ",
        "text": " How do\r\nyou cope? ",
        "kind": "multi",
        "options": "talk|sleep|drink",
        "pre": "A,B",
        "score": "0.75",
        "answer": ["talk"],
        "topic": "Emotion",
        "subtopic": "Stress",
        "reference": "",
        "note": " kept as it is ",
    }
    options = (Option("A", "talk"), Option("B", "sleep"), Option("C", "drink"))
    assert record(row) == ItemRecord(
        row=2,
        external_id="q1",
        kind="multiple_choice",
        text="How do\nyou cope?",
        options=options,
        topic="Emotion",
        subtopic="Stress",
        language="en",
        prelabels=(Prelabel(("A", "B"), "model-1", 0.75),),
        answer=("A",),
        reference="",
        metadata={"note": " kept as it is "},
        content_hash=content_hash("multiple_choice", "How do\nyou cope?", options),
    )


def test_content_hash_is_of_kind_text_and_options_in_nfc() -> None:
    by_hand = hashlib.sha256("single_choice\x1fné\x1fA\x1fx\x1f".encode()).hexdigest()
    assert content_hash("single_choice", "ne\u0301", [("A", "x")]) == by_hand
    assert content_hash("question", "e\u0301", ()) == content_hash("question", "é", ())
    different = {
        content_hash("question", "a", ()),
        content_hash("true_false", "a", ()),
        content_hash("question", "b", ()),
        content_hash("question", "a", [("A", "x")]),
        content_hash("question", "a", [("A", ""), ("x", "")]),
    }
    assert len(different) == 5


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"options": "x|y", "answer": "A"}, "single_choice"),
        ({"options": "x|y", "answer": "AB"}, "multiple_choice"),
        ({"options": "x|y", "pre": "AB"}, "multiple_choice"),
        ({"pre": "true"}, "true_false"),
        ({}, "true_false"),
        ({"reference": "Because."}, "question"),
        ({"reference": "Because.", "pre": "yes"}, "true_false"),
        ({"kind": "简答题", "answer": "Because."}, "question"),
    ],
)
def test_validate_tells_the_kind(row: dict[str, Any], kind: str) -> None:
    assert record({"text": "t", **row}).kind == kind


def test_validate_takes_the_answer_of_a_question_as_reference() -> None:
    item = record({"text": "t", "kind": "qa", "answer": "Because.", "pre": "Draft."})
    assert (item.answer, item.reference, item.prelabels) == ((), "Because.", (Prelabel(("Draft.",), "model-1", None),))


def test_validate_takes_constant_options_for_the_whole_file() -> None:
    mapping = Mapping(text="text", prelabel="pre")
    item = record({"text": "t", "pre": "y"}, mapping, ABC)
    assert (item.kind, item.options, item.prelabels[0].values) == ("single_choice", ABC.options, ("B",))
    listed = Mapping(text="text", prelabel="pre", option_list=("x", "y", "z"))
    assert record({"text": "t", "pre": "y"}, listed) == item


def test_validate_lets_a_row_have_its_own_options() -> None:
    assert record({"text": "t", "options": "p|q"}, schema=ABC).options == lettered(["p", "q"])
    assert record({"text": "t", "options": ""}, schema=ABC).options == ABC.options


def test_validate_keeps_what_has_no_place_as_metadata() -> None:
    item = record({"text": "t", "kind": "tf", "options": "x|y", "score": "0.5", "extra": {"a": [1, None]}})
    assert item.metadata == {"options": "x|y", "score": "0.5", "extra": {"a": [1, None]}}
    assert (item.options, item.prelabels) == ((), ())


def test_validate_leaves_ignored_columns_out() -> None:
    mapping = Mapping(text="text", ignored=("mail",))
    assert record({"text": "t", "mail": "a@b", "note": ""}, mapping).metadata == {"note": ""}


def test_validate_takes_any_two_labels() -> None:
    schema = ItemSchema(labels=labels_named("support", "oppose"))
    assert record({"text": "t", "answer": "Oppose"}, schema=schema).answer == ("oppose",)
    assert error({"text": "t", "answer": "yes"}, schema=schema) == ("answer", "label_unknown")


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"text": " \n "}, ("text", "text_empty")),
        ({}, ("text", "text_empty")),
        ({"text": "a\0b"}, ("text", "control_character")),
        ({"text": "a\x1bb"}, ("text", "control_character")),
        ({"text": "a\ud800"}, ("text", "control_character")),
        ({"text": "x" * 101}, ("text", "too_long")),
        ({"text": {"a": 1}}, ("text", "not_text")),
        ({"text": "t", "id": "x" * 201}, ("id", "too_long")),
        ({"text": "t", "topic": "a\0"}, ("topic", "control_character")),
        ({"text": "t", "kind": "riddle"}, ("kind", "kind_unknown")),
        ({"text": "t", "kind": "single"}, ("options", "options_count")),
        ({"text": "t", "options": "only"}, ("options", "options_count")),
        ({"text": "t", "options": "|".join("abcdefghijk")}, ("options", "options_count")),
        ({"text": "t", "options": "a|" + "x" * 2001}, ("options", "too_long")),
        ({"text": "t", "options": "{"}, ("options", "options_unreadable")),
        ({"text": "t", "options": "a|b", "answer": "C"}, ("answer", "label_unknown")),
        ({"text": "t", "options": "a|b", "pre": "C"}, ("pre", "label_unknown")),
        ({"text": "t", "kind": "single", "options": "a|b", "answer": "AB"}, ("answer", "label_several")),
        ({"text": "t", "kind": "single", "options": "a|b", "pre": ["A", "B"]}, ("pre", "label_several")),
        ({"text": "t", "pre": "maybe"}, ("pre", "label_unknown")),
        ({"text": "t", "pre": "yes,no"}, ("pre", "label_several")),
        ({"text": "t", "pre": "yes", "score": "high"}, ("score", "score_invalid")),
        ({"text": "t", "pre": "yes", "score": "nan"}, ("score", "score_invalid")),
        ({"text": "t", "pre": "yes", "score": "0_5"}, ("score", "score_invalid")),
        ({"text": "t", "pre": "yes", "score": True}, ("score", "score_invalid")),
        ({"text": "t", "pre": "yes", "score": "1.01"}, ("score", "score_range")),
        ({"text": "t", "pre": "yes", "score": -0.5}, ("score", "score_range")),
        ({"text": "t", "note": "a\0"}, ("note", "control_character")),
        ({"text": "t", "note": {"deep": ["a\0"]}}, ("note", "control_character")),
        ({"text": "t", "note": float("inf")}, ("note", "not_text")),
        ({"text": "t", "no\0te": 1}, ("no\0te", "control_character")),
    ],
)
def test_validate_refuses_a_row(row: dict[str, Any], found: tuple[str, str]) -> None:
    assert error(row, schema=ItemSchema(max_text=100)) == found


def test_validate_names_the_allowed_labels() -> None:
    (outcome,) = outcomes({"text": "t", "options": "a|b|c", "answer": "E"})
    assert isinstance(outcome, RowError)
    assert outcome.message == "“E” is not one of the labels. Allowed: A, B, C."


def test_validate_refuses_a_language_that_is_none() -> None:
    mapping = Mapping(text="text", language=Source(column="lang"))
    assert error({"text": "t", "lang": "the usual"}, mapping) == ("lang", "language_invalid")
    assert record({"text": "t", "lang": ""}, mapping).language == ""


def test_validate_refuses_kinds_that_are_not_expected() -> None:
    assert error({"text": "t"}, schema=ItemSchema(kinds=("single_choice",))) == ("kind", "kind_not_allowed")


def test_validate_passes_faulty_rows_on_as_their_error() -> None:
    fault = row_error(2, "", "ragged", found=3, expected=2)
    assert outcomes(FaultyRow({"text": "t"}, fault)) == [fault]


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        (Mapping(), "mapping_no_text"),
        (Mapping(text="t", kind=Source(constant="riddle")), "schema"),
        (Mapping(text="t", option_list=("a\0", "b")), "schema"),
        (Mapping(text="t", topic=Source(constant="a\0")), "schema"),
    ],
)
def test_validate_refuses_a_mapping_that_cannot_work(mapping: Mapping, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        list(validate([(2, {"t": "x"})], mapping))
    assert caught.value.code == code


def test_validate_reports_the_second_row_of_an_id_and_names_the_first() -> None:
    rows = [{"id": "a", "text": "t"}, {"id": "b", "text": "t"}, {"id": "a", "text": "t"}, {"id": " a ", "text": "u"}]
    found = outcomes(*rows)
    assert [type(outcome) for outcome in found] == [ItemRecord, ItemRecord, RowError, RowError]
    errors = [outcome for outcome in found if isinstance(outcome, RowError)]
    assert [(e.row, e.column, e.code, e.params["first"]) for e in errors] == [
        (4, "id", "duplicate_id", 2),
        (5, "id", "duplicate_id_differs", 2),
    ]


def test_validate_reports_the_same_content_only_without_ids() -> None:
    found = outcomes({"text": "t"}, {"text": " t"}, {"text": "t", "id": "a"}, {"text": "u"})
    assert [getattr(outcome, "code", None) for outcome in found] == [None, "duplicate_content", None, None]
    assert isinstance(found[1], RowError)
    assert (found[1].row, found[1].params["first"]) == (3, 2)


def test_validate_counts_a_refused_row_as_no_first() -> None:
    found = outcomes({"id": "a", "text": ""}, {"id": "a", "text": "t"})
    assert [type(outcome) for outcome in found] == [RowError, ItemRecord]


def test_validate_knows_what_is_there_already() -> None:
    rows = [{"id": "same", "text": "t"}, {"id": "changed", "text": "t"}, {"id": "new", "text": "t"}, {"text": "no id"}]
    first, second, _third, fourth = outcomes(*rows)
    assert isinstance(first, ItemRecord)
    assert isinstance(fourth, ItemRecord)
    known = {"same": first.content_hash, "changed": "0" * 64, fourth.content_hash: fourth.content_hash}
    found = list(validate(enumerate(rows, 2), FULL, known=known))
    assert found[0] == Unchanged(2, "same", first.content_hash)
    assert isinstance(found[1], RowError)
    assert (found[1].code, found[1].column, found[1].row) == ("conflict", "id", 3)
    assert isinstance(found[2], ItemRecord)
    assert found[3] == Unchanged(5, "", fourth.content_hash)
    assert isinstance(second, ItemRecord)


def test_validate_asks_what_is_known_in_batches_and_keeps_the_order() -> None:
    asked: list[int] = []

    def known(records: list[ItemRecord]) -> dict[str, str]:
        asked.append(len(records))
        return {item.external_id: item.content_hash for item in records if int(item.external_id) % 2}

    rows = [{"id": str(n), "text": "" if n == 7 else f"t{n}"} for n in range(1100)]
    found = list(validate(enumerate(rows), FULL, known=known))
    assert asked == [499, 500, 100]
    assert [outcome.row for outcome in found] == list(range(1100))
    assert sum(isinstance(outcome, Unchanged) for outcome in found) == 549


def test_validate_twice_adds_nothing() -> None:
    rows = [(n, {"text": f"t{n}", "id": "" if n % 3 else str(n)}) for n in range(2, 40)]
    first = [outcome for outcome in validate(rows, FULL) if isinstance(outcome, ItemRecord)]
    known = {item.external_id or item.content_hash: item.content_hash for item in first}
    assert {type(outcome) for outcome in validate(rows, FULL, known=known)} == {Unchanged}


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])) | st.text("ab \u3000\n\r\té\u0301"))
def test_clean_text_is_stable_and_normal(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned == unicodedata.normalize("NFC", cleaned).strip()


@given(st.characters(categories=["Cc", "Cs"], exclude_characters="\t\n\r"), st.text())
def test_clean_text_refuses_every_control_character(character: str, text: str) -> None:
    with pytest.raises(CellError, match="control_character"):
        clean_text(f"a{character}{text}b")


def test_row_error_is_retold_in_the_language_asked_for() -> None:
    outcome = outcomes({"text": ""})[0]
    assert isinstance(outcome, RowError)
    assert outcome.retold() == outcome.message == "The text is empty. Write it, or remove the row."


def test_validate_keeps_the_label_of_a_question_that_has_a_reference() -> None:
    item = record({"text": "t", "kind": "qa", "answer": "Short.", "reference": "Long."})
    assert (item.reference, item.answer, item.metadata) == ("Long.", (), {"answer": "Short."})
