"""Invitations that name studies: whoever accepts takes part in them, once, and a closed one turns nobody away."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from projects.models import AuditEntry, Invitation, Job, Project, Study, StudyRole
from projects.services import invitations, jobs, parts

pytestmark = pytest.mark.django_db
IMPORT, LIST = "/p/harbour/roster/import/", "/p/harbour/invitations/"
TWO = "code,email\nA1,kim@example.org\nA2,lee@example.org\n"
ACCOUNT = {"name": "Kim", "password": "a long walk by the sea"}


@pytest.fixture
def client(stage):
    return stage.client(stage.manager)


def bulk(client, *studies, text=TWO, **values):
    return client.post(IMPORT, {"text": text, "studies": [row.pk for row in studies], "invite": "on", **values})


def sent() -> dict[str, str]:
    """Let the worker send, and return each address's link."""
    for job in Job.objects.filter(kind="send_invitations", state="queued"):
        assert jobs.run(job.pk).state == "done"
    return {message.to[0]: re.search(r"http://[^/]+(/join/\S+)", message.body)[1] for message in mail.outbox}


def accept(link, email):
    """Follow a link as somebody new."""
    return Client().post(link, {**ACCOUNT, "email": email})


def taking_part(study) -> list[tuple[str, str]]:
    return list(study.roles.order_by("rater__code").values_list("rater__code", "state"))


def studies_of(address) -> set[str]:
    return set(Invitation.objects.get(email=address).studies.values_list("name", flat=True))


def test_whoever_accepts_a_bulk_invitation_takes_part_in_its_studies(stage, client) -> None:
    opened, draft = stage.study(name="Opened"), stage.draft(name="Drafted")
    stage.study(name="Not named")
    look = bulk(client, opened, draft)
    assert [line.invited for line in look.context["lines"]] == [True, True]
    assert set(look.context["form"].cleaned_data["studies"]) == {opened, draft}
    assert bulk(client, opened, draft, keep="1").status_code == 302
    links = sent()
    # A draft is nobody's to see but the managers'.
    assert all(("Opened" in message.body, "Drafted" in message.body) == (True, False) for message in mail.outbox)
    page = Client().get(links["kim@example.org"]).content.decode()
    assert ("Opened" in page, "Drafted" in page) == (True, False)
    assert taking_part(opened) == []
    assert accept(links["kim@example.org"], "kim@example.org").status_code == 302
    assert [taking_part(row) for row in Study.objects.order_by("name")] == [[("A1", "active")], [], [("A1", "active")]]


def test_the_link_clicked_twice_and_the_file_sent_twice_change_nothing_more(stage, client) -> None:
    study = stage.study(name="Opened")
    for _twice in range(2):
        bulk(client, study, keep="1")
    assert (Invitation.objects.count(), Job.objects.filter(kind="send_invitations").count()) == (2, 1)
    links = sent()
    assert [accept(links["kim@example.org"], "kim@example.org").status_code for _ in range(2)] == [302, 410]
    assert taking_part(study) == [("A1", "active")]
    assert AuditEntry.objects.filter(verb="study.part_given").count() == 1


def test_an_open_invitation_in_the_file_gets_the_studies_beside_its_own(stage, client) -> None:
    first, second = stage.draft(name="First"), stage.draft(name="Second")
    bulk(client, first, text="code,email\nA1,kim@example.org\n", keep="1")
    bulk(client, second, keep="1")
    assert studies_of("kim@example.org") == {"First", "Second"}
    assert studies_of("lee@example.org") == {"Second"}


def test_sent_again_it_leads_to_the_same_studies(stage, client) -> None:
    study = stage.study(name="Opened")
    bulk(client, study, keep="1")
    before = sent()
    row = Invitation.objects.get(email="kim@example.org")
    client.post(LIST, {"invitation": row.pk, "act": "again"})
    link = sent()["kim@example.org"]
    assert link != before["kim@example.org"]
    assert accept(before["kim@example.org"], "kim@example.org").status_code == 410
    accept(link, "kim@example.org")
    assert taking_part(study) == [("A1", "active")]


