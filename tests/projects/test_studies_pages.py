"""The list of studies and the overview: who gets in, what they say, what they cost."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.models import Job, Membership, Project, Role, Study, StudyRole, Unit, User
from projects.services import jobs, leases, studies
from projects.views import studies as views

EVERYBODY = ("manager", "adjudicator", "analyst", "rater", "stranger", "anonymous")
MANAGER_ONLY = {"manager": 200, "adjudicator": 403, "analyst": 403, "rater": 403, "stranger": 404, "anonymous": 302}
READERS = MANAGER_ONLY | {"adjudicator": 200, "analyst": 200}
PAGES = {
    "": READERS,
    "new/": MANAGER_ONLY,
    "study/": READERS,
    "study/settings/": READERS,
    "study/guideline/": READERS,
    "study/people/": MANAGER_ONLY,
    "study/people/{part}/replace/": MANAGER_ONLY,
    "study/pause/": MANAGER_ONLY,
    "study/clone/": MANAGER_ONLY,
    "study/units/": MANAGER_ONLY,
    "study/units/{unit}/": MANAGER_ONLY,
    "study/skips/": MANAGER_ONLY,
    "study/exclusions/": MANAGER_ONLY,
}
VERBS = (
    "study/open/",
    "study/stop/",
    "study/resume/",
    "study/close/",
    "study/people/{part}/leave/",
    "study/people/{part}/return/",
    "study/exclusions/1/lift/",
)
# Changes that share their address with a page that more people may read.
WRITES = ("study/settings/", "study/guideline/")


@pytest.fixture
def clients(stage, client):
    """A browser for each of EVERYBODY."""
    found = {who: stage.client(stage.user(who, who)) for who in ("adjudicator", "analyst")}
    found |= {"rater": stage.client(stage.rater("R9").user), "manager": stage.client(stage.manager)}
    elsewhere = Project.objects.create(slug="elsewhere", name="Elsewhere")
    stranger = User.objects.create_user("stranger@example.org", None)
    Membership.objects.create(project=elsewhere, user=stranger, role=Role.MANAGER)
    return found | {"stranger": stage.client(stranger), "anonymous": client}


@pytest.fixture
def study(stage):
    """An open study with one rater."""
    stage.items(2, topic="Sleep")
    return stage.opened(stage.rater("R1"), raters_per_item=1)


def address(study, path):
    """Return a page's address, with the keys of the study's first part and unit."""
    part, unit = study.roles.first(), study.units.first()
    return "/p/harbour/studies/" + path.format(part=part.pk, unit=unit.pk)


@pytest.mark.parametrize("path", PAGES)
def test_studies_pages_open_to_those_they_are_for(study, clients, path):
    url = address(study, path)
    assert {who: clients[who].get(url).status_code for who in EVERYBODY} == PAGES[path]


@pytest.mark.parametrize("path", [*VERBS, *WRITES])
def test_studies_verbs_open_to_managers_only(study, clients, path):
    got = {who: clients[who].post(address(study, path)).status_code for who in EVERYBODY if who != "manager"}
    assert got == {who: status for who, status in MANAGER_ONLY.items() if who != "manager"}


@pytest.mark.parametrize("path", VERBS)
def test_studies_verbs_are_no_pages(study, clients, path):
    assert clients["manager"].get(address(study, path)).status_code == 405


@pytest.mark.parametrize(
    "path", ["none/", "study/units/{foreign}/", "study/people/{part}/replace/", "study/exclusions/9/lift/"]
)
def test_studies_know_nothing_of_other_studies(stage, study, path):
    other = stage.opened(stage.rater("R2"), name="Other", raters_per_item=1)
    url = "/p/harbour/studies/" + path.format(foreign=other.units.first().pk, part=other.roles.get().pk)
    browser = stage.client(stage.manager)
    assert (browser.post(url) if "lift" in url else browser.get(url)).status_code == 404


def test_list_shows_progress_pace_and_what_waits(stage):
    one, two = stage.raters(2)
    stage.items(1)
    study = stage.opened(one, two, name="Round one")
    unit = study.units.get()
    stage.do(study, one)
    from annotation.models import Dispute

    Dispute.objects.create(unit=unit, cause=Dispute.Cause.RATERS)
    response = stage.client(stage.manager).get("/p/harbour/studies/")
    (listed, kind, waits), *more = response.context["listed"]
    assert (listed, kind.key, listed.done, listed.place_count, listed.pace) == (study, "label_review", 1, 2, 1)
    assert ([(str(name), count) for name, count in waits], more) == ([("Disputes", 1)], [])
    assert "Disputes: 1" in response.content.decode()


def test_list_tells_an_analyst_nothing_of_disputes(stage, study):
    from annotation.models import Dispute

    Dispute.objects.create(unit=study.units.first(), cause=Dispute.Cause.RATERS)
    browser = stage.client(stage.user("ana", Role.ANALYST))
    assert "Disputes" not in browser.get("/p/harbour/studies/").content.decode()
    assert "Disputes" not in browser.get("/p/harbour/studies/study/").content.decode()


def test_an_empty_list_says_what_comes_next(stage):
    page = stage.client(stage.manager).get("/p/harbour/studies/").content.decode()
    assert "No studies yet" in page
    assert 'href="/p/harbour/studies/new/"' in page


def test_list_is_paged(stage):
    names = [f"S{n:02}" for n in range(views.A_PAGE + 1)]
    for name in names:
        stage.draft(name=name)
    browser = stage.client(stage.manager)
    assert [row[0].name for row in browser.get("/p/harbour/studies/").context["listed"]] == names[:0:-1]
    assert [row[0].name for row in browser.get("/p/harbour/studies/?page=2").context["listed"]] == names[:1]


def queries(browser, url):
    """Return how many queries a page takes once the browser is known."""
    browser.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


def test_list_takes_the_same_queries_for_one_and_three_studies(stage):
    raters, browser, url = stage.raters(2), stage.client(stage.manager), "/p/harbour/studies/"
    stage.study(*raters, units=2)
    first = queries(browser, url)
    for name in "AB":
        stage.do(stage.study(*raters, units=2, name=name), raters[0], 2)
    assert queries(browser, url) == first
    assert first <= 8


def test_overview_takes_the_same_queries_for_one_and_three_raters(stage):
    study = stage.study(stage.rater("A"), units=3)
    browser, url = stage.client(stage.manager), "/p/harbour/studies/study/"
    first = queries(browser, url)
    for rater in stage.raters(2):
        studies.add_rater(study, rater, actor=stage.manager)
        stage.do(study, rater)
    Unit.objects.filter(sort_key=2).update(stratum="Sleep")
    assert queries(browser, url) == first
    assert first <= 12


def test_overview_counts_the_work_and_names_no_answer(stage):
    one, two = stage.raters(2)
    stage.items(3, topic="Sleep")
    study = stage.opened(one, two)
    stage.do(study, one, 2)
    leases.skip(stage.hold(study, one)[0], reason="no")
    response = stage.client(stage.manager).get("/p/harbour/studies/study/")
    rows = [(part.rater.code, part.submitted, part.in_work, part.skipped) for part in response.context["page_obj"]]
    assert rows == [("R1", 2, 0, 1), ("R2", 0, 0, 0)]
    assert (response.context["done"], response.context["pace"], response.context["short"]) == (2, 2, 0)
    page = response.content.decode()
    assert "2 of 6" in page
    assert "Positive" not in page


def test_overview_lists_shortfalls_and_leads_to_them(stage):
    stage.items(2)
    stage.opened(*stage.raters(1), raters_per_item=2)
    browser = stage.client(stage.manager)
    page = browser.get("/p/harbour/studies/study/").content.decode()
    assert 'href="/p/harbour/studies/study/units/?show=short"' in page
    shown = browser.get("/p/harbour/studies/study/units/?show=short").context["page"].units
    assert [unit.sort_key for unit in shown] == [0, 1]


def test_overview_of_a_large_study_counts_topics_when_asked(stage, study, monkeypatch):
    monkeypatch.setattr(views, "COUNTED_AT_ONCE", 1)
    browser = stage.client(stage.manager)
    assert "Count them" in browser.get("/p/harbour/studies/study/").content.decode()
    assert browser.get("/p/harbour/studies/study/?detail=1").context["strata"][0].name == "Sleep"


def test_overview_before_opening_names_what_is_missing(stage):
    stage.draft()
    response = stage.client(stage.manager).get("/p/harbour/studies/study/")
    page = response.content.decode()
    assert "The data set has no true/false or choice items yet." in page
    assert response.context["blocked"]
    assert '<button class="button primary" disabled aria-describedby="checks">' in page
    assert "/study/units/" not in page


def test_a_blocked_study_is_not_opened(stage):
    stage.draft()
    response = stage.client(stage.manager).post("/p/harbour/studies/study/open/", follow=True)
    assert "The study was not opened. The data set has no true/false" in response.content.decode()
    assert (Study.objects.get().state, Job.objects.count()) == ("draft", 0)


def test_opening_shows_its_progress_until_the_study_is_open(stage):
    stage.items(2)
    stage.draft(*stage.raters(1), raters_per_item=1)
    browser, url = stage.client(stage.manager), "/p/harbour/studies/study/"
    assert "It waits for a worker." in browser.post(f"{url}open/", follow=True).content.decode()
    ask = {"HX-Request": "true", "HX-Target": "opening"}
    part = browser.get(url, headers=ask)
    assert part.content.decode().count("<html") == 0
    assert 'hx-trigger="every 1s"' in part.content.decode()
    jobs.run(Job.objects.get().pk)
    assert browser.get(url, headers=ask).headers["HX-Refresh"] == "true"
    assert Study.objects.get().state == "open"


def test_a_failed_opening_says_why_on_the_draft(stage):
    stage.items(1)
    study = stage.draft(*stage.raters(1))
    studies.open_study(study, actor=stage.manager)
    stage.dataset.items.update(removed=True, removal_reason="faulty")
    jobs.run(Job.objects.get().pk)
    page = stage.client(stage.manager).get("/p/harbour/studies/study/").content.decode()
    assert "The study was not opened; it is still a draft. There is nothing to judge" in page


def test_an_opening_that_was_given_up_can_be_tried_again(stage):
    stage.items(1)
    study = stage.draft(*stage.raters(1))
    job = studies.open_study(study, actor=stage.manager)
    Job.objects.update(attempts=jobs.MAX_ATTEMPTS)
    jobs.run(job.pk)
    browser, url = stage.client(stage.manager), "/p/harbour/studies/study/"
    page = browser.get(url).content.decode()
    assert "The work stopped three times" in page
    assert 'hx-trigger="every 1s"' not in page
    browser.post(f"{url}open/")
    jobs.run(Job.objects.latest("pk").pk)
    assert Study.objects.get().state == "open"


def test_a_preparation_goes_back_to_the_draft(stage):
    stage.items(1)
    studies.open_study(stage.draft(), actor=stage.manager)
    stage.client(stage.manager).post("/p/harbour/studies/study/stop/")
    assert (Study.objects.get().state, Job.objects.get().state) == ("draft", "cancelled")


def test_a_study_is_paused_taken_up_and_closed_from_its_pages(stage, study):
    browser, url = stage.client(stage.manager), "/p/harbour/studies/study/"
    page = browser.post(f"{url}pause/", {"message": "Back on Monday."}, follow=True).content.decode()
    assert "Raters read: Back on Monday." in page
    browser.post(f"{url}resume/")
    assert Study.objects.get().state == "open"
    assert "data-confirm=" in browser.get(url).content.decode()
    browser.post(f"{url}close/")
    assert Study.objects.get().state == "closed"


def test_a_change_that_came_too_late_says_so(stage, study):
    studies.close(study, actor=stage.manager)
    page = stage.client(stage.manager).post("/p/harbour/studies/study/resume/", follow=True).content.decode()
    assert "This is not possible while the study is closed." in page


def test_a_clone_is_named_and_opened_as_a_draft(stage, study):
    browser, url = stage.client(stage.manager), "/p/harbour/studies/study/clone/"
    assert 'value="Study (copy)"' in browser.get(url).content.decode()
    assert browser.post(url, {"name": ""}).status_code == 422
    assert browser.post(url, {"name": "Second"}).headers["Location"] == "/p/harbour/studies/second/"
    assert list(StudyRole.objects.filter(study__slug="second").values_list("rater__code", flat=True)) == ["R1"]
