"""The same figures from other people's programs."""

from __future__ import annotations

import choix
import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats as sp
from sklearn.metrics import precision_recall_fscore_support
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from stats import agreement, strengths
from stats.classification import classification_summary
from stats.compare import paired_t_test, signed_rank, t_test, wilcoxon_signed_rank
from stats.components import label_components, variance_components
from stats.correlate import correlate_summary
from stats.icc import icc
from stats.intervals import clopper_pearson, wilson
from stats.moments import alpha_interval
from stats.planning import simulate_rankings
from stats.rank_agreement import mean_kendall_tau_b, unit_spearman, unit_w
from stats.rank_strengths import choices
from stats.rank_table import RankTable
from stats.rank_tests import blocks, friedman, holm, nemenyi, pairwise_wilcoxon
from stats.ratings import Ratings, alpha
from stats.setlabels import set_alpha, set_distance, set_table
from stats.table import Table

RNG = np.random.default_rng(11)


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (3, 10), (10, 10), (196, 200)])
def test_proportion_intervals_equal_statsmodels(hits: int, n: int) -> None:
    for ours, method in ((wilson(hits, n), "wilson"), (clopper_pearson(hits, n), "beta")):
        assert ours is not None
        assert (ours.low, ours.high) == pytest.approx(proportion_confint(hits, n, method=method), abs=1e-10)


def test_98_percent_of_200_spans_what_the_guide_says() -> None:
    found = wilson(196, 200)
    assert found is not None
    assert (round(found.low, 3), round(found.high, 3)) == (0.950, 0.992)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pingouin against the newest pandas
def test_icc_equals_pingouin() -> None:
    scores = RNG.normal(size=(12, 1)) * 2 + RNG.normal(size=(1, 4)) + RNG.normal(size=(12, 4))
    long = pd.DataFrame([(i, j, scores[i, j]) for i in range(12) for j in range(4)], columns=["item", "rater", "score"])
    theirs = pingouin.intraclass_corr(long, targets="item", raters="rater", ratings="score")
    ours = list(icc(scores).values())
    assert [f.value for f in ours] == pytest.approx(theirs["ICC"].to_list(), abs=1e-9)
    column = next(c for c in theirs.columns if str(c).startswith("CI95"))
    for figure, (low, high) in zip(ours, theirs[column], strict=True):
        assert figure.ci is not None
        assert (round(figure.ci.low, 2), round(figure.ci.high, 2)) == (round(low, 2), round(high, 2))


def test_icc_says_why_it_is_undefined() -> None:
    assert icc([[3, 3], [3, 3]])["ICC(2,1)"].reason == "no_variation"
    assert icc([[1, 2]])["ICC(2,1)"].reason == "too_few_items"
    assert icc([[1], [2]])["ICC(2,1)"].reason == "too_few_raters"
    nan = np.nan
    assert icc([[1, 2, nan], [nan, 2, 3], [1, nan, 3]])["ICC(2,1)"].reason == "incomplete_blocks"
    assert icc([[1, nan], [nan, 2]])["ICC(2,1)"].reason == "no_overlap"
    perfect = icc([[1, 1], [2, 2], [4, 4]])["ICC(2,1)"]
    assert (perfect.value, perfect.ci) == (pytest.approx(1.0), None)


def test_t_tests_and_wilcoxon_equal_scipy() -> None:
    x, y = RNG.normal(size=15), RNG.normal(0.4, 2, size=15)
    for equal in (True, False):
        ours, theirs = t_test(x, y, equal_var=equal), sp.ttest_ind(x, y, equal_var=equal)
        assert (ours.extra["t"], ours.extra["p"], ours.extra["df"]) == pytest.approx(
            (theirs.statistic, theirs.pvalue, theirs.df)
        )
        assert ours.ci is not None
        assert (ours.ci.low, ours.ci.high) == pytest.approx(tuple(theirs.confidence_interval()))
    ours, theirs = paired_t_test(x, y), sp.ttest_rel(x, y)
    assert (ours.extra["t"], ours.extra["p"]) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert t_test(x, y).extra["hedges_g"] == pytest.approx(pingouin.compute_effsize(x, y, eftype="hedges"), rel=1e-3)
    ours, theirs = wilcoxon_signed_rank(x, y), pingouin.wilcoxon(x, y)
    assert ours.extra["rank_biserial"] == pytest.approx(float(theirs["RBC"].iloc[0]))
    assert ours.value == pytest.approx(float(sp.wilcoxon(x, y).pvalue))


