"""A project of seven systems with planted effects: the report finds them, twice alike, from files as from memory."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from paper_world import CRITERIA, Project

from stats.judge import human_judge
from stats.judge_groups import group_gaps
from stats.paper.compute import SECTIONS, figures
from stats.paper.material import Criterion, Material
from stats.paper.ratings import on_scale
from stats.result import Figure, Interval


@cache
def material() -> Material:
    """The small project."""
    return Project(questions=16, rounds=2).material()


@cache
def computed() -> dict[str, Any]:
    """Its figures, as they come out of a file."""
    return dict(json.loads(json.dumps(figures(material(), seed=5, bootstrap=100))))


def section(key: str) -> Any:
    """One section."""
    return computed()["sections"][key]


def test_every_section_has_something_to_say_of_a_whole_project_and_a_reason_without_rows() -> None:
    assert list(computed()["sections"]) == list(SECTIONS)
    assert [key for key, one in computed()["sections"].items() if "reason" in one] == []
    empty = figures(Material(), bootstrap=10)["sections"]
    assert {key for key, one in empty.items() if one == {"reason": "no_rows"}} == set(SECTIONS) - {"limits"}


def test_figures_from_the_files_are_those_from_memory_to_the_last_digit() -> None:
    again = figures(Material.from_files(material().to_files()), seed=5, bootstrap=100)
    assert json.loads(json.dumps(again)) == computed()


@pytest.mark.parametrize("judge", ["J1", "J2"])
def test_a_planted_gain_a_planted_loss_and_a_planted_nothing_are_told_apart(judge: str) -> None:
    tests = section("systems")["tables"][0]["tests"][judge]
    found = {(one["system"], one["criterion"]): one for one in tests["comparisons"]}
    for key in CRITERIA:
        assert found["S2", key]["bullet"] == {"two_sample": True, "paired": True, "paired_holm": True}
        assert found["S2", key]["two_sample"]["direction"] == "better"
        assert found["S3", key]["two_sample"]["direction"] == "worse"
        assert not found["S4", key]["bullet"]["two_sample"]
    assert tests["counts"] == {
        "S2": {"better": 3, "worse": 0, "neither": 0},
        "S3": {"better": 0, "worse": 3, "neither": 0},
        "S4": {"better": 0, "worse": 0, "neither": 3},
    }


@pytest.mark.parametrize(
    ("value", "ends", "wanted"),
    [
        (4.87, (4.70, 5.03), (4.70, 5.0)),
        (1.1, (0.8, 1.4), (1.0, 1.4)),
        (3.0, (2.5, 3.5), (2.5, 3.5)),
        (5.1, (4.9, 5.3), (4.9, 5.1)),
    ],
)
def test_interval_of_a_mean_ends_where_the_scale_ends(
    value: float, ends: tuple[float, float], wanted: tuple[float, float]
) -> None:
    found = on_scale(Figure(value, ci=Interval(*ends, 0.95, "t")), Criterion("r", "c", low=1, high=5)).ci
    assert found is not None
    assert (found.low, found.high) == wanted
    open_ended = on_scale(Figure(value, ci=Interval(*ends, 0.95, "t")), Criterion("r", "c")).ci
    assert open_ended is not None
    assert (open_ended.low, open_ended.high) == ends


def test_people_and_judges_put_the_best_system_first() -> None:
    ranks = section("ranks")
    assert ranks["people"][0]["best"] == ["S2"]
    assert ranks["judges"][0]["best"] == ["S2"]
    assert ranks["people"][0]["friedman"]["p"] < 0.001
    means = {code: one["pooled"]["value"] for code, one in section("systems")["mean_rank"].items()}
    assert sum(means.values()) == pytest.approx(28)
    assert max(means, key=lambda code: means[code]) == "S3"


def test_judges_go_with_people_and_ranks_have_no_difference_in_points() -> None:
    pairs = {(one["study"], one["judge"]): one for one in section("human_judge")["pairs"]}
    ranked = pairs["ranking-1", "J1"]["criteria"]["all"]["figures"]
    assert ranked["pearson"]["value"] > 0.5
    assert ranked["mae"]["reason"] == "different_scales"
    assert ranked["pearson_system"]["n_items"] == 7
    rated = pairs["rating-1", "J2"]["criteria"]["empathy"]["figures"]
    assert rated["mean_difference"]["value"] == pytest.approx(0.55, abs=0.3)
    assert set(pairs["rating-1", "J1"]["one_more"]["empathy"]) == {
        "without", "with", "difference", "people", "judge_with_people", "gap"
    }  # fmt: skip


def test_a_judge_stands_beside_each_group_of_people_and_their_difference_is_resampled_at_once() -> None:
    """The overall figures by group equal those of the means worked out here, response by response."""
    rows = [row for row in material().judgements if row.study == "rating-1" and row.counts]
    verdicts = [row for row in material().verdicts if row.judge == "J2" and row.value is not None]

    def overall(values: dict[tuple[str, str], list[float]]) -> dict[str, float]:
        handles = {handle for handle, _criterion in values}
        whole = [one for one in handles if all((one, key) in values for key in CRITERIA)]
        return {one: float(np.mean([np.mean(values[one, key]) for key in CRITERIA])) for one in whole}

    sides: dict[str, dict[tuple[str, str], list[float]]] = {"expert": {}, "student": {}, "judge": {}}
    for row in rows:
        sides[row.group].setdefault((row.response, row.criterion), []).append(row.value or 0.0)
    for verdict in verdicts:
        sides["judge"].setdefault((verdict.response, verdict.criterion), []).append(verdict.value or 0.0)
    expert, student, judge = (overall(sides[name]) for name in ("expert", "student", "judge"))
    item_of = {row.handle: row.item for row in material().responses}

    [found] = [one for one in section("human_judge")["pairs"] if (one["study"], one["judge"]) == ("rating-1", "J2")]
    found = found["by_group"]
    assert (found["criterion"], list(found["groups"])) == ("all", ["expert", "student"])
    for name, own in (("expert", expert), ("student", student)):
        shared = [one for one in item_of if one in own and one in judge]
        alone = human_judge([own[h] for h in shared], [judge[h] for h in shared], items=[item_of[h] for h in shared],
                            bootstrap=100, seed=5)  # fmt: skip
        told = found["groups"][name]
        assert (told["raters"], told["n"]) == (len({row.rater for row in rows if row.group == name}), len(shared))
        for key, figure in told["figures"].items():
            assert figure["value"] == pytest.approx(alone[key].value)
    shared = [one for one in item_of if one in expert and one in student and one in judge]
    gaps = group_gaps([expert[h] for h in shared], [student[h] for h in shared], [judge[h] for h in shared],
                      items=[item_of[h] for h in shared], bootstrap=0)  # fmt: skip
    [told] = found["differences"]
    assert (told["groups"], told["n"], told["questions"]) == (["expert", "student"], len(shared), 12)
    for key, figure in told["figures"].items():
        assert figure["value"] == pytest.approx(gaps[key].value)
        assert figure["ci"]["low"] <= figure["value"] <= figure["ci"]["high"]
        assert "whole items resampled for both at once" in figure["method"]


def test_people_of_one_group_or_none_are_not_told_apart() -> None:
    pairs = section("human_judge")["pairs"]
    assert {one["study"] for one in pairs if "by_group" in one} == {"rating-1"}
    assert {one["study"] for one in pairs} == {"rating-1", "ranking-1"}
