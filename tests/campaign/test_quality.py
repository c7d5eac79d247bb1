"""How raters work, while a study runs: figures by rater, what is unusual, and the units behind every number."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from label_world import World

from campaign.models import Check, RaterQuality, StudyQuality, WatchRules
from campaign.services import watching
from projects.models import Job, Role, StudyRole, Submission
from projects.services import exclusions, jobs


@pytest.fixture
def world(db: None) -> World:
    return World()


def looked(world: World) -> dict[str, RaterQuality]:
    """Let a worker look; returns what it found, by the raters' codes."""
    jobs.run(watching.ask(world.study, actor=world.manager).pk)
    return {one.rater.code: one for one in RaterQuality.objects.select_related("rater")}


def work(world: World, pairs: str) -> None:
    """Let both raters answer units: "pp" both positive, "pn" the first positive and the second negative."""
    names = {"p": "positive", "n": "negative"}
    for pair in pairs.split():
        world.unit()
        for rater, letter in zip(world.raters, pair, strict=True):
            world.answer(rater, names[letter])


def test_agreement_is_that_of_first_answers_with_the_others(world):
    work(world, "pp pp nn pn nn np pp nn")
    row = looked(world)["R1"]
    assert row.figures["agreement"]["value"] == 0.75
    # Two raters, 4 and 4 each: expected agreement is one half.
    assert row.figures["beyond"]["value"] == pytest.approx(0.5)
    assert (row.figures["agreement"]["n_items"], row.figures["agreement"]["ci"]["method"]) == (8, "percentile")
    assert len(row.lists["apart"]) == 2


def test_change_of_mind_after_seeing_others_is_no_agreement(world):
    work(world, "pp pn")
    last = world.study.units.order_by("-pk")[0]
    world.study.assignments.filter(unit=last).update(exposure=2)
    world.answer(world.raters[1], "positive", unit=last)
    assert Submission.objects.filter(assignment__unit=last).count() == 3
    assert looked(world)["R1"].figures["agreement"]["value"] == 0.5


def test_what_nobody_else_answered_has_no_agreement_and_says_why(world):
    world.unit()
    world.answer(world.raters[0], "positive")
    row = looked(world)["R1"]
    assert (row.figures["agreement"]["value"], row.figures["agreement"]["reason"]) == (None, "no_overlap")
    assert row.figures["run"]["reason"] == "too_few_raters"


def test_exclusion_takes_a_rater_out_of_the_others_figures(world):
    work(world, "pp pn")
    exclusions.leave_out(world.study, world.raters[1], reason="Unfit", actor=world.manager)
    rows = looked(world)
    assert [rows[code].answers for code in ("R1", "R2")] == [2, 0]
    assert rows["R1"].figures["agreement"]["reason"] == "no_overlap"


def test_too_fast_and_always_the_same_deserve_a_look(world):
    # The other gives "positive" every second time: a run of 10 is no chance.
    WatchRules.objects.create(study=world.study, longest_run=5)
    work(world, "pp pn " * 5)
    Submission.objects.filter(assignment__rater=world.raters[0]).update(active_ms=100)
    Submission.objects.filter(assignment__rater=world.raters[1]).update(active_ms=9000)
    rows = looked(world)
    assert rows["R1"].unusual == ["fast", "run"]
    assert rows["R2"].unusual == []
    assert rows["R1"].figures["fast"] == {"hits": 10, "n": 10}
    assert (rows["R1"].figures["run"]["length"], rows["R2"].figures["run"]["length"]) == (10, 1)
    assert rows["R1"].figures["time"]["median"] == 0.1


def test_run_that_everybody_would_have_is_not_unusual(world):
    WatchRules.objects.create(study=world.study, longest_run=5)
    work(world, "pp " * 10)
    Submission.objects.update(active_ms=9000)
    rows = looked(world)
    assert rows["R1"].figures["run"]["length"] == 10
    assert rows["R1"].unusual == []


def test_page_shows_figures_and_links_to_the_units_behind_each(world):
    work(world, "pp pn nn")
    looked(world)
    browser = world.client(world.manager)
    page = browser.get(world.url("quality/")).content.decode()
    rater = world.raters[0].pk
    assert f'href="{world.url(f"quality/{rater}/")}?show=shared"' in page
    assert "66.7%" in page
    shown = browser.get(world.url(f"quality/{rater}/?show=apart"))
    assert [one.unit.item.external_id for one, _ms in shown.context["page_obj"].object_list] == ["item-1"]


