"""The roster: listed in few queries, as a file both ways, whole or not at all, and by invitation."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core import mail

from campaign.models import Availability
from campaign.services import roster_files
from projects.models import AuditEntry, Invitation, Job, Rater
from projects.services import invitations, jobs

pytestmark = pytest.mark.django_db
HEAD = "code,email,languages,group,qualification,hours,from,until,status,note\n"


@pytest.fixture
def client(stage):
    return stage.client(stage.manager)


def send(client, text, path="/p/harbour/roster/import/", **values):
    return client.post(path, {"text": text, **values})


def test_the_list_asks_as_often_for_one_rater_as_for_three(stage, client, django_assert_max_num_queries) -> None:
    counts = []
    for code in ("R1", "R2", "R3"):
        rater = stage.rater(code, ["en"], group="expert")
        Availability.objects.create(rater=rater, hours=5)
        with django_assert_max_num_queries(20) as found:
            assert client.get("/p/harbour/roster/").status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[2]


def test_states_and_filters(stage, client) -> None:
    stage.rater("R1", ["en"], group="expert")
    gone = stage.rater("R2", ["zh"])
    Rater.objects.filter(pk=gone.pk).update(active=False)
    Availability.objects.create(rater=stage.rater("R3"), until=date(2020, 1, 1))
    Rater.objects.create(project=stage.project, code="R4")
    Rater.objects.create(project=stage.project, code="R5")
    invitations.invite(project=stage.project, actor=stage.manager, roles=["rater"], rater_code="R5")
    Rater.objects.create(project=stage.project, code="M1", nature=Rater.Nature.MODEL)

    def listed(query=""):
        page = client.get(f"/p/harbour/roster/{query}").context["page_obj"]
        return {rater.code: rater.status for rater in page}

    assert listed() == {"R1": "active", "R2": "left", "R3": "away", "R4": "waiting", "R5": "invited"}
    assert list(listed("?status=away")) == ["R3"]
    assert list(listed("?group=expert")) == ["R1"]
    assert list(listed("?language=zh")) == ["R2", "R3", "R4", "R5"]
    assert client.get("/p/harbour/roster/?status=nothing").status_code == 422


def test_a_file_is_looked_at_first_and_nothing_is_kept_by_looking(stage, client) -> None:
    page = send(client, HEAD + "E1,kim@example.org,en zh,expert,nurse,5,2026-11-01,,active,mornings\n")
    assert (page.status_code, page.context["counts"]["new"]) == (200, 1)
    assert Rater.objects.count() == 0
    done = send(client, page.context["form"].cleaned_data["text"], keep="1")
    assert (done.status_code, done.url) == (302, "/p/harbour/roster/")
    rater = Rater.objects.get()
    assert (rater.code, rater.languages, rater.group, rater.qualification) == ("E1", ["en", "zh"], "expert", "nurse")
    assert (rater.availability.hours, rater.availability.since) == (5, date(2026, 11, 1))


def test_one_wrong_line_keeps_everything_out(stage, client) -> None:
    stage.rater("R9")
    text = HEAD + "\n".join(
        [
            "E1,,en,expert,,,,,,",
            "E2,nobody,english!,,,a lot,tomorrow,,gone,",
            "E1,,,,,,,,,",
            ",r9@example.org,,,,,2026-02-02,2026-01-01,,",
            ",,,,,,,,,",
            "-E,,,,,200,,,,",
        ]
    )
    page = send(client, text, keep="1")
    assert page.status_code == 422
    assert [len(line.errors) for line in page.context["lines"]] == [0, 5, 1, 1, 1, 2]
    assert Rater.objects.count() == 1


def test_raters_who_are_there_change_only_when_asked(stage, client) -> None:
    rater = stage.rater("R1", ["en"], group="student")
    text = "code,group,hours\nR1,expert,4\n"
    page = send(client, text)
    assert [line.fate for line in page.context["lines"]] == ["kept"]
    send(client, text, keep="1")
    rater.refresh_from_db()
    assert rater.group == "student"
    send(client, text, keep="1", update="on")
    rater.refresh_from_db()
    # What the file does not speak of stays.
    assert (rater.group, rater.languages, rater.availability.hours) == ("expert", ["en"], 4)


def test_an_exported_roster_imports_as_it_is(stage, client) -> None:
    rater = stage.rater("R1", ["en", "zh"], group="=expert")
    Availability.objects.create(rater=rater, hours=3, away=True, note="back in May")
    text = b"".join(client.get("/p/harbour/roster/export/").streaming_content).decode("utf-8-sig")
    assert "r1@example.org" in text
    lines = roster_files.read(stage.project, text, update=True, invite=True)
    assert [(line.fate, line.errors, line.invited) for line in lines] == [("same", [], False)]
    assert AuditEntry.objects.filter(verb="roster.exported").count() == 1


@pytest.mark.parametrize("text", ["name,group\nx,y\n", "code,salary\nR1,5\n", "", "\n\n"])
def test_what_is_no_roster_is_refused(client, text) -> None:
    page = send(client, text)
    assert page.status_code == 422
    assert page.context["form"].errors


def test_codes_that_are_missing_are_given(stage, client) -> None:
    stage.rater("R1")
    send(client, "code,email\nR2,\n,kim@example.org\n", keep="1")
    assert list(Rater.objects.order_by("code").values_list("code", flat=True)) == ["R1", "R2", "R3"]


def test_everybody_with_an_address_is_sent_a_link_of_their_own(stage, client, settings) -> None:
    stage.rater("R1")
    text = "code,email\nA1,kim@example.org\nA2,lee@example.org\nA3,\nR1,r1@example.org\n"
    done = send(client, text, keep="1", invite="on")
    assert (done.status_code, done.url) == (302, "/p/harbour/invitations/")
    job = Job.objects.get(kind="send_invitations")
    assert jobs.run(job.pk).state == "done"
    assert [message.to for message in mail.outbox] == [["kim@example.org"], ["lee@example.org"]]
    links = [re.search(r"http\S+/join/(\S+)/", message.body)[1] for message in mail.outbox]
    assert [invitations.find(token).rater_code for token in links] == ["A1", "A2"]
    # Started over, nobody gets a second one.
    Job.objects.filter(pk=job.pk).update(state="queued")
    jobs.run(job.pk)
    assert len(mail.outbox) == 2
    # And nobody who has an open invitation is invited again by a second import.
    assert [line.invited for line in roster_files.read(stage.project, text, update=True, invite=True)] == [False] * 4


def test_where_mail_reaches_nobody_the_links_are_shown(stage, client, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    page = send(client, "code,email\nA1,kim@example.org\n", keep="1", invite="on")
    [link] = page.context["links"]
    assert page.status_code == 201
    assert link.url in page.content.decode()
    assert invitations.find(link.url.rstrip("/").rpartition("/")[2]).email == "kim@example.org"


def test_invitations_are_sent_again_with_new_links_and_withdrawn(stage, client, settings) -> None:
    row, token = invitations.invite(
        project=stage.project, actor=stage.manager, roles=["rater"], email="kim@example.org"
    )
    path = "/p/harbour/invitations/"
    assert client.post(path, {"invitation": row.pk, "act": "again"}).status_code == 302
    jobs.run(Job.objects.get(kind="send_invitations").pk)
    assert len(mail.outbox) == 1
    assert invitations.find(token) is None
    client.post(path, {"invitation": row.pk, "act": "withdraw"})
    assert Invitation.objects.get().revoked_at is not None
    assert len(client.get(path + "?state=open").context["page_obj"].object_list) == 0
    assert len(client.get(path + "?state=spent&q=kim").context["page_obj"].object_list) == 1


def test_invitations_of_another_project_are_out_of_reach(stage, client) -> None:
    from projects.models import Project

    other = Project.objects.create(slug="other", name="Other")
    row, _token = invitations.invite(project=other, actor=stage.manager, roles=["rater"], email="kim@example.org")
    client.post("/p/harbour/invitations/", {"invitation": row.pk, "act": "withdraw"})
    row.refresh_from_db()
    assert row.revoked_at is None


def test_what_is_known_of_a_rater_is_changed_on_one_page(stage, client) -> None:
    rater = stage.rater("R1")
    path = f"/p/harbour/roster/{rater.pk}/"
    wrong = {"code": "R1", "since": "2026-02-02", "until": "2026-01-01"}
    assert list(client.post(path, wrong).context["form"].errors) == ["until"]
    good = {"code": "R7", "languages": "en", "group": "expert", "hours": 6, "away": "on", "active": "on"}
    assert client.post(path, good).status_code == 302
    rater = Rater.objects.get(pk=rater.pk)
    assert (rater.code, rater.group, rater.availability.hours, rater.availability.away) == ("R7", "expert", 6, True)


def test_two_hundred_raters_are_imported_in_few_statements(stage, client, django_assert_max_num_queries) -> None:
    text = "code,email,languages\n" + "".join(f"X{n},x{n}@example.org,en\n" for n in range(200))
    with django_assert_max_num_queries(60):
        send(client, text, keep="1", invite="on")
    assert (Rater.objects.count(), Invitation.objects.count()) == (200, 200)
    page = client.get("/p/harbour/roster/").context["page_obj"]
    assert (len(page.object_list), page.paginator.count) == (50, 200)