@pytest.mark.parametrize("size", [2, 3, 5, 8, 11, 12, 13, 14, 30])
@pytest.mark.parametrize("step", [1.0, 0.5, 0.1])
def test_signed_rank_with_ties_and_zeros_is_scipys_to_the_last_digit(size: int, step: float) -> None:
    gaps = np.random.default_rng(size).integers(-3, 4, size) * step
    gaps[0] = 2 * step
    theirs = sp.wilcoxon(gaps)
    assert signed_rank(gaps) == (float(theirs.statistic), float(theirs.pvalue))


def test_correlations_equal_scipy() -> None:
    x = RNG.integers(1, 6, 40).astype(float)
    y = x + RNG.integers(-1, 2, 40)
    found = correlate_summary(x, y, bootstrap=100)
    theirs = sp.pearsonr(x, y)
    ci = found["pearson"].ci
    assert ci is not None
    assert (ci.low, ci.high) == pytest.approx(tuple(theirs.confidence_interval()))
    assert (found["pearson"].value, found["pearson"].extra["p"]) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert found["spearman"].value == pytest.approx(sp.spearmanr(x, y).statistic)
    assert found["kendall_tau_b"].value == pytest.approx(sp.kendalltau(x, y).statistic)
    assert found["mae"].value == pytest.approx(np.abs(x - y).mean())
    assert found["mean_difference"].value == pytest.approx((y - x).mean())


def test_correlation_within_and_between_groups() -> None:
    group = np.repeat(np.arange(5), 6)
    x = group * 10 + np.tile(np.arange(6.0), 5)
    y = group * 10 - np.tile(np.arange(6.0), 5)
    found = correlate_summary(x, y, groups=group.tolist(), systems=group.tolist())
    assert found["pearson_within"].value == pytest.approx(-1.0)
    assert found["pearson_system"].value == pytest.approx(1.0)
    assert (found["pearson_system"].n_items, found["pearson_system"].ci) == (5, None)
    assert found["pearson"].value == pytest.approx(sp.pearsonr(x, y).statistic)


def test_constant_columns_have_no_correlation() -> None:
    found = correlate_summary([1, 1, 1], [1, 2, 3])
    for name in ("pearson", "spearman", "kendall_tau_b"):
        assert (found[name].value, found[name].reason) == (None, "no_variation")
    assert correlate_summary([], [])["mae"].reason == "too_few_items"


def test_holm_equals_statsmodels() -> None:
    p = [0.01, 0.04, 0.03, 0.005, 0.8]
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert holm([0.02, None, 0.5]) == [0.04, None, 0.5]


def test_class_scores_equal_scikit_learn() -> None:
    truth, guess = RNG.choice(list("abc"), 60).tolist(), RNG.choice(list("abc"), 60).tolist()
    theirs = precision_recall_fscore_support(truth, guess, labels=list("abc"))
    found = classification_summary(truth, guess, categories=list("abc"))["per_class"].values
    assert isinstance(found, dict)
    for place, name in enumerate(("precision", "recall", "f1")):
        assert [found[label][name].value for label in "abc"] == pytest.approx(theirs[place])


@pytest.fixture(scope="module")
def rankings() -> RankTable:
    return simulate_rankings(25, 4, [0, 0.3, 0.6, 1.2], np.random.default_rng(5), unit_sd=0.5)


def test_w_tau_and_spearman_per_unit_equal_scipy(rankings: RankTable) -> None:
    pairs = [(g, h) for g in range(4) for h in range(g + 1, 4)]
    tied = RankTable(rankings.units, rankings.raters, rankings.systems, np.ceil(rankings.ranks / 1.5))
    for table in (rankings, tied):
        rho = [[sp.spearmanr(u[g], u[h]).statistic for g, h in pairs] for u in table.ranks]
        tau = [[sp.kendalltau(u[g], u[h]).statistic for g, h in pairs] for u in table.ranks]
        assert unit_spearman(table) == pytest.approx(np.mean(rho, axis=1))
        assert mean_kendall_tau_b(table).value == pytest.approx(np.mean(tau))
        w = [sp.friedmanchisquare(*u.T).statistic / (4 * 3) for u in table.ranks]
        assert unit_w(table) == pytest.approx(w)


