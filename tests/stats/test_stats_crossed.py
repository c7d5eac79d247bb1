"""Intervals over items and raters: the formula, its edges, and that it holds the truth with few raters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from stats import agreement
from stats.crossed import STATISTICS, crossed_bootstrap
from stats.result import Reason
from stats.summary import agreement_summary
from stats.table import Table


def study(rng: np.random.Generator, n: int, skills: np.ndarray, gaps: float = 0.0) -> Table:
    """Raters who know the label of three with their own probability and guess otherwise."""
    truth, shape = rng.integers(0, 3, (n, 1)), (n, skills.size)
    codes = np.where(rng.random(shape) < skills, truth, rng.integers(0, 3, shape))
    return Table.from_codes(np.where(rng.random(shape) < gaps, -1, codes), range(3))


UNLIKE = np.asarray([0.9, 0.8, 0.5, 0.7, 0.95])


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_value_and_rater_part_follow_from_the_coefficients_themselves(name: str, gaps: float) -> None:
    table = study(np.random.default_rng(1), 80, UNLIKE, gaps)
    whole = agreement_summary(table)[name].value
    without = [agreement_summary(table.keep_raters([j for j in range(5) if j != out]))[name].value for out in range(5)]
    assert whole is not None
    pseudo = [5 * whole - 4 * value for value in without if value is not None]
    found = crossed_bootstrap(table, statistic=name, n=200)
    assert found.value == pytest.approx(whole, abs=1e-12)
    assert found.extra["variance_raters"] == pytest.approx(np.var(pseudo, ddof=1) / 5, abs=1e-12)


def test_item_part_is_the_jackknifes_covariance() -> None:
    """A mean over items has a covariance of raters' pseudo-values that can be written down: that of their shares."""
    rng = np.random.default_rng(2)
    truth, knows = rng.integers(0, 3, (400, 1)), (rng.random((400, 1)) < 0.5) * UNLIKE  # easy and hard items
    table = Table.from_codes(np.where(rng.random((400, 5)) < knows, truth, rng.integers(0, 3, (400, 5))), range(3))
    same = np.stack([table.codes[:, j] == table.codes[:, k] for j in range(5) for k in range(5)], axis=1)
    shares = same.reshape(400, 5, 5).astype(float)
    own = (shares.sum(axis=2) - 1) / 4  # how far each rater agrees with the four others, by item
    whole = own.mean(axis=1)
    # Leaving one out takes that rater's pairs away, so the pseudo-values are linear in the shares.
    pseudo = 5 * whole[:, None] - 4 * (5 * whole[:, None] - 2 * own) / 3
    joint = np.cov(pseudo, rowvar=False) / 400
    expected = (joint.sum() - np.trace(joint)) / 20
    found = crossed_bootstrap(table, statistic="percent_agreement", n=20_000)
    assert found.extra["variance_items"] == pytest.approx(expected, rel=0.1)


def test_interval_is_students_on_the_log_odds() -> None:
    table = study(np.random.default_rng(3), 100, UNLIKE)
    found = crossed_bootstrap(table, statistic="fleiss_kappa", n=300, confidence=0.9)
    assert found.ci is not None
    assert found.value is not None
    half = scipy_stats.t.ppf(0.95, found.extra["df"]) * found.extra["se"] / (1 - found.value**2)
    assert found.ci.low == pytest.approx(math.tanh(math.atanh(found.value) - half))
    assert found.ci.high == pytest.approx(math.tanh(math.atanh(found.value) + half))
    raters, items = found.extra["variance_raters"], found.extra["variance_items"]
    assert found.extra["se"] == pytest.approx(math.sqrt(raters + items))
    assert found.extra["df"] == pytest.approx((raters + items) ** 2 / (raters**2 / 4 + items**2 / 99))


