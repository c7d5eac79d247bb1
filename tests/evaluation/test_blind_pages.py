"""The pages under a blind study: the design before it opens, words that tell, key-holders, the key."""

from __future__ import annotations

from typing import Any

import pytest
from blind_world import BlindWorld, report_of
from django.db import IntegrityError, transaction

from evaluation.models import LexiconHit, Placement, Response, StudyPlan, Unblinding
from projects import kinds, loop
from projects.models import AuditEntry, Job, Membership, Role, Study, StudyRole, User
from projects.services import jobs, people, studies

pytestmark = pytest.mark.django_db
TELLING = "As an AI language model I cannot feel, but a walk helps. OpenAI made me."


def work_off(kind: str) -> Job:
    """Do the newest job of a kind the way a worker does."""
    job = Job.objects.filter(kind=kind).latest("pk")
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def page_of(study: Study, name: str) -> str:
    """Return the address of a page under a study."""
    return f"/p/{study.project.slug}/studies/{study.slug}/{name}/"


def test_the_design_says_what_a_draft_needs_and_could_show() -> None:
    world = BlindWorld(systems=3, items=4, raters=2)
    study = world.draft(overlap_size=2, raters_per_item=1)
    client, url = world.client(world.manager), page_of(study, "design")
    assert "A worker works it out in a moment." in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    assert work_off("plan_blind_study").state == "done"
    figures = StudyPlan.objects.get(study=study).figures
    # Two items for one rater each, two for both.
    assert (figures["judgements"], figures["units"], figures["items"], figures["shown"]) == (6, 4, 4, 3)
    assert figures["by_role"] == {"main": 2, "overlap": 2}
    assert figures["piloted"] == 0
    assert figures["hours"] == pytest.approx(6 * figures["seconds"] / 3600)
    assert set(figures["expect"]["power"]) == {"slight", "clear"}
    page = client.get(url).content.decode()
    assert "Hours of each rater" in page
    assert "have changed since" not in page
    assert Study.objects.get(pk=study.pk).state == "draft"


def test_a_plan_is_out_of_date_after_a_new_response_or_rater() -> None:
    world = BlindWorld(items=2)
    study = world.draft()
    client, url = world.client(world.manager), page_of(study, "design")
    client.post(url)
    work_off("plan_blind_study")
    world.respond(world.systems[0], world.item(7), "One more.")
    page = client.get(url).content.decode()
    assert "have changed since this was worked out" in page
    assert "1 item lacks a response: q7: Model 1, Model 2." in page


def test_the_pace_is_that_of_the_project_once_there_is_a_pilot() -> None:
    from projects.models import Submission

    world = BlindWorld(items=12, raters=1)
    pilot = world.opened(raters_per_item=1, name="Pilot")
    for _n in range(11):
        held = loop.hold(world.part(pilot, world.raters[0]))[0]
        ranks = {f"rank-{row.token}": str(row.slot) for row in world.placements(held)}
        data = {"client_key": "k", "based_on": "0", **ranks}
        assert world.client(world.raters[0]).post(f"/rate/{pilot.token}/{held.token}/", data).status_code == 302
    # What a browser says of its time is held against the clock.
    assert Submission.objects.update(active_ms=90_000) == 11
    world.client(world.manager).post(page_of(world.draft(name="Next"), "design"))
    work_off("plan_blind_study")
    figures = StudyPlan.objects.get(study__name="Next").figures
    assert (figures["piloted"], figures["seconds"]) == (11, 90.0)


def test_a_study_does_not_open_while_words_that_tell_are_undecided() -> None:
    world = BlindWorld(items=1, systems=2, texts={(0, 0): TELLING})
    study = world.draft()
    job = studies.open_study(study, actor=world.manager)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message[:2]) == ("failed", "2 ")
    assert Study.objects.get(pk=study.pk).state == "draft"
    assert sorted(LexiconHit.objects.values_list("clue", "decision")) == [("self", "open"), ("vendor", "open")]


