"""The processes that benchmarks of runs start and kill: a model's server, the workers, and looks into the database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.serving import ROOT
from scripts.throwaway import free_port, listens

Env = dict[str, str]


def environment(folder: Path, **more: str) -> Env:
    """Return the settings of a throw-away installation in `folder`."""
    own = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    return own | {
        "CONCORD_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings.local", "PYTHONUNBUFFERED": "1",
    } | more  # fmt: skip


def python(env: Env, *words: str) -> str:
    """Run a module to its end and return the last line it prints; its failure is ours."""
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return (done.stdout.strip().splitlines() or [""])[-1]


def emptied(env: Env, *, patience: str = "30s") -> None:
    """Bring a database up to date, and empty it where it is PostgreSQL.

    What an earlier attempt left running may hold its tables: then this fails, and does not wait for ever.
    """
    python(env, "django", "migrate", "--verbosity", "0")
    if env.get("DATABASE_URL", "").startswith("postgres"):
        python(env | {"PGOPTIONS": f"-c lock_timeout={patience}"}, "django", "flush", "--noinput")


def end_in_order() -> None:
    """Let a polite kill end this process as an exception does, so that servers and workers go with it."""
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit("Killed."))


def state(env: Env, run: str) -> dict[str, Any]:
    """Return what the database holds of a run."""
    return json.loads(python(env, "benchmarks.run_world", "state", run))


@contextmanager
def chat_server(latency: float, text: str = "") -> Iterator[str]:
    """Run the scripted server in a process of its own; yields its address without a path."""
    port = free_port()
    words = [
        "-m",
        "benchmarks.chat_server",
        "--port",
        str(port),
        "--latency",
        str(latency),
        *(["--text", text] if text else []),
    ]
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT)
    try:
        while not listens(port):
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def stats(address: str) -> dict[str, Any]:
    """Return the server's counts."""
    with urllib.request.urlopen(f"{address}/stats") as answer:
        return json.load(answer)


def cpu_seconds(session: int) -> float:
    """Return the seconds that a session's processes have kept a core busy so far."""
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class Workers:
    """Celery workers, each a session of its own so that a kill takes its pool with it."""

    def __init__(self, env: Env, folder: Path) -> None:
        self.env, self.folder, self.running = env, folder, []

    def start(self, *, processes: int = 2, beat: bool = True, queues: str = "runs,celery") -> None:
        """Start one worker with so many processes, and wait until it is ready."""
        log = self.folder / f"worker-{len(list(self.folder.glob('worker-*.log')))}.log"
        words = ["celery", "-A", "config", "worker", "-Q", queues, "--concurrency", str(processes)]
        words += ["--without-gossip", "--without-mingle", "--loglevel", "INFO", *(["--beat"] if beat else [])]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *words], cwd=ROOT, env=self.env, start_new_session=True, stdout=out, stderr=out
            )
        self.running.append(process)
        deadline = time.monotonic() + 60
        while b" ready." not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text(errors="replace"))
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill -9 all of them with everything they started."""
        for process in self.running:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.running = []


@contextmanager
def workers(env: Env, folder: Path) -> Iterator[Workers]:
    """Yield workers that are gone when the block ends."""
    found = Workers(env, folder)
    try:
        yield found
    finally:
        found.kill()
