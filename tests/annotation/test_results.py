"""A review's rows as arrays, and the fingerprint that tells whether a report is out of date."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from review_rows import ABCD, Rows

from annotation.models import RemovalReason
from annotation.results import inputs_hash
from annotation.results.load import KINDS, load
from annotation.services import resolutions
from projects.models import Exclusion, Item, Rater, Study, Suggestion

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def world() -> Rows:
    """Two items answered by two raters; they differ on the second, which is disputed."""
    world = Rows(2)
    first, second = world.unit(topic="Sleep", prelabel=["no"]), world.unit(topic="Work", language="zh-Hans")
    world.all_answer(first, "yes", "yes")
    world.all_answer(second, "yes", "no")
    world.end(first, "agreed", "yes")
    world.dispute(second)
    return world


def test_load_gives_units_with_topics_languages_labels_and_outcomes(world: Rows) -> None:
    units = load(world.study).units
    assert units.external == ["item-1", "item-2"]
    assert [units.topics[code] for code in units.topic] == ["Sleep", "Work"]
    assert [units.languages[code] for code in units.language] == ["en", "zh-Hans"]
    assert [KINDS[code] for code in units.kind] == ["true_false", "true_false"]
    assert [units.option_sets[code][0] for code in units.options] == [("yes", "no"), ("yes", "no")]
    assert units.complete.tolist() == [True, True]
    assert [units.hows[code] if code >= 0 else None for code in units.how] == ["agreed", None]


def test_load_gives_labels_as_codes_of_sets(world: Rows) -> None:
    unit = world.unit(kind="multiple_choice", options=ABCD, prelabel=["B", "A"])
    world.all_answer(unit, "C+A", "A")
    world.end(unit, "adjudicated", "A", "B")
    review = load(world.study)
    spelled = [*review.values, None]
    assert [spelled[code] for code in review.units.prelabel] == [("no",), None, ("A", "B")]
    assert [spelled[code] for code in review.units.final] == [("yes",), None, ("A", "B")]
    given = {
        (review.units.external[unit], review.raters[rater]): spelled[value]
        for unit, rater, value in zip(review.answers.unit, review.answers.rater, review.answers.value, strict=True)
    }
    assert given == {
        ("item-1", "R1"): ("yes",), ("item-1", "R2"): ("yes",), ("item-2", "R1"): ("yes",), ("item-2", "R2"): ("no",),
        ("item-3", "R1"): ("A", "C"), ("item-3", "R2"): ("A",),
    }  # fmt: skip


def test_load_tells_first_answers_from_those_in_force_and_marks_what_does_not_count(world: Rows) -> None:
    changed = world.study.assignments.get(unit__item__external_id="item-2", rater__code="R2")
    world.change(changed, "yes")
    Exclusion.objects.create(study=world.study, assignment=changed, reason="slipped")
    a = load(world.study).answers
    flags = sorted(
        zip(a.unit.tolist(), a.rater.tolist(), a.independent.tolist(), a.current.tolist(), a.excluded.tolist(),
            a.exposure.tolist(), strict=True)
    )  # fmt: skip
    assert flags == [
        (0, 0, True, True, False, 0),
        (0, 1, True, True, False, 0),
        (1, 0, True, True, False, 0),
        (1, 1, False, True, True, 2),
        (1, 1, True, False, True, 0),
    ]
    assert a.at.max() == np.datetime64("2026-03-07T08:00:00")


def test_load_takes_the_oldest_proposal_as_pre_label(world: Rows) -> None:
    item = Item.objects.get(external_id="item-1")
    Suggestion.objects.create(revision=item.current, values=["yes"], source="model-2")
    review = load(world.study)
    assert len(review.units) == 2
    assert review.values[review.units.prelabel[0]] == ("no",)


def test_load_of_a_study_without_work_is_empty() -> None:
    review = load(Rows(2).study)
    assert (len(review.units), len(review.answers), review.raters) == (0, 0, [])
    assert len(review.digest) == 64


def test_load_asks_the_same_queries_for_one_unit_and_for_twenty(django_assert_num_queries: Any) -> None:
    world = Rows(2)
    for _ in range(20):
        world.all_answer(world.unit(), "yes", "no")
    with django_assert_num_queries(4):
        assert len(load(world.study).answers) == 40


def test_digest_is_the_same_for_the_same_answers_in_another_project(world: Rows) -> None:
    other = Rows(2, slug="elsewhere")
    items = [other.item() for _ in range(2)]
    units = [other.unit(items[1]), other.unit(items[0])]
    other.all_answer(units[0], "yes", "no")
    other.all_answer(units[1], "yes", "yes")
    assert load(other.study).digest == load(world.study).digest
    other.study.assignments.first().submissions.first().labels.update(value="no")  # type: ignore[union-attr]
    assert load(other.study).digest != load(world.study).digest


# --- the fingerprint --------------------------------------------------------------------------------------


def fresh(study: Study) -> Study:
    """The study as a new request loads it."""
    return Study.objects.select_related("version", "dataset", "source").get(pk=study.pk)


def test_fingerprint_stays_while_nothing_changes(world: Rows) -> None:
    assert inputs_hash(fresh(world.study)) == inputs_hash(fresh(world.study))
    world.item()
    assert inputs_hash(fresh(world.study)) == inputs_hash(world.study)


def change_mind(world: Rows) -> None:
    row = world.study.assignments.get(unit__item__external_id="item-2", rater__code="R2")
    world.change(row, "yes")


def adjudicate(world: Rows) -> None:
    unit = world.study.units.select_related("item__dataset", "revision__item__dataset", "study__version").get(
        item__external_id="item-2"
    )
    resolutions.adjudicate(unit, by=world.manager, remove=RemovalReason.FAULTY, reason="Two questions in one.")


def adjudicate_again(world: Rows) -> None:
    adjudicate(world)
    before = inputs_hash(fresh(world.study))
    adjudicate(world)
    assert inputs_hash(fresh(world.study)) != before


def leave_out(world: Rows) -> None:
    Exclusion.objects.create(study=world.study, rater=world.raters[0], reason="tired")


def lift(world: Rows) -> None:
    leave_out(world)
    Exclusion.objects.update(lifted_at=timezone.now())
    leave_out(world)


@pytest.mark.parametrize(
    "change",
    [
        change_mind,
        adjudicate,
        adjudicate_again,
        leave_out,
        lift,
        lambda world: world.answer(world.unit(), 1, "yes"),
        lambda world: world.dispute(world.study.units.get(item__external_id="item-1")),
        lambda world: Rater.objects.filter(code="R1").update(group="layperson"),
        lambda world: Study.objects.update(state="open"),
        lambda world: world.study.units.filter(item__external_id="item-1").update(withdrawn=True, open=False),
    ],
    ids=["mind", "adjudicated", "adjudicated again", "left out", "lifted", "answer", "dispute", "group", "state",
         "withdrawn"],
)  # fmt: skip
def test_fingerprint_changes_with_everything_a_report_depends_on(world: Rows, change: Callable[[Rows], Any]) -> None:
    before = inputs_hash(fresh(world.study))
    change(world)
    assert inputs_hash(fresh(world.study)) != before


def test_fingerprint_of_a_check_changes_with_the_final_answers_it_is_compared_with(world: Rows) -> None:
    check = world.add_study("Check", releases=False)
    world.unit(Item.objects.get(external_id="item-1"), study=check)
    before = inputs_hash(check)
    Item.objects.filter(external_id="item-1").update(final=["no"])
    assert inputs_hash(check) != before


def test_fingerprint_asks_few_queries(world: Rows, django_assert_num_queries: Any) -> None:
    study = fresh(world.study)
    with django_assert_num_queries(6):
        inputs_hash(study)


# --- what the web pays ------------------------------------------------------------------------------------


def test_the_web_app_loads_no_statistics() -> None:
    code = (
        "import django, sys; django.setup(); import config.urls; from django.urls import get_resolver;"
        "get_resolver().url_patterns; from projects import kinds; [one.exports() for one in kinds.registry().values()];"
        "import annotation.results; print(sorted({'numpy', 'scipy', 'sklearn', 'krippendorff'} & set(sys.modules)))"
    )
    env = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "PATH": ""}
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
    assert (ran.stdout, ran.returncode) == ("[]\n", 0), ran.stderr
