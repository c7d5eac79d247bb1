"""Blind A/B comparison from opening to report."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from blind_world import BlindWorld, report_of

from evaluation.models import BlindStudy, Placement, Preference, Reason, ResponseSet, StudySystem, UnitResponse
from projects import kinds, loop
from projects.models import Assignment, Rater, Study, Unit
from projects.services import studies

pytestmark = pytest.mark.django_db
CRITERIA = ["interactivity", "helpfulness", "comforting", "explainability"]


def verdicts(choice: str, **more: str) -> dict[str, str]:
    """Return a form with one verdict on everything."""
    found = {"client_key": "key-1", "based_on": "0", "active_ms": "0"}
    return found | {f"prefer-{key}": choice for key in [*CRITERIA, "overall"]} | more


def judge(world: BlindWorld, study: Study, rater: Rater, best: int | None) -> Any:
    """Let a rater prefer one system version in the next unit, wherever it stands; None is a tie."""
    held = loop.hold(world.part(study, rater))[0]
    first = world.placements(held)[0].member.system.system_version_id
    choice = "tie" if best is None else "first" if first == best else "second"
    return world.client(rater).post(f"/rate/{study.token}/{held.token}/", verdicts(choice))


def test_every_two_systems_are_paired_on_every_item_and_criteria_are_fixed() -> None:
    world = BlindWorld(systems=3, items=2)
    study = world.opened("comparison")
    assert study.unit_count == 6
    assert set(Counter(UnitResponse.objects.values_list("unit", flat=True)).values()) == {2}
    rubric = BlindStudy.objects.get(study=study).rubric
    assert rubric is not None
    assert [one["key"] for one in rubric.criteria] == CRITERIA


def test_verdicts_become_rows_and_nothing_has_a_default() -> None:
    world = BlindWorld(systems=2, items=1)
    study = world.opened("comparison", reason="required")
    held = loop.hold(world.part(study, world.raters[0]))[0]
    client, url = world.client(world.raters[0]), f"/rate/{study.token}/{held.token}/"
    page = client.get(url).content.decode()
    assert 'type="radio"' in page
    assert " checked>" not in page.split('id="reading"')[1].split('id="linked"')[0]
    empty = client.post(url, {"client_key": "k", "based_on": "0"})
    assert empty.status_code == 422
    assert "Choose A, tie or B overall." in empty.content.decode()
    assert Preference.objects.count() == 0
    data = verdicts("first") | {"prefer-comforting": "tie", "prefer-overall": "second", "reason": "It asks first."}
    assert client.post(url, data).status_code == 302
    assert dict(Preference.objects.values_list("criterion", "choice")) == {
        "interactivity": "first", "helpfulness": "first", "comforting": "tie", "explainability": "first",
        "overall": "second",
    }  # fmt: skip
    assert Reason.objects.get().text == "It asks first."


def test_a_list_makes_just_its_pairs_with_the_raters_each_needs() -> None:
    world = BlindWorld(systems=3, items=3, raters=3)
    lines = "q0, model-0, model-1, 3\nq2\tmodel-2\tmodel-1\t1\n"
    study = world.opened("comparison", pairs="list", pair_list=lines)
    rows = Unit.objects.filter(study=study).order_by("item__external_id").values_list("item__external_id", "wanted")
    assert list(rows) == [("q0", 3), ("q2", 1)]


def test_a_pair_of_the_list_that_cannot_be_made_is_named() -> None:
    world = BlindWorld(systems=2, items=1)
    study = world.draft("comparison", pairs="list", pair_list="q0, model-0, model-1, 1\nq9, model-0, model-1, 1")
    found = [str(problem.text) for problem in kinds.of(study).problems(study) if problem.blocking]
    assert found == ["These pairs cannot be made; an item, a system or a response is missing: q9 model-0 model-1 1."]


def test_two_systems_are_reported_by_criterion_with_the_exact_test() -> None:
    world = BlindWorld(systems=2, items=8, raters=1)
    study = world.opened("comparison", raters_per_item=1)
    a, b = (version.pk for version in world.systems)
    for best in [a, a, a, a, a, a, b, None]:
        assert judge(world, study, world.raters[0], best).status_code == 302
    studies.close(study, actor=world.manager)
    summary = report_of(study)
    assert "Model" not in str(summary.to_json())
    codes = dict(StudySystem.objects.values_list("system_version", "code"))
    verdict = next(section for section in summary.sections if section.key == "verdicts")
    units = next(block for block in verdict.blocks if block.key == "units")
    overall = units.rows[-1]  # type: ignore[union-attr]
    shown_first = min(codes.values(), key=lambda code: (len(code), code))
    expected = [6, 1, 1] if codes[a] == shown_first else [1, 1, 6]
    assert list(overall[1:4]) == expected
    # Six of seven decided: 2 * (7 + 1) / 2^7.
    assert overall[5] == pytest.approx(0.125)
    # The same on five criteria: Holm multiplies the smallest by five.
    assert overall[6] == pytest.approx(0.625)
    assert "of its overall verdicts" in str(summary.headline)


def test_three_systems_have_win_rates_and_strengths_that_equal_the_votes() -> None:
    world = BlindWorld(systems=3, items=4, raters=2)
    study = world.opened("comparison")
    strong, middle, weak = (version.pk for version in world.systems)
    better = {(strong, middle): strong, (strong, weak): strong, (middle, weak): middle}
    for rater in world.raters:
        for n in range(12):
            held = loop.hold(world.part(study, rater))[0]
            pair = tuple(sorted(row.member.system.system_version_id or 0 for row in world.placements(held)))
            upset = n == 11 and rater == world.raters[1]
            best = next(one for one in pair if one != better[pair]) if upset else better[pair]  # type: ignore[index]
            assert judge(world, study, rater, best).status_code == 302
    studies.close(study, actor=world.manager)
    summary = report_of(study)
    verdict = next(section for section in summary.sections if section.key == "verdicts")
    table = next(block for block in verdict.blocks if block.key == "rates-table")
    rows = table.rows  # type: ignore[union-attr]
    assert sum(row[1] for row in rows) == 24
    assert sum(row[1] + row[2] + row[3] for row in rows) == 48
    numbers = summary.numbers()
    assert numbers["agreement/percent-agreement"] == pytest.approx(11 / 12)
    agreement = next(section for section in summary.sections if section.key == "agreement")
    others = next(block for block in agreement.blocks if block.key == "other-raters")
    assert "that takes three" in str(others.to_json())


def test_results_hold_back_everything_about_systems_until_closing() -> None:
    world = BlindWorld(systems=2, items=2)
    study = world.opened("comparison")
    judge(world, study, world.raters[0], world.systems[0].pk)
    assert [section.key for section in report_of(study).sections] == ["progress", "flow"]


def test_sides_are_balanced_within_a_rater() -> None:
    world = BlindWorld(systems=2, items=10, raters=1)
    study = world.opened("comparison", raters_per_item=1)
    for _n in range(10):
        judge(world, study, world.raters[0], None)
    seen = Counter(Placement.objects.filter(slot=1).values_list("member__system__code", flat=True))
    assert sorted(seen.values()) == [5, 5]


def test_own_answers_and_sets_are_kept() -> None:
    world = BlindWorld(systems=2, items=1, raters=1)
    study = world.opened("comparison", raters_per_item=1)
    judge(world, study, world.raters[0], None)
    rows = list(Assignment.objects.filter(study=study))
    assert kinds.of(study).own_answers(rows) == {rows[0].pk: "tie"}
    assert ResponseSet.objects.filter(unit__study=study).count() == 1
