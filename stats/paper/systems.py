"""Systems x criteria: judges' means side by side, bullets for what differs from the base, mean human rank last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stats.paper import ranks
from stats.paper.frame import Frame, Json, best, nothing
from stats.paper.material import Verdict
from stats.ratings import t_interval
from stats.result import Figure, Reason, json_safe
from stats.significance import Comparison, Means, against_base, better_and_worse

METHOD = "mean of question means over rounds, t interval over questions"
ALL = "all"
"""The key of the mean over a rubric's criteria."""


def compute(frame: Frame) -> Json:
    """One table for each rubric that judges scored by; people's mean ranks stand beside each."""
    tables = [_table(frame, rubric, rows) for rubric, rows in frame.rubrics.items()]
    if not tables:
        return nothing()
    return {"tables": tables, "mean_rank": ranks.by_system(frame), "pairs": [list(pair) for pair in frame.pairs]}


def _table(frame: Frame, rubric: str, rows: Sequence[Verdict]) -> Json:
    systems = frame.named(frame.system_of(row.response) for row in rows)
    criteria = [one.key for one in frame.criteria(rubric) if any(row.criterion == one.key for row in rows)]
    judges = frame.judges(rows)
    found = {judge: means(frame, [row for row in rows if row.judge == judge]) for judge in judges}
    return {
        "rubric": rubric,
        "judges": judges,
        "criteria": criteria,
        "groups": _groups(frame, systems),
        "cells": {
            key: {judge: _column(frame, found[judge][key], systems) for judge in judges if key in found[judge]}
            for key in criteria
        },
        "tests": {judge: _tests(frame, found[judge], systems) for judge in judges},
    }


def _groups(frame: Frame, systems: Sequence[str]) -> list[Json]:
    return [
        {"group": name, "systems": [code for code in members if code in systems]}
        for name, members in frame.groups.items()
        if any(code in systems for code in members)
    ]


def means(frame: Frame, rows: Sequence[Verdict]) -> dict[str, Means]:
    """One judge's question means for each criterion.

    The response's round and the judge's make one round: so every score weighs alike within its question.
    """
    found: dict[str, list[tuple[str, str, tuple[int, int], float]]] = {}
    for row in rows:
        if row.value is not None:
            turn = frame.responses[row.response].round, row.round
            found.setdefault(row.criterion, []).append((frame.system_of(row.response), row.item, turn, row.value))
    return {key: Means.from_rows(values) for key, values in found.items()}


def _column(frame: Frame, found: Means, systems: Sequence[str]) -> Json:
    """One judge's means on one criterion with the best of each group."""
    figures = {code: mean_figure(found, code) for code in systems}
    tops = [best({code: figures[code].value for code in members if code in figures})
            for members in frame.groups.values()]  # fmt: skip
    return {"means": json_safe(figures), "best": [code for top in tops for code in top]}


def mean_figure(found: Means, system: str) -> Figure:
    """A system's mean over questions with its interval."""
    if system not in found.systems:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=0, method=METHOD)
    values = found.of(system)
    fine = values[np.isfinite(values)]
    turns = found.rounds[found.systems.index(system)]
    extra = {"sd": float(fine.std(ddof=1)) if fine.size > 1 else None, "n_scores": int(turns.sum())}
    return Figure(float(fine.mean()), ci=t_interval(fine), n_items=int(fine.size), method=METHOD, extra=extra)


def _tests(frame: Frame, found: Mapping[str, Means], systems: Sequence[str]) -> Json:
    """Every fine-tuned system against its base on each criterion, and how often it is better and worse."""
    pairs = [(code, base) for code, base in frame.pairs if code in systems and base in systems]
    shared = {key: one for key, one in found.items() if all(code in one.systems for pair in pairs for code in pair)}
    compared = against_base(shared, pairs) if pairs else []
    return {
        "comparisons": [{**one.to_json(), "bullet": _bullets(one)} for one in compared],
        "counts": better_and_worse(compared),
        "counts_paired": better_and_worse(compared, test="paired"),
        "counts_holm": better_and_worse(compared, test="paired", adjusted=True),
    }


def _bullets(one: Comparison) -> Json:
    """Whether p is below 0.05: as the protocol has it, paired by question, and paired with Holm."""
    return {
        "two_sample": one.significant(),
        "paired": one.significant("paired"),
        "paired_holm": one.significant("paired", adjusted=True),
    }
