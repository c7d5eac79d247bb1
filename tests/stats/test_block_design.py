"""Incomplete block designs: even pairs, pools kept to, the same seed the same design."""

from __future__ import annotations

import numpy as np
import pytest

from stats.block_design import Demand, balanced, evenness, shared


@pytest.mark.parametrize(
    ("units", "raters", "each"), [(40, 6, 3), (200, 10, 3), (400, 20, 3), (300, 10, 2), (300, 8, 4), (12, 4, 2)]
)
def test_pairs_share_the_same_number_of_units_give_or_take_one(units: int, raters: int, each: int) -> None:
    chosen = balanced([(Demand(tuple(range(raters)), each),)] * units, raters, seed=1)
    assert {len(set(row)) for row in chosen} == {each}
    [found] = evenness(shared(chosen, raters), [0] * raters)
    assert found.most - found.least <= 1
    load = np.bincount(np.concatenate(chosen), minlength=raters)
    assert load.max() - load.min() <= 2


def test_groups_are_kept_to_and_even_within_and_between() -> None:
    experts, students = tuple(range(4)), tuple(range(4, 12))
    chosen = balanced([(Demand(experts, 2), Demand(students, 3))] * 120, 12, seed=1)
    assert {(sum(one < 4 for one in row), len(row)) for row in chosen} == {(2, 5)}
    found = evenness(shared(chosen, 12), [0] * 4 + [1] * 8)
    assert [one.most - one.least <= 1 for one in found] == [True] * 3


def test_the_same_seed_gives_the_same_design_and_another_another() -> None:
    units = [(Demand(tuple(range(8)), 3),)] * 30
    assert balanced(units, 8, seed=1) == balanced(units, 8, seed=1) != balanced(units, 8, seed=2)


def test_a_pool_that_is_too_small_gives_whom_it_has() -> None:
    assert [sorted(row) for row in balanced([(Demand((0, 1), 3), Demand((2,), 1))], 3, seed=1)] == [[0, 1, 2]]


def test_distance_from_the_mean_is_a_share_of_it() -> None:
    [found] = evenness(np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]]), [0, 0, 0])
    assert (found.least, found.mean, found.most, found.pairs, found.off) == (1, 2.0, 3, 3, 0.5)
