"""Drafts, answers, changes of mind: what is kept, what is refused, what counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.models import Assignment, Draft, Exposure, Study, StudyRole, Submission, Unit
from projects.services import leases, work

State = Assignment.State


@pytest.fixture
def raters(stage):
    return stage.raters(3)


def submissions(row):
    """The answers of one assignment: number, current, independent, exposure."""
    return list(row.submissions.order_by("number").values_list("number", "current", "independent", "exposure"))


def test_an_answer_fills_a_place_and_counts(stage, raters):
    study = stage.study(raters[0], units=2, wanted=2)
    outcome = stage.hand_in(study, raters[0], stage.hold(study, raters[0])[0])
    assert (outcome.replayed, outcome.completed) == (False, False)
    assert Unit.objects.order_by("sort_key").values_list("done", "taken").first() == (1, 1)
    assert StudyRole.objects.get(rater=raters[0]).submitted == 1
    assert stage.counters_are_true(study)


def test_the_last_answer_completes_the_unit_and_settles_it(stage, raters):
    study = stage.study(*raters, units=1, wanted=2)
    outcomes = [stage.hand_in(study, rater, stage.hold(study, rater)[0]) for rater in raters[:2]]
    assert [outcome.completed for outcome in outcomes] == [False, True]
    assert stage.settled == [study.units.get().pk]


def test_a_change_of_mind_settles_a_complete_unit_again(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    stage.hand_in(study, raters[0], row)
    stage.hand_in(study, raters[0], row, based_on=1)
    assert len(stage.settled) == 2
    assert stage.counters_are_true(study)


def test_the_same_press_sent_twice_counts_once(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    first = stage.hand_in(study, raters[0], row, key="press")
    second = stage.hand_in(study, raters[0], row, key="press")
    assert (second.replayed, second.submission.pk) == (True, first.submission.pk)
    assert submissions(row) == [(1, True, True, Exposure.NOTHING)]
    assert stage.counters_are_true(study)


def test_an_older_press_sent_again_after_a_change_of_mind_changes_nothing(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    stage.hand_in(study, raters[0], row, key="first")
    stage.hand_in(study, raters[0], row, key="second", based_on=1)
    assert stage.hand_in(study, raters[0], row, key="first").replayed
    assert submissions(row) == [(1, False, False, 0), (2, True, True, 0)]


@pytest.mark.parametrize("based_on", [0, 2])
def test_an_answer_from_an_old_page_is_refused(stage, raters, based_on):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    stage.hand_in(study, raters[0], row, key="first")
    with pytest.raises(work.AnswerConflict):
        stage.hand_in(study, raters[0], row, key="other", based_on=based_on)
    assert len(submissions(row)) == 1
    assert stage.counters_are_true(study)


@pytest.mark.parametrize("state", [Study.State.PAUSED, Study.State.CLOSED])
def test_no_answers_are_taken_where_a_study_is_not_open(stage, raters, state):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    Study.objects.filter(pk=study.pk).update(state=state)
    with pytest.raises(work.StudyNotOpen):
        stage.hand_in(study, raters[0], row)
    assert Submission.objects.count() == 0


def test_a_replay_is_answered_even_after_closing(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    stage.hand_in(study, raters[0], row, key="press")
    Study.objects.filter(pk=study.pk).update(state=Study.State.CLOSED)
    assert stage.hand_in(study, raters[0], row, key="press").replayed


def test_a_change_of_mind_before_any_exposure_is_the_independent_one(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    stage.hand_in(study, raters[0], row)
    stage.hand_in(study, raters[0], row, based_on=1)
    assert submissions(row) == [(1, False, False, 0), (2, True, True, 0)]


def test_a_change_of_mind_after_exposure_leaves_the_independent_one(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    stage.hand_in(study, raters[0], row)
    work.expose(row, Exposure.OTHERS)
    stage.hand_in(study, raters[0], row, based_on=1)
    assert submissions(row) == [(1, False, True, Exposure.NOTHING), (2, True, False, Exposure.OTHERS)]


def test_what_the_design_shows_everybody_leaves_an_answer_independent(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0], shown=Exposure.PRELABEL)[0]
    stage.hand_in(study, raters[0], row)
    assert submissions(row) == [(1, True, True, Exposure.PRELABEL)]


def test_exposure_never_goes_back(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    work.expose(row, Exposure.OTHERS)
    work.expose(row, Exposure.PRELABEL)
    row.refresh_from_db()
    assert (row.base_exposure, row.exposure) == (Exposure.NOTHING, Exposure.OTHERS)


def test_late_work_takes_its_place_again_where_it_is_free(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    leases.release(row)
    stage.hand_in(study, raters[0], row)
    row.refresh_from_db()
    assert (row.state, row.surplus) == (State.SUBMITTED, False)
    assert stage.counters_are_true(study)


def test_late_work_without_a_place_is_kept_as_surplus(stage, raters):
    study = stage.study(*raters, units=1)
    late = stage.hold(study, raters[0])[0]
    leases.release(late)
    stage.do(study, raters[1])
    stage.settled.clear()
    stage.hand_in(study, raters[0], late)
    late.refresh_from_db()
    assert (late.state, late.surplus) == (State.SUBMITTED, True)
    assert Unit.objects.values_list("done", "taken").get() == (1, 1)
    assert (StudyRole.objects.get(rater=raters[0]).submitted, stage.settled) == (0, [])
    assert stage.counters_are_true(study)


def test_answers_keep_the_settings_and_guideline_they_were_made_under(stage, raters):
    study = stage.study(raters[0], units=1)
    stage.do(study, raters[0])
    given = Submission.objects.get()
    assert (given.version_id, given.guideline_id) == (study.version_id, study.guideline_id)


def test_active_time_is_never_more_than_has_passed(stage, raters):
    study = stage.study(raters[0], units=2)
    for seconds, claimed in ((7, 10), (30, 10)):
        row = stage.hold(study, raters[0])[0]
        Assignment.objects.filter(pk=row.pk).update(claimed_at=timezone.now() - timedelta(seconds=claimed))
        row.refresh_from_db()
        stage.hand_in(study, raters[0], row, active_ms=seconds * 1000)
    first, second = Submission.objects.order_by("pk").values_list("active_ms", flat=True)
    assert first == 7000
    assert 10_000 <= second < 12_000
    assert stage.counters_are_true(study)


def test_time_on_a_change_of_mind_counts_from_the_last_answer(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    stage.hand_in(study, raters[0], row)
    Assignment.objects.filter(pk=row.pk).update(submitted_at=timezone.now() - timedelta(seconds=5))
    row.refresh_from_db()
    stage.hand_in(study, raters[0], row, based_on=1, active_ms=3000)
    assert StudyRole.objects.get(rater=raters[0]).active_ms == 3000
    assert stage.counters_are_true(study)


def test_a_draft_is_kept_in_versions_until_the_answer(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    assert work.save_draft(row, payload={"a": 1}, version=0).version == 1
    assert work.save_draft(row, payload={"a": 2}, version=1).version == 2
    stage.hand_in(study, raters[0], row)
    assert not Draft.objects.exists()


@pytest.mark.parametrize("version", [0, 1])
def test_a_draft_of_another_tab_is_not_overwritten(stage, raters, version):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    work.save_draft(row, payload={"a": 1}, version=0)
    work.save_draft(row, payload={"a": 2}, version=1)
    with pytest.raises(work.DraftConflict) as conflict:
        work.save_draft(row, payload={"a": 3}, version=version)
    assert (conflict.value.draft.payload, conflict.value.draft.version) == ({"a": 2}, 2)


def test_a_failing_kind_leaves_nothing_behind(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]

    def fail(submission):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        work.submit(
            stage.part(study, raters[0]), row, answer=work.Answer("key"), write=fail, settle=stage.settled.append
        )
    assert (Submission.objects.count(), Assignment.objects.get().state) == (0, State.LEASED)
    assert stage.counters_are_true(study)
