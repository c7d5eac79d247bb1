"""Identities that hold for any data, tried on generated data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import agreement, rank_agreement
from stats.rank_strengths import plackett_luce
from stats.rank_table import RankTable
from stats.rank_tests import blocks, friedman, mean_rank
from stats.summary import agreement_summary
from stats.table import Table

FEW = settings(max_examples=40, deadline=None)


@st.composite
def complete_rankings(draw: st.DrawFn) -> RankTable:
    """Untied complete rankings of k systems by m raters on several units, half of them alike."""
    k, m, units = draw(st.integers(2, 7)), draw(st.integers(2, 5)), draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    base = rng.permuted(np.tile(np.arange(1, k + 1.0), (units, 1, 1)), axis=2).repeat(m, axis=1)
    other = rng.permuted(base, axis=2)
    ranks = np.where(rng.random((units, m, 1)) < 0.5, base, other)
    return RankTable(tuple(range(units)), tuple(range(m)), tuple("ABCDEFG"[:k]), ranks)


@st.composite
def label_tables(draw: st.DrawFn) -> Table:
    """Labels with gaps over two to five categories."""
    q, m, n = draw(st.integers(2, 5)), draw(st.integers(2, 5)), draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    codes = rng.integers(0, q, (n, m))
    codes = np.where(rng.random((n, m)) < 0.5, codes[:, :1], codes)
    return Table.from_codes(np.where(rng.random((n, m)) < draw(st.sampled_from([0, 0.3])), -1, codes), range(q))


def with_ranks(table: RankTable, ranks: np.ndarray) -> RankTable:
    return RankTable(table.units, table.raters, table.systems, ranks)


@FEW
@given(complete_rankings())
def test_coefficients_of_complete_rankings_coincide(table: RankTable) -> None:
    coded, _ = rank_agreement.rank_codes(table)
    kappa = rank_agreement.exact_rank_kappa(table).value
    for other in (agreement.fleiss_kappa, agreement.gwet_ac1, agreement.brennan_prediger, agreement.conger_kappa):
        assert other(coded).value == pytest.approx(kappa, abs=1e-10)
    matches = agreement.percent_agreement(coded).value
    assert kappa == pytest.approx((matches - 1 / table.k) / (1 - 1 / table.k), abs=1e-10)
    n = coded.codes.size
    alpha = agreement.krippendorff_alpha(coded).value
    assert alpha == pytest.approx(1 - (1 - kappa) * (n - 1) / n, abs=1e-10)


@FEW
@given(complete_rankings())
def test_quadratic_kappa_is_mean_spearman_and_follows_from_w(table: RankTable) -> None:
    m = len(table.raters)
    quadratic = rank_agreement.quadratic_kappa(table).value
    assert quadratic == pytest.approx(rank_agreement.mean_spearman(table).value, abs=1e-10)
    w = rank_agreement.unit_w(table)
    assert quadratic == pytest.approx(((m * w - 1) / (m - 1)).mean(), abs=1e-10)


@FEW
@given(complete_rankings())
def test_mean_ranks_sum_to_their_constant(table: RankTable) -> None:
    values = mean_rank(table).values
    assert isinstance(values, dict)
    assert sum(values.values()) == pytest.approx(table.k * (table.k + 1) / 2)


@FEW
@given(complete_rankings(), st.randoms())
def test_renaming_systems_permutes_results(table: RankTable, random: object) -> None:
    order = np.random.default_rng(random.randrange(2**32)).permutation(table.k)  # type: ignore[attr-defined]
    renamed = with_ranks(table, table.ranks[:, :, order])
    for statistic in (
        rank_agreement.exact_rank_kappa,
        rank_agreement.kendall_w,
        rank_agreement.mean_kendall_tau_b,
        rank_agreement.top1,
    ):
        assert statistic(renamed).value == pytest.approx(statistic(table).value, abs=1e-10)
    assert blocks(renamed) == pytest.approx(blocks(table)[:, order])
    first, second = plackett_luce(table), plackett_luce(renamed)
    assert first.reason == second.reason
    if isinstance(first.values, dict) and isinstance(second.values, dict):
        expected = [list(first.values.values())[j] for j in order]
        assert list(second.values.values()) == pytest.approx(expected, abs=1e-6)


@FEW
@given(complete_rankings())
def test_reversing_all_ranks_changes_no_agreement(table: RankTable) -> None:
    turned = with_ranks(table, table.k + 1 - table.ranks)
    for statistic in (
        rank_agreement.exact_rank_kappa,
        rank_agreement.quadratic_kappa,
        rank_agreement.kendall_w,
        rank_agreement.mean_spearman,
        rank_agreement.mean_kendall_tau_b,
    ):
        assert statistic(turned).value == pytest.approx(statistic(table).value, abs=1e-10)
    assert friedman(turned).value == pytest.approx(friedman(table).value, abs=1e-8)


def test_kappa_441_means_656_of_1260_equal_ranks() -> None:
    assert pytest.approx(0.441, abs=5e-4) == (656 / 1260 - 1 / 7) / (6 / 7)
    assert pytest.approx(0.440, abs=5e-4) == (655 / 1260 - 1 / 7) / (6 / 7)


def test_a_shift_by_one_place_is_what_the_reader_is_warned_of() -> None:
    order = np.arange(1, 8.0)
    table = RankTable((0,), (0, 1), tuple("ABCDEFG"), np.stack([order, np.roll(order, 1)])[None])
    assert rank_agreement.exact_rank_kappa(table).value == pytest.approx(-1 / 6)
    assert rank_agreement.mean_kendall_tau_b(table).value == pytest.approx(3 / 7)


@FEW
@given(label_tables(), st.randoms())
def test_nominal_figures_do_not_depend_on_names_or_order(table: Table, random: object) -> None:
    rng = np.random.default_rng(random.randrange(2**32))  # type: ignore[attr-defined]
    names = np.append(rng.permutation(table.n_categories), -1)
    codes = names[table.codes][rng.permutation(len(table.units))][:, rng.permutation(len(table.raters))]
    shuffled = Table.from_codes(codes, table.categories)
    before, after = agreement_summary(table), agreement_summary(shuffled)
    for name, figure in before.items():
        if name != "pairwise_cohen_kappa":
            assert (after[name].value, after[name].reason) == (pytest.approx(figure.value, abs=1e-9), figure.reason)


@FEW
@given(label_tables())
def test_agreement_never_exceeds_one_and_json_never_holds_nan(table: Table) -> None:
    for name, figure in agreement_summary(table, bootstrap=20).items():
        found = figure.to_json()
        if name == "pairwise_cohen_kappa":
            continue
        assert (found["value"] is None) == (found["reason"] is not None)
        assert found["value"] is None or found["value"] <= 1 + 1e-12


@FEW
@given(label_tables())
def test_categories_nobody_used_change_only_what_depends_on_them(table: Table) -> None:
    wider = Table.from_codes(table.codes, [*table.categories, "never"])
    before, after = agreement_summary(table), agreement_summary(wider)
    for name in ("cohen_kappa", "fleiss_kappa", "krippendorff_alpha", "scott_pi", "conger_kappa", "percent_agreement"):
        assert after[name].value == pytest.approx(before[name].value, abs=1e-9)
