"""Figures about one rater among others, against values worked out by hand."""

from __future__ import annotations

from itertools import product

import pytest
from sklearn.metrics import cohen_kappa_score

from stats import watching


def judged(*rows: dict[str, str | int], criterion: str = "label") -> dict[int, dict]:
    """One unit a row: what each rater said."""
    return {n: {(criterion, ""): row} for n, row in enumerate(rows)}


def test_two_raters_get_cohen_s_kappa():
    pairs = [("p", "p")] * 6 + [("n", "n")] * 3 + [("p", "n")] * 2 + [("n", "p")]
    found = watching.with_others(judged(*({"a": a, "b": b} for a, b in pairs)), "a", bootstrap=50)
    assert found.percent.value == 9 / 12
    assert found.beyond.value == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))
    assert found.percent.n_items == 12
    assert found.percent.ci.low < 0.75 < found.percent.ci.high


def test_others_count_together_as_one():
    found = watching.with_others(judged({"a": "p", "b": "p", "c": "n"}, {"a": "p", "b": "p"}), "a")
    assert found.percent.value == 0.75
    assert found.by_unit == {0: 0.5, 1: 1.0}
    # Too few units to resample.
    assert (found.percent.ci, found.percent.extra["ci_reason"]) == (None, "too_few_items")


def test_numbers_are_alike_by_their_distance():
    found = watching.with_others(judged({"a": 1, "b": 2}, {"a": 5, "b": 5}, {"a": 1, "b": 5}), "a")
    assert found.percent.value == pytest.approx((0.75 + 1 + 0) / 3)


def test_undefined_says_why():
    alone = watching.with_others(judged({"a": "p"}, {"b": "p"}), "a")
    assert (alone.percent.value, alone.percent.reason) == (None, "no_overlap")
    same = watching.with_others(judged({"a": "p", "b": "p"}, {"a": "p", "b": "p"}), "a")
    assert (same.percent.value, same.beyond.value, same.beyond.reason) == (1.0, None, "no_variation")


def test_same_seed_gives_the_same_interval():
    rows = judged(*({"a": "pn"[n % 3 == 0], "b": "pn"[n % 2]} for n in range(40)))
    one, other = (watching.with_others(rows, "a", seed=7) for _time in range(2))
    assert one == other


def test_longest_run_and_where_it_begins():
    assert watching.longest_run(list("abbbacc")) == (1, 3)
    assert watching.longest_run([]) == (0, 0)


def test_chance_of_a_run_is_never_below_the_exact_one():
    for share, n, length in ((0.5, 8, 3), (0.7, 9, 5), (0.3, 7, 2)):
        exact = 0.0
        for row in product((True, False), repeat=n):
            if "1" * length in "".join("1" if hit else "0" for hit in row):
                exact += share ** sum(row) * (1 - share) ** (n - sum(row))
        assert exact <= watching.run_chance(length, n, share) <= 2 * exact + 1e-9


def test_side_is_tested_exactly():
    found = watching.first_bias([True] * 10, [2] * 10)
    assert (found.value, found.extra["p"]) == (1.0, pytest.approx(2 / 1024))
    assert watching.first_bias([True, False] * 5, [2] * 10).extra["p"] == pytest.approx(1.0)
    # One of two places and one of four: P(both first) = 1/8.
    mixed = watching.first_bias([True, True], [2, 4])
    assert (mixed.extra["p"], mixed.extra["expected"]) == (pytest.approx(0.125), 0.375)
    assert watching.first_bias([], []).reason == "no_decisions"


def test_trend_follows_the_order():
    assert watching.trend(list(range(20, 0, -1))).value == pytest.approx(-1.0)
    assert watching.trend([1.0] * 20).reason == "no_variation"
    assert watching.trend([1.0, 2.0]).reason == "too_few_items"
