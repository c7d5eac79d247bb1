"""A rater's pause: what goes back, what stays, who ends it, and the day on which it ends by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from projects import loop, tasks
from projects.models import AuditEntry, Pause, StudyRole
from projects.services import parts, pauses, progress, work


def today(days: int = 0):
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def worked(stage):
    """A study of four units; its rater has answered one and holds one, with a draft."""
    rater = stage.rater("R1")
    study = stage.study(rater, units=4)
    stage.do(study, rater)
    held = stage.hold(study, rater)[0]
    work.save_draft(held, payload={"value": "x"}, version=0)
    return study, rater, held


def test_a_pause_gives_back_what_is_held_and_keeps_answers_drafts_and_place(stage, worked):
    study, rater, held = worked
    row = pauses.pause(stage.part(study, rater), actor=rater.user, by_rater=True, back_on=today(3), note=" ill ")
    held.refresh_from_db()
    assert (row.note, row.by, held.state, held.draft.payload) == ("ill", rater.user, "released", {"value": "x"})
    assert stage.counters_are_true(study)
    part = stage.part(study, rater)
    assert (part.state, loop.standstill(part), stage.hold(study, rater)) == ("paused", "waiting", [])
    assert study.assignments.filter(state="submitted").count() == 1
    # Who pauses comes back: nothing falls short for it, and nobody can be put in beside them.
    assert list(progress.shortfalls(study)) == []
    with pytest.raises(ValidationError, match="takes part in this study already"):
        parts.replace(part, rater, actor=stage.manager)
    assert pauses.resume(part, actor=rater.user, by_rater=True)
    assert [one.pk for one in stage.hold(study, rater, 4)][-1] == held.pk
    told = list(AuditEntry.objects.filter(verb__startswith="study.part_").order_by("pk").values_list("verb", flat=True))
    assert told[-2:] == ["study.part_paused", "study.part_resumed"]


def test_an_answer_under_way_is_not_taken_while_paused_and_is_not_lost(stage, worked):
    study, rater, held = worked
    pauses.pause(stage.part(study, rater), actor=stage.manager)
    with pytest.raises(work.StudyNotOpen):
        stage.hand_in(study, rater, held)
    pauses.resume(stage.part(study, rater), actor=stage.manager)
    stage.hand_in(study, rater, held)
    assert stage.counters_are_true(study)


def test_only_the_manager_ends_what_the_manager_began(stage, worked):
    study, rater, _held = worked
    part = stage.part(study, rater)
    pauses.pause(part, actor=stage.manager)
    with pytest.raises(ValidationError, match="ask them"):
        pauses.resume(part, actor=rater.user, by_rater=True)
    assert pauses.resume(part, actor=stage.manager)
    assert (pauses.resume(part, actor=stage.manager), pauses.current(part)) == (False, None)


@pytest.mark.parametrize("way", ["visit", "sweep"])
def test_a_pause_ends_by_itself_on_its_day(stage, worked, way):
    study, rater, _held = worked
    row = pauses.pause(stage.part(study, rater), actor=stage.manager, back_on=today(1))
    assert (loop.standstill(stage.part(study, rater)), pauses.wake_due()) == ("waiting", 0)
    Pause.objects.filter(pk=row.pk).update(back_on=today())
    if way == "sweep":
        tasks.sweep_leases()
    assert loop.standstill(stage.part(study, rater)) is None
    row.refresh_from_db()
    assert (row.ended_at is not None, stage.part(study, rater).state) == (True, "active")


def test_what_cannot_be_paused_is_refused(stage, worked):
    study, rater, _held = worked
    part = stage.part(study, rater)
    for day in (0, -1):
        with pytest.raises(ValidationError, match="after today"):
            pauses.pause(part, actor=stage.manager, back_on=today(day))
    pauses.pause(part, actor=stage.manager)
    with pytest.raises(ValidationError, match="does not work here now"):
        pauses.pause(part, actor=stage.manager)
    other = parts.add_adjudicator(study, stage.user("judge", "adjudicator"), actor=stage.manager)
    with pytest.raises(ValidationError, match="Only a rater"):
        pauses.pause(other, actor=stage.manager)


def test_whoever_leaves_or_is_replaced_pauses_no_more(stage, worked):
    study, rater, _held = worked
    pauses.pause(stage.part(study, rater), actor=stage.manager)
    heir = parts.replace(stage.part(study, rater), stage.rater("R2"), actor=stage.manager)
    part = stage.part(study, rater)
    assert (part.state, pauses.current(part), heir.state) == ("left", None, "active")
    parts.add_rater(study, rater, actor=stage.manager)
    assert stage.part(study, rater).state == "active"


def test_the_work_asks_nothing_more_where_nobody_pauses(stage, worked):
    study, rater, _held = worked
    part = stage.part(study, rater)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        loop.standstill(part)
    assert len(asked) == 0


def test_a_rater_pauses_and_comes_back_on_their_own_pages(stage, worked):
    study, rater, _held = worked
    client, at = stage.client(rater.user), f"/rate/{study.token}/"
    refused = client.post(f"{at}pause/", {"back_on": today().isoformat(), "note": "My exams"})
    assert (refused.status_code, "My exams" in refused.content.decode()) == (422, True)
    assert client.post(f"{at}pause/", {"back_on": today(9).isoformat(), "note": "My exams"}).status_code == 302
    page = client.get(at).content.decode()
    assert "Your work here is paused" in page
    assert "My exams" not in page
    assert client.get(f"{at}pause/").status_code == 302
    assert "Your work here is paused" in client.get("/").content.decode()
    people = stage.client(stage.manager).get(f"/p/harbour/studies/{study.slug}/people/").content.decode()
    assert "My exams" in people
    assert client.post(f"{at}resume/").status_code == 302
    assert StudyRole.objects.get(rater=rater).state == "active"


def test_a_manager_pauses_and_the_rater_reads_the_note(stage, worked):
    study, rater, _held = worked
    manager, at = stage.client(stage.manager), f"/p/harbour/studies/{study.slug}/people/"
    part = stage.part(study, rater)
    assert manager.get(f"{at}{part.pk}/pause/").status_code == 200
    assert manager.post(f"{at}{part.pk}/pause/", {"note": "Let us talk first."}).status_code == 302
    rated = stage.client(rater.user)
    assert "Let us talk first." in rated.get(f"/rate/{study.token}/").content.decode()
    rated.post(f"/rate/{study.token}/resume/")
    assert StudyRole.objects.get(rater=rater).state == "paused"
    manager.post(f"{at}{part.pk}/resume/")
    assert StudyRole.objects.get(rater=rater).state == "active"
