"""Results apart: by group of raters, by block with shared systems pooled, and with what a person left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import krippendorff
import pytest
from blind_world import BlindWorld, report_of
from test_comparison import judge
from test_rating import rate

from evaluation.models import Rank, StudySystem, System, UnitResponse
from evaluation.results import judged
from projects.models import Assignment, Rater, Study, Submission
from projects.services import exclusions, studies
from reports.summary import Summary

pytestmark = pytest.mark.django_db


def grouped(world: BlindWorld) -> None:
    """Make the first half of the raters experts and the others students."""
    for n, rater in enumerate(world.raters):
        rater.group = "expert" if n < len(world.raters) / 2 else "student"
        rater.save()


def ranked(study: Study, unit: Any, rater: Rater, ranks: dict[int, int]) -> None:
    """Store one ranking, a rank for each system version."""
    row = Assignment.objects.create(
        study=study, unit=unit, rater=rater, state="submitted", submitted_at="2026-03-02T08:00Z"
    )
    given = Submission.objects.create(assignment=row, version=study.version, client_key=f"k{row.pk}")
    members = UnitResponse.objects.filter(unit=unit).values_list("pk", "system__system_version")
    Rank.objects.bulk_create(Rank(submission=given, member_id=pk, rank=ranks[version]) for pk, version in members)


def closed(study: Study) -> Summary:
    """Close the study and return its report."""
    Study.objects.filter(pk=study.pk).update(state="closed")
    return report_of(study)


def rows(summary: Summary, name: str) -> dict[str, list[Any]]:
    """Return a table "section/key" by first cell, estimates as their values."""
    section, _slash, key = name.partition("/")
    block: Any = next(
        block for one in summary.sections if one.key == section for block in one.blocks if block.key == key
    )
    return {
        str(getattr(row[0], "value", row[0])): [getattr(cell, "value", cell) for cell in row[1:]] for row in block.rows
    }


def code(study: Study, version: int) -> str:
    """Return a system's code."""
    return StudySystem.objects.get(study=study, system_version=version).code


def test_mean_ranks_and_alpha_stand_by_group_with_the_difference() -> None:
    world = BlindWorld(systems=3, items=3, raters=4)
    grouped(world)
    study = world.opened(raters_per_item=4)
    a, b, c = (version.pk for version in world.systems)
    for unit in study.units.all():
        for n, rater in enumerate(world.raters):
            ranked(study, unit, rater, {a: 1, b: 2, c: 3} if n < 2 else {a: 2, b: 1, c: 3})
    summary = closed(study)
    found = rows(summary, "by-group/table-all")
    assert [found[code(study, version)][:3] for version in (a, b, c)] == [[1, 2, -1], [2, 1, 1], [3, 3, 0]]
    assert rows(summary, "by-group/people") == {"expert": [2, 6], "student": [2, 6]}
    assert next(iter(rows(summary, "by-group/agreement").values()))[:2] == [1.0, 1.0]


def test_win_rates_and_scores_stand_by_group() -> None:
    world = BlindWorld(systems=2, items=2, raters=2)
    grouped(world)
    pairs = world.opened("comparison", raters_per_item=2)
    for _n in range(2):
        judge(world, pairs, world.raters[0], world.systems[0].pk)
        judge(world, pairs, world.raters[1], None)
    found = rows(closed(pairs), "by-group/table")
    assert found["Overall"] == [1.0, 0.5, 0.5]
    scored = world.opened("rating", raters_per_item=2, together="on", name="Scores")
    one, two = (version.pk for version in world.systems)
    for _n in range(2):
        rate(world, scored, world.raters[0], {one: 5, two: 3})
        rate(world, scored, world.raters[1], {one: 4, two: 3})
    table = rows(closed(scored), "by-group/table")
    assert table[f"Interactivity: {code(scored, one)}"] == [5.0, 4.0, 1.0]


def test_there_is_no_such_chapter_without_two_groups() -> None:
    world = BlindWorld(systems=2, items=1, raters=2)
    study = world.opened(raters_per_item=2)
    for rater in world.raters:
        ranked(study, study.units.get(), rater, {version.pk: n for n, version in enumerate(world.systems, start=1)})
    assert "by-group" not in [section.key for section in closed(study).sections]


def blocked() -> tuple[BlindWorld, Study]:
    """A ranking in two blocks that share a baseline."""
    world = BlindWorld(systems=1, items=2, raters=1)
    System.objects.update(role="baseline")
    for group in ("one", "two"):
        version = world.system(f"{group} tuned", group=group)
        world.systems.append(version)
        for item in world.items:
            world.respond(version, item, "Take a walk first.")
    return world, world.opened(by_group="on", raters_per_item=1)


def test_shared_systems_are_pooled_over_blocks_and_all_stand_on_one_scale() -> None:
    world, study = blocked()
    base, first, second = (version.pk for version in world.systems)
    # Before "one tuned" twice, behind "two tuned" on one item of two.
    wanted: dict[str, Sequence[int]] = {"one": (1, 1), "two": (2, 1)}
    for unit in study.units.select_related("response_set", "item"):
        block = unit.response_set.block
        own = wanted[block][int(unit.item.external_id[1:])]
        ranked(study, unit, world.raters[0], {base: own, first: 3 - own, second: 3 - own})
    summary = closed(study)
    assert rows(summary, "pooled/shared") == {code(study, base): [1.0, 1.5, 1.25]}
    strengths = rows(summary, "pooled/strengths")
    assert len(strengths) == 3
    # Nobody ever put "one tuned" before the baseline, so no finite strength exists, and the report says so.
    assert set(map(str, (row[0] for row in strengths.values()))) == {"None"}


