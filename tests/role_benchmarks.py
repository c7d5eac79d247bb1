"""For the world of the role matrix: a benchmark with a report, and responses from a file that wait for the decision."""

from __future__ import annotations

import gzip
import json

from django.core.files.base import ContentFile

from evaluation.models import BenchmarkReport, JuryReport, ResponseImport, Run
from evaluation.services import benchmarks, juries, response_files
from projects.models import Dataset, Job, User
from publishing.models import StudyReportEdition
from publishing.services import bundles, study_reports
from reports.summary import Section, Summary, Text
from stats.paper import material as paper_rows

# No rows and no key, as an edition keeps them.
EMPTY = gzip.compress(json.dumps({"files": paper_rows.Material().to_files(), "key": {}}).encode(), mtime=0)


def furnish(dataset: Dataset, manager: User, mark: str) -> ResponseImport:
    """Upload a file with a good row and a bad one, whose every text has the mark, and check it."""
    from role_world import work_off

    item = dataset.items.order_by("position")[0].external_id
    rows = [{"item_id": item, "text": f"Answer {mark}"}, {"item_id": f"nowhere {mark}", "text": f"As an AI, {mark}"}]
    content = "".join(json.dumps({**row, "system": f"Filed {mark}"}) + "\n" for row in rows)
    file = ContentFile(content.encode())
    batch = response_files.receive(dataset=dataset, file=file, filename=f"filed {mark}.jsonl", actor=manager)
    work_off(response_files.request_check(batch=batch, columns=response_files.columns_of(batch), actor=manager).pk)
    batch.refresh_from_db()
    return batch


def benchmark(run: Run, manager: User, mark: str) -> BenchmarkReport:
    """Set a run's system against its data set, and compute."""
    from role_world import work_off

    row = benchmarks.create(
        project=run.project, name=f"Test of {run.project.slug} {mark}", datasets=[run.dataset],
        systems=[part.system_version.system for part in run.parts.all()], settings={}, actor=manager,
    )  # fmt: skip
    report = row.reports.get()
    work_off(report.job_id)
    return report


def jury(judging: Run, manager: User, mark: str) -> JuryReport:
    """Read a run of judges, and compute."""
    from role_world import work_off

    row = juries.create(
        project=judging.project, name=f"Judges of {judging.project.slug} {mark}", runs=[judging], studies=[],
        actor=manager,
    )  # fmt: skip
    report = row.reports.get()
    work_off(report.job_id)
    return report


def paper(report: BenchmarkReport, judging: Run, manager: User, mark: str) -> StudyReportEdition:
    """Put a benchmark and a run of judges into one study report, with an edition whose every word has the mark."""
    from role_world import work_off

    project = judging.project
    content = study_reports.Content(
        f"Paper of {project.slug} {mark}", [], [judging.judging], [report.benchmark],
        [{"key": "sources", "caption": f"Put together {mark}"}],
    )  # fmt: skip
    row = study_reports.create(project=project, content=content, client_key="k", actor=manager)
    edition = row.editions.get()
    text = Text(key="text", paragraphs=[f"Found {mark}"])
    section = Section(key="sources", title=f"Put together {mark}", intro=mark, blocks=[text])
    summary = Summary(title=row.title, headline=f"Found {mark}", sections=[section])
    # Not by a worker: the statistics would cost every test of the matrix some seconds.
    study_reports.keep(edition, material=EMPTY, summary=summary.to_json(), figures={"sections": {}})
    Job.objects.filter(pk=edition.job_id).update(state=Job.State.DONE)
    work_off(bundles.ask(edition, texts=False, actor=manager).job_id)
    return edition
