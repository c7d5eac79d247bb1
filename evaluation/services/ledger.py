"""Writing down what calls brought: in short transactions, many calls at a time, and never twice."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from evaluation import limits
from evaluation.models import Attempt, Endpoint, EndpointMeter, Response, RunItem, RunSystem
from evaluation.prompting.output import split_explained
from evaluation.providers import money
from evaluation.providers.outcomes import FOR_THE_ADMIN, PASSING, Fault, Outcome
from evaluation.services import circuits, queue, verdicts
from evaluation.services.judge_tasks import Sheet
from evaluation.services.queue import Claim, Lane, Taken
from evaluation.storing import storable

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0
PART = RunSystem._meta.db_table
SUMS = ("calls", "tokens_in", "tokens_out", "latency_ms", "unpriced")
MORE = ", ".join(f"{name} = {name} + %s" for name in SUMS)
OF_PART = "WHERE run_id = %s AND system_version_id = %s"
ADD = f"UPDATE {PART} SET {MORE} {OF_PART}"  # noqa: S608  our own words
ADD_PAID = f"UPDATE {PART} SET {MORE}, cost = COALESCE(cost, 0) + CAST(%s AS numeric) {OF_PART}"  # noqa: S608  our own words


@dataclass(frozen=True)
class Finished:
    """A call that has ended, with what was sent."""

    claim: Claim
    outcome: Outcome
    parameters: Mapping[str, Any]
    prompt_hash: str = ""
    explained: bool = False
    sheet: Sheet | None = None

    @property
    def may_come_back(self) -> bool:
        """Whether the row may be asked again: after a fault, or where a judge's first answer cannot be read."""
        return self.outcome.fault is not None or (self.sheet is not None and not self.claim.asked_again)

    @property
    def judged(self) -> bool:
        """Whether a judge has answered."""
        return self.sheet is not None and verdicts.is_answer(self.outcome)


@dataclass(frozen=True)
class Want:
    """How many more calls this process can start at one endpoint, and on which runs' account."""

    lanes: Sequence[Lane]
    slots: int


def turn(
    finished: Sequence[Finished],
    wants: Sequence[Want],
    retry_until: Mapping[int, datetime | None],
    now: datetime,
    habits: limits.Habits,
) -> dict[int, Taken]:
    """Write down what has finished and claim what can be started, in one transaction; returns claims by endpoint."""
    for item in finished:
        if item.outcome.fault is None:
            habits.learn(item.claim.kind, item.claim.most, _used(item))
    result: dict[int, Taken] = {}
    with transaction.atomic():
        # One order for all workers, or two could wait for each other.
        queue.hold({item.claim.endpoint_id for item in finished} | {want.lanes[0].endpoint_id for want in wants})
        if finished:
            record(finished, retry_until, now)
        for want in wants:
            result[want.lanes[0].endpoint_id] = queue.take(want.lanes, want.slots, now, habits=habits)
    return result


def take_suspect(wants: Sequence[Want], now: datetime) -> list[Claim]:
    """Claim one row that may have killed workers, to be asked with nothing else in flight in this process."""
    for want in wants:
        with transaction.atomic():
            queue.hold([want.lanes[0].endpoint_id])
            if claims := queue.take(want.lanes, 1, now, suspects=True).claims:
                return claims
    return []


def record(finished: Sequence[Finished], retry_until: Mapping[int, datetime | None], now: datetime) -> None:
    """Write down outcomes of rows that are still this worker's; others have been given to somebody else."""
    mine = _still_held(finished)
    if not mine:
        return
    endpoints = Endpoint.objects.in_bulk({item.claim.endpoint_id for item in mine})
    attempts = Attempt.objects.bulk_create([_attempt(item, endpoints[item.claim.endpoint_id]) for item in mine])
    Response.objects.bulk_create(
        [
            _response(item, attempt, now)
            for item, attempt in zip(mine, attempts, strict=True)
            if item.outcome.fault is None and item.claim.task_id is None
        ],
        ignore_conflicts=True,
    )
    again = _judge(mine, attempts, now)
    _settle_rows([item for item in mine if item.claim.row_id not in again], retry_until, now)
    _add_up(mine, attempts)
    _correct_meters(mine, endpoints, now)
    _open_circuits(mine, endpoints, now)


def pause_before(tries: int, asked: float | None, chance: float) -> float:
    """Return the seconds to wait before the next try: what the server asked for, else exponential, with jitter.

    `chance` is in [0, 1). What the server asked for is never cut short.
    """
    if asked is not None:
        return asked + min(asked * 0.1, 5.0) * chance
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries - 1, 10))
    return longest * (0.5 + 0.5 * chance)


def _still_held(finished: Sequence[Finished]) -> list[Finished]:
    rows = RunItem.objects.select_for_update().filter(
        pk__in=[item.claim.row_id for item in finished], state=RunItem.State.LEASED
    )
    held = set(rows.order_by("pk").values_list("pk", "attempts"))
    return [item for item in finished if (item.claim.row_id, item.claim.attempts) in held]


def _attempt(item: Finished, endpoint: Endpoint) -> Attempt:
    outcome = item.outcome
    priced = money.cost(outcome.tokens_in, outcome.tokens_out, endpoint.price_in, endpoint.price_out)
    return Attempt(
        run_item_id=item.claim.row_id,
        number=item.claim.attempts,
        started_at=outcome.started_at,
        latency_ms=outcome.latency_ms,
        parameters=dict(item.parameters),
        prompt_hash=item.prompt_hash,
        text=storable(outcome.text),
        reasoning=storable(outcome.reasoning),
        finish_reason=storable(outcome.finish_reason),
        logprobs=outcome.logprobs,
        model_reported=storable(outcome.model),
        tokens_in=outcome.tokens_in,
        tokens_out=outcome.tokens_out,
        cost=priced,
        currency=endpoint.currency if priced is not None else "",
        error_class=outcome.fault or "",
        error_words=storable(outcome.words) if outcome.fault else "",
        status=outcome.status,
    )


