"""Killing everything while people work: python -m benchmarks.crash [--kills 10] [--seconds 4]

20 simulated raters work over real HTTP and an import runs; the web server and the worker are killed (kill -9) again
and again and started anew. A rater sends an answer until it is acknowledged, as the page does. Afterwards: no
acknowledged answer is missing, none is doubled, no place is taken twice, counters equal rows, the import is whole or
absent.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.judgement_cost import Hand
from benchmarks.serving import ROOT, wait
from scripts.throwaway import free_port

RATERS = 20
IMPORTED = 20_000
BROKEN = (OSError, http.client.HTTPException, json.JSONDecodeError)


class Processes:
    """The web server and the worker, each in a session of its own."""

    def __init__(self, env: dict[str, str], port: int) -> None:
        self.env, self.port, self.running = {**os.environ, **env}, port, []

    def start(self) -> None:
        web = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port),
            "--workers", "1", "--blocking-threads", "4", "--log-level", "critical", "config.wsgi:application",
        ]  # fmt: skip
        worker = [sys.executable, "-m", "celery", "-A", "config", "worker", "-B", "-c", "1", "--loglevel", "critical"]
        self.running = [
            subprocess.Popen(command, cwd=ROOT, env=self.env, start_new_session=True, stderr=subprocess.DEVNULL)
            for command in (web, worker)
        ]

    def kill(self) -> None:
        for process in self.running:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def persist(hand: Hand, stop: threading.Event, acknowledged: list[str]) -> None:
    """Answer until told to stop; a broken connection is tried again with the same answer."""
    while not stop.is_set():
        try:
            if not hand.held:
                hand.open()
            token, key = hand.held[0]
            kept = list(hand.held)
            hand.answer()
            acknowledged.append(key)
            if not hand.held:
                hand.open()
        except BROKEN:
            hand.held = locals().get("kept") or []
            hand.link = http.client.HTTPConnection(hand.host, timeout=20)
            time.sleep(0.2 + random.random() / 5)
        except (RuntimeError, TypeError):
            # A page that was cut off, or work that a lease has taken back: begin again.
            hand.held = []
            time.sleep(0.2)


def main() -> None:
    """Run it, kill it, and check what is left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=6)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(carry_out(Path(folder), options.kills, options.seconds))


def carry_out(folder: Path, kills: int, seconds: float) -> int:
    """Do the whole thing in one data folder; returns the exit status."""
    env = {"CONCORD_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings.local"}
    world = json.loads(run(env, "-m", "benchmarks.judgement_world", "30000", str(RATERS)).splitlines()[-1])
    port = free_port()
    processes = Processes(env, port)
    processes.start()
    wait(f"http://127.0.0.1:{port}/health/")
    run(env, "-m", "benchmarks.crash_check", "import", str(IMPORTED), str(folder / "items.csv"))
    stop, acknowledged = threading.Event(), []
    hands = [Hand(f"127.0.0.1:{port}", world["study"], session) for session in world["sessions"]]
    threads = [threading.Thread(target=persist, args=(hand, stop, acknowledged)) for hand in hands]
    for thread in threads:
        thread.start()
    for n in range(kills):
        time.sleep(seconds * (0.5 + random.random()))
        processes.kill()
        print(f"kill {n + 1}: {len(acknowledged):,} answers acknowledged so far")
        processes.start()
        wait(f"http://127.0.0.1:{port}/health/")
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    (folder / "acknowledged.json").write_text(json.dumps(acknowledged))
    print(run(env, "-m", "benchmarks.crash_check", "wait", "90"), end="")
    processes.kill()
    print(run(env, "-m", "benchmarks.crash_check", "verify", str(folder / "acknowledged.json"), str(IMPORTED)), end="")
    return 0


def run(env: dict[str, str], *words: str) -> str:
    """Run a Python module under the benchmark's settings and return what it prints; its failure is ours."""
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit(done.stdout)
    return done.stdout


if __name__ == "__main__":
    main()
