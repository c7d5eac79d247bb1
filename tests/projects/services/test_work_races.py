"""Many at once, each with a connection of their own: no place is given twice, no answer falls between two."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import Count

from projects.models import Assignment, Unit
from projects.services import leases, work

pytestmark = pytest.mark.django_db(transaction=True)
CLAIMERS = 8


def at_once(jobs):
    """Run every job in a thread with its own connection; returns what they return, raises what they raise."""
    start = Barrier(len(jobs))

    def run(job):
        try:
            start.wait(30)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def works_until_nothing_is_left(stage, study, rater, seed):
    """Claim, and then answer, skip or give back at random."""
    rng = random.Random(seed)

    def job():
        for _ in range(60):
            held = stage.hold(study, rater, count=2)
            if not held:
                return
            row, luck = rng.choice(held), rng.random()
            if luck < 0.75:
                stage.hand_in(study, rater, row)
            elif luck < 0.9:
                leases.skip(row, reason="no")
            else:
                leases.release(row)

    return job


def test_eight_claimers_at_once_take_no_place_twice(stage):
    raters = stage.raters(CLAIMERS)
    study = stage.study(*raters, units=12, wanted=3)
    at_once([works_until_nothing_is_left(stage, study, rater, seed) for seed, rater in enumerate(raters)])
    # Where rows are locked, a claim passes over units in others' hands: whoever asks again gets what is left.
    for rater in raters:
        stage.do(study, rater, 99)
    doubled = Assignment.objects.values("unit", "rater").annotate(n=Count("pk")).filter(n__gt=1)
    assert list(doubled) == []
    assert set(Unit.objects.values_list("taken", "done", "wanted")) == {(3, 3, 3)}
    assert stage.counters_are_true(study)


def deadlock(state):
    error = OperationalError("deadlock detected")
    error.__cause__ = type("Cause", (Exception,), {"sqlstate": state})()
    return error


def test_a_claim_that_ran_into_a_deadlock_is_made_again(stage, monkeypatch):
    (rater,) = stage.raters(1)
    study = stage.study(rater, units=2)
    hold, failures = leases._hold, [deadlock("40P01"), deadlock("40P01")]

    def sometimes(*args, **kwargs):
        if failures:
            raise failures.pop()
        return hold(*args, **kwargs)

    monkeypatch.setattr(leases, "_hold", sometimes)
    assert len(stage.hold(study, rater, count=2)) == 2
    assert stage.counters_are_true(study)
    # What else goes wrong in the database is nobody's to try again, nor what is part of somebody's transaction.
    failures.append(deadlock("08006"))
    with pytest.raises(OperationalError):
        stage.hold(study, rater)
    failures.append(deadlock("40P01"))
    with pytest.raises(OperationalError), transaction.atomic():
        stage.hold(study, rater)


def test_eight_claimers_for_one_place_get_it_once(stage):
    raters = stage.raters(CLAIMERS)
    study = stage.study(*raters, units=1)
    held = at_once([lambda rater=rater: len(stage.hold(study, rater)) for rater in raters])
    assert sorted(held) == [0] * (CLAIMERS - 1) + [1]
    assert stage.counters_are_true(study)


def somebody_waits_for_a_lock():
    """Whether a transaction of this database waits for another; unknown where writers simply queue."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        # Not pg_stat_activity, which stands still within a transaction.
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


def holds_in_a_thread(pool, stage, study, rater):
    """Let a rater claim up to two units from a connection of their own; returns the future."""

    def job():
        try:
            return [row.unit.sort_key for row in stage.hold(study, rater, count=2)]
        finally:
            connection.close()

    return pool.submit(job)


@pytest.mark.parametrize(("wanted", "expected"), [(2, [0]), (1, [])])
def test_the_last_unit_is_waited_for_while_another_claim_has_it_locked(stage, until, wanted, expected):
    first, second = stage.raters(2)
    study = stage.study(first, second, units=1, wanted=wanted)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert len(stage.hold(study, first)) == 1
            claim = holds_in_a_thread(pool, stage, study, second)
            until(lambda: claim.done() or somebody_waits_for_a_lock())
        assert claim.result(30) == expected
    assert stage.counters_are_true(study)


