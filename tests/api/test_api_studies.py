"""Studies, progress, results and exports over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from role_world import part_of, work_off

from projects.models import AuditEntry, Job, Report, Study, StudyRole
from projects.services import reports


def one(world, end: str = "") -> str:
    """Return an address below the open study."""
    return f"studies/{world.here.study.slug}/{end}"


def draft_body(world, **more: Any) -> dict[str, Any]:
    """Return what makes a draft."""
    return {"kind": "label_review", "name": "Second round", "dataset": world.here.dataset.slug} | more


def test_draft_is_made_like_on_the_page(world, manager):
    body = draft_body(
        world,
        settings={"raters_per_item": 1, "prelabel": "hidden"},
        raters=[rater.code for rater in world.here.raters],
        adjudicators=["adjudicator@example.org"],
        guideline="Read twice.",
    )
    reply = manager.post("studies/", body)
    assert (reply.status_code, reply.json()["state"], reply.json()["slug"]) == (201, "draft", "second-round")
    assert reply.json()["settings"] | {"raters_per_item": 1, "prelabel": "hidden"} == reply.json()["settings"]
    # What is not given is the form's own proposal, not nothing.
    assert (reply.json()["settings"]["disputes"], reply.json()["settings"]["order"]) == (True, "shuffled")
    study = Study.objects.get(slug="second-round")
    assert study.guideline.text == "Read twice."
    assert sorted(study.roles.values_list("part", flat=True)) == ["adjudicator", "rater", "rater"]


def test_preset_gives_the_settings_that_are_not_given(world, manager):
    reply = manager.post("studies/", draft_body(world, preset="effectiveness", settings={"sample_size": 5})).json()
    assert (reply["settings"]["prelabel"], reply["settings"]["raters_per_item"]) == ("hidden", 3)
    assert (reply["settings"]["sample_size"], reply["settings"]["disputes"]) == (5, False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "tarot"}, "kind"),
        ({"preset": "none"}, "preset"),
        ({"name": ""}, "name"),
        ({"dataset": "messages-of-others"}, "dataset"),
        ({"raters": ["R99"]}, "raters"),
        ({"adjudicators": ["rater@example.org"]}, "adjudicators"),
        ({"settings": {"raters_per_item": 0}}, "settings.raters_per_item"),
        ({"settings": {"raters": 3}}, "settings.raters"),
        ({"settings": {"order": {"by": "id"}}}, "settings.order"),
    ],
)
def test_draft_is_refused_by_field(world, manager, change, field):
    before = Study.objects.count()
    reply = manager.post("studies/", draft_body(world) | change)
    assert (reply.status_code, list(reply.json()["fields"])) == (400, [field])
    assert Study.objects.count() == before


def test_nobody_gets_two_parts_in_one_study(world, manager):
    world.here.project.memberships.create(user=world.people["rater"], role="adjudicator")
    body = draft_body(world, raters=[world.here.raters[0].code], adjudicators=["rater@example.org"])
    reply = manager.post("studies/", body)
    assert (reply.status_code, list(reply.json()["fields"])) == (400, ["non_field_errors"])
    assert not Study.objects.filter(name="Second round").exists()


def test_study_is_opened_paused_taken_up_and_closed(world, manager):
    slug = f"studies/{world.here.draft.slug}/"
    opened = manager.post(slug + "open/")
    assert (opened.status_code, opened.json()["state"]) == (202, "opening")
    assert manager.post(slug + "open/").status_code == 202
    work_off(Job.objects.get(kind="open_study", state="queued").pk)
    told = manager.post(slug + "pause/", {"message": "Back soon."}).json()
    assert (told["state"], told["pause_message"]) == ("paused", "Back soon.")
    assert manager.post(slug + "pause/").json()["code"] == "conflict"
    assert manager.post(slug + "resume/").json()["state"] == "open"
    assert manager.post(slug + "close/").json()["state"] == "closed"
    assert manager.post(slug + "resume/").status_code == 409
    verbs = AuditEntry.objects.filter(target_type="study", target_id=world.here.draft.pk).order_by("pk")
    assert list(verbs.values_list("verb", flat=True))[-6:] == [
        "study.opening", "study.opening", "study.opened", "study.paused", "study.resumed", "study.closed",
    ]  # fmt: skip


def test_study_with_something_missing_is_not_opened(world, manager):
    empty = manager.post("datasets/", {"name": "Empty"}).json()["slug"]
    made = manager.post("studies/", draft_body(world, dataset=empty)).json()["slug"]
    reply = manager.post(f"studies/{made}/open/")
    assert (reply.status_code, reply.json()["code"]) == (409, "conflict")
    progress = manager.get(f"studies/{made}/progress/").json()
    assert progress["problems"][0] == reply.json()["message"]
    assert Study.objects.get(slug=made).state == "draft"


def test_progress_counts_and_says_nothing_of_answers(world, manager):
    found = manager.get(one(world, "progress/")).json()
    assert (found["state"], found["units"], found["places"], found["done"]) == ("open", 8, 16, 4)
    assert [(row["units"], row["done"]) for row in found["strata"]] == [(8, 4)]
    assert (found["left_out"], found["opening"]["state"], found["problems"]) == (1, "done", [])


def test_raters_are_listed_by_code_without_names(world, manager):
    rows = manager.get(one(world, "raters/")).json()["results"]
    assert [(row["code"], row["submitted"], row["in_work"], row["skipped"]) for row in rows] == [
        ("R1", 2, 1, 0),
        ("R2", 2, 0, 1),
    ]
    assert set(rows[0]) == {
        "code", "state", "submitted", "in_work", "skipped", "active_ms", "joined_at", "last_at",
    }  # fmt: skip


def test_raters_join_once_and_all_or_nobody(world, manager):
    code = world.here.project.raters.get(user=world.people["idle"]).code
    refused = manager.post(one(world, "raters/"), {"raters": [code, "R99"]})
    assert (refused.status_code, refused.json()["fields"]) == (400, {"raters": ["There is no rater R99."]})
    assert world.here.study.roles.filter(part="rater").count() == 2
    assert [manager.post(one(world, "raters/"), {"raters": [code]}).status_code for _ in range(2)] == [204, 204]
    part = StudyRole.objects.get(study=world.here.study, user=world.people["idle"])
    assert part_of(world.here.study, part.rater).state == "active"


def test_results_are_the_newest_report_and_a_new_one_is_asked_for(world, manager):
    assert manager.get(one(world, "results/")).json()["report"] is None
    asked = manager.post(one(world, "results/"))
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    job = Job.objects.get(kind="report", subject=f"study:{world.here.study.pk}")
    summary = {"type": "Summary", "key": "k", "title": "T"}
    reports.keep(Report.objects.get(job=job), summary=summary, inputs_hash="x", versions={"python": "3"})
    found = manager.get(one(world, "results/")).json()
    assert found["report"]["numbers"] == summary
    assert (found["report"]["seed"], found["report"]["stale"]) == (world.here.study.seed, True)


def test_results_of_a_draft_cannot_be_asked_for(world, manager):
    assert manager.post(f"studies/{world.here.draft.slug}/results/").json()["code"] == "conflict"


def test_final_dataset_is_streamed_and_logged(world, manager):
    reply = manager.get(one(world, "exports/final/"))
    assert (reply.streaming, reply["Content-Type"]) == (True, "application/x-ndjson; charset=utf-8")
    rows = [json.loads(line) for line in reply.getvalue().splitlines()]
    assert [(row["label"], row["how"], row["votes"]) for row in rows] == [("A", "agreed", {"R1": "A", "R2": "A"})]
    entry = AuditEntry.objects.order_by("-pk").first()
    assert (entry.verb, entry.data) == ("study.exported", {"file": "final", "format": "jsonl"})


def test_exports_are_named_and_others_are_not_there(world, manager):
    keys = [row["key"] for row in manager.get(one(world, "exports/")).json()["results"]]
    assert keys == ["final", "removed", "answers", "matrix"]
    assert manager.get(one(world, "exports/secrets/")).json()["code"] == "not_found"


def test_export_without_any_row_is_an_empty_file(world, manager):
    assert manager.get(one(world, "exports/removed/")).getvalue() == b""
    assert manager.get(f"studies/{world.here.draft.slug}/exports/final/").getvalue() == b""
