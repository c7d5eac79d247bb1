"""Imports of dialogues: whole or absent, each session once, with cases, suggestions and external raters."""

from __future__ import annotations

import json

import pytest
from django.core.files.base import ContentFile

from projects.formats.dialogues.settings import Settings, with_arguments
from projects.models import Case, ImportBatch, ImportedAnswer, Item, Rater, Suggestion, Turn
from projects.services import dialogue_write, import_batches, import_write, jobs
from tests.projects.dialogue_files import RATED, SESSIONS, session, turn

pytestmark = pytest.mark.django_db


def dumped(sessions):
    """Sessions as a Psy-Insight file."""
    return json.dumps(sessions, ensure_ascii=False)


def checked(stage, text, *, form="psy-insight", arguments=(), name="sessions.json"):
    """A batch after its check."""
    file = ContentFile(text.encode())
    batch, _table = import_batches.receive(
        dataset=stage.dataset, file=file, filename=name, actor=stage.manager, dialogues=form
    )
    settings = with_arguments(Settings.from_json(batch.mapping), arguments)
    jobs.run(import_batches.request_check(batch=batch, mapping=settings, encoding="", actor=stage.manager).pk)
    return ImportBatch.objects.select_related("dataset").get(pk=batch.pk)


def imported(stage, text, *, keep_good=False, **choices):
    """A batch after its import."""
    batch = checked(stage, text, **choices)
    jobs.run(import_batches.start(batch=batch, keep_good=keep_good, actor=stage.manager).pk)
    batch.refresh_from_db()
    return batch


def test_import_writes_sessions_turns_and_suggestions(stage):
    before = stage.dataset.items.count()
    batch = imported(stage, dumped(SESSIONS))
    assert batch.published is True
    assert (batch.report["good"], batch.report["rejected"], batch.report["turns"]) == (2, 0, 6)
    item = Item.objects.get(external_id="s-1")
    assert (item.kind, item.current.turn_count, item.current.language) == ("dialogue", 4, "en")
    turns = list(item.current.turns.values_list("index", "speaker", "role", "text"))
    assert turns[0] == (1, "Seeker", "client", SESSIONS[0]["dialog"][0]["content"])
    assert [one[2] for one in turns] == ["client", "therapist", "client", "therapist"]
    said = Suggestion.objects.filter(revision=item.current, turn__index=2).order_by("field")
    assert [(one.field, one.values, one.source) for one in said] == [
        ("reasoning", ["To open the topic."], "import"),
        ("strategy", ["Question", "Reflection"], "import"),
    ]
    assert list(item.current.metadata) == list(SESSIONS[0])
    assert item.current.metadata["dialog"] is None
    stage.dataset.refresh_from_db()
    assert stage.dataset.item_count == before + 2


def test_import_of_the_same_file_adds_nothing(stage):
    imported(stage, dumped(SESSIONS))
    count = (Item.objects.count(), Turn.objects.count(), Suggestion.objects.count())
    again = imported(stage, dumped(SESSIONS))
    assert (again.report["good"], again.report["unchanged"], again.report["conflicts"]) == (0, 2, 0)
    assert (Item.objects.count(), Turn.objects.count(), Suggestion.objects.count()) == count


def test_import_of_rated_turns_makes_external_raters(stage):
    Rater.objects.create(project=stage.project, code="A2")
    batch = imported(stage, RATED, form="turns-csv", name="turns.csv")
    assert batch.report["raters"] == ["A1", "A2"]
    codes = dict(Rater.objects.filter(nature="external").values_list("code", "user"))
    assert codes == {"A1": None, "x-A2": None}
    rows = ImportedAnswer.objects.order_by("turn__index", "rater__code", "field")
    told = [(one.turn.index, one.rater.code, one.field, one.values) for one in rows.select_related("turn", "rater")]
    assert told == [
        (1, "A1", "emotion", ["Anxiety"]),
        (1, "x-A2", "emotion", ["Anxiety", "Fear"]),
        (2, "A1", "strategy", ["Question"]),
        (2, "x-A2", "strategy", ["Reflection"]),
    ]
    assert Suggestion.objects.filter(turn__isnull=False).count() == 0
    again = imported(stage, RATED, form="turns-csv", name="turns.csv")
    assert (again.report["unchanged"], ImportedAnswer.objects.count()) == (1, 4)


