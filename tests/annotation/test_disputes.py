"""Disputes from opening to settlement: who reads what when, what is kept, and what it does to the item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.html import strip_tags
from label_world import World

from annotation.models import Dispute, DisputePost, Resolution
from annotation.services import disputes, labels, resolutions
from projects.models import AuditEntry, Exposure, Item, Rater, Role, Sighting, Study, StudyRole

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    """A review with two raters an item."""
    return World()


def post(world: World, dispute: Dispute, text: str = "I read it the other way.", key: str = "k1") -> DisputePost:
    """Let R1 say something."""
    rater = world.raters[0]
    assert rater.user is not None
    return disputes.post(dispute, author=rater.user, rater=rater, text=text, client_key=key)


def settle(world: World, dispute: Dispute, *values: str, **details: Any) -> Resolution:
    """Let the adjudicator decide."""
    return resolutions.adjudicate(
        dispute.unit, by=world.adjudicator, values=values, reason=details.pop("reason", "By the guideline."), **details
    )


def state(dispute: Dispute) -> str:
    """Return a dispute's state as the database has it."""
    return Dispute.objects.values_list("state", flat=True).get(pk=dispute.pk)


# --- how a dispute begins ---------------------------------------------------------------------------------------


def test_dispute_begins_once_all_have_answered_and_differ(world: World) -> None:
    world.unit()
    world.answer(world.raters[0], "positive")
    assert not Dispute.objects.exists()
    world.answer(world.raters[1], "negative")
    assert list(Dispute.objects.values_list("state", "cause")) == [("open", "raters")]


def test_same_answers_are_agreed_without_a_dispute(world: World) -> None:
    unit = world.unit()
    for rater in world.raters:
        world.answer(rater, "positive")
    assert not Dispute.objects.exists()
    assert list(Resolution.objects.values_list("unit", "how", "values")) == [(unit.pk, "agreed", ["positive"])]


def test_several_answers_in_another_order_are_the_same_answer(world: World) -> None:
    world.unit(Item.Kind.MULTIPLE_CHOICE)
    world.answer(world.raters[0], ["A", "C"])
    world.answer(world.raters[1], ["C", "A"])
    assert list(Resolution.objects.values_list("how", "values")) == [("agreed", ["A", "C"])]


# --- the raters' side -------------------------------------------------------------------------------------------


def test_discussion_is_not_there_before_all_have_answered(world: World) -> None:
    world.unit()
    first = world.answer(world.raters[0], "positive")
    address = f"/rate/{world.study.token}/{first.token}/dispute/"
    assert world.client(world.raters[0]).get(address).status_code == 404
    world.answer(world.raters[1], "negative")
    assert world.client(world.raters[0]).get(address).status_code == 200


def test_discussion_is_not_there_where_all_agree(world: World) -> None:
    world.unit()
    first, _second = (world.answer(rater, "positive") for rater in world.raters)
    address = f"/rate/{world.study.token}/{first.token}/dispute/"
    assert world.client(world.raters[0]).get(address).status_code == 404


def test_discussion_shows_answers_under_codes_and_no_names(world: World) -> None:
    dispute = world.dispute()
    page = world.client(world.raters[0]).get(world.talk_url(dispute, world.raters[0]))
    said = [(code, words) for code, words, _vote in page.context["votes"]]
    assert said == [("R1", ["Positive"]), ("R2", ["Negative"])]
    assert "@harbour.example.org" not in page.content.decode().partition("<main")[2]


def test_discussion_is_closed_to_a_rater_who_did_not_answer(world: World) -> None:
    dispute = world.dispute()
    other = world.rater("R3")
    StudyRole.objects.create(study=world.study, user=other.user, part="rater", rater=other)
    address = world.talk_url(dispute, world.raters[0])
    assert world.client(other).get(address).status_code == 404
    assert world.client(world.raters[1]).get(address).status_code == 404


def test_reading_is_remembered_as_exposure(world: World) -> None:
    dispute = world.dispute()
    reader, other = world.raters
    world.client(reader).get(world.talk_url(dispute, reader))
    assert world.assignment(dispute, reader).exposure == Exposure.OTHERS
    assert world.assignment(dispute, other).exposure == Exposure.NOTHING


def test_list_of_own_disputes_shows_no_answer_and_exposes_nobody(world: World) -> None:
    dispute = world.dispute()
    page = world.client(world.raters[0]).get(f"/rate/{world.study.token}/disputes/mine/")
    assert [row.pk for row in page.context["page_obj"]] == [dispute.pk]
    assert world.assignment(dispute, world.raters[0]).exposure == Exposure.NOTHING


