"""People beside judges on the same responses: correlations, differences, and the judge as one more rater."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stats.extra_rater import one_more_rater
from stats.judge import human_judge
from stats.paper import judge_groups
from stats.paper.frame import Frame, Json, grouped, mean, nothing
from stats.paper.material import Criterion, Judgement, Study, Verdict
from stats.paper.ratings import scores_of
from stats.paper.systems import ALL
from stats.result import Reason, json_safe
from stats.table import Table

MOST_POINTS = 3000
"""More dots than that are no picture any more; the figures use them all."""

Means = dict[str, float]


@dataclass(frozen=True)
class Human:
    """What people said of each response by criterion; of ranks the only criterion is "" and 1 is best."""

    study: Study
    ranks: bool
    means: Mapping[str, Means]
    # (response, rater, value) by criterion
    single: Mapping[str, Sequence[tuple[str, str, float]]]


def compute(frame: Frame) -> Json:
    """Each study of people against each judge of each rubric, on the responses both judged."""
    found = [
        one
        for human in people(frame)
        for rubric, rows in frame.rubrics.items()
        for judge in frame.judges(rows)
        if (one := _against(frame, human, rubric, [row for row in rows if row.judge == judge], judge))
    ]
    return {"pairs": found} if found else nothing()


def people(frame: Frame) -> list[Human]:
    """The rankings and ratings of people."""
    found = [_human(study, frame.counted(study)) for study in frame.studies("ranking", "rating")]
    return [one for one in found if one.single]


def _human(study: Study, rows: Iterable[Judgement]) -> Human:
    """What these rows of a study say, all of it or one group's."""
    ranks = study.kind == "ranking"
    single: dict[str, list[tuple[str, str, float]]] = {}
    for row in rows:
        if row.what == ("rank" if ranks else "score") and row.value is not None:
            single.setdefault(row.criterion, []).append((row.response, row.rater, row.value))
    means = {key: _means((handle, value) for handle, _rater, value in own) for key, own in single.items()}
    return Human(study, ranks, means, single)


def _means(rows: Iterable[tuple[str, float]]) -> Means:
    found: dict[str, list[float]] = {}
    for handle, value in rows:
        found.setdefault(handle, []).append(value)
    return {handle: mean(values) for handle, values in found.items()}


def judge_means(frame: Frame, rubric: str, rows: Sequence[Verdict]) -> dict[str, Means]:
    """A judge's mean score of each response over rounds, by criterion, and of all criteria under "all"."""
    found: dict[str, Means] = {}
    for key, own in grouped(rows, lambda row: row.criterion):
        found[key] = _means((row.response, row.value) for row in own if row.value is not None)
    ordered = {one.key: found[one.key] for one in frame.criteria(rubric) if one.key in found}
    return {**ordered, **({ALL: together(ordered)} if ordered else {})}


def together(found: Mapping[str, Means]) -> Means:
    """The mean over criteria of the responses that have all of them."""
    first, *others = found.values()
    return {handle: mean([one[handle] for one in found.values()])
            for handle in first if all(handle in one for one in others)}  # fmt: skip


def _against(frame: Frame, human: Human, rubric: str, rows: Sequence[Verdict], judge: str) -> Json:
    judged = judge_means(frame, rubric, rows)
    found = {key: one for key, side in _sides(human, rubric, judged).items() if (one := _compare(frame, human, *side))}
    if not found:
        return {}
    about = {"study": human.study.key, "rubric": rubric, "judge": judge, "ranks": human.ranks}
    lead = ALL if ALL in found else next(iter(found))
    return {
        **about,
        "criteria": found,
        "one_more": _one_more(frame, human, rubric, rows, judge, judged),
        **_by_group(frame, human, rubric, judged, lead),
    }


def _sides(human: Human, rubric: str, judged: Mapping[str, Means]) -> dict[str, tuple[Means, Means]]:
    """People's means and the judge's, on each criterion that both have."""
    if human.ranks:
        return {key: (human.means[""], scores) for key, scores in judged.items() if "" in human.means}
    if human.study.rubric != rubric:
        return {}
    shared = {key: human.means[key] for key in judged if key in human.means}
    if shared:
        shared[ALL] = together(shared)
    return {key: (shared[key], judged[key]) for key in judged if key in shared}


def _by_group(frame: Frame, human: Human, rubric: str, judged: Mapping[str, Means], lead: str) -> Json:
    """On the leading criterion the judge beside each group of people; nothing where there are no two groups."""
    rows = frame.counted(human.study)
    names = judge_groups.to_compare([row.group for row in rows])
    if not names:
        return {}
    groups = {name: _human(human.study, [row for row in rows if row.group == name]) for name in names}
    sides = {name: _sides(own, rubric, judged).get(lead) for name, own in groups.items()}
    found = judge_groups.beside(
        frame,
        judged[lead],
        {name: side[0] if side else {} for name, side in sides.items()},
        {name: len({row.rater for row in rows if row.group == name}) for name in names},
        ranks=human.ranks,
    )
    return {"by_group": {"criterion": lead, **found}}


