"""Worked examples of the literature whose data and answers fit on a few lines, each with its source."""

from __future__ import annotations

import numpy as np
import pytest

from stats.compare import paired_t_test, t_test
from stats.icc import icc
from stats.intervals import clopper_pearson, wilson
from stats.judge import bland_altman


@pytest.mark.parametrize(
    ("hits", "n", "score", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_newcombe_1998_proportions(hits: int, n: int, score: tuple[float, float], exact: tuple[float, float]) -> None:
    """Newcombe (1998), Statistics in Medicine 17, table I: methods 3 (score) and 5 (exact)."""
    for found, expected in ((wilson(hits, n), score), (clopper_pearson(hits, n), exact)):
        assert found is not None
        assert (found.low, found.high) == pytest.approx(expected, abs=5.1e-5)


def test_shrout_and_fleiss_1979_intervals() -> None:
    """Six targets, four judges (Shrout and Fleiss 1979, table 2); intervals as the R package psych prints them."""
    scores = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    expected = {
        "ICC(1,1)": (0.17, -0.133, 0.72),
        "ICC(2,1)": (0.29, 0.019, 0.76),
        "ICC(3,1)": (0.71, 0.342, 0.95),
        "ICC(1,k)": (0.44, -0.884, 0.91),
        "ICC(2,k)": (0.62, 0.071, 0.93),
        "ICC(3,k)": (0.91, 0.676, 0.99),
    }
    for name, (value, low, high) in expected.items():
        found = icc(np.asarray(scores, dtype=float))[name]
        assert found.value == pytest.approx(value, abs=0.005)
        assert found.ci is not None
        assert found.ci.low == pytest.approx(low, abs=0.0006)
        assert found.ci.high == pytest.approx(high, abs=0.006)


def test_students_sleep_1908() -> None:
    """Extra hours of sleep under two drugs, ten patients; the answers of t.test(extra ~ group, data = sleep) in R."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    welch, paired = t_test(first, second), paired_t_test(first, second)
    assert welch.extra["t"] == pytest.approx(-1.8608, abs=5e-5)
    assert welch.extra["df"] == pytest.approx(17.776, abs=5e-4)
    assert welch.extra["p"] == pytest.approx(0.07939, abs=5e-6)
    assert welch.ci is not None
    assert (welch.ci.low, welch.ci.high) == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)
    assert paired.extra["t"] == pytest.approx(-4.0621, abs=5e-5)
    assert paired.extra["p"] == pytest.approx(0.002833, abs=5e-7)
    assert paired.ci is not None
    assert (paired.ci.low, paired.ci.high) == pytest.approx((-2.4598858, -0.7001142), abs=5e-8)


def test_bland_and_altman_1986_peak_flow() -> None:
    """First readings of two peak flow meters, 17 subjects (Lancet 1986, 307-310): mean -2.1, sd 38.8 l/min."""
    large = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
    mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
    found = bland_altman(mini, large, bootstrap=0)  # large minus mini
    assert isinstance(found.values, dict)
    assert found.values["bias"] == pytest.approx(-2.1, abs=0.05)
    assert found.extra["sd"] == pytest.approx(38.8, abs=0.05)
