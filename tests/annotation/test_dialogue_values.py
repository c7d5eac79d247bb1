"""Curated values in the files of dialogues: by name, or as the file spelled the same label."""

from __future__ import annotations

import json

import pytest

from annotation.models import CuratedValue
from annotation.presets import psy_insight
from projects.formats.dialogues.psy_insight import LAYOUT
from projects.models import Item, Study, StudyVersion, Turn, Unit
from projects.services import dialogue_export, redaction
from projects.services.dialogue_export import Wanted
from tests.projects.conftest import stage  # noqa: F401  the fixture
from tests.projects.dialogue_files import session, turn
from tests.projects.test_dialogue_import import dumped, imported

pytestmark = pytest.mark.django_db
SCHEMA = {
    "fields": [
        {
            "key": "strategy",
            "kind": "several",
            "labels": [
                {"key": "question", "name": "Question", "also": ["Open question"]},
                {"key": "reflection", "name": "Reflection"},
            ],
        },
        {"key": "reasoning", "kind": "text"},
        {"key": "theme", "kind": "text", "level": "session"},
    ]
}


@pytest.fixture
def unit(stage):  # noqa: F811  the fixture of that name
    """A session in a study."""
    said = turn("Supporter", "What happened?", strategy=["open question"], reasoning="Draft")
    imported(stage, dumped([session("s", [turn("Seeker", "Hi"), said], theme="Old", kept=1)]))
    study = Study.objects.create(project=stage.project, dataset=stage.dataset, kind="dialogue", slug="d", name="D")
    study.version = StudyVersion.objects.create(study=study, settings={"schema": SCHEMA})
    study.save()
    item = Item.objects.get(external_id="s")
    return Unit.objects.create(study=study, item=item, revision=item.current, sort_key=1)


def decide(unit, index, field, values, **more):
    """A curated value."""
    at = Turn.objects.get(revision=unit.revision_id, index=index) if index else None
    more = {"how": "agreed", "values": values, **more}
    return CuratedValue.objects.create(unit=unit, turn=at, field=field, **more)


def written(unit, **more):
    """The session as the file of the data set has it."""
    data = b"".join(dialogue_export.stream(Wanted(unit.study.dataset, "psy-insight", **more)))
    return json.loads(data)[0]


def test_curated_values_are_the_content(unit):
    decide(unit, 2, "strategy", ["question", "reflection"])
    decide(unit, 2, "reasoning", ["To let the client begin."])
    decide(unit, 0, "theme", ["Being heard"])
    found = written(unit)
    assert found["dialog"][1] == {
        "id": "0-0",
        "speaker": "Supporter",
        "content": "What happened?",
        "strategy": ["open question", "Reflection"],
        "reasoning": "To let the client begin.",
    }
    assert list(found.items())[:3] == [("dialog_id", "s"), ("theme", "Being heard"), ("kept", 1)]


def test_unknown_is_written_and_none_is_empty(unit):
    decide(unit, 2, "strategy", [], state="none")
    decide(unit, 2, "reasoning", [], state="unknown")
    assert {name: written(unit)["dialog"][1][name] for name in ("strategy", "reasoning")} == {
        "strategy": [],
        "reasoning": "Unknown",
    }


def test_a_replaced_decision_and_another_study_do_not_count(unit):
    decide(unit, 2, "reasoning", ["First"], current=False)
    decide(unit, 2, "reasoning", ["Second"], number=2)
    other = Study.objects.create(
        project=unit.study.project, dataset=unit.study.dataset, kind="dialogue", slug="o", name="O"
    )
    assert written(unit)["dialog"][1]["reasoning"] == "Second"
    assert written(unit, study=other)["dialog"][1]["reasoning"] == "Draft"


def test_values_follow_a_session_into_its_new_version(unit):
    decide(unit, 2, "reasoning", ["To learn more"])
    item = Item.objects.get(pk=unit.item_id)
    redaction.apply(item, words="Hi", alias="[greeting]", by=item.batch.created_by, based_on=1)
    found = written(unit)
    assert [one["content"] for one in found["dialog"]] == ["[greeting]", "What happened?"]
    assert found["dialog"][1]["reasoning"] == "To learn more"


def test_the_fields_of_imported_files_are_those_of_the_preset():
    fields = {field["key"]: field.get("level", "turn") for field in psy_insight.FIELDS}
    assert fields == {**dict.fromkeys(LAYOUT.turn, "turn"), **dict.fromkeys(LAYOUT.session, "session")}
