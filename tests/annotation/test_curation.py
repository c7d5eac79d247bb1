"""Curation: what agrees is taken over, what differs is decided with a reason, and what was decided stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from dialogue_world import World, given, strategy
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from role_world import work_off

from annotation.answers import Given
from annotation.dialogue_values import curated
from annotation.models import CuratedValue, Curation
from annotation.services import curation
from annotation.services.curation import CurationConflict
from projects.models import Assignment, Exclusion, Item, Job, Rater, Role, StudyRole, Submission, Unit, User
from projects.services import exclusions, redaction

pytestmark = pytest.mark.long


class Curated(World):
    """An annotation with an adjudicator."""

    adjudicator: User


def texts(fields: dict[str, Any]) -> dict[str, Any]:
    return {"fields": fields}


@pytest.fixture
def world(db: None) -> Curated:
    """One session of six turns: raters agree on turn 1, differ on turns 3 and 5 and on the session's summary."""
    world = Curated(prelabel="hidden")
    world.session(6)
    world.open()
    told = [("question", "question", "reflection", "One."), ("question", "reflection", "information", "Two.")]
    for rater, (first, second, third, summary) in zip(world.raters, told, strict=True):
        world.hand_in(rater, world.hold(rater), {
            "1": strategy(first), "3": strategy(second), "5": strategy(third), "0": texts({"distress": given("3")}),
            "session": texts({"summary": given(summary)}),
        })  # fmt: skip
    world.adjudicator = world.user("adjudicator", Role.ADJUDICATOR)
    StudyRole.objects.create(study=world.study, user=world.adjudicator, part=StudyRole.Part.ADJUDICATOR)
    return world


def unit_of(world: World) -> Unit:
    return Unit.objects.select_related("study__version", "study__project").get(study=world.study)


def counts(world: Curated) -> tuple[int, int, int]:
    row = Curation.objects.get(unit__study=world.study)
    return row.open, row.agreed, row.decided


def decide(world: Curated, part: str = "3", label: str = "reflection", **more: Any) -> int:
    told = {"chosen": {"strategy": Given(values=(label,))}, "based_on": {}, "reason": "It gives a feeling back."}
    return curation.decide(unit_of(world), part, **(told | {"by": world.adjudicator} | more))


def final(world: Curated) -> list[tuple[int | None, str, list[str], str]]:
    rows = CuratedValue.objects.filter(unit__study=world.study, current=True).order_by("turn__index", "field")
    return sorted(
        ((row.turn.index if row.turn else None, row.field, row.values, row.how) for row in rows), key=str
    )  # fmt: skip


def test_what_raters_agree_on_is_taken_over_and_the_rest_is_counted(world: Curated) -> None:
    assert counts(world) == (3, 2, 0)
    assert final(world) == [(0, "distress", ["3"], "agreed"), (1, "strategy", ["question"], "agreed")]


def test_nothing_is_taken_over_before_everybody_has_handed_in(db: None) -> None:
    world = World(prelabel="hidden")
    world.session(2)
    world.open()
    world.hand_in(world.raters[0], world.hold(world.raters[0]), {"1": strategy()})
    assert (CuratedValue.objects.count(), Curation.objects.count()) == (0, 0)


def test_decision_is_kept_with_its_reason_and_counted(world: Curated) -> None:
    assert decide(world) == 1
    row = CuratedValue.objects.get(unit__study=world.study, how="adjudicated")
    assert (row.turn and row.turn.index, row.values, row.reason, row.by) == (
        3, ["reflection"], "It gives a feeling back.", world.adjudicator,
    )  # fmt: skip
    assert counts(world) == (2, 2, 1)


def test_decision_needs_a_reason_and_a_known_answer(world: Curated) -> None:
    with pytest.raises(ValidationError) as refused:
        decide(world, reason="  ")
    assert refused.value.message_dict == {"reason": ["Give the reason; it stays with the final answer."]}
    with pytest.raises(ValidationError) as refused:
        decide(world, label="hypnosis")
    assert refused.value.messages == ["Strategy: “hypnosis” is not one of the answers."]
    assert counts(world) == (3, 2, 0)


def test_second_decision_on_an_older_page_is_refused(world: Curated) -> None:
    decide(world)
    with pytest.raises(CurationConflict):
        decide(world, label="question")
    assert decide(world, label="question", based_on={"strategy": 1}) == 1
    assert final(world)[2] == (3, "strategy", ["question"], "adjudicated")


