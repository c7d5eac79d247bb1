"""The pages of projects, members and raters: who gets in, what they see, what a wrong form does."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.models import Project, Rater, Role
from projects.services.invitations import invite
from projects.services.people import add_roles, remove_member
from projects.services.raters import RaterDetails

EVERYBODY = ("admin", "manager", "adjudicator", "analyst", "rater", "stranger", "nobody", "anonymous")
TO_LOGIN = 302


def statuses(allowed, refused):
    """Return what each of EVERYBODY gets: `allowed` names those let in, `refused` the members kept out."""
    return {
        who: 200 if who in allowed else 403 if who in refused else TO_LOGIN if who == "anonymous" else 404
        for who in EVERYBODY
    }


MANAGERS = statuses({"admin", "manager"}, {"adjudicator", "analyst", "rater"})
PAGES = {
    "": statuses({"admin", "manager", "adjudicator", "analyst", "rater"}, ()),
    "people/": statuses({"admin", "manager", "adjudicator", "analyst"}, {"rater"}),
    "edit/": MANAGERS,
    "people/{member}/": MANAGERS,
    "raters/new/": MANAGERS,
    "raters/{rater}/": MANAGERS,
    "invitations/new/": MANAGERS,
    "audit/": MANAGERS,
}


@pytest.mark.parametrize("path", PAGES)
def test_people_pages_open_to_those_they_are_for(world, path):
    url = world.url(path.format(member=world.rater.pk, rater=world.coded(world.rater).pk))
    assert {who: world.client(who).get(url).status_code for who in EVERYBODY} == PAGES[path]


@pytest.mark.parametrize("path", ["people/{member}/remove/", "invitations/{invitation}/revoke/"])
def test_people_verbs_open_to_managers_only(world, path):
    invitation, _ = invite(project=world.project, actor=world.manager, roles=[Role.RATER])
    url = world.url(path.format(member=world.rater.pk, invitation=invitation.pk))
    got = {who: world.client(who).post(url).status_code for who in EVERYBODY if who not in {"admin", "manager"}}
    assert got == {who: status for who, status in MANAGERS.items() if status != 200}
    assert world.client("manager").get(url).status_code == 405
    assert world.client("manager").post(url).status_code == 302


@pytest.mark.parametrize("path", ["people/{pk}/", "people/{pk}/remove/"])
def test_people_pages_know_nobody_from_elsewhere(world, path):
    for person in (world.stranger, world.nobody):
        assert world.client("manager").post(world.url(path.format(pk=person.pk))).status_code == 404
    assert world.client("manager").post(world.url(path.format(pk=10**17))).status_code == 404


def test_people_page_tells_managers_who_is_behind_a_code(world):
    text = world.client("manager").get(world.url("people/")).content.decode()
    assert (text.count("rater@example.org"), text.count(">R1<")) == (1, 1)


@pytest.mark.parametrize("who", ["adjudicator", "analyst"])
def test_people_page_tells_others_codes_but_no_rater(world, who):
    page = world.client(who).get(world.url("people/"))
    text = page.content.decode()
    assert text.count(">R1<") == 1
    assert [name for name in ("Rater<", "rater@", "Roles<") if name in text] == []
    assert [user.name for user in page.context["managers"]] == ["Manager"]


@pytest.mark.parametrize(
    ("who", "links"),
    [
        ("manager", {"", "people/", "audit/"}),
        ("adjudicator", {"", "people/"}),
        ("analyst", {"", "people/"}),
        ("rater", {""}),
    ],
)
def test_project_nav_leads_where_the_role_may_go(world, who, links):
    text = world.client(who).get(world.url()).content.decode()
    nav = text[text.index('<nav class="nav-line"') : text.index("</nav>", text.index('<nav class="nav-line"'))]
    own = {path for path in ("", "people/", "audit/") if f'href="{world.url(path)}"' in nav}
    assert own == links
    assert nav.count('aria-current="page"') == 1


def queries(client, url):
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("path", ["", "people/", "audit/"])
def test_project_pages_ask_no_more_for_more_people(world, path, new_person, make_study, make_part):
    def grow(number):
        user = new_person(f"more{number}")
        add_roles(project=world.project, user=user, roles=[Role.RATER, Role.ANALYST], actor=world.manager)
        invite(project=world.project, actor=world.manager, roles=[Role.RATER])
        part = make_study(world, f"Study {number}")
        make_part(world, part, user, 2)

    grow(1)
    client = world.client("manager")
    queries(client, world.url(path))
    few = queries(client, world.url(path))
    grow(2)
    grow(3)
    assert queries(client, world.url(path)) == few


def test_member_roles_are_saved_on_the_page(world):
    url = world.url(f"people/{world.analyst.pk}/")
    response = world.client("manager").post(url, {"roles": ["adjudicator", "rater"]})
    assert response.url == world.url("people/")
    roles = world.project.memberships.filter(user=world.analyst).values_list("role", flat=True)
    assert sorted(roles) == ["adjudicator", "rater"]


@pytest.mark.parametrize(("who", "roles"), [("analyst", []), ("manager", ["analyst"]), ("analyst", ["owner"])])
def test_member_page_refuses_no_role_and_no_manager(world, who, roles):
    person = getattr(world, who)
    response = world.client("manager").post(world.url(f"people/{person.pk}/"), {"roles": roles})
    assert response.status_code == 422
    assert response.context["form"]["roles"].value() == roles
    kept = world.project.memberships.filter(user=person).values_list("role", flat=True)
    assert list(kept) == [who]


def test_member_who_gives_up_managing_lands_where_they_may_be(world):
    add_roles(project=world.project, user=world.analyst, roles=[Role.MANAGER], actor=world.manager)
    url = world.url(f"people/{world.manager.pk}/")
    assert world.client("manager").post(url, {"roles": ["rater"]}).url == world.url()


def test_member_is_removed_on_the_page(world):
    response = world.client("manager").post(world.url(f"people/{world.rater.pk}/remove/"))
    assert response.url == world.url("people/")
    assert world.client("rater").get(world.url()).status_code == 404
    assert world.coded(world.rater).active is False


def test_member_who_removes_themselves_lands_at_home(world):
    add_roles(project=world.project, user=world.analyst, roles=[Role.MANAGER], actor=world.manager)
    assert world.client("manager").post(world.url(f"people/{world.manager.pk}/remove/")).url == "/"


def test_member_page_keeps_the_last_manager(world):
    client = world.client("manager")
    url = world.url(f"people/{world.manager.pk}/")
    assert client.get(url).context["last_manager"] is True
    assert client.post(url + "remove/", follow=True).redirect_chain == [(url, 302)]
    assert world.project.memberships.filter(user=world.manager).count() == 1


def test_rater_without_account_is_made_on_the_page(world):
    data = {"code": "", "nature": "person", "languages": "en, 中文, en", "qualification": "nurse", "group": "expert"}
    assert world.client("manager").post(world.url("raters/new/"), data).url == world.url("people/")
    made = Rater.objects.get(code="R2")
    values = (made.user, made.nature, made.languages, made.qualification, made.group, made.active)
    assert values == (None, "person", ["en", "zh"], "nurse", "expert", True)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "R1"}, "code"),
        ({"code": "two words"}, "code"),
        ({"code": "-1"}, "code"),
        ({"nature": "ghost"}, "nature"),
        ({"languages": "english please"}, "languages"),
        ({"group": "g" * 61}, "group"),
    ],
)
def test_rater_page_keeps_what_was_typed_when_it_is_wrong(world, wrong, field):
    data = {"code": "E1", "nature": "person", "languages": "en", "qualification": "nurse", "group": "expert"} | wrong
    response = world.client("manager").post(world.url("raters/new/"), data)
    form = response.context["form"]
    assert (response.status_code, list(form.errors)) == (422, [field])
    assert {name: form[name].value() for name in data} == data
    assert world.project.raters.count() == 1


def test_rater_is_changed_on_the_page(world):
    rater = world.coded(world.rater)
    data = {"code": "E1", "languages": "", "qualification": "", "group": "student"}
    world.client("manager").post(world.url(f"raters/{rater.pk}/"), data)
    rater.refresh_from_db()
    assert (rater.code, rater.languages, rater.group, rater.active) == ("E1", [], "student", False)
    assert rater.user == world.rater


def test_rater_of_another_project_is_unknown(world):
    foreign = Rater.objects.create(project=world.other, code="R1")
    assert world.client("manager").get(world.url(f"raters/{foreign.pk}/")).status_code == 404


def test_people_of_a_large_project_come_in_pages(world, new_person):
    """Members, raters and invitations have pages of their own; turning one leaves the others where they are."""
    for n in range(30):
        add_roles(project=world.project, user=new_person(f"x{n:02}"), roles=[Role.RATER, Role.ANALYST], actor=None)
        invite(project=world.project, actor=world.manager, roles=[Role.RATER], email=f"i{n}@example.org")
    client, url = world.client("manager"), world.url("people/")
    first = client.get(url, {"page": 2})
    names = [str(row.user) for row in first.context["members"]]
    assert (len(names), names) == (25, sorted(names))
    more = [client.get(url, {"members": page}) for page in (1, 2)]
    everybody = [str(row.user) for page in more for row in page.context["members"]]
    there = world.project.memberships.values("user").distinct().count()
    assert len(everybody) == len(set(everybody)) == there
    roles = {row.user.email: row.roles for row in more[1].context["members"]}
    assert roles["x29@example.org"] == [Role.ANALYST.label, Role.RATER.label]
    assert [len(client.get(url, {"page": page}).context["page_obj"]) for page in (1, 2)] == [25, 6]
    shown = [len(client.get(url, {"invitations": page}).context["open_invitations"]) for page in (1, 2)]
    assert shown == [25, 5]
    text = first.content.decode()
    assert "?page=2&amp;members=2#members" in text
    assert "?page=2&amp;invitations=2#invitations" in text
    assert 'aria-label="Pages: Members"' in text


def test_project_overview_shows_the_studies_and_how_far_they_are(world, make_study, make_part):
    study = make_study(world, places=20)
    make_part(world, study, world.rater, submitted=7)
    context = world.client("analyst").get(world.url()).context
    assert [(row.name, row.done) for row in context["studies"]] == [("First round", 7)]
    assert context["counts"] == {"datasets": 1, "people": 4, "raters": 1}
    assert context["fresh"] is False


def test_project_overview_leads_to_the_studies_it_does_not_show(world, make_study):
    for n in range(26):
        last = make_study(world, f"Study {n:02}")
    page = world.client("manager").get(world.url())
    shown = [row.name for row in page.context["studies"]]
    assert (len(shown), shown[0], "Study 00" in shown) == (25, last.name, False)
    assert 'studies/">All studies</a>' in page.content.decode()
    last.delete()
    assert "All studies" not in world.client("manager").get(world.url()).content.decode()


def test_project_overview_counts_surplus_for_no_place(world, make_study, make_part):
    study = make_study(world, places=5)
    make_part(world, study, world.rater, submitted=7)
    assert world.client("analyst").get(world.url()).context["studies"][0].done == 5


def test_project_overview_shows_raters_their_own_work_alone(world, make_study, make_part):
    make_study(world, "Not theirs")
    make_part(world, make_study(world, "Theirs"), world.rater)
    page = world.client("rater").get(world.url())
    text = page.content.decode()
    assert [part.study.name for part in page.context["parts"]] == ["Theirs"]
    assert ("Not theirs" in text, "studies" in page.context, "counts" in page.context) == (False, False, False)


def test_project_overview_tells_a_manager_what_to_do_next(world):
    remove_member(project=world.project, user=world.rater, actor=world.manager)
    page = world.client("manager").get(world.url())
    assert (page.context["fresh"], page.context["counts"]["raters"]) == (True, 0)
    assert "Next steps" in page.content.decode()
    assert world.client("analyst").get(world.url()).context["fresh"] is False


def test_project_overview_renders_notices_safely(world):
    Project.objects.update(content_notice="**Hard** texts <script>alert(1)</script>", description="<b>bold</b>")
    text = world.client("rater").get(world.url()).content.decode()
    assert "<strong>Hard</strong>" in text
    assert ("<script>alert" in text, "<b>bold" in text) == (False, False)


@pytest.mark.parametrize(
    ("who", "status"),
    [("admin", 200), ("manager", 200), ("analyst", 403), ("rater", 403), ("nobody", 403), ("anonymous", 302)],
)
def test_project_new_opens_to_admins_and_managers(world, who, status):
    assert world.client(who).get("/projects/new/").status_code == status


def test_project_is_made_on_the_page(world):
    response = world.client("manager").post("/projects/new/", {"name": "Night shift", "description": "What helps."})
    assert response.url == "/p/night-shift/"
    assert Project.objects.get(slug="night-shift").description == "What helps."


@pytest.mark.parametrize("wrong", [{"name": ""}, {"slug": "harbour"}, {"slug": "not a slug"}])
def test_project_new_keeps_what_was_typed_when_it_is_wrong(world, wrong):
    data = {"name": "Night shift", "slug": "night", "description": "What helps."} | wrong
    response = world.client("manager").post("/projects/new/", data)
    form = response.context["form"]
    assert (response.status_code, list(form.errors)) == (422, list(wrong))
    assert {name: form[name].value() for name in data} == data


def test_project_is_described_anew_on_the_page(world):
    data = {"name": "Harbour", "description": "", "content_notice": "Hard texts.", "help_text": "0800 000"}
    assert world.client("manager").post(world.url("edit/"), data).url == world.url()
    world.project.refresh_from_db()
    assert (world.project.description, world.project.help_text) == ("", "0800 000")


def test_project_edit_keeps_what_was_typed_when_it_is_wrong(world):
    response = world.client("manager").post(world.url("edit/"), {"name": "", "description": "New words."})
    assert (response.status_code, response.context["form"]["description"].value()) == (422, "New words.")
    world.project.refresh_from_db()
    assert world.project.description == "Night messages."


def test_rater_details_default_to_nothing():
    assert RaterDetails().values() == {"languages": [], "qualification": "", "group": "", "active": True}
