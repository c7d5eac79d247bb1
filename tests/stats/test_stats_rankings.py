"""Ranking and A/B figures: what is left out, what has no answer, intervals, planning."""

from __future__ import annotations

import numpy as np
import pytest

from stats.agreement import fleiss_kappa
from stats.leave_out import leave_one_rater_out
from stats.pairs import Votes
from stats.planning import (
    items_for_half_width,
    pairs_power,
    ranking_power,
    simulate_labels,
    simulate_rankings,
)
from stats.preference import bradley_terry, by_criterion, pairs_summary, side_bias, sign_test, win_rate, wins
from stats.rank_agreement import exact_rank_kappa, kendall_w, top1
from stats.rank_strengths import plackett_luce, position_bias, rank_histogram, win_matrix
from stats.rank_summary import rankings_summary
from stats.rank_table import RankTable
from stats.rank_tests import friedman, mean_rank, pairwise_wilcoxon, permutation_p, significance_groups


def table(rows: str) -> RankTable:
    """One ranking per line: unit, rater, then systems from best to worst."""
    made = []
    for line in rows.split("\n"):
        unit, rater, *order = line.split()
        made += [(unit, rater, system, place) for place, system in enumerate(order, start=1)]
    return RankTable.from_rows(made)


def test_incomplete_rankings_are_left_out_of_w_and_counted() -> None:
    found = kendall_w(table("q1 r A B C\nq1 s A B C\nq1 t B A\nq2 r A B C"))
    assert (found.value, found.n_items) == (1.0, 1)
    assert found.extra["n_rankings_left_out"] == 1


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("q1 r A B C", "too_few_raters"),
        ("q1 r A B C\nq2 s A B C", "no_overlap"),
        ("q1 r A B C\nq1 s A B", "incomplete_blocks"),
        ("q1 r A\nq1 s A", "too_few_systems"),
    ],
)
def test_ranking_agreement_says_why_it_is_undefined(rows: str, reason: str) -> None:
    found = rankings_summary(table(rows), bootstrap=20)
    for name in ("exact_rank_kappa", "quadratic_kappa", "kendall_w", "mean_spearman", "mean_kendall_tau_b", "top1"):
        assert (found[name].value, found[name].reason) == (None, reason)


def test_all_tied_ranks_have_no_variation() -> None:
    tied = RankTable(("q",), ("r", "s"), ("A", "B"), np.ones((1, 2, 2)))
    assert kendall_w(tied).reason == "no_variation"
    assert exact_rank_kappa(tied).reason == "no_variation"


def test_empty_rankings_have_too_few_items() -> None:
    for name, figure in rankings_summary(RankTable.from_rows([]), bootstrap=10).items():
        assert (name, figure.value, figure.reason) == (name, None, "too_few_items")


def test_plackett_luce_uses_partial_rankings_and_needs_links() -> None:
    assert plackett_luce(table("q1 r A B\nq2 r B C\nq3 r C A")).values == pytest.approx({"A": 0, "B": 0, "C": 0})
    assert plackett_luce(table("q1 r A B\nq2 r B C")).reason == "not_connected"


def test_top1_counts_shared_first_places_in_parts() -> None:
    shared = RankTable(("q",), ("r", "s"), ("A", "B", "C"), np.asarray([[[1.5, 1.5, 3], [1, 2, 3]]]))
    found = top1(shared)
    assert found.value == pytest.approx(0.5)
    assert found.extra["share"] == pytest.approx({"A": 0.75, "B": 0.25, "C": 0.0})


def test_win_matrix_and_histogram() -> None:
    found = table("q1 r A B\nq2 r A B\nq3 r B A")
    assert win_matrix(found).to_json()["value"] == [[None, pytest.approx(2 / 3)], [pytest.approx(1 / 3), None]]
    assert rank_histogram(found).values == {"A": {"1": 2, "2": 1}, "B": {"1": 1, "2": 2}}


