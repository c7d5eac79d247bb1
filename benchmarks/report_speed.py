"""How long a worker takes for a full report: 100,000 items with five answers each, from the database.

    python benchmarks/report_speed.py [--items 100000] [--raters 5] [--mixed] [--shown randomised]

Works on a fresh SQLite database in a temporary folder, or on the (empty) database that DATABASE_URL names. The first
report of a worker also loads the statistics; it is measured apart. Limit for a report: 10 s.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.export_answers import highest_mb
from benchmarks.import_items import prepare
from benchmarks.review_world import World


def load_statistics() -> float:
    """Load what the first report of a worker loads, and return the seconds."""
    began = time.perf_counter()
    import krippendorff  # noqa: F401  loaded for the time it takes
    import scipy.stats  # noqa: F401  loaded for the time it takes
    import sklearn.metrics  # noqa: F401  loaded for the time it takes

    import annotation.summary  # noqa: F401  loaded for the time it takes

    return time.perf_counter() - began


def measure(study: object) -> None:
    """Compute one report the way a worker does and print the seconds."""
    from projects.models import Report
    from projects.services import jobs, reports

    asked = reports.ask(study, actor=None)
    began, cpu = time.perf_counter(), time.process_time()
    job = jobs.run(asked.job_id)
    took, used = time.perf_counter() - began, time.process_time() - cpu
    report = Report.objects.get(pk=asked.pk)
    assert job is not None
    assert report.summary is not None, job.message
    sections = len(report.summary["sections"])
    print(f"report: {took:.2f} s, {used:.2f} s of them computing, {sections} sections, at most {highest_mb():.0f} MB")


def main() -> None:
    """Build a world, then report on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--raters", type=int, default=5)
    parser.add_argument("--mixed", action="store_true", help="true/false, single-choice and multiple-choice items")
    parser.add_argument("--shown", default="hidden", help="when raters see the pre-label")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        study = World(items=options.items, raters=options.raters, mixed=options.mixed, shown=options.shown).build()
        print(f"statistics loaded: {load_statistics():.2f} s")
        measure(study)


if __name__ == "__main__":
    main()
