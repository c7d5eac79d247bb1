"""Projects, members and coded raters: what the services promise."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from projects.models import AuditEntry, Membership, Project, Rater, Role, StudyRole, User
from projects.services import people, projects, raters
from projects.services.invitations import invite
from projects.services.raters import RaterDetails


def roles(world, user):
    return sorted(world.project.memberships.filter(user=user).values_list("role", flat=True))


def test_project_made_by_manager_has_them_as_manager(world, verbs, last_entry):
    before = last_entry()
    project = projects.create_project(actor=world.manager, name="Second Round")
    assert project.slug == "second-round"
    assert list(project.memberships.values_list("user", "role")) == [(world.manager.pk, "manager")]
    assert verbs(before) == ["project.created"]


@pytest.mark.parametrize("who", ["adjudicator", "analyst", "rater", "nobody"])
def test_project_made_by_others_is_refused(world, who):
    count = Project.objects.count()
    with pytest.raises(PermissionDenied):
        projects.create_project(actor=getattr(world, who), name="Mine")
    assert Project.objects.count() == count


def test_project_slug_is_free_even_where_the_name_gives_none(world):
    slugs = [projects.create_project(actor=world.admin, name=name).slug for name in ("Harbour", "海港", "海港")]
    assert len({"harbour", *slugs}) == 4
    assert [slug.rsplit("-", 1)[0] for slug in slugs] == ["harbour", "project", "project"]


def test_project_slug_taken_is_an_error_of_that_field(world):
    with pytest.raises(ValidationError) as caught:
        projects.create_project(actor=world.admin, name="Again", slug="harbour")
    assert list(caught.value.message_dict) == ["slug"]


def test_project_change_logs_fields_and_no_words(world):
    projects.change_project(project=world.project, actor=world.manager, name="Harbour", description="Other words.")
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.data, entry.actor_id) == ("project.changed", {"fields": "description"}, world.manager.pk)
    world.project.refresh_from_db()
    assert world.project.description == "Other words."


def test_project_change_of_nothing_logs_nothing(world, last_entry):
    before = last_entry()
    projects.change_project(project=world.project, actor=world.manager, name="Harbour")
    assert last_entry() == before


def test_rater_role_brings_a_coded_rater(world):
    rater = world.coded(world.rater)
    assert (rater.code, rater.languages, rater.group, rater.active) == ("R1", ["en"], "expert", True)


def test_rater_codes_count_on_from_the_highest_in_use_or_promised(world):
    raters.create_rater(project=world.project, actor=world.manager, details=RaterDetails(), code="R7")
    raters.create_rater(project=world.project, actor=world.manager, details=RaterDetails(), code="R07x")
    invite(project=world.project, actor=world.manager, roles=[Role.RATER], rater_code="R9")
    made = raters.create_rater(project=world.project, actor=world.manager, details=RaterDetails())
    assert made.code == "R10"


@pytest.mark.parametrize("code", ["R1", "R9"])
def test_rater_code_taken_or_promised_is_an_error(world, code):
    invite(project=world.project, actor=world.manager, roles=[Role.RATER], rater_code="R9")
    with pytest.raises(ValidationError) as caught:
        raters.create_rater(project=world.project, actor=world.manager, details=RaterDetails(), code=code)
    assert list(caught.value.message_dict) == ["code"]
    assert world.project.raters.count() == 1


def test_rater_code_is_unique_in_its_project_only(world):
    made = raters.create_rater(project=world.other, actor=world.stranger, details=RaterDetails(), code="R1")
    assert made.project_id == world.other.pk


def test_rater_change_logs_fields(world):
    rater = world.coded(world.rater)
    details = RaterDetails(languages=["zh"], group="expert", active=False)
    raters.change_rater(rater=rater, actor=world.manager, code="E1", details=details)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.data) == ("rater.changed", {"fields": "code,languages,active"})
    rater.refresh_from_db()
    assert (rater.code, rater.languages, rater.active) == ("E1", ["zh"], False)


def test_rater_change_to_anothers_code_is_refused(world):
    other = raters.create_rater(project=world.project, actor=world.manager, details=RaterDetails(), code="R2")
    with pytest.raises(ValidationError):
        raters.change_rater(rater=other, actor=world.manager, code="R1", details=RaterDetails())
    other.refresh_from_db()
    assert other.code == "R2"


def test_member_without_rater_role_keeps_the_coded_rater_at_rest(world, make_study, make_part, verbs, last_entry):
    part = make_part(world, make_study(world), world.rater, submitted=3)
    before = last_entry()
    people.remove_member(project=world.project, user=world.rater, actor=world.manager)
    part.refresh_from_db()
    rater = world.coded(world.rater)
    assert roles(world, world.rater) == []
    assert (rater.code, rater.active, part.state, part.submitted) == ("R1", False, StudyRole.State.LEFT, 3)
    assert verbs(before) == ["membership.removed", "study.part_left", "rater.rested"]


def test_member_who_comes_back_has_the_same_rater(world):
    rater = world.coded(world.rater)
    people.remove_member(project=world.project, user=world.rater, actor=world.manager)
    people.add_roles(project=world.project, user=world.rater, roles=[Role.RATER], actor=world.manager)
    again = world.coded(world.rater)
    assert (again.pk, again.active, again.group) == (rater.pk, True, "expert")


def test_member_with_a_rater_at_rest_does_not_wake_it_with_another_role(world):
    Rater.objects.filter(user=world.rater).update(active=False)
    wanted = [Role.RATER, Role.ANALYST]
    people.set_roles(project=world.project, user=world.rater, roles=wanted, actor=world.manager)
    assert roles(world, world.rater) == ["analyst", "rater"]
    assert world.coded(world.rater).active is False


def test_member_roles_change_by_difference(world, verbs, last_entry):
    before = last_entry()
    wanted = [Role.ADJUDICATOR, Role.RATER]
    people.set_roles(project=world.project, user=world.analyst, roles=wanted, actor=world.manager)
    assert roles(world, world.analyst) == ["adjudicator", "rater"]
    assert verbs(before) == ["membership.removed", "membership.added", "membership.added", "rater.created"]
    assert world.coded(world.analyst).code == "R2"


@pytest.mark.parametrize("wanted", [[], [Role.ANALYST]])
def test_member_who_is_the_last_manager_stays(world, wanted):
    with pytest.raises(ValidationError):
        people.set_roles(project=world.project, user=world.manager, roles=wanted, actor=world.manager)
    assert roles(world, world.manager) == ["manager"]


def test_member_who_is_the_last_manager_able_to_log_in_stays(world):
    people.add_roles(project=world.project, user=world.nobody, roles=[Role.MANAGER], actor=world.manager)
    User.objects.filter(pk=world.nobody.pk).update(is_active=False)
    with pytest.raises(ValidationError):
        people.remove_member(project=world.project, user=world.manager, actor=world.manager)


def test_member_who_manages_beside_another_may_go(world):
    people.add_roles(project=world.project, user=world.nobody, roles=[Role.MANAGER], actor=world.manager)
    people.remove_member(project=world.project, user=world.manager, actor=world.manager)
    assert list(Membership.objects.filter(project=world.project, role="manager").values_list("user", flat=True)) == [
        world.nobody.pk
    ]


@pytest.mark.django_db(transaction=True)
def test_managers_who_remove_each_other_at_once_leave_one(world):
    people.add_roles(project=world.project, user=world.nobody, roles=[Role.MANAGER], actor=world.manager)
    barrier, outcomes = Barrier(2), []

    def remove(user, actor):
        barrier.wait()
        try:
            people.remove_member(project=world.project, user=user, actor=actor)
            outcomes.append("removed")
        except ValidationError:
            outcomes.append("kept")
        finally:
            connection.close()

    pairs = [(world.manager, world.nobody), (world.nobody, world.manager)]
    threads = [Thread(target=remove, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "removed"]
    assert world.project.memberships.filter(role=Role.MANAGER).count() == 1