def test_words_are_cleared_redacted_or_left_and_the_original_is_kept() -> None:
    world = BlindWorld(items=1, systems=2, texts={(0, 0): TELLING})
    study = world.draft()
    client, url = world.client(world.manager), page_of(study, "words")
    assert "Not searched yet" in client.get(url).content.decode()
    client.post(page_of(study, "design"))
    assert work_off("plan_blind_study").message == "2 places in the texts need a decision."
    page = client.get(url).content.decode()
    assert "<mark>OpenAI</mark>" in page
    assert client.post(url, {"decision": "redacted"}).status_code == 422
    own, vendor = LexiconHit.objects.order_by("start")
    assert client.post(url, {"hit": [own.pk], "decision": "flagged"}).status_code == 302
    assert client.post(url, {"hit": [vendor.pk], "decision": "redacted"}).status_code == 302
    response = Response.objects.get(pk=vendor.response_id)
    assert response.text == TELLING
    assert response.shown_text == TELLING.replace("OpenAI", "[…]")
    study = world.open(study)
    held = loop.hold(world.part(study, world.raters[0]))[0]
    shown = world.client(world.raters[0]).get(f"/rate/{study.token}/{held.token}/").content.decode()
    assert "[…] made me." in shown
    assert "OpenAI" not in shown
    # From now on what was decided stands.
    late = client.post(url, {"hit": [vendor.pk], "decision": "cleared"})
    assert late.status_code == 422
    assert "This is not possible while the study is open." in late.content.decode()
    assert LexiconHit.objects.get(pk=vendor.pk).decision == "redacted"


def test_a_redaction_taken_back_gives_the_original_words_again() -> None:
    world = BlindWorld(items=1, systems=2, texts={(0, 0): TELLING})
    study = world.draft()
    client, url = world.client(world.manager), page_of(study, "words")
    client.post(page_of(study, "design"))
    work_off("plan_blind_study")
    hits = list(LexiconHit.objects.values_list("pk", flat=True))
    client.post(url, {"hit": hits, "decision": "redacted"})
    client.post(url, {"hit": hits, "decision": "open"})
    response = Response.objects.get(text=TELLING)
    assert (response.current_id, response.shown_text) == (None, TELLING)
    assert set(LexiconHit.objects.values_list("decision", "decided_at")) == {("open", None)}


def finish(world: BlindWorld, study: Study) -> None:
    """Let every rater rank everything, then close."""
    for rater in world.raters:
        while held := loop.hold(world.part(study, rater)):
            ranks = {f"rank-{row.token}": str(row.slot) for row in world.placements(held[0])}
            data = {"client_key": "k", "based_on": "0", **ranks}
            world.client(rater).post(f"/rate/{study.token}/{held[0].token}/", data)
    studies.close(study, actor=world.manager)


def test_the_key_opens_once_after_closing_for_a_key_holder_with_a_reason() -> None:
    world = BlindWorld(items=1, systems=2)
    study = world.opened()
    holder = world.user("holder", Role.ANALYST)
    manager, keeper = world.client(world.manager), world.client(holder)
    add, turn = page_of(study, "blinding/key-holder"), page_of(study, "blinding/open")
    assert manager.post(add, {"user": holder.pk}).status_code == 302
    early = keeper.post(turn, {"reason": "I am curious."})
    assert early.status_code == 422
    assert "The key stays closed until the study is closed." in early.content.decode()
    finish(world, study)
    refused = manager.post(turn, {"reason": "I am the manager."})
    assert "Only a key-holder of this study can open its key." in refused.content.decode()
    assert keeper.post(turn, {"reason": "  "}).status_code == 422
    before = keeper.get(page_of(study, "blinding")).content.decode()
    assert "Model 0" not in before
    assert "Model" not in str(report_of(study).to_json())
    assert keeper.post(turn, {"reason": "All judgements are in."}).status_code == 302
    row = Unblinding.objects.get(study=study)
    assert (row.by, row.reason) == (holder, "All judgements are in.")
    assert AuditEntry.objects.filter(verb="study.unblinded", actor_id=holder.pk).count() == 1
    assert keeper.post(turn, {"reason": "Again."}).status_code == 422
    assert "Model 0" in keeper.get(page_of(study, "blinding")).content.decode()
    assert "Model 0" in str(report_of(study).to_json())
    key = b"".join(keeper.get(page_of(study, "export")[:-1] + "/key.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Model 0" in key


def test_a_rater_cannot_be_key_holder_whatever_is_tried() -> None:
    world = BlindWorld(items=1)
    study = world.opened()
    user = world.raters[0].user
    assert user is not None
    refused = world.client(world.manager).post(page_of(study, "blinding/key-holder"), {"user": user.pk})
    assert refused.status_code == 422
    with pytest.raises(IntegrityError), transaction.atomic():
        StudyRole.objects.create(study=study, user=user, part="key_holder")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADJUDICATOR, Role.ANALYST])
