"""Real data sets with known answers."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from stats_shared import data_file

from stats import agreement
from stats.pairs import Votes
from stats.preference import average_win_rate, bradley_terry, wins
from stats.table import Table

pytestmark = pytest.mark.shared


def read(name: str) -> list[dict[str, str]]:
    with data_file(name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def wide(name: str, *, categories: list[str] | None = None) -> Table:
    rows = [list(row.values())[1:] for row in read(name)]
    return Table.from_matrix(rows, categories=categories, level="ordinal")


def test_fleiss_diagnoses() -> None:
    table = wide("agreement_fixtures/fleiss1971_psychiatric_diagnoses.csv")
    assert agreement.fleiss_kappa(table).value == pytest.approx(0.4302445, abs=5e-8)


@pytest.mark.parametrize(
    ("weights", "expected"), [(None, -0.006289308), ("linear", 0.1459075), ("quadratic", 0.2520325)]
)
def test_anxiety_raters_two_and_three(weights: str | None, expected: float) -> None:
    rows = [list(row.values())[2:] for row in read("agreement_fixtures/irr_anxiety_ratings.csv")]
    table = Table.from_matrix(rows, level="ordinal")
    assert agreement.cohen_kappa(table, weights=weights).value == pytest.approx(expected, abs=5e-8)


@pytest.mark.parametrize(
    ("level", "expected"), [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491), ("ratio", 0.7974)]
)
def test_krippendorff_codings(level: str, expected: float) -> None:
    with data_file("agreement_fixtures/krippendorff_codings_4x12.csv").open(encoding="utf-8", newline="") as file:
        coders = list(csv.reader(file))
    units = [list(unit) for unit in zip(*coders, strict=True)]
    table = Table.from_matrix(units, level=level)
    assert agreement.krippendorff_alpha(table, level=level).value == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("column", "expected"), [("is_stressor", 0.3022), ("is_covid", 0.8137)])
def test_stress_votes_give_the_known_fleiss_kappa(column: str, expected: float) -> None:
    codes = []
    for row in read("sad/SAD_v1.csv"):
        alike = round(5 * float(row[f"{column}_conf"]))
        answer = int(float(row[column]))
        codes.append([answer] * alike + [1 - answer] * (5 - alike))
    found = agreement.fleiss_kappa(Table.from_codes(codes, ["no", "yes"]))
    assert found.n_items == 6850
    assert found.value == pytest.approx(expected, abs=5e-5)


@pytest.fixture(scope="module")
def crowd() -> Votes:
    rows = read("llmfao/crowd-comparisons.csv")
    return Votes.from_rows((r["id"], r["worker"], r["left"], r["right"], r["winner"]) for r in rows)


@pytest.fixture(scope="module")
def golden() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for row in read("llmfao/llmfao-golden.csv"):
        found.setdefault(row["algorithm"], {})[row["item"]] = float(row["score"])
    return found


def test_crowd_counts(crowd: Votes) -> None:
    found = wins(crowd)
    assert (found.n_items, found.n_raters, found.extra["n_votes"]) == (2139, 124, 8931)
    assert found.extra["n_ties"] == 3471


def test_crowd_counting_and_average_win_rate(crowd: Votes, golden: dict[str, dict[str, float]]) -> None:
    won, tied = (array[0] for array in crowd.win_arrays(1, np.zeros(crowd.outcome.size, dtype=np.int64)))
    score = won + tied / 2
    names = [str(system) for system in crowd.systems]
    assert dict(zip(names, score.sum(axis=1), strict=True)) == pytest.approx(golden["counting"], abs=1e-12)
    met = score + score.T
    rate = np.divide(score, met, out=np.full(met.shape, np.nan), where=met > 0)
    assert dict(zip(names, np.nanmean(rate, axis=1), strict=True)) == pytest.approx(
        golden["average_win_rate"], abs=1e-12
    )


def test_crowd_average_win_rate_as_reports_have_it(crowd: Votes, golden: dict[str, dict[str, float]]) -> None:
    found = average_win_rate(crowd, bootstrap=20, seed=1)
    assert dict(found.values or {}) == pytest.approx(golden["average_win_rate"], abs=1e-12)
    assert set(found.extra["ci_by_system"]) == set(golden["average_win_rate"])


def test_crowd_bradley_terry(crowd: Votes, golden: dict[str, dict[str, float]]) -> None:
    found = bradley_terry(crowd).extra["share"]
    assert found == pytest.approx(golden["bradley_terry"], abs=1e-6)


def test_crowd_alpha_in_the_files_own_orientation() -> None:
    rows = read("llmfao/crowd-comparisons.csv")
    table = Table.from_rows([(r["id"], r["worker"], r["winner"]) for r in rows], categories=["left", "right", "tie"])
    assert agreement.krippendorff_alpha(table).value == pytest.approx(0.2906, abs=5e-5)
