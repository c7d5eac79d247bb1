"""A dialogue annotation that has been carried out, written as rows for other benchmarks.

The answers are drawn with a fixed seed from raters of different care, so that the figures look like figures.
"""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
CARE = (0.92, 0.88, 0.8, 0.74)
WORDS = (
    "I have not slept well since the exam was moved.",
    "How was last night?",
    "I lay awake until four. It felt like falling.",
    "It sounds as if the nights are the hardest part.",
)
TEXTS = (
    "Asks about last night to learn what keeps the client awake.",
    "The client looks away and speaks more slowly than before.",
    "Gives the feeling back, so that the client can look at it.",
)
SHARE_EVIDENCE, SHARE_SECOND = 0.2, 0.3


class World:
    """Draws a study of `sessions` sessions with `turns` turns and `raters` answers each, on the first preset."""

    def __init__(self, *, sessions: int, turns: int, raters: int, external: int = 0, seed: int = 1) -> None:
        """Set the sizes; `external` raters say as much as the study's own, in what came with the data."""
        self.sessions, self.turns, self.raters, self.external = sessions, turns, raters, external
        self.rng = random.Random(seed)

    def build(self, *, slug: str = "lakeside") -> Any:
        """Write everything in one transaction and return the study, closed."""
        from django.db import transaction

        with transaction.atomic():
            study = self._frame(slug)
            self._units(study)
            self._answers(study)
            self._imported()
        return study

    def _frame(self, slug: str) -> Any:
        from annotation import presets
        from projects.models import Dataset, ImportBatch, Membership, Project, Rater, Role, Study, StudyRole, User
        from projects.services import studies

        self.project = Project.objects.create(slug=slug, name="Lakeside")
        manager = User.objects.create_user(f"manager@{slug}.example.org", "a long walk by the sea")
        Membership.objects.create(project=self.project, user=manager, role=Role.MANAGER)
        self.dataset = Dataset.objects.create(project=self.project, slug="sessions", name="Sessions")
        self.batch = ImportBatch.objects.create(dataset=self.dataset, published=True)
        self.schema = presets.schema("psy-insight", "en")
        settings = {
            "raters_per_session": self.raters, "order": "imported", "prelabel": "hidden", "bulk_accept": False,
            "earlier_sessions": True, "break_minutes": 45, "schema": self.schema.to_json(),
        }  # fmt: skip
        study = studies.create(
            project=self.project, kind="dialogue", name="Counselling", settings=settings, actor=manager,
            dataset=self.dataset, seed=20260302,
        )  # fmt: skip
        self.coded = []
        for n in range(1, self.raters + 1):
            user = User.objects.create_user(f"r{n}@{slug}.example.org", None)
            group = "expert" if n % 2 else "student"
            rater = Rater.objects.create(project=self.project, user=user, code=f"R{n:02}", group=group)
            StudyRole.objects.create(study=study, user=user, part="rater", rater=rater, submitted=self.sessions)
            self.coded.append(rater.pk)
        Study.objects.filter(pk=study.pk).update(
            state="closed", opened_at=START, closed_at=START + timedelta(days=30), unit_count=self.sessions,
            place_count=self.sessions * self.raters,
        )  # fmt: skip
        return Study.objects.get(pk=study.pk)

    def _units(self, study: Any) -> None:
        from django.db.models import OuterRef, Subquery

        from projects.models import Item, ItemRevision, Turn, Unit
        from projects.services import bulk

        ids, revisions = bulk.reserve_ids(Item, self.sessions), bulk.reserve_ids(ItemRevision, self.sessions)
        self.revisions = revisions
        self.unit_ids = bulk.reserve_ids(Unit, self.sessions)
        self.turn_ids = bulk.reserve_ids(Turn, self.sessions * self.turns)
        now = START.replace(tzinfo=None).isoformat(" ")
        fields = ("id", "dataset", "batch", "external_id", "position", "kind", "removed", "removal_reason", "final_how")
        bulk.insert(Item, fields, (
            (pk, self.dataset.pk, self.batch.pk, f"session-{n:06}", n, "dialogue", False, "", "")
            for n, pk in enumerate(ids)
        ))  # fmt: skip
        fields = ("id", "item", "number", "text", "options", "topic", "subtopic", "language", "reference", "metadata",
                  "content_hash", "created_at", "reason", "turn_count")  # fmt: skip
        bulk.insert(ItemRevision, fields, (
            (pk, ids[n], 1, WORDS[0], "[]", "Exams", "", "en" if n % 2 else "zh-Hans", "", "{}", f"{n:064}", now, "",
             self.turns)
            for n, pk in enumerate(revisions)
        ))  # fmt: skip
        own = ItemRevision.objects.filter(item=OuterRef("pk")).values("pk")[:1]
        Item.objects.filter(dataset=self.dataset).update(current=Subquery(own))
        bulk.insert(Turn, ("id", "revision", "index", "speaker", "role", "text", "metadata"), (
            (self.turn_ids[n * self.turns + i], pk, i, ("Mei", "Dr Lin")[i % 2], ("client", "therapist")[i % 2],
             WORDS[i % len(WORDS)], "{}")
            for n, pk in enumerate(revisions) for i in range(self.turns)
        ))  # fmt: skip
        fields = ("id", "study", "item", "revision", "role", "repeat", "stratum", "language", "group", "wanted",
                  "taken", "done", "open", "withdrawn", "sort_key")  # fmt: skip
        bulk.insert(Unit, fields, (
            (pk, study.pk, ids[n], revisions[n], "main", 0, "", "", "", self.raters, self.raters, self.raters, False,
             False, n)
            for n, pk in enumerate(self.unit_ids)
        ))  # fmt: skip

    def _answers(self, study: Any) -> None:
        from annotation.models import Evidence, Label
        from projects.models import Assignment, Submission
        from projects.services import bulk

        count = self.sessions * self.raters
        assignments, submissions = bulk.reserve_ids(Assignment, count), bulk.reserve_ids(Submission, count)
        self.marks: list[tuple[Any, ...]] = []
        fields = ("id", "study", "unit", "rater", "token", "state", "surplus", "ordinal", "base_exposure", "exposure",
                  "claimed_at", "submitted_at", "skip_reason", "active_ms")  # fmt: skip
        bulk.insert(Assignment, fields, (
            (pk, study.pk, self.unit_ids[k // self.raters], self.coded[k % self.raters], secrets.token_hex(16),
             "submitted", False, k // self.raters, 0, 0, self._at(k), self._at(k), "", 600_000)
            for k, pk in enumerate(assignments)
        ))  # fmt: skip
        fields = ("id", "assignment", "number", "current", "independent", "exposure", "version", "guideline", "unsure",
                  "comment", "active_ms", "client_key", "created_at")  # fmt: skip
        bulk.insert(Submission, fields, (
            (pk, assignments[k], 1, True, True, 0, study.version_id, study.guideline_id, False, "", 600_000, f"key-{k}",
             self._at(k))
            for k, pk in enumerate(submissions)
        ))  # fmt: skip
        bulk.insert(Label, ("submission", "turn", "field", "state", "value"), self._labels(submissions))
        fields = ("submission", "turn", "field", "value", "start", "end")
        bulk.insert(Evidence, fields, iter(self.marks))

    def _imported(self) -> None:
        from projects.models import ImportedAnswer, Rater
        from projects.services import bulk

        coded = [
            Rater.objects.create(project=self.project, code=f"X{n:02}", nature=Rater.Nature.EXTERNAL).pk
            for n in range(1, self.external + 1)
        ]
        bulk.insert(ImportedAnswer, ("rater", "revision", "turn", "field", "values"), self._said_elsewhere(coded))

    def _said_elsewhere(self, coded: list[int]) -> Iterator[tuple[Any, ...]]:
        roles = ("client", "therapist")
        for n, revision in enumerate(self.revisions):
            places = [(self.turn_ids[n * self.turns + i], self.schema.turn(roles[i % 2])) for i in range(self.turns)]
            for turn, asked in [*places, (None, self.schema.session)]:
                for field in asked:
                    truth = self._draw(field)
                    for r, rater in enumerate(coded):
                        own = truth if self.rng.random() < CARE[r % len(CARE)] else self._draw(field)
                        yield rater, revision, turn, field.key, json.dumps(own)

    def _at(self, k: int) -> str:
        moment = START + timedelta(seconds=30 * 24 * 3600 * (k // self.raters) / max(self.sessions, 1))
        return moment.replace(tzinfo=None).isoformat(" ")

    def _labels(self, ids: list[int]) -> Iterator[tuple[Any, ...]]:
        roles = ("client", "therapist")
        asked = {role: self.schema.turn(role) for role in roles}
        for n in range(self.sessions):
            for i in range(self.turns):
                turn = self.turn_ids[n * self.turns + i]
                for field in asked[roles[i % 2]]:
                    yield from self._said(field, n, turn, ids)
            for field in self.schema.session:
                yield from self._said(field, n, None, ids)

    def _said(self, field: Any, n: int, turn: int | None, ids: list[int]) -> Iterator[tuple[Any, ...]]:
        """Yield what all raters say in one field of one turn."""
        truth = self._draw(field)
        for r in range(self.raters):
            own = truth if self.rng.random() < CARE[r % len(CARE)] else self._draw(field)
            for value in own:
                yield ids[n * self.raters + r], turn, field.key, "value", value
            if turn and field.evidence and self.rng.random() < SHARE_EVIDENCE:
                start = self.rng.randrange(0, 6)
                mark = (ids[n * self.raters + r], turn, field.key, own[0], start, start + self.rng.randrange(4, 12))
                self.marks.append(mark)

    def _draw(self, field: Any) -> list[str]:
        if not field.values:
            return [self.rng.choice(TEXTS)]
        first = self.rng.choice(field.values)
        second = self.rng.choice(field.values)
        both = field.kind == "several" and second != first and self.rng.random() < SHARE_SECOND
        return sorted([first, second]) if both else [first]