def test_page_asks_as_often_for_one_rater_as_for_three(world):
    work(world, "pp")
    looked(world)
    browser = world.client(world.manager)

    def asked() -> int:
        browser.get(world.url("quality/"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(world.url("quality/")).status_code == 200
        return len(queries)

    before = asked()
    kept = RaterQuality.objects.first()
    for n in range(3):
        RaterQuality.objects.create(
            study=world.study, rater=world.rater(f"X{n}"), figures=kept.figures, lists=kept.lists
        )
    assert asked() == before


def test_manager_who_rates_in_the_study_sees_nothing_of_the_others(world):
    work(world, "pp")
    looked(world)
    both = world.user("both", Role.MANAGER, Role.RATER)
    rater = world.project.raters.create(user=both, code="R9")
    StudyRole.objects.create(study=world.study, user=both, part="rater", rater=rater)
    browser = world.client(both)
    for path in ("quality/", f"quality/{world.raters[0].pk}/"):
        assert browser.get(world.url(path)).status_code == 403
    assert browser.post(world.url("quality/look/")).status_code == 403


def test_button_asks_a_worker_once_and_the_clock_asks_only_for_what_moved(world):
    work(world, "pp")
    browser = world.client(world.adjudicator)
    for _press in range(2):
        assert browser.post(world.url("quality/look/")).status_code == 302
    job = Job.objects.get(kind="watch_study")
    assert [one.pk for one in watching.stale()] == [world.study.pk]
    jobs.run(job.pk)
    assert watching.stale() == []
    work(world, "nn")
    assert [one.pk for one in watching.stale()] == [world.study.pk]
    jobs.run(watching.ask(world.study, actor=None).pk)
    assert StudyQuality.objects.get().answers == 4


def test_bounds_are_the_study_s_own_and_in_the_log(world):
    work(world, "pp pn " * 3)
    looked(world)
    browser = world.client(world.manager)
    sent = {"letters_per_second": 50, "characters_per_second": 20, "longest_run": 2}
    assert browser.post(world.url("quality/bounds/"), sent | {"longest_run": 2}).status_code == 422
    assert browser.post(world.url("quality/bounds/"), sent | {"longest_run": 3}).status_code == 302
    assert world.study.watch_rules.longest_run == 3
    page = browser.get(f"/p/{world.project.slug}/audit/").content.decode()
    assert "bounds of unusual work set" in page


def test_hidden_checks_count_where_they_were_not_met_in_full(world):
    work(world, "pp pn")
    part = world.study.roles.get(rater=world.raters[0])
    for score, row in zip((0, 1), world.study.assignments.filter(rater=world.raters[0]), strict=True):
        Check.objects.create(part=part, assignment=row, stage="hidden", score=score)
    rows = looked(world)
    assert rows["R1"].figures["checks"] == {"missed": 1, "n": 2}
    assert len(rows["R1"].lists["missed"]) == 1
    assert rows["R2"].figures["checks"] == {"missed": 0, "n": 0}


def test_the_dashboard_leads_to_the_checks_missed_and_to_what_deserves_a_look(world):
    WatchRules.objects.create(study=world.study, longest_run=5)
    work(world, "pp pn " * 5)
    Submission.objects.filter(assignment__rater=world.raters[0]).update(active_ms=100)
    Submission.objects.filter(assignment__rater=world.raters[1]).update(active_ms=9000)
    part = world.study.roles.get(rater=world.raters[0])
    for score, row in zip((0, 0, 1), world.study.assignments.filter(rater=world.raters[0]), strict=False):
        Check.objects.create(part=part, assignment=row, stage="hidden", score=score)
    looked(world)
    browser, ahead = world.client(world.manager), world.url(f"quality/{world.raters[0].pk}/?show=")
    page = browser.get("/p/harbour/dashboard/").content.decode()
    shown = {key: len(browser.get(ahead + key).context["page_obj"].object_list) for key in ("missed", "fast", "run")}
    assert {key: f'href="{ahead}{key}"' in page for key in shown} == dict.fromkeys(shown, True)
    assert shown == {"missed": 2, "fast": 10, "run": 10}
