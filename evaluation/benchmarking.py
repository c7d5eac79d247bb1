"""Computing a benchmark's report: a worker reads responses and scores, and keeps the numbers as a snapshot."""

from __future__ import annotations

import json
from hashlib import sha256

from evaluation.models import Benchmark, BenchmarkReport
from evaluation.results import marked
from evaluation.services import benchmarks
from evaluation.summary import benchmark as summary
from projects import reporting
from projects.models import Job
from projects.services import jobs

# Raised whenever the same rows would give another report.
COMPUTATION = 1
LIBRARIES = ("sacrebleu", "rjieba")


def run(job: Job, progress: jobs.Progress) -> str:
    """Compute the report of the benchmark in the job's subject, once however often the job is run."""
    row = Benchmark.objects.select_related("project").get(pk=int(job.subject.partition(":")[2]))
    report = benchmarks.of_job(job, row)
    report.benchmark = row
    if report.computed_at:
        return ""
    report.versions = reporting.versions() | reporting.versions_of(LIBRARIES)
    # Taken first: what changes while the numbers are computed makes the report stale, never silently part of it.
    report.inputs_hash = inputs_hash(row)
    found = summary.summarise(report, progress.report)
    benchmarks.keep(report, summary=found.to_json(), inputs_hash=report.inputs_hash, versions=report.versions)
    return ""


def inputs_hash(row: Benchmark) -> str:
    """Return a SHA-256 over what a report of `row` depends on, as 64 hexadecimal digits."""
    parts = [COMPUTATION, *marked.inputs(row)]
    return sha256(json.dumps(parts, ensure_ascii=False, default=str).encode()).hexdigest()


def is_stale(report: BenchmarkReport, row: Benchmark) -> bool:
    """Whether something the report was computed from has changed since."""
    return report.inputs_hash != inputs_hash(row)
