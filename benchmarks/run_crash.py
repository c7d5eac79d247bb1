"""Killing what a run stands on: python -m benchmarks.run_crash [NAME ...]

workers   all workers are killed (kill -9) in the middle of a run and started anew
redis     Redis is killed and started anew, empty
postgres  PostgreSQL is killed and started anew
poison    a question that kills whoever asks it is set aside after three attempts, and only that one
cancel    a cancelled run makes the calls in flight and no more
limits    two workers keep an endpoint's requests and tokens a minute within 5 %

Each prints what happened and what was allowed; the exit status says whether all of it held. Nothing may need a hand:
the run must end by itself within 30 s plus the work left, with at most as many repeated calls as were in flight.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import run_processes as these
from benchmarks import run_servers
from benchmarks.chat_server import Chat, Say, running
from benchmarks.run_processes import Env, Workers
from evaluation.providers.money import estimate_messages

LATENCY, SLOTS = 0.5, 16
SYSTEMS, QUESTIONS = 4, 150
CALLS = SYSTEMS * QUESTIONS
GRACE = 30.0
DEADLINE = 180.0


@dataclass
class Stage:
    """A run under way, with everything it stands on."""

    chat: Chat
    crew: Workers
    env: Env
    run: str
    servers: dict[str, run_servers.Server]

    def wait_for(self, calls: int) -> None:
        """Wait until so many calls have come to the server."""
        deadline = time.monotonic() + DEADLINE
        while self.chat.total < calls:
            if time.monotonic() > deadline:
                raise RuntimeError(f"only {self.chat.total} calls came")
            time.sleep(0.01)

    def end(self) -> dict[str, Any]:
        """Wait until the run has come to its end, and return what the database holds."""
        deadline = time.monotonic() + DEADLINE
        while (found := these.state(self.env, self.run))["state"] not in {"done", "cancelled"}:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the run does not end: {found}")
            time.sleep(0.5)
        return found


@contextmanager
def stage(
    script: Callable[[dict[str, Any], int], Say], *, real: bool = False, systems: int = SYSTEMS,
    questions: int = QUESTIONS, workers: int = 1, **limits: int,
) -> Iterator[Stage]:  # fmt: skip
    """Start a run; with `real`, on a PostgreSQL and a Redis of its own, else on SQLite and files."""
    servers: dict[str, run_servers.Server] = {}
    with tempfile.TemporaryDirectory() as name, running(script) as chat:
        folder = Path(name)
        folder.chmod(0o755)
        more = {"CONCORD_RUN_SLOTS": str(SLOTS)}
        if real:
            servers["postgres"], more["DATABASE_URL"] = run_servers.postgres(folder / "postgres")
            servers["redis"], more["REDIS_URL"] = run_servers.redis(folder)
        env = these.environment(folder, **more)
        try:
            these.python(env, "django", "migrate", "--verbosity", "0")
            words = ["make", chat.url, str(systems), str(questions), str(limits.pop("slots", 2 * SLOTS))]
            words += [f"{key}={value}" for key, value in limits.items()]
            run = these.python(env, "benchmarks.run_world", *words)
            with these.workers(env, folder) as crew:
                for number in range(workers):
                    crew.start(processes=2 // workers, beat=number == 0)
                these.python(env, "benchmarks.run_world", "start", run)
                yield Stage(chat, crew, env, run, servers)
        finally:
            for server in servers.values():
                server.kill()


def slow(_request: dict[str, Any], _times: int) -> Say:
    """Answer every question after a while."""
    return Say(delay=LATENCY)


def interrupted(name: str, interrupt: Callable[[Stage], None]) -> bool:
    """Break something in the middle of a run; returns whether it ended by itself, in time, with few repeated calls."""
    with stage(slow, real=True) as now:
        now.wait_for(CALLS // 3)
        flying, left = now.chat.now, CALLS - now.chat.total
        interrupt(now)
        began = time.monotonic()
        found = now.end()
        seconds, repeated = time.monotonic() - began, now.chat.total - CALLS
    allowed = GRACE + left * LATENCY / (2 * SLOTS)
    whole = found["responses"] == CALLS == found["rows"].get("done")
    print(
        f"{name}: ended {seconds:.1f} s after the restart (allowed {allowed:.1f}), {found['responses']} of {CALLS} "
        f"responses; {repeated} calls repeated, {flying} were in flight; {found['lost']} attempts kept as lost"
    )
    return whole and seconds <= allowed and repeated <= max(flying, 2 * SLOTS)


def workers() -> bool:
    """Kill all workers."""

    def interrupt(now: Stage) -> None:
        now.crew.kill()
        now.crew.start()

    return interrupted("workers", interrupt)


def redis() -> bool:
    """Kill Redis."""

    def interrupt(now: Stage) -> None:
        now.servers["redis"].kill()
        time.sleep(3)
        now.servers["redis"].start()

    return interrupted("redis", interrupt)


def postgres() -> bool:
    """Kill PostgreSQL."""

    def interrupt(now: Stage) -> None:
        now.servers["postgres"].kill()
        time.sleep(3)
        now.servers["postgres"].start()

    return interrupted("postgres", interrupt)


def poison() -> bool:
    """Ask a question that kills its asker, among many that do not."""
    victims: list[str] = []

    def script(request: dict[str, Any], _times: int) -> Say:
        words = request["messages"][-1]["content"]
        victims[:] = victims or [words]
        return Say(kill=words == victims[0] and request["model"] == "model-0", delay=0.1)

    with stage(script, systems=2, questions=40) as now:
        began = time.monotonic()
        found = now.end()
        seconds = time.monotonic() - began
        tries = max(now.chat.calls.values())
    print(f"poison: {found['rows']} after {seconds:.0f} s; the question was asked {tries} times")
    return bool(found["rows"] == {"done": 79, "quarantined": 1} and tries == 3)


def cancel() -> bool:
    """Cancel in the middle."""
    with stage(slow) as now:
        now.wait_for(CALLS // 3)
        these.python(now.env, "benchmarks.run_world", "cancel", now.run)
        began, after = time.time(), now.chat.total
        time.sleep(5)
        found = now.end()
        late = sum(1 for moment in now.chat.times if moment > began)
    kept = found["responses"] == now.chat.total
    print(f"cancel: {after} calls when it was done, {late} came later; {found['responses']} responses kept")
    return late == 0 and kept


def limits() -> bool:
    """Let two workers ask one endpoint with a limit of requests, then with one of tokens and answers of any length."""
    held = [kept("requests_per_minute", 1200)]
    # Answers may take 1,024 tokens each; (tokens they take, seconds they need, limit a minute).
    for tokens, latency, limit in ((300, 0.05, 480_000), (20, 1.0, 120_000), (1000, 1.0, 960_000)):
        held.append(kept("tokens_per_minute", limit, tokens, latency))
    return all(held)


def kept(name: str, limit: int, answer: int = 300, latency: float = 0.05) -> bool:
    """Return whether two workers keep one limit within 5 %, neither above nor below, by what came to the server."""
    used: list[tuple[float, int]] = []

    def script(request: dict[str, Any], _times: int) -> Say:
        tokens = estimate_messages(request["messages"])
        used.append((time.time(), 1 if name == "requests_per_minute" else tokens + answer))
        return Say(delay=latency, usage=(tokens, answer))

    with stage(script, systems=2, questions=200, workers=2, **{name: limit}) as now:
        now.end()
    # Without the first seconds, when the allowance is used up and what answers take is not known yet.
    steady = [one for one in used if one[0] > used[0][0] + 3 + 2 * latency]
    rate = sum(amount for _, amount in steady[1:]) / (steady[-1][0] - steady[0][0]) * 60
    first = sum(amount for at, amount in used if at <= used[0][0] + 10) * 6
    print(
        f"limits: {name} {limit}, answers of {answer} tokens in {latency:g} s: kept at {rate:.0f} "
        f"({rate / limit:.1%}) by two workers over {len(used)} calls; {first / limit:.1%} in the first 10 s"
    )
    return 0.95 <= rate / limit <= 1.05


ALL: dict[str, Callable[[], bool]] = {one.__name__: one for one in (workers, redis, postgres, poison, cancel, limits)}


def main() -> int:
    """Do what is named, else everything; returns 1 where something did not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*ALL, []], metavar="NAME")
    names = parser.parse_args().names or list(ALL)
    failed = [name for name in names if not ALL[name]()]
    print("all held" if not failed else f"did not hold: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
