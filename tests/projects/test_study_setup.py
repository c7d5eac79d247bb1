"""Setting a study up: kind and preset, settings, guideline."""

from __future__ import annotations

import pytest

from projects.models import Role, Study, StudyVersion
from projects.services import studies

NEW = "/p/harbour/studies/new/"
REVIEW = f"{NEW}?kind=label_review&preset=review"
EFFECTIVENESS = f"{NEW}?kind=label_review&preset=effectiveness"
SETTINGS = {"raters_per_item": "2", "prelabel": "after", "order": "shuffled", "allow_comment": "on"}


@pytest.fixture
def browser(stage):
    return stage.client(stage.manager)


def typed(stage, **values):
    """What a manager sends for a new study."""
    return SETTINGS | {"study-name": "Round", "study-dataset": stage.dataset.pk, "study-guideline": "Read."} | values


@pytest.mark.parametrize("query", ["", "?kind=none"])
def test_every_kind_and_preset_is_offered(browser, query):
    page = browser.get(NEW + query).content.decode()
    assert page.count("?kind=label_review&amp;preset=review") == 1
    assert page.count("?kind=label_review&amp;preset=effectiveness") == 1


def test_a_preset_fills_the_settings_in(stage, browser):
    response = browser.get(EFFECTIVENESS)
    form = response.context["settings"]
    assert [form[name].value() for name in ("raters_per_item", "prelabel", "sample_size")] == [3, "hidden", 200]
    # The only data set there is.
    assert response.context["form"]["dataset"].value() == stage.dataset.pk


def test_a_new_study_is_a_draft_with_its_people(stage, browser):
    one, two = stage.raters(2)
    adjudicator = stage.user("ada", Role.ADJUDICATOR)
    people = {"study-raters": [one.pk, two.pk], "study-adjudicators": [adjudicator.pk]}
    response = browser.post(REVIEW, typed(stage, **people))
    study = Study.objects.get()
    assert response.headers["Location"] == "/p/harbour/studies/round/"
    assert (study.state, study.dataset, study.guideline.text) == ("draft", stage.dataset, "Read.")
    assert (study.settings["raters_per_item"], study.settings["allow_unsure"]) == (2, False)
    assert sorted(study.roles.values_list("part", "user__email")) == [
        ("adjudicator", "ada@example.org"),
        ("rater", "r1@example.org"),
        ("rater", "r2@example.org"),
    ]


def test_wrong_settings_are_refused_and_everything_typed_stays(stage, browser):
    response = browser.post(REVIEW, typed(stage, **{"study-name": "", "raters_per_item": "0"}))
    page = response.content.decode()
    assert (response.status_code, Study.objects.count()) == (422, 0)
    assert '<a href="#id_study-name">Name</a>: This field is required.' in page
    assert '<a href="#id_raters_per_item">Raters per item</a>:' in page
    assert "Read.</textarea>" in page


def test_nobody_becomes_rater_and_adjudicator_at_once(stage, browser):
    rater = stage.rater("R1")
    stage.project.memberships.create(user=rater.user, role=Role.ADJUDICATOR)
    both = {"study-raters": [rater.pk], "study-adjudicators": [rater.user_id]}
    response = browser.post(REVIEW, typed(stage, **both))
    assert (response.status_code, Study.objects.count()) == (422, 0)
    assert "has another part in this study already: rater. Nobody can have two." in response.content.decode()


def test_a_preview_shows_the_guideline_and_saves_nothing(stage, browser):
    response = browser.post(REVIEW, typed(stage, preview="1", **{"study-guideline": "Be *kind* <script>"}))
    assert (response.status_code, Study.objects.count()) == (200, 0)
    assert "Be <em>kind</em> &lt;script&gt;" in response.content.decode()


def test_a_source_brings_its_data_set_along(stage, browser):
    stage.items(1)
    source = stage.opened(name="Source")
    browser.post(EFFECTIVENESS, typed(stage, **{"study-source": source.pk, "study-dataset": ""}))
    study = Study.objects.get(slug="round")
    assert (study.source, study.dataset) == (source, stage.dataset)


def test_a_source_of_another_data_set_is_refused(stage, browser):
    stage.items(1)
    source = stage.opened(name="Source")
    other = stage.project.datasets.create(slug="other", name="Other")
    response = browser.post(EFFECTIVENESS, typed(stage, **{"study-source": source.pk, "study-dataset": other.pk}))
    assert response.status_code == 422
    assert "This study is about another data set: Items." in response.content.decode()


