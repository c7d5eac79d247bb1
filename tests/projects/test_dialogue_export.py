"""Dialogues on their way out: the same content again, other formats, lines for instruction tuning."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.demo.dialogues import sessions as demo_sessions
from projects.formats.dialogues import psy_insight
from projects.formats.dialogues.objects import ObjectReader
from projects.formats.dialogues.out import SessionOut, TurnOut
from projects.formats.dialogues.settings import Settings
from projects.models import Dataset, ImportedAnswer, Item, Suggestion
from projects.services import dialogue_export, dialogue_records, redaction
from projects.services.dialogue_export import Wanted
from tests.projects.dialogue_files import RATED, SESSIONS, session, turn
from tests.projects.formats.test_dialogue_formats import ESCONV
from tests.projects.test_dialogue_import import dumped, imported


def exported(dataset, form, **more):
    """The file as text."""
    return b"".join(dialogue_export.stream(Wanted(dataset, form, **more))).decode("utf-8-sig")


def same(first, second):
    """Whether two JSON values are the same content with keys in the same order."""
    return json.dumps(first) == json.dumps(second)


@pytest.mark.django_db
@pytest.mark.parametrize(("form", "rows"), [("psy-insight", SESSIONS), ("esconv", ESCONV)])
def test_what_came_in_goes_out_again_to_the_order_of_its_keys(stage, form, rows):
    imported(stage, dumped(rows), form=form)
    assert same(json.loads(exported(stage.dataset, form)), rows)


@pytest.mark.django_db
def test_json_lines_go_out_as_they_came(stage):
    rows = [{"z": 1, "uid": 4, "conversation": [{"from": "human", "value": "Hi", "mood": "sad"}]}]
    imported(stage, json.dumps(rows[0]), form="jsonl", name="a.jsonl")
    assert same([json.loads(line) for line in exported(stage.dataset, "jsonl").splitlines()], rows)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("aβ中😀 |"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc ", min_size=1), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.text("abcdé ", min_size=1, max_size=5)
LABELS = st.one_of(st.just(""), st.lists(st.sampled_from(["Fear", " Fear", "恐惧", ""]), max_size=3), VALUES)


# On a busy machine it takes a while to think of rough sessions.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(KEYS, VALUES, max_size=4),
    st.lists(
        st.tuples(st.dictionaries(KEYS, VALUES, max_size=3), st.text("ab中😀 .", min_size=1), LABELS).filter(
            lambda one: one[1].strip()
        ),
        min_size=1,
        max_size=4,
    ),
    st.permutations(["dialog_id", "dialog", "topic"]),
)
def test_any_rough_session_comes_back_as_it_was(extra, turns, order):
    rows = [{**more, "speaker": "Seeker", "content": text, "emotional label": label} for more, text, label in turns]
    own = {"dialog_id": "x", "dialog": rows, "topic": "T"}
    value = {**{key: own[key] for key in order}, **extra}
    read = ObjectReader(Settings("psy-insight", psy_insight.LAYOUT)).session(1, 1, value)
    out = SessionOut(
        external_id=read.external_id,
        turns=tuple(
            TurnOut(n, one.speaker, one.role, one.text, one.labels, (), one.metadata)
            for n, one in enumerate(read.turns)
        ),
        labels=read.labels,
        form=read.metadata,
        came=("psy-insight", psy_insight.LAYOUT),
    )
    assert same(psy_insight.session(out, 0), value)


@pytest.mark.django_db
def test_a_table_of_rated_turns_comes_back_with_its_raters(stage):
    imported(stage, RATED, form="turns-csv", name="a.csv")
    text = exported(stage.dataset, "turns-csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(one["turn_index"], one["rater"], one["emotion"], one["strategy"]) for one in rows] == [
        ("1", "A1", "Anxiety", ""),
        ("1", "A2", "Anxiety|Fear", ""),
        ("2", "A1", "", "Question"),
        ("2", "A2", "", "Reflection"),
    ]
    other = Dataset.objects.create(project=stage.project, slug="again", name="Again", labels=stage.dataset.labels)
    stage.dataset = other
    imported(stage, text, form="turns-csv", name="b.csv")
    assert exported(other, "turns-csv") == text


@pytest.mark.django_db
def test_raters_of_a_session_come_back_from_a_table_and_from_json_lines(stage):
    text = (
        "transcript_id,turn_index,speaker,text,rater,session.stage,emotion\n"
        "d,1,client,Hi,,Early,Fear\nd,1,client,Hi,A,Late,Anger\nd,2,client,No,B,First,Fear\n"
    )
    imported(stage, text, form="turns-csv", name="a.csv")
    for form, name in (("turns-csv", "b.csv"), ("jsonl", "b.jsonl")):
        first, source = exported(stage.dataset, form), stage.dataset
        stage.dataset = Dataset.objects.create(project=stage.project, slug=form, name=form, labels=stage.dataset.labels)
        imported(stage, first, form=form, name=name)
        assert exported(stage.dataset, form) == first
        rows = ImportedAnswer.objects.filter(revision__item__dataset=stage.dataset)
        told = {(one.turn.index if one.turn else 0, one.rater.code, one.field, *one.values) for one in rows}
        assert told == {(0, "A", "stage", "Late"), (0, "B", "stage", "First"), (1, "A", "emotion", "Anger"),
                        (2, "B", "emotion", "Fear")}  # fmt: skip
        stage.dataset = source


@pytest.mark.django_db
def test_proposals_with_source_and_score_come_back_from_json_lines(stage):
    dialogue_records.add(dataset=stage.dataset, sessions=demo_sessions(), actor=stage.manager)
    text = exported(stage.dataset, "jsonl")
    source, stage.dataset = (
        stage.dataset,
        Dataset.objects.create(project=stage.project, slug="again", name="Again", labels=stage.dataset.labels),
    )
    imported(stage, text, form="jsonl", name="a.jsonl")
    assert exported(stage.dataset, "jsonl") == text
    columns = ("revision__item__external_id", "turn__index", "field", "values", "source", "score")
    told = [
        sorted(map(str, Suggestion.objects.filter(revision__item__dataset=one).values_list(*columns)))
        for one in (source, stage.dataset)
    ]
    assert told[0] == told[1]


@pytest.mark.django_db
def test_cells_that_a_spreadsheet_would_run_are_neutralised(stage):
    imported(stage, dumped([session("=1+1", [turn("Seeker", "=cmd()"), turn("Supporter", "+1 that")])]))
    rows = list(csv.reader(io.StringIO(exported(stage.dataset, "turns-csv"))))
    assert [(one[0], one[9]) for one in rows[1:]] == [("'=1+1", "'=cmd()"), ("'=1+1", "'+1 that")]


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["esconv", "jsonl"])
def test_another_format_has_the_same_turns_and_labels_and_loses_no_key(stage, form):
    imported(stage, dumped(SESSIONS))
    text = exported(stage.dataset, form)
    found = json.loads(text) if form == "esconv" else [json.loads(line) for line in text.splitlines()]
    assert found[0]["zz first"] == SESSIONS[0]["zz first"]
    again = Dataset.objects.create(project=stage.project, slug="again", name="Again", labels=stage.dataset.labels)
    source, stage.dataset = stage.dataset, again
    imported(stage, text, form=form, name="b.jsonl" if form == "jsonl" else "b.json")
    for item in source.items.filter(kind="dialogue"):
        other = Item.objects.get(dataset=again, external_id=item.external_id)
        told = [list(one.current.turns.values_list("index", "role", "text")) for one in (item, other)]
        assert told[0] == told[1]


@pytest.mark.django_db
def test_an_alias_is_in_the_export_and_the_old_words_are_not(stage):
    text = dumped([session("p", [turn("Seeker", "I am Ann Field", observation="Ann Field is tired")])])
    imported(stage, text)
    item = Item.objects.get(external_id="p")
    redaction.apply(item, words="Ann Field", alias="[name]", by=stage.manager, based_on=1)
    (found,) = json.loads(exported(stage.dataset, "psy-insight"))
    assert found["dialog"][0]["content"] == "I am [name]"
    assert "Ann" not in json.dumps(found)
    again = imported(
        stage, dumped([session("p", [turn("Seeker", "I am Ann Field", observation="Ann Field is tired")])])
    )
    assert (again.report["unchanged"], Item.objects.get(external_id="p").current.number) == (1, 2)


@pytest.mark.django_db
def test_a_removed_session_is_left_out(stage):
    imported(stage, dumped(SESSIONS))
    Item.objects.filter(external_id="s-1").update(removed=True, removal_reason="privacy")
    assert [one["dialog_id"] for one in json.loads(exported(stage.dataset, "psy-insight"))] == [7]


EXPLAINED = [
    session(
        f"i{n}",
        [
            turn("Supporter", "Welcome."),
            turn("Seeker", "I worry.", observation="Tense."),
            turn("Supporter", "Since when?", reasoning="To learn more."),
            turn("Seeker", "Weeks."),
            turn("Supporter", "I see.", reasoning="Unknown"),
        ],
        course=f"k{n // 5}",
    )
    for n in range(20)
]


def unpacked(dataset, form, **more):
    """The files of an archive by name."""
    data = b"".join(dialogue_export.stream(Wanted(dataset, form, **more)))
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return {name: found.read(name).decode() for name in found.namelist()}


@pytest.mark.django_db
def test_lines_for_instruction_tuning(stage):
    imported(stage, dumped(EXPLAINED), arguments=["case=course"])
    plain = unpacked(stage.dataset, "instruct-dialogue")
    assert list(plain) == ["train.jsonl", "test.jsonl", "manifest.json"]
    lines = [json.loads(line) for line in plain["train.jsonl"].splitlines()]
    assert len(lines) == 17 * 2
    assert lines[0]["input"] == "Counsellor: Welcome.\nClient: I worry."
    assert lines[0]["output"] == "Since when?"
    explained = json.loads(unpacked(stage.dataset, "instruct-observation")["train.jsonl"].splitlines()[0])
    assert explained["output"] == "Observation: Tense.\nReasoning: To learn more.\nResponse: Since when?"
    reasoned = unpacked(stage.dataset, "instruct-reasoning")
    assert json.loads(reasoned["test.jsonl"].splitlines()[0])["output"] == (
        "Reasoning: To learn more.\nResponse: Since when?"
    )
    manifest = json.loads(reasoned["manifest.json"])
    assert manifest["split"] == {"share": 0.85, "by": "session", "seed": 1, "groups": 20}
    assert (manifest["files"]["train.jsonl"]["sessions"], manifest["files"]["test.jsonl"]["lines"]) == (17, 3)


@pytest.mark.django_db
def test_a_split_by_case_keeps_cases_together_and_follows_its_seed(stage):
    imported(stage, dumped(EXPLAINED), arguments=["case=course"])
    drawn = [dialogue_export.groups_of(Wanted(stage.dataset, "instruct-dialogue", by="case"))]
    assert set(drawn[0].values()) == {"case k0", "case k1", "case k2", "case k3"}
    sizes = []
    for seed in (1, 1, 2, 3):
        manifest = json.loads(unpacked(stage.dataset, "instruct-dialogue", by="case", seed=seed)["manifest.json"])
        sizes.append((manifest["files"]["test.jsonl"]["sessions"], manifest["files"]["test.jsonl"]["sha256"]))
    assert [size for size, _hash in sizes] == [5, 5, 5, 5]
    assert sizes[0] == sizes[1]


@pytest.mark.django_db
def test_commands_bring_in_and_write_out(stage, tmp_path, capsys):
    source, target = tmp_path / "in.json", tmp_path / "out.json"
    source.write_text(json.dumps(SESSIONS, ensure_ascii=False), encoding="utf-8")
    call_command("import_dialogues", str(source), project="harbour", dataset="Talks", create=True)
    assert "Items imported into Talks: 2." in capsys.readouterr().out
    call_command("export_dialogues", project="harbour", dataset="Talks", output=target)
    assert same(json.loads(target.read_text("utf-8")), SESSIONS)
    call_command(
        "export_dialogues", project="harbour", dataset="talks", format="instruct-dialogue", output=tmp_path / "d"
    )
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == ["manifest.json", "test.jsonl", "train.jsonl"]
    with pytest.raises(CommandError, match="no data set"):
        call_command("export_dialogues", project="harbour", dataset="none", output=target)


@pytest.mark.django_db
def test_command_tells_what_is_wrong_and_leaves_nothing(stage, tmp_path, capsys):
    source = tmp_path / "in.json"
    source.write_text(json.dumps([session("a", [turn("Seeker", "Hi"), turn("Coach", "")])]), encoding="utf-8")
    with pytest.raises(CommandError, match="Bad rows: 1"):
        call_command("import_dialogues", str(source), project="harbour", dataset="items")
    told = capsys.readouterr().err
    assert "Session 1, turn 2 (line 1): The turn has no text under “content”." in told
    assert Item.objects.filter(kind="dialogue").count() == 0


@pytest.mark.django_db
def test_sessions_that_came_as_records_are_written_in_every_format(stage):
    dialogue_records.add(dataset=stage.dataset, sessions=demo_sessions(), actor=stage.manager)
    for form in ("psy-insight", "esconv"):
        rows = json.loads(exported(stage.dataset, form))
        assert [len(one["dialog"]) for one in rows] == [len(one.turns) for one in demo_sessions()]
    assert rows[0]["dialog"][0]["speaker"] == "supporter"
    assert len(exported(stage.dataset, "jsonl").splitlines()) == 8


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["psy-insight", "jsonl", "turns-csv", "instruct-dialogue"])
def test_export_asks_the_database_as_often_for_many_sessions(stage, django_assert_num_queries, form):
    counts = []
    for many in (1, 30):
        rows = [session(f"{many}-{n}", [turn("Seeker", f"W {n}"), turn("Supporter", "Yes")]) for n in range(many)]
        imported(stage, dumped(rows))
        with django_assert_num_queries(100, exact=False) as asked:
            b"".join(dialogue_export.stream(Wanted(stage.dataset, form)))
        counts.append(len(asked))
    assert counts[0] == counts[1]
