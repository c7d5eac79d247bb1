"""A project with a data set, raters made as needed, and studies on which they work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from django.test import Client

from projects import kinds
from projects.models import (
    Assignment,
    Dataset,
    Exposure,
    ImportBatch,
    Item,
    ItemRevision,
    Membership,
    Project,
    Rater,
    Role,
    Study,
    StudyRole,
    Unit,
    User,
)
from projects.services import jobs, leases, studies, work

BACKEND = "projects.backends.AccountBackend"


@dataclass
class Stage:
    """Everything that work needs, and short ways to do some of it."""

    project: Project
    manager: User
    dataset: Dataset
    batch: ImportBatch
    settled: list[int] = field(default_factory=list)

    def user(self, name: str, *roles: str) -> User:
        """Create an account with some roles in the project."""
        user = User.objects.create_user(f"{name}@example.org", None)
        Membership.objects.bulk_create(Membership(project=self.project, user=user, role=role) for role in roles)
        return user

    def rater(self, code: str, languages: Iterable[str] = (), group: str = "") -> Rater:
        """Create a rater with an account."""
        user = self.user(code.lower(), Role.RATER)
        return Rater.objects.create(project=self.project, user=user, code=code, languages=list(languages), group=group)

    def raters(self, count: int) -> list[Rater]:
        """Create R1, R2, ..."""
        return [self.rater(f"R{n}") for n in range(1, count + 1)]

    def items(self, count: int, *, topic: str = "", language: str = "en") -> list[Item]:
        """Create true/false items behind those there are."""
        first = self.dataset.items.count()
        made = []
        for n in range(first, first + count):
            item = Item.objects.create(
                dataset=self.dataset, batch=self.batch, external_id=f"item-{n}", position=n, kind=Item.Kind.TRUE_FALSE
            )
            item.current = ItemRevision.objects.create(
                item=item, text=f"Text {n}", topic=topic, language=language, content_hash=f"{n:064}"
            )
            item.save()
            made.append(item)
        return made

    def draft(self, *raters: Rater, name: str = "Study", **settings: object) -> Study:
        """Create a draft of a label review."""
        form = kinds.registry()["label_review"].settings_form(self.project, None, {})
        values = {key: one.initial for key, one in form.fields.items()}
        return studies.set_up(
            project=self.project,
            kind="label_review",
            name=name,
            settings=values | {"order": "imported"} | settings,
            actor=self.manager,
            dataset=self.dataset,
            raters=raters,
        )

    def opened(self, *raters: Rater, name: str = "Study", **settings: object) -> Study:
        """Create a label review and open it the way a worker does."""
        return self.open_draft(self.draft(*raters, name=name, **settings))

    def open_draft(self, study: Study) -> Study:
        """Open a draft the way a worker does."""
        jobs.run(studies.open_study(study, actor=self.manager).pk)
        return Study.objects.get(pk=study.pk)

    def study(self, *raters: Rater, units: int = 1, wanted: int = 1, name: str = "Study", **values: object) -> Study:
        """Create an open study with units of its own items, without a worker."""
        study = self.draft(*raters, name=name)
        rows = [
            Unit(study=study, item=item, revision=item.current, wanted=wanted, sort_key=n)
            for n, item in enumerate(self.items(units))
        ]
        Unit.objects.bulk_create(rows)
        Study.objects.filter(pk=study.pk).update(
            state=Study.State.OPEN, unit_count=units, place_count=units * wanted, **values
        )
        return Study.objects.get(pk=study.pk)

    def part(self, study: Study, rater: Rater) -> StudyRole:
        """Load a rater's part the way a request does."""
        rows = StudyRole.objects.select_related("study__project", "study__version", "study__guideline", "rater")
        return rows.get(study=study, rater=rater)

    def hold(self, study: Study, rater: Rater, count: int = 1, shown: int = Exposure.NOTHING) -> list[Assignment]:
        """Let a rater hold some units."""
        return leases.hold(self.part(study, rater), count=count, shown=lambda unit_id: shown)

    def hand_in(
        self, study: Study, rater: Rater, row: Assignment, *, key: str = "", based_on: int = 0, active_ms: int = 0
    ) -> work.Outcome:
        """Submit an answer without any rows of a kind."""
        return work.submit(
            self.part(study, rater),
            row,
            answer=work.Answer(client_key=key or f"key-{row.pk}-{based_on}", based_on=based_on, active_ms=active_ms),
            write=lambda submission: None,
            settle=lambda unit: self.settled.append(unit.pk),
        )

    def do(self, study: Study, rater: Rater, count: int = 1) -> list[int]:
        """Let a rater answer up to `count` units; returns the units' sort keys in the order they came."""
        came = []
        for _ in range(count):
            held = self.hold(study, rater)
            if not held:
                break
            came.append(held[0].unit.sort_key)
            self.hand_in(study, rater, held[0])
        return came

    def client(self, user: User) -> Client:
        """Return a browser of somebody who is logged in."""
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    @staticmethod
    def counters_are_true(study: Study) -> bool:
        """Whether every counter of units and parts equals the rows it counts."""
        rows = list(study.assignments.all())
        return all(unit_is_true(unit, rows) for unit in study.units.all()) and all(
            part_is_true(part, rows) for part in study.roles.filter(part=StudyRole.Part.RATER)
        )


def finished(row: Assignment) -> bool:
    """Whether an assignment fills a place for good."""
    return row.state == Assignment.State.SUBMITTED and not row.surplus


def unit_is_true(unit: Unit, rows: list[Assignment]) -> bool:
    """Whether a unit's counters equal its rows."""
    mine = [row for row in rows if row.unit_id == unit.pk]
    done = sum(finished(row) for row in mine)
    taken = done + sum(row.state == Assignment.State.LEASED for row in mine)
    return (unit.done, unit.taken, unit.open) == (done, taken, not unit.withdrawn and taken < unit.wanted)


def part_is_true(part: StudyRole, rows: list[Assignment]) -> bool:
    """Whether a rater's counters equal their rows."""
    mine = [row for row in rows if row.rater_id == part.rater_id]
    counted = (len(mine), sum(finished(row) for row in mine), sum(row.active_ms for row in mine))
    return (part.claimed, part.submitted, part.active_ms) == counted


@pytest.fixture
def stage(db: None) -> Stage:
    """Set the stage."""
    project = Project.objects.create(slug="harbour", name="Harbour")
    manager = User.objects.create_user("manager@example.org", None)
    Membership.objects.create(project=project, user=manager, role=Role.MANAGER)
    labels = [{"key": "positive", "text": "Positive"}, {"key": "negative", "text": "Negative"}]
    dataset = Dataset.objects.create(project=project, slug="items", name="Items", labels=labels)
    return Stage(project, manager, dataset, ImportBatch.objects.create(dataset=dataset, published=True))
