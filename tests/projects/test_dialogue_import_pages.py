"""The wizard with files of dialogues: what is what, who is who, preview, report, rejected sessions."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from projects.models import ImportBatch, ImportedAnswer, Item, Suggestion
from tests.projects.dialogue_files import RATED, SESSIONS, session, turn
from tests.projects.test_import_pages import DATA, Wizard, work

pytestmark = pytest.mark.django_db
TALKS = json.dumps(SESSIONS, ensure_ascii=False)
COACH = json.dumps([session("a", [turn("Client", "Hello"), turn("Coach", "Welcome", mood=["calm"])])])


@pytest.fixture
def wizard(stage):
    """The manager's browser."""
    return Wizard(stage.client(stage.manager))


def received(wizard, content, name, holds="auto"):
    """An uploaded file of dialogues, on its way to the second step."""
    sent = wizard.upload(content, name, holds=holds)
    batch = ImportBatch.objects.latest("pk")
    assert (sent.status_code, sent.url) == (302, wizard.page(batch, "mapping/"))
    return batch


def form_of(wizard, batch):
    """The second step's form as a browser shows it."""
    return wizard.client.get(wizard.page(batch, "mapping/")).context["form"]


def control(form, level, path):
    """The name of a key's select; the field's name is beside it."""
    number = [key.path for key in form.groups[level]].index(path)
    return f"{level}_{number}_is", f"{level}_{number}_name"


def part(form, name):
    """The name of a speaker's select."""
    return next(field.html_name for who, _count, field in form.parts() if who == name)


def values_of(form):
    """Everything the form would send as it is shown."""
    return {field.html_name: field.value() or "" for field in form}


def test_psy_insight_goes_from_upload_to_suggestions(stage, wizard):
    batch = received(wizard, TALKS, "talks.json")
    page = wizard.client.get(wizard.page(batch, "mapping/"))
    form = page.context["form"]
    assert form.initial["source"] == "import"
    assert [name for name, _count, _field in form.parts()] == ["Seeker", "Supporter", "求助者", "咨询师"]
    assert [field.value() for _name, _count, field in form.parts()] == ["client", "therapist"] * 2
    assert [line.text for line in page.context["shown"]["lines"]] == [one["content"] for one in SESSIONS[0]["dialog"]]
    assert wizard.choose(batch, source="model-x").url == wizard.page(batch)
    work()
    report = wizard.client.get(wizard.page(batch)).context["report"]
    assert (report["good"], report["turns"], report["bad"], report["suggested"]) == (2, 6, 0, 9)
    assert not Item.objects.filter(kind="dialogue").exists()
    wizard.decide(batch)
    work()
    page = wizard.client.get(wizard.page(batch))
    assert (page.context["stage"], Item.objects.visible().filter(kind="dialogue").count()) == ("done", 2)
    assert set(Suggestion.objects.values_list("source", flat=True)) == {"model-x"}


def test_a_form_sent_as_shown_changes_nothing_of_the_usual_settings(wizard):
    for content, name in ((TALKS, "a.json"), (RATED, "a.csv"), (COACH, "b.json")):
        batch = received(wizard, content, name)
        before = batch.mapping
        wizard.choose(batch)
        batch.refresh_from_db()
        assert batch.mapping == before


def test_keys_speakers_and_allowed_values_are_chosen(wizard):
    batch = received(wizard, COACH, "coach.json")
    form = form_of(wizard, batch)
    place, name = control(form, "turn", "mood")
    chosen = {place: "label", name: "Mood", part(form, "Coach"): "therapist", "allowed": "Mood: calm | cross"}
    assert wizard.choose(batch, **chosen).status_code == 302
    batch.refresh_from_db()
    assert (batch.mapping["roles"], batch.mapping["allowed"]) == ({"Coach": "therapist"}, {"Mood": ["calm", "cross"]})
    assert batch.mapping["layout"]["turn"]["Mood"] == "mood"
    work()
    wizard.decide(batch)
    work()
    item = Item.objects.get(external_id="a")
    assert list(item.current.turns.values_list("role", flat=True)) == ["client", "therapist"]
    assert Suggestion.objects.get(revision=item.current).field == "Mood"


