"""The demonstration's project with its people, and its data sets, imported from files like anybody's."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from annotation.management.demo import PROJECT, content
from annotation.management.demo.people import ADJUDICATOR, ADMIN, MANAGER, RATERS
from projects.management.demo_import import SetOfItems
from projects.models import Project, Role, User
from projects.services import invitations
from projects.services.people import add_roles, remove_member
from projects.services.projects import create_project
from projects.services.raters import RaterDetails

LANGUAGES = ("en", "zh")
DESCRIPTION = (
    "A made-up project with made-up texts in English and Chinese, to look around in and to try things out. "
    "Nobody in it exists, and its figures mean nothing."
)


FIRST = SetOfItems(
    "first-round", "First round: passages", "Short passages, each judged positive or negative.",
    "passages-round-1.csv", lambda: content.as_csv(content.first_round()), content.MAPPING, 23,
)  # fmt: skip
SECOND = SetOfItems(
    "second-round", "Second round: passages and situations",
    "More passages, and situations with three to five possible answers.",
    "round-2.jsonl", lambda: content.as_jsonl(content.second_round()), content.MAPPING_WITH_OPTIONS, 6,
)  # fmt: skip


def ensure_project(accounts: dict[str, User]) -> Project:
    """Return the project, made with everybody in it where it is missing."""
    found = Project.objects.filter(slug=PROJECT).first()
    if found:
        return found
    with transaction.atomic():
        project = create_project(
            actor=accounts[ADMIN.key],
            name="Demonstration",
            slug=PROJECT,
            description=DESCRIPTION,
            content_notice=content.text("content_notice"),
            help_text=content.text("help_lines"),
        )
        _people(project, accounts)
        # It is older than its first import.
        Project.objects.filter(pk=project.pk).update(created_at=timezone.now() - timedelta(days=FIRST.days_ago + 1))
    return project


def _people(project: Project, accounts: dict[str, User]) -> None:
    admin, manager = accounts[ADMIN.key], accounts[MANAGER.key]
    add_roles(project=project, user=manager, roles=[Role.MANAGER], actor=admin)
    # A site admin reaches every project anyway; as its maker they would be listed as one who runs it.
    remove_member(project=project, user=admin, actor=admin)
    add_roles(project=project, user=accounts[ADJUDICATOR.key], roles=[Role.ADJUDICATOR], actor=manager)
    for person in RATERS:
        details = RaterDetails(languages=LANGUAGES, group=person.group, qualification=person.qualification)
        add_roles(
            project=project, user=accounts[person.key], roles=[Role.RATER], actor=manager,
            code=person.key.upper(), details=details,
        )  # fmt: skip
    # Its link goes nowhere: it is there so that the page of the people has one to withdraw.
    invitations.invite(project=project, actor=manager, roles=[Role.ANALYST], email="analyst@demo.example.org")
