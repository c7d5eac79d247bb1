"""Judge beside people: clustered figures against scipy on the same resample, and small cases worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from stats.clustered import STATISTICS, Pairs, _tau_of
from stats.correlate import point_figures
from stats.extra_rater import one_more_rater
from stats.icc import icc
from stats.judge import bland_altman, human_judge, rank_interval
from stats.judge_effects import both_orders, length_effect, position_effect, self_preference
from stats.result import Reason
from stats.summary import agreement_summary
from stats.table import Table


def scores(seed: int, items: int = 30, systems: int = 7) -> tuple[np.ndarray, np.ndarray, list[int], list[int]]:
    """Human means of four raters and a judge's whole numbers, a row for each item and system."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=(items, 1)) + np.linspace(0, 1.5, systems)
    human = np.clip(np.round(4 * (3 + quality + 0.7 * rng.normal(size=(items, systems)))) / 4, 0, 10)
    judge = np.clip(np.round(3.5 + quality + 0.9 * rng.normal(size=(items, systems))), 0, 10)
    owner = np.repeat(np.arange(items), systems).tolist()
    return human.ravel(), judge.ravel(), owner, list(range(systems)) * items


@pytest.mark.parametrize("many", [True, False])
def test_clustered_statistics_equal_scipy_on_the_same_resample(many: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not many:
        monkeypatch.setattr("stats.clustered._MOST_SIGNS", 5)  # the way of long files
    x, y, items, _systems = scores(1, items=12, systems=4)
    owner = np.asarray(items)
    weights = np.random.default_rng(2).multinomial(12, np.full(12, 1 / 12), size=20).astype(float)
    found = Pairs(x, y, owner).statistic()(weights)
    for row, values in zip(weights, found, strict=True):
        picks = np.concatenate([np.tile(np.flatnonzero(owner == c), int(w)) for c, w in enumerate(row)])
        u, v = x[picks], y[picks]
        expected = [
            scipy_stats.pearsonr(u, v).statistic,
            scipy_stats.spearmanr(u, v).statistic,
            scipy_stats.kendalltau(u, v).statistic,
            icc(np.column_stack([u, v]))["ICC(2,1)"].value,
            (v - u).mean(),
            np.abs(v - u).mean(),
        ]
        assert values == pytest.approx(np.asarray(expected), abs=1e-12)


def test_weights_of_one_give_the_point_values() -> None:
    x, y, items, systems = scores(3)
    found = human_judge(x, y, items=items, systems=systems, bootstrap=0)
    for name, figure in point_figures(x, y).items():
        assert found[name].value == pytest.approx(figure.value, abs=1e-12)
    means = [[v[np.asarray(systems) == s].mean() for s in range(7)] for v in (x, y)]
    for name, figure in point_figures(np.asarray(means[0]), np.asarray(means[1])).items():
        assert found[f"{name}_system"].value == pytest.approx(figure.value, abs=1e-12)
        assert found[f"{name}_system"].n_items == 7


def test_undefined_replicates_are_nan_and_not_numbers() -> None:
    flat = Pairs(np.asarray([1.0, 1.0, 2.0]), np.asarray([3.0, 3.0, 5.0]), np.asarray([0, 0, 1]))
    found = flat.statistic()(np.asarray([[2.0, 0.0], [1.0, 1.0]]))
    assert np.isnan(found[0, :3]).all()
    assert np.isfinite(found[1]).all()
    assert math.isnan(_tau_of(np.zeros(2), np.ones(2), np.ones(2)))


def test_items_that_move_together_widen_the_interval() -> None:
    rng = np.random.default_rng(4)
    item = rng.normal(size=(40, 1)).repeat(7, axis=1)
    x = (item + 0.3 * rng.normal(size=(40, 7))).ravel()
    y = (item * rng.choice([-1, 1], (40, 1)) + 0.3 * rng.normal(size=(40, 7))).ravel()
    whole = human_judge(x, y, items=np.repeat(np.arange(40), 7).tolist())["pearson"]
    single = human_judge(x, y, items=range(280))["pearson"]
    assert whole.value == pytest.approx(single.value)
    assert whole.ci is not None
    assert single.ci is not None
    assert whole.ci.high - whole.ci.low > 1.8 * (single.ci.high - single.ci.low)
    assert "p" not in whole.extra
    assert "p" in single.extra


def test_rows_of_one_item_have_no_interval_that_takes_them_for_independent() -> None:
    x, y, items, _systems = scores(5)
    assert human_judge(x, y, items=items, bootstrap=0)["pearson"].ci is None
    assert human_judge(x, y, items=range(x.size), bootstrap=0)["pearson"].ci is not None


def test_within_items_what_items_share_falls_out() -> None:
    x = [1, 2, 3, 11, 12, 13]
    y = [3, 2, 1, 13, 12, 11]
    found = human_judge(x, y, items=["q1"] * 3 + ["q2"] * 3, bootstrap=0)
    assert found["pearson"].value == pytest.approx(1 - 2 * 4 / 154, abs=1e-9)  # 146 / 154: items pull it up
    assert found["pearson_within"].value == pytest.approx(-1)
    assert found["tau_within"].value == pytest.approx(-1)
    assert found["tau_within"].n_items == 2


def test_ranks_have_their_sign_turned_and_no_common_scale() -> None:
    ranks, points = [1, 2, 3, 3, 2, 1], [5, 4, 1, 2, 3, 5]
    found = human_judge(ranks, points, items=[0, 0, 0, 1, 1, 1], systems=list("abccba"), ranks=True, bootstrap=50)
    assert found["spearman"].value == pytest.approx(scipy_stats.spearmanr(-np.asarray(ranks), points).statistic)
    assert found["spearman"].value > 0.9  # type: ignore[operator]
    for name in ("icc_a1", "mean_difference", "mae", "bland_altman", "mae_system", "icc_a1_system"):
        assert found[name].reason == Reason.DIFFERENT_SCALES


def test_workers_and_a_second_run_give_the_same() -> None:
    x, y, items, systems = scores(6)
    one, four = (human_judge(x, y, items=items, systems=systems, bootstrap=1200, workers=w) for w in (1, 4))
    assert one == four
    assert set(STATISTICS) <= set(one)


def test_system_level_has_the_wide_interval_of_seven_systems() -> None:
    x, y, items, systems = scores(7)
    found = human_judge(x, y, items=items, systems=systems)
    ci = found["pearson_system"].ci
    assert ci is not None
    assert ci.method == "fisher-z"
    tau = found["kendall_tau_b_system"]
    assert tau.value is not None
    # Bonett and Wright: z of tau has variance 0.437 / (n - 4).
    low = math.tanh(math.atanh(tau.value) - 1.959964 * math.sqrt(0.437 / 3)) if tau.value < 1 else None
    assert (tau.ci and tau.ci.low) == (pytest.approx(low, abs=1e-5) if low is not None else None)


@pytest.mark.parametrize(
    ("name", "value", "n"), [("spearman", 0.5, 3), ("kendall_tau_b", 0.5, 4), ("spearman", 1.0, 9)]
)
def test_rank_interval_needs_pairs_and_an_imperfect_order(name: str, value: float, n: int) -> None:
    assert rank_interval(name, value, n) is None


def test_bland_altman_by_hand() -> None:
    # Differences 1, 0, 2, 1: mean 1, sd sqrt(2/3).
    found = bland_altman([1, 2, 3, 4], [2, 2, 5, 5], bootstrap=200)
    sd = math.sqrt(2 / 3)
    assert found.values == {
        "bias": pytest.approx(1.0),
        "lower": pytest.approx(1 - 1.959964 * sd, abs=1e-6),
        "upper": pytest.approx(1 + 1.959964 * sd, abs=1e-6),
    }
    assert found.extra["sd"] == pytest.approx(sd)
    middle, gaps = np.asarray([1.5, 2, 4, 4.5]), np.asarray([1, 0, 2, 1])
    assert found.extra["slope"].value == pytest.approx(np.polyfit(middle, gaps, 1)[0])
    for one in found.extra["limits"].values():
        assert one.ci.low <= one.value <= one.ci.high


def test_bland_altman_limits_hold_95_percent_of_normal_differences() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=4000)
    found = bland_altman(x, x + 0.5 + 0.2 * rng.normal(size=4000))
    assert found.values == pytest.approx({"bias": 0.5, "lower": 0.108, "upper": 0.892}, abs=0.02)
    assert found.extra["limits"]["lower"].ci.low < 0.108 < found.extra["limits"]["lower"].ci.high


