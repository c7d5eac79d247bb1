"""Benchmark figures against hand computation, published figures, scipy and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binom, norm

from stats.benchmark import (
    Scores,
    elastic_match,
    evenness,
    exact_match,
    mcnemar,
    mcnemar_pairs,
    mean_score,
    paired_difference,
    to_unit,
)
from stats.intervals import wilson
from stats.result import Reason


@pytest.mark.parametrize(
    ("right", "given", "exact", "elastic"),
    [
        ("A", "A", 1, 1),
        ("A", "B", 0, 0),
        ("A", "", 0, 0),
        ("ACD", "ACD", 1, 1),
        ("ACD", "DCA", 1, 1),
        ("ACD", "AC", 0, 2 / 3),
        ("ACD", "D", 0, 1 / 3),
        ("ACD", "ACB", 0, 0),
        ("ACD", "ABCD", 0, 0),
        ("AB", "", 0, 0),
    ],
)
def test_match_exact_and_elastic(right: str, given: str, exact: float, elastic: float) -> None:
    assert exact_match(right, given) == exact
    assert elastic_match(right, given) == pytest.approx(elastic)


@given(st.sets(st.sampled_from("ABCDE"), min_size=1), st.sets(st.sampled_from("ABCDE")))
def test_elastic_is_never_below_exact_and_one_only_where_exact_is(right: set[str], given: set[str]) -> None:
    exact, elastic = exact_match(right, given), elastic_match(right, given)
    assert exact <= elastic <= 1
    assert (elastic == 1) == (exact == 1)


def test_to_unit_maps_a_scale_and_refuses_what_is_off_it() -> None:
    assert [to_unit(value, 0, 4) for value in range(5)] == [0, 0.25, 0.5, 0.75, 1]
    assert to_unit(1, 1, 10) == 0
    for value in (-1, 5, math.nan):
        with pytest.raises(ValueError, match="scale 0 to 4"):
            to_unit(value, 0, 4)


def test_evenness_is_the_population_sd_of_the_published_topics() -> None:
    figure = evenness([43.0, 44.8, 29.6, 57.6, 63.3, 42.1, 37.7])
    assert round(figure.value or 0, 1) == 10.7
    assert figure.value == pytest.approx(np.std([43.0, 44.8, 29.6, 57.6, 63.3, 42.1, 37.7], ddof=0))
    assert evenness([0.4, None]).reason == Reason.TOO_FEW_ITEMS


def test_mean_score_of_right_and_wrong_has_wilsons_interval() -> None:
    figure = mean_score([1.0] * 150 + [0.0] * 50)
    assert (figure.value, figure.n_items, figure.ci) == (0.75, 200, wilson(150, 200))


def test_mean_score_of_parts_has_a_bootstrap_interval_that_is_the_same_again() -> None:
    values = np.repeat([0.0, 0.25, 0.5, 0.75, 1.0], [10, 20, 40, 20, 10])
    first, again = mean_score(values, seed=5), mean_score(values, seed=5)
    assert first == again
    assert first.value == 0.5
    assert first.ci is not None
    half = 1.96 * values.std() / 10
    assert (first.ci.low, first.ci.high) == (pytest.approx(0.5 - half, abs=0.012), pytest.approx(0.5 + half, abs=0.012))


def test_mean_score_without_items_or_spread_says_why() -> None:
    assert mean_score([]).reason == Reason.TOO_FEW_ITEMS
    assert mean_score([0.5] * 20).extra["ci_reason"] == Reason.NO_VARIATION
    assert mean_score([0.5]).extra["ci_reason"] == Reason.TOO_FEW_ITEMS


@pytest.mark.parametrize(("b", "c"), [(10, 5), (0, 7), (3, 3), (25, 60), (1, 0)])
def test_mcnemar_equals_statsmodels(b: int, c: int) -> None:
    from statsmodels.stats.contingency_tables import mcnemar as oracle

    first = [1.0] * 20 + [1.0] * b + [0.0] * c + [0.0] * 9
    second = [1.0] * 20 + [0.0] * b + [1.0] * c + [0.0] * 9
    table = [[20, b], [c, 9]]
    figure = mcnemar(first, second)
    assert figure.value == pytest.approx(float(oracle(table, exact=True).pvalue), abs=1e-12)
    for name, correction in (("", False), ("_corrected", True)):
        found = oracle(table, exact=False, correction=correction)
        if correction and b == c:
            continue  # the oracle corrects 0 to -1 and squares it; here nothing is left to correct
        assert figure.extra[f"chi2{name}"] == pytest.approx(float(found.statistic))
        assert figure.extra["p_corrected" if correction else "p_chi2"] == pytest.approx(float(found.pvalue))
    assert [figure.extra[name] for name in ("both", "first_only", "second_only", "neither")] == [20, b, c, 9]


def test_mcnemar_mid_p_is_the_exact_p_less_half_of_both_tails() -> None:
    figure = mcnemar([1.0] * 3 + [0.0] * 9, [0.0] * 3 + [1.0] * 9)
    assert figure.extra["p_mid"] == pytest.approx(2 * binom.cdf(3, 12, 0.5) - binom.pmf(3, 12, 0.5))


def test_mcnemar_refuses_parts_and_has_no_p_without_a_difference() -> None:
    assert mcnemar([1.0, 0.0], [1.0, 0.0]).reason == Reason.NO_VARIATION
    assert mcnemar([], []).reason == Reason.NO_OVERLAP
    with pytest.raises(ValueError, match="right or wrong"):
        mcnemar([0.5], [1.0])


def test_paired_difference_of_answers_by_hand() -> None:
    # 30 pairs: 12 gained, 4 lost. Adjusted shares 13/32 and 5/32.
    before = [0.0] * 12 + [1.0] * 4 + [1.0] * 14
    after = [1.0] * 12 + [0.0] * 4 + [1.0] * 14
    figure = paired_difference(before, after)
    gained, lost = 13 / 32, 5 / 32
    half = 1.959963984540054 * math.sqrt((gained + lost - (gained - lost) ** 2) / 32)
    assert figure.value == pytest.approx(8 / 30)
    assert figure.ci is not None
    assert figure.ci.low == pytest.approx(gained - lost - half)
    assert figure.ci.high == pytest.approx(gained - lost + half)


def test_paired_difference_covers_the_truth_about_as_often_as_it_says() -> None:
    share = quad(lambda base: norm.cdf((0.6 - base) / 0.25), 0, 1)[0]
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(400):
        base = rng.random(120)
        before, after = (base < 0.6).astype(float), ((base + rng.normal(0, 0.25, 120)) < 0.6).astype(float)
        figure = paired_difference(before, after)
        assert figure.ci is not None
        hits += figure.ci.low <= share - 0.6 <= figure.ci.high
    assert 0.92 <= hits / 400 <= 0.99


def test_scores_are_means_over_rounds_and_pairs_share_items() -> None:
    rows = [("q1", "a", 1.0), ("q1", "a", 0.0), ("q2", "a", 1.0), ("q2", "b", 0.0), ("q3", "b", 1.0)]
    scores = Scores.from_rows(rows, systems=["b", "a"])
    assert scores.systems == ("b", "a")
    assert scores.of("a").tolist() == [0.5, 1.0]
    assert scores.of("a", among=["q2", "q3"]).tolist() == [1.0]
    assert scores.of("nobody").tolist() == []
    first, second = scores.both("a", "b")
    assert (first.tolist(), second.tolist()) == ([1.0], [0.0])
    with pytest.raises(ValueError, match=r"row 2: the score 1\.5"):
        Scores.from_rows([("q", "a", 1.0), ("q", "a", 1.5)])


def test_mcnemar_pairs_leaves_out_parts_and_adjusts_by_holm() -> None:
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(1)
    rows = [(n, s, float(rng.random() < share)) for n in range(80) for s, share in (("a", 0.4), ("b", 0.6), ("c", 0.8))]
    scores = Scores.from_rows([*rows, ("part", "a", 0.5), ("part", "b", 1.0)])
    figure = mcnemar_pairs(scores)
    assert figure.n_pairs == 3
    entries = list(figure.values or [])
    assert [entry["left_out"] for entry in entries] == [1, 0, 0]
    assert [entry["n"] for entry in entries] == [80, 80, 80]
    adjusted = multipletests([entry["p"] for entry in entries], method="holm")[1]
    assert [entry["p_holm"] for entry in entries] == pytest.approx(list(adjusted))