def test_import_puts_sessions_into_cases_in_order(stage):
    sessions = [
        session(f"c{n}", [turn("Seeker", f"Word {n}"), turn("Supporter", "Yes")], course="K1") for n in range(3)
    ]
    imported(stage, dumped(sessions[:2]), arguments=["case=course"])
    imported(stage, dumped(sessions), arguments=["case=course"])
    case = Case.objects.get()
    rows = case.sessions.order_by("case_order").values_list("external_id", "case_order")
    assert (case.external_id, list(rows)) == ("K1", [("c0", 1), ("c1", 2), ("c2", 3)])


def test_a_bad_session_keeps_everything_out(stage):
    bad = [*SESSIONS, session("s-3", [turn("Seeker", "Hello"), turn("Coach", ""), turn("", "Words")])]
    before = Item.objects.count()
    batch = checked(stage, dumped(bad))
    problems = [(one["row"], one["column"], one["code"]) for one in batch.report["problems"]]
    assert problems == [(3, "2", "turn_no_text"), (3, "2", "role_unknown"), (3, "3", "turn_no_speaker")]
    assert batch.report["unknown"] == {"Coach": 1}
    job = import_batches.start(batch=batch, keep_good=False, actor=stage.manager)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, Item.objects.count(), Turn.objects.count(), Case.objects.count()) == ("failed", before, 0, 0)


def test_good_sessions_come_in_and_the_bad_ones_are_given_back(stage):
    bad = session("s-3", [turn("Coach", "Hello")])
    batch = imported(stage, dumped([*SESSIONS, bad, SESSIONS[0]]), keep_good=True)
    assert (batch.report["good"], batch.report["rejected"]) == (2, 2)
    with batch.rejected.open("rb") as file:
        lines = [json.loads(line) for line in file.read().decode().splitlines()]
    assert [next(iter(line)) for line in lines] == ["import_problems", "import_problems"]
    assert [{key: value for key, value in line.items() if key != "import_problems"} for line in lines] == [
        bad,
        SESSIONS[0],
    ]
    mended = "\n".join(json.dumps(line) for line in lines[:1])
    again = imported(stage, mended, name="rejected.jsonl", arguments=["role.Coach=therapist"])
    assert (again.report["good"], Item.objects.get(external_id="s-3").current.turns.get().role) == (1, "therapist")
    assert list(Item.objects.get(external_id="s-3").current.metadata) == list(bad)


def test_a_changed_session_is_a_conflict(stage):
    imported(stage, dumped(SESSIONS))
    changed = json.loads(dumped(SESSIONS))
    changed[0]["dialog"][0]["content"] = "Something else"
    changed[1]["theme"] = "Other"
    batch = checked(stage, dumped(changed))
    found = [(one["row"], one["code"], one["params"]["fields"]) for one in batch.report["conflicting"]]
    assert found == [(1, "conflict", "text"), (2, "conflict", "metadata,prelabel")]


def test_a_killed_import_leaves_no_case(stage, monkeypatch):
    monkeypatch.setattr("projects.services.dialogue_survey.CHUNK", 1)
    sessions = [session(f"c{n}", [turn("Seeker", f"W {n}")], course=f"K{n}") for n in range(3)]
    batch = checked(stage, dumped(sessions), arguments=["case=course"])
    job = import_batches.start(batch=batch, keep_good=False, actor=stage.manager)
    real, calls = dialogue_write.write, []

    def dying(*args):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr("projects.services.dialogue_write.write", dying)
    with pytest.raises(KeyboardInterrupt):
        jobs.run(job.pk)
    assert (Item.objects.visible().filter(kind="dialogue").count(), Case.objects.count()) == (0, 1)
    import_batches.cancel(batch=batch, actor=stage.manager)
    job.refresh_from_db()
    import_write.remove_unpublished([batch.pk])
    assert (Item.objects.filter(kind="dialogue").count(), Turn.objects.count(), Case.objects.count()) == (0, 0, 0)
