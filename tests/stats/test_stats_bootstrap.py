"""The fast bootstrap equals the libraries on the same resample, and is the same for any number of workers."""

from __future__ import annotations

import math

import krippendorff
import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from stats import agreement, kernels, pair_kernels
from stats.bootstrap import Sampling, block_weights, draw, interval, jackknife, replicates, sampling
from stats.intervals import bca
from stats.kernels import Kernel
from stats.resample import resample, weighted_means
from stats.summary import agreement_summary
from stats.table import Table

RNG = np.random.default_rng(7)


def noisy_table(n: int, raters: int, q: int, *, gaps: float = 0.0, seed: int = 3) -> Table:
    """Raters who agree about half of the time."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, q, (n, 1))
    codes = np.where(rng.random((n, raters)) < 0.6, truth, rng.integers(0, q, (n, raters)))
    return Table.from_codes(np.where(rng.random((n, raters)) < gaps, -1, codes), list(range(1, q + 1)))


def resampled(table: Table, member: np.ndarray, n_patterns: int, picks: np.ndarray) -> tuple[Table, np.ndarray]:
    """The rows that were picked, and the same picks as pattern weights."""
    weights = np.bincount(member[picks], minlength=n_patterns).astype(float)[None]
    return table.keep_units_at(picks), weights


def library_alpha(table: Table, level: str) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(
            krippendorff.alpha(
                value_counts=table.counts,
                value_domain=np.arange(1, table.n_categories + 1),
                level_of_measurement=level,
            )
        )


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_alpha_kernel_equals_krippendorff_on_the_same_resamples(level: str, gaps: float) -> None:
    table = noisy_table(120, 4, 5, gaps=gaps)
    kernel = agreement.alpha_kernel(table.pattern_counts, table, level)
    for _ in range(20):
        picks = RNG.integers(0, 120, 120)
        drawn, weights = resampled(table, table.by_count.member, table.by_count.first.size, picks)
        assert kernel.evaluate(weights)[0] == pytest.approx(library_alpha(drawn, level), abs=1e-12)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_cohen_kernel_equals_scikit_learn_on_the_same_resamples(weights: str | None) -> None:
    table = noisy_table(90, 3, 4)
    codes = table.codes[table.by_row.first]
    kernel = pair_kernels.cohen(codes, agreement.agreement_weights(weights, 4))
    for _ in range(20):
        picks = RNG.integers(0, 90, 90)
        drawn, heavy = resampled(table, table.by_row.member, table.by_row.first.size, picks)
        expected = [
            cohen_kappa_score(drawn.codes[:, g], drawn.codes[:, h], labels=range(4), weights=weights)
            for g, h in pair_kernels.rater_pairs(3)
        ]
        assert kernel.columns(heavy)[0] == pytest.approx(expected, abs=1e-12)
        assert kernel.evaluate(heavy)[0] == pytest.approx(np.mean(expected), abs=1e-12)


def test_fleiss_kernel_equals_statsmodels_on_the_same_resamples() -> None:
    table = noisy_table(80, 5, 3)
    kernel = kernels.fleiss(table.pattern_counts, np.eye(3))
    for _ in range(20):
        picks = RNG.integers(0, 80, 80)
        drawn, weights = resampled(table, table.by_count.member, table.by_count.first.size, picks)
        assert kernel.evaluate(weights)[0] == pytest.approx(fleiss_kappa(drawn.counts), abs=1e-12)


@pytest.mark.parametrize("gaps", [0.0, 0.25])
def test_point_values_equal_the_kernels(gaps: float) -> None:
    table = noisy_table(150, 4, 5, gaps=gaps)
    one = table.by_row.multiplicity[None].astype(float)
    kernel = pair_kernels.cohen(table.codes[table.by_row.first], np.eye(5))
    assert agreement.cohen_kappa(table).value == pytest.approx(kernel.evaluate(one)[0], abs=1e-12)
    many = table.by_count.multiplicity[None].astype(float)
    for level in agreement.LEVELS:
        ours = agreement.alpha_kernel(table.pattern_counts, table, level).evaluate(many)[0]
        assert agreement.krippendorff_alpha(table, level=level).value == pytest.approx(ours, abs=1e-12)


def test_patterns_stand_for_their_items() -> None:
    table = noisy_table(300, 3, 3, gaps=0.2)
    assert np.array_equal(table.codes[table.by_row.first][table.by_row.member], table.codes)
    assert np.array_equal(table.pattern_counts[table.by_count.member], table.counts)
    assert table.by_count.multiplicity.sum() == 300


def test_patterns_too_many_for_a_machine_integer_are_grouped_all_the_same() -> None:
    codes = np.random.default_rng(1).integers(0, 30, (50, 3)).repeat(20, axis=1)
    table = Table.from_codes(np.concatenate([codes, codes]), list(range(30)))
    assert np.array_equal(table.codes[table.by_row.first][table.by_row.member], table.codes)
    assert np.array_equal(table.pattern_counts[table.by_count.member], table.counts)
    assert set(table.by_row.multiplicity.tolist()) == {2}


@pytest.mark.parametrize("clustered", [False, True])
def test_interval_is_the_same_for_any_number_of_workers(clustered: bool) -> None:
    table = noisy_table(400, 4, 4)
    clusters = [i // 5 for i in range(400)] if clustered else None
    found = [
        agreement_summary(table, bootstrap=1200, seed=5, workers=workers, clusters=clusters) for workers in (1, 2, 3)
    ]
    assert found[0] == found[1] == found[2]
    assert (
        found[0]["fleiss_kappa"] != agreement_summary(table, bootstrap=1200, seed=6, clusters=clusters)["fleiss_kappa"]
    )


def test_weights_are_a_multinomial_draw_by_either_route() -> None:
    for sizes in (np.asarray([50, 30, 20]), np.ones(100, dtype=np.int64), np.asarray([1, 2] * 30)):
        drawn = draw(sizes, 4000, np.random.default_rng(2))
        n = sizes.sum()
        assert set(drawn.sum(axis=1).tolist()) == {float(n)}
        assert drawn.mean(axis=0) == pytest.approx(sizes, rel=0.1)
        expected = sizes * (1 - sizes / n)
        assert drawn.var(axis=0).mean() == pytest.approx(expected.mean(), rel=0.05)


@pytest.mark.parametrize("n", [50, 2000])
def test_a_block_of_weights_is_what_its_own_seed_draws_kept_or_not(n: int) -> None:
    sizes = np.ones(n, dtype=np.int64)
    for child in np.random.SeedSequence(9).spawn(3):
        wanted = draw(sizes, 200, np.random.Generator(np.random.PCG64(child)))
        for _again in range(2):
            assert np.array_equal(block_weights(sizes, 200, child), wanted)
    heavy = np.full(n, 2)
    child = np.random.SeedSequence(9).spawn(1)[0]
    assert block_weights(heavy, 10, child).sum(axis=1).tolist() == [2.0 * n] * 10


def test_jackknife_leaves_each_item_out() -> None:
    table = noisy_table(40, 3, 3)
    kernel = kernels.fleiss(table.pattern_counts, np.eye(3))
    found = jackknife(kernel, Sampling(table.by_count.multiplicity), table.by_count.multiplicity)
    for item in range(40):
        rest = table.keep_units(np.arange(40) != item)
        expected = agreement.fleiss_kappa(rest).value
        assert found[table.by_count.member[item]] == pytest.approx(expected, abs=1e-12)


def test_cluster_jackknife_leaves_whole_clusters_out() -> None:
    table, owner = noisy_table(40, 3, 3), np.arange(40) // 4
    kernel = kernels.fleiss(table.pattern_counts, np.eye(3))
    units = sampling(table.by_count, owner.tolist())
    found = jackknife(kernel, units, table.by_count.multiplicity)
    expected = [agreement.fleiss_kappa(table.keep_units(owner != c)).value for c in range(10)]
    assert found == pytest.approx(expected, abs=1e-12)


def test_clusters_with_all_items_alike_widen_the_interval() -> None:
    small = noisy_table(60, 3, 3)
    table = Table.from_codes(np.repeat(small.codes, 10, axis=0), small.categories)
    owners = [i // 10 for i in range(600)]
    items = agreement_summary(table, bootstrap=800)["fleiss_kappa"].ci
    whole = agreement_summary(table, bootstrap=800, clusters=owners)["fleiss_kappa"].ci
    assert items is not None
    assert whole is not None
    assert (whole.high - whole.low) / (items.high - items.low) == pytest.approx(math.sqrt(10), rel=0.15)


def test_bca_matches_scipy_on_a_mean() -> None:
    x = np.random.default_rng(4).lognormal(size=60)
    drawn = resample(weighted_means(x[:, None]), 60, n=8000, seed=1)[:, 0]
    left_out = (x.sum() - x) / 59
    ours = bca(drawn, float(x.mean()), left_out)
    theirs = scipy_bootstrap((x,), np.mean, n_resamples=8000, method="BCa", rng=np.random.default_rng(5))
    assert ours is not None
    assert ours.low == pytest.approx(theirs.confidence_interval.low, rel=0.03)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, rel=0.03)


def test_interval_is_refused_where_replicates_do_not_vary_or_are_undefined() -> None:
    assert interval(np.ones(50), 1.0)[0] is None
    assert interval(np.ones(50), 1.0)[1]["ci_reason"] == "no_variation"
    torn = np.where(np.arange(100) < 20, np.nan, np.linspace(0, 1, 100))
    assert interval(torn, 0.5) == (
        None,
        {"replicates": 100, "replicates_undefined": 20, "ci_reason": "unstable"},
    )


def test_many_raters_are_worked_off_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    table = noisy_table(60, 6, 3, gaps=0.4)
    whole = agreement.cohen_kappa(table)
    monkeypatch.setattr(pair_kernels, "_CHUNK_CELLS", 500)
    kernel: Kernel = pair_kernels.cohen(table.codes[table.by_row.first], np.eye(3))
    assert len(kernel.parts) > 1
    one = table.by_row.multiplicity[None].astype(float)
    assert kernel.evaluate(one)[0] == pytest.approx(whole.value, abs=1e-12)
    assert replicates([kernel], Sampling(table.by_row.multiplicity), n=50, seed=1).shape == (50, 1)
