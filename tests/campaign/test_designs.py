"""Who judges what: chosen by picture, worked out by a worker, opened as it was shown."""

from __future__ import annotations

from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaign.models import DesignPreview
from projects.models import ItemRevision, Job, Rater, Study
from projects.services import jobs

pytestmark = pytest.mark.django_db


def url(study):
    return f"/p/harbour/studies/{study.slug}/assignment/"


def work_off():
    for job in Job.objects.filter(state="queued"):
        assert jobs.run(job.pk).state == "done"


def save(stage, study, **values):
    return stage.client(stage.manager).post(url(study), {"each": 2, "core": 20, **values})


@pytest.fixture
def team(stage):
    return [stage.rater(f"E{n}", group="expert") for n in range(3)] + [
        stage.rater(f"S{n}", group="student") for n in range(3)
    ]


@pytest.fixture
def draft(stage, team):
    stage.items(30)
    return stage.draft(*team)


def test_what_the_preview_shows_is_what_the_study_opens_with(stage, draft) -> None:
    response = save(stage, draft, how="balanced", each=2)
    assert (response.status_code, response.url) == (302, url(draft))
    work_off()
    figures = DesignPreview.objects.get().figures
    assert [(pair["least"], pair["most"]) for pair in figures["pairs"]] == [(2, 2)] * 3
    assert (figures["judgements"], {person["units"] for person in figures["people"]}) == (60, {10})
    study = stage.open_draft(Study.objects.get(pk=draft.pk))
    counted = Counter(study.named_places.values_list("rater__code", flat=True))
    assert counted == {person["code"]: person["units"] for person in figures["people"]}
    assert study.settings["raters_per_item"] == 2


def test_the_page_shows_figures_and_says_when_they_are_out_of_date(stage, draft) -> None:
    save(stage, draft, how="core", core=10, each=2)
    work_off()
    client = stage.client(stage.manager)
    page = client.get(url(draft))
    assert (page.context["stale"], page.context["figures"]["sizes"]) == (False, [[2, 27], [6, 3]])
    assert b"What pairs of raters share" in page.content
    stage.items(1)
    draft.dataset.item_count += 1
    draft.dataset.save()
    assert client.get(url(draft)).context["stale"]


def test_settings_saved_on_their_own_page_keep_the_design(stage, draft) -> None:
    save(stage, draft, how="free", each="", group_0=1, group_1=2)
    study = Study.objects.get(pk=draft.pk)
    assert (study.settings["design"], study.settings["raters_per_item"]) == (
        {"how": "free", "quotas": {"expert": 1, "student": 2}},
        3,
    )
    from projects.services import studies

    plain = {name: value for name, value in study.settings.items() if name != "design"}
    studies.change_settings(study, settings=plain | {"prelabel": "hidden"}, actor=stage.manager)
    assert Study.objects.get(pk=draft.pk).settings["design"]["how"] == "free"


def test_lists_come_from_a_file_and_wrong_lines_are_named(stage, draft) -> None:
    wrong = SimpleUploadedFile("lists.csv", b"rater,item\nE0,item-1\nX,item-2\nE1,nothing\n")
    response = save(stage, draft, how="lists", lists=wrong)
    assert response.status_code == 422
    assert response.context["form"].errors["lists"] == [
        "Line 3: X is no rater of this study.",
        "Line 4: there is no item nothing.",
    ]
    right = SimpleUploadedFile("lists.csv", b"\xef\xbb\xbfrater,item\nE0,item-1\nE1,item-1\nE1,item-2\n")
    assert save(stage, draft, how="lists", lists=right).status_code == 302
    work_off()
    figures = DesignPreview.objects.get().figures
    assert (figures["units"], figures["dropped"], figures["judgements"]) == (2, 28, 3)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"how": "core", "core": ""}, "core"),
        ({"how": "balanced", "each": ""}, "each"),
        ({"how": "lists"}, "lists"),
        ({"how": "all", "group_0": 1}, "__all__"),
        ({"how": "nothing"}, "how"),
        ({"how": "balanced", "group_0": 1, "group_field": "for"}, "group_field"),
    ],
)
def test_what_does_not_fit_is_refused(stage, draft, values, field) -> None:
    response = save(stage, draft, **values)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])


def test_an_open_study_shows_its_design_and_takes_no_other(stage, draft) -> None:
    save(stage, draft, how="balanced")
    study = stage.open_draft(Study.objects.get(pk=draft.pk))
    client = stage.client(stage.manager)
    assert b"Frozen since the study opened" in client.get(url(study)).content
    client.post(url(study), {"how": "all"})
    assert Study.objects.get(pk=study.pk).settings["design"] == {"how": "balanced"}


def test_a_job_in_hand_is_shown_and_asked_for_again(stage, draft) -> None:
    save(stage, draft, how="all")
    client = stage.client(stage.manager)
    told = client.get(url(draft), headers={"HX-Request": "true", "HX-Target": "design-job"})
    assert b"It waits for a worker." in told.content
    work_off()
    told = client.get(url(draft), headers={"HX-Request": "true", "HX-Target": "design-job"})
    assert told.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("how", ["free", "balanced", "all"])
def test_units_go_to_the_group_that_their_own_data_name(stage, draft, how) -> None:
    first, second = ItemRevision.objects.order_by("pk")[:2]
    for revision, said in ((first, {"for whom?": " expert "}), (second, {"for whom?": 7})):
        ItemRevision.objects.filter(pk=revision.pk).update(metadata=said)
    assert save(stage, draft, how=how, group_field="for whom?").status_code == 302
    work_off()
    short = DesignPreview.objects.get().figures["short"]
    study = stage.open_draft(Study.objects.get(pk=draft.pk))
    assert dict(study.units.exclude(group="").values_list("revision", "group")) == {first.pk: "expert", second.pk: "7"}
    # Nobody is of the group 7.
    assert short == (0 if how == "free" else 1)
    for code in ("E0", "S0"):
        stage.hold(study, Rater.objects.get(code=code), count=30)
    held = study.assignments.filter(unit__revision__in=[first, second]).values_list("rater__group", flat=True)
    assert set(held) <= {"expert"}
    assert how == "balanced" or list(held) == ["expert"]
    assert b"The field for whom? names a unit" in stage.client(stage.manager).get(url(study)).content