def test_change_of_mind_is_a_new_answer_and_agreement_keeps_the_first(world: World) -> None:
    dispute = world.dispute()
    first = world.raters[0]
    world.client(first).get(world.talk_url(dispute, first))
    row = world.answer(first, "negative", unit=dispute.unit)
    given = list(row.submissions.order_by("number").values_list("number", "current", "independent", "exposure"))
    assert given == [(1, False, True, Exposure.NOTHING), (2, True, False, Exposure.OTHERS)]
    assert [vote.values for vote in labels.votes(dispute.unit, independent=True)] == [("positive",), ("negative",)]


def test_change_of_mind_that_agrees_settles_the_dispute_as_discussed(world: World) -> None:
    dispute = world.dispute()
    first = world.raters[0]
    world.client(first).get(world.talk_url(dispute, first))
    world.answer(first, "negative", unit=dispute.unit)
    assert state(dispute) == "settled"
    assert Resolution.objects.get(unit=dispute.unit, current=True).how == "discussed"
    world.answer(first, "positive", unit=dispute.unit)
    assert state(dispute) == "open"
    assert not Resolution.objects.filter(unit=dispute.unit, current=True).exists()


def test_change_of_mind_through_the_page_comes_back_to_the_discussion(world: World) -> None:
    dispute = world.dispute()
    first = world.raters[0]
    client, address = world.client(first), world.talk_url(dispute, first)
    page = client.get(address)
    reply = client.post(
        f"/rate/{world.study.token}/{world.assignment(dispute, first).token}/",
        {
            "client_key": page.context["answer"]["client_key"].value(),
            "based_on": page.context["answer"]["based_on"].value(),
            "values": "negative",
            "back": address,
        },
    )
    assert (reply.status_code, reply["Location"]) == (302, address)
    assert state(dispute) == "settled"


def test_changing_back_after_adjudication_leaves_the_decision(world: World) -> None:
    dispute = world.dispute()
    settle(world, dispute, "positive")
    world.answer(world.raters[0], "negative", unit=dispute.unit)
    assert (state(dispute), Resolution.objects.get(current=True).how) == ("settled", "adjudicated")


# --- what is said -----------------------------------------------------------------------------------------------


def test_same_press_sent_twice_says_it_once(world: World) -> None:
    dispute = world.dispute()
    client, address = world.client(world.raters[0]), world.talk_url(dispute, world.raters[0])
    body = {"client_key": "press-1", "text": "I hear pressure."}
    assert [client.post(address, body).status_code for _ in range(2)] == [302, 302]
    assert list(DisputePost.objects.values_list("rater__code", "text")) == [("R1", "I hear pressure.")]


def test_empty_contribution_is_given_back_with_the_reason(world: World) -> None:
    dispute = world.dispute()
    client, address = world.client(world.raters[0]), world.talk_url(dispute, world.raters[0])
    reply = client.post(address, {"client_key": "press-1", "text": "  "})
    assert (reply.status_code, reply.context["form"].errors["text"]) == (422, ["Write something first."])
    assert not DisputePost.objects.exists()


def test_settled_dispute_takes_no_contribution_and_keeps_what_was_typed(world: World) -> None:
    dispute = world.dispute()
    settle(world, dispute, "positive")
    client, address = world.client(world.raters[0]), world.talk_url(dispute, world.raters[0])
    reply = client.post(address, {"client_key": "press-1", "text": "But I wanted to say"})
    assert reply.status_code == 422
    assert "But I wanted to say" in reply.content.decode()
    assert not DisputePost.objects.exists()


def test_post_refuses_too_long_a_text(world: World) -> None:
    dispute = world.dispute()
    with pytest.raises(ValidationError):
        post(world, dispute, "x" * (disputes.POST_LIMIT + 1))


def test_adjudicator_takes_part_without_a_code(world: World) -> None:
    dispute = world.dispute()
    client = world.client(world.adjudicator)
    address = world.url(f"disputes/{dispute.pk}/say/?topic=Emotion")
    reply = client.post(address, {"client_key": "press-1", "text": "What about the last sentence?"})
    assert (reply.status_code, reply["Location"]) == (302, world.url(f"disputes/{dispute.pk}/?topic=Emotion"))
    assert list(DisputePost.objects.values_list("rater", "author")) == [(None, world.adjudicator.pk)]


# --- the adjudicator's side -------------------------------------------------------------------------------------