def test_preview_shows_the_first_session_under_the_choices_and_decides_nothing(wizard):
    batch = received(wizard, COACH, "coach.json")
    page = wizard.client.get(wizard.page(batch, "mapping/"))
    assert [turn for turn, _sentence in page.context["shown"]["problems"]] == ["2"]
    form = page.context["form"]
    place, name = control(form, "turn", "mood")
    sent = values_of(form) | {part(form, "Coach"): "other", place: "label", name: "", "preview": "1"}
    page = wizard.client.post(wizard.page(batch, "mapping/"), sent)
    told = [(line.role, [(note.field, note.words) for note in line.notes]) for line in page.context["shown"]["lines"]]
    assert (page.status_code, told) == (200, [("client", []), ("other", [("mood", "calm")])])
    assert page.context["form"][name].value() == ""
    assert ImportBatch.objects.get(pk=batch.pk).mapping["roles"] == {}


def test_rated_turns_bring_their_raters(stage, wizard):
    batch = received(wizard, RATED, "turns.csv")
    wizard.choose(batch)
    work()
    page = wizard.client.get(wizard.page(batch))
    assert (page.context["report"]["raters"], page.context["report"]["answers"]) == (["A1", "A2"], 4)
    wizard.decide(batch)
    work()
    assert ImportedAnswer.objects.count() == 4


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"text": ""}, "It is not said where the file holds the text. Name the key or column."),
        ({"speaker": "text"}, "“Text” is chosen for several (speaker, content). Choose it for one."),
        ({"mood": ("label", "emotion"), "id": ("label", "emotion")},
         "“id” and “mood” both give the field “emotion”. Name one of them otherwise."),
        ({"allowed": "mood"}, "“mood” is not understood. Write: field: value | value."),
        ({"language": "klingonish"}, "“klingonish” is no language code. Write a code such as en or zh."),
        ({"source": ""}, "This field is required."),
    ],
)  # fmt: skip
def test_choices_that_cannot_work_are_told_and_kept(wizard, changes, error):
    batch = received(wizard, COACH, "coach.json", holds="psy-insight")
    form = form_of(wizard, batch)
    sent = values_of(form)
    keys = {"text": "content", "speaker": "speaker", "mood": "mood", "id": "id"}
    for name, value in changes.items():
        if name in keys:
            place, field = control(form, "turn", keys[name])
            sent[place], sent[field] = value if isinstance(value, tuple) else (value, "")
        else:
            sent[name] = value
    page = wizard.client.post(wizard.page(batch, "mapping/"), sent)
    assert page.status_code == 422
    told = [one for errors in page.context["form"].errors.values() for one in errors]
    assert told == [error]
    shown = values_of(page.context["form"])
    assert {name: shown[name] for name in sent} == sent


def test_a_file_is_read_as_something_else(wizard):
    batch = received(wizard, TALKS, "talks.json", holds="")
    address = wizard.page(batch, "mapping/")
    assert type(wizard.client.get(address).context["form"]).__name__ == "MappingForm"
    wizard.client.post(address, {"reread": "1", "encoding": "", "dialogues": "psy-insight"})
    page = wizard.client.get(address)
    assert type(page.context["form"]).__name__ == "DialogueMappingForm"
    assert page.context["lists"] == [("zz first.a", False), ("dialog", True)]
    refused = wizard.client.post(address, {"reread": "1", "encoding": "", "dialogues": "turns-csv"}, follow=True)
    assert [str(one) for one in refused.context["messages"]] == [
        "This format is a table with one turn a row, but the file is JSON. Choose another format."
    ]
    assert ImportBatch.objects.get(pk=batch.pk).mapping["dialogue"] == "psy-insight"


