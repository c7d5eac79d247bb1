"""The first page: what waits, which projects, and what is said where there is nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from projects import direct, home_hooks
from projects.home_hooks import Panel
from projects.models import Rater, Role, StudyRole
from projects.services.people import add_roles
from projects.services.projects import create_project


def test_home_asks_strangers_to_log_in():
    assert Client().get("/").url == "/accounts/login/?next=/"


def test_home_shows_where_to_go_on(world, make_study, make_part):
    study = make_study(world, units=10, places=20)
    make_part(world, study, world.rater, submitted=4)
    page = world.client("rater").get("/")
    (part,) = page.context["parts"]
    assert (part.submitted, part.limit, page.context["lead"]) == (4, 10, part.pk)
    text = page.content.decode()
    assert text.count(f'<a class="button primary" href="/rate/{study.token}/">Go on') == 1


def test_home_has_one_primary_button_for_many_studies(world, make_study, make_part):
    for name in ("One", "Two", "Three"):
        make_part(world, make_study(world, name), world.rater)
    text = world.client("rater").get("/").content.decode()
    assert (text.count('class="button primary" href'), text.count(">Begin<")) == (1, 3)


def test_home_limit_is_what_others_have_left(world, make_study, make_part, new_person):
    add_roles(project=world.project, user=world.nobody, roles=[Role.RATER], actor=world.manager)
    study = make_study(world, units=10, places=12)
    make_part(world, study, world.rater, submitted=4)
    make_part(world, study, world.nobody, submitted=7)
    (part,) = world.client("rater").get("/").context["parts"]
    assert part.limit == part.share == 5


def test_home_shows_an_even_share_of_the_places(world, make_study, make_part, new_person):
    study = make_study(world, units=64, places=128)
    parts = []
    for user, submitted in ((world.rater, 36), (world.nobody, 32), (new_person("third@example.org"), 0)):
        add_roles(project=world.project, user=user, roles=[Role.RATER], actor=world.manager)
        parts.append(make_part(world, study, user, submitted=submitted))
    page = world.client("rater").get("/")
    (part,) = page.context["parts"]
    assert (part.limit, part.share) == (64, 43)
    assert "<span>36 of about 43</span>" in page.content.decode()
    # Whoever has left takes no share; what they did stays done.
    StudyRole.objects.filter(pk=parts[1].pk).update(state=StudyRole.State.LEFT)
    (part,) = world.client("rater").get("/").context["parts"]
    assert part.share == 64


def test_home_says_when_a_study_has_nothing_left(world, make_study, make_part):
    study = make_study(world, units=4, places=4)
    make_part(world, study, world.rater, submitted=4)
    page = world.client("rater").get("/")
    assert page.context["lead"] is None
    assert f'href="/rate/{study.token}/done/"' in page.content.decode()


@pytest.mark.parametrize(("state", "shown"), [("draft", 0), ("opening", 0), ("open", 1), ("paused", 1), ("closed", 0)])
def test_home_shows_studies_that_are_open_or_paused(world, make_study, make_part, state, shown):
    make_part(world, make_study(world, state=state), world.rater)
    assert len(world.client("rater").get("/").context["parts"]) == shown


def test_home_shows_no_study_that_was_left_or_whose_rater_rests(world, make_study, make_part):
    part = make_part(world, make_study(world), world.rater)
    client = world.client("rater")
    StudyRole.objects.filter(pk=part.pk).update(state="left")
    left = len(client.get("/").context["parts"])
    StudyRole.objects.filter(pk=part.pk).update(state="active")
    Rater.objects.filter(pk=part.rater_id).update(active=False)
    assert (left, len(client.get("/").context["parts"])) == (0, 0)


def test_home_shows_why_a_study_is_paused(world, make_study, make_part):
    study = make_study(world, state="paused")
    study.pause_message = "Back on Monday."
    study.save()
    make_part(world, study, world.rater)
    text = world.client("rater").get("/").content.decode()
    assert (text.count("Back on Monday."), text.count('class="button primary" href')) == (1, 0)


@pytest.mark.parametrize(
    ("who", "names"),
    [("admin", ["Elsewhere", "Harbour"]), ("manager", ["Harbour"]), ("stranger", ["Elsewhere"]), ("nobody", [])],
)
def test_home_lists_ones_own_projects(world, who, names):
    assert [project.name for project in world.client(who).get("/").context["projects"]] == names


def test_home_counts_open_studies_once_for_many_roles(world, make_study):
    add_roles(project=world.project, user=world.manager, roles=list(Role), actor=world.manager)
    make_study(world, "One")
    make_study(world, "Two", state="draft")
    (project,) = world.client("manager").get("/").context["projects"]
    assert (project.open_count, len(project.own)) == (1, 4)


@pytest.mark.parametrize(
    ("who", "heading"),
    [("nobody", "You are in no project yet"), ("rater", "Nothing waits for you"), ("manager", "Your projects")],
)
def test_home_says_what_to_do_where_nothing_waits(world, who, heading):
    text = world.client(who).get("/").content.decode()
    headings = ["You are in no project yet", "Nothing waits for you", "Begin with a project", "Your projects"]
    found = [line for line in headings if line in text]
    assert found[0] == heading
    assert ("New project" in text) == (who == "manager")


def test_home_of_an_admin_without_projects_begins_with_one(admin_user_alone):
    text = admin_user_alone.get("/").content.decode()
    assert (text.count("Begin with a project"), text.count('class="button primary" href="/projects/new/"')) == (1, 1)


@pytest.fixture
def admin_user_alone(db, django_user_model):
    client = Client()
    admin = django_user_model.objects.create_superuser("solo@example.org", "x")
    client.force_login(admin, backend="projects.backends.AccountBackend")
    return client


def disputes(user):
    """Stand for another app's hook."""
    return [Panel(title=f"Dispute for {user.name}", url="/somewhere/", action="Settle", meta=("2 votes", "3 days"))]


def test_home_shows_what_other_apps_put_there(world, settings):
    settings.CONCORD_HOME_PANELS = [f"{__name__}.disputes", f"{__name__}.disputes"]
    page = world.client("adjudicator").get("/")
    assert [panel.title for panel in page.context["panels"]] == ["Dispute for Adjudicator"] * 2
    assert page.content.decode().count('<a class="button" href="/somewhere/">Settle') == 2


def test_home_asks_no_more_for_more_rows(world, make_study, make_part):
    client = world.client("rater")

    def queries():
        with CaptureQueriesContext(connection) as caught:
            client.get("/")
        return len(caught)

    def grow(number):
        make_part(world, make_study(world, f"Study {number}"), world.rater)
        project = create_project(actor=world.admin, name=f"Project {number}")
        add_roles(project=project, user=world.rater, roles=[Role.RATER], actor=world.admin)

    grow(1)
    queries()
    few = queries()
    grow(2)
    grow(3)
    assert queries() == few


def test_where_asking_together_costs_less_what_waits_is_asked_in_one_go(world, monkeypatch):
    client, asked, alone = world.client("manager"), [], []
    together, fetch = direct.fetch_all, direct.fetch
    monkeypatch.setattr(direct, "together", lambda: True)
    monkeypatch.setattr(direct, "fetch_all", lambda *rows: asked.append(len(rows)) or together(*rows))
    monkeypatch.setattr(direct, "fetch", lambda *row: alone.append(row[0]) or fetch(*row))
    waiting = {query.asking(*values)[0] for query, values in home_hooks.questions(world.manager)}
    assert client.get("/").status_code == 200
    assert len(waiting) == 7
    assert max(asked) >= len(waiting) + 3
    assert not waiting & set(alone)
