"""How a study goes: counts that equal the rows, and units that will not get all their raters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.models import Assignment, Exclusion, Exposure, Sighting, Study, Unit
from projects.services import exclusions, leases, progress, sightings, studies


def short(study):
    """The sort keys of the units that fall short, with their reach."""
    return {unit.sort_key: unit.reach for unit in progress.shortfalls(study)}


def test_work_is_counted_by_rater(stage):
    one, two = stage.raters(2)
    study = stage.study(one, two, units=6)
    stage.do(study, one, 2)
    leases.skip(stage.hold(study, one)[0], reason="no")
    stage.hold(study, one, count=2)
    found = {part.rater.code: part for part in progress.raters_of(study)}
    assert (found["R1"].submitted, found["R1"].in_work, found["R1"].skipped) == (2, 2, 1)
    assert found["R1"].last_at == Assignment.objects.order_by("-submitted_at").filter(state="submitted")[0].submitted_at
    assert (found["R2"].in_work, found["R2"].skipped, found["R2"].last_at) == (0, 0, None)


def test_pace_counts_the_answers_of_one_day(stage):
    rater = stage.rater("R1")
    study, other = stage.study(rater, units=3), stage.study(rater, units=1, name="Other")
    stage.do(study, rater, 3)
    old = Assignment.objects.filter(study=study).first()
    Assignment.objects.filter(pk=old.pk).update(submitted_at=timezone.now() - timedelta(hours=25))
    assert progress.pace_of(study) == 2
    assert dict(progress.with_pace(Study.objects.all()).values_list("pk", "pace")) == {study.pk: 2, other.pk: 0}
    assert [part.recent for part in progress.raters_of(study)] == [2]


def test_strata_add_up(stage):
    rater = stage.rater("R1")
    study = stage.study(rater, units=3, wanted=2)
    for unit, stratum in zip(study.units.order_by("sort_key"), ["b", "a", "b"], strict=True):
        Unit.objects.filter(pk=unit.pk).update(stratum=stratum)
    stage.do(study, rater, 2)
    assert progress.by_stratum(study) == [progress.Stratum("a", 1, 1, 2), progress.Stratum("b", 2, 1, 4)]


def test_nothing_falls_short_where_enough_raters_take_part(stage):
    study = stage.study(*stage.raters(2), units=2, wanted=2)
    assert short(study) == {}


def test_units_fall_short_of_raters_of_their_language_and_group(stage):
    expert, student = stage.rater("A", ["en"], "expert"), stage.rater("B", ["en", "zh"], "student")
    study = stage.study(expert, student, units=4, wanted=2)
    kinds = [("en", ""), ("zh", ""), ("en", "expert"), ("", "")]
    for unit, (language, group) in zip(study.units.order_by("sort_key"), kinds, strict=True):
        Unit.objects.filter(pk=unit.pk).update(language=language, group=group)
    assert short(study) == {1: 1, 2: 1}


def test_answers_of_whoever_left_still_count(stage):
    one, two = stage.raters(2)
    study = stage.study(one, two, units=2, wanted=2)
    stage.do(study, one, 1)
    studies.leave(stage.part(study, one), actor=stage.manager)
    assert short(study) == {1: 1}


def test_a_surplus_answer_leaves_its_rater_unable(stage):
    one, two, three = stage.raters(3)
    study = stage.study(one, two, three, units=1)
    late = stage.hold(study, one)[0]
    leases.release(late)
    stage.do(study, two)
    stage.hand_in(study, one, late)
    Unit.objects.update(wanted=4, open=True)
    assert short(study) == {0: 2}


def test_a_fresh_study_falls_short_of_raters_who_have_met_an_item(stage):
    one, two = stage.raters(2)
    earlier = stage.study(one, units=2, name="Earlier")
    stage.do(earlier, one)
    items = [unit.item for unit in earlier.units.order_by("sort_key")]
    study = stage.draft(one, two, name="Test")
    for n, item in enumerate(items):
        Unit.objects.create(study=study, item=item, revision=item.current, wanted=2, sort_key=n)
    Study.objects.filter(pk=study.pk).update(state="open", fresh_raters=True)
    study.refresh_from_db()
    assert short(study) == {0: 1}
    Sighting.objects.create(item=items[1], user=two.user)
    assert short(study) == {0: 1, 1: 1}


def test_a_closed_study_names_what_stayed_incomplete(stage):
    rater = stage.rater("R1")
    study = stage.study(rater, units=3)
    stage.do(study, rater)
    assert progress.count_short(study) == 0
    studies.close(study, actor=stage.manager)
    assert progress.count_short(study) == 2


@pytest.mark.parametrize("what", ["unit", "rater", "assignment"])
def test_what_is_left_out_is_lifted_again_and_both_are_kept(stage, what):
    rater = stage.rater("R1")
    study = stage.study(rater, units=1)
    stage.do(study, rater)
    target = {"unit": study.units.get(), "rater": rater, "assignment": study.assignments.get()}[what]
    row = exclusions.leave_out(study, target, reason=" a mistake ", actor=stage.manager)
    assert (getattr(row, what), row.reason, row.created_by) == (target, "a mistake", stage.manager)
    with pytest.raises(exclusions.ValidationError, match="left out already"):
        exclusions.leave_out(study, target, reason="again", actor=stage.manager)
    exclusions.lift(row, actor=stage.manager)
    exclusions.lift(row, actor=stage.manager)
    row = Exclusion.objects.get()
    assert (row.lifted_by, exclusions.in_force(study).count()) == (stage.manager, 0)
    exclusions.leave_out(study, target, reason="after all", actor=stage.manager)
    assert exclusions.in_force(study).count() == 1


def test_an_exclusion_needs_a_reason_and_a_part_of_the_study(stage):
    rater, other = stage.raters(2)
    study, elsewhere = stage.study(rater, units=1), stage.study(other, units=1, name="Elsewhere")
    with pytest.raises(exclusions.ValidationError, match="Give the reason"):
        exclusions.leave_out(study, rater, reason="  ", actor=stage.manager)
    for target in (other, elsewhere.units.get()):
        with pytest.raises(exclusions.ValidationError, match="no part of the study"):
            exclusions.leave_out(study, target, reason="why", actor=stage.manager)
    assert Exclusion.objects.count() == 0


def test_whoever_reads_a_unit_has_met_its_item_and_what_else_they_saw(stage):
    rater, other = stage.raters(2)
    study = stage.study(rater, other, units=1, wanted=2)
    mine, theirs = stage.hold(study, rater)[0], stage.hold(study, other)[0]
    unit = study.units.get()
    sightings.see(unit, user=rater.user)
    sightings.see(unit, user=rater.user, exposure=Exposure.OTHERS)
    assert list(Sighting.objects.values_list("item", "user")) == [(unit.item_id, rater.user_id)]
    assert dict(Assignment.objects.values_list("pk", "exposure")) == {mine.pk: Exposure.OTHERS, theirs.pk: 0}
