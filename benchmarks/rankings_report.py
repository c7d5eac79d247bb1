"""How long a worker takes for the report of a blind ranking: python -m benchmarks.rankings_report [--items 2500]

Seven systems' responses to 2,500 questions, each ranked by four raters of two groups: 10,000 rankings, 70,000 ranks,
drawn from a Plackett-Luce model and written straight. The study is set up and opened through the services. Works on a
fresh SQLite database in a temporary folder, or on the (empty) database that DATABASE_URL names. The first report of a
worker also loads the statistics; it is measured apart. Limit: 10 s.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.import_items import prepare
from benchmarks.report_speed import load_statistics, measure

SYSTEMS, RATERS, CHUNK = 7, 4, 2000


def build(items: int) -> Any:
    """Return a closed study with all its rankings."""
    from benchmarks.blind_studies import opened, people
    from projects.models import Dataset, Project, Study

    project = Project.objects.create(slug="bench", name="Bench")
    dataset = Dataset.objects.create(project=project, slug="questions", name="Questions", item_count=items)
    respond(dataset, items)
    manager, raters = people(project, [f"R{n}" for n in range(1, RATERS + 1)])
    for n, rater in enumerate(raters):
        rater.group = ("expert", "student")[n % 2]
        rater.save()
    study = opened("ranking", dataset, manager, raters, raters_per_item=RATERS)
    rank(study, raters)
    Study.objects.filter(pk=study.pk).update(state=Study.State.CLOSED)
    study.refresh_from_db()
    return study


def respond(dataset: Any, items: int) -> None:
    """Write items and every system's responses to them, as imports would leave them."""
    from evaluation.models import Response, ResponseImport, System, SystemVersion
    from projects.models import ImportBatch, Item, ItemRevision

    batch = ImportBatch.objects.create(dataset=dataset, published=True)
    source = ResponseImport.objects.create(project=dataset.project, dataset=dataset, published=True)
    rows = Item.objects.bulk_create(
        [Item(dataset=dataset, batch=batch, external_id=f"q{n}", position=n, kind="question") for n in range(items)],
        batch_size=CHUNK,
    )
    revisions = ItemRevision.objects.bulk_create(
        [ItemRevision(item=item, text=f"What now? {item.position}", language="en", content_hash=f"{item.position:064}")
         for item in rows],
        batch_size=CHUNK,
    )  # fmt: skip
    for item, revision in zip(rows, revisions, strict=True):
        item.current = revision
    Item.objects.bulk_update(rows, ["current"], batch_size=1000)
    for n in range(SYSTEMS):
        system = System.objects.create(project=dataset.project, slug=f"s{n}", name=f"S{n}")
        system.version = SystemVersion.objects.create(system=system)
        system.save()
        Response.objects.bulk_create(
            [Response(system_version=system.version, revision=one, source_import=source, text="Take a walk. " * (n + 2))
             for one in revisions],
            batch_size=CHUNK,
        )  # fmt: skip


def rank(study: Any, raters: list[Any]) -> None:
    """Write a ranking of every unit by every rater, with the places on the page."""
    from evaluation.models import Placement, Rank, UnitResponse
    from projects.models import Assignment, Submission

    draw = random.Random(7)
    members: dict[int, list[tuple[int, int]]] = {}
    for unit, pk, system in UnitResponse.objects.filter(unit__study=study).values_list("unit", "pk", "system"):
        members.setdefault(unit, []).append((pk, system))
    strength = {system: at * 0.5 for at, system in enumerate(sorted({s for row in members.values() for _m, s in row}))}
    held = Assignment.objects.bulk_create(
        [Assignment(study=study, unit_id=unit, rater=rater, state="submitted", submitted_at="2026-03-02T08:00Z")
         for unit in members for rater in raters],
        batch_size=CHUNK,
    )  # fmt: skip
    given = Submission.objects.bulk_create(
        [Submission(assignment=row, version=study.version, client_key=f"k{row.pk}") for row in held], batch_size=CHUNK
    )
    ranks, placed = [], []
    for row, submission in zip(held, given, strict=True):
        own = members[row.unit_id]
        worth = {member: strength[system] - math.log(-math.log(draw.random())) for member, system in own}
        for place, member in enumerate(sorted(worth, key=lambda one: -worth[one]), start=1):
            ranks.append(Rank(submission=submission, member_id=member, rank=place))
        for slot, (member, _system) in enumerate(draw.sample(own, len(own)), start=1):
            placed.append(Placement(assignment=row, member_id=member, slot=slot))
    Rank.objects.bulk_create(ranks, batch_size=CHUNK)
    Placement.objects.bulk_create(placed, batch_size=CHUNK)


def main() -> None:
    """Build a study, then report on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=2500)
    items = parser.parse_args().items
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        study = build(items)
        print(f"{items * RATERS:,} rankings written", flush=True)
        print(f"statistics loaded: {load_statistics():.2f} s", flush=True)
        measure(study)


if __name__ == "__main__":
    main()