def test_drafts_are_no_sources_and_foreign_things_no_choices(stage, browser):
    draft = stage.draft(name="Draft")
    response = browser.post(REVIEW, typed(stage, **{"study-source": draft.pk, "study-raters": [10**6]}))
    assert set(response.context["form"].errors) == {"source", "raters"}


def test_a_draft_changes_its_settings(stage, browser):
    stage.draft()
    url = "/p/harbour/studies/study/settings/"
    assert browser.post(url, typed(stage, raters_per_item="")).status_code == 422
    browser.post(url, typed(stage, raters_per_item="4", **{"study-name": "Renamed"}))
    study = Study.objects.get()
    assert (study.name, study.settings["raters_per_item"], study.versions.count()) == ("Renamed", 4, 2)
    page = browser.get(url).content.decode()
    assert "Raters per item: 4" in page


def test_frozen_settings_are_shown_in_words_and_stay(stage, browser):
    stage.items(1)
    stage.opened(raters_per_item=2)
    url = "/p/harbour/studies/study/settings/"
    response = browser.get(url)
    shown = {one.name: one.value for one in response.context["shown"]}
    assert shown["Raters per item"] == "2"
    assert shown["Show the pre-label"] == "after their own first answer, where it differs"
    assert (shown["Raters may comment"], shown["Number of items"]) == ("yes", "—")
    browser.post(url, typed(stage, name="Other name", raters_per_item="9"))
    study = Study.objects.get()
    assert (study.name, study.settings["raters_per_item"], study.versions.count()) == ("Other name", 2, 1)


def test_a_guideline_is_saved_as_a_version_and_compared_line_by_line(stage, browser):
    study = stage.draft()
    url = "/p/harbour/studies/study/guideline/"
    browser.post(url, {"text": "One\r\nTwo\r\nThree"})
    browser.post(url, {"text": "One\r\n2\r\nThree\r\nFour"})
    study.refresh_from_db()
    assert study.guideline.number == 3
    lines = [(one.mark, one.before, one.after) for one in browser.get(f"{url}?version=3").context["lines"]]
    assert lines == [
        ("", "One", "One"),
        ("changed", "Two", "2"),
        ("", "Three", "Three"),
        ("added", "", "Four"),
    ]


@pytest.mark.parametrize("version", ["9", "x", "99999", "²"])
def test_a_version_there_is_not_is_left_out(stage, browser, version):
    stage.draft()
    response = browser.get("/p/harbour/studies/study/guideline/", {"version": version})
    assert (response.status_code, "lines" in response.context) == (200, False)


def test_a_guideline_that_stays_the_same_makes_no_version(stage, browser):
    study = stage.draft()
    studies.change_guideline(study, text="One\nTwo", actor=stage.manager)
    browser.post("/p/harbour/studies/study/guideline/", {"text": "One\r\nTwo\r\n"})
    assert study.guidelines.count() == 2


def test_readers_see_the_guideline_as_raters_do(stage):
    study = stage.draft()
    studies.change_guideline(study, text="Be *kind*.", actor=stage.manager)
    page = stage.client(stage.user("ana", Role.ANALYST)).get("/p/harbour/studies/study/guideline/").content.decode()
    assert "<p>Be <em>kind</em>.</p>" in page
    assert "<textarea" not in page


def test_versions_of_the_settings_come_in_pages_and_each_says_what_it_changed(stage, browser, monkeypatch):
    monkeypatch.setattr("projects.views.study_setup.VERSIONS_A_PAGE", 2)
    study = stage.study(stage.rater("R1"))
    for n in range(2, 5):
        changed = study.version.settings | {"raters_per_item": n}
        StudyVersion.objects.create(study=study, number=n, settings=changed)

    def told(query):
        rows = browser.get(f"/p/harbour/studies/study/settings/{query}").context["versions"]
        return [(one["row"].number, [setting.value for setting in one["changed"]]) for one in rows]

    first = {"raters_per_item": study.version.settings["raters_per_item"]}
    assert told("") == [(4, ["4"]), (3, ["3"])]
    assert told("?page=2") == [(2, [] if first["raters_per_item"] == 2 else ["2"]), (1, [])]
    assert "the first version" in browser.get("/p/harbour/studies/study/settings/?page=2").content.decode()
    assert "the first version" not in browser.get("/p/harbour/studies/study/settings/").content.decode()