def test_friedman_and_wilcoxon_use_unit_means(rankings: RankTable) -> None:
    values = rankings.ranks.mean(axis=1)
    assert blocks(rankings) == pytest.approx(values)
    theirs = sp.friedmanchisquare(*values.T)
    ours = friedman(rankings)
    assert (ours.value, ours.extra["p"]) == pytest.approx((theirs.statistic, theirs.pvalue))
    pairs = pairwise_wilcoxon(rankings).values
    assert pairs is not None
    expected = sp.wilcoxon(np.round(values[:, 0] - values[:, 1], 9)).pvalue
    assert next(iter(pairs))["p"] == pytest.approx(expected)


def test_nemenyi_critical_difference_is_demsars() -> None:
    table = simulate_rankings(14, 1, [0, 0, 0, 0], np.random.default_rng(1))
    # Demšar (2006): q = 2.569 for four classifiers, 14 data sets
    assert nemenyi(table).value == pytest.approx(2.569 * np.sqrt(4 * 5 / (6 * 14)), abs=1e-3)


def test_plackett_luce_and_bradley_terry_equal_choix(rankings: RankTable) -> None:
    made = choices(rankings.ranks)
    ours = strengths.plackett_luce(
        made.won.sum(axis=0)[None], made.counts.sum(axis=0)[None], made.sets, made.beats.sum(axis=0).reshape(1, 4, 4)
    )[0]
    orders = [tuple(int(j) for j in row.argsort()) for row in rankings.ranks.reshape(-1, 4)]
    assert ours == pytest.approx(choix.ilsr_rankings(4, orders), abs=1e-6)
    wins = RNG.integers(1, 9, (5, 5)).astype(float)
    games = [(i, j) for i in range(5) for j in range(5) if i != j for _ in range(int(wins[i, j]))]
    assert strengths.bradley_terry(wins[None])[0] == pytest.approx(choix.ilsr_pairwise(5, games), abs=1e-6)


def test_strengths_do_not_exist_without_links() -> None:
    wins = np.asarray(
        [[[0, 3, 0], [2, 0, 0], [0, 0, 0]], [[0, 3, 1], [0, 0, 2], [0, 0, 0]], [[0, 1, 1], [1, 0, 1], [1, 1, 0]]]
    )
    found = strengths.bradley_terry(wins.astype(float))
    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx([0, 0, 0])


def test_moment_alpha_equals_the_matrix_alpha() -> None:
    scores = RNG.normal(5, 2, (40, 4)).round(1)
    scores[RNG.random((40, 4)) < 0.3] = np.nan
    ratings = Ratings(tuple(range(40)), tuple(range(4)), scores)
    expected = agreement.krippendorff_alpha(ratings.table(), level="interval").value
    assert alpha_interval(scores).evaluate(np.ones((1, 40)))[0] == pytest.approx(expected, abs=1e-12)
    fine = Ratings(tuple(range(300)), (0, 1), RNG.normal(size=(300, 2)).cumsum(axis=1))
    found = alpha(fine, bootstrap=200)
    assert found.ci is not None
    assert found.ci.low < (found.value or 0) < found.ci.high
    with pytest.raises(ValueError, match="too many for alpha at the ordinal level"):
        alpha(fine, level="ordinal")


def test_variance_components_give_the_icc() -> None:
    scores = RNG.normal(size=(20, 1)) * 2 + RNG.normal(size=(1, 5)) + RNG.normal(size=(20, 5))
    found = variance_components(scores)
    assert found.extra["projection"]["1"] == pytest.approx(icc(scores)["ICC(2,1)"].value)
    assert found.extra["projection"]["5"] == pytest.approx(icc(scores)["ICC(2,k)"].value)


