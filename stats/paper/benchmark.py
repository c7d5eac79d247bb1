"""Benchmarks: systems x topics with their evenness, systems x kinds, topics x kinds, before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from stats.benchmark import Scores, evenness, mean_score, paired_difference
from stats.paper.frame import Frame, Json, best, nothing
from stats.paper.material import Answer, Item, Study
from stats.result import Figure, json_safe

LABELLED = ("true_false", "single_choice", "multiple_choice")


@dataclass(frozen=True)
class Part:
    """The items of one topic, kind or language."""

    name: str
    items: Sequence[str]


def compute(frame: Frame) -> Json:
    """One entry a benchmark."""
    found = [_one(frame, study) for study in frame.studies("benchmark")]
    known = [one for one in found if one]
    return {"benchmarks": known} if known else nothing()


def _one(frame: Frame, study: Study) -> Json:
    rows = [row for row in frame.material.answers if row.study == study.key]
    if not rows:
        return {}
    systems = frame.named(row.system for row in rows)
    asked = {row.item for row in rows}
    items = [item for item in frame.material.items if item.id in asked]
    scores = scores_of(rows, systems, items, lambda row: row.points)
    topics = parts(items, lambda item: item.topic)
    kinds = parts(items, lambda item: item.kind)
    overall = {code: mean_of(frame, scores, code) for code in systems}
    by_topic = {code: _over(frame, scores, code, topics) for code in systems}
    return {
        "study": study.key,
        "systems": systems,
        "topics": [one.name for one in topics],
        "kinds": [one.name for one in kinds],
        "n_items": len(items),
        "overall": json_safe(overall),
        "best": best({code: figure.value for code, figure in overall.items()}),
        "by_topic": json_safe(by_topic),
        "evenness": {code: evenness(one.value for one in by_topic[code].values()).to_json() for code in systems},
        "by_kind": json_safe({code: _over(frame, scores, code, kinds) for code in systems}),
        "by_language": json_safe(
            {code: _over(frame, scores, code, parts(items, lambda item: item.language)) for code in systems}
        ),
        "topic_by_kind": {code: _crossed(frame, scores, code, items, topics) for code in systems},
        "elastic": _elastic(frame, rows, systems, items),
        "before_after": [
            _change(frame, scores, pair, topics) for pair in frame.pairs if pair[0] in systems and pair[1] in systems
        ],
    }


def scores_of(
    rows: Iterable[Answer], systems: Sequence[str], items: Sequence[Item], value: Callable[[Answer], float | None]
) -> Scores:
    """The table of items x systems; answers without a value leave a gap."""
    found = [(row.item, row.system, score) for row in rows if (score := value(row)) is not None]
    return Scores.from_rows(found, systems=systems, items=[item.id for item in items])


def parts(items: Iterable[Item], name: Callable[[Item], str]) -> list[Part]:
    """The items by a word of theirs, in the order of their first item; those without the word are left out."""
    found: dict[str, list[str]] = {}
    for item in items:
        if name(item):
            found.setdefault(name(item), []).append(item.id)
    return [Part(key, ids) for key, ids in found.items()]


def mean_of(frame: Frame, scores: Scores, code: str, among: Iterable[str] | None = None) -> Figure:
    """A system's mean over some items."""
    return mean_score(scores.of(code, among), **frame.plan.options)


def _over(frame: Frame, scores: Scores, code: str, wanted: Sequence[Part]) -> dict[str, Figure]:
    return {part.name: mean_of(frame, scores, code, part.items) for part in wanted}


def _crossed(frame: Frame, scores: Scores, code: str, items: Sequence[Item], topics: Sequence[Part]) -> Json:
    """Topics x kinds of one system."""
    found = {}
    for topic in topics:
        own = [item for item in items if item.topic == topic.name]
        found[topic.name] = json_safe(_over(frame, scores, code, parts(own, lambda item: item.kind)))
    return found


def _elastic(frame: Frame, rows: Sequence[Answer], systems: Sequence[str], items: Sequence[Item]) -> Json:
    """Several right answers: the exact set beside part credit."""
    several = [item for item in items if item.kind == "multiple_choice"]
    wanted = {item.id for item in several}
    own = [row for row in rows if row.item in wanted]
    if not own:
        return {}
    tables: Mapping[str, Scores] = {
        "exact": scores_of(own, systems, several, lambda row: row.right),
        "elastic": scores_of(own, systems, several, lambda row: row.elastic),
    }
    return {code: json_safe({key: mean_of(frame, one, code) for key, one in tables.items()}) for code in systems}


def _change(frame: Frame, scores: Scores, pair: tuple[str, str], topics: Sequence[Part]) -> Json:
    """After less before on the items both answered, over all and by topic."""
    after, before = pair

    def gap(among: Iterable[str] | None = None) -> Figure:
        return paired_difference(*scores.both(before, after, among), **frame.plan.options)

    return {
        "before": before,
        "after": after,
        "overall": gap().to_json(),
        "by_topic": json_safe({topic.name: gap(topic.items) for topic in topics}),
    }
