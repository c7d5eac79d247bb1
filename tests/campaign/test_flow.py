"""The flow of real studies: the same counts as the results rest on, in every kind's report and on its page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from blind_world import BlindWorld, report_of
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from label_world import World

from annotation.results.load import load
from annotation.summary.parts import counted
from campaign.models import Calibration, Consent, ConsentText, Recall, TrainingItem
from campaign.services import holds
from campaign.services.flow_rows import people_of, work_of
from campaign.summary import flow
from evaluation.results import judged
from projects import reporting
from projects.models import Assignment, Invitation, Rater, Report, Study, Submission, Unit
from projects.services import exclusions, leases, parts, pauses, places
from reports.summary import Flow, Summary

pytestmark = pytest.mark.django_db


def counts(diagram: Flow) -> dict[str, Any]:
    """Return {"Raters/Worked": 3, "Raters/Worked - left before the end": 1} of a diagram."""
    found: dict[str, Any] = {}
    for lane in diagram.lanes:
        for step in lane.steps:
            name = f"{lane.label}/{step.label}"
            found[name] = step.count
            found |= {f"{name} > {part.label}": part.count for part in step.out}
            found |= {f"{name} = {part.label}": part.count for part in step.within}
    return found


def of(study: Study) -> dict[str, Any]:
    return counts(flow.plot(flow.count(study)))


def test_a_reviews_flow_ends_with_the_answers_its_figures_rest_on() -> None:
    world = World()
    units = [world.unit() for _ in range(6)]
    one, two = world.raters
    for unit in units[:5]:
        world.answer(one, "positive")
        if unit != units[4]:
            world.answer(two, "negative")
    world.answer(two, "positive", unit=units[0])
    late = leases.hold(world.part(one), count=1, shown=lambda unit: 0)[0]
    Assignment.objects.filter(pk=late.pk).update(state="submitted", surplus=True, submitted_at=timezone.now())
    Submission.objects.create(assignment=late, version=world.study.version, client_key="late")
    places.give_back(late.unit_id)
    slipped = world.study.assignments.get(unit=units[1], rater=one)
    for target in (units[2], slipped):
        exclusions.leave_out(world.study, target, reason="slipped", actor=world.manager)
    found = of(world.study)
    assert found["Answers/Analysed"] == int(counted(load(world.study)).sum()) == 5
    assert {key: n for key, n in found.items() if key.startswith(("Units", "Answers"))} == {
        "Units/Made": 6,
        "Units/Made > judged by nobody": 1,
        "Units/Made > judged by some of the raters wanted": 1,
        "Units/Judged": 4,
        "Units/Judged = not decided yet": 3,
        "Units/Judged > left out of the results": 1,
        "Units/Analysed": 3,
        "Answers/Handed in": 10,
        "Answers/Handed in = changed by the rater afterwards": 1,
        "Answers/Handed in > surplus: the place had been given away": 1,
        "Answers/Handed in > to units that lack answers": 1,
        "Answers/For the results": 8,
        "Answers/For the results > left out with their unit": 2,
        "Answers/For the results > left out one by one": 1,
        "Answers/Analysed": 5,
    }
    assert (found["Raters/Worked"], found["Raters/Analysed"]) == (2, 2)


def handed_in(study: Study, unit: Unit, rater: Rater) -> Submission:
    """Store a judgement without its rows."""
    row = Assignment.objects.create(study=study, unit=unit, rater=rater, state="submitted", submitted_at=timezone.now())
    return Submission.objects.create(assignment=row, version=study.version, client_key=f"k{row.pk}")


def test_a_blind_studys_flow_ends_with_the_judgements_its_figures_rest_on() -> None:
    world = BlindWorld(systems=2, items=2, raters=2)
    study = world.opened(raters_per_item=2)
    one, two = study.units.all()
    handed_in(study, one, world.raters[0])
    handed_in(study, one, world.raters[1])
    moment = handed_in(study, two, world.raters[1]).created_at
    exclusions.leave_out(study, world.raters[1], reason="ill", actor=world.manager, since=moment)
    found = of(study)
    assert found["Answers/Analysed"] == len(judged.load(study).counted) == 2
    assert found["Answers/For the results > left out with a period of their rater"] == 1
    assert found["Units/Judged > no answer to it counts"] == 1
    # What lacks answers counts here, and is said to.
    assert found["Units/Judged = lack answers of some raters"] == 2
    assert found["Raters/Analysed"] == 2


def test_raters_are_followed_from_the_invitation_to_the_results() -> None:
    world = World()
    for _ in range(2):
        world.unit()
    one = world.raters[0]
    three, four = world.rater("R3"), world.rater("R4")
    now = timezone.now()
    for n, (email, ends, revoked) in enumerate([
        ("a@x.org", 1, None), ("A@x.org", -1, None), ("b@x.org", -1, None), ("c@x.org", 1, now), ("", 1, None),
        ("r1@harbour.example.org", 1, None),
    ]):  # fmt: skip
        Invitation.objects.create(
            project=world.project, email=email, roles=["rater"], token_hash=str(n), revoked_at=revoked,
            expires_at=now + timedelta(days=ends),
        )  # fmt: skip
    Invitation.objects.create(project=world.project, roles=["analyst"], token_hash="x", expires_at=now)
    world.answer(one, "positive")
    row = parts.replace(world.part(one), three, actor=world.manager)
    assert row.replaces is not None
    parts.add_rater(world.study, four, actor=world.manager)
    parts.leave(world.part(four), actor=world.manager)
    Rater.objects.create(project=world.project, code="R9")
    found = {key.removeprefix("Raters/"): n for key, n in of(world.study).items() if key.startswith("Raters")}
    assert found == {
        "Invited to the project, or added to it": 9,
        "Invited to the project, or added to it > invitation not answered yet": 2,
        "Invited to the project, or added to it > invitation ran out": 1,
        "Invited to the project, or added to it > invitation withdrawn": 1,
        "Invited to the project, or added to it > have no part in this study": 1,
        "Take or took part in this study": 4,
        "Take or took part in this study = came in another's place": 1,
        "Take or took part in this study > left before they began": 1,
        "Take or took part in this study > have handed in nothing yet": 2,
        "Worked": 1,
        "Worked = left and were replaced": 1,
        "Worked > none of their answers counts": 1,
        "Analysed": 0,
    }
    assert people_of(world.study, work_of(world.study)).asked == 9


def test_whoever_was_invited_by_code_counts_once_until_they_come() -> None:
    world = World()
    now = timezone.now()
    for n, code in enumerate(("R7", "R8")):
        Rater.objects.create(project=world.project, code=code)
        Invitation.objects.create(
            project=world.project, email=f"{code}@x.org" if n else "", rater_code=code, roles=["rater"],
            token_hash=code, expires_at=now + timedelta(days=1 - 2 * n),
        )  # fmt: skip
    # Came by another invitation; and somebody whom nobody invited yet.
    Invitation.objects.create(
        project=world.project, rater_code="R6", roles=["rater"], token_hash="6", expires_at=now, used_at=now
    )
    world.rater("R6")
    Rater.objects.create(project=world.project, code="R9")
    people = people_of(world.study, work_of(world.study))
    assert (people.waiting, people.expired, people.elsewhere, people.asked) == (1, 1, 2, 6)


def test_raters_whom_checks_or_the_manager_paused_pause_at_present() -> None:
    world = World()
    world.unit()
    for rater in world.raters:
        world.answer(rater, "positive")
    one, two = (world.part(rater) for rater in world.raters)
    holds.hold(one, cause="checks", actor=None)
    pauses.pause(two, actor=world.manager)
    assert of(world.study)["Raters/Worked = pause at present"] == 2
    holds.lift(one, actor=world.manager)
    assert of(world.study)["Raters/Worked = pause at present"] == 1


def test_consent_calibration_and_judging_again_are_steps_of_their_own() -> None:
    world = World()
    units = [world.unit() for _ in range(2)]
    one, two = world.raters
    others = [world.rater(f"R{n}") for n in range(3, 7)]
    for rater in others:
        parts.add_rater(world.study, rater, actor=world.manager)
    text = ConsentText.objects.create(study=world.study, text="You may stop at any time.")
    TrainingItem.objects.create(study=world.study, item=units[0].item, stage="calibration", round=2)
    given = {rater: world.part(rater) for rater in [one, two, *others]}
    for rater in (one, *others[:3]):
        Consent.objects.create(part=given[rater], text=text)
    Calibration.objects.create(part=given[others[0]], round=2, passed=False)
    Calibration.objects.create(part=given[others[1]], round=1, passed=False)
    Calibration.objects.create(part=given[others[2]], round=1, passed=True)
    row = world.answer(one, "positive")
    world.answer(two, "positive")
    Consent.objects.filter(part=given[one]).update(withdrawn_at=timezone.now(), answers_stay=True)
    guideline = world.study.guideline
    Recall.objects.create(
        study=world.study, assignment=row, part=given[one], guideline=guideline, done_at=timezone.now()
    )
    found = of(world.study)
    steps = {key.removeprefix("Raters/"): n for key, n in found.items() if key.startswith("Raters")}
    assert {key: n for key, n in steps.items() if not key.startswith("Invited")} == {
        "Take or took part in this study": 6,
        # Who has worked without it is behind the step: it came later.
        "Take or took part in this study > have not consented": 1,
        "Consented": 5,
        "Consented > did not pass": 1,
        "Consented > have not finished it": 1,
        "Passed calibration": 3,
        "Passed calibration > have handed in nothing yet": 1,
        "Worked": 2,
        "Worked = withdrew their consent": 1,
        "Analysed": 2,
    }
    assert found["Answers/Handed in = judged again under a newer guideline"] == 1


def test_who_came_in_anothers_place_is_told_where_raters_pass_a_step_first() -> None:
    world = World()
    ConsentText.objects.create(study=world.study, text="You may stop at any time.")
    parts.replace(world.part(world.raters[0]), world.rater("R3"), actor=world.manager)
    found = of(world.study)
    assert found["Raters/Take or took part in this study = came in another's place"] == 1
    assert "Raters/Consented = came in another's place" not in found


def test_every_report_has_the_flow_and_keeps_it_as_it_was() -> None:
    world = World()
    world.unit()
    for rater in world.raters:
        world.answer(rater, "positive")
    report = Report(study=world.study, seed=1)
    summary = reporting.compute(report, type("P", (), {"report": staticmethod(lambda *a: None)})())  # type: ignore[arg-type]
    diagram = summary.sections[-1].blocks[0]
    assert isinstance(diagram, Flow)
    assert Summary.from_json(summary.to_json()).sections[-1].blocks[0] == diagram
    assert counts(diagram)["Answers/Analysed"] == 2
    blind = BlindWorld(systems=2, items=1, raters=1, slug="bay")
    assert [section.key for section in with_flow(blind).sections][-1] == "flow"


def with_flow(world: BlindWorld) -> Summary:
    """Return the report of a blind study as a worker makes it."""
    study = world.opened(raters_per_item=1)
    return report_of(study)


def test_the_page_links_for_managers_alone_and_asks_as_often_for_one_answer_as_for_three() -> None:
    world = World()
    analyst = world.user("analyst", "analyst")
    for _ in range(3):
        world.unit()
    at = f"/p/harbour/studies/{world.study.slug}/flow/"
    world.answer(world.raters[0], "positive")
    asked = queries(world, at)
    world.answer(world.raters[1], "negative")
    for rater in world.raters:
        world.answer(rater, "positive")
    assert queries(world, at) == asked
    page = world.client(world.manager).get(at).content.decode()
    assert f"/p/harbour/studies/{world.study.slug}/people/" in page
    assert "Take or took part in this study" in page
    read = world.client(analyst).get(at).content.decode()
    assert ">Take or took part in this study<" in read
    assert f'href="/p/harbour/studies/{world.study.slug}/exclusions/"' not in read


def queries(world: World, at: str) -> int:
    """Return how often the page asks the database."""
    client = world.client(world.manager)
    client.get(at)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(at).status_code == 200
    return len(asked)