def test_unlike_raters_widen_the_interval_and_many_alike_do_not() -> None:
    few = study(np.random.default_rng(4), 200, np.asarray([0.95, 0.7, 0.4]))
    many = study(np.random.default_rng(4), 200, np.full(16, 0.7))
    widths = []
    for table in (few, many):
        both, items = crossed_bootstrap(table, n=400).ci, agreement_summary(table, bootstrap=400)["krippendorff_alpha"]
        assert both is not None
        assert items.ci is not None
        widths.append((both.high - both.low) / (items.ci.high - items.ci.low))
    assert widths[0] > 4
    assert widths[1] < 1.3


@pytest.mark.parametrize("name", ["krippendorff_alpha", "cohen_kappa"])
@pytest.mark.parametrize("clustered", [False, True])
def test_any_number_of_workers_gives_the_same(name: str, clustered: bool) -> None:
    table = study(np.random.default_rng(5), 300, UNLIKE, 0.1)
    clusters = [f"d{i // 3}" for i in range(300)] if clustered else None
    one, four = (crossed_bootstrap(table, statistic=name, n=1200, clusters=clusters, workers=w) for w in (1, 4))
    assert one == four
    assert one.extra["resampled"] == ("clusters and raters" if clustered else "items and raters")


@pytest.mark.parametrize(
    ("codes", "value", "reason"),
    [
        ([[0, 1], [1, 1], [0, 0], [1, 0]], True, Reason.TOO_FEW_RATERS),
        # The third never meets anybody: as far as agreement goes there are two raters.
        ([[0, 1, -1], [1, 1, -1], [0, 0, -1], [-1, -1, 1]], True, Reason.TOO_FEW_RATERS),
        ([[0, 0, 0], [1, 1, 1]] * 20, True, Reason.NO_VARIATION),
        # Everybody overlaps with the first alone: without that rater nothing is left.
        ([[0, 1, -1], [1, 1, -1], [0, -1, 0], [1, -1, 1]] * 3, True, Reason.UNSTABLE),
        ([[0, -1], [-1, 1]], False, Reason.NO_OVERLAP),
        ([[0], [1]], False, Reason.TOO_FEW_RATERS),
        ([[0, 0, 0], [0, 0, 0]], False, Reason.NO_VARIATION),
    ],
)
def test_no_interval_rather_than_a_wrong_one(codes: list[list[int]], value: bool, reason: Reason) -> None:
    found = crossed_bootstrap(Table.from_codes(codes, range(2)), n=100)
    assert found.ci is None
    if value:
        assert found.value is not None
        assert found.extra["ci_reason"] == reason
    else:
        assert found.reason == reason


def test_unknown_statistic_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown statistic 'consensus_rate'"):
        crossed_bootstrap(study(np.random.default_rng(6), 9, UNLIKE), statistic="consensus_rate")


def test_ordinal_and_weighted_coefficients_are_those_of_the_summary() -> None:
    table = study(np.random.default_rng(7), 60, UNLIKE)
    summary = agreement_summary(table, level="ordinal", weights="linear")
    for name in ("krippendorff_alpha", "cohen_kappa", "gwet_ac2"):
        found = crossed_bootstrap(table, statistic=name, level="ordinal", weights="linear", n=50)
        assert found.value == pytest.approx(summary[name].value, abs=1e-12)
    plain = agreement.gwet_ac2(table, weights="ordinal").value
    assert crossed_bootstrap(table, statistic="gwet_ac2", level="ordinal", n=50).value == pytest.approx(plain)


def test_three_raters_who_differ_much_are_covered() -> None:
    """A short form of benchmarks/stats_coverage.py: drawing raters covered 88 % here, items alone about half."""
    truth, hits, plain = (8 / 11) ** 2, 0, 0
    for number in range(200):
        rng = np.random.default_rng([number, 9])
        table = study(rng, 150, rng.beta(8, 3, 3))
        ci = crossed_bootstrap(table, statistic="fleiss_kappa", n=200, seed=number).ci
        own = agreement_summary(table, bootstrap=200, seed=number)["fleiss_kappa"].ci
        assert ci is not None
        assert own is not None
        hits += ci.low <= truth <= ci.high
        plain += own.low <= truth <= own.high
    assert hits >= 184
    assert plain < 140
