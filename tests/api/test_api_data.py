"""Projects, data sets, items and imports over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from role_world import ITEMS, work_off

from projects.models import AuditEntry, Dataset, ImportBatch, Item, Job, Project, Sighting
from projects.services import jobs

ITEM = {"external_id": "new-1", "kind": "true_false", "text": "I slept well.", "prelabel": "positive"}


def path(world, end: str = "items/") -> str:
    """Return an address below the data set."""
    return f"datasets/{world.here.dataset.slug}/{end}"


def work_through() -> list[str]:
    """Do what workers would for the imports; returns how each job ended."""
    waiting = list(Job.objects.filter(state="queued", kind__contains="import").order_by("pk"))
    for job in waiting:
        work_off(job.pk)
        job.refresh_from_db()
    return [job.state for job in waiting]


def test_project_is_described_and_changed_through_the_service(world, manager):
    assert manager.get().json()["roles"] == ["manager"]
    reply = manager.patch("", {"name": "Night harbour", "help_text": "Call us."})
    assert (reply.status_code, reply.json()["name"]) == (200, "Night harbour")
    entry = AuditEntry.objects.order_by("-pk").first()
    assert (entry.verb, entry.data) == ("project.changed", {"fields": "name,help_text"})


def test_project_is_made_by_those_who_manage_one(world):
    reply = world.client("manager").post("/api/v1/projects/", {"name": "Third", "slug": "third"}, "application/json")
    assert (reply.status_code, reply.json()["roles"]) == (201, ["manager"])
    twice = world.client("manager").post("/api/v1/projects/", {"name": "Third", "slug": "third"}, "application/json")
    assert (twice.status_code, list(twice.json()["fields"])) == (400, ["slug"])
    assert Project.objects.filter(slug="third").count() == 1


def test_projects_are_those_one_belongs_to(world):
    names = {
        who: [row["slug"] for row in world.client(who).get("/api/v1/projects/").json()["results"]]
        for who in ("nobody", "rater", "stranger", "admin")
    }
    expected = {"nobody": [], "rater": ["harbour"], "stranger": ["elsewhere"], "admin": ["harbour", "elsewhere"]}
    assert names == expected


def test_dataset_is_made_and_changed(world, manager):
    made = manager.post("datasets/", {"name": "Letters"})
    assert (made.status_code, made.json()["slug"], made.json()["item_count"]) == (201, "letters", 0)
    labels = [{"key": "calm", "text": "Calm"}, {"key": "tense", "text": "Tense"}]
    changed = manager.patch("datasets/letters/", {"labels": labels}).json()
    assert ([label["key"] for label in changed["labels"]], changed["name"]) == (["calm", "tense"], "Letters")
    assert Dataset.objects.get(slug="letters").labels[0]["key"] == "calm"


def test_labels_in_use_keep_their_keys(world, manager):
    labels = [{"key": "calm"}, {"key": "tense"}]
    reply = manager.patch(path(world, ""), {"labels": labels})
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")


def test_items_are_added_once_however_often_they_are_sent(world, manager):
    body = {"items": [{**ITEM, "metadata": {"ward": "3", "text": "kept"}}]}
    first, second = manager.post(path(world), body), manager.post(path(world), body)
    assert (first.status_code, first.json()) == (201, {"added": 1, "unchanged": 0, "problems": []})
    assert (second.status_code, second.json()) == (200, {"added": 0, "unchanged": 1, "problems": []})
    item = Item.objects.get(dataset=world.here.dataset, external_id="new-1")
    assert item.current.metadata == {"ward": "3", "text": "kept"}
    assert [(one.values, one.source) for one in item.current.suggestions.all()] == [(["positive"], "")]
    world.here.dataset.refresh_from_db()
    assert world.here.dataset.item_count == ITEMS + 1
    assert item.batch.published


def test_known_id_with_other_content_is_a_conflict_and_stops_everything(world, manager):
    manager.post(path(world), {"items": [ITEM]})
    body = {"items": [{**ITEM, "text": "I slept badly."}, {**ITEM, "external_id": "new-2", "text": "Fine."}]}
    reply = manager.post(path(world), body)
    assert (reply.status_code, list(reply.json()["fields"])) == (400, ["items.0.external_id"])
    assert not Item.objects.filter(external_id="new-2").exists()
    kept = manager.post(path(world), {**body, "keep_good": True})
    assert (kept.status_code, kept.json()["added"]) == (201, 1)
    assert [(one["row"], one["field"], one["code"]) for one in kept.json()["problems"]] == [
        (1, "external_id", "conflict")
    ]
    assert Item.objects.get(external_id="new-1").current.text == "I slept well."


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "items.0.text"),
        ({"text": "a\u0007b"}, ""),
        ({"prelabel": "maybe"}, "items.0.prelabel"),
        ({"prelabel_score": 2}, "items.0.prelabel_score"),
        ({"kind": "single_choice", "options": ["only one"]}, "items.0.options"),
        ({"kind": "essay"}, "items.0.kind"),
        ({"options": [{"key": 1}]}, "items.0.options.0"),
        ({"metadata": {"n": 1e999}}, ""),
    ],
)
def test_faulty_item_is_named_and_not_added(world, manager, change, field):
    raw = json.dumps({"items": [ITEM | change]}).replace("Infinity", "1e999")
    reply = manager.client.post(manager.prefix + path(world), raw, "application/json")
    assert reply.status_code == 400
    assert list(reply.json()["fields"]) == ([field] if field else [])
    assert Item.objects.filter(external_id="new-1").count() == 0


def test_choice_item_takes_options_by_key_or_by_text(world, manager):
    one = {"external_id": "c-1", "text": "Which?", "options": ["red", "blue"], "prelabel": "B"}
    two = {"external_id": "c-2", "text": "Which?", "options": [{"key": "x", "text": "X!"}, {"key": "y", "text": "Y!"}]}
    assert manager.post(path(world), {"items": [one, {**two, "answer": ["x"]}]}).json()["added"] == 2
    found = {row["external_id"]: row for row in manager.get(path(world)).json()["results"]}
    assert found["c-1"]["options"] == [{"key": "A", "text": "red"}, {"key": "B", "text": "blue"}]
    assert (found["c-1"]["prelabels"][0]["values"], found["c-2"]["final"]) == (["B"], ["x"])


def test_items_wait_while_an_import_holds_the_dataset(world, manager):
    jobs.enqueue("import", f"dataset:{world.here.dataset.pk}", project=world.here.project, actor=None)
    reply = manager.post(path(world), {"items": [ITEM]})
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")
    assert Item.objects.filter(external_id="new-1").count() == 0


def test_items_come_page_by_page_in_their_order(world, manager):
    found, url = [], manager.prefix + path(world) + "?page_size=3"
    while url:
        page = manager.client.get(url).json()
        found += [row["external_id"] for row in page["results"]]
        url = page["next"]
    assert found == list(world.here.dataset.items.order_by("position").values_list("external_id", flat=True))


def test_items_are_filtered(world, manager):
    choice = manager.get(path(world), kind="single_choice").json()["results"]
    assert {row["kind"] for row in choice} == {"single_choice"}
    assert len(choice) == ITEMS // 2
    this = world.here.item.external_id
    assert [row["external_id"] for row in manager.get(path(world), external_id=this).json()["results"]] == [this]
    assert list(manager.get(path(world), kind="essay").json()["fields"]) == ["kind"]


def test_adjudicator_reads_items_without_any_answer(world):
    url = f"/api/v1/projects/{world.here.project.slug}/{path(world)}"
    rows = world.client("adjudicator").get(url, {"show": "final"}).json()["results"]
    assert len(rows) == ITEMS
    assert set(rows[0]) == {
        "external_id", "kind", "text", "options", "topic", "subtopic", "language", "revision", "removed",
    }  # fmt: skip


def test_whoever_rates_too_has_met_the_items_they_read(world):
    client, user = world.client("stranger"), world.people["stranger"]
    Sighting.objects.filter(user=user).delete()
    client.get(f"/api/v1/projects/{world.there.project.slug}/datasets/{world.there.dataset.slug}/items/")
    assert Sighting.objects.filter(user=user).count() == ITEMS


def test_made_up_cursor_is_a_404(world, manager):
    replies = [manager.get(path(world), cursor=cursor) for cursor in ("nonsense", "cD1hYmM=", "bz05OTk5OTk5OTk5OTk5")]
    # The last one skips more than there is, which is an empty page.
    assert [reply.status_code for reply in replies] == [404, 404, 200]


def test_list_asks_the_database_equally_often_for_one_item_and_for_eight(world, manager):
    counts = []
    for size in ("1", "8"):
        with CaptureQueriesContext(connection) as queries:
            manager.get(path(world), page_size=size)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def send(world, manager, text: str, name: str = "items.csv", **more: Any) -> Any:
    """Upload a file."""
    file = SimpleUploadedFile(name, text.encode())
    return manager.client.post(manager.prefix + path(world, "imports/"), {"file": file, **more})


def test_file_is_sent_checked_and_imported(world, manager):
    sent = send(world, manager, "id,text,label\nf-1,Good day,positive\nf-2,Bad day,negative\n", mapping=[
        "external_id=id", "text=text", "prelabel=label",
    ])  # fmt: skip
    assert (sent.status_code, sent.json()["stage"]) == (202, "checking")
    one = path(world, f"imports/{sent.json()['id']}/")
    assert manager.post(one + "start/").json()["code"] == "conflict"
    assert work_through() == ["done"]
    checked = manager.get(one).json()
    assert (checked["stage"], checked["report"]["good"]) == ("checked", 2)
    assert manager.post(one + "start/").json()["stage"] == "importing"
    assert manager.post(one + "start/").status_code == 202
    assert work_through() == ["done"]
    assert manager.get(one).json()["stage"] == "done"
    assert Item.objects.visible().filter(external_id__in=["f-1", "f-2"]).count() == 2
    assert manager.delete(one).status_code == 409


def test_mapping_is_guessed_where_none_is_given(world, manager):
    sent = send(world, manager, "id,text,topic\ng-1,A calm text,sleep\n").json()
    assert (sent["mapping"]["text"], sent["mapping"]["external_id"]) == ("text", "id")


def test_bad_rows_are_told_in_words_and_the_import_is_stopped(world, manager):
    sent = send(world, manager, "id,text\nh-1,\n").json()
    work_through()
    one = path(world, f"imports/{sent['id']}/")
    problem = manager.get(one).json()["report"]["problems"][0]
    assert (problem["row"], problem["code"], bool(problem["message"])) == (2, "text_empty", True)
    assert manager.delete(one).json()["stage"] == "cancelled"
    assert not ImportBatch.objects.get(pk=sent["id"]).file


def test_file_of_dialogues_is_sent_with_what_is_not_as_usual(world, manager):
    text = '{"id": "d-1", "messages": [{"role": "user", "content": "Hi"}, {"role": "coach", "content": "Yes"}]}'
    sent = send(world, manager, text, "talk.jsonl", dialogues="auto", mapping=["role.coach=therapist"])
    assert (sent.status_code, sent.json()["mapping"]["roles"]) == (202, {"coach": "therapist"})
    one = path(world, f"imports/{sent.json()['id']}/")
    assert work_through() == ["done"]
    assert (manager.get(one).json()["report"]["turns"], manager.post(one + "start/").status_code) == (2, 202)
    assert work_through() == ["done"]
    found = Item.objects.visible().get(external_id="d-1")
    assert list(found.current.turns.values_list("role", flat=True)) == ["client", "therapist"]


@pytest.mark.parametrize("wrong", ["text=", "role.coach=pilot", "nothing=x"])
def test_dialogues_that_cannot_be_read_like_that_are_refused_and_not_kept(world, manager, wrong):
    before = ImportBatch.objects.count()
    text = '{"id": "d-1", "messages": [{"role": "user", "content": "Hi"}]}'
    reply = send(world, manager, text, "talk.jsonl", dialogues="jsonl", mapping=[wrong])
    assert (reply.status_code, reply.json()["code"], ImportBatch.objects.count()) == (400, "invalid", before)


@pytest.mark.parametrize("text", ["", "\x00\x01\x02", "%PDF-1.4"])
def test_unusable_file_is_refused_and_not_kept(world, manager, text):
    before = ImportBatch.objects.count()
    reply = send(world, manager, text)
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")
    assert ImportBatch.objects.count() == before
