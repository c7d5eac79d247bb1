"""A period of a rater left out: which answers it takes, that the database and the lists agree, and the page for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.models import Assignment, AuditEntry, Exclusion, Rater, Submission
from projects.services import exclusions
from projects.services.exclusions import answered, assignments_left_out, leave_out, left_out, lift

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def hour(n: float) -> datetime:
    """Return a time some hours after the start."""
    return START + timedelta(hours=n)


@pytest.fixture
def worked(stage):
    """Two raters with four answers each, one an hour; returns the study and the raters."""
    one, two = stage.raters(2)
    study = stage.study(one, two, units=4, wanted=2)
    for rater in (one, two):
        stage.do(study, rater, 4)
        for n, row in enumerate(study.assignments.filter(rater=rater).order_by("unit__sort_key")):
            Submission.objects.filter(assignment=row).update(created_at=hour(n))
    return study, one, two


def gone(study) -> list[tuple[str, int]]:
    """Return rater and unit of the answers left out, as the database says; the lists in memory must say the same."""
    rows = list(study.assignments.filter(assignments_left_out()).order_by("rater__code", "unit__sort_key"))
    out = left_out(study)
    everything = study.assignments.all()
    assert {row.pk for row in rows} == {r.pk for r in everything if out.reason(r.unit_id, r.rater_id, r.pk)}
    return [(row.rater.code, row.unit.sort_key) for row in rows]


def test_a_period_begins_with_its_first_moment_and_ends_before_its_last(stage, worked):
    study, one, _ = worked
    leave_out(study, one, reason="Fell ill.", actor=stage.manager, since=hour(1), until=hour(3))
    assert gone(study) == [("R1", 1), ("R1", 2)]
    out = left_out(study)
    assert (set(out.assignments.values()), out.raters, out.by_period) == (
        {"Fell ill."}, {}, frozenset(out.assignments),
    )  # fmt: skip


def test_a_period_may_be_open_at_either_end(stage, worked):
    study, one, two = worked
    leave_out(study, one, reason="From then on.", actor=stage.manager, since=hour(3))
    leave_out(study, two, reason="Until then.", actor=stage.manager, until=hour(1))
    assert gone(study) == [("R1", 3), ("R2", 0)]


def test_lifting_a_period_counts_its_answers_again_and_both_are_told(stage, worked):
    study, one, _ = worked
    row = leave_out(study, one, reason="Fell ill.", actor=stage.manager, since=hour(1))
    lift(row, actor=stage.manager)
    assert gone(study) == []
    told = list(AuditEntry.objects.filter(verb__startswith="exclusion.").order_by("pk").values_list("verb", "data"))
    assert told == [
        ("exclusion.made", {"study": study.pk, "what": "period"}),
        ("exclusion.lifted", {"study": study.pk}),
    ]


def test_a_rater_and_a_period_of_the_same_rater_are_left_out_apart(stage, worked):
    study, one, _ = worked
    leave_out(study, one, reason="A morning.", actor=stage.manager, until=hour(1))
    with pytest.raises(ValidationError, match="left out already"):
        leave_out(study, one, reason="Again.", actor=stage.manager, until=hour(1))
    whole = leave_out(study, one, reason="All.", actor=stage.manager)
    assert [n for _code, n in gone(study)] == [0, 1, 2, 3]
    lift(whole, actor=stage.manager)
    assert gone(study) == [("R1", 0)]


def test_a_second_answer_does_not_lead_out_of_a_period_while_the_first_is_used(stage, worked):
    study, one, _ = worked
    row = study.assignments.get(rater=one, unit__sort_key=1)
    # Changed after others' answers were shown: agreement still uses the first.
    Assignment.objects.filter(pk=row.pk).update(exposure=2)
    stage.hand_in(study, one, row, based_on=1)
    Submission.objects.filter(assignment=row, number=2).update(created_at=hour(9))
    leave_out(study, one, reason="Fell ill.", actor=stage.manager, since=hour(1), until=hour(2))
    assert gone(study) == [("R1", 1)]
    Submission.objects.filter(assignment=row, number=1).update(independent=False)
    assert gone(study) == []


@pytest.mark.parametrize(
    ("target", "ends", "words"),
    [
        ("rater", (3, 1), "ends before it begins"),
        ("rater", (1, 1), "ends before it begins"),
        ("unit", (1, 3), "Only a rater's answers"),
        ("external", (1, None), "no time of their own"),
    ],
)
def test_an_impossible_period_is_refused(stage, worked, target, ends, words):
    study, one, _ = worked
    external = Rater.objects.create(project=stage.project, code="X1", nature="external")
    chosen = {"rater": one, "unit": study.units.first(), "external": external}[target]
    since, until = (None if end is None else hour(end) for end in ends)
    with pytest.raises(ValidationError, match=words):
        leave_out(study, chosen, reason="No.", actor=stage.manager, since=since, until=until)
    assert Exclusion.objects.count() == 0


@pytest.mark.parametrize("values", [{"since": hour(2), "until": hour(1)}, {"unit": True, "since": hour(1)}])
def test_the_database_refuses_an_impossible_period(worked, values):
    study, one, _ = worked
    target = {"unit": study.units.first()} if values.pop("unit", None) else {"rater": one}
    with pytest.raises(IntegrityError), transaction.atomic():
        Exclusion.objects.create(study=study, reason="No.", **target, **values)


ends = st.one_of(st.none(), st.integers(-1, 5))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), ends, ends), max_size=4))
def test_any_periods_leave_out_what_lies_in_one_of_them(stage, worked, periods):
    study, one, two = worked
    with transaction.atomic():
        expected = set()
        for first, start, stop in periods:
            if (start is None and stop is None) or (start is not None and stop is not None and start >= stop):
                continue
            rater = one if first else two
            since, until = (None if end is None else hour(end) for end in (start, stop))
            Exclusion.objects.create(study=study, rater=rater, reason="x", since=since, until=until)
            expected |= {
                (rater.code, n)
                for n in range(4)
                if (start is None or n >= start) and (stop is None or n < stop)
            }  # fmt: skip
        assert set(gone(study)) == expected
        transaction.set_rollback(True)


def test_only_the_studys_own_answers_are_in_a_period(stage, worked):
    study, one, _ = worked
    other = stage.study(one, units=1, name="Other")
    stage.do(other, one)
    assert answered(other, one.pk, hour(0), hour(9)) == set()
    leave_out(study, one, reason="All of it.", actor=stage.manager, since=hour(-9))
    assert gone(other) == []


def test_a_manager_leaves_a_period_out_on_the_page_and_reads_it_there(stage, worked):
    study, one, _ = worked
    client, at = stage.client(stage.manager), f"/p/harbour/studies/{study.slug}/exclusions/"
    sent = {"what": str(one.pk), "since": "2026-03-02T12:00", "until": "2026-03-02T10:00", "reason": "Fell ill."}
    refused = client.post(at, sent)
    assert (refused.status_code, Exclusion.objects.count()) == (422, 0)
    assert 'value="2026-03-02T12:00"' in refused.content.decode()
    assert client.post(at, sent | {"since": "2026-03-02T10:00", "until": "2026-03-02T12:00"}).status_code == 302
    assert gone(study) == [("R1", 1), ("R1", 2)]
    page = client.get(at).content.decode()
    assert "answers of R1 from 2026-03-02 10:00 until 2026-03-02 12:00" in page
    assert exclusions.in_force(study).get().reason == "Fell ill."
