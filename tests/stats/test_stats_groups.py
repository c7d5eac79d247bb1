"""Figures within groups of raters, and their differences on jointly drawn units."""

from __future__ import annotations

import numpy as np
import pytest

from stats.agreement import krippendorff_alpha
from stats.groups import group_alphas, group_names, group_ratios
from stats.table import Table


def table(seed: int = 3, units: int = 60, raters: int = 4) -> Table:
    """Answers of which the first two raters agree more than the others."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, size=units)
    noise = rng.random((units, raters)) < np.asarray([0.1, 0.1, 0.6, 0.6])[:raters]
    return Table.from_codes(np.where(noise, rng.integers(0, 3, size=(units, raters)), truth[:, None]), ("a", "b", "c"))


def test_a_groups_alpha_is_alpha_of_its_raters_alone() -> None:
    found, gaps = group_alphas(table(), ["e", "e", "s", "s"], bootstrap=200, seed=1)
    for name, keep in (("e", [0, 1]), ("s", [2, 3])):
        assert found[name].value == pytest.approx(krippendorff_alpha(table().keep_raters(keep)).value, abs=1e-12)
    gap = gaps["e", "s"]
    assert gap.value == pytest.approx((found["e"].value or 0) - (found["s"].value or 0), abs=1e-12)
    assert gap.ci is not None
    assert gap.ci.low > 0


def test_raters_without_a_group_take_no_part_and_a_lone_rater_has_no_alpha() -> None:
    found, gaps = group_alphas(table(), ["e", "e", "", "s"], bootstrap=100)
    assert group_names(["e", "", "s", "e"]) == ["e", "s"]
    assert (list(found), found["s"].value, found["s"].reason, gaps) == (["e", "s"], None, "too_few_raters", {})


def test_whole_clusters_are_drawn() -> None:
    same = group_alphas(table(), ["e", "e", "s", "s"], clusters=[0] * 60, bootstrap=100)[0]["e"]
    assert (same.ci, same.extra["ci_reason"]) == (None, "no_variation")


def test_ratios_are_means_over_units_and_differences_share_the_draw() -> None:
    rng = np.random.default_rng(5)
    base = rng.random((40, 2))
    ones = np.ones_like(base)
    for found, gaps in group_ratios({"a": (base + 0.25, ones), "b": (base, ones)}, method="m", bootstrap=300, seed=2):
        gap = gaps["a", "b"]
        assert gap.value == pytest.approx(0.25, abs=1e-12)
        # What both groups have in common is gone from the difference, which then does not vary at all.
        assert (gap.ci, gap.extra["ci_reason"]) == (None, "no_variation")
        assert found["a"].ci is not None
        assert found["a"].n_items == 40


def test_gaps_are_left_out_and_a_group_with_nothing_has_a_reason() -> None:
    top, bottom = np.asarray([[1.0], [0.0], [3.0]]), np.asarray([[1.0], [0.0], [1.0]])
    nothing = np.zeros((3, 1))
    ((found, gaps),) = group_ratios({"a": (top, bottom), "b": (nothing, nothing)}, method="m", bootstrap=50)
    assert (found["a"].value, found["a"].n_items) == (2.0, 2)
    assert (found["b"].value, found["b"].reason, gaps) == (None, "too_few_items", {})
