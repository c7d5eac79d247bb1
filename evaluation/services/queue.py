"""The rows of runs as a queue: claimed with a lease, renewed, given back, set aside.

The literal states in the statements matter: SQLite uses a partial index only where the query repeats its condition, not
for a bound parameter. Whoever claims at an endpoint holds its meter's row (on SQLite every transaction that writes is
alone anyway), so limits hold over all workers, and who pauses or cancels a run and has taken the same lock can be sure
that nothing more of it is sent.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from evaluation import limits
from evaluation.models import Attempt, Endpoint, EndpointMeter, Run, RunItem, RunSystem
from evaluation.providers.outcomes import Fault

LEASE = timedelta(seconds=20)
RENEW_SECONDS = 5.0
SOON = 0.2
# So many claims without any outcome, and a row is set aside: it seems to kill its worker.
MAX_UNANSWERED = 3
# A row that was twice in the hands of a worker that died is asked alone, so that it cannot take others with it again.
SUSPECT = MAX_UNANSWERED - 1

ITEM, RUN = RunItem._meta.db_table, Run._meta.db_table


@dataclass(frozen=True)
class Lane:
    """One run's work at one endpoint, and until when errors that may pass are tried again."""

    endpoint_id: int
    run_id: int
    retry_until: datetime | None


@dataclass(frozen=True)
class Claim:
    """A row in this worker's hands. `attempts` tells this claim from any later one.

    `most` are the tokens the call may take, `tokens` those it holds of the endpoint's limit until it ends.
    """

    row_id: int
    run_id: int
    endpoint_id: int
    version_id: int
    revision_id: int
    round: int
    attempts: int
    most: int
    tokens: int
    # Of a judge's call: what it is shown, and whether its first answer could not be read.
    task_id: int | None = None
    asked_again: bool = False

    @property
    def kind(self) -> tuple[int, int]:
        """Which calls are alike in what they take."""
        return self.run_id, self.version_id


@dataclass(frozen=True)
class Taken:
    """What a claim brought, and in how many seconds it is worth asking again (None: not before something changes).

    `crowded` says that only calls in flight stand in the way, so that the end of one is worth asking at once.
    """

    claims: list[Claim]
    wait: float | None = None
    crowded: bool = False


def lanes() -> list[Lane]:
    """Return where there may be work: running runs at endpoints in use, granted, with a closed circuit."""
    rows = (
        RunSystem.objects.filter(
            run__state=Run.State.RUNNING,
            system_version__endpoint__active=True,
            system_version__endpoint__circuit_since__isnull=True,
            system_version__endpoint__grants__project_id=F("run__project_id"),
        )
        .order_by("run_id")
        .values_list("system_version__endpoint_id", "run_id", "run__retry_until")
        .distinct()
    )
    return [Lane(*row) for row in rows]


def take(
    lanes: Sequence[Lane], slots: int, now: datetime, *, suspects: bool = False, habits: limits.Habits | None = None
) -> Taken:
    """Claim up to `slots` rows of one endpoint, shared evenly among its runs. Call it in a transaction."""
    meter = EndpointMeter.objects.select_for_update(of=("self",)).select_related("endpoint")
    held = meter.get(endpoint_id=lanes[0].endpoint_id)
    room = _room(held, slots, now)
    if room.free <= 0:
        return Taken([], room.wait, room.crowded)
    found = _candidates(lanes, 1 if suspects else room.free, now, suspects=suspects)
    claims = _fit(held, _held_by(found, habits or limits.Habits()), now)
    if found and not claims:
        return Taken([], max(0.05, limits.wait(held.tokens_at, now.timestamp(), held.endpoint.tokens_per_minute)))
    if not claims:
        return Taken([], _due(lanes, now) if not suspects else None)
    RunItem.objects.filter(pk__in=[claim.row_id for claim in claims]).update(
        state=RunItem.State.LEASED,
        attempts=F("attempts") + 1,
        unanswered=F("unanswered") + 1,
        leased_until=now + LEASE,
    )
    _charge(held, len(claims), sum(claim.tokens for claim in claims), now)
    return Taken(claims, SOON if len(claims) < slots else 0.0, room.crowded)


