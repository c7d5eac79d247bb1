"""Who takes part in a study, as a manager changes it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from projects.models import Rater, Role, Study, StudyRole
from projects.services import studies

URL = "/p/harbour/studies/study/people/"


@pytest.fixture
def browser(stage):
    return stage.client(stage.manager)


def active(study):
    """The codes of those who rate now."""
    rows = study.roles.filter(part="rater", state="active").order_by("rater__code")
    return list(rows.values_list("rater__code", flat=True))


def test_raters_and_adjudicators_join_an_open_study(stage, browser):
    one, two = stage.raters(2)
    adjudicator = stage.user("ada", Role.ADJUDICATOR)
    study = stage.study(one)
    browser.post(URL, {"raters": [two.pk], "adjudicators": [adjudicator.pk]})
    assert active(study) == ["R1", "R2"]
    assert study.roles.get(part="adjudicator").user == adjudicator


def test_nobody_chosen_is_said(stage, browser):
    stage.study(*stage.raters(1))
    stage.rater("R2")
    response = browser.post(URL, {})
    assert response.status_code == 422
    assert "Choose somebody first." in response.content.decode()


def test_somebody_with_another_part_is_refused_and_nobody_joins(stage, browser):
    one, two = stage.raters(2)
    study = stage.study()
    part = studies.add_adjudicator(study, one.user, actor=stage.manager)
    studies.leave(part, actor=stage.manager)
    response = browser.post(URL, {"raters": [two.pk, one.pk]})
    assert response.status_code == 422
    assert "R1 has another part in this study already: adjudicator. Nobody can have two." in response.content.decode()
    assert active(study) == []


def test_a_rater_leaves_and_comes_back(stage, browser):
    rater = stage.rater("R1")
    study = stage.study(rater)
    part = study.roles.get()
    page = browser.post(f"{URL}{part.pk}/leave/", follow=True).content.decode()
    assert "R1 takes part no more. What they submitted stays." in page
    assert "Let back in" in page
    browser.post(f"{URL}{part.pk}/return/")
    assert active(study) == ["R1"]


def test_nobody_comes_back_to_a_closed_study(stage, browser):
    study = stage.study(stage.rater("R1"))
    part = study.roles.get()
    studies.leave(part, actor=stage.manager)
    studies.close(study, actor=stage.manager)
    page = browser.post(f"{URL}{part.pk}/return/", follow=True).content.decode()
    assert "This is not possible while the study is closed." in page
    assert "Add people" not in page
    assert StudyRole.objects.get(pk=part.pk).state == "left"


def test_a_rater_is_replaced_by_one_who_is_free(stage, browser):
    one, two, three = stage.raters(3)
    study = stage.study(one, two)
    url = f"{URL}{stage.part(study, one).pk}/replace/"
    assert list(browser.get(url).context["form"].fields["rater"].queryset) == [three]
    assert browser.post(url, {"rater": two.pk}).status_code == 422
    page = browser.post(url, {"rater": three.pk}, follow=True).content.decode()
    assert "R3 takes the place of R1." in page
    assert "in place of R1" in page
    assert active(study) == ["R2", "R3"]


def test_people_page_takes_the_same_queries_for_one_and_three(stage, browser):
    study = stage.study(stage.rater("A"))
    counts = []
    for _round in range(2):
        browser.get(URL)
        with CaptureQueriesContext(connection) as captured:
            browser.get(URL)
        counts.append(len(captured))
        for rater in stage.raters(2) if _round == 0 else ():
            studies.add_rater(study, rater, actor=stage.manager)
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_people_page_says_who_was_invited_and_has_not_joined(stage):
    from campaign.services import inviting

    study = stage.opened(stage.rater("R1"), raters_per_item=1)
    path = f"/p/{stage.project.slug}/studies/{study.slug}/people/"
    assert "invited" not in stage.client(stage.manager).get(path).content.decode()
    wanted = [(Rater.objects.create(project=stage.project, code=code), f"{code}@example.org") for code in ("R7", "R8")]
    inviting.prepare(stage.project, wanted, actor=stage.manager)
    page = stage.client(stage.manager).get(path).content.decode()
    assert "2 invited people have not joined the project yet" in page


def test_raters_find_the_studies_that_are_behind_them(stage):
    first, second = stage.raters(2)
    left, closed = stage.study(first, second, name="Left"), stage.study(first, second, name="Closed")
    stage.study(first, second, name="Going on")
    stage.draft(first, name="To come")
    stage.do(left, first)
    studies.leave(stage.part(left, first), actor=stage.manager)
    Study.objects.filter(pk=closed.pk).update(state="closed", closed_at=timezone.now())
    page = stage.client(first.user).get(f"/p/{stage.project.slug}/")
    found = [(part.study.name, part.submitted) for part in page.context["behind"]]
    assert sorted(found) == [("Closed", 0), ("Left", 1)]
    assert f"/rate/{left.token}/done/" in page.content.decode()
    again = stage.client(second.user).get(f"/p/{stage.project.slug}/").context["behind"]
    assert [part.study.name for part in again] == ["Closed"]
    assert stage.client(stage.manager).get(f"/p/{stage.project.slug}/").context["behind"] == []


@pytest.fixture
def crowd(stage, monkeypatch):
    """A study with three raters and more than fit in a list of choices, or on a page."""
    monkeypatch.setattr("projects.forms.rows.MOST_OFFERED", 1)
    monkeypatch.setattr("projects.views.study_people.PARTS_A_PAGE", 2)
    monkeypatch.setattr("projects.views.studies.RATERS_A_PAGE", 2)
    return stage.study(*stage.raters(3))


def test_raters_of_a_large_study_come_in_pages(stage, browser, crowd):
    for path in (URL, "/p/harbour/studies/study/"):
        first, second = browser.get(path).content.decode(), browser.get(f"{path}?page=2").content.decode()
        assert ["R1" in first, "R2" in first, "R3" in first] == [True, True, False]
        assert ["R1" in second, "R3" in second] == [False, True]
        assert "1 to 2 of 3" in first
    crowd.roles.update(submitted=2)
    assert browser.get("/p/harbour/studies/study/").context["done"] == min(crowd.place_count, 6)


def test_many_who_could_join_are_typed(stage, browser, crowd):
    for n in range(4, 7):
        stage.rater(f"R{n}")
    adjudicators = [stage.user(name, Role.ADJUDICATOR) for name in ("ada", "ben")]
    page = browser.get(URL).content.decode()
    assert "Codes, separated by commas or blanks." in page
    assert 'name="raters" value=' not in page
    sent = {"raters": "R4, R6", "adjudicators": adjudicators[1].email.upper()}
    assert browser.post(URL, sent).status_code == 302
    assert active(crowd) == ["R1", "R2", "R3", "R4", "R6"]
    assert crowd.roles.get(part="adjudicator").user == adjudicators[1]


def test_a_code_that_cannot_be_chosen_is_named_and_nobody_joins(stage, browser, crowd):
    for n in range(4, 7):
        stage.rater(f"R{n}")
    response = browser.post(URL, {"raters": "R4 R1 R99"})
    assert response.status_code == 422
    assert "Nobody like this can be chosen here: R1, R99." in response.content.decode()
    assert active(crowd) == ["R1", "R2", "R3"]


def test_one_of_many_takes_a_place_by_code(stage, browser, crowd):
    stage.rater("R4")
    stage.rater("R5")
    path = f"{URL}{crowd.roles.get(rater__code='R2').pk}/replace/"
    assert browser.post(path, {"rater": "R4, R5"}).status_code == 422
    assert browser.post(path, {"rater": "R4"}).status_code == 302
    assert active(crowd) == ["R1", "R3", "R4"]


def test_one_of_many_is_left_out_by_code(stage, browser, monkeypatch):
    monkeypatch.setattr("projects.forms.exclusions.MOST_OFFERED", 1)
    study = stage.opened(*stage.raters(2), raters_per_item=1)
    path = f"/p/harbour/studies/{study.slug}/exclusions/"
    page = browser.get(path).content.decode()
    assert 'type="radio"' not in page
    assert browser.post(path, {"what": "R9", "reason": "Guessed."}).status_code == 422
    assert browser.post(path, {"what": "R2", "reason": "Guessed."}).status_code == 302
    assert study.exclusions.get().rater.code == "R2"
