"""What one finished judgement costs the server, in "hellos": python -m benchmarks.judgement_cost [--units 10000]

50 raters work at once over real HTTP: each opens the work page, then answers unit after unit, and the page's requests
are all there are (one answer brings the unit after the next). Counted is the CPU of the web server's processes and,
on PostgreSQL, of its database's; the measure is a bare view without middleware under the same server in the same run.
With --locks FILE ... these files are locked while it measures, and not while it fills the database: benchmarks that
name the same files do not measure at the same time. Hellos and judgements are measured in turns; the median of the
ratios is what is said, since a machine may be faster or slower from one second to the next.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import psycopg

from benchmarks.serving import ROOT, cpu_of, server
from scripts import throwaway

RATERS = 50
TURNS, HELLOS = 7, 4000
KEY = re.compile(r'name="client_key" value="([^"]+)"')
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
UNIT = re.compile(r'data-token="([^"]+)"')
AHEAD = re.compile(r'<template data-ahead="([^"]+)">(.*?)</template>', re.S)


@dataclass
class Hand:
    """One rater's browser: a connection, a session, and the units it holds."""

    host: str
    study: str
    session: str
    held: list[tuple[str, str]] = field(default_factory=list)
    csrf: str = ""
    done: int = 0
    bytes: int = 0

    def open(self) -> None:
        """Open the work page."""
        self.link = http.client.HTTPConnection(self.host, timeout=120)
        self.cookies = f"sessionid={self.session}"
        page = self.ask("GET", f"/rate/{self.study}/")
        self.csrf = CSRF.search(page)[1]
        self.held = [(UNIT.search(page)[1], KEY.search(page)[1])]
        self.held += [(token, KEY.search(html)[1]) for token, html in AHEAD.findall(page)]

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> str:
        """Send one request and return the text of its answer."""
        headers = {"Cookie": self.cookies, "Host": "localhost", **headers}
        self.link.request(method, path, body or None, headers)
        reply = self.link.getresponse()
        text = reply.read()
        self.bytes += len(text)
        if reply.status != 200:
            raise RuntimeError(f"{reply.status} for {method} {path}: {text[:300]!r}")
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            if cookie.startswith("csrftoken="):
                self.cookies = f"sessionid={self.session}; {cookie.partition(';')[0]}"
        return text.decode()

    def answer(self, value: str = "") -> None:
        """Answer the unit in hand with `value`, else with one of two labels."""
        token, key = self.held.pop(0)
        value = value or ("positive" if hash((token, self.study)) % 10 else "negative")
        body = urlencode({"values": value, "client_key": key, "based_on": 0, "active_ms": 1500})
        reply = json.loads(
            self.ask(
                "POST", f"/rate/{self.study}/{token}/", body,
                **{
                    "Accept": "application/json", "X-CSRFToken": self.csrf,
                    "Content-Type": "application/x-www-form-urlencoded",
                    "X-Held": ",".join(entry[0] for entry in self.held),
                },
            )
        )  # fmt: skip
        self.done += 1
        self.held += [(unit["token"], KEY.search(unit["dock"])[1]) for unit in reply["ahead"] if "dock" in unit]


def drive(hands: list[Hand], judgements: int) -> None:
    """Let every hand answer its share at once."""
    failures: list[BaseException] = []

    def work(hand: Hand) -> None:
        try:
            for _ in range(judgements // len(hands)):
                hand.answer()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(hand,)) for hand in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@contextmanager
def hello() -> Iterator[Callable[[int], float]]:
    """Serve the bare view; give a function that asks it so often and returns the CPU milliseconds of one."""
    with server("benchmarks.hello_wsgi:application", {}) as (host, pid):
        links = [http.client.HTTPConnection(host, timeout=60) for _ in range(RATERS)]

        def work(link: http.client.HTTPConnection, count: int) -> None:
            for _ in range(count):
                link.request("GET", "/")
                link.getresponse().read()

        def burst(total: int) -> None:
            threads = [threading.Thread(target=work, args=(link, total // RATERS)) for link in links]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        def cost(requests: int) -> float:
            before = cpu_of(pid)
            burst(requests)
            return (cpu_of(pid) - before) / requests * 1000

        burst(2000)
        yield cost


@contextmanager
def alone(locks: Sequence[Path]) -> Iterator[None]:
    """Hold the locks of these files, in their order."""
    with ExitStack() as stack:
        for path in locks:
            flock(stack.enter_context(path.open("w")), LOCK_EX)
        yield


def judgement_cost(
    env: dict[str, str], units: int, judgements: int, database: str, locks: Sequence[Path]
) -> tuple[float, float, int]:
    """Return what one judgement over `units` units costs, in hellos and CPU milliseconds, and the bytes it moves."""
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.judgement_world", str(units), str(RATERS)],
        cwd=ROOT, env={**os.environ, **env}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    world = json.loads(made.stdout.splitlines()[-1])
    if database:
        with psycopg.connect(env["DATABASE_URL"], autocommit=True) as link:
            # As it does by itself some time after such an import; not while the judgements are measured.
            link.execute("VACUUM ANALYZE")
            link.execute("CHECKPOINT")
    with alone(locks), hello() as bare, server("config.wsgi:application", env) as (host, pid):
        hands = [Hand(host, world["study"], session) for session in world["sessions"]]
        for hand in hands:
            hand.open()
        drive(hands, 500)
        if database:
            # As PostgreSQL does by itself within a minute of such work.
            with psycopg.connect(env["DATABASE_URL"], autocommit=True) as link:
                link.execute("ANALYZE")
        share, moved = judgements // (TURNS * RATERS) * RATERS, sum(hand.bytes for hand in hands)
        turns = []
        for _ in range(TURNS):
            one, before, web, start = bare(HELLOS), cpu_of(pid, database), cpu_of(pid), time.monotonic()
            drive(hands, share)
            cost = (cpu_of(pid, database) - before) / share * 1000
            turns.append((cost / one, cost, (cpu_of(pid) - web) / share * 1000, share / (time.monotonic() - start)))
        ratios, costs, webs, rates = zip(*turns, strict=True)
        said = f"{median(rates):.0f} judgements/s over the wire; {median(webs):.2f} ms of it in the web server"
        print(f"    {said}; turns: {', '.join(f'{ratio:.1f}' for ratio in ratios)}", file=sys.stderr)
        return median(ratios), median(costs), (sum(hand.bytes for hand in hands) - moved) // (share * TURNS)


def main() -> None:
    """Measure both databases at each size and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--judgements", type=int, default=4000)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--locks", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    for engine in ("sqlite", "postgres"):
        if options.only and options.only != engine:
            continue
        for units in options.units:
            with tempfile.TemporaryDirectory() as folder:
                measure(engine, units, options.judgements, Path(folder), options.locks)


def measure(engine: str, units: int, judgements: int, folder: Path, locks: Sequence[Path]) -> None:
    """Measure one database at one size."""
    env = {"CONCORD_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings.local"}
    if engine == "sqlite":
        ratio, cost, moved = judgement_cost(env, units, judgements, "", locks)
    else:
        with throwaway.postgres() as url:
            env["DATABASE_URL"] = url
            database = url.rpartition("/")[2].partition("?")[0]
            ratio, cost, moved = judgement_cost(env, units, judgements, database, locks)
    print(f"{engine}, {units:,} units: {cost:.2f} ms CPU a judgement = {ratio:.1f} hellos, {moved:,} bytes", flush=True)


if __name__ == "__main__":
    main()
