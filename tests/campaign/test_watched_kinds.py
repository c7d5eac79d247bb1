"""What each blind kind lets be compared: responses and places, never systems."""

from __future__ import annotations

from typing import Any

import pytest
from blind_world import BlindWorld
from django.http import QueryDict

from evaluation.models import Placement
from projects import kinds, loop
from projects.kinds import WatchedAnswer
from projects.models import Assignment, Rater, Study, StudyRole


@pytest.fixture
def world(db: None) -> BlindWorld:
    return BlindWorld(systems=2, items=2, raters=2)


def give(world: BlindWorld, study: Study, rater: Rater, fields: Any) -> Assignment:
    """Let a rater answer their next unit; `fields` makes the form's values of the placements in order."""
    part: StudyRole = world.part(study, rater)
    row = loop.hold(part)[0]
    placed = list(Placement.objects.filter(assignment=row).order_by("slot"))
    data = QueryDict(mutable=True)
    data.update({"client_key": f"k{row.pk}", "based_on": "0", "active_ms": "5000"} | fields(placed))
    form = kinds.of(study).form(row, data)
    assert form.is_valid(), form.errors
    loop.take(part, row, form)
    return row


def watched(study: Study) -> list[WatchedAnswer]:
    """What the quality page is made of, in the order in which it was given."""
    return sorted(kinds.of(study).watched(study), key=lambda one: one.submission)


def test_ranking_is_compared_by_response_and_remembers_the_places(world):
    study = world.opened("ranking")
    for rater in world.raters:
        give(world, study, rater, lambda placed: {f"rank-{row.token}": str(row.slot) for row in placed})
    one, other = watched(study)
    assert one.pattern == other.pattern == "1 2"
    assert (one.first, one.places) == (True, 2)
    assert {key[0] for key in one.values} == {"order"}
    told = " ".join(map(str, [*one.values, *one.values.values(), one.pattern]))
    assert "Model" not in told


def test_comparison_is_compared_by_response_and_remembers_the_side(world):
    study = world.opened("comparison")
    for rater in world.raters:
        give(world, study, rater, lambda placed: choices(study, "second"))
    one, _other = watched(study)
    assert (one.first, one.places) == (False, 2)
    assert "overall=second" in one.pattern
    assert all(value.isdecimal() for value in one.values.values())


def choices(study: Study, choice: str) -> dict[str, str]:
    """The same choice on every criterion, and over all."""
    keys = [one["key"] for one in study.blind.rubric.criteria] if study.blind.rubric else []
    return {f"prefer-{key}": choice for key in [*keys, "overall"]}


def test_rating_without_variation_is_told(world):
    study = world.opened("rating", rubric="preset:four_criteria:en")
    keys = [one["key"] for one in study.blind.rubric.criteria]

    def scores(value: str) -> Any:
        return lambda placed: {f"score-{row.token}--{key}": value for row in placed for key in keys}

    give(world, study, world.raters[0], scores("4"))
    assert [one.level for one in watched(study)] == [True]
    assert all(value == 4 for one in watched(study) for value in one.values.values())


def test_length_to_read_counts_the_responses(world):
    study = world.opened("ranking")
    lengths = kinds.of(study).reading_lengths(study)
    unit = study.units.order_by("pk")[0]
    assert lengths[unit.pk] > len(unit.revision.text) + 2 * len("Response of kind ")