def test_adjudicator_sees_answers_without_codes(world: World) -> None:
    world.unit(prelabel="positive")
    world.answer(world.raters[0], "positive", comment="Clear to me.")
    world.answer(world.raters[1], "negative", unsure=True)
    dispute = Dispute.objects.get()
    page = world.client(world.adjudicator).get(world.url(f"disputes/{dispute.pk}/"))
    sides = {side.words: (side.count, side.unsure, side.comments) for side in page.context["sides"]}
    assert sides == {"Positive": (1, 0, ["Clear to me."]), "Negative": (1, 1, [])}
    text = strip_tags(page.content.decode())
    assert [word for word in ("R1", "R2", "model-1") if word in text] == []


def test_order_of_answers_says_nothing_and_stays(world: World) -> None:
    orders = []
    for _ in range(12):
        dispute = world.dispute()
        votes = labels.votes(dispute.unit)
        order = [vote.rater_id for vote in disputes.shuffled(votes, dispute)]
        assert order == [vote.rater_id for vote in disputes.shuffled(votes[::-1], dispute)]
        orders.append(order[0] == world.raters[0].pk)
    assert set(orders) == {True, False}


def test_prelabel_comes_on_request_and_is_remembered_beyond_the_visit(world: World) -> None:
    dispute = world.dispute(prelabel="positive")
    client, address = world.client(world.adjudicator), world.url(f"disputes/{dispute.pk}/")
    assert client.get(address).context["proposal"] is None
    assert not disputes.saw_prelabel(dispute, world.adjudicator)
    assert [client.get(address, {"prelabel": "1"}).context["proposal_words"] for _ in range(2)] == ["Positive"] * 2
    client.post(address, {"decision": "negative", "reason": "Read to its end."})
    assert Resolution.objects.get(current=True).saw_prelabel is True
    assert AuditEntry.objects.filter(verb="dispute.prelabel_shown").count() == 1


def test_prelabel_shown_to_one_is_not_put_down_to_another(world: World) -> None:
    dispute = world.dispute(prelabel="positive")
    address = world.url(f"disputes/{dispute.pk}/")
    world.client(world.manager).get(address, {"prelabel": "1"})
    world.client(world.adjudicator).post(address, {"decision": "negative", "reason": "Read to its end."})
    assert Resolution.objects.get(current=True).saw_prelabel is False


def test_reading_a_dispute_makes_nobody_a_fresh_rater_of_it(world: World) -> None:
    dispute = world.dispute()
    world.client(world.adjudicator).get(world.url(f"disputes/{dispute.pk}/"))
    assert list(Sighting.objects.values_list("item", "user")) == [(dispute.unit.item_id, world.adjudicator.pk)]


def test_decision_ends_the_dispute_and_goes_to_the_item(world: World) -> None:
    dispute = world.dispute()
    reply = world.client(world.adjudicator).post(
        world.url(f"disputes/{dispute.pk}/"), {"decision": "negative", "reason": "It wears them down."}
    )
    assert (reply.status_code, reply["Location"]) == (302, world.url("disputes/"))
    found = Resolution.objects.get(unit=dispute.unit)
    assert (found.how, found.values, found.reason, found.by) == (
        "adjudicated", ["negative"], "It wears them down.", world.adjudicator,
    )  # fmt: skip
    item = Item.objects.get(pk=dispute.unit.item_id)
    assert (item.final, item.final_how, item.removed) == (["negative"], "adjudicated", False)
    assert state(dispute) == "settled"


def test_decision_on_several_answers_takes_several(world: World) -> None:
    dispute = world.dispute(["A"], ["A", "C"], kind=Item.Kind.MULTIPLE_CHOICE)
    address = world.url(f"disputes/{dispute.pk}/")
    client = world.client(world.adjudicator)
    assert [side.words for side in client.get(address).context["sides"]].count("A. Answer A; C. Answer C") == 1
    client.post(address, {"decision": ["C", "A"], "reason": "Both."})
    assert Resolution.objects.get(current=True).values == ["A", "C"]


