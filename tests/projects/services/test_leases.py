"""Who holds which unit, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.models import Assignment, Draft, Unit
from projects.services import leases, work

State = Assignment.State


@pytest.fixture
def raters(stage):
    return stage.raters(2)


def states(study):
    """Each assignment's unit and state, in the order of claims."""
    rows = study.assignments.order_by("unit__sort_key", "rater__code")
    return list(rows.values_list("rater__code", "unit__sort_key", "state"))


def test_hold_returns_what_is_in_hand_before_claiming_more(stage, raters):
    study = stage.study(raters[0], units=5)
    first = stage.hold(study, raters[0], count=2)
    again = stage.hold(study, raters[0], count=2)
    assert [row.pk for row in again] == [row.pk for row in first]
    assert [row.ordinal for row in again] == [1, 2]
    assert study.assignments.count() == 2


def test_hold_gives_fewer_where_there_are_no_more(stage, raters):
    study = stage.study(raters[0], units=1)
    assert len(stage.hold(study, raters[0], count=3)) == 1


def test_a_lease_that_has_run_out_returns_its_place(stage, raters):
    study = stage.study(*raters, units=1)
    stage.hold(study, raters[0])
    assert leases.release_expired() == 0
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert leases.release_expired() == 1
    assert states(study) == [("R1", 0, State.RELEASED)]
    assert Unit.objects.values_list("taken", "open").get() == (0, True)
    assert stage.do(study, raters[1]) == [0]
    assert stage.counters_are_true(study)


def test_more_leases_run_out_at_once_than_one_round_frees(stage, raters, monkeypatch):
    monkeypatch.setattr(leases, "RELEASE_CHUNK", 2)
    study = stage.study(raters[0], units=5)
    stage.hold(study, raters[0], count=5)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert leases.release_expired() == 5


def test_a_saved_draft_renews_the_lease_and_survives_its_end(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    work.save_draft(row, payload={"comment": "half"}, version=0)
    assert leases.release_expired() == 0
    leases.release(row)
    assert Draft.objects.get().payload == {"comment": "half"}


def test_what_is_skipped_goes_to_the_back_of_the_queue(stage, raters):
    study = stage.study(raters[0], units=3)
    row = stage.hold(study, raters[0])[0]
    assert leases.skip(row, reason="I know this person.")
    assert stage.do(study, raters[0], 9) == [1, 2, 0]
    assert Assignment.objects.get(pk=row.pk).skip_reason == "I know this person."
    assert stage.counters_are_true(study)


def test_a_skipped_place_is_free_for_others(stage, raters):
    study = stage.study(*raters, units=1)
    leases.skip(stage.hold(study, raters[0])[0], reason="no")
    assert stage.do(study, raters[1]) == [0]
    assert stage.hold(study, raters[0]) == []
    assert stage.counters_are_true(study)


def test_leftovers_come_again_longest_ago_first(stage, raters):
    study = stage.study(raters[0], units=3)
    for row in stage.hold(study, raters[0], count=3):
        leases.release(row)
    ages = {0: 1, 1: 3, 2: 2}
    for key, hours in ages.items():
        Assignment.objects.filter(unit__sort_key=key).update(claimed_at=timezone.now() - timedelta(hours=hours))
    assert stage.do(study, raters[0], 9) == [1, 2, 0]
    assert stage.counters_are_true(study)


def test_skipping_twice_counts_once(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    assert [leases.skip(row, reason="a"), leases.skip(row, reason="b")] == [True, False]
    assert stage.counters_are_true(study)


def test_what_is_submitted_is_neither_skipped_nor_released_nor_taken_up(stage, raters):
    study = stage.study(raters[0], units=1)
    row = stage.hold(study, raters[0])[0]
    stage.hand_in(study, raters[0], row)
    assert [leases.skip(row, reason="a"), leases.release(row), leases.renew(row), leases.take_up(row)] == [False] * 4
    assert stage.counters_are_true(study)


def test_taking_up_gives_the_place_back_where_the_row_is_in_hand_already(stage, raters):
    study = stage.study(raters[0], units=1, wanted=2)
    row = stage.hold(study, raters[0])[0]
    assert not leases.take_up(row)
    assert Unit.objects.values_list("taken", "open").get() == (1, True)


def test_release_all_frees_everything_of_one_rater(stage, raters):
    study = stage.study(*raters, units=4)
    stage.hold(study, raters[0], count=2)
    stage.hold(study, raters[1], count=1)
    assert leases.release_all(study, raters[0]) == 2
    assert states(study) == [("R1", 0, State.RELEASED), ("R1", 1, State.RELEASED), ("R2", 2, State.LEASED)]
    assert stage.counters_are_true(study)
