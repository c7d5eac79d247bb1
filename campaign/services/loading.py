"""A study's independent answers with their times, as its kind lets them be compared; for the worker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.functions import Coalesce, Length

from campaign.models import Check, TrainingItem
from projects import kinds
from projects.kinds import WatchedAnswer
from projects.models import Assignment, Study, Submission, Unit
from projects.services import exclusions

# Compared with others, and shown in results; practice is in neither.
JUDGED = frozenset({Unit.Role.MAIN.value, Unit.Role.OVERLAP.value})
# Done before the work: in no figure.
REHEARSED = (Unit.Role.PRACTICE.value, Unit.Role.TRAINING.value)
DENSE_SCRIPTS = ("zh", "ja", "ko", "yue")
Judged = dict[Hashable, dict[tuple[str, str], dict[str, str | int]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One first answer: whose, to what, how long it took, how much there was to read, and what can be compared."""

    assignment: int
    unit: int
    rater: int
    ms: int
    at: datetime
    length: int
    dense: bool
    judged: bool
    said: WatchedAnswer | None
    # Whether a check was met; None where there was none.
    passed: bool | None


def answers_of(study: Study) -> list[Answer]:
    """Return the first answers that count, in the order in which they were given; a handful of queries."""
    kind = kinds.of(study)
    said = {one.submission: one for one in kind.watched(study)}
    lengths = kind.reading_lengths(study)
    rows = (
        Submission.objects.filter(
            assignment__study=study,
            independent=True,
            assignment__state=Assignment.State.SUBMITTED,
            assignment__surplus=False,
            assignment__in=Assignment.objects.filter(study=study).exclude(exclusions.assignments_left_out()),
        )
        .exclude(assignment__unit__role__in=REHEARSED)
        .annotate(length=Coalesce(Length("assignment__unit__revision__text"), 0))
        .order_by("created_at", "pk")
        .values_list(
            "pk", "assignment_id", "assignment__unit_id", "assignment__rater_id", "active_ms", "created_at", "length",
            "assignment__unit__language", "assignment__unit__role", "assignment__unit__repeat",
        )
    )  # fmt: skip
    hidden = hidden_checks(study)
    return [_answer(row, said.get(row[0]), lengths, hidden) for row in rows.iterator(chunk_size=2000)]


def hidden_checks(study: Study) -> dict[int, bool]:
    """Return by assignment whether a check hidden among the work was met, wholly."""
    rows = Check.objects.filter(part__study=study, stage=TrainingItem.Stage.HIDDEN, score__isnull=False)
    return {assignment: (score or 0) >= 1 for assignment, score in rows.values_list("assignment_id", "score")}


def _answer(
    row: tuple[Any, ...], said: WatchedAnswer | None, lengths: Mapping[int, int], hidden: Mapping[int, bool]
) -> Answer:
    _pk, assignment, unit, rater, ms, at, length, language, role, repeat = row
    return Answer(
        assignment=assignment,
        unit=unit,
        rater=rater,
        ms=ms,
        at=at,
        length=lengths.get(unit, length),
        dense=language.lower().startswith(DENSE_SCRIPTS),
        judged=role in JUDGED and not repeat,
        said=said,
        passed=hidden.get(assignment, said.passed if said else None),
    )


def judged_of(answers: list[Answer]) -> Judged:
    """Return what raters said of the same things: by unit, by what is judged there, by rater."""
    found: Judged = defaultdict(lambda: defaultdict(dict))
    for one in answers:
        if one.judged and one.said is not None:
            for key, value in one.said.values.items():
                found[one.unit][key][str(one.rater)] = value
    return found