def test_the_key_of_the_turns_is_chosen(wizard):
    row = {"id": 1, "parts": [{"who": "client", "words": "Hi"}, {"who": "therapist", "words": "Yes"}]}
    batch = received(wizard, json.dumps(row), "a.jsonl", holds="jsonl")
    address = wizard.page(batch, "mapping/")
    page = wizard.client.get(address)
    assert (page.context["lists"], page.context["form"].groups["turn"]) == ([("parts", False)], [])
    assert page.context["shown"] == {"error": "It is not said where the file holds the turns. Name the key or column."}
    wizard.client.post(address, {"reread": "1", "encoding": "", "dialogues": "jsonl", "turns": "parts"})
    form = form_of(wizard, batch)
    chosen = {control(form, "turn", "who")[0]: "speaker", control(form, "turn", "words")[0]: "text"}
    assert wizard.choose(batch, **chosen).status_code == 302
    assert work().state == "done"
    batch.refresh_from_db()
    assert (batch.report["good"], batch.report["roles"]) == (1, {"client": 1, "therapist": 1})


def test_bad_sessions_are_listed_by_turn_and_given_back(stage, wizard):
    bad = session("bad", [turn("Seeker", "Hi"), turn("Coach", ""), turn("Seeker", "<b>x</b>")])
    batch = received(wizard, json.dumps([*SESSIONS, bad]), "mixed.json")
    wizard.choose(batch)
    work()
    page = wizard.client.get(wizard.page(batch))
    listed = [(one["row"], one["session"], one["turn"], one["reason"]) for one in page.context["report"]["listed"]]
    assert listed == [
        (3, "bad", "2", "The turn has no text under “content”. Write it, or remove the turn."),
        (3, "bad", "2",
         "It is not known who “Coach” is. Say which part this speaker has: therapist, client, other."),
    ]  # fmt: skip
    assert page.context["report"]["unknown"] == {"Coach": 1}
    refused = wizard.decide(batch)
    assert [str(one) for one in refused.context["messages"]] == [
        "Nothing was imported: some sessions cannot be. Import the good sessions, or none."
    ]
    file = wizard.client.get(wizard.page(batch, "rejected/"))
    assert file.headers["Content-Disposition"] == 'attachment; filename="mixed-rejected.jsonl"'
    line = json.loads(b"".join(file.streaming_content))
    assert {key: value for key, value in line.items() if key != "import_problems"} == bad
    wizard.decide(batch, "good")
    work()
    assert Item.objects.visible().filter(kind="dialogue").count() == 2


def test_speakers_met_late_in_the_file_can_be_given_a_part(wizard):
    rows = [session(f"s{n}", [turn("Seeker", f"W {n}")]) for n in range(25)] + [session("l", [turn("Guide", "x")])]
    batch = received(wizard, json.dumps(rows), "late.json")
    assert [name for name, _count, _field in form_of(wizard, batch).parts()] == ["Seeker"]
    wizard.choose(batch)
    work()
    form = form_of(wizard, batch)
    assert [(name, count) for name, count, _field in form.parts()] == [("Seeker", 20), ("Guide", 0)]
    wizard.choose(batch, **{part(form, "Guide"): "therapist"})
    work()
    batch.refresh_from_db()
    assert (batch.report["good"], batch.report["unknown"], batch.mapping["roles"]) == (26, {}, {"Guide": "therapist"})


def test_an_unreadable_file_is_refused_and_nothing_kept(wizard):
    for content, name, holds, told in (
        ("[1,", "a.json", "auto", "line 1"),
        (RATED, "a.csv", "esconv", "This format is a JSON list or JSON Lines, but the file is a table."),
    ):
        page = wizard.client.post(
            f"{DATA}import/", {"file": SimpleUploadedFile(name, content.encode()), "holds": holds}
        )
        assert page.status_code == 422
        assert told in page.context["form"].errors["file"][0]
    assert ImportBatch.objects.filter(published=False).count() == 0


def test_pages_ask_the_database_as_often_for_many_sessions(wizard, django_assert_num_queries):
    counts = []
    for many in (1, 12):
        rows = [session(f"{many}-{n}", [turn("Coach", f"W {n}")] * 3) for n in range(many)]
        batch = received(wizard, json.dumps(rows), "a.json")
        wizard.choose(batch)
        work()
        for rest in ("", "mapping/"):
            with django_assert_num_queries(100, exact=False) as asked:
                assert wizard.client.get(wizard.page(batch, rest)).status_code == 200
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