def test_more_raters_of_the_same_question_do_not_inflate_friedman() -> None:
    one = simulate_rankings(20, 1, [0, 0.2, 0.4], np.random.default_rng(3))
    many = RankTable(one.units, (0, 1, 2), one.systems, one.ranks.repeat(3, axis=1))
    assert friedman(many).value == pytest.approx(friedman(one).value)


def test_summary_of_rankings_has_ordered_intervals() -> None:
    found = rankings_summary(simulate_rankings(30, 4, [0, 0.5, 1], np.random.default_rng(2)), bootstrap=200)
    for name in ("exact_rank_kappa", "quadratic_kappa", "kendall_w", "mean_spearman", "mean_kendall_tau_b", "top1"):
        figure = found[name]
        assert figure.ci is not None
        assert figure.ci.low < (figure.value or 0) < figure.ci.high
    for name in ("mean_rank", "plackett_luce", "bradley_terry"):
        values, intervals = found[name].values, found[name].extra["ci_by_system"]
        assert isinstance(values, dict)
        assert all(intervals[s]["low"] < values[s] < intervals[s]["high"] for s in values)
    assert found["permutation_p"].value == pytest.approx(1 / 201)


def test_permutation_p_is_uniform_without_agreement() -> None:
    values = [
        permutation_p(simulate_rankings(6, 3, [0, 0, 0], np.random.default_rng(seed)), n=99, seed=seed).value or 0
        for seed in range(60)
    ]
    assert 0.35 < np.mean(values) < 0.65


def test_significance_groups_are_runs_without_a_difference() -> None:
    found = simulate_rankings(60, 3, [2.0, 1.9, 0.0], np.random.default_rng(6))
    means = mean_rank(found).values
    pairs = pairwise_wilcoxon(found).values
    assert isinstance(means, dict)
    groups = significance_groups(means, list(pairs or []))
    assert sorted(map(sorted, groups)) == [["0", "1"], ["2"]]


def test_position_bias_finds_a_favoured_place() -> None:
    rng = np.random.default_rng(8)
    shown = rng.permuted(np.tile(np.arange(1, 4.0), (200, 1, 1)), axis=2)
    biased = RankTable(tuple(range(200)), (0,), tuple("ABC"), shown)
    fair = simulate_rankings(200, 1, [0, 0, 0], rng)
    assert position_bias(biased, shown).extra["p"] < 1e-6
    assert position_bias(fair, shown).extra["p"] > 0.001
    assert position_bias(biased, shown).extra["first_places"] == {"1": 200.0, "2": 0.0, "3": 0.0}


def votes(rows: str) -> Votes:
    return Votes.from_rows([tuple(line.split()) for line in rows.split("\n")])  # type: ignore[misc]


def test_votes_are_counted_per_system() -> None:
    found = votes("1 r A B A\n2 r B A A\n3 r A B tie\n4 r A B b")
    assert wins(found).values == {"A": {"win": 2, "tie": 1, "lose": 1}, "B": {"win": 1, "tie": 1, "lose": 2}}
    assert win_rate(found).values == {"A": 0.625, "B": 0.375}
    assert win_rate(found, ties="drop").values == pytest.approx({"A": 2 / 3, "B": 1 / 3})
    assert side_bias(found).value == pytest.approx(1 / 3)


def test_sign_test_counts_a_unit_once() -> None:
    lines = [f"{unit} {rater} A B A" for unit in range(6) for rater in "rst"]
    found = sign_test(votes("\n".join(lines)))
    assert found.value == pytest.approx(2 * 0.5**6)
    assert found.extra["p_votes"] == pytest.approx(2 * 0.5**18)
    assert (found.extra["win"], found.extra["tie"], found.extra["lose"]) == (6, 0, 0)


def test_sign_test_without_decisions_has_no_p() -> None:
    found = sign_test(votes("1 r A B tie\n2 r A B tie"))
    assert (found.value, found.reason) == (None, "no_decisions")
    assert bradley_terry(votes("1 r A B A")).reason == "not_connected"