@pytest.mark.parametrize(("x", "y", "reason"), [([1], [2], "too_few_items"), ([1, 2, 3], [2, 3, 4], "no_variation")])
def test_bland_altman_says_why_it_has_no_limits(x: list[float], y: list[float], reason: str) -> None:
    assert bland_altman(x, y).reason == reason


def test_bad_input_names_the_row() -> None:
    with pytest.raises(ValueError, match="row 2 of judge: the value is not a finite number"):
        human_judge([1, 2], [1, math.nan], items=[1, 2])
    with pytest.raises(ValueError, match="3 group labels for 2 rows"):
        human_judge([1, 2], [1, 2], items=[1, 2, 3])
    with pytest.raises(ValueError, match="there are 2 human and 1 judge scores"):
        human_judge([1, 2], [1], items=[1, 2])
    with pytest.raises(ValueError, match="row 2: 'x' is none of a, b, tie"):
        both_orders(["a", "x"], ["a", "b"], items=[1, 2])


@pytest.mark.parametrize(("x", "y", "reason"), [([], [], "too_few_items"), ([1, 2], [3, 3], "no_variation")])
def test_nothing_to_correlate_says_why(x: list[float], y: list[float], reason: str) -> None:
    found = human_judge(x, y, items=range(len(x)), systems=range(len(x)))
    assert found["pearson"].reason == found["spearman_system"].reason == reason


