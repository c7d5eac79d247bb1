"""The database itself keeps raters and readers apart (B10): its triggers are there once all migrations have run."""

from __future__ import annotations

import pytest
from blind_world import BlindWorld
from django.db import IntegrityError, connection, transaction

from evaluation.models import BlindStudy
from projects.models import Membership, Role, StudyRole

pytestmark = pytest.mark.django_db
# SQLite drops a table's triggers with the table when a migration rebuilds it: such a migration creates them again.
SQLITE = {
    "projects_studyrole_apart_insert": "projects_studyrole",
    "projects_studyrole_apart_update": "projects_studyrole",
    "projects_membership_apart_insert": "projects_membership",
    "projects_membership_apart_update": "projects_membership",
    "evaluation_blindstudy_apart_insert": "evaluation_blindstudy",
}
POSTGRES = {
    "projects_studyrole_apart": "projects_studyrole",
    "projects_membership_apart": "projects_membership",
    "evaluation_blindstudy_apart": "evaluation_blindstudy",
}
FOUND = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%apart%'",
    "postgresql": (
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgname LIKE '%apart%'"
    ),
}


def triggers() -> dict[str, str]:
    """Return the triggers that keep roles apart, with their tables, as the database has them."""
    with connection.cursor() as cursor:
        cursor.execute(FOUND[connection.vendor])
        return dict(cursor.fetchall())


def test_the_triggers_are_there_after_all_migrations() -> None:
    assert triggers() == (SQLITE if connection.vendor == "sqlite" else POSTGRES)


def refused(act: object) -> None:
    """Do something that the database itself has to refuse, whatever code runs."""
    with pytest.raises(IntegrityError, match="cannot judge it blind"), transaction.atomic():
        act()  # type: ignore[operator]  # a function


def test_whoever_reads_gets_no_part_as_a_rater() -> None:
    world = BlindWorld(raters=1)
    study = world.opened(raters_per_item=1)
    reader = world.rater("Reader")
    part = StudyRole.objects.create(study=study, user=reader.user, rater=reader, part="rater", state="left")
    Membership.objects.create(project=world.project, user=reader.user, role=Role.ANALYST)
    refused(lambda: StudyRole.objects.filter(pk=part.pk).update(state="active"))
    part.delete()
    refused(lambda: StudyRole.objects.create(study=study, user=reader.user, rater=reader, part="rater"))


def test_whoever_rates_gets_no_role_that_reads() -> None:
    world = BlindWorld(raters=1)
    world.opened(raters_per_item=1)
    user = world.raters[0].user
    for role in (Role.MANAGER, Role.ADJUDICATOR, Role.ANALYST):
        refused(lambda role=role: Membership.objects.create(project=world.project, user=user, role=role))
    own = Membership.objects.get(project=world.project, user=user)
    refused(lambda: Membership.objects.filter(pk=own.pk).update(role=Role.MANAGER))


def test_a_study_does_not_become_blind_while_somebody_does_both() -> None:
    world = BlindWorld(raters=1)
    study = world.draft(raters_per_item=1)
    Membership.objects.create(project=world.project, user=world.raters[0].user, role=Role.ANALYST)
    refused(lambda: BlindStudy.objects.create(study=study))
