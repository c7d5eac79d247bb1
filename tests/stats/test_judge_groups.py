"""A judge beside two groups of people: differences against a loop over scipy, and cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from stats.bootstrap import drawn
from stats.clustered import STATISTICS
from stats.judge import human_judge
from stats.judge_groups import group_gaps
from stats.result import Reason


def scores(seed: int, items: int = 25, systems: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[int]]:
    """Experts near the judge, students further off and a point milder; both share each question's ease."""
    rng = np.random.default_rng(seed)
    truth = (5 + rng.normal(size=(items, 1)) + rng.normal(size=(items, systems))).ravel()
    expert, student, judge = (truth + spread * rng.normal(size=truth.size) for spread in (0.3, 1.2, 0.3))
    return expert, student + 1, judge, np.repeat(np.arange(items), systems).tolist()


def test_intervals_equal_percentiles_of_a_loop_over_the_same_questions() -> None:
    expert, student, judge, items = scores(1)
    found = group_gaps(expert, student, judge, items=items, bootstrap=300, seed=7)
    owner, loop = np.asarray(items), []
    for row in drawn(np.ones(25, dtype=np.int64), 300, 7):
        picks = np.concatenate([np.tile(np.flatnonzero(owner == c), int(w)) for c, w in enumerate(row)])
        e, s, j = expert[picks], student[picks], judge[picks]
        loop.append([
            scipy_stats.pearsonr(e, j).statistic - scipy_stats.pearsonr(s, j).statistic,
            scipy_stats.spearmanr(e, j).statistic - scipy_stats.spearmanr(s, j).statistic,
            scipy_stats.kendalltau(e, j).statistic - scipy_stats.kendalltau(s, j).statistic,
            absolute(e, j) - absolute(s, j),
            (j - e).mean() - (j - s).mean(),
            np.abs(j - e).mean() - np.abs(j - s).mean(),
        ])  # fmt: skip
    for place, name in enumerate(STATISTICS):
        ci = found[name].ci
        assert ci is not None
        expected = np.percentile(np.asarray(loop)[:, place], [2.5, 97.5])
        assert [ci.low, ci.high] == pytest.approx(expected, abs=1e-12)
        assert (found[name].n_items, found[name].extra["n_clusters"], ci.method) == (125, 25, "percentile")


def absolute(x: np.ndarray, y: np.ndarray) -> float:
    """ICC(A,1) from the mean squares, written out."""
    both = np.column_stack([x, y])
    n, grand = len(both), both.mean()
    rows = 2 * ((both.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    columns = n * ((both.mean(axis=0) - grand) ** 2).sum()
    total = ((both - grand) ** 2).sum()
    error = (total - rows * (n - 1) - columns) / (n - 1)
    return float((rows - error) / (rows + error + 2 * (columns - error) / n))


def test_a_difference_is_that_of_the_two_groups_own_figures() -> None:
    expert, student, judge, items = scores(2)
    found = group_gaps(expert, student, judge, items=items, bootstrap=0)
    alone = [human_judge(side, judge, items=items, bootstrap=0) for side in (expert, student)]
    for name in STATISTICS:
        own = [one[name].value or 0.0 for one in alone]
        assert found[name].value == pytest.approx(own[0] - own[1], abs=1e-12)
        assert found[name].ci is None
    assert (found["spearman"].value or 0) > 0.1
    assert (found["mae"].value or 0) < -0.5


def test_what_both_groups_share_is_taken_out_of_the_interval() -> None:
    rng = np.random.default_rng(3)
    judge = rng.normal(size=120) + np.repeat(3 * rng.normal(size=30), 4)
    expert = rng.normal(size=120) + np.repeat(3 * rng.normal(size=30), 4)
    items = np.repeat(np.arange(30), 4).tolist()
    gap = group_gaps(expert, expert + 0.1 * rng.normal(size=120), judge, items=items)["mean_difference"].ci
    own = human_judge(expert, judge, items=items)["mean_difference"].ci
    assert gap is not None
    assert own is not None
    assert gap.high - gap.low < (own.high - own.low) / 20


def test_groups_alike_to_the_digit_differ_by_nothing_and_have_no_interval() -> None:
    expert, _student, judge, items = scores(4)
    found = group_gaps(expert, expert, judge, items=items, bootstrap=100)["mae"]
    assert (found.value, found.ci, found.extra["ci_reason"]) == (0.0, None, Reason.NO_VARIATION)


def test_ranks_are_turned_round_and_have_no_common_scale() -> None:
    best_first, worst_first, points = [1, 2, 3, 2, 1, 3], [3, 2, 1, 2, 3, 1], [9, 6, 2, 5, 8, 1]
    found = group_gaps(best_first, worst_first, points, items=[0, 0, 0, 1, 1, 1], ranks=True, bootstrap=100)
    rho = scipy_stats.spearmanr(best_first, points).statistic
    assert found["spearman"].value == pytest.approx(-2 * rho)
    assert {found[name].reason for name in ("icc_a1", "mean_difference", "mae")} == {Reason.DIFFERENT_SCALES}
    apart = group_gaps(best_first, worst_first, points, items=[0, 0, 0, 1, 1, 1], same_scale=False, bootstrap=0)
    assert apart["mae"].reason == Reason.DIFFERENT_SCALES
    assert apart["pearson"].value is not None


def test_undefined_figures_have_reasons() -> None:
    one = group_gaps([1, 2, 3], [1, 3, 2], [1, 2, 3], items=["q"] * 3)["spearman"]
    assert one.value == pytest.approx(0.5)
    assert (one.ci, one.extra["ci_reason"]) == (None, Reason.TOO_FEW_ITEMS)
    flat = group_gaps([2, 2, 2], [1, 3, 2], [1, 2, 3], items=[1, 2, 3])
    assert (flat["pearson"].value, flat["pearson"].reason) == (None, Reason.NO_VARIATION)
    assert flat["mean_difference"].value == 0.0
    assert group_gaps([], [], [], items=[])["mae"].reason == Reason.TOO_FEW_ITEMS


def test_unusable_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="there are 2, 1 and 2 scores"):
        group_gaps([1, 2], [1], [1, 2], items=[1, 2])
    with pytest.raises(ValueError, match="2 group labels for 1 rows"):
        group_gaps([1], [1], [1], items=[1, 2])


def test_workers_and_a_second_run_give_the_same() -> None:
    expert, student, judge, items = scores(6)
    one, four = (group_gaps(expert, student, judge, items=items, bootstrap=1200, workers=w) for w in (1, 4))
    assert one == four