def renew(row_ids: Collection[int], now: datetime) -> None:
    """Keep the leases of calls in flight."""
    if row_ids:
        RunItem.objects.filter(pk__in=row_ids, state=RunItem.State.LEASED).update(leased_until=now + LEASE)


def recover(now: datetime, most: int = 500) -> int:
    """Give back what dead workers left behind, or set it aside; returns how many rows."""
    lock = " FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    with transaction.atomic():
        rows = _fetch(
            f"SELECT id, attempts, unanswered FROM {ITEM} WHERE state = 'leased' AND leased_until < %s"  # noqa: S608  our own table
            f" ORDER BY leased_until LIMIT {most}{lock}",
            [now],
        )
        if not rows:
            return 0
        poison = [row_id for row_id, _, unanswered in rows if unanswered >= MAX_UNANSWERED]
        again = [row_id for row_id, _, unanswered in rows if unanswered < MAX_UNANSWERED]
        RunItem.objects.filter(pk__in=again).update(
            state=RunItem.State.QUEUED, leased_until=None, next_attempt_at=now, error_class=Fault.LOST
        )
        RunItem.objects.filter(pk__in=poison).update(
            state=RunItem.State.QUARANTINED, leased_until=None, finished_at=now, error_class=Fault.POISON
        )
        Attempt.objects.bulk_create(
            [
                Attempt(run_item_id=row_id, number=attempts, started_at=now, error_class=Fault.LOST)
                for row_id, attempts, _ in rows
            ],
            ignore_conflicts=True,
        )
    return len(rows)


def unfinished(run_id: int) -> bool:
    """Return whether a run has rows that wait or are being answered."""
    one = f"SELECT 1 FROM {ITEM} WHERE run_id = %s AND state = "  # noqa: S608  our own table
    return any(_fetch(f"{one}'{state}' LIMIT 1", [run_id]) for state in ("queued", "leased"))


def hold(endpoint_ids: Iterable[int]) -> None:
    """Lock the meters of endpoints in one order; nothing is claimed there before the transaction ends."""
    list(EndpointMeter.objects.select_for_update().filter(endpoint_id__in=endpoint_ids).order_by("endpoint_id"))


@dataclass(frozen=True)
class Room:
    """How many calls may be started, else in how many seconds that may change, and whether calls in flight decide."""

    free: int
    wait: float | None = None
    crowded: bool = False


def _room(meter: EndpointMeter, slots: int, now: datetime) -> Room:
    """Return how many calls may be started now, and where none may, the seconds until that can change."""
    endpoint, clock = meter.endpoint, now.timestamp()
    if endpoint.circuit_since is not None or not endpoint.active:
        return Room(0)
    if meter.held_until is not None and meter.held_until > now:
        return Room(0, (meter.held_until - now).total_seconds())
    free = endpoint.max_in_flight - _in_flight(endpoint, now)
    if free <= 0:
        # A call in flight elsewhere ends without a sign to this process, so it asks again soon.
        return Room(0, SOON, crowded=True)
    due = limits.room(meter.requests_at, clock, endpoint.requests_per_minute)
    if due <= 0:
        return Room(0, limits.wait(meter.requests_at, clock, endpoint.requests_per_minute))
    return Room(min(free, due, slots), crowded=free < min(slots, due))


def _in_flight(endpoint: Endpoint, now: datetime) -> int:
    rows = _fetch(
        f"SELECT COUNT(*) FROM {ITEM} WHERE endpoint_id = %s AND state = 'leased' AND leased_until >= %s",  # noqa: S608  our own table
        [endpoint.pk, now],
    )
    return int(rows[0][0])


