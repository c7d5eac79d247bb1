"""Computing a judges' report: a worker reads verdicts and judgements, and keeps the numbers as a snapshot."""

from __future__ import annotations

from evaluation.models import Jury, JuryReport
from evaluation.results.jury_fingerprint import inputs_hash
from evaluation.services import juries
from projects import reporting
from projects.models import Job
from projects.services import jobs


def run(job: Job, progress: jobs.Progress) -> str:
    """Compute the report of the jury in the job's subject, once however often the job is run."""
    # Loads the statistics, which no web process should pay for.
    from evaluation.summary.jury import summarise

    row = Jury.objects.select_related("project").get(pk=int(job.subject.partition(":")[2]))
    report = juries.of_job(job, row)
    report.jury = row
    if report.computed_at:
        return ""
    report.versions = reporting.versions()
    # Taken first: what changes while the numbers are computed makes the report stale, never silently part of it.
    report.inputs_hash = inputs_hash(row)
    found, gaps = summarise(report, progress.report)
    juries.keep(report, summary=found.to_json(), gaps=gaps, inputs_hash=report.inputs_hash, versions=report.versions)
    return ""


def is_stale(report: JuryReport, row: Jury) -> bool:
    """Whether something the report was computed from has changed since."""
    return report.inputs_hash != inputs_hash(row)
