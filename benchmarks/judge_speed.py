"""How fast two worker processes drain a run of judges: python -m benchmarks.judge_speed [--postgres URL]

7 systems x 100 questions x 5 rounds, scored by 2 judges on four criteria: 7,000 calls against a server that takes
200 ms for each, with two worker processes of 32 slots: the limit is 2 x 32 / 0.2 s = 320 requests a second. Every
answer is read strictly and written down as scores. Says the rate from the first call to the last, and whether there are
exactly as many calls and verdicts as there should be. The URL names a database that is emptied.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import run_processes as these

SLOTS = 32
KEYS = ("interactivity", "helpfulness", "comforting", "explainability")
SAID = json.dumps({"explanation": "It hears the person and says one thing to do.", "scores": dict.fromkeys(KEYS, 4)})


def main() -> int:
    """Measure once; returns 1 where a call or a verdict is missing, too many or not read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", default="")
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--systems", type=int, default=7)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--judges", type=int, default=2)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return measure(options, Path(folder))


def measure(options: argparse.Namespace, folder: Path) -> int:
    """Make a world, let the workers loose on it, and count."""
    more = {"DATABASE_URL": options.postgres} if options.postgres else {}
    env = these.environment(folder, CONCORD_RUN_SLOTS=str(SLOTS), **more)
    these.python(env, "django", "migrate", "--verbosity", "0")
    if options.postgres:
        these.python(env, "django", "flush", "--noinput")
    slots = SLOTS * options.processes
    with these.chat_server(options.latency, SAID) as address, these.workers(env, folder) as crew:
        counts = (options.systems, options.questions, options.rounds, options.judges, slots)
        run = these.python(env, "benchmarks.run_world", "judges", f"{address}/v1", *(str(count) for count in counts))
        crew.start(processes=options.processes)
        before = these.cpu_seconds(crew.running[0].pid)
        these.python(env, "benchmarks.run_world", "start", run)
        while (found := these.state(env, run))["state"] not in {"done", "cancelled"}:
            time.sleep(3)
        served = these.stats(address)
        found["cpu"] = these.cpu_seconds(crew.running[0].pid) - before
    return report(options, found, served, slots / options.latency)


def report(options: argparse.Namespace, found: dict[str, Any], served: dict[str, Any], limit: float) -> int:
    """Print the figures; returns the exit status."""
    wanted = options.systems * options.questions * options.rounds * options.judges
    seconds = served["seconds"] + options.latency
    rate = served["calls"] / seconds
    print(
        f"{'PostgreSQL' if options.postgres else 'SQLite'}: {served['calls']:,} judge calls in {seconds:.2f} s, "
        f"{rate:.0f} requests/s, {rate / limit:.0%} of {limit:.0f}; at most {served['most_in_flight']} in flight; "
        f"{found['verdicts']:,} verdicts, {found['unread']} not read, {found['attempts']:,} attempts; "
        f"the workers kept a core busy for {found['cpu']:.1f} s"
    )
    exact = found["verdicts"] == served["calls"] == found["attempts"] == wanted and not found["unread"]
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main())