def test_removal_goes_to_the_item_with_its_reason_and_can_be_taken_back(world: World) -> None:
    dispute = world.dispute()
    client, address = world.client(world.adjudicator), world.url(f"disputes/{dispute.pk}/")
    client.post(address, {"decision": "~remove", "remove": "privacy", "reason": "It names a street."})
    item = Item.objects.get(pk=dispute.unit.item_id)
    assert (item.removed, item.removal_reason, item.final) == (True, "privacy", None)
    client.post(address, {"decision": "positive", "reason": "The street has been taken out."})
    item.refresh_from_db()
    assert (item.removed, item.removal_reason, item.final) == (False, "", ["positive"])
    history = Resolution.objects.filter(unit=dispute.unit).order_by("number").values_list("number", "how", "current")
    assert list(history) == [(1, "removed", False), (2, "adjudicated", True)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "Because."}, "decision"),
        ({"decision": "positive", "reason": " "}, "reason"),
        ({"decision": "~remove", "reason": "Because."}, "remove"),
        ({"decision": "maybe", "reason": "Because."}, "decision"),
    ],
)
def test_incomplete_decision_is_given_back(world: World, body: dict[str, str], field: str) -> None:
    dispute = world.dispute()
    reply = world.client(world.adjudicator).post(world.url(f"disputes/{dispute.pk}/"), body)
    assert (reply.status_code, list(reply.context["form"].errors)) == (422, [field])
    assert (state(dispute), Resolution.objects.exists()) == ("open", False)


def test_answer_and_removal_together_are_refused(world: World) -> None:
    dispute = world.dispute(["A"], ["B"], kind=Item.Kind.MULTIPLE_CHOICE)
    body = {"decision": ["A", "~remove"], "remove": "faulty", "reason": "Because."}
    reply = world.client(world.adjudicator).post(world.url(f"disputes/{dispute.pk}/"), body)
    assert (reply.status_code, list(reply.context["form"].errors)) == (422, ["decision"])


def test_service_refuses_what_is_not_disputed_and_what_is_no_answer(world: World) -> None:
    dispute = world.dispute()
    unit = world.unit()
    unit.study = world.study
    with pytest.raises(ValidationError, match="not disputed"):
        resolutions.adjudicate(unit, by=world.adjudicator, values=["positive"], reason="Because.")
    for values in (["positive", "negative"], ["maybe"], []):
        with pytest.raises(ValidationError):
            settle(world, dispute, *values)


def test_after_a_decision_the_next_older_dispute_follows_with_the_filters(world: World) -> None:
    first, second = (world.dispute(topic="Emotion") for _ in range(2))
    world.dispute(topic="Study")
    address = world.url(f"disputes/{first.pk}/?topic=Emotion&prelabel=1")
    reply = world.client(world.adjudicator).post(address, {"decision": "positive", "reason": "Because."})
    assert reply["Location"] == world.url(f"disputes/{second.pk}/?topic=Emotion")


# --- who may --------------------------------------------------------------------------------------------------


def pages_of(world: World, dispute: Dispute) -> list[tuple[str, str]]:
    """Return method and address of everything only somebody who may settle reaches."""
    one = f"disputes/{dispute.pk}/"
    return [("get", one), ("post", one), ("post", one + "say/"), ("post", "disputes/agenda/"), ("post", "meetings/")]


def test_somebody_who_rates_in_the_study_settles_nothing(world: World) -> None:
    dispute = world.dispute()
    disputes.set_agenda(Dispute.objects.all(), on=True)
    for role in (Role.MANAGER, Role.ADJUDICATOR):
        rater = world.raters[0]
        assert rater.user is not None
        world.project.memberships.create(user=rater.user, role=role)
        client = world.client(rater)
        codes = [getattr(client, method)(world.url(path)).status_code for method, path in pages_of(world, dispute)]
        assert codes == [403] * 5
    assert client.get(world.url("disputes/")).context["may_settle"] is False
    assert not Sighting.objects.exists()


def test_somebody_who_left_as_rater_settles_nothing_either(world: World) -> None:
    dispute = world.dispute()
    user = world.raters[0].user
    assert user is not None
    StudyRole.objects.filter(study=world.study, user=user).update(state="left")
    assert not disputes.may_settle(user, world.study)
    assert disputes.may_settle(world.manager, world.study)
    assert state(dispute) == "open"


def test_members_without_the_role_are_refused_and_strangers_learn_nothing(world: World) -> None:
    dispute = world.dispute()
    analyst, stranger = world.user("analyst", Role.ANALYST), World("other").manager
    paths = [path for _method, path in pages_of(world, dispute)] + ["disputes/", "meetings/"]
    assert {world.client(analyst).post(world.url(path)).status_code for path in paths} == {403}
    assert {world.client(world.raters[0]).post(world.url(path)).status_code for path in paths} == {403}
    assert {world.client(stranger).post(world.url(path)).status_code for path in paths} == {404}


