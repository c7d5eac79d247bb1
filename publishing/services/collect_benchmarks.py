"""What systems answered in benchmarks, as rows: right or wrong, part credit, scores of open answers."""

from __future__ import annotations

from collections import Counter

from evaluation.models import Benchmark
from evaluation.results import marked
from projects.models import Item
from publishing.services.codes import SYSTEM
from publishing.services.rows import Rows
from stats.paper import material as paper


def add(rows: Rows, row: Benchmark) -> None:
    """Add a benchmark with its answers."""
    taken = marked.load(row)
    key = rows.key("benchmark")
    rounds = max(taken.rounds, default=1)
    rows.begin(paper.Study(key=key, kind="benchmark", seed=row.seed, units=len(taken.cases), rounds=rounds), row.name)
    rows.missing.append(
        paper.Missing(
            key, "answers", len(taken.cases) * len(taken.systems), sum(len(of) for of in taken.answered.values())
        )
    )
    answered = {one.item for one in taken.marked} | {item for item, _system, _score in taken.scored}
    for pk in answered:
        rows.items[pk] = item_of(rows, taken.cases[pk])
    given: Counter[tuple[int, int]] = Counter()
    for one in taken.marked:
        given[one.system, one.item] += 1
        rows.answers.append(
            paper.Answer(
                key, rows.codes.systems[SYSTEM, one.system], rows.codes.item(one.item), given[one.system, one.item],
                right=one.exact, elastic=one.elastic, unread=one.unread,
            )
        )  # fmt: skip
    for item, system, score in taken.scored:
        given[system, item] += 1
        code = rows.codes.systems[SYSTEM, system]
        rows.answers.append(paper.Answer(key, code, rows.codes.item(item), given[system, item], score=score))


def item_of(rows: Rows, case: marked.Case) -> paper.Item:
    """Return an item's row."""
    kind = "qa" if case.kind == Item.Kind.QUESTION else str(case.kind)
    return paper.Item(rows.codes.item(case.pk), case.topic, case.subtopic, case.language, kind)
