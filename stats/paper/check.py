"""Recompute a bundle's figures from its raw rows and compare them with those it was published with."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from stats.paper.compute import figures
from stats.paper.material import TABLES, Material
from stats.paper.package import DATA, REPORT, BadBundleError, read_json, unpack
from stats.result import VERSION

MOST_REPLICATES = 100_000
ROUNDING = 1e-9
"""Another processor may add in another order: relative differences below this are told apart from others."""


@dataclass
class Section:
    """How the values of one section compare."""

    equal: int = 0
    rounding: int = 0
    # (path, stored, computed)
    different: list[tuple[str, Any, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What the check found."""

    files: int
    stored_version: str
    sections: Mapping[str, Section]

    @property
    def agrees(self) -> bool:
        """Whether no value differs."""
        return not any(section.different for section in self.sections.values())

    def to_json(self) -> dict[str, Any]:
        """Counts by section, and every difference."""
        return {
            "agrees": self.agrees,
            "files": self.files,
            "stored_version": self.stored_version,
            "version": VERSION,
            "sections": {
                key: {
                    "equal": one.equal,
                    "rounding": one.rounding,
                    "different": [{"path": path, "stored": a, "computed": b} for path, a, b in one.different],
                }
                for key, one in self.sections.items()
            },
        }


def check(source: str | Path | BinaryIO, tell: Callable[[int, int], None] | None = None) -> Outcome:
    """Read, verify, recompute, compare. Raises BadBundleError for a file that is no whole, unchanged bundle."""
    files = unpack(source)
    stored = _stored(files)
    computed = _computed(material_of(files), stored, tell)
    keys = dict.fromkeys([*stored["sections"], *computed["sections"]])
    found = {key: Section() for key in keys}
    for key, section in found.items():
        for path, a, b in differences(stored["sections"].get(key), computed["sections"].get(key), key):
            _count(section, path, a, b)
    return Outcome(len(files) + 1, str(stored.get("version", "")), found)


def _computed(material: Material, stored: Mapping[str, Any], tell: Callable[[int, int], None] | None) -> dict[str, Any]:
    """The figures; tables that speak of what is not there are a fault of the bundle."""
    try:
        return figures(material, seed=stored["seed"], bootstrap=stored["bootstrap"], tell=tell)
    except (ValueError, LookupError, TypeError, ArithmeticError) as error:
        raise BadBundleError(f"no figures can be computed from the tables: {error}") from error


def material_of(files: Mapping[str, bytes]) -> Material:
    """The tables of a bundle. Raises BadBundleError naming the file."""
    try:
        return Material.from_files({
            f"{name}.csv": files[f"{DATA}{name}.csv"].decode() for name in TABLES if f"{DATA}{name}.csv" in files
        })  # fmt: skip
    except ValueError as error:
        raise BadBundleError(f"{DATA}{error}") from error


def _stored(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The published figures with a seed and a number of replicates that can be used."""
    if REPORT not in files:
        raise BadBundleError(f"{REPORT} is missing")
    found = read_json(files[REPORT], REPORT)
    if not isinstance(found, dict) or not isinstance(found.get("sections"), dict):
        raise BadBundleError(f"{REPORT} has no sections")
    for name, most in (("seed", 2**63), ("bootstrap", MOST_REPLICATES)):
        if type(found.get(name)) is not int or not 0 <= found[name] <= most:
            raise BadBundleError(f"{REPORT}: {name} may not be {found.get(name)!r}")
    return found


def _count(section: Section, path: str, stored: Any, computed: Any) -> None:
    if type(stored) is type(computed) and stored == computed:
        section.equal += 1
    elif _close(stored, computed):
        section.rounding += 1
    else:
        section.different.append((path, stored, computed))


def _close(a: Any, b: Any) -> bool:
    numbers = isinstance(a, float) and isinstance(b, float)
    return numbers and math.isclose(a, b, rel_tol=ROUNDING, abs_tol=1e-12)


def differences(stored: Any, computed: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Every value of both, side by side; where one has more than the other the whole of it."""
    if isinstance(stored, dict) and isinstance(computed, dict):
        for key in dict.fromkeys([*stored, *computed]):
            yield from differences(stored.get(key, "nothing"), computed.get(key, "nothing"), f"{path}.{key}")
    elif isinstance(stored, list) and isinstance(computed, list) and len(stored) == len(computed):
        for place, (a, b) in enumerate(zip(stored, computed, strict=True)):
            yield from differences(a, b, f"{path}[{place}]")
    else:
        yield path, stored, computed
