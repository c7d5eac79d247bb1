"""How long an import takes: 100,000 items with options, topic, metadata and a pre-label, from file to published.

    python benchmarks/import_items.py [--items 100000] [--format csv]

Works on a fresh SQLite database in a temporary folder, or on the (empty) database that DATABASE_URL names. Prints the
seconds of the check, of the import, of the check of the same file once more, and of an import cancelled at its end;
beside the time on the clock the processor time of this process, which on SQLite is all there is.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOPICS = ["Emotion", "Personal Growth", "Study & Career", "Marriage & Family", "Interpersonal Relationship"]
TEXT = "Since the move I lie awake and go through what was said during the day; my sister asks what is wrong, and I say"


def rows(count: int) -> list[dict[str, str]]:
    """Return items of some 250 characters with four options, as a model's export has them."""
    return [
        {
            "id": f"item-{n}",
            "text": f"{TEXT} nothing, for the {n}th time. " * 2,
            "A": "That sounds lonely.", "B": "Sleep more.", "C": "Why did you move?", "D": "Ask your sister.",
            "prelabel": "ABCD"[n % 4],
            "prelabel_score": str(round(0.5 + n % 50 / 100, 2)),
            "prelabel_source": "model-1",
            "topic": TOPICS[n % len(TOPICS)],
            "language": "en",
            "batch": str(n // 1000),
            "origin": "benchmark",
        }
        for n in range(count)
    ]  # fmt: skip


def write_file(folder: Path, form: str, count: int) -> Path:
    """Write the items as CSV or JSON Lines."""
    path = folder / f"items.{form}"
    items = rows(count)
    with path.open("w", encoding="utf-8", newline="") as file:
        if form == "csv":
            writer = csv.DictWriter(file, items[0].keys())
            writer.writeheader()
            writer.writerows(items)
        else:
            file.writelines(json.dumps(item) + "\n" for item in items)
    return path


def prepare(folder: Path) -> None:
    """Set Django up on a fresh database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    os.environ["CONCORD_DATA_DIR"] = str(folder)
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def main() -> None:
    """Measure, and print one line for each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--format", choices=["csv", "jsonl"], default="csv")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        measure(write_file(Path(name), options.format, options.items), options.items)


def measure(path: Path, count: int) -> None:
    """Check, import, import again, and cancel; assert what must be true after each."""
    from django.core.files import File
    from django.db import connection

    from projects.formats.mapping import guess_mapping
    from projects.models import Item, Job, Project
    from projects.services import datasets, import_batches, jobs

    project = Project.objects.create(name="Benchmark", slug=f"bench-{time.time_ns()}")
    dataset = datasets.create(project=project, name="Items", actor=None)

    def timed(label: str, job: Job, state: str) -> None:
        start, cpu = time.perf_counter(), time.process_time()
        done = jobs.run(job.pk)
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        assert done is not None
        assert done.state == state, done.message
        print(f"{connection.vendor:10} {count:>8} items  {label:20} {wall:6.2f} s, {cpu:6.2f} s here", flush=True)

    def received() -> import_batches.ImportBatch:
        with path.open("rb") as file:
            batch, table = import_batches.receive(dataset=dataset, file=File(file), filename=path.name, actor=None)
        mapping = guess_mapping(table.columns, [row for _number, row in table.preview()])
        timed("check", import_batches.request_check(batch=batch, mapping=mapping, encoding="", actor=None), "done")
        batch.refresh_from_db()
        return batch

    batch = received()
    timed("import", import_batches.start(batch=batch, keep_good=False, actor=None), "done")
    assert Item.objects.visible().filter(dataset=dataset).count() == count
    again = received()
    assert again.report["unchanged"] == count, again.report
    dataset = datasets.create(project=project, name="Cancelled", actor=None)
    batch = received()
    cancel_late()
    timed("cancelled at its end", import_batches.start(batch=batch, keep_good=False, actor=None), "cancelled")
    assert not Item.objects.filter(dataset=dataset).exists()


def cancel_late() -> None:
    """Have the next import cancelled once all its rows are written."""
    from projects.services import importing, jobs

    publish = importing.publish

    def cancelled(batch: object, tally: object, **rest: object) -> None:
        importing.publish = publish
        raise jobs.JobCancelled

    importing.publish = cancelled  # type: ignore[assignment]


if __name__ == "__main__":
    main()