def test_votes_agree_in_one_orientation() -> None:
    swapped = votes("1 r A B A\n1 s B A A\n2 r A B B\n2 s B A B")
    assert pairs_summary(swapped)["krippendorff_alpha"].value == 1.0


def test_bradley_terry_tie_policies_and_intervals() -> None:
    lines = [f"{i} r A B {w}" for i, w in enumerate(["A"] * 12 + ["B"] * 6 + ["tie"] * 4)]
    made = votes("\n".join(lines))
    half, drop = bradley_terry(made, bootstrap=100), bradley_terry(made, ties="drop")
    assert half.extra["share"]["A"] == pytest.approx(14 / 22)
    assert drop.extra["share"]["A"] == pytest.approx(12 / 18)
    assert half.extra["ci_by_system"]["A"]["low"] < half.values["A"] < half.extra["ci_by_system"]["A"]["high"]
    davidson = bradley_terry(made, ties="davidson")
    assert davidson.extra["share"]["A"] == pytest.approx(12 / 18)
    assert np.exp(davidson.extra["log_tie"]) == pytest.approx(4 / np.sqrt(12 * 6))
    with pytest.raises(ValueError, match="unknown tie policy"):
        bradley_terry(made, ties="never")


def test_criteria_are_adjusted_together() -> None:
    one = votes("\n".join(f"{i} r A B A" for i in range(6)))
    found = by_criterion({"warmth": one, "safety": one})
    assert found["warmth"]["sign_test"].extra["p_holm_criteria"] == pytest.approx(4 * 0.5**6)


def test_leaving_out_the_odd_rater_raises_agreement() -> None:
    made = simulate_labels(80, 3, [0.5, 0.5], 0.8, np.random.default_rng(1))
    codes = made.codes.copy()
    codes[:, 2] = np.random.default_rng(2).integers(0, 2, 80)
    odd = type(made)(made.units, ("r", "s", "odd"), made.categories, codes)
    found = leave_one_rater_out(odd, fleiss_kappa)
    assert isinstance(found.values, dict)
    assert max(found.values, key=lambda rater: found.values[rater]) == "odd"
    assert found.extra["lowest"] < found.extra["whole"] < found.extra["highest"]
    assert leave_one_rater_out(odd.keep_raters([0, 1]), fleiss_kappa).reason == "too_few_raters"


def test_simulated_labels_have_the_assumed_agreement() -> None:
    made = simulate_labels(200_000, 3, [0.7, 0.2, 0.1], 0.6, np.random.default_rng(1))
    assert fleiss_kappa(made).value == pytest.approx(0.6, abs=0.01)


def test_planned_items_give_the_wanted_half_width() -> None:
    options = {"raters": 3, "shares": [0.5, 0.5], "kappa": 0.6, "simulations": 100}
    rough, fine = items_for_half_width(0.16, **options), items_for_half_width(0.08, **options)
    assert fine.value / rough.value == pytest.approx(4, rel=0.4)
    assert fine.extra["half_width"] <= 0.08
    assert items_for_half_width(0.001, most=50, **options).reason == "too_few_items"
    with pytest.raises(ValueError, match="sum to 1"):
        items_for_half_width(0.1, raters=3, shares=[0.5, 0.2], kappa=0.6)


def test_power_is_the_significance_without_an_effect_and_grows_with_it() -> None:
    assert (pairs_power(units=100, win=0.5).value or 1) <= 0.06
    weak, strong = pairs_power(units=100, win=0.6), pairs_power(units=100, win=0.7)
    assert (weak.value or 0) < 0.7 < (strong.value or 0)
    alike = pairs_power(units=30, win=0.65, raters=5, same=1.0).value or 0
    own = pairs_power(units=30, win=0.65, raters=5).value or 0
    assert alike < own
    none = ranking_power(units=20, raters=2, log_strengths=[0, 0, 0], simulations=200)
    some = ranking_power(units=20, raters=2, log_strengths=[0, 0.7, 1.4], simulations=200)
    assert (none.value or 1) < 0.11
    assert (some.value or 0) > 0.8
