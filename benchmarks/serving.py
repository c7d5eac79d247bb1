"""Starting the product's web server for a benchmark, and reading the CPU seconds it and its database used."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scripts.throwaway import free_port

ROOT = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def server(target: str, env: Mapping[str, str], *, threads: int = 4) -> Iterator[tuple[str, int]]:
    """Run granian with one worker over `target`; yields its host:port and process id."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--blocking-threads", str(threads), "--no-ws", "--log-level", "warning", target,
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, start_new_session=True)
    try:
        wait(f"http://127.0.0.1:{port}/health/" if "hello" not in target else f"http://127.0.0.1:{port}/")
        yield f"127.0.0.1:{port}", process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def wait(url: str, seconds: float = 60) -> None:
    """Wait until `url` answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2).read()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


def cpu_of(session: int, database: str = "") -> float:
    """Return the CPU seconds of every process of a session, and of PostgreSQL's processes for `database`.

    The latter are those whose title names the database, with the cluster's writers beside them; backends that have
    ended are not seen, so connections must stay open while measuring.
    """
    total = 0.0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text()
            title = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        fields = stat.rpartition(")")[2].split()
        mine = int(fields[3]) == session
        theirs = bool(database) and title.startswith("postgres:") and f" {database} " in f"{title} "
        if mine or theirs:
            total += (int(fields[11]) + int(fields[12])) / TICK
    return total
