"""PostgreSQL and Redis that a benchmark may kill and start again on the same data."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts import throwaway

Command = list[str | Path]


class Server:
    """A server in a session of its own, on a free port."""

    def __init__(self, command: Command, ready: Callable[[], bool], **account: Any) -> None:
        self.command, self.ready, self.account = command, ready, account
        self.start()

    def start(self) -> None:
        """Start it and wait until it lets in; after a kill it may have to wait for its own children to go."""
        deadline = time.monotonic() + 60
        while True:
            self.process = subprocess.Popen(
                self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                **self.account,
            )  # fmt: skip
            while self.process.poll() is None:
                if self.ready():
                    return
                time.sleep(0.05)
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.command[0]} does not start")
            time.sleep(0.2)

    def kill(self) -> None:
        """Kill -9 it with all it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def postgres(folder: Path) -> tuple[Server, str]:
    """Start a cluster of its own in `folder`; returns it with its URL. Not made faster: what it says must last."""
    binaries, account = throwaway.find_postgres(), throwaway.unprivileged_account()
    folder.mkdir()
    if account:
        shutil.chown(folder, account.pw_uid, account.pw_gid)
    data, as_account = folder / "data", throwaway.as_account(account)
    initdb: Command = [binaries / "initdb", "--pgdata", data, "--username", "concord", "--auth", "trust"]
    subprocess.run(
        [*initdb, "--encoding", "UTF8", "--locale", "C"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        **as_account,
    )
    port = throwaway.free_port()
    url = f"postgres://concord@127.0.0.1:{port}/postgres"
    command: Command = [binaries / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1"]
    command += ["-c", "unix_socket_directories="]
    return Server(command, lambda: throwaway.lets_in(url), cwd=folder, **as_account), url


def redis(folder: Path) -> tuple[Server, str]:
    """Start a Redis that keeps nothing; returns it with its URL."""
    port = throwaway.free_port()
    binary = shutil.which("redis-server") or shutil.which("valkey-server") or "redis-server"
    command: Command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    return Server(command, lambda: throwaway.listens(port)), f"redis://127.0.0.1:{port}/0"