def test_dispute_of_another_study_is_not_there(world: World) -> None:
    other = World("other")
    foreign = other.dispute()
    client = world.client(world.adjudicator)
    assert client.get(world.url(f"disputes/{foreign.pk}/")).status_code == 404
    assert client.post(world.url(f"disputes/{foreign.pk}/say/"), {"client_key": "k", "text": "t"}).status_code == 404
    client.post(world.url("disputes/agenda/"), {"dispute": [foreign.pk], "on": "1"})
    assert not Dispute.objects.filter(agenda=True).exists()


# --- agenda and meetings ----------------------------------------------------------------------------------------


def test_agenda_takes_open_disputes_on_and_off(world: World) -> None:
    first, second, done = (world.dispute() for _ in range(3))
    settle(world, done, "positive")
    client, address = world.client(world.adjudicator), world.url("disputes/agenda/")
    reply = client.post(address, {"dispute": [first.pk, second.pk, done.pk, "x"], "on": "1", "query": "cause=raters"})
    assert reply["Location"] == world.url("disputes/?cause=raters")
    assert set(Dispute.objects.filter(agenda=True)) == {first, second}
    client.post(address, {"dispute": [first.pk], "on": "0"})
    assert set(Dispute.objects.filter(agenda=True)) == {second}


def test_next_on_the_agenda_goes_round_and_ends(world: World) -> None:
    first, second, _off, third = (world.dispute() for _ in range(4))
    disputes.set_agenda(Dispute.objects.filter(pk__in=[first.pk, second.pk, third.pk]), on=True)
    assert disputes.next_on_agenda(world.study) == first
    assert [disputes.next_on_agenda(world.study, row) for row in (first, second, third)] == [second, third, first]
    disputes.set_agenda(Dispute.objects.exclude(pk=third.pk), on=False)
    assert disputes.next_on_agenda(world.study, third) is None


def test_meeting_steps_through_its_agenda_and_is_recorded(world: World) -> None:
    first, _other, third = (world.dispute() for _ in range(3))
    disputes.set_agenda(Dispute.objects.filter(pk__in=[first.pk, third.pk]), on=True)
    client = world.client(world.adjudicator)
    reply = client.post(world.url("meetings/"), {"raters": [world.raters[0].pk], "guests": "supervisor"})
    meeting = world.study.meetings.get()
    assert reply["Location"] == world.url(f"disputes/{first.pk}/?meeting={meeting.pk}")
    reply = client.post(reply["Location"], {"decision": "positive", "reason": "All agreed."})
    assert reply["Location"] == world.url(f"disputes/{third.pk}/?meeting={meeting.pk}")
    reply = client.post(reply["Location"], {"decision": "~remove", "remove": "faulty", "reason": "Two right answers."})
    assert reply["Location"] == world.url("meetings/")
    assert set(meeting.resolutions.values_list("unit", flat=True)) == {first.unit_id, third.unit_id}
    assert (list(meeting.raters.values_list("code", flat=True)), meeting.guests) == (["R1"], "supervisor")


def test_second_start_goes_on_with_the_running_meeting_and_end_twice_is_once(world: World) -> None:
    by: dict[str, Any] = {"by": world.adjudicator, "guests": ""}
    meeting = disputes.start_meeting(world.study, raters=[], **by)
    assert disputes.start_meeting(world.study, raters=Rater.objects.all(), **by) == meeting
    client = world.client(world.adjudicator)
    for _ in range(2):
        reply = client.post(world.url(f"meetings/{meeting.pk}/end/"))
        assert (reply.status_code, reply["Location"]) == (302, world.url("meetings/"))
    assert AuditEntry.objects.filter(verb="meeting.ended").count() == 1
    assert disputes.start_meeting(world.study, raters=[], **by) != meeting


def test_what_is_settled_after_the_meeting_is_no_part_of_it(world: World) -> None:
    dispute = world.dispute()
    meeting = disputes.start_meeting(world.study, by=world.adjudicator, raters=[], guests="")
    disputes.end_meeting(meeting, by=world.adjudicator)
    address = world.url(f"disputes/{dispute.pk}/?meeting={meeting.pk}")
    world.client(world.adjudicator).post(address, {"decision": "positive", "reason": "Later."})
    assert Resolution.objects.get(current=True).meeting is None


# --- lists ------------------------------------------------------------------------------------------------------


