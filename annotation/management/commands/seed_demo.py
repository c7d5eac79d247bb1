"""`manage.py seed_demo`: a small made-up world, so that every page has something to show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from annotation.management.demo import LAST_STUDY, PROJECT
from projects.management import demo_parts
from projects.management.demo import ACCOUNTS
from projects.models import Project, Study


class Command(BaseCommand):
    """Makes what is missing of the demonstration; run again, it looks once and does nothing."""

    help = "Fills the database with made-up people, data sets and studies, to look around in. Safe to run twice."
    # Loading every page to check it would take longer than the look.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        """Make each part where it is missing; the last one made tells that all are there."""
        words = "The demonstration is there already."
        if not is_whole():
            make()
            words = f"The demonstration is ready. Its log-ins are in {logins()}; a worker computes its reports."
        if verbosity:
            self.stdout.write(words)


def logins() -> Path:
    """Return the file with the log-ins."""
    folder: Path = settings.DATA_DIR
    return folder / ACCOUNTS


def is_whole() -> bool:
    """Whether the file with the log-ins is there, the study that is made last, and every part of other rooms."""
    project = Project.objects.filter(slug=PROJECT).first()
    if project is None or not logins().exists():
        return False
    made = Study.objects.filter(project=project, slug=LAST_STUDY).exists()
    return made and all(part.is_whole(project) for part in demo_parts.parts())


def make() -> None:
    """Make accounts, project, data sets and studies, each where it is missing."""
    # Readers of file formats and statistics come with these: a start with nothing to do should not wait for them.
    from annotation.management.demo import data, people, reviews
    from projects.management import demo_import

    accounts = people.ensure(logins())
    project = data.ensure_project(accounts)
    world = reviews.world(project, accounts)
    first, second = (demo_import.ensure_dataset(project, one, world.manager) for one in (data.FIRST, data.SECOND))
    closed = reviews.first_round(world, first)
    reviews.effectiveness(world, first, closed)
    reviews.second_round(world, second)
    reviews.third_round(world, second)
    for part in demo_parts.parts():
        if not part.is_whole(project):
            part.make(project, accounts)
