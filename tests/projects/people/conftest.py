"""A project with somebody in every role, and another project with a manager of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

from projects.models import AuditEntry, Dataset, Project, Rater, Role, Study, StudyRole, User
from projects.services.people import add_roles
from projects.services.projects import create_project
from projects.services.raters import RaterDetails

PASSWORD = "a long walk by the sea"


@dataclass
class World:
    """Somebody in every role; `stranger` manages another project, `nobody` is in none."""

    admin: User
    manager: User
    adjudicator: User
    analyst: User
    rater: User
    stranger: User
    nobody: User
    project: Project
    other: Project

    def client(self, who: str) -> Client:
        """Return a browser of somebody who is logged in; "anonymous" is not."""
        client = Client()
        if who != "anonymous":
            client.force_login(getattr(self, who), backend="projects.backends.AccountBackend")
        return client

    def url(self, path: str = "") -> str:
        """Return an address inside the project."""
        return f"/p/{self.project.slug}/{path}"

    def coded(self, user: User) -> Rater:
        """Return the rater behind somebody."""
        return self.project.raters.get(user=user)


def person(name: str) -> User:
    """Create an account."""
    user = User.objects.create_user(f"{name}@example.org", PASSWORD)
    User.objects.filter(pk=user.pk).update(name=name.capitalize())
    user.refresh_from_db()
    return user


@pytest.fixture(autouse=True)
def fresh_rate_limits() -> None:
    """Rate limits live in the cache and would carry over from one test to the next."""
    cache.clear()


@pytest.fixture
def world(db: None) -> World:
    """Set the stage."""
    admin = User.objects.create_superuser("admin@example.org", PASSWORD)
    names = ("manager", "adjudicator", "analyst", "rater", "stranger", "nobody")
    people = {name: person(name) for name in names}
    project = create_project(actor=admin, name="Harbour", description="Night messages.")
    add_roles(project=project, user=people["manager"], roles=[Role.MANAGER], actor=admin)
    project.memberships.filter(user=admin).delete()
    manager = people["manager"]
    add_roles(project=project, user=people["adjudicator"], roles=[Role.ADJUDICATOR], actor=manager)
    add_roles(project=project, user=people["analyst"], roles=[Role.ANALYST], actor=manager)
    details = RaterDetails(languages=["en"], group="expert")
    add_roles(project=project, user=people["rater"], roles=[Role.RATER], actor=manager, details=details)
    other = create_project(actor=admin, name="Elsewhere")
    add_roles(project=other, user=people["stranger"], roles=[Role.MANAGER], actor=admin)
    return World(admin=admin, project=project, other=other, **people)


@pytest.fixture
def new_person() -> Callable[[str], User]:
    """Return a maker of accounts."""
    return person


@pytest.fixture
def password() -> str:
    """Return everybody's password."""
    return PASSWORD


@pytest.fixture
def make_study() -> Callable[..., Study]:
    """Return a maker of studies with counters, as the work loop would leave them."""

    def make(
        world: World, name: str = "First round", *, state: str = "open", units: int = 10, places: int = 20
    ) -> Study:
        dataset, _ = Dataset.objects.get_or_create(project=world.project, slug="d", defaults={"name": "Messages"})
        study = Study.objects.create(
            project=world.project,
            dataset=dataset,
            kind="label_review",
            name=name,
            slug=name.lower().replace(" ", "-"),
            state=state,
            unit_count=units,
            place_count=places,
        )
        study.version = study.versions.create(settings={"raters_per_unit": 2})
        study.save(update_fields=["version"])
        return study

    return make


@pytest.fixture
def make_part() -> Callable[..., StudyRole]:
    """Return a maker of raters' parts in a study."""

    def make(world: World, study: Study, user: User, submitted: int = 0) -> StudyRole:
        rater = world.project.raters.get(user=user)
        return StudyRole.objects.create(study=study, user=user, part="rater", rater=rater, submitted=submitted)

    return make


@pytest.fixture
def verbs() -> Callable[..., list[str]]:
    """Return a reader of the log: the verbs written since an entry, oldest first."""

    def read(after: int = 0) -> list[str]:
        return list(AuditEntry.objects.filter(pk__gt=after).order_by("pk").values_list("verb", flat=True))

    return read


@pytest.fixture
def last_entry() -> Callable[[], int]:
    """Return a reader of the newest entry's id."""

    def read() -> int:
        return AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    return read