def _candidates(lanes: Sequence[Lane], wanted: int, now: datetime, *, suspects: bool) -> list[Claim]:
    """Return rows that are due, from each run its share; where one has less, the next ones take more."""
    found: list[Claim] = []
    order = random.sample(lanes, len(lanes))
    for left, lane in zip(range(len(order), 0, -1), order, strict=True):
        share = -(-(wanted - len(found)) // left)
        if share > 0:
            found += _due_rows(lane, share, now, suspects=suspects)
    return found


def _due_rows(lane: Lane, most: int, now: datetime, *, suspects: bool) -> list[Claim]:
    lock = " FOR UPDATE OF i SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    rows = _fetch(
        f"SELECT i.id, i.system_version_id, i.revision_id, i.round, i.attempts, i.tokens, i.task_id, i.asked_again"  # noqa: S608  our own words
        f" FROM {ITEM} i JOIN {RUN} r ON r.id = i.run_id AND r.state = 'running'"
        f" WHERE i.run_id = %s AND i.endpoint_id = %s AND i.state = 'queued' AND i.next_attempt_at <= %s"
        f" AND i.unanswered {'>=' if suspects else '<'} {SUSPECT}"
        f" ORDER BY i.next_attempt_at, i.id LIMIT {int(most)}{lock}",
        [lane.run_id, lane.endpoint_id, now],
    )
    return [_claim(lane, row) for row in rows]


def _claim(lane: Lane, row: tuple[int, ...]) -> Claim:
    row_id, version, revision, number, attempts, most, task, again = row
    return Claim(
        row_id, lane.run_id, lane.endpoint_id, version, revision, number, attempts + 1, most, most, task, bool(again)
    )


def _held_by(claims: Sequence[Claim], habits: limits.Habits) -> list[Claim]:
    """Let each call hold what calls like it take."""
    return [replace(claim, tokens=habits.expected(claim.kind, claim.most)) for claim in claims]


def _fit(meter: EndpointMeter, claims: list[Claim], now: datetime) -> list[Claim]:
    """Keep as many as the limit of tokens leaves room for: a call is let in while the schedule is not ahead yet."""
    per_minute, due, clock = meter.endpoint.tokens_per_minute, meter.tokens_at, now.timestamp()
    if per_minute is None:
        return claims
    kept = []
    for claim in claims:
        if limits.room(due, clock, per_minute) <= 0:
            break
        due = limits.moved(due, clock, per_minute, claim.tokens)
        kept.append(claim)
    return kept


def _charge(meter: EndpointMeter, calls: int, tokens: int, now: datetime) -> None:
    endpoint, clock = meter.endpoint, now.timestamp()
    if endpoint.requests_per_minute is None and endpoint.tokens_per_minute is None:
        return
    meter.requests_at = limits.moved(meter.requests_at, clock, endpoint.requests_per_minute, calls)
    meter.tokens_at = limits.moved(meter.tokens_at, clock, endpoint.tokens_per_minute, tokens)
    meter.save(update_fields=["requests_at", "tokens_at"])


def _due(lanes: Sequence[Lane], now: datetime) -> float | None:
    """Return the seconds until the next row of these lanes is due; None where none waits, a moment for full limits."""
    times: list[datetime] = []
    for lane in lanes:
        first = RunItem.objects.raw(
            f"SELECT id, next_attempt_at FROM {ITEM} WHERE run_id = %s AND endpoint_id = %s AND state = 'queued'"  # noqa: S608  our own table
            f" AND unanswered < {SUSPECT} ORDER BY next_attempt_at, id LIMIT 1",
            [lane.run_id, lane.endpoint_id],
        )
        times += [row.next_attempt_at for row in first]
    return max(0.05, (min(times) - now).total_seconds()) if times else None


def _fetch(statement: str, params: Sequence[int | datetime]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [adapted(value) for value in params])
        return list(cursor.fetchall())


def adapted(value: int | datetime) -> Any:
    """Return a value as the database compares it; SQLite keeps times as text."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
