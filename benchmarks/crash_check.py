"""The parts of benchmarks.crash that look into the database: import | wait | verify."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path


def main() -> None:
    """Do what the first argument says."""
    import django

    django.setup()
    {"import": begin_import, "wait": wait_for_jobs, "verify": verify}[sys.argv[1]]()


def begin_import() -> None:
    """Write a file of so many items and ask for its import, as the wizard does."""
    from django.core.files import File

    from projects.formats.mapping import guess_mapping
    from projects.models import Project
    from projects.services import datasets, import_batches

    count, path = int(sys.argv[2]), Path(sys.argv[3])
    lines = [f'x{n},"In the night I count what went wrong, {n}",positive\n' for n in range(count)]
    path.write_text("id,text,label\n" + "".join(lines), encoding="utf-8")
    project = Project.objects.get(slug="bench")
    dataset = datasets.create(project=project, name="Arriving", actor=None)
    with path.open("rb") as file:
        batch, table = import_batches.receive(dataset=dataset, file=File(file), filename=path.name, actor=None)
    batch.mapping = guess_mapping(table.columns, [row for _, row in table.preview(20)]).to_json()
    batch.save(update_fields=["mapping"])
    import_batches.start(batch=batch, keep_good=False, actor=None)


def wait_for_jobs() -> None:
    """Wait until no job is unfinished."""
    from projects.models import Job

    end = time.monotonic() + float(sys.argv[2])
    while time.monotonic() < end and Job.objects.filter(state__in=["queued", "running"]).exists():
        time.sleep(0.5)
    for job in Job.objects.all():
        print(f"job {job.kind}: {job.state} after {job.attempts} attempts {job.message}")


def verify() -> None:
    """Compare the database with what the raters were told."""
    from django.db.models import Count, F

    from projects.models import Dataset, Item, Submission, Unit
    from projects.services.checks import wrong_counters

    acknowledged = json.loads(Path(sys.argv[2]).read_text())
    stored = Counter(Submission.objects.values_list("client_key", flat=True))
    missing = [key for key in acknowledged if key not in stored]
    doubled = [key for key, count in stored.items() if count > 1]
    over = Unit.objects.annotate(n=Count("assignments")).filter(n__gt=F("wanted")).count()
    twice = sum(1 for _ in Submission.objects.values("assignment").annotate(n=Count("pk")).filter(n__gt=1))
    arriving = Dataset.objects.get(slug="arriving")
    seen = Item.objects.filter(dataset=arriving).visible().count()
    wrong = list(wrong_counters())
    print(f"acknowledged {len(acknowledged):,}, stored {sum(stored.values()):,}; missing {len(missing)}, "
          f"doubled {len(doubled)}, units over their places {over}, answered twice by one rater {twice}")  # fmt: skip
    print(f"import: {seen:,} items visible of {int(sys.argv[3]):,}; counters wrong: {len(wrong)}")
    if missing or doubled or over or twice or wrong or seen not in (0, int(sys.argv[3])):
        sys.exit("\n".join(wrong[:10]) or "What was acknowledged and what is stored differ.")


if __name__ == "__main__":
    main()
