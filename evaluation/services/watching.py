"""How far a run is: counts, speed, cost and time left by system, and errors by cause. A fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count

from evaluation import words
from evaluation.models import Attempt, Endpoint, Run, RunItem, RunSystem
from evaluation.services.queue import lanes
from projects.listing import Among

State = RunItem.State
# Speed is what the last rows show, however long ago the run began.
LATEST = 200
# Words of the server shown with each kind of error.
EXAMPLES = 3
ATTEMPTS_READ = 300
# With nothing sent for so long, no worker seems to listen.
SILENCE = timedelta(seconds=30)


# By system as well: so the rows stand in the index in the order in which they are counted.
COUNTS: Among[Any] = Among(
    lambda runs: (
        RunItem.objects.filter(run__in=runs)
        .values_list("run_id", "system_version_id", "state")
        .annotate(n=Count("pk"))
        .order_by()
    )
)


@dataclass
class Row:
    """One system's part of a run."""

    part: RunSystem
    waiting: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    aside: int = 0
    tokens_per_second: float | None = None
    seconds_left: float | None = None

    @property
    def total(self) -> int:
        """All its rows."""
        return self.waiting + self.running + self.done + self.failed + self.aside

    @property
    def lost(self) -> int:
        """Rows that came to no response."""
        return self.failed + self.aside

    @property
    def ended(self) -> int:
        """Rows that have come to an end, with or without a response."""
        return self.done + self.lost

    @property
    def left_ms(self) -> int:
        """The time left, in milliseconds."""
        return int((self.seconds_left or 0.0) * 1000)

    @property
    def bars(self) -> list[tuple[str, str, str]]:
        """The picture: which colour, from where, how wide, in hundredths."""
        found, at = [], 0.0
        for name, count in (("done", self.done), ("failed", self.lost), ("running", self.running)):
            width = 100.0 * count / self.total if self.total else 0.0
            if width:
                found.append((name, f"{at:.2f}", f"{width:.2f}"))
            at += width
        return found


@dataclass
class Cause:
    """Errors of one kind."""

    fault: str
    failed: int = 0
    waiting: int = 0
    examples: list[Attempt] = field(default_factory=list)

    @property
    def words(self) -> words.Words:
        """What it is called, and what to do."""
        return words.of(self.fault)


@dataclass
class Picture:
    """A run at one moment."""

    rows: list[Row]
    sums: Row
    cost: list[tuple[str, Decimal]]
    unpriced: int
    stops: list[Endpoint]
    silent: bool


def picture(run: Run, now: datetime) -> Picture:
    """Return the run's state by system and as a whole."""
    parts = list(run.parts.select_related("system_version__system", "system_version__endpoint").order_by("pk"))
    rows = {part.system_version_id: Row(part) for part in parts}
    _count(run, rows)
    _pace(run, rows, now)
    sums = _sum(list(rows.values()))
    endpoints = {row.part.system_version.endpoint for row in rows.values()}
    stops = [one for one in endpoints if one is not None and one.circuit_since is not None]
    return Picture(
        rows=list(rows.values()),
        sums=sums,
        cost=_cost(parts),
        unpriced=sum(part.unpriced for part in parts),
        stops=sorted(stops, key=lambda one: one.name),
        silent=_silent(run, sums, now),
    )


def counts(run_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return for each run how many of its calls have come to an end, and how many it has."""
    found = dict.fromkeys(run_ids, (0, 0))
    for run_id, _system, state, count in COUNTS.tuples(run_ids):
        ended, total = found[run_id]
        found[run_id] = (ended + (count if state not in (State.QUEUED, State.LEASED) else 0), total + count)
    return found


def causes(run: Run) -> list[Cause]:
    """Return the errors of rows that failed or wait because of one, the most frequent first, with examples."""
    found: dict[str, Cause] = {}
    faulty = RunItem.objects.filter(run=run).exclude(error_class="").exclude(state=State.DONE)
    for fault, state, count in faulty.values_list("error_class", "state").annotate(n=Count("pk")).order_by():
        cause = found.setdefault(fault, Cause(fault))
        if state in (State.FAILED, State.QUARANTINED):
            cause.failed += count
        else:
            cause.waiting += count
    if found:
        _add_examples(run, found)
    return sorted(found.values(), key=lambda cause: (-cause.failed, -cause.waiting, cause.fault))


def _add_examples(run: Run, found: Mapping[str, Cause]) -> None:
    rows = Attempt.objects.filter(run_item__run=run, error_class__in=list(found)).order_by("-pk")
    seen: dict[str, set[str]] = defaultdict(set)
    for attempt in rows.select_related("run_item__revision__item", "run_item__system_version__system")[:ATTEMPTS_READ]:
        cause = found[attempt.error_class]
        if len(cause.examples) < EXAMPLES and attempt.error_words not in seen[cause.fault]:
            seen[cause.fault].add(attempt.error_words)
            cause.examples.append(attempt)


def _count(run: Run, rows: Mapping[int, Row]) -> None:
    names = {
        State.QUEUED: "waiting", State.LEASED: "running", State.DONE: "done", State.FAILED: "failed",
        State.QUARANTINED: "aside",
    }  # fmt: skip
    counts = RunItem.objects.filter(run=run).values_list("system_version_id", "state").annotate(n=Count("pk"))
    for version, state, count in counts.order_by():
        setattr(rows[version], names[State(state)], count)


def _pace(run: Run, rows: Mapping[int, Row], now: datetime) -> None:
    """Tell speed and time left from the rows that ended last."""
    if run.state != Run.State.RUNNING:
        return
    latest = (
        RunItem.objects.filter(run=run, finished_at__isnull=False, state=State.DONE, tries__error_class="")
        .order_by("-finished_at")
        .values_list("system_version_id", "finished_at", "tries__tokens_out")[:LATEST]
    )
    ended = [(version, at, tokens) for version, at, tokens in latest if at is not None]
    if not ended:
        return
    seconds = max((now - ended[-1][1]).total_seconds(), 1.0)
    for version, row in rows.items():
        mine = [tokens or 0 for other, _at, tokens in ended if other == version]
        if mine:
            row.tokens_per_second = sum(mine) / seconds
            row.seconds_left = (row.waiting + row.running) * seconds / len(mine)


def _sum(rows: Sequence[Row]) -> Row:
    out = Row(RunSystem())
    for row in rows:
        for name in ("waiting", "running", "done", "failed", "aside"):
            setattr(out, name, getattr(out, name) + getattr(row, name))
    speeds = [row.tokens_per_second for row in rows if row.tokens_per_second is not None]
    out.tokens_per_second = sum(speeds) if speeds else None
    out.seconds_left = max((row.seconds_left for row in rows if row.seconds_left is not None), default=None)
    return out


def _cost(parts: Sequence[RunSystem]) -> list[tuple[str, Decimal]]:
    sums: dict[str, Decimal] = {}
    for part in parts:
        endpoint = part.system_version.endpoint
        if part.cost is not None and endpoint is not None:
            sums[endpoint.currency] = sums.get(endpoint.currency, Decimal(0)) + part.cost
    return sorted(sums.items())


def _silent(run: Run, sums: Row, now: datetime) -> bool:
    """Return whether rows are due and nobody has taken any for a while."""
    if run.state != Run.State.RUNNING or sums.running or not sums.waiting:
        return False
    if not any(lane.run_id == run.pk for lane in lanes()):
        return False
    return RunItem.objects.filter(run=run, state=State.QUEUED, next_attempt_at__lt=now - SILENCE).exists()
