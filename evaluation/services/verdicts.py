"""Verdicts: a judge's answer is read where it is written down; what cannot be read is asked once more, then counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, IntegerField, Q
from django.db.models.functions import Cast, Coalesce

from evaluation.judging.asked import RANKING, TIE, Mode
from evaluation.judging.reading import Misread, Reading, read
from evaluation.models import Attempt, Run, RunItem, Verdict, VerdictValue
from evaluation.providers.outcomes import Fault, Outcome
from evaluation.services.judge_tasks import Sheet
from evaluation.services.queue import Claim
from evaluation.storing import storable
from projects.listing import Among

FIRST, SECOND, NEITHER = 1, -1, 0


def is_answer(outcome: Outcome) -> bool:
    """Whether a judge has answered, be it with nothing that can be read."""
    return outcome.fault in (None, Fault.NO_TEXT)


def write(answered: Sequence[tuple[Claim, Sheet, Outcome, Attempt]], now: datetime) -> set[int]:
    """Write what these answers say; returns the rows that are to be asked once more. Call it in a transaction."""
    again: set[int] = set()
    verdicts: list[Verdict] = []
    values: list[VerdictValue] = []
    for claim, sheet, outcome, attempt in answered:
        found = _reading(sheet, outcome)
        if found.reason is not None and not claim.asked_again:
            again.add(claim.row_id)
            continue
        if claim.task_id is None:
            raise ValueError(f"row {claim.row_id} is no judge's")
        verdict = _verdict(claim, claim.task_id, found, attempt, now)
        verdicts.append(verdict)
        values += _values(verdict, sheet, found)
    Verdict.objects.bulk_create(verdicts)
    VerdictValue.objects.bulk_create(values, batch_size=1000)
    return again


def ask_again(row_ids: Collection[int], now: datetime) -> None:
    """Put rows back into the queue, to be asked with their first answer before them."""
    if row_ids:
        RunItem.objects.filter(pk__in=row_ids).update(
            state=RunItem.State.QUEUED, asked_again=True, unanswered=0, error_class="", leased_until=None,
            next_attempt_at=now,
        )  # fmt: skip


def asked_anew(runs: Sequence[Run]) -> dict[int, int]:
    """Return for each version of a judge how many calls a manager had asked anew: they have more than two answers, or
    a first one that counts no more.
    """
    return dict(Counter(judge for (judge,) in ANEW.tuples(run.pk for run in runs)))


def _anew(runs: Sequence[int]) -> Any:
    number = IntegerField()
    answered = Count("tries", filter=Q(tries__error_class__in=("", Fault.NO_TEXT)))
    rows = RunItem.objects.filter(run__in=runs, task__isnull=False).annotate(answered=answered)
    again = rows.filter(answered__gt=Coalesce("verdict__asked", Cast("asked_again", number), output_field=number))
    return again.values_list("system_version")


ANEW: Among[Any] = Among(_anew)


def _reading(sheet: Sheet, outcome: Outcome) -> Reading:
    if outcome.fault is Fault.NO_TEXT:
        return Reading(reason=Misread.THINKING if outcome.reasoning else Misread.NOTHING)
    return read(outcome.text, sheet.question, finish_reason=outcome.finish_reason)


def _verdict(claim: Claim, task_id: int, found: Reading, attempt: Attempt, now: datetime) -> Verdict:
    return Verdict(
        row_id=claim.row_id,
        task_id=task_id,
        attempt=attempt,
        reason=found.reason or "",
        about=found.about,
        rung=found.rung or "",
        asked=2 if claim.asked_again else 1,
        explanation=storable(found.explanation),
        created_at=now,
    )


def _values(verdict: Verdict, sheet: Sheet, found: Reading) -> Iterator[VerdictValue]:
    mode = sheet.question.mode
    if mode is Mode.LISTS and found.values:
        places = {letter: rank for rank, letter in enumerate(found.values[RANKING], start=1)}
        for letter, member in zip(sheet.question.letters, sheet.members, strict=True):
            yield VerdictValue(verdict=verdict, member_id=member, value=places[letter])
        return
    for criterion, said in found.values.items():
        if mode is Mode.SCORES:
            yield VerdictValue(verdict=verdict, member_id=sheet.members[0], criterion=criterion, value=said)
        else:
            sides = {sheet.question.letters[0]: FIRST, sheet.question.letters[1]: SECOND, TIE: NEITHER}
            yield VerdictValue(verdict=verdict, criterion=criterion, value=sides[said])
