"""Computing a benchmark's report: a worker reads responses and scores, and keeps the numbers as a snapshot."""

from __future__ import annotations

from evaluation.models import Benchmark, BenchmarkReport
from evaluation.results.benchmark_fingerprint import inputs_hash
from evaluation.services import benchmarks
from projects import reporting
from projects.models import Job
from projects.services import jobs

LIBRARIES = ("sacrebleu", "rjieba")


def run(job: Job, progress: jobs.Progress) -> str:
    """Compute the report of the benchmark in the job's subject, once however often the job is run."""
    # Loads the statistics, which no web process should pay for.
    from evaluation.summary.benchmark import summarise

    row = Benchmark.objects.select_related("project").get(pk=int(job.subject.partition(":")[2]))
    report = benchmarks.of_job(job, row)
    report.benchmark = row
    if report.computed_at:
        return ""
    report.versions = reporting.versions() | reporting.versions_of(LIBRARIES)
    # Taken first: what changes while the numbers are computed makes the report stale, never silently part of it.
    report.inputs_hash = inputs_hash(row)
    found = summarise(report, progress.report)
    benchmarks.keep(report, summary=found.to_json(), inputs_hash=report.inputs_hash, versions=report.versions)
    return ""


def is_stale(report: BenchmarkReport, row: Benchmark) -> bool:
    """Whether something the report was computed from has changed since."""
    return report.inputs_hash != inputs_hash(row)
