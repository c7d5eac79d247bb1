"""What moves a judge besides the answer: whose it is, how long it is, where it stood, which order it was shown in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stats.judge_effects import both_orders, length_effect, position_effect, self_preference
from stats.paper.frame import Frame, Json, grouped, nothing
from stats.paper.human_judge import Means, judge_means, rated_means, together
from stats.paper.material import Study, Verdict
from stats.paper.systems import ALL
from stats.result import json_safe


def compute(frame: Frame) -> Json:
    """Effects on scores by rubric and judge, of place in lists, and of order in pairs."""
    scores = [one for rubric in frame.rubrics for one in _scores(frame, rubric)]
    lists = [one for study in frame.studies("judging", way="lists") for one in _lists(frame, study)]
    pairs = [one for study in frame.studies("judging", way="pairs") for one in _pairs(frame, study)]
    if not scores and not lists and not pairs:
        return nothing()
    return {"scores": scores, "lists": lists, "pairs": pairs}


def _scores(frame: Frame, rubric: str) -> list[Json]:
    rows = frame.rubrics[rubric]
    people = rated_means(frame, rubric)
    return [
        {"rubric": rubric, "judge": judge, **_score_effects(frame, rubric, judge, rows, people)}
        for judge in frame.judges(rows)
    ]


def _score_effects(frame: Frame, rubric: str, judge: str, rows: Sequence[Verdict], people: Mapping[str, Means]) -> Json:
    """Of the mean over all criteria; beside people's where the same criteria were rated."""
    judged = judge_means(frame, rubric, [row for row in rows if row.judge == judge])
    means = judged.get(ALL, {})
    criteria = [key for key in judged if key != ALL]
    rated = together({key: people[key] for key in criteria}) if all(key in people for key in criteria) else {}
    found = {"plain": _effects(frame, judge, means, {})}
    both = {handle: value for handle, value in means.items() if handle in rated}
    return {**found, "beyond_people": _effects(frame, judge, both, rated) if both else None}


def _effects(frame: Frame, judge: str, means: Means, people: Means) -> Json:
    handles = list(means)
    scores = [means[handle] for handle in handles]
    items = [frame.responses[handle].item for handle in handles]
    human = [people[handle] for handle in handles] if people else None
    lengths = [float(frame.responses[handle].characters) for handle in handles]
    found: Json = {"length": json_safe(length_effect(scores, lengths, items=items, human=human, **frame.plan.options))}
    own = next((row.owns for row in frame.material.judges if row.code == judge), frozenset())
    if own:
        mine = [frame.system_of(handle) in own for handle in handles]
        found["self_preference"] = self_preference(scores, mine, items=items, human=human).to_json()
    return found


def _lists(frame: Frame, study: Study) -> list[Json]:
    """The place a response stood in: ranks with the sign turned, so that more is better."""
    rows = [row for row in frame.verdicts.get(study.key, []) if row.value is not None and row.place]
    return [
        {"study": study.key, "judge": judge, "position": _position(frame, [row for row in rows if row.judge == judge])}
        for judge in frame.judges(rows)
    ]


def _position(frame: Frame, rows: Sequence[Verdict]) -> Json:
    scores, places = [-(row.value or 0.0) for row in rows], [row.place for row in rows]
    found: Json = position_effect(scores, places, items=[row.item for row in rows], **frame.plan.options).to_json()
    return found


def _pairs(frame: Frame, study: Study) -> list[Json]:
    rows = [row for row in frame.verdicts.get(study.key, []) if row.value is not None and row.other]
    return [
        {"study": study.key, "judge": judge, "criteria": _orders(frame, [row for row in rows if row.judge == judge])}
        for judge in frame.judges(rows)
    ]


def _orders(frame: Frame, rows: Sequence[Verdict]) -> Json:
    """Flip rate and first-position rate of each criterion, over the pairs judged in both orders."""
    found = {}
    for criterion, own in grouped(rows, lambda row: row.criterion):
        matched = list(matched_orders(own))
        first, second, items = ([one[at] for one in matched] for at in range(3))
        figures = both_orders(first, second, items=items, **frame.plan.options)
        found[criterion] = {name: figure.to_json() for name, figure in figures.items()}
    return found


def matched_orders(rows: Sequence[Verdict]) -> list[tuple[str, str, str]]:
    """(verdict with a shown first, with b shown first, item) of each pair and round; a is the lower handle."""
    found: dict[tuple[str, str, int], dict[bool, tuple[str, str]]] = {}
    for row in rows:
        a, b = sorted((row.response, row.other))
        value = row.value or 0.0
        turned = row.response != a
        lean = -value if turned else value
        word = "a" if lean > 0 else "b" if lean < 0 else "tie"
        found.setdefault((a, b, row.round), {})[turned] = (word, row.item)
    return [(both[False][0], both[True][0], both[False][1]) for both in found.values() if len(both) == 2]