def test_a_claim_that_finds_other_work_waits_for_nobody(stage):
    first, second = stage.raters(2)
    study = stage.study(first, second, units=2, wanted=2)
    passes_over = connection.features.has_select_for_update_skip_locked
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert len(stage.hold(study, first)) == 1
            claim = holds_in_a_thread(pool, stage, study, second)
            came = claim.result(30) if passes_over else []
        assert claim.result(30) == (came if passes_over else [0, 1])
    assert came == ([1] if passes_over else [])
    assert stage.counters_are_true(study)


def test_eight_tabs_of_one_rater_never_get_a_unit_or_a_number_twice(stage):
    rater = stage.rater("R1")
    study = stage.study(rater, units=4, wanted=3)
    at_once([lambda: stage.hold(study, rater) for _ in range(CLAIMERS)])
    held = list(Assignment.objects.order_by("ordinal").values_list("unit_id", "ordinal"))
    assert len({unit_id for unit_id, _ordinal in held}) == len(held)
    assert [ordinal for _unit_id, ordinal in held] == list(range(1, len(held) + 1))
    # Tabs that claim at once get their numbers in another order than they began; the oldest claim comes first.
    oldest = Assignment.objects.order_by("claimed_at", "ordinal").first()
    assert stage.hold(study, rater)[0] == oldest
    assert stage.counters_are_true(study)


def test_one_press_sent_eight_times_at_once_counts_once(stage):
    rater = stage.rater("R1")
    study = stage.study(rater, units=1)
    row = stage.hold(study, rater)[0]
    outcomes = at_once([lambda: stage.hand_in(study, rater, row, key="press") for _ in range(CLAIMERS)])
    assert sorted(outcome.replayed for outcome in outcomes) == [False] + [True] * (CLAIMERS - 1)
    assert stage.counters_are_true(study)


def test_two_last_answers_at_once_settle_the_unit(stage):
    raters = stage.raters(2)
    study = stage.study(*raters, units=1, wanted=2)
    rows = [stage.hold(study, rater)[0] for rater in raters]
    both_writing = Barrier(2)

    def write(submission):
        # Long enough for the other to get here, where nothing keeps it out.
        try:
            both_writing.wait(1)
        except BrokenBarrierError:
            return

    def submits(rater, row):
        return lambda: work.submit(
            stage.part(study, rater),
            row,
            answer=work.Answer(client_key="key"),
            write=write,
            settle=lambda unit: stage.settled.append(unit.pk),
        )

    outcomes = at_once([submits(rater, row) for rater, row in zip(raters, rows, strict=True)])
    assert sorted(outcome.completed for outcome in outcomes) == [False, True]
    assert stage.settled == [study.units.get().pk]
    assert stage.counters_are_true(study)


def test_eight_claimers_never_exceed_a_groups_quota(stage):
    experts = [stage.rater(f"E{n}", group="expert") for n in range(4)]
    students = [stage.rater(f"S{n}", group="student") for n in range(4)]
    stage.items(8)
    quotas = {"expert": 1, "student": 2}
    study = stage.opened(*experts, *students, raters_per_item=3, design={"how": "free", "quotas": quotas})
    team = experts + students
    at_once([works_until_nothing_is_left(stage, study, rater, seed) for seed, rater in enumerate(team)])
    for rater in team:
        stage.do(study, rater, 99)
    counted = Assignment.objects.filter(state="submitted").values("unit", "rater__group").annotate(n=Count("pk"))
    assert {(row["rater__group"], row["n"]) for row in counted} == {("expert", 1), ("student", 2)}
    assert set(Unit.objects.values_list("taken", "done", "wanted")) == {(3, 3, 3)}
    assert stage.counters_are_true(study)


def test_eight_claimers_by_plan_get_their_own_units_and_what_is_left(stage):
    raters = stage.raters(CLAIMERS)
    stage.items(16)
    study = stage.opened(*raters, raters_per_item=3, design={"how": "balanced"})
    at_once([works_until_nothing_is_left(stage, study, rater, seed) for seed, rater in enumerate(raters)])
    for rater in raters:
        stage.do(study, rater, 99)
    assert set(Unit.objects.values_list("taken", "done", "wanted")) == {(3, 3, 3)}
    assert stage.counters_are_true(study)
