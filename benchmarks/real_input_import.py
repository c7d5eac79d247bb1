"""Two published files through the import, on a fresh database: python -m benchmarks.real_input_import

Needs the shared research data (CONCORD_SHARED names the folder). SAD: 6,850 sentences with their original category as
pre-label and nine categories to choose from. CPsyExam: 3,716 Chinese exam items, with one answer or several, 3,597
different ids, 1,600 items without an answer. Checked: what is rejected, and that every other row becomes one item.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.import_items import ROOT, prepare

CATEGORIES = (
    "Financial Problem", "Other", "Everyday Decision Making", "Emotional Turmoil", "School", "Family Issues",
    "Social Relationships", "Work", "Health, Fatigue, or Physical Pain",
)  # fmt: skip


def shared(*parts: str) -> Path:
    """Return a file of the shared research data."""
    path = Path(os.environ.get("CONCORD_SHARED") or ROOT.parent / "shared").joinpath("data", *parts)
    if not path.exists():
        sys.exit(f"The shared research data is not here: {path}")
    return path


def imported(dataset: Any, path: Path, mapping: Any) -> dict[str, Any]:
    """Check a file, import its good rows, and return the report."""
    from django.core.files import File

    from projects.services import import_batches, jobs

    start = time.perf_counter()
    with path.open("rb") as file:
        batch, _table = import_batches.receive(dataset=dataset, file=File(file), filename=path.name, actor=None)
    for ask in (
        lambda: import_batches.request_check(batch=batch, mapping=mapping, encoding="", actor=None),
        lambda: import_batches.start(batch=batch, keep_good=True, actor=None),
    ):
        done = jobs.run(ask().pk)
        assert done is not None
        assert done.state == "done", done.message
        batch.refresh_from_db()
    report: dict[str, Any] = batch.report
    counts = {name: report[name] for name in ("rows", "good", "unchanged", "conflicts", "rejected", "reasons")}
    print(f"{path.name}: {counts}, {time.perf_counter() - start:.1f} s", flush=True)
    return report


def sad(project: Any) -> None:
    """Import the sentences; every one of them is an item with a pre-label among nine options."""
    from projects.formats.mapping import Mapping, Source
    from projects.models import Item, Suggestion
    from projects.services import datasets

    dataset = datasets.create(project=project, name="SAD", actor=None)
    mapping = Mapping(
        text="sentence", external_id="sID", prelabel="original_label", option_list=CATEGORIES,
        kind=Source(constant="single_choice"), language=Source(constant="en"),
        prelabel_source=Source(constant="original label"),
    )  # fmt: skip
    report = imported(dataset, shared("sad", "SAD_v1.csv"), mapping)
    assert (report["rows"], report["good"], report["prelabelled"]) == (6850, 6850, 6850), report
    assert Item.objects.visible().filter(dataset=dataset).count() == 6850
    assert Suggestion.objects.filter(revision__item__dataset=dataset).count() == 6850
    again = imported(dataset, shared("sad", "SAD_v1.csv"), mapping)
    assert (again["good"], again["unchanged"]) == (0, 6850), again


def cpsyexam(project: Any) -> None:
    """Import the exam items; repeated ids are reported, items without an answer come in without one."""
    from projects.formats.mapping import Mapping, Source
    from projects.models import Item
    from projects.services import datasets
    from projects.services.import_report import told

    dataset = datasets.create(project=project, name="CPsyExam", actor=None)
    mapping = Mapping(
        text="question", external_id="id", kind=Source(column="question_type"), options=("options",), answer="answer",
        topic=Source(column="subject_name"), language=Source(constant="zh"),
    )  # fmt: skip
    path = shared("cpsyexam", "counsellor_exam_and_case_analysis_subset.jsonl")
    report = imported(dataset, path, mapping)
    assert report["rows"] == 3716, report
    repeated = sum(count for code, count in report["reasons"].items() if code.startswith("duplicate_id"))
    assert report["good"] + report["rejected"] == 3716
    items = Item.objects.visible().filter(dataset=dataset)
    assert items.count() == report["good"]
    # The first problem of each sort among those listed.
    for one in {problem["code"]: problem for problem in reversed(report["problems"])}.values():
        print(f"  line {one['row']}: {told(one)}")
    open_items = items.filter(final__isnull=True).count()
    print(f"  {repeated} repeated ids; {open_items} items without an answer; {report['kinds']}")
    assert (repeated, report["good"], open_items) == (119, 3490, 1558)


def main() -> None:
    """Import both."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        from projects.models import Project

        project = Project.objects.create(name="Real input", slug=f"real-{time.time_ns()}")
        sad(project)
        cpsyexam(project)


if __name__ == "__main__":
    main()
