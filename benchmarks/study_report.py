"""A study report from end to end: python -m benchmarks.study_report [--items 50] [--rounds 5] [--raters 4]

Seven systems answer 50 questions in 5 rounds; two judges score all 1,750 responses on seven criteria, four raters put
the first round's responses in order, with planted differences: one system better than its base, one worse, one alike.
A worker computes the report, all sections, 1,000 replicates (limit 20 s). Then the planted differences must stand in
it and the one that is none must not, the bundle must recompute to the last digit in a process of its own, the tables
must be LaTeX, the page must ask nobody for anything, and the workbook must hold numbers.

Works on a fresh SQLite database in a temporary folder, or on the (empty) database that DATABASE_URL names. Exits with 1
if anything fails.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.import_items import prepare

LIMIT_SECONDS = 20
# The world that the tests use stands among them.
TESTS = Path(__file__).resolve().parent.parent / "tests"


def main() -> int:
    """Build, compute, check, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--items", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--raters", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        sys.path.insert(0, str(TESTS))
        edition, faults = computed(options.items, options.rounds, options.raters)
        faults += check(edition, Path(folder))
    for fault in faults:
        print(f"FAILED: {fault}")
    print("All checks passed." if not faults else f"{len(faults)} checks failed.")
    return 1 if faults else 0


def computed(items: int, rounds: int, raters: int) -> tuple[Any, list[str]]:
    """Compute one edition as a worker does, and print what it took; a fault if that was too long."""
    from publishing_world import CRITERIA, PaperWorld

    from projects.models import Job
    from projects.services import jobs
    from publishing.models import StudyReportEdition

    world = PaperWorld(items=items, rounds=rounds, raters=raters)
    report = world.report([world.answered("ranking")], [world.judged()])
    edition = report.editions.get()
    wall, cpu = time.perf_counter(), time.process_time()
    job = jobs.run(edition.job_id or 0)
    took, used = time.perf_counter() - wall, time.process_time() - cpu
    if job is None or job.state != Job.State.DONE:
        raise SystemExit(f"not computed: {job and job.message}")
    systems = len(world.systems)
    scores, ranks = items * systems * rounds * 2 * len(CRITERIA), items * systems * raters
    print(f"{scores:,} scores of judges, {ranks:,} ranks: {took:.1f} s, {used:.1f} s of CPU (limit {LIMIT_SECONDS} s)")
    late = [f"the worker took {took:.1f} s"] if took > LIMIT_SECONDS else []
    return StudyReportEdition.objects.select_related("report__project", "material").get(pk=edition.pk), late


def check(edition: Any, folder: Path) -> Iterator[str]:
    """Yield what is wrong with an edition or its files."""
    from publishing_world import EFFECTS

    from benchmarks import study_report_check as wanted
    from publishing import computing
    from publishing.exports.files import export
    from publishing.services import bundle
    from reports.summary import Summary

    summary = Summary.from_json(edition.summary)
    effects = {f"Model {n}": effect for n, effect in enumerate(EFFECTS)}
    yield from wanted.planted(edition.figures, computing.unpacked(edition)["key"]["systems"], effects)
    yield from wanted.marked(summary, "systems-1", {f"Model {n}": EFFECTS[n] for n in range(1, 4)})
    path = folder / "bundle.zip"
    path.write_bytes(bundle.build(edition))
    yield from wanted.bundle(path)
    yield from wanted.latex(export(edition, summary, "latex").content.decode())
    yield from wanted.page(export(edition, summary, "html").content.decode())
    yield from wanted.workbook(export(edition, summary, "xlsx").content, summary)


if __name__ == "__main__":
    sys.exit(main())
