"""How long a worker takes for the report of a benchmark of the size of a published one, from the database.

    python -m benchmarks.benchmark_report [--labelled 20767] [--open 2000] [--systems 7]

Works on a fresh SQLite database in a temporary folder, or on the (empty) database that DATABASE_URL names. Labelled
items stand in seven topics and forty subtopics; open questions have a reference, a score and a response of 120 words.
The time for texts grows with the open questions: each is compared with its reference.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from benchmarks.export_answers import highest_mb
from benchmarks.import_items import prepare

TOPICS, SUBTOPICS = 7, 40
WORDS = [f"word{n}" for n in range(400)]


def build(labelled: int, opened: int, systems: int) -> object:
    """Write everything a benchmark needs, and return it."""
    from evaluation.models import ResponseImport
    from evaluation.services import benchmarks
    from evaluation.services import systems as service
    from projects.models import Dataset, ImportBatch, Project

    project = Project.objects.create(name="Speed", slug="speed")
    labels = [{"key": key, "text": key.capitalize(), "names": {}, "aliases": []} for key in ("positive", "negative")]
    dataset = Dataset.objects.create(project=project, slug="items", name="Items", labels=labels)
    batch = ImportBatch.objects.create(dataset=dataset, published=True)
    revisions = write_items(dataset, batch, labelled, opened)
    source = ResponseImport.objects.create(project=project, dataset=dataset, published=True)
    made = [
        service.create(
            project=project, name=f"System {n}", actor=None, kind="imported", group="Family" if n < 4 else "",
            role=("base", "synthetic", "interview", "both")[n] if n < 4 else "baseline",
        )
        for n in range(systems)
    ]  # fmt: skip
    for n, system in enumerate(made):
        respond(system.in_force, revisions, source, labelled, random.Random(n))
    return benchmarks.create(
        project=project, name="Speed", datasets=[dataset], systems=made, actor=None,
        settings={"scores": ["given", "Panel", "overall"]},
    )  # fmt: skip


def write_items(dataset: object, batch: object, labelled: int, opened: int) -> list[object]:
    """Write the items, and return their revisions in order."""
    from projects.models import Item, ItemRevision

    chance = random.Random(0)
    items = Item.objects.bulk_create(
        [
            Item(
                dataset=dataset, batch=batch, external_id=f"i{n}", position=n,
                kind=Item.Kind.TRUE_FALSE if n < labelled else Item.Kind.QUESTION,
                final=["positive"] if n < labelled else None,
            )
            for n in range(labelled + opened)
        ],
        batch_size=2000,
    )  # fmt: skip
    revisions = ItemRevision.objects.bulk_create(
        [
            ItemRevision(
                item=item, text=f"Text {n}", topic=f"Topic {n % SUBTOPICS % TOPICS}",
                subtopic=f"Subtopic {n % SUBTOPICS}",
                language="en", content_hash=f"{n:064}", reference="" if n < labelled else sentence(chance),
            )
            for n, item in enumerate(items)
        ],
        batch_size=2000,
    )  # fmt: skip
    for item, revision in zip(items, revisions, strict=True):
        item.current = revision
    Item.objects.bulk_update(items, ["current"], batch_size=500)
    return list(revisions)


def sentence(chance: random.Random) -> str:
    """Return 120 words."""
    return " ".join(chance.choices(WORDS, k=120))


def respond(version: object, revisions: list[object], source: object, labelled: int, chance: random.Random) -> None:
    """Let a system answer everything, and a panel score its open answers."""
    from evaluation.models import Response, ResponseScore

    said = ("positive", "negative", "Answer: positive", "It depends.")
    made = Response.objects.bulk_create(
        [
            Response(
                system_version=version, revision=revision, source_import=source,
                text=chance.choices(said, (5, 3, 2, 1))[0] if n < labelled else sentence(chance),
            )
            for n, revision in enumerate(revisions)
        ],
        batch_size=2000,
    )  # fmt: skip
    ResponseScore.objects.bulk_create(
        [ResponseScore(response=one, scorer="Panel", value=chance.randint(0, 4)) for one in made[labelled:]],
        batch_size=2000,
    )


def measure(row: object) -> None:
    """Compute the report the way a worker does and print the seconds."""
    from evaluation.services import benchmarks
    from projects.services import jobs

    report = benchmarks.ask(row, actor=None)
    began, cpu = time.perf_counter(), time.process_time()
    job = jobs.run(report.job_id)
    took, used = time.perf_counter() - began, time.process_time() - cpu
    report.refresh_from_db()
    assert job is not None
    assert report.summary is not None, job.message
    print(f"report: {took:.1f} s, {used:.1f} s of them computing, at most {highest_mb():.0f} MB")


def main() -> None:
    """Build a world, then report on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labelled", type=int, default=20_767)
    parser.add_argument("--open", type=int, default=2_000)
    parser.add_argument("--systems", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        row = build(options.labelled, options.open, options.systems)
        measure(row)


if __name__ == "__main__":
    main()
