"""Two data sets of dialogues to compare with each other, beside the world of blind studies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from blind_world import BlindWorld

from projects.models import Dataset, ImportBatch, Item, ItemRevision, Job, Study, Turn
from projects.services import jobs, studies

EXAM = ("I cannot sleep before the exam.", "What keeps you awake at night?", "The exam, and my father's voice.")
LOSS = ("My mother died in spring.", "How have the weeks been since she died?", "Quiet. Too quiet at the table.")


class PairWorld(BlindWorld):
    """A world whose project has two data sets of dialogues."""

    def __init__(self, *, raters: int = 2) -> None:
        """Make both data sets, empty."""
        super().__init__(systems=0, items=0, raters=raters)
        self.ours = self.collection("ours", "Our sessions")
        self.theirs = self.collection("theirs", "Their sessions")
        self.dataset = self.ours

    def collection(self, slug: str, name: str) -> Dataset:
        """Create a data set with a complete import."""
        dataset = Dataset.objects.create(project=self.project, slug=slug, name=name)
        ImportBatch.objects.create(dataset=dataset, published=True)
        return dataset

    def session(
        self, dataset: Dataset, external: str, turns: Sequence[str], *, topic: str = "Sleep", language: str = "en"
    ) -> Item:
        """Create a dialogue; client and counsellor speak in turn."""
        item = Item.objects.create(
            dataset=dataset, batch=dataset.batches.get(), external_id=external, position=dataset.items.count(),
            kind=Item.Kind.DIALOGUE,
        )  # fmt: skip
        item.current = ItemRevision.objects.create(
            item=item, text="", topic=topic, language=language, turn_count=len(turns), content_hash=f"{item.pk:064}"
        )
        item.save()
        Turn.objects.bulk_create(
            Turn(
                revision=item.current, index=n, text=text, speaker="Counsellor" if n % 2 else "Client",
                role="therapist" if n % 2 else "client",
            )
            for n, text in enumerate(turns)
        )  # fmt: skip
        return item

    def fill(self) -> None:
        """Put two topics in both data sets, so that only one way of pairing makes sense."""
        self.session(self.ours, "o-exam", EXAM)
        self.session(self.ours, "o-loss", [*LOSS, "Would you like to tell me about her?"])
        self.session(self.theirs, "t-loss", ["My mother died.", "When did she die?", "In spring, and it is quiet."])
        self.session(self.theirs, "t-exam", ["The exam keeps me awake at night.", "Since when?", "For a week."])
        self.session(self.theirs, "t-work", ["My boss shouts.", "What does he shout?"], topic="Work")

    def matched(self, **settings: Any) -> Study:
        """Create a draft that compares the two data sets."""
        return self.draft("comparison", pairs="matched", other_dataset=self.theirs.pk, systems=[], **settings)


def work_off(kind: str) -> Job:
    """Do the newest job of a kind the way a worker does."""
    job = Job.objects.filter(kind=kind).latest("pk")
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def refused_opening(world: BlindWorld, study: Study) -> str:
    """Try to open a draft; returns why it did not."""
    job = studies.open_study(study, actor=world.manager)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert Study.objects.get(pk=study.pk).state == "draft"
    return job.message
