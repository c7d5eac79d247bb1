"""The demonstration's supervisor: starts web server, data and worker, waits, and takes all of them down again.

It imports nothing of Django, so that its children start at once: the first page is there within seconds.
"""

from __future__ import annotations

import argparse
import fcntl
import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from projects.management.processes import Child, Family

ROOT = Path(__file__).resolve().parent.parent.parent
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A first start on a slow machine migrates and seeds for a while.
START_SECONDS = 180
POLL_SECONDS = 0.05
WATCH_SECONDS = 0.3
# What belongs to another installation: the demonstration keeps to its own file and folder.
FOREIGN = ("DATABASE_URL", "REDIS_URL")
ACCOUNTS = "demo-logins.json"


class Refusal(Exception):  # noqa: N818  it is what the person reads, not a fault of the program
    """Ends the demonstration with one sentence for the person at the terminal."""


class Died(Exception):  # noqa: N818  likewise
    """One of the processes has ended by itself."""


class Stopped(BaseException):
    """Somebody asked to stop; a BaseException, so that no handler in between takes it for a failure."""


def main(arguments: Sequence[str]) -> int:
    """Run until a signal comes or a process dies; returns 0, 2 where it could not start, 1 where it could not go on."""
    parser = argparse.ArgumentParser(prog="make demo", description="Shows Concord with made-up data, until Ctrl-C.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    return run(options.host, options.port, data_folder())


def data_folder() -> Path:
    """Return the folder that the settings will choose; reading them would load all of Django first."""
    return Path(os.environ.get("CONCORD_DATA_DIR", "").strip() or ROOT / "data").resolve()


def run(host: str, port: int, folder: Path) -> int:
    """Hold the folder and the port, start everything, watch it; returns the exit code."""
    family = Family()
    for number in SIGNALS:
        signal.signal(number, stop)
    try:
        with only_one(folder):
            check_port(host, port)
            began = time.monotonic()
            start(family, host, port, folder)
            say(greeting(host, port, folder, time.monotonic() - began))
            watch(family)
    except Stopped:
        say("\nStopped. Your data stays where it is.")
        return 0
    except Died as words:
        complain(str(words))
        return 1
    except Refusal as words:
        complain(str(words))
        return 2
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        family.stop()


def stop(_number: int, _frame: object) -> NoReturn:
    """Signal handler: further signals must not interrupt the taking down."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


def say(text: str) -> None:
    """Print, even where nobody reads any more: a closed terminal must not keep the processes alive."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115  lives until the process ends


def complain(text: str) -> None:
    """Print to the error output, on the same terms."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115  lives until the process ends


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data folder: two workers over one folder of messages would take each other's."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "demo.lock").open("w")
    except OSError as error:
        raise Refusal(f"Concord cannot write to its data folder {folder}: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refusal(
                f"A demonstration is running on {folder} already; stop it, or choose another CONCORD_DATA_DIR."
            ) from error
        yield


def check_port(host: str, port: int) -> None:
    """Refuse a port that is taken: the web server shares ports, so it would start beside another one."""
    if not 0 < port < 65536:
        raise Refusal(f"{port} is not a port number; choose one between 1024 and 65535.")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            other = port + 1 if port < 65535 else 8001
            raise Refusal(
                f"Concord cannot listen on {address(host, port)} ({reason}); try: make demo PORT={other}"
            ) from error


def address(host: str, port: int) -> str:
    """Return host and port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def start(family: Family, host: str, port: int, folder: Path) -> None:
    """Start the web server and, beside it, the data's preparation; the worker last, as no page waits for it."""
    web = ["-m", "granian", "--interface", "wsgi", "config.wsgi:application", "--host", host, "--port", str(port)]
    web += ["--workers", "1", "--blocking-threads", "4", "--no-ws", "--no-access-log", "--log-level", "error"]
    site = f"http://{address(host, port)}/"
    launch(family, "web server", web, folder, site)
    preparation = launch(family, "preparation", ["manage.py", "demo", "--prepare"], folder, site)
    deadline = time.monotonic() + START_SECONDS
    while not preparation.is_dead():
        check(family, deadline, folder, but=preparation)
    if preparation.end():
        raise Died(f"{preparation.last_words()}\n\nThe demonstration's data could not be prepared ({preparation.log}).")
    family.children.remove(preparation)
    while not answers(host, port):
        check(family, deadline, folder)
    worker = ["-m", "celery", "-A", "config", "worker", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    launch(family, "worker", [*worker, "--beat", "--concurrency", "2"], folder, site)
    # Calls to language models last: they must not keep imports and reports waiting.
    launch(family, "runner", [*worker, "--queues", "runs", "--concurrency", "1"], folder, site)


def launch(family: Family, name: str, arguments: Sequence[str], folder: Path, site: str) -> Child:
    """Start one of our Python processes under local settings, on this data folder; mails lead to `site`."""
    env = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    env.setdefault("CONCORD_SITE_URL", site)
    env |= {"CONCORD_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings.local", "PYTHONUNBUFFERED": "1"}
    log = folder / "logs" / f"{name.split()[0]}.log"
    return family.start(name, [sys.executable, *arguments], log=log, env=env, cwd=ROOT)


def check(family: Family, deadline: float, folder: Path, but: Child | None = None) -> None:
    """Wait a moment; raises Died where a process has ended, and when the time is over."""
    if (dead := family.dead()) and dead is not but:
        raise Died(f"{dead.last_words()}\n\nThe {dead.name} ended by itself, so Concord stops ({dead.log}).")
    if time.monotonic() > deadline:
        raise Died(f"Concord was not ready within {START_SECONDS} s; {folder / 'logs'} may say why.")
    time.sleep(POLL_SECONDS)


def watch(family: Family) -> NoReturn:
    """Wait for a signal or for the end of a process: half a demonstration would only mislead."""
    while True:
        if dead := family.dead():
            raise Died(f"{dead.last_words()}\n\nThe {dead.name} ended by itself, so Concord stops ({dead.log}).")
        time.sleep(WATCH_SECONDS)


def answers(host: str, port: int) -> bool:
    """Return whether the web server answers its health address."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound
    link = http.client.HTTPConnection(target, port, timeout=5)
    try:
        link.request("GET", "/health/", headers={"Host": "localhost"})
        return link.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def greeting(host: str, port: int, folder: Path, seconds: float) -> str:
    """Return what the person reads once all is up."""
    return (
        f"\nConcord is ready after {seconds:.1f} s:  http://{address(host, port)}/\n\n"
        f"{describe_accounts(folder / ACCOUNTS)}"
        f"Data and logs are in {folder}. Ctrl-C stops everything; the data stays."
    )


def describe_accounts(path: Path) -> str:
    """Return the log-ins as a small table, or nothing before any were made."""
    if not path.exists():
        return ""
    accounts = json.loads(path.read_text())["accounts"]
    rows = [(entry["role"], entry["email"], entry["password"], entry["name"]) for entry in accounts]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  " + "   ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    return "\n".join(["Log in as one of (role, address, password, name):", *lines, "", ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
