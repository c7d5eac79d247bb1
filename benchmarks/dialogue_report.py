"""How long a worker takes for the report of a dialogue annotation: 1,000 sessions of 60 turns with three answers each.

    python -m benchmarks.dialogue_report [--sessions 1000] [--turns 60] [--raters 3] [--external 3]

With `--external` as many raters more have labelled the same turns in the file they came from.

Works on a fresh SQLite database in a temporary folder, or on the (empty) database that DATABASE_URL names. The first
report of a worker also loads the statistics; it is measured apart. Limit for a report with all intervals: 10 s.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.dialogue_world import World
from benchmarks.import_items import prepare
from benchmarks.report_speed import load_statistics, measure


def main() -> None:
    """Build a world, then report on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--raters", type=int, default=3)
    parser.add_argument("--external", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        size = {name: getattr(options, name) for name in ("sessions", "turns", "raters", "external")}
        study = World(**size).build()
        print(f"statistics loaded: {load_statistics():.2f} s")
        measure(study)


if __name__ == "__main__":
    main()