def _response(item: Finished, attempt: Attempt, now: datetime) -> Response:
    text, explanation = split_explained(attempt.text) if item.explained else (attempt.text, "")
    return Response(
        system_version_id=item.claim.version_id,
        revision_id=item.claim.revision_id,
        round=item.claim.round,
        text=text.strip(),
        explanation=explanation,
        finish_reason=attempt.finish_reason,
        run_id=item.claim.run_id,
        attempt=attempt,
        created_at=now,
    )


def _judge(mine: Sequence[Finished], attempts: Sequence[Attempt], now: datetime) -> set[int]:
    """Write the verdicts of judges; returns the rows that are asked once more."""
    answered = [
        (item.claim, item.sheet, item.outcome, attempt)
        for item, attempt in zip(mine, attempts, strict=True)
        if item.sheet is not None and item.judged
    ]
    again = verdicts.write(answered, now) if answered else set()
    verdicts.ask_again(again, now)
    return again


def _settle_rows(mine: Sequence[Finished], retry_until: Mapping[int, datetime | None], now: datetime) -> None:
    """Give each row its new state. All of them have had an outcome, so none is under suspicion any longer."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for item in mine:
        fault = None if item.judged else item.outcome.fault
        until = retry_until.get(item.claim.run_id)
        if fault in PASSING and (until is None or now < until):
            _wait(item, fault, now)
        elif fault in FOR_THE_ADMIN:
            groups[RunItem.State.QUEUED, fault].append(item.claim.row_id)
        else:
            groups[RunItem.State.FAILED if fault else RunItem.State.DONE, fault or ""].append(item.claim.row_id)
    for (state, fault_name), ids in groups.items():
        RunItem.objects.filter(pk__in=ids).update(
            state=state,
            error_class=fault_name,
            unanswered=0,
            leased_until=None,
            finished_at=None if state == RunItem.State.QUEUED else now,
        )


def _wait(item: Finished, fault: Fault, now: datetime) -> None:
    seconds = pause_before(item.claim.attempts, item.outcome.retry_after, random.random())  # noqa: S311  it spreads load
    RunItem.objects.filter(pk=item.claim.row_id).update(
        state=RunItem.State.QUEUED,
        error_class=fault,
        unanswered=0,
        leased_until=None,
        next_attempt_at=now + timedelta(seconds=seconds),
    )


def _add_up(mine: Sequence[Finished], attempts: Sequence[Attempt]) -> None:
    """Add the calls to the sums of each system's part in its run.

    In plain SQL: it is asked for every system with every few calls, and putting the query together cost more than all
    else that a call needs of the database.
    """
    groups: dict[tuple[int, int], list[Attempt]] = defaultdict(list)
    for item, attempt in zip(mine, attempts, strict=True):
        groups[item.claim.run_id, item.claim.version_id].append(attempt)
    with connection.cursor() as cursor:
        for (run, version), rows in sorted(groups.items()):
            costs = [row.cost for row in rows if row.cost is not None]
            sums = [
                len(rows),
                sum(row.tokens_in or 0 for row in rows),
                sum(row.tokens_out or 0 for row in rows),
                sum(row.latency_ms or 0 for row in rows),
                sum(1 for row in rows if row.cost is None and not row.error_class),
            ]
            paid = [str(sum(costs))] if costs else []
            cursor.execute(ADD_PAID if costs else ADD, [*sums, *paid, run, version])


def _correct_meters(mine: Sequence[Finished], endpoints: Mapping[int, Endpoint], now: datetime) -> None:
    """Put the tokens really used in place of those expected, and hold an endpoint that asked for a pause."""
    for pk, endpoint in endpoints.items():
        rows = [item for item in mine if item.claim.endpoint_id == pk]
        pauses = [item.outcome.retry_after for item in rows if item.outcome.retry_after is not None]
        pause = max(pauses, default=0.0)
        if not pause and endpoint.tokens_per_minute is None:
            continue
        meter = EndpointMeter.objects.get(endpoint_id=pk)
        more = sum(_used(item) - item.claim.tokens for item in rows)
        meter.tokens_at = limits.moved(meter.tokens_at, now.timestamp(), endpoint.tokens_per_minute, more)
        if pause:
            until = now + timedelta(seconds=pause)
            meter.held_until = max(meter.held_until or until, until)
        meter.save(update_fields=["tokens_at", "held_until"])


def _used(item: Finished) -> int:
    """Return the tokens a call took: as counted, else as its text tells; a call that was turned away took none."""
    outcome = item.outcome
    if outcome.tokens_in is not None or outcome.tokens_out is not None:
        return (outcome.tokens_in or 0) + (outcome.tokens_out or 0)
    if outcome.fault is None:
        unused = money.most_tokens(item.parameters) - money.estimate_tokens(outcome.text + outcome.reasoning)
        return max(1, item.claim.most - max(0, unused))
    return 0 if 400 <= (outcome.status or 0) < 500 else item.claim.tokens


def _open_circuits(mine: Iterable[Finished], endpoints: Mapping[int, Endpoint], now: datetime) -> None:
    for item in mine:
        if item.outcome.fault in FOR_THE_ADMIN:
            endpoint = endpoints[item.claim.endpoint_id]
            circuits.open_for(endpoint, item.outcome.fault, item.outcome.words, now)