def test_agreement_can_be_overruled_and_stays_overruled(world: Curated) -> None:
    decide(world, part="1", label="information", based_on={"strategy": 1})
    row = world.study.assignments.get(rater=world.raters[0])
    world.hand_in(world.raters[0], row, {"1": strategy("question")}, based_on=1)
    assert final(world)[1] == (1, "strategy", ["information"], "adjudicated")
    assert counts(world) == (3, 1, 1)


def test_change_of_mind_opens_what_was_agreed_and_agrees_on_what_was_open(world: Curated) -> None:
    row = world.study.assignments.get(rater=world.raters[0])
    world.hand_in(world.raters[0], row, {"1": strategy("information"), "3": strategy("reflection")}, based_on=1)
    assert final(world) == [(0, "distress", ["3"], "agreed"), (3, "strategy", ["reflection"], "agreed")]
    assert counts(world) == (3, 2, 0)


def test_one_raters_answers_are_taken_to_a_whole_field(world: Curated) -> None:
    unit = unit_of(world)
    taken = curation.take_over(unit, "strategy", "R2", reason="R2 heard it.", by=world.adjudicator)
    assert taken == 2
    assert [row[2] for row in final(world)] == [["3"], ["question"], ["reflection"], ["information"]]
    assert counts(world) == (1, 2, 2)


def test_curated_version_is_what_the_data_set_exports(world: Curated) -> None:
    decide(world)
    item = Item.objects.get(dataset=world.dataset)
    found = curated(world.dataset, {item.pk: {}}, None)
    assert found == {item.pk: {(0, "distress"): ("3",), (1, "strategy"): ("Question",),
                               (3, "strategy"): ("Reflection of feelings",)}}  # fmt: skip


def test_curation_stays_in_force_when_private_words_are_replaced(world: Curated) -> None:
    decide(world)
    item = Item.objects.get(dataset=world.dataset)
    redaction.apply(item, words="exam", alias="[event]", by=world.manager, based_on=1)
    compared = curation.compare(unit_of(world))
    part = compared.part("3")
    assert part is not None
    assert [(row.final_words, row.by_rater[0][1]) for row in part.fields] == [("Reflection of feelings", "Question")]
    decide(world, label="question", based_on={"strategy": 1})
    assert counts(world) == (2, 2, 1)
    assert final(world)[2] == (3, "strategy", ["question"], "adjudicated")


# --- the pages ----------------------------------------------------------------------------------------------------


def url(world: Curated, path: str = "") -> str:
    return f"/p/lakeside/studies/{world.study.slug}/curation/{path}"


def send(world: Curated, **data: str) -> Any:
    client = world.client(world.adjudicator)
    unit = unit_of(world)
    return client.post(url(world, f"{unit.pk}/"), {"part": "3", "based.strategy": "0", **data})


def test_page_takes_a_decision_and_goes_on_to_the_next_open_turn(world: Curated) -> None:
    reply = send(world, **{"pick.strategy": "1", "reason": "Because."})
    unit = unit_of(world)
    assert reply.status_code == 302
    assert reply["Location"] == url(world, f"{unit.pk}/?turn=5#t-5")
    assert final(world)[2] == (3, "strategy", ["reflection"], "adjudicated")


def test_page_takes_an_answer_of_the_adjudicators_own(world: Curated) -> None:
    reply = send(world, **{"pick.strategy": "~own", "f.strategy": "self-disclosure", "reason": "Neither."})
    assert reply.status_code == 302
    assert final(world)[2] == (3, "strategy", ["self-disclosure"], "adjudicated")


def test_page_writes_the_final_text_of_the_session(world: Curated) -> None:
    reply = send(world, part="session", **{
        "pick.summary": "~own", "f.summary": "Both together.", "based.summary": "0", "reason": "Both are right.",
    })  # fmt: skip
    assert reply.status_code == 302
    assert (None, "summary", ["Both together."], "adjudicated") in final(world)


def test_page_keeps_what_was_typed_where_something_is_missing(world: Curated) -> None:
    reply = send(world, **{"pick.strategy": "~own", "f.strategy": "self-disclosure"})
    text = reply.content.decode()
    assert reply.status_code == 422
    assert text.count("Give the reason; it stays with the final answer.") == 1
    assert 'value="self-disclosure" form="decide-form" checked' in text
    reply = send(world, **{"pick.strategy": "~own", "reason": "Hm."})
    assert reply.status_code == 422
    assert reply.content.decode().count("Strategy: choose or write your own answer.") == 1
    assert "Hm.</textarea>" in reply.content.decode()


