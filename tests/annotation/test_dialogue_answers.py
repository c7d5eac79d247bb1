"""What a rater says of a turn: read strictly, marked places within the text, and how far an edit goes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation import answers, presets
from annotation.answers import AnswerError, Copy, Given, Span, levenshtein
from annotation.schema import Field, FieldKind, LabelOption

TEXT = "我一直睡不着 😔 since Monday."
LABELS = (LabelOption(key="a", name="Anger"), LabelOption(key="b", name="Fear"), LabelOption(key="c"))
EMOTION = Field(
    key="emotion", name="Emotion", kind=FieldKind.SEVERAL, labels=LABELS, unknown=True, none=True, evidence=True
)
WHY = Field(key="why", name="Why", kind=FieldKind.TEXT, required=True)
LEVEL = Field(key="level", name="Level", kind=FieldKind.SCALE, low=0, high=3)
SAFE = Field(key="safe", name="Safe", kind=FieldKind.YES_NO)
ASKED = (EMOTION, WHY, LEVEL, SAFE)


def sent(**fields: Any) -> dict[str, Any]:
    """Return an answer with these fields."""
    return {"fields": fields}


def values(*chosen: str) -> dict[str, Any]:
    """Return values for one field."""
    return {"state": "value", "values": list(chosen)}


def refused(data: object) -> list[str]:
    """Return what is wrong with an answer."""
    with pytest.raises(AnswerError) as caught:
        answers.read(data, ASKED, TEXT)
    return caught.value.faults


def test_answer_survives_the_round_trip() -> None:
    copy = answers.read(
        {
            "fields": {"emotion": values("b", "a"), "why": values("因为…\r\nyes"), "level": values("0")},
            "spans": [{"field": "emotion", "value": "a", "start": 7, "end": 8}],
            "decisions": {"why": {"model-1": "edited"}, "gone": {"m": "accepted"}},
            "note": "look again",
            "done": True,
        },
        ASKED,
        TEXT,
    )
    assert copy.given["emotion"] == Given("value", ("a", "b"))
    assert copy.given["why"].values == ("因为…\nyes",)
    assert TEXT[copy.spans[0].start : copy.spans[0].end] == "😔"
    assert copy.decisions == {"why": {"model-1": "edited"}}
    assert answers.read(copy.to_json(), ASKED, TEXT) == copy


def test_nothing_chosen_and_blank_text_are_no_answer() -> None:
    copy = answers.read(sent(emotion=values(), why=values("  \n "), level=values()), ASKED, TEXT)
    assert copy.given == {}
    assert [one.key for one in copy.missing(ASKED)] == ["why"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "What was sent is no answer to a turn."),
        ({"fields": []}, "The fields must be an object."),
        (sent(colour=values("red")), "“colour” is not asked here."),
        (sent(emotion=values("z")), "Emotion: “z” is not one of the answers."),
        (sent(emotion={"state": "maybe"}), "Emotion: this is no answer."),
        (sent(emotion={"values": [1]}), "Emotion: this is no answer."),
        (sent(level=values("4")), "Level: “4” is not one of the answers."),
        (sent(level=values("1", "2")), "Level: only one answer can be chosen."),
        (sent(safe={"state": "unknown"}), "Safe: “unknown” is no answer here."),
        (sent(safe={"state": "none"}), "Safe: “none of these” is no answer here."),
        (sent(why=values("x" * 20_001)), "Why: a text has at most 20000 characters."),
        ({"note": "x" * 5001}, "A note has at most 5000 characters."),
        ({"note": 7}, "A note has at most 5000 characters."),
        ({"decisions": {"why": "accepted"}}, "The decisions on proposals must be an object."),
        ({"spans": [{}] * 201}, "At most 200 places can be marked in one turn."),
    ],
)
def test_wrong_answer_is_said_in_words(data: object, words: str) -> None:
    assert refused(data) == [words]


@pytest.mark.parametrize(
    "span",
    [
        {"field": "emotion", "value": "a", "start": 0, "end": 99},
        {"field": "emotion", "value": "a", "start": 3, "end": 3},
        {"field": "emotion", "value": "a", "start": -1, "end": 3},
        {"field": "emotion", "value": "a", "start": True, "end": 3},
        {"field": "emotion", "value": "a", "start": "0", "end": 3},
        {"field": "why", "start": 0, "end": 3},
        {"field": "none", "start": 0, "end": 3},
        "here",
    ],
)
def test_marked_place_outside_the_turn_or_for_another_field_is_refused(span: object) -> None:
    assert refused({"fields": {"emotion": values("a")}, "spans": [span]}) == [
        "A marked place does not lie in this turn."
    ]


def test_marked_place_goes_with_the_answer_it_speaks_for() -> None:
    spans = [{"field": "emotion", "value": value, "start": 0, "end": 3} for value in ("a", "b")]
    copy = answers.read({"fields": {"emotion": values("b")}, "spans": spans}, ASKED, TEXT)
    assert copy.spans == (Span("emotion", "b", 0, 3),)


def test_stored_answer_of_an_earlier_schema_keeps_what_still_fits() -> None:
    stored = sent(emotion=values("z"), old=values("x"), why=values("kept")) | {"note": "n", "done": True}
    assert answers.fit(stored, ASKED, TEXT) == Copy(given={"why": Given("value", ("kept",))}, note="n", done=True)


@pytest.mark.parametrize(
    ("field", "proposal", "meaning"),
    [
        (EMOTION, ["Fear", "ANGER"], Given("value", ("a", "b"))),
        (EMOTION, ["Unknown"], Given("unknown")),
        (EMOTION, ["Envy"], None),
        (EMOTION, [], None),
        (WHY, ["Because."], Given("value", ("Because.",))),
        (LEVEL, ["2"], Given("value", ("2",))),
        (LEVEL, ["1", "2"], None),
        (SAFE, ["True"], Given("value", ("yes",))),
        (SAFE, ["否"], Given("value", ("no",))),
    ],
)
def test_proposal_in_a_file_means_values_of_the_schema_or_nothing(
    field: Field, proposal: list[str], meaning: Given | None
) -> None:
    assert answers.proposed(field, proposal) == meaning


def test_imported_spelling_of_psy_insight_means_the_preset_label_in_both_languages() -> None:
    for language in presets.LANGUAGES:
        emotion = presets.schema("psy-insight", language).field("emotion")
        assert emotion is not None
        assert answers.proposed(emotion, ["焦虑", "Fear"]) == Given("value", ("anxiety", "fear"))


def test_distance_counts_characters_of_texts_and_labels_of_sets() -> None:
    assert answers.distance(WHY, Given("value", ("kitten",)), Given("value", ("sitting",))) == 3
    assert answers.distance(EMOTION, Given("value", ("a", "b")), Given("value", ("b", "c"))) == 2
    assert answers.distance(EMOTION, Given("value", ("a",)), Given("unknown")) == 1
    assert answers.distance(EMOTION, Given("unknown"), Given("none")) == 1
    assert answers.distance(EMOTION, Given("value", ("a",)), Given("value", ("a",))) == 0
    assert answers.distance(WHY, Given("value", ("abc",)), None) == 3


def plainly(one: str, other: str) -> int:
    """Return the edit distance by the textbook's table."""
    row = list(range(len(other) + 1))
    for n, left in enumerate(one, start=1):
        new = [n]
        for m, right in enumerate(other, start=1):
            new.append(min(row[m] + 1, new[-1] + 1, row[m - 1] + (left != right)))
        row = new
    return row[-1]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab睡😔 ", max_size=80), st.text(alphabet="ab睡😔 ", max_size=80))
def test_edit_distance_is_that_of_the_textbook(one: str, other: str) -> None:
    assert levenshtein(one, other) == plainly(one, other)
