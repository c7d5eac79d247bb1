"""PostgreSQL and Redis for one test run: own port, own temporary folder, gone afterwards. Never the user's server."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from projects.management.processes import die_with_parent

START_SECONDS = 60
# Speed counts here and durability does not: the cluster lives for one run.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


class Unavailable(Exception):  # noqa: N818  it is a reason to skip, not a fault
    """Says why there is no such server for the tests."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Return whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def lets_in(url: str) -> bool:
    """Return whether PostgreSQL accepts a log-in: while it starts up it listens already and refuses."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def postgres(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield the URL of CONCORD_TEST_POSTGRES_URL's server, or of a throw-away cluster; raises Unavailable."""
    if given := environ.get("CONCORD_TEST_POSTGRES_URL", "").strip():
        check_postgres(given)
        yield given
        return
    binaries = find_postgres()
    with tempfile.TemporaryDirectory(prefix="concord-postgres-") as folder:
        yield from _cluster(binaries, Path(folder))


def check_postgres(url: str) -> None:
    """Raise Unavailable where the server does not let us in."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        raise Unavailable(f"no PostgreSQL: {urlsplit(url).hostname} answers: {str(error).splitlines()[0]}") from error


def find_postgres() -> Path:
    """Return the folder of the newest server's binaries; raises Unavailable."""
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    found = sorted(installed, key=lambda path: [int(n) for n in re.findall(r"\d+", path.parent.name)], reverse=True)
    if config := shutil.which("pg_config"):
        asked = subprocess.run([config, "--bindir"], capture_output=True, text=True)
        found.append(Path(asked.stdout.strip()))
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Unavailable("no PostgreSQL: no server's binaries here, and CONCORD_TEST_POSTGRES_URL is not set")


def _cluster(binaries: Path, folder: Path) -> Iterator[str]:
    """Make a cluster with a password of its own, yield its URL, stop it."""
    account = unprivileged_account()
    password = secrets.token_urlsafe(16)
    (folder / "password").write_text(password)
    if account:
        for path in (folder, folder / "password"):
            shutil.chown(path, account.pw_uid, account.pw_gid)
    initdb: list[str | Path] = [
        binaries / "initdb",
        "--pgdata",
        folder / "data",
        "--username",
        "concord",
        "--pwfile",
        folder / "password",
    ]
    initdb += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
    made = subprocess.run(initdb, capture_output=True, text=True, cwd=folder, **as_account(account))
    if made.returncode:
        raise Unavailable(f"no PostgreSQL: initdb failed: {made.stderr.strip().splitlines()[-1]}")
    port = free_port()
    command: list[str | Path] = [binaries / "postgres", "-D", folder / "data", "-p", str(port), "-h", "127.0.0.1"]
    for option in (*FAST, "unix_socket_directories="):
        command += ["-c", option]
    url = f"postgres://concord:{password}@127.0.0.1:{port}/postgres"
    with _running(command, lambda: lets_in(url), folder, account):
        yield url


def unprivileged_account() -> pwd.struct_passwd | None:
    """Return whom PostgreSQL shall run as: it refuses root; anybody else is fine as they are."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return names[name]
    raise Unavailable("no PostgreSQL: root may not run it, and there is no account postgres or nobody")


def as_account(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return subprocess' arguments that run a command as this account."""
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


@contextmanager
def redis(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield the URL of CONCORD_TEST_REDIS_URL (its database is emptied!), or of a throw-away server."""
    if given := environ.get("CONCORD_TEST_REDIS_URL", "").strip():
        yield given
        return
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if not binary:
        raise Unavailable("no Redis: no server's binary here, and CONCORD_TEST_REDIS_URL is not set")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="concord-redis-") as folder:
        options = {"--port": port, "--bind": "127.0.0.1", "--save": "", "--appendonly": "no", "--dir": folder}
        command = [binary, *(str(part) for pair in options.items() for part in pair)]
        with _running(command, lambda: listens(port), Path(folder), None):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _running(
    command: Sequence[str | Path], answers: Callable[[], bool], folder: Path, account: pwd.struct_passwd | None
) -> Iterator[None]:
    """Run a server until the block ends; raises Unavailable where it does not come up."""
    log = folder / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            preexec_fn=die_with_parent,  # noqa: PLW1509  it calls one C function and allocates nothing
            start_new_session=True,
            **as_account(account),
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if server.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"{command[0]} did not start: {log.read_text(errors='replace')[-300:]}")
            time.sleep(0.05)
        yield
    finally:
        # SIGINT is PostgreSQL's fast shutdown, SIGTERM would wait for clients; Redis takes either.
        server.send_signal(2)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