def test_what_was_left_out_is_listed_and_the_result_given_with_it() -> None:
    world = BlindWorld(systems=2, items=2, raters=2)
    study = world.opened(raters_per_item=2)
    a, b = (version.pk for version in world.systems)
    for unit in study.units.all():
        ranked(study, unit, world.raters[0], {a: 1, b: 2})
        ranked(study, unit, world.raters[1], {a: 2, b: 1})
    whole = exclusions.leave_out(study, world.raters[1], reason="Not awake.", actor=world.manager)
    summary = closed(study)
    assert [row[:2] for row in rows(summary, "left-out/list").values()] == [["R2", "Not awake."]]
    assert rows(summary, "sensitivity/sensitivity")[code(study, a)] == [1.0, 1.5]
    exclusions.lift(whole, actor=world.manager)
    first, second = Submission.objects.filter(assignment__rater=world.raters[1]).order_by("pk")
    Submission.objects.filter(pk=first.pk).update(created_at=second.created_at - timedelta(hours=1))
    ends = {"since": second.created_at}
    exclusions.leave_out(study, world.raters[1], reason="Not awake.", actor=world.manager, **ends)
    data = judged.load(study)
    assert {case.submission for case in data.first.values() if case.excluded} == {second.pk}
    listed = [row[:2] for row in rows(report_of(study), "left-out/list").values()]
    assert listed == [[f"R2: {second.created_at:%Y-%m-%d %H:%M} UTC /", "Not awake."]]


def judge_anew(study: Study, rater: Rater, ranks: dict[int, int]) -> None:
    """Let a rater rank the study's one unit once more, under the guideline in force now."""
    row = Assignment.objects.get(study=study, rater=rater)
    row.submissions.update(current=False, independent=False)
    given = Submission.objects.create(
        assignment=row, number=2, version=study.version, guideline=study.guideline, client_key=f"again{row.pk}"
    )
    members = UnitResponse.objects.filter(unit=row.unit).values_list("pk", "system__system_version")
    Rank.objects.bulk_create(Rank(submission=given, member_id=pk, rank=ranks[version]) for pk, version in members)


def test_agreement_on_ranks_stands_by_version_of_the_guideline() -> None:
    world = BlindWorld(systems=3, items=1, raters=2)
    study = world.opened(raters_per_item=2)
    a, b, c = (version.pk for version in world.systems)
    for rater, ranks in zip(world.raters, ({a: 1, b: 2, c: 3}, {a: 3, b: 2, c: 1}), strict=True):
        ranked(study, study.units.get(), rater, ranks)
    Submission.objects.update(guideline=study.guideline)
    assert "by-guideline" not in [section.key for section in report_of(study).sections]
    studies.change_guideline(study, text="Rank what helps first.", actor=world.manager)
    study.refresh_from_db()
    for rater in world.raters:
        judge_anew(study, rater, {a: 1, b: 2, c: 3})
    table = versions(closed(study))
    # Opposite orders have the alpha that the library gives; equal ones have 1.
    opposite = krippendorff.alpha([[1, 2, 3], [3, 2, 1]], level_of_measurement="ordinal")
    assert table == {"v1": [pytest.approx(opposite), 3, 2, 2], "v2": [1.0, 3, 2, 2]}


def versions(summary: Summary) -> dict[str, list[Any]]:
    """Return the table by guideline of a report about one thing: version -> figures."""
    section = next(one for one in summary.sections if one.key == "by-guideline")
    block: Any = next(one for one in section.blocks if one.key == "table")
    return {str(row[1]): [getattr(cell, "value", cell) for cell in row[2:]] for row in block.rows}


def test_a_version_under_which_nobody_met_is_undefined_and_says_why() -> None:
    world = BlindWorld(systems=2, items=2, raters=2)
    study = world.opened("comparison", raters_per_item=2)
    judge(world, study, world.raters[0], world.systems[0].pk)
    studies.change_guideline(study, text="Choose what helps.", actor=world.manager)
    for rater, often in zip(world.raters, (1, 2), strict=True):
        for _n in range(often):
            judge(world, study, rater, world.systems[0].pk)
    section = next(one for one in closed(study).sections if one.key == "by-guideline")
    block: Any = section.blocks[1]
    assert [(row[1], row[2].value, row[2].reason) for row in block.rows][:2] == [
        ("v1", None, "too_few_raters"), ("v2", None, "no_variation"),
    ]  # fmt: skip
    assert list(block.rows[0][3:]) == [0, 1, 1]


def test_scores_agree_by_version_as_stats_has_it() -> None:
    world = BlindWorld(systems=2, items=2, raters=2)
    study = world.opened("rating", raters_per_item=2, together="on")
    one, two = (version.pk for version in world.systems)
    given = {"v1": [{one: 5, two: 2}, {one: 4, two: 2}], "v2": [{one: 1, two: 5}, {one: 1, two: 5}]}
    for version in given:
        if version == "v2":
            studies.change_guideline(study, text="Look at kindness.", actor=world.manager)
        for rater, scores in zip(world.raters, given[version], strict=True):
            rate(world, study, rater, scores)
    section = next(one for one in closed(study).sections if one.key == "by-guideline")
    block: Any = section.blocks[1]
    found = {row[1]: row[2].value for row in block.rows if str(row[0]) == "Interactivity"}
    expected = {
        version: krippendorff.alpha([[one[key] for key in one] for one in rows], level_of_measurement="ordinal",
                                    value_domain=[1, 2, 3, 4, 5])
        for version, rows in given.items()
    }  # fmt: skip
    assert found == {version: pytest.approx(value) for version, value in expected.items()}
