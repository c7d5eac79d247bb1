"""The loop that drains runs: claims rows, has up to so many calls in flight at each endpoint, writes down what comes.

One loop a worker process. All of the database's work is done by one thread beside it, a batch at a time: what finished
while the last batch was written goes into the next, with the claims that fill the freed slots. So SQLite's single
writer sees few transactions, and no more rows are claimed than are being asked at that moment.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from evaluation.limits import Habits
from evaluation.providers.client import Caller
from evaluation.providers.outcomes import Fault, Outcome
from evaluation.services import ledger, queue, runs
from evaluation.services.calls import Call, Desk
from evaluation.services.ledger import Finished, Want
from evaluation.services.queue import Claim, Lane

T = TypeVar("T")
log = logging.getLogger(__name__)

# A task must end well before its time limit; a new one goes on.
SLICE_SECONDS = 1200.0
# With nothing to do for longer than this, the task ends; the sweep rings when there is work again.
LINGER_SECONDS = 10.0
LOOK_SECONDS = 1.0
# What finishes within this time goes into one transaction.
GATHER_SECONDS = 0.005
# How long a database that does not answer is asked again before this process gives up its calls.
PATIENCE_SECONDS = 120.0


def close_connection() -> None:
    """Close this thread's connection; each thread has its own."""
    connection.close()


@dataclass
class Flight:
    """A call in flight."""

    call: Call
    task: asyncio.Task[Finished]


