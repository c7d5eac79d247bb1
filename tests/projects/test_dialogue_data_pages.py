"""Dialogues of a data set on its pages: the file wanted, the conversation to read, the sessions of a case."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from projects.models import AuditEntry, Item, Role
from tests.projects.dialogue_files import SESSIONS, session, turn
from tests.projects.test_dialogue_import import dumped, imported

pytestmark = pytest.mark.django_db
EXPORT = "/p/harbour/data/items/export/"
COURSE = [
    session(f"c{n}", [turn("Seeker", f"Word {n}"), turn("Supporter", "<b>Yes</b>", strategy=["Question"])], course="K")
    for n in range(3)
]


def content(response):
    """The file that a response streams."""
    return b"".join(response.streaming_content)


def test_export_page_gives_the_file_that_came_in_and_notes_who_took_it(stage):
    imported(stage, dumped(SESSIONS))
    client = stage.client(stage.manager)
    page = client.get(EXPORT)
    assert page.context["form"]["format"].value() == "psy-insight"
    got = client.get(EXPORT, {"format": "psy-insight"})
    assert got.headers["Content-Disposition"] == 'attachment; filename="items-psy-insight.json"'
    assert json.dumps(json.loads(content(got))) == json.dumps(SESSIONS)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.actor_id, entry.data) == ("dataset.exported", stage.manager.pk, {"format": "psy-insight"})


def test_export_page_draws_the_split_that_is_asked_for(stage):
    rows = [session(f"s{n}", [turn("Seeker", f"A {n}"), turn("Supporter", "B")], course=f"k{n // 2}") for n in range(8)]
    imported(stage, dumped(rows), arguments=["case=course"])
    client = stage.client(stage.user("ann", Role.ANALYST))
    wanted = {"format": "instruct-dialogue", "share": "50", "by": "case", "seed": "7"}
    got = client.get(EXPORT, wanted)
    with zipfile.ZipFile(io.BytesIO(content(got))) as found:
        manifest = json.loads(found.read("manifest.json"))
    assert manifest["split"] == {"share": 0.5, "by": "case", "seed": 7, "groups": 4}
    assert [one["sessions"] for one in manifest["files"].values()] == [4, 4]


@pytest.mark.parametrize(
    "wanted",
    [{"format": "word"}, {"format": "jsonl", "share": "100"}, {"format": "jsonl", "study": "none"}, {"seed": "1"}],
)
def test_export_page_says_what_is_wrong_with_a_wish(stage, wanted):
    imported(stage, dumped(SESSIONS))
    page = stage.client(stage.manager).get(EXPORT, wanted)
    assert (page.status_code, len(page.context["form"].errors)) == (422, 1)
    assert AuditEntry.objects.filter(verb="dataset.exported").count() == 0


def test_a_data_set_without_dialogues_offers_no_file(stage):
    stage.items(1)
    client = stage.client(stage.manager)
    assert client.get(EXPORT).context["there"] is False
    assert client.get(EXPORT, {"format": "jsonl"}).context["there"] is False
    assert client.get("/p/harbour/data/items/").context["exportable"] is False


def test_a_session_is_read_as_a_conversation_with_its_case(stage, django_assert_num_queries):
    imported(stage, dumped([*COURSE, session("alone", [turn("Seeker", "x")] * 40)]), arguments=["case=course"])
    client = stage.client(stage.manager)
    page = client.get(f"/p/harbour/data/items/items/{Item.objects.get(external_id='c1').pk}/")
    told = [(line.number, line.role, line.text) for line in page.context["lines"]]
    assert told == [(1, "client", "Word 1"), (2, "therapist", "<b>Yes</b>")]
    assert [(note.field, note.words, note.whose) for note in page.context["lines"][1].notes] == [
        ("strategy", "Question", "import")
    ]
    assert [one.external_id for one in page.context["sessions"]] == ["c0", "c1", "c2"]
    assert "&lt;b&gt;Yes&lt;/b&gt;" in page.content.decode()
    counts = []
    for key in ("c1", "alone"):
        with django_assert_num_queries(100, exact=False) as asked:
            client.get(f"/p/harbour/data/items/items/{Item.objects.get(external_id=key).pk}/")
        counts.append(len(asked))
    assert counts[1] <= counts[0]


def test_an_adjudicator_reads_the_conversation_without_its_labels(stage):
    imported(stage, dumped(COURSE))
    client = stage.client(stage.user("adj", Role.ADJUDICATOR))
    page = client.get(f"/p/harbour/data/items/items/{Item.objects.get(external_id='c1').pk}/")
    assert [line.notes for line in page.context["lines"]] == [[], []]
    assert "Question" not in page.content.decode()