def test_second_adjudicator_is_told_and_nothing_is_overwritten(world: Curated) -> None:
    decide(world)
    reply = send(world, **{"pick.strategy": "0", "reason": "Late."})
    assert reply.status_code == 422
    assert "Somebody else has decided here meanwhile." in reply.content.decode()
    assert final(world)[2] == (3, "strategy", ["reflection"], "adjudicated")


def test_only_differences_are_shown_unless_all_are_asked_for(world: Curated) -> None:
    client, at = world.client(world.adjudicator), url(world, f"{unit_of(world).pk}/")
    assert [f'id="t-{name}"' in client.get(at).content.decode() for name in ("1", "3", "5", "session")] == [
        False, True, True, True,
    ]  # fmt: skip
    everything = client.get(at + "?show=all").content.decode()
    assert [f'id="t-{n}"' in everything for n in range(6)] == [True] * 6


def test_queue_counts_and_leads_to_the_sessions(world: Curated) -> None:
    client = world.client(world.adjudicator)
    page = client.get(url(world)).content.decode()
    assert f'href="{url(world, f"{unit_of(world).pk}/")}"' in page
    assert "session-0" in page
    assert "session-0" not in client.get(url(world) + "?state=done").content.decode()
    assert "1 session to curate" in client.get("/").content.decode()


def test_somebody_who_rates_cannot_curate(world: Curated) -> None:
    rater = world.raters[0]
    assert rater.user is not None
    rater.user.memberships.create(project=world.project, role=Role.ADJUDICATOR)
    assert world.client(rater).get(url(world, f"{unit_of(world).pk}/")).status_code == 403
    assert "You rate in this study" in world.client(rater).get(url(world)).content.decode()


def test_page_asks_the_database_equally_often_however_long_the_session_is(
    world: Curated,
) -> None:
    longer = World("harbour", prelabel="hidden")
    longer.session(30)
    longer.open()
    for rater, label in zip(longer.raters, ("question", "reflection"), strict=True):
        turns = {str(n): strategy(label) for n in range(1, 30, 2)}
        longer.hand_in(rater, longer.hold(rater), turns)
    found = []
    for one in (world, longer):
        client = one.client(one.manager)
        at = f"/p/{one.project.slug}/studies/{one.study.slug}/curation/{unit_of(one).pk}/"
        client.get(at)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(at).status_code == 200
        found.append(len(caught))
    assert found[0] == found[1]


# --- comments -----------------------------------------------------------------------------------------------------


def test_comments_of_others_are_seen_after_handing_in_and_end_independence(db: None) -> None:
    world = World(prelabel="hidden")
    world.session(4)
    world.open()
    first, second = world.raters
    held = world.hold(first)
    post = {"part": "1", "text": "Is this a question?", "client_key": "k"}
    assert world.client(first).post(world.url(held, "comments/"), post).status_code == 302
    assert world.client(first).post(world.url(held, "comments/"), post).status_code == 302
    other = world.hold(second)
    assert "Is this a question?" not in world.client(second).get(world.url(other, "comments/")).content.decode()
    other = world.hand_in(second, other, {"1": strategy(), "3": strategy()})
    assert (other.exposure, world.client(second).get(world.url(other, "comments/?turn=3")).status_code) == (0, 200)
    page = world.client(second).get(world.url(other, "comments/?turn=1")).content.decode()
    assert page.count("Is this a question?") == 1
    assert "<strong>R1</strong>" in page
    other.refresh_from_db()
    assert other.exposure == 2
    world.hand_in(second, other, {"1": strategy("information")}, based_on=1)
    kept = Submission.objects.filter(assignment=other, independent=True).values_list("number", flat=True)
    assert list(kept) == [1]


def test_adjudicator_and_rater_talk_about_a_turn(world: Curated) -> None:
    unit, row = unit_of(world), world.study.assignments.get(rater=world.raters[0])
    client = world.client(world.adjudicator)
    told = {"part": "3", "text": "Why a question?", "client_key": "a"}
    assert client.post(url(world, f"{unit.pk}/say/"), told).status_code == 302
    assert client.post(url(world, f"{unit.pk}/say/"), told | {"text": " "}).status_code == 422
    page = world.client(world.raters[0]).get(world.url(row, "comments/")).content.decode()
    assert "Why a question?" in page
    assert "<strong>adjudicator</strong>" in page
    reply = {"part": "3", "text": "It asks.", "client_key": "b"}
    world.client(world.raters[0]).post(world.url(row, "comments/"), reply)
    assert "It asks." in client.get(url(world, f"{unit.pk}/?turn=3")).content.decode()


