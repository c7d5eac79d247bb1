"""Check the lock files without a network: all pinned, all hashed, no address inside, and true to their .in files."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")
# An address in a lock file would tie everybody to one server, or let a second one slip in other files.
ADDRESS = re.compile(r"://|--index-url|--extra-index-url|--find-links|--trusted-host")


@dataclass(frozen=True)
class Pin:
    """One locked version; several of a name differ in their markers."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def main() -> int:
    """Print every fault; returns the exit code."""
    runtime = ROOT / "requirements.txt"
    development = ROOT / "requirements-dev.txt"
    faults = [
        *check_lock(runtime, wanted(ROOT / "requirements.in")),
        *check_lock(development, wanted(ROOT / "requirements-dev.in")),
        *check_same(runtime, development),
    ]
    for fault in faults:
        print(fault)
    if not faults:
        print("Both lock files are pinned, hashed and true to their .in files.")
    return 1 if faults else 0


def check_lock(path: Path, requirements: list[Requirement]) -> Iterator[str]:
    """Yield what is wrong with one lock file."""
    text = path.read_text()
    for number, line in enumerate(text.splitlines(), 1):
        if ADDRESS.search(line):
            yield f"{path.name}:{number}: holds an address or an option for one: {line.strip()}"
    faults: list[str] = []
    locked = [pin for line in logical_lines(text) if (pin := read_pin(line, faults))]
    yield from (f"{path.name}: {fault}" for fault in faults)
    for requirement in requirements:
        versions = [pin.version for pin in locked if pin.name == canonicalize_name(requirement.name)]
        if not versions:
            yield f"{path.name}: {requirement} is not locked"
        for version in versions:
            if not requirement.specifier.contains(version, prereleases=True):
                yield f"{path.name}: {requirement.name}=={version} is not {requirement.specifier}; run: make lock"


def check_same(runtime: Path, development: Path) -> Iterator[str]:
    """Yield each runtime pin that the tests would not run with."""
    tested = set(pins(development))
    for pin in pins(runtime):
        if pin not in tested:
            yield f"{development.name}: {pin.name}=={pin.version} of {runtime.name} is locked otherwise; run: make lock"


def wanted(path: Path) -> list[Requirement]:
    """Return what a .in file asks for, included files too."""
    found = []
    for raw in path.read_text().splitlines():
        line = raw.split("#")[0].strip()
        if line.startswith("-r "):
            found += wanted(path.parent / line.removeprefix("-r ").strip())
        elif line:
            found.append(Requirement(line))
    return found


def pins(path: Path) -> list[Pin]:
    """Return all pins of a lock file that can be read."""
    return [pin for line in logical_lines(path.read_text()) if (pin := read_pin(line, []))]


def logical_lines(text: str) -> list[str]:
    """Return the lines without comments, those that end in a backslash joined."""
    kept = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [line.strip() for line in "\n".join(kept).replace("\\\n", " ").splitlines() if line.strip()]


def read_pin(line: str, faults: list[str]) -> Pin | None:
    """Read `name==version ; marker --hash=...`; adds to `faults` what is not of that form."""
    text, *options = re.split(r"\s+(?=--)", line)
    found = re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)(?:\s*;\s*(.+))?", text.strip())
    if found is None:
        faults.append(f"not pinned with ==: {text}")
        return None
    if not options or not all(HASH.match(option) for option in options):
        faults.append(f"not hashed with sha256: {text}")
    name = canonicalize_name(found[1])
    # Markers are compared only as far as they tell versions apart; the two locks spell platforms differently.
    return Pin(name, found[2], "" if "platform" in (found[3] or "") else found[3] or "", tuple(sorted(options)))


if __name__ == "__main__":
    sys.exit(main())
