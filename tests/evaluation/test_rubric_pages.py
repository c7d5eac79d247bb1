"""Criteria that a project writes itself: their pages, their versions, and a study that holds to one."""

from __future__ import annotations

from typing import Any

import pytest
from blind_world import BlindWorld

from evaluation.forms.rubrics import initial_of
from evaluation.models import BlindStudy, Rubric, RubricVersion, Score
from evaluation.services import rubrics
from projects import loop
from projects.models import AuditEntry

pytestmark = pytest.mark.django_db
URL = "/p/harbour/criteria/"


def written(rows: list[dict[str, Any]], name: str = "Warmth", *, spare: int = 2, before: int = 0) -> dict[str, str]:
    """Return what a browser sends: the filled-in forms, then empty ones with the first choice of their lists."""
    data = {"name": name, "criteria-TOTAL_FORMS": str(len(rows) + spare), "criteria-INITIAL_FORMS": str(before)}
    empty = {"key": "", "name": "", "text": "", "eyes": "client", "low_example": "", "high_example": "", "scale": ""}
    for n, row in enumerate([*rows, *({} for _n in range(spare))]):
        data |= {f"criteria-{n}-{key}": value for key, value in (empty | {"anchors": ""} | row).items()}
    return data


def criterion(name: str, scale: str = "1-7", points: int = 7, **more: str) -> dict[str, str]:
    """Return one filled-in criterion."""
    anchors = "\r\n".join(f"{name} {n}" for n in range(1, points + 1))
    found = {"name": name, "text": f"How {name}?", "eyes": "counsellor", "low_example": "Go.", "high_example": "Stay."}
    return found | {"scale": scale, "anchors": anchors} | more


def test_a_set_of_ones_own_is_written_and_judged_by() -> None:
    world = BlindWorld(systems=1, items=1, raters=1)
    client = world.client(world.manager)
    assert "No criteria of your own yet" in client.get(URL).content.decode()
    own = [criterion("Warmth"), criterion("Fit", "own", 3, eyes="client")]
    assert client.post(f"{URL}new/", written(own)).status_code == 302
    version = Rubric.objects.get().version
    assert version is not None
    assert [(one["key"], one["eyes"], [p["value"] for p in one["points"]]) for one in version.criteria] == [
        ("warmth", "counsellor", [1, 2, 3, 4, 5, 6, 7]), ("fit", "client", [1, 2, 3]),
    ]  # fmt: skip
    assert AuditEntry.objects.filter(verb="rubric.kept").count() == 1
    study = world.opened("rating", rubric=f"rubric:{version.pk}", raters_per_item=1)
    held = loop.hold(world.part(study, world.raters[0]))[0]
    rater, url = world.client(world.raters[0]), f"/rate/{study.token}/{held.token}/"
    page = rater.get(url).content.decode()
    for words in (
        "Warmth 7",
        "Fit 3",
        "Through the counsellor&#x27;s eyes",
        "Through the client&#x27;s eyes",
        "Go.",
        "Stay.",
    ):
        assert words in page.replace("'", "&#x27;")
    token = world.placements(held)[0].token
    sent = {"client_key": "k", "based_on": "0", f"score-{token}--warmth": "7", f"score-{token}--fit": "3"}
    assert rater.post(url, sent).status_code == 302
    assert dict(Score.objects.values_list("criterion", "value")) == {"warmth": 7, "fit": 3}


def test_a_change_is_a_new_version_and_the_study_keeps_its_own() -> None:
    world = BlindWorld(systems=1, items=1)
    client = world.client(world.manager)
    client.post(f"{URL}new/", written([criterion("Warmth"), criterion("Fit")]))
    row = Rubric.objects.get()
    study = world.opened("rating", rubric=f"rubric:{row.version_id}")
    first = RubricVersion.objects.get()
    rows = initial_of(first.criteria)
    rows[0]["name"] = "Kindness"
    rows[1]["DELETE"] = "on"
    changed = written([*rows, criterion("Depth", "0-4", 5)], before=2, name="Kindness and depth")
    assert client.post(f"{URL}{row.slug}/", changed).status_code == 302
    row.refresh_from_db()
    assert row.version is not None
    # The key stays with the criterion whatever it is called, so that figures can be followed.
    assert (row.name, row.version.number, [one["key"] for one in row.version.criteria]) == (
        "Kindness and depth", 2, ["warmth", "depth"],
    )  # fmt: skip
    about = BlindStudy.objects.select_related("rubric").get(study=study)
    assert about.rubric == first
    # Saved as it is, it is no third version.
    same = written(initial_of(row.version.criteria), before=2, name=row.name)
    assert client.post(f"{URL}{row.slug}/", same).status_code == 302
    assert RubricVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "Write at least one criterion."),
        ([criterion("Warmth"), criterion("warmth")], "Two criteria have the same name."),
        ([criterion("Warmth", "1-7", 6)], "This scale has 7 points; write one line for each."),
        ([criterion("Warmth", "own", 1)], "Write between 2 and 11 points."),
        ([criterion("Warmth", "", 3)], "Choose a scale for these points, or leave the points empty."),
        ([criterion("Warmth", low_example="")], "This field is required."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_kept(rows: list[dict[str, str]], words: str) -> None:
    world = BlindWorld(systems=1, items=1)
    sent = world.client(world.manager).post(f"{URL}new/", written(rows))
    assert sent.status_code == 422
    assert words in sent.content.decode()
    assert not Rubric.objects.exists()


@pytest.mark.parametrize("key", [key for key, _row in rubrics.offered()])
def test_every_ready_made_set_goes_through_the_form_unchanged(key: str) -> None:
    world = BlindWorld(systems=1, items=1)
    client = world.client(world.manager)
    page = client.get(f"{URL}new/?preset={key}")
    assert page.status_code == 200
    name, _colon, language = key.partition(":")
    preset = rubrics.presets(language)[name]
    sent = written(initial_of(preset["criteria"]), before=len(preset["criteria"]), name=preset["name"])
    assert client.post(f"{URL}new/?preset={key}", sent).status_code == 302
    version = Rubric.objects.get().version
    assert version is not None
    assert version.criteria == preset["criteria"]


def test_names_in_any_script_have_keys_that_fields_can_carry() -> None:
    world = BlindWorld(systems=1, items=1)
    rows = [criterion("温暖"), criterion("共情"), criterion("Overall"), criterion("7 days")]
    assert world.client(world.manager).post(f"{URL}new/", written(rows)).status_code == 302
    version = Rubric.objects.get().version
    assert version is not None
    assert [one["key"] for one in version.criteria] == ["criterion", "criterion_2", "overall_2", "criterion_3"]
