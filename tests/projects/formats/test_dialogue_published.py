"""Files laid out as published corpora are, under their own keys: read without a mapping, and given back to the sign.

The dialogues are ours; keys, their order, spellings and roughness are those of the published files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dialogue_world import World
from django.core.management import call_command

from annotation import presets
from annotation.services.turns import open_part
from projects.models import Dataset, ImportedAnswer, Item, Project, Suggestion, Turn

PSY_ZH = [
    {
        "dialog_id": "000001", "theme": "", "psychotherapy": "Cognitive Behavioral Therapy", "topic": "Exam stress",
        "stage": "Early Session", "guide": "先倾听，再一起看看想法。", "is_same_qa": "", "is_same_session": 0,
        "background": "来访者最近睡不好。", "reasoning": "咨询师想了解考试意味着什么。",
        "dialog": [
            {"speaker": "Supporter", "participant": "治疗师", "content": "（停顿）你说考试的时候,声音低了下来。",
             "labels": [{"label": "（停顿）", "index": 0, "type": "dialogue_act"},
                        {"label": "（点头）", "index": 9, "type": ""}],
             "id": "0-0", "strategy": ["Reflection of Feelings"]},
            {"speaker": "Seeker", "participant": "来访者", "content": "是的，我想我可以。 ", "id": "0-1",
             "emotional label": ["Anxiety", "Fear"]},
            {"speaker": "Supporter", "participant": "治疗师", "content": "那现在呢？", "id": "0-4",
             "strategy": ["Unknown"]},
            {"speaker": "Seeker", "participant": "来访者", "content": "好一点了。", "id": "0-5",
             "emotional label": ["Guilty"]},
        ],
        "summary": "治疗师请来访者想象一个场景。",
    },
    {
        "dialog_id": "000002", "theme": "", "psychotherapy": "Unknown", "topic": "", "stage": "Regular Session",
        "is_same_qa": 0, "is_same_session": -1, "background": "", "reasoning": "",
        "dialog": [{"speaker": "Seeker", "participant": "来访者", "content": "我只想说一句。", "id": "1-0",
                    "emotional label": ["Others"]}],
        "summary": "",
    },
]  # fmt: skip
PSY_EN = [
    {
        "dialog_id": "000007", "topic": "Work", "theme": "letting go of an old duty", "psychotherapy": "REBT",
        "stage": "6th to 31st Session", "background": "", "guide": "", "summary": "", "reasoning": "Step by step.",
        "is_same_session": "", "is_same_qa": 1,
        "dialog": [
            {"id": "6-0", "speaker": "Seeker", "participant": "Beth", "content": "Maybe … I don't know.",
             "emotional label": ["Happiness"], "observation": "Beth hesitates; she smiles all the same."},
            {"id": "6-1", "speaker": "Supporter", "participant": "Dr. Ralph", "content": "Take the other chair.",
             "strategy": ["Role-play", "Question"], "reasoning": "To let her hear both sides."},
        ],
    }
]  # fmt: skip
ESCONV = [
    {
        "experience_type": "Previous Experience", "emotion_type": "anxiety", "problem_type": "job crisis",
        "situation": "My contract ends in June.",
        "survey_score": {"seeker": {"initial_emotion_intensity": "5", "final_emotion_intensity": "2"}, "supporter": {}},
        "dialog": [
            {"speaker": "seeker", "annotation": {}, "content": "Hello\n"},
            {"speaker": "supporter", "annotation": {"strategy": "Question"}, "content": "Hi, what is it?"},
            {"speaker": "seeker", "annotation": {"feedback": "4"}, "content": "My contract ends.\n"},
            {"speaker": "supporter", "annotation": {"strategy": "Restatement or Paraphrasing"}, "content": "It ends."},
        ],
        "seeker_question1": "It was good to be heard.", "seeker_question2": "", "supporter_question1": "",
        "supporter_question2": "",
    }
]  # fmt: skip
# The same people's rejected conversations name the speakers otherwise, and two strategies.
ESCONV_REJECTED = [
    {
        "experience_type": "Current Experience", "emotion_type": "depression", "problem_type": "ongoing depression",
        "situation": "Long evenings.", "survey_score": {"seeker": {}, "supporter": {"relevance": "4"}},
        "dialog": [
            {"speaker": "speaker", "annotation": {}, "content": "Hey there\n"},
            {"speaker": "listener", "annotation": {"strategy": "Questions"}, "content": "How are you?"},
            {"speaker": "listener", "annotation": {"strategy": "Other"}, "content": "Hello?\n"},
        ],
    }
]  # fmt: skip
ANNOMI = """\
mi_quality,transcript_id,video_title,video_url,topic,utterance_id,interlocutor,timestamp,utterance_text,annotator_id,\
therapist_input_exists,therapist_input_subtype,reflection_exists,reflection_subtype,question_exists,question_subtype,\
main_therapist_behaviour,client_talk_type
high,0,A talk,https://v.example.org/0,less alcohol,0,therapist,00:00:13,Thanks for coming.,3,False,n/a,False,n/a,False,\
n/a,other,n/a
high,0,A talk,https://v.example.org/0,less alcohol,0,therapist,00:00:13,Thanks for coming.,4,False,n/a,False,n/a,True,\
open,question,n/a
high,0,A talk,https://v.example.org/0,less alcohol,1,client,00:00:24,Sure.,3,n/a,n/a,n/a,n/a,n/a,n/a,n/a,neutral
high,0,A talk,https://v.example.org/0,less alcohol,1,client,00:00:24,Sure.,4,n/a,n/a,n/a,n/a,n/a,n/a,n/a,change
"""


@pytest.fixture
def dataset(db: None) -> Dataset:
    project = Project.objects.create(slug="p", name="P")
    return Dataset.objects.create(project=project, slug="sessions", name="Sessions")


def bring(tmp_path: Path, name: str, text: str, *more: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    call_command("import_dialogues", str(tmp_path / name), "--project", "p", "--dataset", "sessions", *more)


def taken(tmp_path: Path, form: str, name: str = "out.json") -> str:
    out = tmp_path / name
    out.unlink(missing_ok=True)
    options = ("--project", "p", "--dataset", "sessions", "--format", form, "--output", str(out))
    call_command("export_dialogues", *options)
    return out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("form", "sessions"),
    [("psy-insight", PSY_ZH), ("psy-insight", PSY_EN), ("esconv", ESCONV), ("esconv", ESCONV_REJECTED)],
    ids=["psy-insight-zh", "psy-insight-en", "esconv", "esconv-rejected"],
)
def test_published_layout_comes_in_by_itself_and_goes_out_the_same(
    dataset: Dataset, tmp_path: Path, form: str, sessions: list[Any]
) -> None:
    bring(tmp_path, "in.json", json.dumps(sessions, ensure_ascii=False, indent=4))
    assert Item.objects.filter(dataset=dataset).count() == len(sessions)
    assert not Turn.objects.filter(role=Turn.Role.OTHER).exists()
    # Also the order of the keys, at every depth.
    assert json.dumps(json.loads(taken(tmp_path, form)), ensure_ascii=False) == json.dumps(sessions, ensure_ascii=False)


def test_labels_of_published_files_are_known_to_the_presets(dataset: Dataset, tmp_path: Path) -> None:
    for n, sessions in enumerate((PSY_ZH, PSY_EN, ESCONV, ESCONV_REJECTED)):
        bring(tmp_path, f"{n}.json", json.dumps(sessions))
    for language in presets.LANGUAGES:
        psy, support = (presets.schema(key, language) for key in ("psy-insight", "emotional-support"))
        unknown = set()
        for row in Suggestion.objects.filter(field__in=("strategy", "emotion", "psychotherapy")):
            fields = [field for schema in (psy, support) if (field := schema.meant(row.field))]
            unknown |= {value for value in row.values if value != "Unknown" and not any(f.find(value) for f in fields)}
        assert unknown == set()


def test_two_raters_of_motivational_interviewing_come_in_by_themselves(dataset: Dataset, tmp_path: Path) -> None:
    bring(tmp_path, "in.csv", ANNOMI)
    assert [(turn.index, turn.role) for turn in Turn.objects.order_by("index")] == [(1, "therapist"), (2, "client")]
    said = {(row.rater.code, row.field): row.values for row in ImportedAnswer.objects.select_related("rater")}
    assert said["3", "main_therapist_behaviour"] == ["other"]
    assert said["4", "main_therapist_behaviour"] == ["question"]
    assert (said["3", "client_talk_type"], said["4", "client_talk_type"]) == (["neutral"], ["change"])
    assert not Suggestion.objects.exists()
    schema = presets.schema("motivational", "en")
    fields = [schema.meant(name) for name in ("main_therapist_behaviour", "client_talk_type")]
    assert [field and field.key for field in fields] == ["therapist-behaviour", "client-talk"]
    rows = taken(tmp_path, "turns-csv", "out.csv").splitlines()
    assert len(rows) == 5
    for column in ("video_url", "timestamp", "mi_quality", "question_subtype"):
        assert column in rows[0]


def test_published_labels_are_proposals_on_the_page(db: None, tmp_path: Path) -> None:
    world = World(preset="psy-insight")
    (tmp_path / "in.json").write_text(json.dumps(PSY_EN), encoding="utf-8")
    call_command("import_dialogues", str(tmp_path / "in.json"), "--project", "lakeside", "--dataset", "sessions")
    world.open()
    held = world.hold(world.raters[0])
    first = open_part(held, Turn.objects.order_by("index")[0].index, proposals=True)
    assert first is not None
    given = {key: [row.given and row.given.values for row in rows] for key, rows in first.proposals.items()}
    assert given == {"emotion": [("joy",)], "observation": [("Beth hesitates; she smiles all the same.",)]}
