"""Every reference case with a published answer, within its stated tolerance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from stats_shared import cases

from scripts.run_tests import SHARED_ABSENT
from stats import agreement, strengths
from stats.compare import t_test
from stats.correlate import correlate_summary
from stats.icc import icc
from stats.kappa_error import cohen_kappa_error
from stats.rank_agreement import kendall_w
from stats.rank_strengths import choices
from stats.rank_table import RankTable
from stats.rank_tests import friedman
from stats.result import Figure
from stats.table import Table

CASES = cases()


def table_of(case: dict[str, Any]) -> Table:
    """The label table of a case, whatever its layout."""
    data, level = case["data"], case["params"].get("level", "nominal")
    if data["layout"] == "ratings_items_by_raters":
        return Table.from_matrix(data["ratings"], categories=data.get("categories"), level=level)
    if data["layout"] == "table":
        cells = np.asarray(data["table"])
        pairs = [(a, b) for (a, b), n in np.ndenumerate(cells) for _ in range(n)]
        return Table.from_codes(np.asarray(pairs), data.get("categories", list(range(len(cells)))))
    counts = np.asarray(data["counts"])
    width = int(counts.sum(axis=1).max())
    rows = [[k for k, n in enumerate(row) for _ in range(n)] for row in counts]
    return Table.from_codes(np.asarray([row + [-1] * (width - len(row)) for row in rows]), list(range(counts.shape[1])))


def label_answer(case: dict[str, Any]) -> Any:
    """The coefficient of a label case."""
    table, params = table_of(case), case["params"]
    weights = params.get("weights")
    if "disagreement_weights" in params:
        weights = 1 - np.asarray(params["disagreement_weights"], dtype=float)
    calls = {
        "cohen_kappa": lambda: agreement.cohen_kappa(table, weights=weights),
        "mean_pairwise_cohen_kappa": lambda: agreement.cohen_kappa(table, weights=weights),
        "pairwise_cohen_kappa": lambda: agreement.pairwise_cohen_kappa(table, weights=weights),
        "krippendorff_alpha": lambda: agreement.krippendorff_alpha(table, level=params.get("level", "nominal")),
        "gwet_ac2": lambda: agreement.gwet_ac2(table, weights=weights),
        "fleiss_kappa": lambda: agreement.fleiss_kappa(table, weights=weights),
        "brennan_prediger": lambda: agreement.brennan_prediger(table, weights=weights),
        "scott_pi": lambda: agreement.scott_pi(table, weights=weights),
        "conger_kappa": lambda: agreement.conger_kappa(table, weights=weights),
        "gwet_ac1": lambda: agreement.gwet_ac1(table),
        "percent_agreement": lambda: agreement.percent_agreement(table),
        "consensus_rate": lambda: agreement.consensus_rate(table),
    }
    figure: Figure = calls[case["statistic"]]()
    if case["expected"] is None:
        assert figure.reason is not None
    return figure.to_json()["value"]


def strength_answer(case: dict[str, Any]) -> Any:
    """Log strengths of a comparison or ranking case, from the reference the case names."""
    data, params = case["data"], case["params"]
    if data["layout"] == "win_matrix":
        found = strengths.bradley_terry(np.asarray([data["wins"]], dtype=float))[0]
    elif data["layout"] == "pairs_i_j_wij_wji_tij":
        k = 1 + max(max(pair[:2]) for pair in data["pairs"])
        wins, ties = np.zeros((1, k, k)), np.zeros((1, k, k))
        for i, j, won, lost, tied in data["pairs"]:
            wins[0, i, j], wins[0, j, i], ties[0, i, j], ties[0, j, i] = won, lost, tied, tied
        found = strengths.davidson(wins, ties)[0]
        return [*(found[:k] - found[0]), found[k]]
    else:
        ranks = np.full((len(data["orderings"]), 1, data["n_items"]), np.nan)
        for row, order in enumerate(data["orderings"]):
            ranks[row, 0, order] = np.arange(1, len(order) + 1)
        made, k = choices(ranks), data["n_items"]
        beats = made.beats.sum(axis=0).reshape(1, k, k)
        found = strengths.plackett_luce(made.won.sum(axis=0)[None], made.counts.sum(axis=0)[None], made.sets, beats)[0]
    found = found - (found[params["reference"]] if params["reference"] != "mean" else 0.0)
    if params.get("compare") == "sorted":
        return sorted(found)
    names = data.get("items") or data.get("names")
    return dict(zip(names, found, strict=True)) if isinstance(case["expected"], dict) else list(found)


def rank_table_of(case: dict[str, Any]) -> RankTable:
    """A ranking table whose rows are systems and whose columns are raters, or blocks by treatments."""
    data = case["data"]
    if data["layout"] == "blocks_by_treatments":
        values = np.asarray(data["values"], dtype=float)[:, None, :]
    else:
        values = np.asarray(data["ratings"], dtype=float).T[None]
    axes = [tuple(range(n)) for n in values.shape]
    return RankTable(axes[0], axes[1], axes[2], values)


def answer(case: dict[str, Any]) -> Any:
    """What we compute for a case, in the shape of its expected answer."""
    statistic, data = case["statistic"], case["data"]
    if statistic in ("bradley_terry", "bradley_terry_davidson", "plackett_luce"):
        return strength_answer(case)
    if statistic == "icc_all":
        return {name: figure.value for name, figure in icc(data["ratings"]).items()}
    if statistic in ("pearson", "spearman", "kendall_tau_b"):
        return correlate_summary(data["x"], data["y"])[statistic].value
    if statistic == "kendall_w":
        return kendall_w(rank_table_of(case)).value
    if statistic == "friedman":
        return friedman(rank_table_of(case)).to_json()
    if statistic == "t_test":
        return t_test(data["x"], data["y"], **case["params"]).to_json()
    if statistic == "cohen_kappa_ase_ci":
        return cohen_kappa_error(np.asarray(data["table"]))
    return label_answer(case)


def test_published_cases_are_here() -> None:
    """Says in one counted skip that the reference cases were not run."""
    if not CASES:
        pytest.skip(f"{SHARED_ABSENT} (agreement_cases.json)")
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.shared
@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case["name"]) for case in CASES]
    # An empty list would be a skip without a reason of ours.
    or [pytest.param({}, marks=pytest.mark.skip(f"{SHARED_ABSENT} (agreement_cases.json)"), id="absent")],
)
def test_published_case_is_reproduced(case: dict[str, Any]) -> None:
    found, expected = answer(case), case["expected"]
    if isinstance(expected, dict):
        found = {name: found[name] for name in expected}
    if expected is None:
        assert found is None
    else:
        assert found == pytest.approx(expected, abs=case["tolerance"], rel=0)
