"""`make demo` as a person uses it: real processes, real signals."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from projects.management import demo
from scripts.throwaway import free_port

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120
STOP_SECONDS = 10


def environment(folder: Path) -> dict[str, str]:
    """An ordinary person's environment: nothing of the suite's in it."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "CONCORD_DATA_DIR": str(folder)}


def processes_of(folder: Path) -> dict[int, str]:
    """Every process that works on this data folder, by its environment."""
    marker, found = f"CONCORD_DATA_DIR={folder}\0".encode(), {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if marker in (entry / "environ").read_bytes() + b"\0":
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return {pid: words for pid, words in found.items() if words}


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    """Start a demonstration in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, "-m", "projects.management.demo", "--port", str(port)],
        cwd=ROOT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def wait_for(condition: object, seconds: float) -> None:
    """Wait until a callable says yes."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def read_until_ready(process: subprocess.Popen[str]) -> str:
    """Return what was printed up to the closing words of the greeting."""
    assert process.stdout is not None
    lines = []
    while line := process.stdout.readline():
        lines.append(line)
        if "Ctrl-C stops everything" in line:
            return "".join(lines)
    assert process.stderr is not None
    raise AssertionError("".join(lines) + process.stderr.read())


@contextmanager
def running(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a demonstration until the block ends; nothing stays behind, whatever the test does."""
    process = start(folder, port)
    try:
        yield process, read_until_ready(process)
    finally:
        process.kill()
        process.communicate()
        wait_for(lambda: not processes_of(folder), STOP_SECONDS)


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a first start leaves it, made once: seeding takes longer than all else here."""
    folder = tmp_path_factory.mktemp("first") / "my data"
    with running(folder, free_port()) as (_, greeting):
        assert "Concord is ready after" in greeting
    return folder


@pytest.fixture
def folder(first_start: Path, tmp_path: Path) -> Path:
    """A copy of it, with a space in its name."""
    return shutil.copytree(first_start, tmp_path / "my data")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_demo_ends_all_processes_on_a_signal(folder: Path, number: signal.Signals) -> None:
    port = free_port()
    with running(folder, port) as (process, greeting):
        assert f"http://127.0.0.1:{port}/" in greeting
        assert httpx.get(f"http://127.0.0.1:{port}/health/").text == "ok"
        wait_for(lambda: sum("celery" in words for words in processes_of(folder).values()) >= 3, READY_SECONDS)
        began = time.monotonic()
        os.killpg(process.pid, number)
        output, _ = process.communicate(timeout=STOP_SECONDS)
        assert time.monotonic() - began < STOP_SECONDS
        assert (process.returncode, processes_of(folder)) == (0, {})
        assert output.strip() == "Stopped. Your data stays where it is."


def test_demo_keeps_data_over_starts_and_refuses_a_second_on_the_same_folder(folder: Path, tmp_path: Path) -> None:
    port = free_port()
    with running(folder, port):
        secret = (folder / "secret_key").read_text()
        again = start(folder, free_port())
        assert again.communicate(timeout=READY_SECONDS)[1] == (
            f"A demonstration is running on {folder} already; stop it, or choose another CONCORD_DATA_DIR.\n"
        )
        taken = start(tmp_path / "other", port)
        assert taken.communicate(timeout=READY_SECONDS)[1] == (
            f"Concord cannot listen on 127.0.0.1:{port} (address already in use); try: make demo PORT={port + 1}\n"
        )
        assert (again.returncode, taken.returncode) == (2, 2)
    with running(folder, port):
        page = httpx.get(f"http://127.0.0.1:{port}/accounts/login/")
        assert page.status_code == 200
        assert (folder / "secret_key").read_text() == secret


def test_demo_stops_with_a_sentence_when_a_process_dies(folder: Path) -> None:
    with running(folder, free_port()) as (process, _):
        worker = min(pid for pid, words in processes_of(folder).items() if "celery" in words)
        os.kill(worker, signal.SIGKILL)
        _, errors = process.communicate(timeout=STOP_SECONDS + 5)
        assert errors.strip().splitlines()[-1] == (
            f"The worker ended by itself, so Concord stops ({folder / 'logs' / 'worker.log'})."
        )
        assert (process.returncode, processes_of(folder)) == (1, {})


def test_demo_leaves_no_process_when_it_is_killed(folder: Path) -> None:
    with running(folder, free_port()) as (process, _):
        assert len(processes_of(folder)) >= 3
        process.kill()
        process.wait()
        wait_for(lambda: not processes_of(folder), STOP_SECONDS)


def test_demo_says_that_it_cannot_write(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    process = start(blocked / "data", free_port())
    assert process.communicate(timeout=READY_SECONDS) == (
        "",
        f"Concord cannot write to its data folder {blocked / 'data'}: Not a directory.\n",
    )
    assert process.returncode == 2


def test_check_port_refuses_what_is_no_port() -> None:
    with pytest.raises(demo.Refusal, match="70000 is not a port number"):
        demo.check_port("127.0.0.1", 70000)


def test_check_port_accepts_a_port_whose_last_connections_still_linger() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listener.accept()[0].close()
    demo.check_port("127.0.0.1", port)


def test_accounts_are_listed_in_columns(tmp_path: Path) -> None:
    path = tmp_path / "demo-logins.json"
    path.write_text(
        '{"accounts": [{"role": "rater", "name": "An", "email": "an@example.org", "password": "p1"},'
        ' {"role": "manager", "name": "Bo", "email": "b@example.org", "password": "p22"}]}'
    )
    assert demo.describe_accounts(path) == (
        "Log in as one of (role, address, password, name):\n"
        "  rater     an@example.org   p1    An\n"
        "  manager   b@example.org    p22   Bo\n\n"
    )


def test_accounts_are_not_mentioned_before_there_are_any(tmp_path: Path) -> None:
    assert demo.describe_accounts(tmp_path / "demo-logins.json") == ""


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_make_refuses_an_unsuitable_python_in_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    result = subprocess.run(
        ["make", "--no-print-directory", "-C", str(ROOT), "demo"],
        env={**environment(tmp_path), "CONCORD_PYTHON": str(old)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    first = result.stderr.splitlines()[0]
    assert (result.returncode, first) == (2, f"CONCORD_PYTHON names {old}, which is not a Python 3.11 or newer.")