def _compare(frame: Frame, human: Human, theirs: Means, judged: Means) -> Json:
    """One criterion: all figures over the responses both judged, and the dots of the picture."""
    handles = [handle for handle in theirs if handle in judged]
    if not handles:
        return {}
    x, y = [theirs[handle] for handle in handles], [judged[handle] for handle in handles]
    items = [frame.responses[handle].item for handle in handles]
    systems = [frame.system_of(handle) for handle in handles]
    plan = frame.plan
    figures = human_judge(
        x, y, items=items, systems=systems, ranks=human.ranks, bootstrap=plan.bootstrap, seed=plan.seed
    )
    points = [[handle, a, b] for handle, a, b in zip(handles, x, y, strict=True)]
    return {"n": len(handles), "figures": json_safe(figures), "points": points[:MOST_POINTS]}


# --- one more rater ---------------------------------------------------------------------------------------


def _one_more(
    frame: Frame, human: Human, rubric: str, rows: Sequence[Verdict], judge: str, judged: Mapping[str, Means]
) -> Json:
    """Agreement without the judge, with the judge, and the difference."""
    if human.ranks:
        return {ALL: _as_ranker(frame, human, judge, judged[ALL])} if ALL in judged else {}
    criteria = [one for one in frame.criteria(rubric) if one.key in human.single and one.key in judged]
    return {one.key: _as_scorer(frame, human, judge, one, judged[one.key]) for one in criteria}


def _as_scorer(frame: Frame, human: Human, judge: str, criterion: Criterion, judged: Means) -> Json:
    """On a scale: the judge's mean over rounds, rounded to a whole point, as one more score of each response."""
    rows = human.single[criterion.key]
    rated = dict.fromkeys(handle for handle, _rater, _value in rows)
    own = [(handle, judge, float(math.floor(judged[handle] + 0.5))) for handle in rated if handle in judged]
    return _extra(frame, [*_unique(rows), *own], judge)


def _as_ranker(frame: Frame, human: Human, judge: str, judged: Means) -> Json:
    """In order: the judge's mean scores of the responses a question has, turned into ranks, ties sharing their mean."""
    rows = human.single[""]
    handles = dict.fromkeys(handle for handle, _rater, _value in rows)
    own = []
    for _item, found in grouped(handles, lambda handle: frame.responses[handle].item):
        if all(handle in judged for handle in found):
            own += [
                (handle, judge, rank) for handle, rank in zip(found, _ranks([judged[h] for h in found]), strict=True)
            ]
    return _extra(frame, [*_unique(rows), *own], judge)


def _unique(rows: Sequence[tuple[str, str, float]]) -> list[tuple[str, str, float]]:
    """A rater who met a response in two units (an overlap, a block) counts once, with the mean."""
    found: dict[tuple[str, str], list[float]] = {}
    for handle, rater, value in rows:
        found.setdefault((handle, rater), []).append(value)
    return [(handle, rater, mean(values)) for (handle, rater), values in found.items()]


def _ranks(scores: Sequence[float]) -> list[float]:
    values = np.round(np.asarray(scores, dtype=np.float64), 9)
    above = (values[None, :] > values[:, None]).sum(axis=1)
    equal = (values[None, :] == values[:, None]).sum(axis=1)
    ranks: list[float] = (above + (equal + 1) / 2).tolist()
    return ranks


def _extra(frame: Frame, rows: Sequence[tuple[str, str, float]], judge: str) -> Json:
    if not any(rater == judge for _handle, rater, _value in rows):
        return {"reason": str(Reason.NO_OVERLAP)}
    table = Table.from_rows(rows, level="interval")
    items = [frame.responses[str(handle)].item for handle in table.units]
    found = one_more_rater(
        table, judge, level="interval", weights="quadratic", clusters=items,
        bootstrap=frame.plan.bootstrap, seed=frame.plan.seed,
    )  # fmt: skip
    return {name: figure.to_json() for name, figure in found.items()}


def rated_means(frame: Frame, rubric: str) -> dict[str, Means]:
    """People's mean scores of each response by the criteria of this rubric, over all studies that used it."""
    found: dict[str, list[tuple[str, float]]] = {}
    for study in frame.studies("rating"):
        if study.rubric == rubric:
            counted = frame.counted(study)
            for one in frame.criteria(rubric):
                found.setdefault(one.key, []).extend(
                    (row.response, row.value) for row in scores_of(counted, one.key) if row.value is not None
                )
    return {key: _means(rows) for key, rows in found.items() if rows}
