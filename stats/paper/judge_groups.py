"""A judge beside each group of people: its figures beside either, and how far they are apart on the same responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from stats.groups import group_names
from stats.judge import human_judge
from stats.judge_groups import group_gaps
from stats.paper.frame import Frame, Json
from stats.result import Figure, json_safe

FIGURES = ("spearman", "icc_a1", "mean_difference", "mae")
LEAST, MOST = 2, 4
"""More groups than this make a table of differences that nobody reads."""

Means = Mapping[str, float]


def to_compare(groups: Sequence[str]) -> list[str]:
    """The groups to be told apart, none where there are not two; `groups` has one name a judgement or rater."""
    found = group_names(groups)
    return found if LEAST <= len(found) <= MOST else []


def beside(frame: Frame, judged: Means, groups: Mapping[str, Means], raters: Mapping[str, int], *, ranks: bool) -> Json:
    """Each group's means beside the judge's, and every two groups' difference on the responses of all three.

    The judge's own differences are those of `stats.judge_groups`: the same resample of questions serves both groups.
    """
    return {
        "groups": {name: {"raters": raters[name], **_alone(frame, judged, means, ranks)}
                   for name, means in groups.items()},
        "differences": [
            {"groups": [a, b], **_apart(frame, judged, groups[a], groups[b], ranks)} for a, b in combinations(groups, 2)
        ],
    }  # fmt: skip


def _alone(frame: Frame, judged: Means, means: Means, ranks: bool) -> Json:
    handles = [handle for handle in means if handle in judged]
    if not handles:
        return {"n": 0, "figures": {}}
    found = human_judge(
        [means[one] for one in handles], [judged[one] for one in handles], items=_items(frame, handles), ranks=ranks,
        bootstrap=frame.plan.bootstrap, seed=frame.plan.seed,
    )  # fmt: skip
    return {"n": len(handles), "figures": _wanted(found)}


def _apart(frame: Frame, judged: Means, first: Means, second: Means, ranks: bool) -> Json:
    handles = [handle for handle in first if handle in second and handle in judged]
    if not handles:
        return {"n": 0, "questions": 0, "figures": {}}
    items = _items(frame, handles)
    found = group_gaps(
        [first[one] for one in handles], [second[one] for one in handles], [judged[one] for one in handles],
        items=items, ranks=ranks, bootstrap=frame.plan.bootstrap, seed=frame.plan.seed,
    )  # fmt: skip
    return {"n": len(handles), "questions": len(set(items)), "figures": _wanted(found)}


def _items(frame: Frame, handles: Sequence[str]) -> list[str]:
    return [frame.responses[handle].item for handle in handles]


def _wanted(found: Mapping[str, Figure]) -> Json:
    return {name: json_safe(found[name]) for name in FIGURES}