def test_components_of_items_with_raters_of_their_own_give_the_one_way_icc() -> None:
    scores = RNG.normal(size=(30, 1)) * 2 + RNG.normal(size=(30, 3))
    spread = np.full((30, 90), np.nan)
    for item in range(30):
        spread[item, 3 * item : 3 * item + 3] = scores[item]
    found = variance_components(spread)
    assert found.values is not None
    assert found.to_json()["value"]["rater"] is None
    assert found.extra["projection"]["1"] == pytest.approx(icc(scores)["ICC(1,1)"].value)
    assert found.extra["projection"]["3"] == pytest.approx(icc(scores)["ICC(1,k)"].value)


def test_components_with_unequal_numbers_of_ratings_by_hand() -> None:
    # Items (1, 3), (2, 4, 6), (9, 9): N 7, mean 34/7, means 2, 4, 9; within 2 + 8 + 0 = 10 over 4; between
    # 2(2-34/7)^2 + 3(4-34/7)^2 + 2(9-34/7)^2 = 2570/49 over 2; usual size (7 - 17/7) / 2 = 16/7.
    gaps = [[1, 3, np.nan], [2, 4, 6], [np.nan, 9, 9], [np.nan, np.nan, 5]]
    found = variance_components(gaps)
    assert found.method.startswith("one-way")
    between = (2 * (2 - 34 / 7) ** 2 + 3 * (4 - 34 / 7) ** 2 + 2 * (9 - 34 / 7) ** 2) / 2
    assert found.to_json()["value"] == {
        "item": pytest.approx((between - 2.5) / (16 / 7)),
        "rater": None,
        "residual": pytest.approx(2.5),
    }
    assert found.n_items == 3


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([[1.0, 1.0], [1.0, 1.0]], "no_variation"),
        ([[1.0, 2.0]], "too_few_items"),
        ([[1.0], [2.0]], "too_few_raters"),
        ([[1.0, np.nan], [np.nan, 2.0]], "no_overlap"),
    ],
)
def test_components_say_why_there_are_none(scores: list[list[float]], reason: str) -> None:
    assert variance_components(scores).reason == reason


def test_raters_needed_is_the_first_number_that_reaches_the_reliability() -> None:
    codes = np.where(RNG.random((80, 4)) < 0.6, RNG.integers(0, 3, (80, 1)), RNG.integers(0, 3, (80, 4)))
    found = label_components(Table.from_codes(codes, "abc"), up_to=40)
    for wanted, n in found.extra["raters_needed"].items():
        assert found.extra["projection"][str(n)] >= float(wanted)
        assert n == 1 or found.extra["projection"][str(n - 1)] < float(wanted)


def test_set_distances() -> None:
    a, ab, bc, none = frozenset("a"), frozenset("ab"), frozenset("bc"), frozenset()
    assert set_distance(a, ab, "jaccard") == 0.5
    assert set_distance(a, ab, "masi") == pytest.approx(1 - 0.5 * 2 / 3)
    assert set_distance(ab, bc, "masi") == pytest.approx(1 - 1 / 9)
    assert (set_distance(none, none, "masi"), set_distance(none, a, "masi")) == (0.0, 1.0)


def test_set_alpha_of_single_labels_is_nominal_alpha() -> None:
    labels = RNG.choice(list("abc"), (30, 3))
    rows = [(i, j, [labels[i, j]]) for i in range(30) for j in range(3)]
    plain = Table.from_rows([(i, j, str(labels[i, j])) for i in range(30) for j in range(3)])
    for distance in ("jaccard", "masi"):
        assert set_alpha(set_table(rows), distance=distance).value == pytest.approx(
            agreement.krippendorff_alpha(plain).value
        )
    assert set_alpha(set_table([(1, 1, ["a"]), (1, 2, ["a"])])).reason == "no_variation"
    with pytest.raises(ValueError, match="row 1: a set of labels is needed"):
        set_table([(1, 1, "ab")])


def test_icc_of_raters_who_contradict_each_other_in_everything_has_no_interval() -> None:
    from stats.icc import icc

    found = icc([[4.0, 0.0], [4.0, 0.0], [0.0, 4.0], [0.0, 4.0]])
    assert found["ICC(2,1)"].value is not None
    assert found["ICC(2,1)"].ci is None
