"""A label review that has been carried out: items, answers, outcomes, disputes, written as rows for other benchmarks.

The answers are drawn with a fixed seed from raters of different care, so that the figures look like figures.
"""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

TOPICS = ("Emotion", "Personal Growth", "Study & Career", "Marriage & Family", "Interpersonal Relationship")
LABELS = [{"key": "positive", "text": "Positive"}, {"key": "negative", "text": "Negative"}]
OPTIONS = [{"key": key, "text": f"Answer {key}"} for key in "ABCD"]
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
CARE = (0.95, 0.92, 0.9, 0.85, 0.78, 0.7)
SETTINGS = {
    "raters_per_item": 3, "prelabel": "hidden", "compare_prelabel": True, "allow_unsure": True,
    "unsure_disputes": False, "allow_comment": True, "show_topic": True, "order": "imported", "sample_size": None,
    "stratified": False, "fresh_raters": False, "disputes": True, "releases": True,
}  # fmt: skip


class World:
    """Draws a study of `items` items with `raters` answers each; `mixed` adds choice items, `shown` pre-labels."""

    def __init__(self, *, items: int, raters: int, mixed: bool = False, shown: str = "hidden", seed: int = 1) -> None:
        self.items, self.raters, self.mixed = items, raters, mixed
        self.settings = SETTINGS | {"raters_per_item": raters, "prelabel": shown}
        self.rng = random.Random(seed)

    def build(self, *, slug: str = "harbour") -> Any:
        """Write everything in one transaction and return the study, closed."""
        from django.db import transaction

        with transaction.atomic():
            study = self._frame(slug)
            self._units(study)
            self._answers(study)
            self._endings()
        return study

    def _frame(self, slug: str) -> Any:
        from projects.models import Dataset, ImportBatch, Membership, Project, Rater, Role, Study, StudyRole, User
        from projects.services import studies

        self.project = Project.objects.create(slug=slug, name="Harbour")
        manager = User.objects.create_user(f"manager@{slug}.example.org", "a long walk by the sea")
        Membership.objects.create(project=self.project, user=manager, role=Role.MANAGER)
        self.dataset = Dataset.objects.create(project=self.project, slug="items", name="Night messages", labels=LABELS)
        self.batch = ImportBatch.objects.create(dataset=self.dataset, published=True)
        study = studies.create(
            project=self.project, kind="label_review", name="First round", settings=self.settings, actor=manager,
            dataset=self.dataset, seed=20260302,
        )  # fmt: skip
        self.coded = []
        for n in range(1, self.raters + 1):
            user = User.objects.create_user(f"r{n}@{slug}.example.org", None)
            group = "expert" if n % 2 else "student"
            rater = Rater.objects.create(project=self.project, user=user, code=f"R{n:02}", group=group)
            StudyRole.objects.create(study=study, user=user, part="rater", rater=rater, submitted=self.items)
            self.coded.append(rater.pk)
        Study.objects.filter(pk=study.pk).update(
            state="closed", opened_at=START, closed_at=START + timedelta(days=30), unit_count=self.items,
            place_count=self.items * self.raters,
        )  # fmt: skip
        return Study.objects.get(pk=study.pk)

    def _kind(self, n: int) -> str:
        return ("true_false", "true_false", "single_choice", "multiple_choice")[n % 4] if self.mixed else "true_false"

    def _keys(self, n: int) -> list[str]:
        return [one["key"] for one in (LABELS if self._kind(n) == "true_false" else OPTIONS)]

    def _draw_truth(self, n: int) -> list[str]:
        keys = self._keys(n)
        if self._kind(n) == "multiple_choice":
            return sorted(self.rng.sample(keys, self.rng.choice((1, 2, 2, 3))))
        return [self.rng.choices(keys, weights=[3, *[2] * (len(keys) - 1)])[0]]

    def _noisy(self, n: int, truth: list[str], care: float) -> list[str]:
        return truth if self.rng.random() < care else self._draw_truth(n)

    def _units(self, study: Any) -> None:
        from django.db.models import OuterRef, Subquery

        from projects.models import Item, ItemRevision, Suggestion, Unit
        from projects.services import bulk

        ids = bulk.reserve_ids(Item, self.items)
        revisions = bulk.reserve_ids(ItemRevision, self.items)
        self.unit_ids = bulk.reserve_ids(Unit, self.items)
        self.truth = [self._draw_truth(n) for n in range(self.items)]
        now = START.replace(tzinfo=None).isoformat(" ")
        fields = ("id", "dataset", "batch", "external_id", "position", "kind", "removed", "removal_reason", "final_how")
        bulk.insert(Item, fields, (
            (pk, self.dataset.pk, self.batch.pk, f"item-{n:06}", n, self._kind(n), False, "", "")
            for n, pk in enumerate(ids)
        ))  # fmt: skip
        fields = ("id", "item", "number", "text", "options", "topic", "subtopic", "language", "reference", "metadata",
                  "content_hash", "created_at", "reason")  # fmt: skip
        bulk.insert(ItemRevision, fields, (
            (pk, ids[n], 1, f"Since the move I lie awake and go through the day, for the {n}th time. What now?",
             json.dumps([] if self._kind(n) == "true_false" else OPTIONS), TOPICS[n % 5], "", "zh-Hans" if n % 3 == 2
             else "en", "", "{}", f"{n:064}", now, "")
            for n, pk in enumerate(revisions)
        ))  # fmt: skip
        # Afterwards: while an item points at a revision yet to come, SQLite looks through all items at each revision.
        own = ItemRevision.objects.filter(item=OuterRef("pk")).values("pk")[:1]
        Item.objects.filter(dataset=self.dataset).update(current=Subquery(own))
        bulk.insert(Suggestion, ("revision", "field", "values", "source", "score", "created_at"), (
            (pk, "label", json.dumps(self._noisy(n, self.truth[n], 0.8)), "model-1", 0.5 + n % 50 / 100, now)
            for n, pk in enumerate(revisions)
        ))  # fmt: skip
        fields = ("id", "study", "item", "revision", "role", "repeat", "stratum", "language", "group", "wanted",
                  "taken", "done", "open", "withdrawn", "sort_key")  # fmt: skip
        bulk.insert(Unit, fields, (
            (pk, study.pk, ids[n], revisions[n], "main", 0, TOPICS[n % 5], "", "", self.raters, self.raters,
             self.raters, False, False, n)
            for n, pk in enumerate(self.unit_ids)
        ))  # fmt: skip

    def _answers(self, study: Any) -> None:
        from annotation.models import Label
        from projects.models import Assignment, Submission
        from projects.services import bulk

        count = self.items * self.raters
        assignments, submissions = bulk.reserve_ids(Assignment, count), bulk.reserve_ids(Submission, count)
        self.said: list[list[list[str]]] = [[] for _ in range(self.items)]
        fields = ("id", "study", "unit", "rater", "token", "state", "surplus", "ordinal", "base_exposure", "exposure",
                  "claimed_at", "submitted_at", "skip_reason", "active_ms")  # fmt: skip
        bulk.insert(Assignment, fields, self._assignments(study, assignments))
        fields = ("id", "assignment", "number", "current", "independent", "exposure", "version", "guideline", "unsure",
                  "comment", "active_ms", "client_key", "created_at")  # fmt: skip
        bulk.insert(Submission, fields, (
            (submissions[k], assignments[k], 1, True, True, self._base(k), study.version_id, study.guideline_id,
             self.rng.random() < 0.05, "", self._ms(k), f"key-{k}", self._at(k))
            for k in range(count)
        ))  # fmt: skip
        bulk.insert(Label, ("submission", "field", "state", "value"), self._labels(submissions))

    def _base(self, k: int) -> int:
        if self.settings["prelabel"] == "randomised":
            return (k * 2654435761 >> 7) & 1
        return int(self.settings["prelabel"] == "shown")

    def _at(self, k: int) -> str:
        moment = START + timedelta(seconds=30 * 24 * 3600 * (k // self.raters) / max(self.items, 1))
        return moment.replace(tzinfo=None).isoformat(" ")

    def _ms(self, k: int) -> int:
        return 4000 + (k * 7919) % 20000

    def _assignments(self, study: Any, ids: list[int]) -> Iterator[tuple[Any, ...]]:
        for k, pk in enumerate(ids):
            unit, rater = self.unit_ids[k // self.raters], self.coded[k % self.raters]
            base, at = self._base(k), self._at(k)
            yield (pk, study.pk, unit, rater, secrets.token_hex(16), "submitted", False, k // self.raters, base, base,
                   at, at, "", self._ms(k))  # fmt: skip

    def _labels(self, ids: list[int]) -> Iterator[tuple[Any, ...]]:
        for k, pk in enumerate(ids):
            n, r = divmod(k, self.raters)
            values = self._noisy(n, self.truth[n], CARE[r % len(CARE)])
            self.said[n].append(values)
            for value in values:
                yield pk, "label", "value", value

    def _endings(self) -> None:
        from annotation.models import Dispute, Resolution
        from projects.services import bulk

        at = (START + timedelta(days=31)).replace(tzinfo=None).isoformat(" ")
        differing = [n for n in range(self.items) if any(values != self.said[n][0] for values in self.said[n])]
        disputed = set(differing)
        fields = ("unit", "cause", "state", "agenda", "opened_at", "settled_at")
        bulk.insert(Dispute, fields, (
            (self.unit_ids[n], "raters", *(("open", False, self._at(n * self.raters), None) if n % 10 == 3
             else ("settled", False, self._at(n * self.raters), at)))
            for n in differing
        ))  # fmt: skip
        fields = ("unit", "number", "current", "how", "values", "reason_code", "reason", "saw_prelabel", "created_at")
        bulk.insert(Resolution, fields, (
            (self.unit_ids[n], 1, True, *self._ending(n, n in disputed), False, at)
            for n in range(self.items)
            if n not in disputed or n % 10 != 3
        ))  # fmt: skip

    def _ending(self, n: int, disputed: bool) -> tuple[str, str, str, str]:
        if not disputed:
            return "agreed", json.dumps(self.said[n][0]), "", ""
        if n % 20 == 7:
            return "removed", "[]", ("undecidable", "depends_on_values", "faulty")[n % 3], "Nobody can tell."
        return ("discussed" if n % 2 else "adjudicated"), json.dumps(self.truth[n]), "", "By the guideline."
