"""How long the export of all answers takes, and how much memory it needs: 300,000 answers as JSON Lines.

    python benchmarks/export_answers.py [--items 100000] [--raters 3] [--format jsonl]

Works on a fresh SQLite database in a temporary folder, or on the (empty) database that DATABASE_URL names. The memory
is the growth of the process's highest resident size over the export. Limits: 8 s, 50 MB.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.import_items import prepare
from benchmarks.review_world import World


def highest_mb() -> float:
    """Return the process's highest resident size so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident_mb() -> float:
    """Return the process's resident size."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2


def measure(study: object, what: str, suffix: str) -> None:
    """Export once and print the seconds and the growth."""
    from annotation.exports import EXPORTS
    from projects.services import exporting

    offer = next(offer for offer in EXPORTS if offer.key == what)
    before, began, size, top = resident_mb(), time.perf_counter(), 0, 0.0
    for chunk in exporting.stream(study, offer, suffix):
        size += len(chunk)
        top = max(top, resident_mb())
    took = time.perf_counter() - began
    print(f"{what} {suffix}: {took:.2f} s, {size / 1e6:.1f} MB written, memory grew by {top - before:.1f} MB")


def main() -> None:
    """Build a world, then export it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--raters", type=int, default=3)
    parser.add_argument("--format", choices=["csv", "jsonl"], default="jsonl")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        study = World(items=options.items, raters=options.raters).build()
        for what in ("answers", "final", "matrix"):
            measure(study, what, options.format)


if __name__ == "__main__":
    main()
