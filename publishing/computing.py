"""Computing an edition: a worker collects the rows, `stats.paper` computes, the sections write, all of it is kept."""

from __future__ import annotations

import gzip
import json
from typing import Any

from projects import reporting
from projects.models import Job
from projects.services import jobs
from publishing.models import StudyReport, StudyReportEdition
from publishing.services import study_reports
from publishing.services.codes import Keyed
from publishing.services.fingerprint import inputs_hash

COLLECTING, ALL = 30, 100


def run(job: Job, progress: jobs.Progress) -> str:
    """Compute the edition of the study report in the job's subject, once however often the job is run."""
    row = StudyReport.objects.select_related("project").get(pk=int(job.subject.partition(":")[2]))
    edition = study_reports.of_job(job, row)
    edition.report = row
    if not edition.computed_at:
        compute(edition, progress)
    return ""


def compute(edition: StudyReportEdition, progress: jobs.Progress) -> None:
    """Compute an edition and keep it."""
    # Loads the statistics, which no web process should pay for.
    from publishing.sections.writing import write
    from publishing.services.collect import collect
    from stats.paper.compute import figures

    def collecting(done: int, total: int) -> None:
        progress.report(COLLECTING * done // total, ALL)

    def computing(done: int, total: int) -> None:
        progress.report(COLLECTING + (ALL - COLLECTING) * done // total, ALL)

    edition.versions = reporting.versions()
    # Taken first: what changes while the numbers are computed makes the edition stale, never silently part of it.
    edition.inputs_hash = inputs_hash(edition.report)
    keyed = collect(edition.report, collecting)
    found = figures(keyed.material, seed=edition.seed, tell=computing)
    study_reports.keep(
        edition, material=packed(keyed), summary=write(edition, keyed, found).to_json(), figures=found,
        inputs_hash=edition.inputs_hash, versions=edition.versions,
    )  # fmt: skip


def packed(keyed: Keyed) -> bytes:
    """Return the rows and the key to them, to be kept with the edition."""
    content: dict[str, Any] = {
        "files": keyed.material.to_files(),
        "key": keyed.key(),
        "design": dict(keyed.design),
        "handles": dict(keyed.handles),
    }
    # Without a time, so that the same rows are the same bytes.
    return gzip.compress(json.dumps(content, ensure_ascii=False).encode(), mtime=0)


def unpacked(edition: StudyReportEdition) -> dict[str, Any]:
    """Return what `packed` wrote: {"files": {name: CSV}, "key": {...}}."""
    content: dict[str, Any] = json.loads(gzip.decompress(bytes(edition.material.content)))
    return content


def is_stale(edition: StudyReportEdition, row: StudyReport) -> bool:
    """Whether something the edition was computed from has changed since."""
    return edition.inputs_hash != inputs_hash(row)
