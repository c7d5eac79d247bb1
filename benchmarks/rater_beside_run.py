"""How long a rater waits while a run is going: python -m benchmarks.rater_beside_run [--postgres URL]

A label review study and a run of 7 systems x 200 questions stand in one installation. One rater opens the work page
and answers, again and again, first with the workers idle, then while two worker processes call a server that takes
200 ms with 64 slots together. Says the median and the 95th percentile of the page and of an answer, over HTTP. The
URL names a database that is emptied.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import run_processes as these
from benchmarks.judgement_cost import Hand
from benchmarks.serving import server

SLOTS, PROCESSES, LATENCY = 32, 2, 0.2
SYSTEMS, QUESTIONS, UNITS, ROUNDS = 7, 200, 3000, 60
STILL = 120.0
# A person needs longer; this is as quick as a rater could be.
PAUSE = 0.02


def main() -> int:
    """Measure once; returns 1 where the run ended before the rater had answered often enough to say anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", default="")
    options = parser.parse_args()
    these.end_in_order()
    with tempfile.TemporaryDirectory() as folder:
        return measure(options.postgres, Path(folder))


def measure(postgres: str, folder: Path) -> int:
    """Make both worlds, and let the rater work without and with the run."""
    env = these.environment(folder, CONCORD_RUN_SLOTS=str(SLOTS), **({"DATABASE_URL": postgres} if postgres else {}))
    these.emptied(env)
    world = json.loads(these.python(env, "benchmarks.judgement_world", str(UNITS), "1"))
    with these.chat_server(LATENCY) as address, these.workers(env, folder) as crew:
        words = ["make", f"{address}/v1", str(SYSTEMS), str(QUESTIONS), str(SLOTS * PROCESSES)]
        run = these.python(env, "benchmarks.run_world", *words)
        crew.start(processes=PROCESSES)
        with server("config.wsgi:application", env) as (host, _pid):
            hand = Hand(host, world["study"], world["sessions"][0])
            hand.open()
            list(rounds(hand, world["study"], 10))
            alone = list(rounds(hand, world["study"], ROUNDS))
            these.python(env, "benchmarks.run_world", "start", run)
            # The server may have closed the line by now, as it does with browsers that do nothing for a while.
            hand.open()
            beside = list(while_running(hand, world["study"], address))
        calls = these.stats(address)["calls"]
    print(f"{'PostgreSQL' if postgres else 'SQLite'}, milliseconds; {calls:,} calls were made meanwhile")
    told("no run", alone)
    told("64 slots busy", beside)
    return 0 if len(beside) >= ROUNDS // 2 else 1


def while_running(hand: Hand, study: str, address: str) -> Iterator[tuple[float, float]]:
    """Yield the rater's rounds between the first call of the run and its last; a run that stands still is an error."""
    calls, came = 0, time.monotonic()
    while calls < SYSTEMS * QUESTIONS:
        found = these.stats(address)["calls"]
        if found > calls:
            calls, came = found, time.monotonic()
        elif time.monotonic() - came > STILL:
            raise RuntimeError(f"no call has come for {STILL} s; {calls} of {SYSTEMS * QUESTIONS} were made")
        if calls:
            yield from rounds(hand, study, 1)
        else:
            time.sleep(0.01)


def rounds(hand: Hand, study: str, count: int) -> Iterator[tuple[float, float]]:
    """Yield the seconds of a page and of an answer, `count` times."""
    for _ in range(count):
        time.sleep(PAUSE)
        began = time.perf_counter()
        hand.ask("GET", f"/rate/{study}/")
        shown = time.perf_counter()
        hand.answer()
        yield shown - began, time.perf_counter() - shown


def told(name: str, found: list[tuple[float, float]]) -> None:
    """Print the figures of one state of affairs."""
    for at, what in enumerate(("page", "answer")):
        values = sorted(one[at] * 1000 for one in found)
        high = values[int(len(values) * 0.95)]
        print(f"  {name}, {what}: p50 {statistics.median(values):.1f}, p95 {high:.1f}, n {len(values)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
