"""Run the whole suite: on SQLite, then what touches the database again on PostgreSQL; say what was skipped and why.

Arguments narrow the run as they do pytest's. The last line is `N passed, N failed, N skipped`, over both runs.
With CI=true a skip fails the run, unless it is for want of the shared research data, which is no part of Concord.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from defusedxml import ElementTree

from scripts import throwaway

ROOT = Path(__file__).resolve().parent.parent
# Begins the reason of every skip that even the continuous integration may have.
SHARED_ABSENT = "shared research data absent"
NO_TESTS = 5
# Many tests wait for a browser or another process, so that two processors have time for three; a file stays together,
# since its tests share what its fixtures made, and they are taken in the order that tests/conftest.py gives them.
SPREAD = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
# These belong to the person's own installation; the suite must not touch it.
OWN = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "CONCORD_DATA_DIR", "CONCORD_SECRET_KEY")


@dataclass
class Outcome:
    """What one or more runs of pytest came to."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    broken: list[str] = field(default_factory=list)

    @property
    def skips(self) -> int:
        """How many tests were skipped."""
        return sum(map(len, self.skipped.values()))


def main(arguments: Sequence[str]) -> int:
    """Run both parts and print the summary; returns the exit code."""
    began, outcome = time.monotonic(), Outcome()
    clean = {name: value for name, value in os.environ.items() if name not in OWN}
    clean["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    with ExitStack() as stack:
        try:
            clean["CONCORD_TEST_POSTGRES_URL"] = stack.enter_context(throwaway.postgres())
            missing = ""
        except throwaway.Unavailable as reason:
            missing = str(reason)
        # A narrow run may need no database at all.
        ready = stack.enter_context(template(clean)) if not missing and not arguments else str
        run("SQLite", arguments, clean, outcome)
        if missing:
            skip_all("PostgreSQL", missing, arguments, clean, outcome)
        else:
            url = clean["CONCORD_TEST_POSTGRES_URL"]
            own = {"DATABASE_URL": url, "CONCORD_TEST_TEMPLATE": ready()}
            run("PostgreSQL", ["--database-only", *arguments], clean | own, outcome)
    return report(outcome, time.monotonic() - began, strict=os.environ.get("CI", "").lower() == "true")


@contextmanager
def template(env: Mapping[str, str]) -> Iterator[Callable[[], str]]:
    """Migrate a database on PostgreSQL beside the first run, for all processes of the second to copy.

    Yields what waits for it and returns its name: nothing where it did not come about, and each process migrates.
    """
    url, name = env["CONCORD_TEST_POSTGRES_URL"], f"concord_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    own = {**env, "DATABASE_URL": urlsplit(url)._replace(path=f"/{name}").geturl()}
    making = subprocess.Popen([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=own)
    try:
        yield lambda: "" if making.wait() else name
    finally:
        making.kill()
        making.wait()
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(name: str, arguments: Sequence[str], env: Mapping[str, str], outcome: Outcome) -> None:
    """Run pytest once and add what it came to."""
    print(f"\n=== {name} ===", flush=True)
    with tempfile.TemporaryDirectory(prefix="concord-results-") as folder:
        path = Path(folder) / "results.xml"
        command = [sys.executable, "-m", "pytest", *SPREAD, f"--junitxml={path}"]
        code = subprocess.run([*command, *arguments], cwd=ROOT, env=dict(env)).returncode
        failures = len(outcome.failed)
        if path.exists():
            read(path, name, outcome)
        if code not in (0, NO_TESTS) and len(outcome.failed) == failures:
            outcome.broken.append(f"pytest on {name} ended with exit code {code}")


def read(path: Path, name: str, outcome: Outcome) -> None:
    """Add the cases of one results file."""
    for case in ElementTree.parse(path).iter("testcase"):
        label = f"[{name}] {case.get('classname')}.{case.get('name')}"
        if (skip := case.find("skipped")) is not None:
            outcome.skipped[skip.get("message") or "no reason given"].append(label)
        elif case.find("failure") is not None or case.find("error") is not None:
            outcome.failed.append(label)
        else:
            outcome.passed += 1


def skip_all(name: str, reason: str, arguments: Sequence[str], env: Mapping[str, str], outcome: Outcome) -> None:
    """Count each test of a run that cannot take place."""
    command = [sys.executable, "-m", "pytest", "--database-only", "--collect-only", "-qq", "-p", "no:warnings"]
    listed = subprocess.run([*command, *arguments], cwd=ROOT, env=dict(env), capture_output=True, text=True).stdout
    for line in listed.splitlines():
        if "::" in line:
            outcome.skipped[reason].append(f"[{name}] {line}")


def report(outcome: Outcome, seconds: float, *, strict: bool) -> int:
    """Print what failed, what was skipped and why, and the counts; returns the exit code."""
    print(f"\n=== Both runs together, {seconds:.0f} s ===")
    for label in outcome.failed:
        print(f"FAILED {label}")
    for reason, labels in sorted(outcome.skipped.items()):
        print(f"SKIPPED {len(labels)}: {reason}")
        for label in labels if len(labels) <= 20 else [*labels[:20], f"... and {len(labels) - 20} more"]:
            print(f"    {label}")
    for line in outcome.broken:
        print(f"BROKEN {line}")
    unexcused = [reason for reason in outcome.skipped if not reason.startswith(SHARED_ABSENT)] if strict else []
    for reason in unexcused:
        print(f"NOT ALLOWED HERE: {len(outcome.skipped[reason])} skipped, {reason}")
    print(f"{outcome.passed} passed, {len(outcome.failed)} failed, {outcome.skips} skipped", flush=True)
    return 1 if outcome.failed or outcome.broken or unexcused or not outcome.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