# --- a judge as one more rater ----------------------------------------------------------------------------


def people(judge_skill: float, seed: int = 9) -> Table:
    """Three people of one skill and a judge of another, 150 items, three labels."""
    rng = np.random.default_rng(seed)
    truth, skills = rng.integers(0, 3, (150, 1)), np.asarray([0.8, 0.8, 0.8, judge_skill])
    codes = np.where(rng.random((150, 4)) < skills, truth, rng.integers(0, 3, (150, 4)))
    table = Table.from_codes(codes, range(3))
    return Table(table.units, ("p", "q", "r", "judge"), table.categories, table.codes)


@pytest.mark.parametrize("name", ["krippendorff_alpha", "gwet_ac1", "cohen_kappa"])
def test_with_and_without_the_judge_are_the_summarys_own_values(name: str) -> None:
    table = people(0.4)
    found = one_more_rater(table, "judge", statistic=name, bootstrap=200)
    alone, whole = agreement_summary(table.keep_raters([0, 1, 2])), agreement_summary(table)
    assert found["without"].value == pytest.approx(alone[name].value, abs=1e-12)
    assert found["with"].value == pytest.approx(whole[name].value, abs=1e-12)
    assert found["people"].value == pytest.approx(alone["cohen_kappa"].value, abs=1e-12)
    pairs = whole["pairwise_cohen_kappa"].values
    assert isinstance(pairs, list)
    assert found["judge_with_people"].value == pytest.approx(np.mean([pairs[2], pairs[4], pairs[5]]), abs=1e-12)


def test_a_poor_judge_lowers_agreement_and_a_good_one_raises_it() -> None:
    poor, good = (one_more_rater(people(skill), "judge", bootstrap=400) for skill in (0.3, 1.0))
    for name in ("difference", "gap"):
        assert poor[name].ci is not None
        assert good[name].ci is not None
        assert poor[name].ci.high < 0 < good[name].ci.low  # type: ignore[union-attr]


def test_a_judge_beside_one_person_has_nobody_to_be_compared_with() -> None:
    table = people(0.5).keep_raters([0, 3])
    found = one_more_rater(table, "judge", bootstrap=50)
    assert found["without"].reason == Reason.TOO_FEW_RATERS
    assert found["with"].value is not None
    assert found["difference"].value is None
    with pytest.raises(ValueError, match="'nobody' is none of the raters"):
        one_more_rater(table, "nobody")


# --- effects ----------------------------------------------------------------------------------------------


def test_self_preference_by_hand() -> None:
    # Item 1: own 5, others 3 and 4; item 2: own 4, other 4. People: own 3, 3 | 3, 4 and 4.
    judge, own = [5, 3, 4, 4, 4], [True, False, False, True, False]
    found = self_preference(judge, own, items=[1, 1, 1, 2, 2])
    assert found.value == pytest.approx((1.5 + 0) / 2)
    beyond = self_preference(judge, own, items=[1, 1, 1, 2, 2], human=[3, 3, 4, 3, 4])
    assert beyond.value == pytest.approx(((2 - 0) + (1 - 0)) / 2)
    expected = scipy_stats.ttest_1samp([2, 1], 0)
    assert beyond.extra["p"] == pytest.approx(expected.pvalue)
    assert beyond.ci is not None
    assert beyond.ci.low == pytest.approx(expected.confidence_interval().low)