def test_studies_are_chosen_for_invitations_that_are_on_their_way(stage, client) -> None:
    first, second = stage.draft(name="First"), stage.draft(name="Second")
    bulk(client, first, keep="1")
    kim = Invitation.objects.get(email="kim@example.org")
    for _twice in range(2):
        client.post(LIST, {"invitation": kim.pk, "act": "studies", "studies": [second.pk]})
    assert (studies_of("kim@example.org"), studies_of("lee@example.org")) == ({"Second"}, {"First"})
    assert AuditEntry.objects.filter(verb="invitation.studies_named").count() == 2
    client.post(LIST, {"invitation": kim.pk, "act": "studies"})
    assert studies_of("kim@example.org") == set()


def test_closed_and_foreign_studies_cannot_be_named(stage, client) -> None:
    closed = stage.study(name="Closed")
    Study.objects.filter(pk=closed.pk).update(state="closed")
    foreign = stage.draft(name="Foreign")
    Study.objects.filter(pk=foreign.pk).update(project=Project.objects.create(slug="other", name="Other"))
    for study in (closed, foreign):
        assert bulk(client, study, keep="1").context["form"].errors.keys() == {"studies"}
    assert Invitation.objects.count() == 0
    row, _token = invitations.invite(
        project=stage.project, actor=stage.manager, roles=["rater"], studies=[closed, foreign]
    )
    assert row.studies.count() == 0


def test_studies_without_an_invitation_are_asked_about(stage, client) -> None:
    page = client.post(IMPORT, {"text": TWO, "studies": [stage.draft(name="First").pk], "keep": "1"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["studies"])


def test_a_study_closed_meanwhile_turns_nobody_away_and_the_list_says_so(stage, client) -> None:
    study, other = stage.study(name="Opened"), stage.study(name="Other")
    bulk(client, study, other, keep="1")
    links = sent()
    Study.objects.filter(pk=study.pk).update(state="closed")
    assert accept(links["kim@example.org"], "kim@example.org").status_code == 302
    assert (taking_part(study), taking_part(other)) == ([], [("A1", "active")])
    assert AuditEntry.objects.filter(verb="invitation.study_refused").count() == 1
    rows = {row.email: named for row, named in client.get(LIST).context["page_obj"]}
    assert [(one.study.name, one.joined) for one in rows["kim@example.org"]] == [("Opened", False), ("Other", True)]
    assert [(one.study.name, one.joined) for one in rows["lee@example.org"]] == [("Opened", None), ("Other", None)]
    assert client.get(LIST).content.decode().count("not joined") == 1


def test_a_spare_link_does_not_bring_back_whoever_was_taken_out(stage) -> None:
    study = stage.study(stage.rater("R1"), name="Opened")
    part = StudyRole.objects.get(study=study)
    parts.leave(part, actor=stage.manager)
    row, _token = invitations.invite(project=stage.project, actor=stage.manager, roles=["rater"], studies=[study])
    invitations.join(invitation=row, user=part.user)
    assert taking_part(study) == [("R1", "left")]


def test_only_raters_take_part_by_invitation(stage, client) -> None:
    study = stage.draft(name="First")
    path = "/p/harbour/invitations/new/"
    page = client.post(path, {"roles": ["analyst"], "studies": [study.pk]})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["studies"])
    made = client.post(path, {"roles": ["rater", "analyst"], "studies": [study.pk]})
    assert (made.status_code, [one.study for one in made.context["studies"]]) == (201, [study])
    shown = client.get("/p/harbour/people/").context["open_invitations"]
    assert [[one.study.name for one in named] for _row, named in shown] == [["First"]]


def test_a_study_tells_who_comes_by_invitation_and_is_chosen_on_the_way_there(stage, client) -> None:
    study = stage.study(name="Opened")
    bulk(client, study, keep="1")
    page = client.get(f"/p/harbour/studies/{study.slug}/people/").content.decode()
    assert "2 invited people join this study" in page
    assert "have not joined the project yet" not in page
    for path in (IMPORT, "/p/harbour/invitations/new/"):
        assert f'href="{path}?study={study.slug}"' in page
        assert client.get(f"{path}?study={study.slug}").context["form"].initial["studies"] == [study]


def test_the_list_asks_as_often_for_one_invitation_as_for_three(stage, client) -> None:
    study = stage.draft(name="First")
    counts = []
    for name in "abc":
        row, _token = invitations.invite(
            project=stage.project, actor=stage.manager, roles=["rater"], email=f"{name}@example.org", studies=[study]
        )
        invitations.join(invitation=row, user=stage.user(name))
        client.get(LIST)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[2]
