"""People's and judges' rankings, block by block: mean ranks, do systems differ, the critical difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from stats import rank_strengths, rank_tests
from stats.paper.frame import Frame, Json, best, grouped, nothing
from stats.paper.material import Judgement, Study, Verdict
from stats.rank_table import RankTable
from stats.ratings import t_interval
from stats.result import Figure, Reason, json_safe


def compute(frame: Frame) -> Json:
    """Every block of every ranking, and every judge that put responses in order."""
    people = [
        _block(frame, table, {"study": study.key, "block": block})
        for study in frame.studies("ranking")
        for block, table in tables(frame, study).items()
    ]
    judges = [
        _block(frame, table, {"study": study.key, "judge": judge})
        for study in frame.studies("judging", way="lists")
        for judge, table in judged(frame, study).items()
    ]
    return {"people": people, "judges": judges} if people or judges else nothing()


def tables(frame: Frame, study: Study, *, everything: bool = False) -> dict[str, RankTable]:
    """The rankings of each block; `everything` with those that a person left out."""
    rows = [row for row in frame.judgements.get(study.key, []) if row.what == "rank"]
    kept = [row for row in rows if row.counts or (everything and _left_out(row))]
    return {block: _table(frame, found) for block, found in grouped(kept, lambda row: row.block)}


def _left_out(row: Judgement) -> bool:
    return bool(row.excluded) and not row.repeat


def _table(frame: Frame, rows: Sequence[Judgement]) -> RankTable:
    systems = frame.named(frame.system_of(row.response) for row in rows)
    return RankTable.from_rows(
        [(row.unit, row.rater, frame.system_of(row.response), row.value) for row in rows], systems=systems
    )


def judged(frame: Frame, study: Study) -> dict[str, RankTable]:
    """Each judge's rankings: a call is a rater, so that the orders shown and the rounds are averaged."""
    rows = [row for row in frame.verdicts.get(study.key, []) if row.value is not None and row.response]
    return {judge: _judge_table(frame, found) for judge, found in grouped(rows, lambda row: row.judge)}


def _judge_table(frame: Frame, rows: Sequence[Verdict]) -> RankTable:
    systems = frame.named(frame.system_of(row.response) for row in rows)
    # Calls of one item are numbered from 1: a rater for each call ever made would be a wide and empty table.
    calls: dict[str, dict[tuple[str, int], int]] = {}
    found = []
    for row in rows:
        own = calls.setdefault(row.item, {})
        number = own.setdefault((row.task, row.round), len(own) + 1)
        found.append((row.item, number, frame.system_of(row.response), row.value))
    return RankTable.from_rows(found, systems=systems)


def _block(frame: Frame, table: RankTable, about: Mapping[str, str]) -> Json:
    mean_rank = rank_tests.mean_rank(table, **frame.plan.options)
    nemenyi = rank_tests.nemenyi(table)
    values: Mapping[str, float] = mean_rank.values if isinstance(mean_rank.values, Mapping) else {}
    pairs: Sequence[dict[str, Any]] = nemenyi.extra.get("pairs", ())
    alike = rank_tests.significance_groups(dict(values), pairs, key="p") if pairs else []
    return {
        **about,
        "systems": [str(code) for code in table.systems],
        "best": best(dict(values), lowest=True),
        "mean_rank": mean_rank.to_json(),
        "friedman": rank_tests.friedman(table).to_json(),
        "nemenyi": nemenyi.to_json(),
        "not_apart": alike,
        "pairwise_wilcoxon": rank_tests.pairwise_wilcoxon(table).to_json(),
        "rank_histogram": rank_strengths.rank_histogram(table).to_json(),
        "win_matrix": rank_strengths.win_matrix(table).to_json(),
        "plackett_luce": rank_strengths.plackett_luce(table, **frame.plan.options).to_json(),
    }


def by_system(frame: Frame) -> Json:
    """People's mean rank of each system: in every block, and over all blocks it stands in."""
    found: dict[str, dict[str, list[float]]] = {}
    for study in frame.studies("ranking"):
        for block, table in tables(frame, study).items():
            means = rank_tests.blocks(table)
            for at, code in enumerate(table.systems):
                where = f"{study.key}/{block}" if block else study.key
                found.setdefault(str(code), {})[where] = means[:, at].tolist() if means.size else []
    return {
        code: {
            "pooled": _mean(value for values in found[code].values() for value in values).to_json(),
            "by_block": json_safe({where: _mean(values) for where, values in found[code].items()}),
        }
        for code in frame.named(found)
    }


def _mean(values: Iterable[float]) -> Figure:
    """A mean over questions with Student's interval."""
    fine = np.asarray(list(values), dtype=np.float64)
    method = "mean rank, raters averaged first, t interval over questions"
    if not fine.size:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=0, method=method)
    return Figure(float(fine.mean()), ci=t_interval(fine), n_items=int(fine.size), method=method)
