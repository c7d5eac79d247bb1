"""A project at a glance: every number leads to its rows, and the page asks equally often however many there are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from label_world import World

from campaign.services import watching
from projects.models import Assignment, Role, Study, StudyRole, Unit
from projects.services import exclusions, jobs, studies

URL = "/p/harbour/dashboard/"


@pytest.fixture
def world(db: None) -> World:
    world = World()
    world.dispute()
    jobs.run(watching.ask(world.study, actor=None).pk)
    return world


def test_every_number_leads_to_its_rows(world):
    page = world.client(world.manager).get(URL).content.decode()
    rater = world.raters[0].pk
    for url in (
        world.url("units/"), world.url("#raters"), world.url("disputes/"), world.url("dates/"),
        world.url(f"quality/{rater}/?show=all"), world.url(f"quality/{rater}/?show=shared"),
        "/p/harbour/time/?study=review&amp;rater=R1", "/p/harbour/flags/",
    ):  # fmt: skip
        assert f'href="{url}"' in page, url


def test_answers_left_out_are_told_apart_from_those_behind_the_number(world):
    world.dispute()
    answer = Assignment.objects.get(unit__item__external_id="item-1", rater=world.raters[0])
    exclusions.leave_out(study=world.study, target=answer, reason="Wrong key.", actor=world.manager)
    jobs.run(watching.ask(world.study, actor=None).pk)
    browser = world.client(world.manager)
    page = browser.get(URL).content.decode()
    link = world.url(f"quality/{world.raters[0].pk}/?show=all")
    assert f'<a href="{link}">1</a> <span class="ends">of 2 submitted</span>' in page
    assert len(browser.get(link).context["page_obj"].object_list) == 1
    whole = world.url(f"quality/{world.raters[1].pk}/?show=all")
    assert f'<a href="{whole}">2</a></td>' in page
    assert len(browser.get(whole).context["page_obj"].object_list) == 2


def test_answers_and_pace_are_those_of_the_pages_they_lead_to(world):
    browser = world.client(world.manager)
    ((study, _dates, _forecast, _waits),) = browser.get(URL).context["studies"]
    units = browser.get(world.url("units/")).context["page"].units
    assert (sum(one.done for one in units), sum(one.wanted for one in units)) == (study.done, study.place_count)
    raters = browser.get(world.url()).context["page_obj"]
    assert sum(part.recent for part in raters) == study.pace == 2


@pytest.mark.parametrize("role", ["training", "practice"])
def test_practice_is_no_answer_of_the_last_24_hours(world, role):
    rehearsed = world.dispute().unit
    Unit.objects.filter(pk=rehearsed.pk).update(role=role)
    browser = world.client(world.manager)
    ((study, _dates, _forecast, _waits),) = browser.get(URL).context["studies"]
    page = browser.get(world.url())
    raters = page.context["page_obj"]
    assert sum(part.recent for part in raters) == page.context["pace"] == study.pace == 2
    real = Assignment.objects.exclude(unit=rehearsed).filter(rater=world.raters[0]).get()
    assert raters[0].last_at == real.submitted_at
    listed = browser.get("/p/harbour/studies/").context["listed"]
    assert [one.pace for one, _kind, _waits in listed] == [2]


def test_a_closed_study_says_when_it_ended_and_expects_nothing(world):
    browser = world.client(world.manager)
    assert "ended" not in browser.get(URL).content.decode()
    studies.close(world.study, actor=world.manager)
    world.study.refresh_from_db()
    day = timezone.localtime(world.study.closed_at).strftime("%Y-%m-%d")
    page = browser.get(URL).content.decode()
    assert f"ended {day}" in page
    assert "too few days of work to tell" not in page


def test_filters_narrow_studies_and_raters(world):
    world.raters[0].group = "expert"
    world.raters[0].languages = ["zh"]
    world.raters[0].save()
    browser = world.client(world.manager)

    def codes(query: str) -> list[str]:
        return [part.rater.code for part, _row in browser.get(URL + query).context["lines"]]

    assert codes("?group=expert") == ["R1"]
    # Who names no language takes any.
    assert codes("?language=zh") == ["R1", "R2"]
    assert codes("?state=closed") == []
    assert browser.get(URL + "?state=nonsense").status_code == 422


def test_page_asks_as_often_for_one_study_as_for_three(world):
    browser = world.client(world.manager)

    def asked() -> int:
        browser.get(URL)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(URL).status_code == 200
        return len(queries)

    before = asked()
    for n in range(2):
        copy = Study.objects.get(pk=world.study.pk)
        copy.pk, copy.slug, copy.token, copy._state.adding = None, f"more-{n}", f"token-{n}", True
        copy.save()
        StudyRole.objects.create(study=copy, user=world.raters[0].user, rater=world.raters[0], part="rater")
    assert asked() == before


def test_manager_who_rates_sees_nobody_s_figures_of_that_study(world):
    both = world.user("both", Role.MANAGER, Role.RATER)
    rater = world.project.raters.create(user=both, code="R9")
    StudyRole.objects.create(study=world.study, user=both, part="rater", rater=rater)
    assert world.client(both).get(URL).context["lines"] == []