def test_self_preference_leaves_out_items_without_both_kinds() -> None:
    found = self_preference([5, 3, 4, 2], [True, False, True, False], items=[1, 1, 2, 3])
    assert found.reason == Reason.TOO_FEW_ITEMS
    assert found.extra["n_items_left_out"] == 2


def test_position_effect_finds_the_favoured_place_and_no_other() -> None:
    rng = np.random.default_rng(10)
    place = np.stack([rng.permutation(4) + 1 for _ in range(80)])
    points = rng.normal(size=(80, 1)) + rng.normal(size=(80, 4)) + (place == 1) * 0.8
    found = position_effect(points.ravel(), place.ravel().tolist(), items=np.repeat(np.arange(80), 4).tolist())
    gaps = [row[at == 1].mean() - row[at != 1].mean() for row, at in zip(points, place, strict=True)]
    assert found.value == pytest.approx(np.mean(gaps))
    assert found.ci is not None
    assert 0 < found.ci.low < 0.8 < found.ci.high
    by_place = found.extra["by_place"]
    assert sum(one.value for one in by_place.values()) == pytest.approx(0, abs=1e-12)
    assert by_place["1"].ci.low > 0


def test_length_effect_by_hand_and_beyond_people() -> None:
    # Within each item twice the length is worth 2 points to the judge and 1 to people.
    length, judge, human = [10, 20, 40, 5, 10], [1, 3, 5, 7, 9], [1, 2, 3, 3, 4]
    found = length_effect(judge, length, items=[1, 1, 1, 2, 2], human=human, bootstrap=0)
    assert found["slope"].value == pytest.approx(2)
    assert found["correlation"].value == pytest.approx(1)
    assert found["beyond_slope"].value == pytest.approx(1)


def test_length_effect_interval_holds_the_planted_slope() -> None:
    rng = np.random.default_rng(11)
    length = np.exp2(rng.normal(7, 1, (60, 5)))
    points = rng.normal(size=(60, 1)) + 0.5 * np.log2(length) + rng.normal(size=(60, 5))
    found = length_effect(points.ravel(), length.ravel(), items=np.repeat(np.arange(60), 5).tolist())
    for one in found.values():
        assert one.ci is not None
    assert found["slope"].ci.low < 0.5 < found["slope"].ci.high  # type: ignore[union-attr]
    same = length_effect([1, 2, 3, 4], [9, 9, 9, 9], items=[1, 1, 2, 2])
    assert same["slope"].reason == Reason.NO_VARIATION


def test_both_orders_by_hand() -> None:
    first = ["a", "a", "a", "b", "tie", "tie", "b", "a"]
    second = ["a", "b", "b", "a", "tie", "a", "b", "b"]
    found = both_orders(first, second, items=range(8))
    flips, firsts = found["flip_rate"], found["first_position_rate"]
    assert flips.value == 5 / 8
    assert flips.extra["reversed"] == 4
    assert flips.ci is not None
    assert flips.ci.method == "wilson"
    # Decided: 6 + 7; for the first shown: a in the first order 4 times, b in the second 4 times.
    assert firsts.extra["decided"] == 13
    assert firsts.value == pytest.approx(8 / 13)
    assert (firsts.extra["first_both_times"], firsts.extra["second_both_times"]) == (3, 1)
    assert firsts.extra["p"] == pytest.approx(scipy_stats.binomtest(3, 4).pvalue)


def test_both_orders_without_decisions_or_pairs_say_why() -> None:
    found = both_orders(["tie"] * 3, ["tie"] * 3, items=[1, 2, 3])
    assert found["flip_rate"].value == 0
    assert found["first_position_rate"].reason == Reason.NO_DECISIONS
    assert found["first_position_rate"].extra["p"] is None
    assert both_orders([], [], items=[])["flip_rate"].reason == Reason.TOO_FEW_ITEMS


def test_a_judge_who_always_takes_the_first_flips_everything() -> None:
    found = both_orders(["a"] * 12, ["b"] * 12, items=[n // 3 for n in range(12)])
    assert found["flip_rate"].value == found["first_position_rate"].value == 1
    assert found["flip_rate"].extra["ci_reason"] == Reason.NO_VARIATION
    assert found["first_position_rate"].extra["p"] == pytest.approx(2 / 2**12)