def test_comment_on_a_turn_that_is_not_there_is_not_taken(world: Curated) -> None:
    row = world.study.assignments.get(rater=world.raters[0])
    client = world.client(world.raters[0])
    assert client.post(world.url(row, "comments/"), {"part": "99", "text": "x", "client_key": "c"}).status_code == 404


# --- what is left out of results --------------------------------------------------------------------------


def leave_out(world: Curated, target: Unit | Rater | Assignment) -> Exclusion:
    return exclusions.leave_out(world.study, target, reason="Fell ill.", actor=world.manager)


def work_off_all() -> None:
    for job in Job.objects.filter(state="queued"):
        work_off(job.pk)


def test_answer_left_out_counts_no_more_and_comes_back(world: Curated) -> None:
    before = (counts(world), final(world))
    answer = world.study.assignments.get(rater=world.raters[1])
    row = leave_out(world, answer)
    # What the other says stands alone: turns 0, 1, 3 and 5 and the session.
    assert counts(world) == (0, 5, 0)
    assert (3, "strategy", ["question"], "agreed") in final(world)
    compared = curation.compare(unit_of(world))
    assert (compared.raters, compared.left_out) == (["R1"], ["R2"])
    exclusions.lift(row, actor=world.manager)
    assert (counts(world), final(world)) == before


def test_rater_left_out_is_left_out_by_a_worker_and_comes_back(world: Curated) -> None:
    before = (counts(world), final(world))
    row = leave_out(world, world.raters[0])
    assert counts(world) == before[0]
    work_off_all()
    assert counts(world) == (0, 5, 0)
    assert (5, "strategy", ["information"], "agreed") in final(world)
    exclusions.lift(row, actor=world.manager)
    work_off_all()
    assert (counts(world), final(world)) == before
    assert Job.objects.filter(kind="settle_again", state="done").count() == 2


def test_period_of_a_rater_leaves_curation_as_the_rater_would(world: Curated) -> None:
    before = (counts(world), final(world))
    moment = Submission.objects.get(assignment__rater=world.raters[0]).created_at
    ends = {"since": moment, "until": moment + timedelta(seconds=1)}
    row = exclusions.leave_out(world.study, world.raters[0], reason="Fell ill.", actor=world.manager, **ends)
    work_off_all()
    assert counts(world) == (0, 5, 0)
    assert curation.compare(unit_of(world)).left_out == ["R1"]
    exclusions.lift(row, actor=world.manager)
    work_off_all()
    assert (counts(world), final(world)) == before


def test_decision_outlives_an_exclusion(world: Curated) -> None:
    decide(world)
    row = leave_out(world, world.study.assignments.get(rater=world.raters[1]))
    assert (3, "strategy", ["reflection"], "adjudicated") in final(world)
    assert counts(world) == (0, 4, 1)
    exclusions.lift(row, actor=world.manager)
    assert counts(world) == (2, 2, 1)


def test_session_left_out_waits_for_nobody_and_leaves_the_curated_set(world: Curated) -> None:
    decide(world)
    item = Item.objects.get(dataset=world.dataset)
    assert curated(world.dataset, {item.pk: {}}, None) != {}
    row = leave_out(world, unit_of(world))
    assert counts(world) == (0, 0, 1)
    assert (curation.waiting(world.study), curated(world.dataset, {item.pk: {}}, None)) == (0, {})
    found = {state: curation.of_study(world.study, state).count() for state in ("", "done", "all")}
    assert found == {"": 0, "done": 0, "all": 1}
    page = world.client(world.adjudicator).get(f"/p/lakeside/studies/{world.study.slug}/curation/?state=all")
    assert "left out" in page.content.decode()
    exclusions.lift(row, actor=world.manager)
    assert (counts(world), curation.waiting(world.study)) == ((2, 2, 1), 1)


def test_change_of_mind_of_a_rater_left_out_changes_nothing(world: Curated) -> None:
    row = world.study.assignments.get(rater=world.raters[0])
    leave_out(world, row)
    before = final(world)
    world.hand_in(world.raters[0], row, {"1": strategy("information")}, based_on=1)
    assert final(world) == before


def test_page_says_whose_answers_are_left_out(world: Curated) -> None:
    leave_out(world, world.study.assignments.get(rater=world.raters[1]))
    at = f"/p/lakeside/studies/{world.study.slug}/curation/{unit_of(world).pk}/"
    text = world.client(world.adjudicator).get(at).content.decode()
    assert "Left out of the results, and so not shown here: R2." in text
    assert "R1" in text
