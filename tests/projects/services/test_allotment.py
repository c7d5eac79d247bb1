"""Designs: planned places are made, obeyed, handed on; quotas hold; nobody else's units are given out."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from annotation.kinds.label_review import LabelReview
from projects.models import Assignment, Job, ListedItem, Place, Unit
from projects.services import allotment, checks, jobs, leases, parts, places, progress

pytestmark = pytest.mark.django_db


def opened(stage, team, units=20, *, each=3, language="en", **design):
    stage.items(units, language=language)
    return stage.opened(*team, raters_per_item=each, design=design)


def given(study):
    """Who has which unit by now, by rater code."""
    rows = Assignment.objects.filter(study=study, state="submitted").values_list("rater__code", "unit")
    found: dict[str, set[int]] = {}
    for code, unit in rows:
        found.setdefault(code, set()).add(unit)
    return found


def planned(study):
    """Whose places the plan has, by rater code."""
    found: dict[str, set[int]] = {}
    for code, unit in study.named_places.filter(rater__isnull=False).values_list("rater__code", "unit"):
        found.setdefault(code, set()).add(unit)
    return found


def test_balanced_pairs_are_planned_and_obeyed(stage):
    team = stage.raters(6)
    study = opened(stage, team, units=40, each=3, how="balanced")
    plan = planned(study)
    assert study.allotment == "planned"
    assert [len(units) for units in plan.values()] == [20] * 6
    # 40 units of 3 raters are 120 pairs, over 15: 8 each.
    assert {len(one & other) for one, other in combinations(plan.values(), 2)} == {8}
    for rater in team:
        stage.do(study, rater, 99)
    assert given(study) == plan
    assert stage.counters_are_true(study)


def test_the_same_seed_gives_the_same_plan(stage):
    team = stage.raters(4)
    study = opened(stage, team, units=12, each=2, how="balanced")
    rows = [allotment.plans.Row.of(unit) for unit in allotment.units_of(study)]
    design = allotment.design_of(study.settings)
    again = allotment.plans.make(rows, team, design, seed=study.seed, listed={}, tell=lambda done: None)
    assert {(row.pk, slot.rater) for row, slots in zip(rows, again, strict=True) for slot in slots} == set(
        study.named_places.values_list("unit", "rater")
    )


def test_a_core_is_for_everybody_and_the_rest_for_some(stage):
    study = opened(stage, stage.raters(5), units=20, each=2, how="core", core=20)
    assert Counter(study.units.values_list("wanted", flat=True)) == {5: 4, 2: 16}
    assert study.place_count == 5 * 4 + 2 * 16


def test_everybody_judges_all_of_their_own_language(stage):
    team = [stage.rater("A", ["en"]), stage.rater("B", ["en", "zh"]), stage.rater("C", ["zh"])]
    stage.items(2, language="zh")
    study = opened(stage, team, units=3, each=1, how="all")
    assert (study.allotment, set(study.units.values_list("wanted", flat=True))) == ("", {2})
    assert [len(stage.do(study, rater, 9)) for rater in team] == [3, 5, 2]


def test_a_plan_keeps_to_languages(stage):
    team = [stage.rater(f"E{n}", ["en"]) for n in range(3)] + [stage.rater(f"Z{n}", ["zh"]) for n in range(3)]
    stage.items(6, language="zh")
    study = opened(stage, team, units=6, each=2, how="balanced")
    rows = study.named_places.values_list("rater__code", "unit__language")
    assert {(code[0], language) for code, language in rows} == {("E", "en"), ("Z", "zh")}


def test_fixed_lists_are_kept_to(stage):
    one, other = stage.raters(2)
    items = stage.items(4)
    study = stage.draft(one, other, design={"how": "lists"})
    pairs = [(one.pk, items[0].pk), (one.pk, items[1].pk), (other.pk, items[1].pk)]
    assert allotment.keep_lists(study, pairs, actor=stage.manager) == ListedItem.objects.count() == 3
    study = stage.open_draft(study)
    assert (study.unit_count, study.place_count) == (2, 3)
    assert [stage.do(study, rater, 9) for rater in (other, one)] == [[1], [0, 1]]


def test_quotas_of_groups_hold(stage):
    experts = [stage.rater(f"E{n}", group="expert") for n in range(3)]
    students = [stage.rater(f"S{n}", group="student") for n in range(4)]
    study = opened(stage, [*experts, *students], units=4, each=3, how="free", quotas={"expert": 1, "student": 2})
    assert (study.allotment, study.place_count) == ("quotas", 12)
    assert [len(stage.do(study, rater, 9)) for rater in students] == [4, 4, 0, 0]
    assert [len(stage.do(study, rater, 9)) for rater in experts] == [4, 0, 0]
    assert stage.counters_are_true(study)


def test_a_place_given_back_under_a_quota_is_anybodys(stage):
    first, second = (stage.rater(f"E{n}", group="expert") for n in range(2))
    study = opened(stage, [first, second], units=1, each=1, how="free", quotas={"expert": 1})
    [row] = stage.hold(study, first)
    assert stage.hold(study, second) == []
    leases.release(row)
    assert stage.do(study, second) == [0]
    row.refresh_from_db()
    assert not places.take_back(row)
    assert stage.counters_are_true(study)


def test_a_plan_with_quotas_names_raters_of_each_group(stage):
    experts = [stage.rater(f"E{n}", group="expert") for n in range(3)]
    students = [stage.rater(f"S{n}", group="student") for n in range(4)]
    study = opened(stage, experts + students, units=12, each=3, how="balanced", quotas={"expert": 1, "student": 2})
    by_unit = Counter(study.named_places.values_list("unit", "rater__group"))
    assert set(by_unit.values()) == {1, 2}
    assert {count for (_unit, group), count in by_unit.items() if group == "expert"} == {1}


def test_a_replacement_inherits_planned_places_and_no_answers(stage):
    team, late = stage.raters(4), stage.rater("R9")
    study = opened(stage, team, units=12, each=2, how="balanced")
    before = planned(study)["R1"]
    done = len(stage.do(study, team[0], 2))
    parts.replace(stage.part(study, team[0]), late, actor=stage.manager)
    plan = planned(study)
    assert (len(plan["R1"]), plan["R1"] | plan["R9"]) == (done, before)
    assert len(stage.do(study, late, 99)) == len(before) - done
    assert stage.counters_are_true(study)


def test_places_of_a_rater_who_left_go_to_the_others_after_their_own(stage):
    team = stage.raters(4)
    study = opened(stage, team, units=8, each=2, how="balanced")
    parts.leave(stage.part(study, team[0]), actor=stage.manager)
    assert study.named_places.filter(rater=None).count() == 4
    for rater in team[1:]:
        stage.do(study, rater, 99)
    assert set(study.units.values_list("done", "wanted")) == {(2, 2)}
    assert stage.counters_are_true(study)


def test_a_skipped_unit_is_free_for_others_and_comes_back(stage):
    one, other = stage.raters(2)
    study = opened(stage, [one, other], units=2, each=1, how="balanced")
    [row] = stage.hold(study, one)
    leases.skip(row, reason="hard")
    assert study.named_places.filter(rater=None).count() == 1
    assert len(stage.do(study, other, 1)) == 1
    assert stage.hold(study, one) == [row]


def test_a_rater_added_later_gets_what_nobody_has(stage):
    team, late = stage.raters(2), stage.rater("R9")
    study = opened(stage, team, units=4, each=3, how="balanced")
    assert study.named_places.filter(rater=None).count() == 4
    parts.add_rater(study, late, actor=stage.manager)
    assert stage.do(study, late, 9) == [0, 1, 2, 3]


def test_units_added_later_go_to_the_raters_of_the_first(stage):
    team = stage.raters(4)
    study = opened(stage, team, units=6, each=2, how="balanced")
    first = study.units.order_by("sort_key").first()
    again = Unit.objects.create(
        study=study, item=first.item, revision=first.revision, repeat=1, wanted=2, sort_key=first.sort_key + 100
    )
    assert allotment.extend(study) == 1
    assert set(again.named_places.values_list("rater", flat=True)) == set(
        first.named_places.values_list("rater", flat=True)
    )
    assert allotment.extend(study) == 0


def test_what_a_group_cannot_fill_is_listed(stage):
    expert, student = stage.rater("E1", group="expert"), stage.rater("S1", group="student")
    study = opened(stage, [expert, student], units=2, each=3, how="free", quotas={"expert": 1, "student": 2})
    assert [unit.reach for unit in progress.shortfalls(study)] == [2, 2]
    parts.add_rater(study, stage.rater("S2", group="student"), actor=stage.manager)
    assert list(progress.shortfalls(study)) == []


def test_a_claim_in_a_planned_study_is_one_statement(stage, django_assert_num_queries):
    from django.db import connection

    rater = stage.rater("R1")
    study = opened(stage, [rater], units=4, each=1, how="balanced")
    part = stage.part(study, rater)
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 2):
        assert places.take_next(part) is not None


def test_nothing_is_planned_where_no_design_is_chosen(stage):
    study = opened(stage, stage.raters(2), units=3, each=2)
    assert (study.allotment, Place.objects.count()) == ("", 0)


@pytest.mark.parametrize("design", [{"how": "core", "core": 50}, {"how": "all"}])
def test_what_everybody_judges_does_without_somebody_who_left(stage, design, monkeypatch):
    settled = []
    monkeypatch.setattr(LabelReview, "settle", lambda self, unit: settled.append(unit.pk))
    team = stage.raters(4)
    study = opened(stage, team, units=4, each=2, **design)
    shared = study.units.filter(wanted=4)
    before = shared.count()
    for rater in team[1:]:
        stage.do(study, rater, 99)
    assert set(shared.values_list("done", flat=True)) == {3}
    parts.leave(stage.part(study, team[0]), actor=stage.manager)
    assert set(study.units.values_list("wanted", flat=True)) <= {2, 3}
    study.refresh_from_db()
    assert study.place_count == sum(study.units.values_list("wanted", flat=True))
    # The last answers came before: a worker does what follows.
    job = Job.objects.get(kind="settle_units")
    assert len(job.params["units"]) == before
    assert jobs.run(job.pk).state == "done"
    assert sorted(settled) == sorted(job.params["units"])
    assert stage.counters_are_true(study)
    assert [line for line in checks.wrong_counters() if not line.startswith("data set")] == []
