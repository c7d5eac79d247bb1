"""Schemas: read strictly, said in words where they are wrong, and the same after a round trip."""

from __future__ import annotations

from typing import Any

import pytest

from annotation import presets
from annotation.schema import POOL, RESERVED, ROLES, Field, FieldKind, LabelOption, SchemaError, load, shortcuts
from annotation.schema_check import faults, read

ALL_PRESETS = [(key, language) for key in presets.SETS for language in presets.LANGUAGES]


def one(**values: Any) -> dict[str, Any]:
    """Return a schema of one field with two labels."""
    field = {"key": "strategy", "name": "Strategy", "labels": [{"key": "a"}, {"key": "b"}]} | values
    return {"fields": [field]}


def refused(data: object) -> list[str]:
    """Return the faults of a schema that is refused."""
    with pytest.raises(SchemaError) as caught:
        read(data)
    return caught.value.faults


@pytest.mark.parametrize(("key", "language"), ALL_PRESETS)
def test_preset_is_sound_and_survives_the_round_trip(key: str, language: str) -> None:
    schema = presets.schema(key, language)
    assert faults(schema) == []
    assert load(schema.to_json()) == schema == read(schema.to_json())


@pytest.mark.parametrize("key", presets.SETS)
def test_preset_has_the_same_keys_in_both_languages(key: str) -> None:
    english, chinese = (presets.schema(key, language) for language in presets.LANGUAGES)
    keys = [[(field.key, [label.key for label in field.labels]) for field in one.fields] for one in (english, chinese)]
    assert keys[0] == keys[1]
    assert {field.name for field in english.fields}.isdisjoint({field.name for field in chinese.fields})


def test_emotional_support_has_eight_strategies_and_finds_them_by_other_spellings() -> None:
    strategy = presets.schema("emotional-support", "zh").field("strategy")
    assert strategy is not None
    assert len(strategy.values) == 8
    spellings = ["Question", "Restatement or Paraphrasing", "reflection of FEELINGS", "提供建议", "Self_disclosure"]
    assert [strategy.find(one) for one in spellings] == [
        "question", "restatement", "reflection", "suggestions", "self-disclosure",
    ]  # fmt: skip
    assert strategy.find("Hypnosis") is None