def test_only_open_disputes_are_offered_to_the_agenda(world: World) -> None:
    settle(world, world.dispute(), "positive")
    client, address = world.client(world.adjudicator), world.url("disputes/")
    buttons = [b"Put on the agenda" in client.get(address, {"state": one}).content for one in ("settled", "all")]
    assert buttons == [False, True]


def test_queue_filters_by_state_cause_topic_language_and_agenda(world: World) -> None:
    first = world.dispute(topic="Emotion", language="en")
    second = world.dispute(topic="Study", language="zh")
    done = world.dispute(topic="Study", language="zh")
    settle(world, done, "positive")
    disputes.set_agenda(Dispute.objects.filter(pk=second.pk), on=True)
    client = world.client(world.adjudicator)

    def listed(**wanted: str) -> list[int]:
        return [row.pk for row in client.get(world.url("disputes/"), wanted).context["page_obj"]]

    assert listed() == [first.pk, second.pk]
    assert listed(state="settled") == [done.pk]
    assert listed(state="all") == [first.pk, second.pk, done.pk]
    assert listed(topic="Study") == [second.pk]
    assert listed(language="en") == [first.pk]
    assert listed(agenda="1") == [second.pk]
    assert listed(cause="unsure") == []


def test_lists_and_pages_ask_as_often_with_three_rows_as_with_one(
    world: World, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    first = world.dispute()
    post(world, first)
    clients = {name: world.client(getattr(world, name)) for name in ("adjudicator",)}
    clients["rater"] = world.client(world.raters[0])
    addresses = [
        ("adjudicator", world.url("disputes/")),
        ("adjudicator", world.url(f"disputes/{first.pk}/")),
        ("adjudicator", world.url("meetings/")),
        ("rater", f"/rate/{world.study.token}/disputes/mine/"),
        ("rater", world.talk_url(first, world.raters[0])),
    ]

    def meet() -> None:
        meeting = disputes.start_meeting(world.study, by=world.adjudicator, raters=world.raters, guests="")
        disputes.end_meeting(meeting, by=world.adjudicator)

    def asked(who: str, address: str) -> int:
        with django_assert_max_num_queries(40) as queries:
            assert clients[who].get(address).status_code == 200
        return len(queries)

    meet()
    # Once before counting: first visits write what later ones only read.
    for who, address in addresses:
        asked(who, address)
    before = [asked(who, address) for who, address in addresses]
    for number in range(2):
        world.dispute()
        post(world, first, key=f"more-{number}")
        meet()
    # The study has more units now, so its topics are read anew, once.
    for who, address in addresses:
        asked(who, address)
    after = [asked(who, address) for who, address in addresses]
    assert after == before


def test_closed_study_shows_its_disputes_and_takes_no_change_of_mind(world: World) -> None:
    dispute = world.dispute()
    studies_closed = Study.objects.filter(pk=world.study.pk).update(state="closed")
    page = world.client(world.raters[0]).get(world.talk_url(dispute, world.raters[0]))
    assert (studies_closed, page.status_code, page.context["working"]) == (1, 200, False)
    assert b"Change my answer" not in page.content


# --- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "正面"), ("zh-hans", "正面"), ("en", "Positive"), ("", "Positive")],
)
def test_labels_are_named_in_the_items_language(world: World, language: str, words: str) -> None:
    world.dataset.labels = [{"key": "positive", "text": "Positive", "names": {"zh-Hans": "正面"}}]
    world.dataset.save()
    unit = world.unit(language=language)
    assert [option.text for option in labels.options(unit)] == [words]


def test_items_own_options_are_spoken_of_by_their_letters(world: World) -> None:
    spoken = [option.spoken for option in labels.options(world.unit(Item.Kind.SINGLE_CHOICE))]
    assert spoken == ["A. Answer A", "B. Answer B", "C. Answer C", "D. Answer D"]
    assert [option.spoken for option in labels.options(world.unit())] == ["Positive", "Negative"]


def test_raters_of_a_meeting_are_typed_where_they_are_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projects.forms.rows.MOST_OFFERED", 1)
    disputes.set_agenda(Dispute.objects.filter(pk=world.dispute().pk), on=True)
    client = world.client(world.adjudicator)
    reply = client.post(world.url("meetings/"), {"raters": "R9", "guests": ""})
    assert reply.status_code == 422
    assert "Nobody like this can be chosen here: R9." in reply.content.decode()
    client.post(world.url("meetings/"), {"raters": "R1，R2", "guests": ""})
    assert list(world.study.meetings.get().raters.order_by("code").values_list("code", flat=True)) == ["R1", "R2"]
