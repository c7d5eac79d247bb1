"""What a report does not rest on: missing, left out, marked, unread. Counts, with what they are out of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from stats.paper.frame import Frame, Json, grouped
from stats.paper.material import COUNTED, Judgement, Study


def compute(frame: Frame) -> Json:
    """Per study what counts and what does not; per judge what could not be read; responses that may tell."""
    return {
        "judgements": [one for study in frame.material.studies if (one := _judgements(frame, study))],
        "verdicts": [one for study in frame.studies("judging") for one in _verdicts(frame, study)],
        "answers": [one for study in frame.studies("benchmark") for one in _answers(frame, study)],
        "missing": [
            {"study": row.study, "what": row.what, "planned": row.planned, "done": row.done,
             "missing": max(0, row.planned - row.done)}
            for row in frame.material.missing
        ],
        "responses": _responses(frame),
    }  # fmt: skip


def _judgements(frame: Frame, study: Study) -> Json:
    """Answers, not values: all that one rater said of one unit is one answer."""
    rows = frame.judgements.get(study.key, [])
    if not rows:
        return {}
    first = [row for row in rows if not row.repeat and row.role in COUNTED]
    return {
        "study": study.key,
        "answers": _answered(rows),
        "counted": _answered(row for row in rows if row.counts),
        "raters": len({row.rater for row in rows if row.counts}),
        "units": len({row.unit for row in rows if row.counts}),
        "excluded": _by(lambda row: row.excluded, (row for row in first if row.excluded)),
        "repeated": _answered(row for row in rows if row.repeat),
        "checks": _answered(row for row in rows if row.role not in COUNTED),
        "guidelines": _by(lambda row: row.guideline, (row for row in rows if row.counts and row.guideline)),
    }


def _answered(rows: Iterable[Judgement]) -> int:
    return len({(row.unit, row.rater) for row in rows})


def _by(word: Callable[[Judgement], str], rows: Iterable[Judgement]) -> dict[str, int]:
    return {key: _answered(own) for key, own in sorted(grouped(rows, word), key=lambda pair: pair[0])}


def _verdicts(frame: Frame, study: Study) -> list[Json]:
    """Calls by judge: how many, how many unread and why, how many were asked twice."""
    rows = frame.verdicts.get(study.key, [])
    found = []
    for judge in frame.judges(rows):
        own = [row for row in rows if row.judge == judge]
        failed = {(row.task, row.round): row.failed for row in own if row.failed}
        found.append({
            "study": study.key,
            "judge": judge,
            "calls": len({(row.task, row.round) for row in own}),
            "unread": len(failed),
            "reasons": dict(sorted(Counter(failed.values()).items())),
            "asked_twice": len({(row.task, row.round) for row in own if row.asked > 1}),
        })  # fmt: skip
    return found


def _answers(frame: Frame, study: Study) -> list[Json]:
    """Answers by system: how many, how many unread (counted as wrong) and why, and items without an answer."""
    rows = [row for row in frame.material.answers if row.study == study.key]
    items = {row.item for row in rows}
    found = []
    for system in frame.named(row.system for row in rows):
        own = [row for row in rows if row.system == system]
        found.append({
            "study": study.key,
            "system": system,
            "answers": len(own),
            "unanswered_items": len(items - {row.item for row in own}),
            "unscored": sum(row.points is None for row in own),
            "unread": sum(bool(row.unread) for row in own),
            "reasons": dict(sorted(Counter(row.unread for row in own if row.unread).items())),
        })  # fmt: skip
    return found


def _responses(frame: Frame) -> Json:
    """Responses by system, and those whose words may tell who wrote them."""
    rows = frame.material.responses
    every, flagged = (Counter(row.system for row in found) for found in (rows, [r for r in rows if r.flagged]))
    by_system = {code: {"responses": every[code], "flagged": flagged[code]} for code in frame.systems if every[code]}
    return {"responses": len(rows), "flagged": sum(flagged.values()), "by_system": by_system}