def test_the_database_refuses_whoever_would_read_what_they_judge(role: Role) -> None:
    from django.core.exceptions import ValidationError

    world = BlindWorld(items=1)
    study = world.opened()
    user = world.raters[0].user
    assert user is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(project=world.project, user=user, role=role)
    with pytest.raises(ValidationError):
        people.add_roles(project=world.project, user=user, roles=[role], actor=world.manager)
    reader = world.rater("R9")
    assert reader.user is not None
    Membership.objects.create(project=world.project, user=reader.user, role=role)
    with pytest.raises(ValidationError):
        studies.add_rater(study, reader, actor=world.manager)
    finish(world, study)
    people.add_roles(project=world.project, user=user, roles=[role], actor=world.manager)
    assert role in people.roles_of(world.project, user)


def test_pages_of_a_blind_study_are_not_there_for_other_kinds(client: Any) -> None:
    from label_world import World

    world = World()
    admin = User.objects.create_superuser("admin@example.org", "a long walk by the sea")
    client.force_login(admin, backend="projects.backends.AccountBackend")
    url = f"/p/{world.project.slug}/studies/{world.study.slug}/blinding/"
    assert client.get(url).status_code == 404


def test_looking_at_every_page_writes_no_placement() -> None:
    world = BlindWorld(items=1)
    study = world.opened()
    client = world.client(world.manager)
    for name in ("design", "words", "blinding", "units", "people"):
        assert client.get(page_of(study, name)).status_code == 200
    assert Placement.objects.count() == 0


# --- explanations ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "shown"), [("ranking", 3), ("comparison", 2), ("rating", 1)])
def test_every_response_stands_with_its_own_explanation_where_that_is_judged(kind: str, shown: int) -> None:
    world = BlindWorld(systems=3, items=1)
    for n, response in enumerate(Response.objects.order_by("pk")):
        Response.objects.filter(pk=response.pk).update(explanation=f"Because of reason {n}.")
    study = world.opened(kind, show_explanation=True)
    page, rows = first_page(world, study)
    assert page.count("Its explanation") == len(rows) == shown
    for row in rows:
        response = row.member.response
        assert response is not None
        assert page.index(response.text) < page.index(response.explanation)


def test_explanations_are_not_shown_where_they_are_not_judged() -> None:
    world = BlindWorld(systems=2, items=1)
    Response.objects.update(explanation="Because of this.")
    page, _rows = first_page(world, world.opened("comparison"))
    assert "explanation" not in page
    assert "Because of this." not in page


def test_a_response_without_explanation_has_the_same_place_for_it_and_the_design_says_so() -> None:
    world = BlindWorld(systems=2, items=1)
    Response.objects.filter(system_version=world.systems[0]).update(explanation="Because of this.")
    study = world.draft("comparison", show_explanation=True)
    words = [str(one.text) for one in kinds.of(study).problems(study)]
    assert "Some responses have no explanation, but the study shows explanations." in words
    page, _rows = first_page(world, world.open(study))
    assert page.count("Its explanation") == 2
    assert page.count("It gave none.") == 1


def first_page(world: BlindWorld, study: Study) -> tuple[str, list[Placement]]:
    """Return the first rater's first work page, and what it shows."""
    held = loop.hold(world.part(study, world.raters[0]))[0]
    page = world.client(world.raters[0]).get(f"/rate/{study.token}/").content.decode()
    return page, world.placements(held)
