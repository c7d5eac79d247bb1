"""Units, skips and exclusions, as a manager sees them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from projects import kinds
from projects.models import Assignment, Exclusion, Exposure, Role, Sighting, Unit
from projects.querysets import units as queries
from projects.services import leases, studies, work

URL = "/p/harbour/studies/study/"


@pytest.fixture
def browser(stage):
    return stage.client(stage.manager)


def answer(stage, study, rater, value, comment=""):
    """Give a real answer to the next unit."""
    kind = kinds.of(study)
    row = stage.hold(study, rater)[0]
    form = kind.form(row, QueryDict(f"client_key=k{row.pk}&values={value}&comment={comment}"))
    assert form.is_valid()
    work.submit(
        stage.part(study, rater),
        row,
        answer=kind.answer(form),
        write=lambda submission: kind.save(form, submission),
        settle=kind.settle,
    )
    return row


def shown(browser, query=""):
    """The sort keys of the units on a page of the list."""
    return [unit.sort_key for unit in browser.get(f"{URL}units/{query}").context["page"].units]


def test_units_are_paged_by_their_place_in_both_directions(stage, browser, monkeypatch):
    monkeypatch.setattr(queries, "A_PAGE", 2)
    stage.study(stage.rater("R1"), units=5)
    first = browser.get(f"{URL}units/").context["page"]
    assert ([unit.sort_key for unit in first.units], first.before) == ([0, 1], "")
    second = browser.get(f"{URL}units/?after={first.after}").context["page"]
    third = browser.get(f"{URL}units/?after={second.after}").context["page"]
    assert ([unit.sort_key for unit in third.units], third.after) == ([4], "")
    back = browser.get(f"{URL}units/?before={third.before}").context["page"]
    assert [unit.sort_key for unit in back.units] == [2, 3]
    assert shown(browser, f"?before={back.before}") == [0, 1]


def test_units_with_one_sort_key_are_neither_lost_nor_doubled(stage, browser, monkeypatch):
    monkeypatch.setattr(queries, "A_PAGE", 2)
    stage.study(stage.rater("R1"), units=5)
    Unit.objects.update(sort_key=7)
    seen, after = [], ""
    for _page in range(3):
        page = browser.get(f"{URL}units/?after={after}").context["page"]
        seen += [unit.pk for unit in page.units]
        after = page.after
    assert seen == list(Unit.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize("key", ["x", "1", "1.x", "9.99999999999999999999", "-1.2", "9223372036854775808.1"])
def test_a_key_that_is_none_begins_at_the_front(stage, browser, key):
    stage.study(stage.rater("R1"), units=2)
    assert shown(browser, f"?after={key}") == [0, 1]


def test_units_are_filtered_by_state_topic_and_item(stage, browser):
    one, two = stage.raters(2)
    study = stage.study(one, two, units=4, wanted=2)
    for rater in (one, two):
        stage.do(study, rater)
    stage.hold(study, one)
    Unit.objects.filter(sort_key=2).update(stratum="Sleep")
    Exclusion.objects.create(study=study, unit=study.units.get(sort_key=3), reason="why")
    assert {show: shown(browser, f"?show={show}") for show in ("", "open", "complete", "work", "short", "out")} == {
        "": [0, 1, 2, 3],
        "open": [1, 2, 3],
        "complete": [0],
        "work": [1],
        "short": [],
        "out": [3],
    }
    assert shown(browser, "?stratum=Sleep") == [2]
    assert shown(browser, "?id=item-1") == [1]
    assert browser.get(f"{URL}units/?show=none").status_code == 422


def test_units_take_the_same_queries_for_one_and_three(stage, browser):
    stage.study(stage.rater("R1"), units=1)
    study = stage.study(stage.rater("R2"), units=3, name="Three")
    counts = []
    for slug in ("study", study.slug):
        browser.get(f"/p/harbour/studies/{slug}/units/")
        with CaptureQueriesContext(connection) as captured:
            browser.get(f"/p/harbour/studies/{slug}/units/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] <= 8


def test_answers_appear_once_all_are_in(stage, browser):
    one, two = stage.raters(2)
    stage.items(1)
    study = stage.opened(one, two)
    url = f"{URL}units/{study.units.get().pk}/"
    answer(stage, study, one, "positive", comment="A+close+call")
    page = browser.get(url).content.decode()
    assert "Answers appear here once everybody has answered" in page
    assert ("Positive" in page, "A close call" in page) == (False, False)
    answer(stage, study, two, "negative")
    page = browser.get(url).content.decode()
    assert ("Positive" in page, "Negative" in page, "A close call" in page) == (True, True, True)


def test_answers_appear_in_a_closed_study(stage, browser):
    one, two = stage.raters(2)
    stage.items(1)
    study = stage.opened(one, two)
    answer(stage, study, one, "positive")
    studies.close(study, actor=stage.manager)
    assert "Positive" in browser.get(f"{URL}units/{study.units.get().pk}/").content.decode()


def test_a_manager_who_also_rates_is_remembered_as_exposed(stage):
    one, two = stage.raters(2)
    stage.project.memberships.create(user=one.user, role=Role.MANAGER)
    stage.items(1)
    study = stage.opened(one, two)
    own = answer(stage, study, one, "positive")
    url, browser = f"{URL}units/{own.unit_id}/", stage.client(one.user)
    browser.get(url)
    assert Assignment.objects.get(pk=own.pk).exposure == Exposure.NOTHING
    answer(stage, study, two, "negative")
    browser.get(url)
    assert Assignment.objects.get(pk=own.pk).exposure == Exposure.OTHERS
    assert Sighting.objects.filter(item=own.unit.item, user=one.user).count() == 1


def test_a_unit_and_an_answer_are_left_out_and_lifted(stage, browser):
    rater = stage.rater("R1")
    study = stage.study(rater)
    stage.do(study, rater)
    url, row = f"{URL}units/{study.units.get().pk}/", study.assignments.get()
    assert browser.post(url, {"what": "unit", "reason": " "}).status_code == 422
    assert browser.post(url, {"what": "answer-0", "reason": "why"}).status_code == 422
    browser.post(url, {"what": f"answer-{row.pk}", "reason": "Clicked by mistake."})
    found = Exclusion.objects.get()
    assert (found.assignment, found.reason) == (row, "Clicked by mistake.")
    assert "answer of R1 to item item-0" in browser.get(url).content.decode()
    again = browser.post(url, {"what": f"answer-{row.pk}", "reason": "Again."})
    assert (again.status_code, "This is left out already." in again.content.decode()) == (422, True)
    browser.post(f"{URL}exclusions/{found.pk}/lift/")
    assert Exclusion.objects.get().lifted_by == stage.manager
    browser.post(url, {"what": "unit", "reason": "Faulty."})
    assert Exclusion.objects.latest("pk").unit == study.units.get()


def test_a_rater_is_left_out(stage, browser):
    one, _two = stage.raters(2)
    stage.study(one)
    url = f"{URL}exclusions/"
    response = browser.get(url)
    assert [words for _key, words in response.context["form"].fields["what"].choices] == ["R1"]
    browser.post(url, {"what": one.pk, "reason": "Did not read the texts."})
    assert Exclusion.objects.get().rater == one
    assert "all answers of R1" in browser.get(url).content.decode()


def test_skips_say_who_what_and_why(stage, browser):
    rater = stage.rater("R1")
    study = stage.study(rater, units=2)
    leases.skip(stage.hold(study, rater)[0], reason="I know this person.")
    page = browser.get(f"{URL}skips/")
    assert [(row.rater.code, row.unit.sort_key, row.skip_reason) for row in page.context["page_obj"]] == [
        ("R1", 0, "I know this person.")
    ]
    stage.do(study, rater, 9)
    assert list(browser.get(f"{URL}skips/").context["page_obj"]) == []
    assert [row.state for row in browser.get(f"{URL}skips/?all=1").context["page_obj"]] == ["submitted"]
