"""Reading dialogues: what is taken for what, and everything that can be wrong, by session and turn."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from projects.formats.dialogues import files, turns_csv
from projects.formats.dialogues.records import SessionFault, SessionRecord
from projects.formats.dialogues.remarks import language_of, mixed, of_text
from projects.formats.dialogues.roles import RoleTable
from projects.formats.dialogues.settings import Layout, Settings, with_arguments
from projects.formats.limits import DEFAULT_LIMITS
from projects.formats.records import FormatError
from tests.projects.dialogue_files import RATED, SESSIONS, session, turn

ESCONV = [
    {
        "experience_type": "Previous Experience",
        "emotion_type": "anxiety",
        "problem_type": "job crisis",
        "situation": "I hate my job but I am scared to leave.",
        "survey_score": {"seeker": {"initial_emotion_intensity": "5"}, "supporter": {"relevance": "4"}},
        "dialog": [
            {"speaker": "seeker", "annotation": {}, "content": "Hello\n"},
            {"speaker": "supporter", "annotation": {"strategy": "Question"}, "content": "What would you like to say?"},
            {"speaker": "seeker", "annotation": {"feedback": "5"}, "content": "I am tired."},
        ],
        "seeker_question1": "",
    }
]


@pytest.fixture
def opened(tmp_path):
    """Write a text as a file and open it."""

    def open_text(text, name="sessions.json"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return files.open_file(path, filename=name, encoding="", limits=DEFAULT_LIMITS)

    return open_text


def read(table, *arguments, form=None):
    """All sessions of a file under its usual settings, changed by arguments."""
    settings = files.usual(table, form or files.seems(table))
    return list(files.sessions(table, with_arguments(settings, arguments)))


def faults(sessions):
    """(session, turn, code) of everything that is wrong."""
    bad = [one for one in sessions if isinstance(one, SessionFault)]
    return [(error.row, error.params.get("turn") or 0, error.code) for one in bad for error in one.errors]


@pytest.mark.parametrize(
    ("text", "name", "form"),
    [
        (json.dumps(SESSIONS), "a.json", "psy-insight"),
        (json.dumps(ESCONV), "a.json", "esconv"),
        (json.dumps({"id": "1", "messages": [{"role": "user", "content": "Hi"}]}), "a.jsonl", "jsonl"),
        (RATED, "a.csv", "turns-csv"),
    ],
)
def test_format_is_told_by_content(opened, text, name, form):
    assert files.seems(opened(text, name)) == form


def test_psy_insight_is_read_with_its_labels_and_its_rough_edges(opened):
    first, second = read(opened(json.dumps(SESSIONS, ensure_ascii=False)))
    assert (first.external_id, second.external_id, first.topic, second.topic) == ("s-1", "7", "Sleep", "")
    assert [dict(one.labels) for one in first.turns] == [
        {"emotion": ("Anxiety",)},
        {"strategy": ("Question", "Reflection"), "reasoning": ("To open the topic.",)},
        {"emotion": ("Others",)},
        {"reasoning": ("Unknown",)},
    ]
    assert first.labels == {"topic": ("Sleep",), "theme": ("Lying awake",)}
    assert first.turns[0].text == " I cannot sleep, and I worry. "
    assert [one.role for one in second.turns] == ["client", "therapist"]
    assert {one.code: one.turns for one in second.remarks} == {"mixed_punctuation": (1,)}


def test_keys_are_found_as_the_file_spells_them(opened):
    rows = [session("1", [{"Speaker": "Seeker", "content": "Hi", "emotional_label": ["Fear"]}])]
    (found,) = read(opened(json.dumps(rows)), form="psy-insight")
    assert found.turns[0].labels == {"emotion": ("Fear",)}


def test_esconv_is_read_with_strategies_and_its_surveys_kept(opened):
    (found,) = read(opened(json.dumps(ESCONV)))
    assert [one.role for one in found.turns] == ["client", "therapist", "client"]
    assert found.turns[1].labels == {"strategy": ("Question",)}
    assert found.turns[2].metadata == {"speaker": "seeker", "annotation": {"feedback": "5"}, "content": None}
    assert (found.topic, found.external_id) == ("job crisis", "")
    assert found.metadata["survey_score"] == ESCONV[0]["survey_score"]


def test_jsonl_under_any_keys_is_guessed_and_mapped(opened):
    row = {
        "uid": 4,
        "client_id": "K",
        "conversation": [
            {"from": "human", "value": "Hi", "mood": "sad"},
            {"from": "gpt", "value": "Hello", "meta": {"move": ["Greeting"]}},
        ],
    }
    (found,) = read(opened(json.dumps(row), "a.jsonl"), "turn.emotion=mood", "turn.strategy=meta.move")
    assert (found.external_id, found.case) == ("4", "K")
    assert [(one.role, dict(one.labels)) for one in found.turns] == [
        ("client", {"emotion": ("sad",)}),
        ("therapist", {"strategy": ("Greeting",)}),
    ]


def test_rows_of_several_raters_are_one_turn(opened):
    (found,) = read(opened(RATED, "a.csv"))
    assert [one.text for one in found.turns] == ["I cannot sleep.", "What keeps you awake, do you think?"]
    said = [(one.rater, one.field, one.values) for turn in found.turns for one in turn.answers]
    assert said == [
        ("A1", "emotion", ("Anxiety",)),
        ("A2", "emotion", ("Anxiety", "Fear")),
        ("A1", "strategy", ("Question",)),
        ("A2", "strategy", ("Reflection",)),
    ]
    assert found.turns[1].metadata == {"timestamp": {"A1": "00:05", "A2": "00:06"}}


def test_rows_tell_of_the_session_by_rater_and_without(opened):
    text = (
        "id,turn,speaker,text,rater,session.stage,session.theme,topic,reasoning\n"
        "d,1,client,Hi,,Early,,Sleep,\nd,1,client,Hi,A,Late,One | two,,\nd,2,therapist,Yes,A,Late,,Sleep,Now | later\n"
    )
    (found,) = read(opened(text, "a.csv"))
    assert (found.labels, found.topic) == ({"stage": ("Early",)}, "Sleep")
    assert [(one.rater, one.field, one.values) for one in found.answers] == [
        ("A", "stage", ("Late",)),
        ("A", "theme", ("One | two",)),
    ]
    assert found.turns[1].answers[0].values == ("Now | later",)


def test_rows_of_one_session_must_not_contradict_each_other(opened):
    text = (
        "id,turn,speaker,text,rater,session.stage,topic\n"
        "d,1,client,Hi,A,Early,Sleep\nd,2,therapist,Yes,A,Late,Sleep\nd,3,client,No,B,Late,Work\n"
    )
    found = read(opened(text, "a.csv"))
    errors = [
        (error.params["line"], error.code, error.params["what"], error.params["first"]) for error in found[0].errors
    ]
    assert errors == [(3, "session_differs", "session.stage", 2), (4, "session_differs", "topic", 2)]


BESIDE = {
    "id": "1",
    "raters": {"A1": {"stage": "Early"}},
    "messages": [
        {"role": "user", "content": "Hi", "raters": {"A1": {"emotion": ["Fear"]}, "A2": {"emotion": []}}},
        {"role": "assistant", "content": "Yes", "suggestions": [
            {"field": "strategy", "value": "Question", "source": "model-a", "score": 0.5},
            {"field": "strategy", "values": ["Other"], "source": "model-b"},
        ]},
    ],
}  # fmt: skip


def test_raters_and_proposals_stand_beside_turns_in_json(opened):
    (found,) = read(opened(json.dumps(BESIDE), "a.jsonl"))
    assert [(one.rater, one.field, one.values) for one in found.answers] == [("A1", "stage", ("Early",))]
    said = [(one.rater, one.field, one.values) for one in found.turns[0].answers]
    assert said == [("A1", "emotion", ("Fear",)), ("A2", "emotion", ())]
    proposed = [(one.field, one.values, one.source, one.score) for one in found.turns[1].proposals]
    assert proposed == [("strategy", ("Question",), "model-a", 0.5), ("strategy", ("Other",), "model-b", None)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"raters": {"A": ["Fear"]}}, "raters_unreadable"),
        ({"raters": {"": {"emotion": "Fear"}}}, "raters_unreadable"),
        ({"raters": {"A" * 41: {"emotion": "Fear"}}}, "rater_long"),
        ({"raters": {"A": {"emotion": "Rage"}}}, "label_outside"),
        ({"suggestions": [{"field": "emotion", "values": [], "source": "m"}]}, "suggestions_unreadable"),
        ({"suggestions": [{"field": "emotion", "value": "Fear", "score": 2}]}, "suggestions_unreadable"),
        ({"suggestions": [{"value": "Fear"}]}, "suggestions_unreadable"),
        ({"suggestions": [{"field": "emotion", "value": "Fear"}] * 2}, "suggestion_twice"),
        ({"emotion": "Fear", "suggestions": [{"field": "emotion", "value": "Fear", "source": "import"}]},
         "suggestion_twice"),
    ],
)  # fmt: skip
def test_raters_and_proposals_of_another_shape_are_told(opened, more, code):
    row = {"id": "1", "messages": [{"role": "user", "content": "Hi"}, {"role": "user", "content": "x", **more}]}
    table = opened(json.dumps(row), "a.jsonl")
    found = read(table, "rater=raters", "suggestions=suggestions", "turn.emotion=emotion", "allowed.emotion=Fear")
    assert faults(found) == [(1, 2, code)]


def test_rows_are_ordered_by_number_and_without_rater_are_proposals(opened):
    text = "dialog_id,turn,speaker,text,strategy\nd,10,client,Second,\nd,9,therapist,First,Question\n"
    (found,) = read(opened(text, "a.csv"))
    assert [(one.text, dict(one.labels), dict(one.metadata)) for one in found.turns] == [
        ("First", {"strategy": ("Question",)}, {"turn": 9}),
        ("Second", {}, {"turn": 10}),
    ]


BAD = [
    5,
    {"dialog_id": "a"},
    {"dialog_id": "b", "dialog": []},
    session("c", [turn("Seeker", ""), turn("", "Text"), {"speaker": "Seeker"}, 7]),
    session("d", [turn("Coach", "One"), turn("Coach", "Two"), turn("Seeker", "a\u0000b")]),
    session("e", [turn("Seeker", "x", **{"emotional label": ["Rage"]})]),
    session("f", [turn("S" * 101, "x"), turn("Seeker", ["x"])]),
]


def test_everything_wrong_is_told_by_session_and_turn(opened):
    found = read(opened(json.dumps(BAD)), "allowed.emotion=Fear|Anxiety", form="psy-insight")
    assert faults(found) == [
        (1, 0, "json_not_object"),
        (2, 0, "session_no_turns"),
        (3, 0, "session_no_turns"),
        (4, 1, "turn_no_text"),
        (4, 2, "turn_no_speaker"),
        (4, 3, "turn_no_text"),
        (4, 4, "turn_not_object"),
        (5, 1, "role_unknown"),
        (5, 3, "control_character"),
        (6, 1, "label_outside"),
        (7, 1, "speaker_long"),
        (7, 1, "role_unknown"),
        (7, 2, "turn_not_text"),
    ]


def test_lines_are_told(opened):
    rows = json.dumps([session("a", [turn("Seeker", "")]), session("b", [turn("Seeker", "")])], indent=1)
    assert [one.line for one in read(opened(rows))] == [2, rows[: rows.index('"b"')].count("\n")]
    lines = "\n\n".join(json.dumps(session(key, [turn("Seeker", "")])) for key in "ab")
    assert [one.line for one in read(opened(lines, "a.jsonl"), form="psy-insight")] == [1, 3]


TABLE = """id,turn,speaker,text,rater,strategy
t,1,client,Hi,A,
t,1,client,Hello,B,
t,1,client,Hi,A,
t,x,client,Hi,A,
,2,client,Hi,A,
u,1,,Hi,A,
u,2,client,,A,
u,3,coach,Hi,A,
v,1,client,Hi,A,Wrong
v,1,client,Hi
"""


def test_everything_wrong_in_a_table_is_told_by_line(opened):
    found = read(opened(TABLE, "a.csv"), "allowed.strategy=Question")
    errors = [(error.params["line"], error.code) for one in found for error in one.errors]
    assert errors == [
        (3, "turn_differs"),
        (4, "turn_duplicate"),
        (5, "turn_index_invalid"),
        (6, "session_id_missing"),
        (7, "turn_no_speaker"),
        (8, "turn_no_text"),
        (9, "role_unknown"),
        (10, "label_outside"),
        (11, "ragged"),
    ]


def test_a_thousand_turns_and_a_single_one_are_taken_with_a_remark(opened):
    rows = [
        session("a", [turn("Seeker" if n % 2 else "Supporter", f"Word {n}") for n in range(1000)]),
        session("b", [turn("Seeker", "Alone")]),
    ]
    many, single = read(opened(json.dumps(rows)))
    assert (len(many.turns), [one.code for one in many.remarks]) == (1000, ["very_long"])
    assert [one.code for one in single.remarks] == ["one_turn"]
    too_many = [session("c", [turn("Seeker", "x")] * 5001)]
    assert faults(read(opened(json.dumps(too_many)))) == [(1, 0, "session_too_long")]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("I am fine.", []),
        ("我很累,真的。", ["mixed_punctuation"]),
        ("我很累，真的。", []),
        ("I am fine，thanks", ["mixed_punctuation"]),
        ("He said “no”.", []),
        ("שלום לך", ["right_to_left"]),
        ("abc\u202edef", ["direction_marks"]),
        ("ok 😀", ["emoji"]),
        (" x", ["blank_around"]),
    ],
)
def test_remarks_on_texts(text, codes):
    assert list(of_text(text)) == codes


def test_mixed_punctuation_lets_numbers_and_dots_be():
    assert not mixed("大约3.5个小时……")
    assert mixed("好!")


def test_language_of_texts():
    assert [language_of([text]) for text in ("I am tired", "我很累 OK", "שלום", "123")] == ["en", "zh", "", ""]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Seeker", "client"),
        ("来访者：", "client"),
        ("Client 2", "client"),
        ("COUNSELOR", "therapist"),
        ("咨询师", "therapist"),
        ("旁白", "other"),
        ("Coach", None),
    ],
)
def test_usual_roles(name, role):
    assert RoleTable({}).of(name) == role


def test_chosen_roles_come_first():
    table = RoleTable({"Assistant": "other", "*": "client"})
    assert (table.of("Anna", "assistant"), table.of("Anna", "Helper")) == ("other", "therapist")
    assert (table.of("assistant"), table.of("Anybody"), table.of("x", "therapist")) == ("other", "client", "therapist")


def test_arguments_change_settings_and_survive_storage():
    settings = with_arguments(
        Settings("jsonl", Layout(turns="t", speaker="s", text="x")),
        ["id=key", "language=:zh", "role.Coach=咨询师", "allowed.strategy=A|B", "turn.mood=m", "session.theme=th"],
    )
    assert settings.roles == {"Coach": "therapist"}
    assert Settings.from_json(json.loads(json.dumps(settings.to_json()))) == settings
    assert with_arguments(settings, ["turn.mood="]).layout == replace(settings.layout, turn={})


@pytest.mark.parametrize(
    ("argument", "code"),
    [
        ("id", "mapping_argument"),
        ("=x", "mapping_argument"),
        ("nothing=x", "mapping_field"),
        ("role.x=pilot", "dialogue_role"),
        ("language=:not a language", "dialogue_language"),
    ],
)
def test_arguments_that_are_not_understood(argument, code):
    with pytest.raises(FormatError) as caught:
        with_arguments(Settings("jsonl", Layout()), [argument])
    assert caught.value.code == code
    assert caught.value.message


def test_a_format_that_the_file_cannot_have_is_refused(opened):
    for text, name, form, code in (
        (RATED, "a.csv", "psy-insight", "dialogue_not_json"),
        (json.dumps(SESSIONS), "a.json", "turns-csv", "dialogue_not_table"),
    ):
        with pytest.raises(FormatError) as caught:
            files.usual(opened(text, name), form)
        assert caught.value.code == code


@pytest.mark.parametrize("values", [("a",), ("a", "b"), ("a|b", "c"), ("[x]",), ("n/a", "b"), ('["q"]', "x")])
def test_cells_give_back_their_values(values):
    assert turns_csv.cell_values(turns_csv.cell_of(values)) == values


def test_preview_shows_the_first_session(opened):
    table = opened(RATED, "a.csv")
    shown = files.preview(table, files.usual(table, "turns-csv"))
    assert isinstance(shown, SessionRecord)
    assert (shown.external_id, len(shown.turns)) == ("t1", 2)
    assert files.speakers(table, files.usual(table, "turns-csv")) == {"client": 2, "therapist": 2}