def test_motivational_interviewing_asks_therapist_and_client_differently_and_wants_sub_labels() -> None:
    schema = presets.schema("motivational", "en")
    assert [field.key for field in schema.turn("therapist")] == ["therapist-behaviour"]
    assert [field.key for field in schema.turn("client")] == ["client-talk"]
    assert schema.turn("other") == ()
    behaviour = schema.turn("therapist")[0]
    assert "reflection" not in behaviour.values
    assert behaviour.say("reflection/complex") == "Reflection: complex"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("nothing", 'A schema is an object with a list of "fields".'),
        ({"fields": {}}, 'A schema is an object with a list of "fields".'),
        ({"fields": [7]}, "Field 1: this must be an object."),
        ({"fields": [{"name": "x"}]}, "Field 1: a key is missing."),
        (one(kind="guess"), "Field 1: there is no kind “guess”."),
        (one(level="case"), "Field 1: there is no level “case”."),
        (one(color="red"), "Field 1: “color” means nothing here."),
        (one(required="yes"), "Field 1: “required” has a value of the wrong type."),
        (one(low=True), "Field 1: “low” has a value of the wrong type."),
        (one(labels="a, b"), "Field 1: the labels must be a list of objects."),
        (one(labels=[{"key": "a", "size": 1}, {"key": "b"}]), "Field 1, a: “size” means nothing here."),
    ],
)
def test_shape_that_cannot_be_read_is_said_in_words(data: object, words: str) -> None:
    assert words in refused(data)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"key": "a b"}, "the key “a b” may have letters, digits and . - _ / only."),
        ({"name": "x" * 81}, "a name has at most 80 characters, a help text 500."),
        ({"roles": ["nurse"]}, "there is no role “nurse”; there are: therapist, client, other."),
        ({"level": "session", "roles": ["client"]}, "a field of the session belongs to no role."),
        ({"labels": [{"key": "a"}]}, "a choice needs at least two labels."),
        ({"labels": [{"key": "a"}, {"key": "a"}]}, "the label “a” stands twice."),
        ({"labels": [{"key": "a", "name": "A"}, {"key": "b", "name": "A"}]}, "two labels are called “A”."),
        ({"labels": [{"key": "a", "shortcut": "9"}, {"key": "b", "shortcut": "9"}]},
         "the keyboard key “9” stands for two labels."),
        ({"labels": [{"key": "a", "shortcut": "j"}, {"key": "b"}]},
         "“j” cannot be the keyboard key of “a”: take a digit or a free letter."),
        ({"labels": [{"key": "a", "colour": "pink"}, {"key": "b"}]},
         "there is no colour “pink” for “a”; there are: amber, blue, green, olive, navy, brown, plum."),
        ({"labels": [{"key": "a", "parent": "z"}, {"key": "b"}]}, "“a” stands under “z”, which is no label."),
        ({"labels": [{"key": "a", "parent": "a"}, {"key": "b"}]},
         "“a” stands too deep: a sub-label has no sub-labels of its own."),
        ({"labels": [{"key": "a"}, {"key": "b", "parent": "a"}, {"key": "c", "parent": "b"}]},
         "“c” stands too deep: a sub-label has no sub-labels of its own."),
        ({"none": True}, "“none of these” is an answer only where several labels may be chosen."),
        ({"level": "session", "evidence": True}, "evidence can be marked in turns only."),
        ({"kind": "text"}, "only fields with labels have a label set."),
        ({"kind": "scale", "labels": [], "low": 5, "high": 5},
         "a scale goes from a lower to a higher number, with at most 11 steps."),
        ({"kind": "scale", "labels": [], "low": 0, "high": 11},
         "a scale goes from a lower to a higher number, with at most 11 steps."),
    ],
)  # fmt: skip
def test_field_that_cannot_be_used_is_said_with_its_name(values: dict[str, Any], words: str) -> None:
    name = values.get("name", "Strategy")
    assert f"Field “{name}”: {words}" in refused(one(**values))


def test_two_fields_of_one_key_and_no_field_at_all_are_refused() -> None:
    twice = {"fields": one()["fields"] * 2}
    assert refused(twice) == ["The key “strategy” stands for two fields. Give one of them another."]
    assert refused({"fields": []}) == ["Add a field: without one there is nothing to answer."]


def test_every_label_has_a_key_of_its_own_as_long_as_there_are_any() -> None:
    labels = tuple(LabelOption(key=f"l{n}") for n in range(40))
    found = shortcuts([Field(key="one", labels=labels[:5]), Field(key="two", labels=labels)])
    assert len(set(found.values())) == len(found) == len(POOL)
    assert RESERVED.isdisjoint(found.values())
    assert [found["one", f"l{n}"] for n in range(5)] == ["1", "2", "3", "4", "5"]
    assert ("two", "l39") not in found


def test_shortcut_that_the_schema_names_is_kept() -> None:
    field = Field(key="one", labels=(LabelOption(key="a"), LabelOption(key="b", shortcut="1"), LabelOption(key="c")))
    assert shortcuts([field]) == {("one", "b"): "1", ("one", "a"): "2", ("one", "c"): "3"}


def test_field_without_a_role_is_asked_of_everybody() -> None:
    schema = read(
        {"fields": [{"key": "safe", "kind": "yes_no"}, {"key": "calm", "kind": "scale", "roles": ["client"]}]}
    )
    assert {role: [field.key for field in schema.turn(role)] for role in ROLES} == {
        "therapist": ["safe"], "client": ["safe", "calm"], "other": ["safe"],
    }  # fmt: skip
    assert [field.kind for field in schema.fields] == [FieldKind.YES_NO, FieldKind.SCALE]
