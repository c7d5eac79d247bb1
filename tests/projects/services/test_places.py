"""Places of a unit: taken one at a time, never more than there are, by those they are for."""

from __future__ import annotations

import pytest
from django.db import connection

from projects.models import Exposure, Rater, Sighting, Study, StudyRole, Unit
from projects.services import leases, parts, places


@pytest.fixture
def raters(stage):
    return stage.raters(3)


def test_claims_never_exceed_what_a_unit_wants(stage, raters):
    study = stage.study(*raters, units=1, wanted=2)
    assert [len(stage.hold(study, rater)) for rater in raters] == [1, 1, 0]
    assert Unit.objects.values_list("taken", "wanted", "open").get() == (2, 2, False)


def test_a_rater_gets_each_unit_once(stage, raters):
    study = stage.study(raters[0], units=3, wanted=2)
    assert stage.do(study, raters[0], 9) == [0, 1, 2]
    assert stage.hold(study, raters[0]) == []


def test_claims_follow_the_order_of_the_study(stage, raters):
    study = stage.study(raters[0], units=3)
    keys = [30, 10, 20]
    for unit, key in zip(study.units.order_by("pk"), keys, strict=True):
        Unit.objects.filter(pk=unit.pk).update(sort_key=key)
    assert stage.do(study, raters[0], 3) == [10, 20, 30]


def test_the_cursor_moves_with_each_claim(stage, raters):
    study = stage.study(raters[0], units=3)
    stage.hold(study, raters[0], count=2)
    part = StudyRole.objects.get(rater=raters[0])
    assert (part.cursor, part.claimed) == (1, 2)


def test_a_claim_wraps_around_to_places_left_behind(stage, raters):
    first, second, _ = raters
    study = stage.study(first, second, units=3)
    held = stage.hold(study, first)
    assert stage.do(study, second) == [1]
    leases.release(held[0])
    assert stage.do(study, second, 5) == [2, 0]


def test_languages_decide_who_gets_a_unit(stage):
    english, both, any_language = stage.rater("A", ["en"]), stage.rater("B", ["en", "zh"]), stage.rater("C")
    study = stage.study(english, both, any_language, units=3, wanted=3, languages=["en", "zh"])
    for unit, language in zip(study.units.order_by("sort_key"), ["en", "zh", ""], strict=True):
        Unit.objects.filter(pk=unit.pk).update(language=language)
    assert {rater.code: stage.do(study, rater, 9) for rater in (english, both, any_language)} == {
        "A": [0, 2],
        "B": [0, 1, 2],
        "C": [0, 1, 2],
    }


def test_groups_decide_who_gets_a_unit(stage):
    expert, student = stage.rater("A", group="expert"), stage.rater("B", group="student")
    study = stage.study(expert, student, units=3, wanted=2)
    for unit, group in zip(study.units.order_by("sort_key"), ["expert", "student", ""], strict=True):
        Unit.objects.filter(pk=unit.pk).update(group=group)
    assert stage.do(study, expert, 9) == [0, 2]
    assert stage.do(study, student, 9) == [1, 2]


def test_fresh_raters_get_only_items_they_have_not_met(stage, raters):
    worked, read, fresh = raters
    earlier = stage.study(worked, units=1, name="Earlier")
    stage.do(earlier, worked)
    item = earlier.units.get().item
    Sighting.objects.create(item=item, user=read.user)
    test = stage.draft(worked, read, fresh, name="Test")
    Unit.objects.create(study=test, item=item, revision=item.current, wanted=3, sort_key=0)
    Study.objects.filter(pk=test.pk).update(state=Study.State.OPEN, fresh_raters=True)
    assert [stage.do(test, rater) for rater in raters] == [[], [], [0]]


def test_without_that_setting_an_item_may_be_met_again(stage, raters):
    earlier = stage.study(raters[0], units=1, name="Earlier")
    stage.do(earlier, raters[0])
    item = earlier.units.get().item
    again = stage.draft(raters[0], name="Again")
    Unit.objects.create(study=again, item=item, revision=item.current, sort_key=0)
    Study.objects.filter(pk=again.pk).update(state=Study.State.OPEN)
    assert stage.do(again, raters[0]) == [0]


@pytest.mark.parametrize("state", ["draft", "opening", "paused", "closed"])
def test_nobody_claims_where_a_study_is_not_open(stage, raters, state):
    study = stage.study(raters[0], units=1)
    Study.objects.filter(pk=study.pk).update(state=state)
    assert stage.hold(study, raters[0]) == []


def test_nobody_claims_after_leaving(stage, raters):
    study = stage.study(raters[0], units=1)
    parts.leave(stage.part(study, raters[0]), actor=None)
    assert stage.hold(study, raters[0]) == []


def test_a_withdrawn_unit_stays_shut_when_its_place_comes_back(stage, raters):
    study = stage.study(raters[0], units=1)
    held = stage.hold(study, raters[0])
    Unit.objects.update(withdrawn=True, open=False)
    leases.release(held[0])
    assert Unit.objects.values_list("taken", "open").get() == (0, False)
    assert not places.take(held[0].unit_id)


def test_what_is_shown_is_decided_at_the_claim_and_kept(stage, raters):
    study = stage.study(raters[0], units=1)
    held = stage.hold(study, raters[0], shown=Exposure.PRELABEL)
    assert (held[0].base_exposure, held[0].exposure) == (Exposure.PRELABEL, Exposure.PRELABEL)


def test_a_claim_costs_the_same_number_of_queries_far_into_a_study(stage, django_assert_num_queries):
    rater: Rater = stage.rater("R1")
    study = stage.study(rater, units=30)
    part = stage.part(study, rater)
    # SQLite cannot read a row in the statement that writes another.
    queries = 1 if connection.vendor == "postgresql" else 2
    with django_assert_num_queries(queries):
        places.take_next(part)
    Unit.objects.update(taken=0, open=True)
    part.cursor = 20
    with django_assert_num_queries(queries):
        assert places.take_next(part).sort_key == 21