@dataclass
class Drain:
    """One task's work, from its first claim to its last outcome."""

    caller: Caller
    stopping: Callable[[], bool]
    slots: int
    pool: ThreadPoolExecutor
    desk: Desk = field(default_factory=Desk)
    habits: Habits = field(default_factory=Habits)
    flights: dict[int, Flight] = field(default_factory=dict)
    lanes: dict[int, list[Lane]] = field(default_factory=dict)
    # When it is worth asking each endpoint's rows again (monotonic time).
    quiet: dict[int, float] = field(default_factory=dict)
    crowded: set[int] = field(default_factory=set)
    # Claimed, and not started yet: kept apart in case the database goes away in between.
    claimed: list[Claim] = field(default_factory=list)
    looked: float = -1e9
    renewed: float = 0.0
    alone: bool = False
    made: int = 0

    async def run(self) -> bool:
        """Work until there is nothing to do or the time is over; returns whether work is left for a next task."""
        ends = time.monotonic() + SLICE_SECONDS
        while True:
            closing = self.stopping() or time.monotonic() > ends
            await self._turn(closing)
            if not self.flights and (closing or not self._expects_work()):
                return closing and bool(self.lanes)
            await self._pause()

    async def _turn(self, closing: bool) -> None:
        """Write down what has ended, and start what may be started."""
        ended = [flight for flight in self.flights.values() if flight.task.done()]
        finished = [flight.task.result() for flight in ended]
        begin = await self._in_database(lambda: self._database_turn(finished, closing))
        for item in finished:
            self.flights.pop(item.claim.row_id, None)
        if not self.flights:
            self.alone = False
        for call in begin:
            self._start(call)
        if not self.flights and not closing and not self._expects_work():
            self._start_all(await self._in_database(self._suspect))

    def _database_turn(self, finished: Sequence[Finished], closing: bool) -> list[Call]:
        """What one turn does in the database, in its thread."""
        now, clock = timezone.now(), time.monotonic()
        if clock - self.looked > LOOK_SECONDS:
            self._look(now)
            self.looked = clock
        if clock - self.renewed > queue.RENEW_SECONDS:
            queue.renew(list(self.flights), now)
            self.renewed = clock
        wants = [] if closing or self.alone else self._wants(finished, clock)
        if finished or wants:
            self._settle(finished, wants, now, clock)
        calls = self.desk.prepare(self.claimed) if self.claimed else []
        self.claimed.clear()
        return calls

    def _settle(self, finished: Sequence[Finished], wants: Sequence[Want], now: datetime, clock: float) -> None:
        """Write and claim in one transaction; see which runs have come to their end."""
        until = {lane.run_id: lane.retry_until for lanes in self.lanes.values() for lane in lanes}
        missing = {item.claim.run_id for item in finished} - until.keys()
        done = ledger.turn(finished, wants, until | runs.retry_times(missing), now, self.habits)
        for endpoint, taken in done.items():
            self.claimed += taken.claims
            self.quiet[endpoint] = clock + taken.wait if taken.wait is not None else float("inf")
            (self.crowded.add if taken.crowded else self.crowded.discard)(endpoint)
        ended = {item.claim.run_id for item in finished if self.quiet.get(item.claim.endpoint_id) == float("inf")}
        dry = {lane.run_id for endpoint, taken in done.items() if taken.wait is None for lane in self.lanes[endpoint]}
        for run_id in ended | dry:
            runs.finish_if_complete(run_id)

    def _look(self, now: datetime) -> None:
        """See which runs there are, and take back what dead workers held."""
        queue.recover(now)
        lanes: dict[int, list[Lane]] = defaultdict(list)
        for lane in queue.lanes():
            lanes[lane.endpoint_id].append(lane)
        self.lanes = dict(lanes)
        self.desk.forget_endpoints()
        # A lane that ran dry is looked at again: rows may have been added or given back.
        self.quiet = {endpoint: due for endpoint, due in self.quiet.items() if due != float("inf")}

    def _wants(self, finished: Sequence[Finished], clock: float) -> list[Want]:
        """Return how many calls may be started at each endpoint, in one order for all workers."""
        ended = {item.claim.row_id for item in finished}
        # A slot that was missing is free, or a row waits to be asked again.
        back = {item.claim.endpoint_id for item in finished if item.may_come_back}
        for endpoint in ({item.claim.endpoint_id for item in finished} & self.crowded) | back:
            self.quiet.pop(endpoint, None)
        busy = Counter(f.call.claim.endpoint_id for row, f in self.flights.items() if row not in ended)
        return [
            Want(lanes, self.slots - busy[endpoint])
            for endpoint, lanes in sorted(self.lanes.items())
            if busy[endpoint] < self.slots and self.quiet.get(endpoint, 0.0) <= clock
        ]

    def _suspect(self) -> list[Call]:
        """Claim one row that may kill its worker: nothing else is in flight here now."""
        wants = [Want(lanes, 1) for _, lanes in sorted(self.lanes.items())]
        claims = ledger.take_suspect(wants, timezone.now())
        return self.desk.prepare(claims)

    async def abandon(self) -> None:
        """Let go of calls still in flight, which only an error leaves behind; their leases run out."""
        tasks = [flight.task for flight in self.flights.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start_all(self, calls: Sequence[Call]) -> None:
        self.alone = bool(calls)
        for call in calls:
            self._start(call)

    def _start(self, call: Call) -> None:
        self.made += 1
        self.flights[call.claim.row_id] = Flight(call, asyncio.create_task(self._make(call)))

    async def _make(self, call: Call) -> Finished:
        """Make one call; a fault of ours fails this row and no other."""
        if call.target is None:
            outcome = call.fault or Outcome(fault=Fault.INTERNAL)
        else:
            try:
                outcome = await self.caller.call(call.target, call.payload)
            except Exception as error:
                # No traceback: it could show what was sent.
                log.error("A call could not be made (row %s): %s", call.claim.row_id, type(error).__name__)
                outcome = Outcome(fault=Fault.INTERNAL, words=type(error).__name__)
        return Finished(call.claim, outcome, call.parameters, call.prompt_hash, call.explained, call.sheet)

    def _expects_work(self) -> bool:
        """Return whether some lane may have work within the time this task lingers."""
        soon = time.monotonic() + LINGER_SECONDS
        return any(self.quiet.get(endpoint, 0.0) <= soon for endpoint in self.lanes)

    async def _pause(self) -> None:
        """Wait until a call ends or something is due; then a little more, so that others can join the batch."""
        clock = time.monotonic()
        due = [at for endpoint, at in self.quiet.items() if endpoint in self.lanes and at > clock]
        until = min([clock + LOOK_SECONDS, *due])
        tasks = [flight.task for flight in self.flights.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=max(0.001, until - clock), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(GATHER_SECONDS)
        else:
            await asyncio.sleep(max(0.02, until - clock))

    async def _in_database(self, work: Callable[[], T]) -> T:
        """Do the work in the database's thread; where the database is away, again when it is back."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        pause = 0.1
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self.pool, work)
            except (OperationalError, InterfaceError):
                if time.monotonic() > give_up:
                    raise
                log.warning("The database does not answer; trying again.")
            await asyncio.get_running_loop().run_in_executor(self.pool, close_connection)
            await asyncio.sleep(pause)
            pause = min(2.0, pause * 2)


class Engine:
    """What one worker process keeps between tasks: its event loop and its clients. Made after the fork."""

    def __init__(self) -> None:
        """Open a loop; connections come with the first call."""
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.caller = Caller()

    def drain(self, stopping: Callable[[], bool] = lambda: False, slots: int | None = None) -> bool:
        """Drain all runs; returns whether work is left for a next task."""
        self.caller.warm()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger") as pool:
            work = Drain(self.caller, stopping, slots or settings.CONCORD_RUN_SLOTS, pool)
            try:
                return self.loop.run_until_complete(work.run())
            finally:
                self.loop.run_until_complete(work.abandon())
                pool.submit(close_connection).result()

    def close(self) -> None:
        """Close connections and loop."""
        self.loop.run_until_complete(self.caller.close())
        self.loop.close()


_engine: Engine | None = None


def engine() -> Engine:
    """Return this process's engine; after a fork a new one, as connections and loops must not be shared."""
    global _engine  # noqa: PLW0603  one per process is the point
    if _engine is None or _engine.pid != os.getpid():
        _engine = Engine()
    return _engine
