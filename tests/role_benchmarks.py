"""For the world of the role matrix: a benchmark with a report, and responses from a file that wait for the decision."""

from __future__ import annotations

import json

from django.core.files.base import ContentFile

from evaluation.models import BenchmarkReport, ResponseImport, Run
from evaluation.services import benchmarks, response_files
from projects.models import Dataset, User


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
