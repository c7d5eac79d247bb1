"""The audit log: nothing changes it, a manager can read it, log-ins are in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from annotation.models import RemovalReason, Resolution
from projects.models import AuditEntry, Role
from projects.services import datasets
from projects.services.audit import record
from projects.services.people import add_roles, remove_member
from projects.services.projects import FIELDS, change_project
from projects.services.raters import RaterDetails
from projects.views import audit_details
from projects.views.audit import A_PAGE


def raw(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


CHANGES = {
    "update": "UPDATE projects_auditentry SET verb = 'nothing.happened'",
    "delete": "DELETE FROM projects_auditentry",
}
# SQLite's own test database is emptied by DELETE, so only PostgreSQL refuses that as well.
REFUSED = {"sqlite": ["update"], "postgresql": ["update", "delete"]}


def test_audit_entries_cannot_be_changed_in_the_database(world):
    before = list(AuditEntry.objects.order_by("pk").values())
    for change in REFUSED[connection.vendor]:
        with pytest.raises(DatabaseError, match="append-only"):
            raw(CHANGES[change])
    assert list(AuditEntry.objects.order_by("pk").values()) == before


def test_audit_entries_cannot_be_changed_by_the_models(world):
    entry = AuditEntry.objects.latest("pk")
    for change in (entry.save, entry.delete, AuditEntry.objects.all().delete, AuditEntry.objects.update):
        with pytest.raises(TypeError, match="append-only"):
            change()


def test_audit_entries_keep_ids_where_names_were(world):
    add_roles(project=world.project, user=world.nobody, roles=[Role.ANALYST], actor=world.manager)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.actor_id, entry.target_type, entry.target_id, entry.project_id) == (
        "membership.added",
        world.manager.pk,
        "user",
        world.nobody.pk,
        world.project.pk,
    )
    assert sorted(entry.data) == ["membership", "role"]


def lines(response):
    return [(line.who, line.what, line.target) for line in response.context["lines"]]


def test_audit_page_says_who_did_what_to_whom_from_where(world):
    world.client("manager").post(world.url(f"people/{world.rater.pk}/remove/"), REMOTE_ADDR="10.1.2.3")
    response = world.client("manager").get(world.url("audit/"))
    newest = response.context["lines"][:2]
    assert [(line.who, line.what, line.kind, line.target, line.ip) for line in newest] == [
        ("Manager", "rater set at rest", "rater", "R1", "10.1.2.3"),
        ("Manager", "role taken", "account", "Rater", "10.1.2.3"),
    ]
    assert newest[1].details == ["role: rater"]


def test_audit_page_keeps_numbers_for_what_is_gone(world):
    record("dataset.created", actor=None, project=world.project, target=world.other)
    remove_member(project=world.project, user=world.rater, actor=world.manager)
    entry = record("import.started", actor=world.manager, project=world.project, target=world.coded(world.rater))
    world.coded(world.rater).delete()
    shown = lines(world.client("manager").get(world.url("audit/")))
    assert shown[0] == ("Manager", "import started", f"#{entry.target_id}")
    assert ("the system", "data set created", "Elsewhere") in shown


def test_audit_page_shows_this_project_alone(world):
    change_project(project=world.other, actor=world.stranger, description="Secret plans.")
    text = world.client("manager").get(world.url("audit/")).content.decode()
    assert "Stranger" not in text


def test_audit_page_shows_an_unknown_verb_as_it_is(world):
    record("coffee.made_twice", actor=None, project=world.project)
    assert lines(world.client("manager").get(world.url("audit/")))[0] == ("the system", "coffee made twice", "")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"verb": "membership.added", "person": "admin"}, [("Manager", ["role: manager"])]),
        (
            {"verb": "membership.added", "person": "manager"},
            [("Rater", ["role: rater"]), ("Analyst", ["role: analyst"]), ("Adjudicator", ["role: adjudicator"])],
        ),
        ({"verb": "project.created"}, [("Harbour", [])]),
        ({"verb": "project.changed"}, [("Harbour", ["changed: description"])]),
    ],
)
def test_audit_page_filters_by_verb_and_person(world, query, expected):
    change_project(project=world.project, actor=world.manager, description="x")
    if "person" in query:
        query = query | {"person": getattr(world, query["person"]).pk}
    shown = world.client("manager").get(world.url("audit/"), query).context["lines"]
    got = [(line.target, line.details) for line in shown]
    assert got == expected


def test_audit_page_filters_by_day_in_the_sites_time_zone(world, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    midnight = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    for offset, verb in ((-1, "a.before"), (0, "b.first"), (86399, "c.last"), (86400, "d.after")):
        AuditEntry(project_id=world.project.pk, verb=verb, at=midnight + timedelta(seconds=offset)).save()
    query = {"since": "2026-03-10", "until": "2026-03-10"}
    shown = lines(world.client("manager").get(world.url("audit/"), query))
    assert [what for _, what, _ in shown] == ["c last", "b first"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "2026-03-10", "until": "2026-03-09"}, "until"),
        ({"since": "yesterday"}, "since"),
        ({"verb": "no.such"}, "verb"),
        ({"person": "99999999"}, "person"),
    ],
)
def test_audit_page_keeps_a_wrong_filter(world, query, field):
    response = world.client("manager").get(world.url("audit/"), query)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert {name: response.context["form"][name].value() for name in query} == query
    assert response.context["lines"] == []


def fill(world, count):
    for number in range(count):
        record("study.opened", actor=world.manager, project=world.project, number=number)


def test_audit_pages_follow_each_other_without_gap_while_the_log_grows(world):
    fill(world, A_PAGE + 20)
    client = world.client("manager")
    first = client.get(world.url("audit/"), {"verb": "study.opened"})
    fill(world, 5)
    second = client.get(world.url("audit/"), {"verb": "study.opened", "before": first.context["older"]})
    numbers = [line.details for page in (first, second) for line in page.context["lines"]]
    assert numbers == [[f"version {n}"] for n in range(A_PAGE + 19, -1, -1)]
    assert second.context["older"] is None
    older = f'href="?verb=study.opened&amp;before={first.context["older"]}"'
    assert older in first.content.decode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"how": "removed", "code": "depends_on_values"}, ["removed", "depends on a person's values"]),
        ({"how": "adjudicated", "code": ""}, ["adjudicated"]),
        ({"roles": "rater,analyst"}, ["roles: rater, analyst"]),
        ({"part": "key_holder"}, ["as key-holder"]),
        ({"what": "assignment"}, ["answer"]),
        ({"fields": "help_text,languages"}, ["changed: help lines, languages"]),
        ({"items": 30, "unchanged": 0, "conflicts": 2, "rejected": 1}, ["30 items", "2 in conflict", "1 rejected"]),
        ({"items": 1}, ["1 item"]),
        ({"units": 1}, ["1 unit"]),
        ({"file": "matrix", "format": "csv"}, ["Items by raters", "CSV"]),
        ({"version": 2, "texts": "without"}, ["without the texts", "version 2"]),
        ({"count": 2, "decision": "cleared"}, ["2 places", "harmless"]),
        ({"fields": 3}, ["3 fields"]),
        ({"responses": 1, "rejected": 2}, ["1 response", "2 rejected"]),
        ({"concern": "privacy"}, ["privacy: a name, a place, a contact"]),
        ({"before": 3, "after": 4, "units": 2}, ["2 units"]),
        ({"revision": 2}, ["revision 2"]),
        ({"study": 999}, ["study: #999"]),
        ({"role": "captain", "sugar": "two", "milk": True}, ["role: captain", "milk: True", "sugar: two"]),
    ],
)
def test_audit_details_are_told_in_words(world, data, expected):
    record("coffee.made", actor=None, project=world.project, **data)
    assert world.client("manager").get(world.url("audit/")).context["lines"][0].details == expected


def test_audit_details_name_what_they_refer_to(world):
    dataset = datasets.create(project=world.project, name="Messages", actor=world.manager)
    record("coffee.made", actor=None, project=world.project, dataset=dataset.pk)
    assert world.client("manager").get(world.url("audit/")).context["lines"][0].details == ["data set: Messages"]


def test_every_way_a_dispute_ends_has_words_in_the_audit_log():
    pauses = {"by_rater": "by the rater", "by_manager": "by the manager"}
    assert dict(audit_details.HOW) == dict(Resolution.How.choices) | pauses
    assert dict(audit_details.REMOVAL) == dict(RemovalReason.choices)


def test_everything_of_a_project_that_can_change_has_words_in_the_audit_log():
    assert {*FIELDS, "code", *RaterDetails().values()} == {*audit_details.FIELDS}


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 30])
def test_audit_page_starts_at_the_top_for_a_senseless_address(world, before):
    response = world.client("manager").get(world.url("audit/"), {"before": before})
    assert len(response.context["lines"]) == AuditEntry.objects.filter(project_id=world.project.pk).count()


def test_audit_list_is_a_fragment_for_htmx_and_a_page_for_the_history(world):
    client, url = world.client("manager"), world.url("audit/")
    page = client.get(url).content.decode()
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    restored = client.get(url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="entries">')
    assert ("<html" in part, "<html" in page, "<html" in restored) == (False, True, True)
    assert part.strip() in page


def test_audit_list_as_a_fragment_says_what_is_wrong(world):
    url = world.url("audit/")
    response = world.client("manager").get(url, {"since": "x"}, headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert response.content.decode().count("Nothing was looked up:") == 1


def log_in(client, password, email="nobody@example.org"):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_log_in_and_out_are_recorded(world, password, verbs, last_entry):
    before, client = last_entry(), Client(REMOTE_ADDR="10.1.2.3")
    log_in(client, password)
    client.post("/accounts/logout/")
    assert verbs(before) == ["account.logged_in", "account.logged_out"]
    rows = AuditEntry.objects.filter(pk__gt=before).values_list("actor_id", "target_id", "ip", "project_id")
    assert list(rows) == [(world.nobody.pk, world.nobody.pk, "10.1.2.3", None)] * 2


@pytest.mark.parametrize(("email", "known"), [("Nobody@example.org", True), ("who@example.org", False)])
def test_log_in_that_failed_is_recorded_without_what_was_typed(world, email, known, verbs, last_entry):
    before = last_entry()
    log_in(Client(), "a wrong password", email)
    assert verbs(before) == ["account.login_failed"]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor_id, entry.target_id, entry.data) == (None, world.nobody.pk if known else None, {})


def test_the_administration_has_no_log_in_of_its_own(world, password, verbs, last_entry):
    before = last_entry()
    data = {"username": "admin@example.org", "password": password}
    reply = Client().post("/admin/login/?next=/admin/", data)
    assert (reply.status_code, reply["Location"]) == (302, "/accounts/login/?next=%2Fadmin%2F")
    assert verbs(before) == []


def test_password_change_is_recorded(world, password, verbs, last_entry):
    client, before = world.client("nobody"), last_entry()
    data = {"oldpassword": password, "password1": "another walk by the sea", "password2": "another walk by the sea"}
    client.post("/accounts/password/change/", data)
    assert [verb for verb in verbs(before) if verb == "account.password_changed"] == ["account.password_changed"]


def test_of_very_many_people_the_address_is_typed(world, monkeypatch):
    monkeypatch.setattr("projects.forms.audit.MOST_ACTORS", 1)
    browser = Client()
    browser.force_login(world.manager)
    shown = browser.get("/p/harbour/audit/", {"verb": "membership.added", "person": world.admin.email.upper()})
    everything = browser.get("/p/harbour/audit/", {"verb": "membership.added"})
    assert 0 < len(shown.context["lines"]) < len(everything.context["lines"])
    assert f'value="{world.admin.email.upper()}"' in shown.content.decode()
    strange = browser.get("/p/harbour/audit/", {"person": "nobody@example.org"})
    assert strange.status_code == 422
    assert "Nobody like this can be chosen here: nobody@example.org." in strange.content.decode()
