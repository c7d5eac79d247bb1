"""The report of a label review against numbers computed by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from review_rows import ABCD, START, Rows

from annotation.summary import summarise
from projects.models import Assignment, Exclusion, Item, Report, Study
from reports.exports import FORMATS, export
from reports.summary import Estimate, KeyFigure, Link, Missing, Section, Summary, Table

pytestmark = pytest.mark.django_db


def report(study: Study, *, replicates: int = 60) -> Summary:
    """The study's report, as it comes back from its stored form."""
    row = Report(
        study=study, seed=7, params={"replicates": replicates}, versions={"Concord": "0"}, inputs_hash="f" * 64
    )
    steps: list[tuple[int, int]] = []
    found = summarise(row, lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1][0] < steps[-1][1]
    return Summary.from_json(found.to_json())


def section(summary: Summary, key: str) -> Section:
    """One section by its key."""
    return next(one for one in summary.sections if one.key == key)


def block(summary: Summary, place: str) -> Any:
    """One block by "section/key"."""
    first, _, second = place.partition("/")
    return next(one for one in section(summary, first).blocks if one.key == second)


def figure(summary: Summary, place: str) -> KeyFigure:
    """One key figure by "section/key"."""
    found = block(summary, place)
    assert isinstance(found, KeyFigure)
    return found


def words(table: Table) -> list[list[Any]]:
    """A table's rows with figures as values or reasons, and words as they are read."""

    def plain(cell: Any) -> Any:
        if isinstance(cell, Estimate | Missing):
            return cell.reason if isinstance(cell, Missing) or cell.value is None else round(cell.value, 4)
        if isinstance(cell, Link):
            return str(cell.text)
        return cell if isinstance(cell, int | float | None) else str(cell)

    return [[plain(cell) for cell in row] for row in table.rows]


def four_items(world: Rows, **details: Any) -> None:
    """Two raters agree on three of four items: yes, yes, no; they differ on the last."""
    for pair in (("yes", "yes"), ("yes", "yes"), ("no", "no"), ("yes", "no")):
        world.all_answer(world.unit(**details), *pair)


# --- agreement --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("percent_agreement", 3 / 4),
        ("consensus_rate", 3 / 4),
        ("krippendorff_alpha", 1 - (2 / 8) / (2 * 5 * 3 / (8 * 7))),
        ("cohen_kappa", (3 / 4 - 1 / 2) / (1 - 1 / 2)),
        ("fleiss_kappa", (3 / 4 - 34 / 64) / (1 - 34 / 64)),
        ("gwet_ac1", (3 / 4 - 30 / 64) / (1 - 30 / 64)),
        ("brennan_prediger", (3 / 4 - 1 / 2) / (1 - 1 / 2)),
    ],
)
def test_coefficients_of_four_items(name: str, value: float) -> None:
    world = Rows(2)
    four_items(world)
    found = figure(report(world.study), f"agreement-true_false/{name}")
    assert found.value == pytest.approx(value, abs=1e-12)
    assert (found.n, found.raters) == (4, 2)


def test_the_consensus_rate_has_wilsons_interval() -> None:
    world = Rows(2)
    four_items(world)
    found = figure(report(world.study), "agreement-true_false/consensus_rate")
    assert (found.low, found.high) == (pytest.approx(0.3006, abs=1e-4), pytest.approx(0.9544, abs=1e-4))
    assert str(found.method) == "items with all answers equal; Wilson interval"


def test_alpha_leads_and_ac1_stands_beside_it_the_others_fold_away() -> None:
    world = Rows(2)
    four_items(world)
    figures = [one for one in section(report(world.study), "agreement-true_false").blocks if isinstance(one, KeyFigure)]
    assert {one.role: one.key for one in figures[:2]} == {"primary": "krippendorff_alpha", "robust": "gwet_ac1"}
    assert {one.role for one in figures[2:]} == {"other"}
    assert all(len(one.how_to_read) == 2 for one in figures)


def test_figures_of_few_items_say_so_and_name_the_threshold_they_span() -> None:
    world = Rows(2)
    four_items(world)
    found = figure(report(world.study, replicates=200), "agreement-true_false/krippendorff_alpha")
    assert [str(one) for one in found.warnings] == [
        "Fewer than 30 items: read it as a hint.",
        "Thresholds inside the interval: 0.2, 0.4, 0.6, 0.8. The figure cannot be said to lie on one side of them.",
    ]


def test_a_common_category_is_named_where_it_pulls_alpha_down() -> None:
    world = Rows(2)
    for pair in [("yes", "yes")] * 30 + [("yes", "no"), ("no", "yes")]:
        world.all_answer(world.unit(), *pair)
    found = figure(report(world.study), "agreement-true_false/krippendorff_alpha")
    # 62 of 64 answers are yes.
    assert str(found.warnings[0]) == (
        "97% of all answers are “yes”. Alpha and kappa are pulled down by that, AC1 is not."
    )


def test_answers_without_variation_give_no_alpha_but_the_reason() -> None:
    world = Rows(2)
    world.all_answer(world.unit(), "yes", "yes")
    world.all_answer(world.unit(), "yes", "yes")
    summary = report(world.study)
    alpha = figure(summary, "agreement-true_false/krippendorff_alpha")
    assert (alpha.value, alpha.reason, alpha.low) == (None, "no_variation", None)
    percent = figure(summary, "agreement-true_false/percent_agreement")
    assert (percent.value, percent.low, percent.interval_reason) == (1.0, None, "no_variation")
    assert str(summary.headline) == (
        "Agreement beyond chance cannot be computed for the true/false items; the consensus rate is "
        "100.0% (34.2 to 100.0%)."
    )


def test_one_rater_an_item_gives_no_agreement_but_the_reason() -> None:
    world = Rows(2)
    world.answer(world.unit(wanted=1), 1, "yes")
    world.answer(world.unit(wanted=1), 2, "no")
    found = figure(report(world.study), "agreement-true_false/krippendorff_alpha")
    assert (found.value, found.reason) == (None, "no_overlap")


def test_a_study_without_answers_says_that_there_is_nothing_to_compare() -> None:
    world = Rows(2)
    world.unit()
    summary = report(world.study)
    (note,) = section(summary, "agreement").blocks
    assert str(note.paragraphs[0]) == "No item has all its answers yet, so there is nothing to compare."
    assert str(summary.headline) == "No item has all its answers yet, so nothing can be said about agreement."


def test_other_raters_widen_the_interval_and_each_is_left_out() -> None:
    world = Rows(3)
    # The third answers against the others on every fourth item.
    for place in range(16):
        own, odd = ("yes", "no") if place % 2 else ("no", "yes")
        world.all_answer(world.unit(), own, own, odd if place % 4 == 0 else own)
    table = block(report(world.study), "others/others-true_false")
    rows = {str(row[0]): row for row in table.rows}
    _name, items, both, lowest, highest = rows["Percent agreement (share)"]
    # Pairs agree on 16, 12 and 12 of 16 items.
    assert (items.value, both.value) == (pytest.approx(40 / 48), pytest.approx(40 / 48))
    assert (lowest, highest) == (pytest.approx(12 / 16), pytest.approx(1.0))
    assert both.low < items.low
    assert both.high < 1


def test_two_raters_are_no_sample_of_raters() -> None:
    world = Rows(2)
    four_items(world)
    made = report(world.study)
    assert "that takes three" in str(block(made, "others/others-true_false").paragraphs[0])
    components = words(block(made, "others/components"))
    # Mean squares of 11, 11, 00, 10: items 11/24, raters 1/8, error 1/8, so items vary by (11/24 - 1/8) / 2 = 1/6.
    assert components[0][1:4] == [pytest.approx(4 / 7, abs=1e-4), 0.0, pytest.approx(3 / 7, abs=1e-4)]


def test_only_complete_units_and_placed_answers_count() -> None:
    world = Rows(3)
    four_items(world)
    assert "agreement-true_false" not in [one.key for one in report(world.study).sections]
    for unit in world.study.units.all():
        world.answer(unit, 3, "yes", surplus=True)
    world.study.units.update(wanted=2, open=False)
    found = figure(report(world.study), "agreement-true_false/percent_agreement")
    assert (found.value, found.raters) == (0.75, 2)


def test_agreement_uses_first_answers_and_what_followed_stands_apart() -> None:
    world = Rows(2)
    four_items(world)
    world.change(world.study.assignments.get(unit__item__external_id="item-4", rater__code="R2"), "yes")
    summary = report(world.study)
    assert figure(summary, "agreement-true_false/consensus_rate").value == 0.75
    (table,) = section(summary, "after").blocks
    assert [(row[0], row[4], row[5]) for row in words(table)] == [
        ("first, independent answers", 0.75, 4),
        ("answers in force", 1.0, 4),
    ]


def test_kinds_of_items_are_not_pooled_and_sets_are_compared_as_sets() -> None:
    world = Rows(2)
    four_items(world)
    for pair in (("A", "A"), ("B", "C")):
        world.all_answer(world.unit(kind="single_choice", options=ABCD), *pair)
    for pair in (("A+B", "A+B"), ("A", "A+B"), ("C", "D")):
        world.all_answer(world.unit(kind="multiple_choice", options=ABCD), *pair)
    summary = report(world.study)
    assert figure(summary, "agreement-single_choice/krippendorff_alpha").n == 2
    assert "4 declared categories" in str(figure(summary, "agreement-single_choice/gwet_ac1").method)
    sets = section(summary, "agreement-multiple_choice")
    assert [one.key for one in sets.blocks if isinstance(one, KeyFigure)][:2] == ["masi_alpha", "jaccard_alpha"]
    assert figure(summary, "agreement-multiple_choice/consensus_rate").value == pytest.approx(1 / 3)
    assert [row[0] for row in words(block(summary, "by-kind/kinds"))] == [
        "true/false items", "single-choice items", "multiple-choice items",
    ]  # fmt: skip


def test_jaccard_alpha_counts_overlap_in_part() -> None:
    world = Rows(2)
    for pair in (("A+B", "A+B"), ("A", "A+B"), ("C", "C")):
        world.all_answer(world.unit(kind="multiple_choice", options=ABCD), *pair)
    # Observed: one pair at distance 1/2 of three. Expected over the 30 ordered pairs of 3 x AB, 1 x A, 2 x C:
    # AB with A 2 x 3 x 1/2, AB with C 2 x 6 x 1, A with C 2 x 2 x 1.
    expected = (2 * 3 * 0.5 + 2 * 6 + 2 * 2) / 30
    found = figure(report(world.study), "agreement-multiple_choice/jaccard_alpha")
    assert found.value == pytest.approx(1 - (0.5 / 3) / expected, abs=1e-12)


def test_items_with_different_options_are_told_apart_by_their_options() -> None:
    world = Rows(2)
    for options in (ABCD, ABCD[:3]):
        for pair in (("A", "A"), ("B", "C")):
            world.all_answer(world.unit(kind="single_choice", options=options), *pair)
    summary = report(world.study)
    rows = words(block(summary, "by-options/table-single_choice"))
    assert [(row[0], row[3], row[5]) for row in rows] == [("A, B, C, D", 0.5, 2), ("A, B, C", 0.5, 2)]
    # AC1 over the four, and over the three options that could be chosen: shares 1/2, 1/4, 1/4.
    chance = 1 / 2 * 1 / 2 + 2 * (1 / 4 * 3 / 4)
    assert [row[2] for row in rows] == [
        pytest.approx((0.5 - chance / 3) / (1 - chance / 3), abs=1e-4),
        pytest.approx((0.5 - chance / 2) / (1 - chance / 2), abs=1e-4),
    ]
    note = block(summary, "agreement-single_choice/options").paragraphs[0]
    assert str(note).startswith("Options and their number differ from item to item.")


def test_answers_with_the_pre_label_in_view_are_never_pooled_with_others() -> None:
    world = Rows(4, prelabel="randomised")
    for labels in (("yes", "yes", "no", "yes"), ("no", "yes", "no", "no")):
        unit = world.unit(prelabel=["yes"])
        for rater, label in enumerate(labels, start=1):
            world.answer(unit, rater, label, base=int(rater > 2))
    summary = report(world.study)
    hidden = figure(summary, "agreement-true_false/percent_agreement")
    shown = figure(summary, "agreement-true_false-shown/percent_agreement")
    assert (hidden.value, hidden.n, hidden.raters) == (0.5, 2, 2)
    assert (shown.value, shown.n, shown.raters) == (0.5, 2, 2)
    assert str(section(summary, "agreement-true_false-shown").title) == "Agreement: true/false items, pre-label in view"


def test_agreement_by_topic_and_language_has_a_row_each() -> None:
    world = Rows(2)
    four_items(world, topic="Sleep")
    four_items(world, topic="Work", language="zh-Hans")
    world.all_answer(world.unit(topic="Work", language="zh-Hans"), "no", "yes")
    summary = report(world.study)
    by_topic = words(block(summary, "by-topic/table-true_false"))
    assert [(row[0], row[4], row[5]) for row in by_topic] == [("Sleep", 0.75, 4), ("Work", 0.6, 5)]
    by_language = words(block(summary, "by-language/table-true_false"))
    assert [(row[0], row[4], row[5]) for row in by_language] == [("en", 0.75, 4), ("zh-Hans", 0.6, 5)]


def test_agreement_by_rater_group_comes_with_the_difference() -> None:
    world = Rows(4)
    # R1 and R3 are experts, R2 and R4 students.
    for labels in (("yes", "yes", "yes", "no"), ("no", "no", "no", "no"), ("yes", "no", "yes", "no")):
        world.all_answer(world.unit(), *labels)
    expert = 1.0
    student = 1 - (2 / 6) / (2 * 1 * 5 / (6 * 5))
    rows = words(block(report(world.study), "by-group/table-true_false"))
    assert [(row[0], row[1], row[2], row[3]) for row in rows] == [
        ("expert", expert, 3, 2),
        ("student", pytest.approx(student, abs=1e-4), 3, 2),
        ("expert minus student", pytest.approx(expert - student, abs=1e-4), 3, None),
    ]


def test_pairs_of_raters_stand_in_a_matrix_with_what_they_share() -> None:
    world = Rows(3)
    for labels in (("yes", "yes", "no"), ("no", "no", "no"), ("yes", "no", "yes")):
        world.all_answer(world.unit(), *labels)
    pairs = block(report(world.study), "agreement-true_false/pairs")
    assert pairs.row_labels == ("R1", "R2", "R3")
    assert [pairs.values[n][n] for n in range(3)] == [None, None, None]
    # R1 and R2: 2 of 3 equal, margins 2/3 and 1/3.
    assert pairs.values[0][1] == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))
    assert pairs.counts[0][1] == 3


# --- what was left out ------------------------------------------------------------------------------------


def test_what_is_left_out_is_listed_and_the_figures_are_given_both_ways() -> None:
    world = Rows(2)
    four_items(world)
    unit = world.study.units.get(item__external_id="item-4")
    Exclusion.objects.create(study=world.study, unit=unit, reason="asked twice")
    answer = world.study.assignments.get(unit__item__external_id="item-1", rater__code="R1")
    Exclusion.objects.create(study=world.study, assignment=answer, reason="slipped")
    summary = report(world.study)
    assert figure(summary, "agreement-true_false/consensus_rate").value == 1.0
    assert [row[:3] for row in words(block(summary, "left-out/list"))] == [
        ["an item", "item-4", "asked twice"],
        ["an answer", "R1: item-1", "slipped"],
    ]
    both = words(block(summary, "left-out/both"))
    assert [(row[1], row[5], row[6]) for row in both] == [("without it", 1.0, 2), ("with everything", 0.75, 4)]
    assert "Answers left out, for the reasons listed above: 3." in map(str, summary.limits)


# --- the pre-label ----------------------------------------------------------------------------------------


@pytest.fixture
def judged() -> Rows:
    """Pre-labels yes, yes, yes, no, no, none; final labels yes, yes, no, no, removed, yes."""
    world = Rows(2)
    proposals = (["yes"], ["yes"], ["yes"], ["no"], ["no"], [])
    finals = (["yes"], ["yes"], ["no"], ["no"], [], ["yes"])
    for place, (proposal, final) in enumerate(zip(proposals, finals, strict=True)):
        unit = world.unit(prelabel=proposal, topic="Sleep" if place < 3 else "Work")
        world.all_answer(unit, *(["yes", "no"] if not final else final * 2))
        if final:
            world.end(unit, "agreed", *final)
        else:
            world.end(unit, "removed", reason_code="undecidable")
    return world


def test_pre_label_against_final_label(judged: Rows) -> None:
    summary = report(judged.study)
    accuracy, changed = figure(summary, "prelabel/accuracy"), figure(summary, "prelabel/changed")
    assert (accuracy.value, accuracy.n, changed.value) == (0.75, 4, 0.25)
    assert (accuracy.low, accuracy.high) == (pytest.approx(0.3006, abs=1e-4), pytest.approx(0.9544, abs=1e-4))
    matrix = block(summary, "prelabel/confusion-true_false")
    assert (matrix.row_labels, matrix.counts) == (("yes", "no"), ((2, 0), (1, 1)))
    scores = words(block(summary, "prelabel/scores-true_false"))
    assert scores == [["yes", round(2 / 3, 4), 1.0, 0.8, 2], ["no", 1.0, 0.5, round(2 / 3, 4), 2]]
    macro = block(summary, "prelabel/scores-true_false").footer[3]
    assert macro.value == pytest.approx((0.8 + 2 / 3) / 2)
    assert macro.low <= macro.value <= macro.high
    assert [row[1] for row in words(block(summary, "prelabel/tallies"))] == [3, 1, 1, 0, 1]


def test_what_people_changed_stands_by_topic(judged: Rows) -> None:
    rows = words(block(report(judged.study), "prelabel-by-topic/changes"))
    assert rows == [["Sleep", round(2 / 3, 4), round(1 / 3, 4), 3], ["Work", 1.0, 0.0, 1]]


def test_removed_items_stand_by_reason(judged: Rows) -> None:
    table = block(report(judged.study), "removed/removed")
    assert words(table) == [["cannot be decided", 1, 1 / 6]]


def test_pull_is_the_difference_between_shown_and_hidden() -> None:
    world = Rows(2, prelabel="randomised")
    for shown, hidden in (("yes", "yes"), ("yes", "no"), ("yes", "no"), ("no", "yes")):
        unit = world.unit(prelabel=["yes"])
        world.answer(unit, 1, shown, base=1)
        world.answer(unit, 2, hidden)
    summary = report(world.study)
    found = figure(summary, "pull/pull")
    assert (found.value, found.n) == (0.25, 4)
    assert found.low is not None
    assert found.low < 0.25 < (found.high or 0)
    assert words(block(summary, "pull/shares")) == [["in view", 0.75, 4], ["not in view", 0.5, 4]]


def test_a_study_that_does_not_randomise_claims_no_pull(judged: Rows) -> None:
    assert "pull" not in [one.key for one in report(judged.study).sections]


# --- the effectiveness test -------------------------------------------------------------------------------


def sampled(world: Rows, *, stratified: bool) -> Study:
    """Three released items in Sleep, one in Work; a test of two in Sleep and one in Work."""
    for place, topic in enumerate(("Sleep", "Sleep", "Sleep", "Work")):
        unit = world.unit(topic=topic)
        world.end(unit, "agreed", "yes", at=START - timedelta(days=1))
        if place == 0:
            # Decided anew after the test was drawn: the test is held against what had been released.
            world.end(unit, "adjudicated", "no", at=START + timedelta(days=1))
    check = world.add_study(
        "Check", source=world.study, releases=False, disputes=False, stratified=stratified, sample_size=3
    )
    said = {"item-1": ("yes", "yes"), "item-2": ("no", "no"), "item-4": ("yes", "no")}
    for name, labels in said.items():
        unit = world.unit(Item.objects.get(external_id=name), study=check)
        world.all_answer(unit, *labels)
    return check


def test_effectiveness_gives_consensus_and_consensus_on_the_released_label() -> None:
    world = Rows(2)
    summary = report(sampled(world, stratified=False))
    consensus = figure(summary, "effectiveness/consensus")
    assert (consensus.value, consensus.n) == (pytest.approx(2 / 3), 3)
    assert (consensus.low, consensus.high) == (pytest.approx(0.2077, abs=1e-4), pytest.approx(0.9385, abs=1e-4))
    assert figure(summary, "effectiveness/on_released").value == pytest.approx(1 / 3)
    assert str(summary.headline) == (
        "All raters gave the same label for 66.7% (20.8 to 93.9%) of 3 items, and the released one for "
        "33.3% (6.1 to 79.2%)."
    )
    assert [row[:3] for row in words(block(summary, "effectiveness/by-topic"))] == [
        ["Sleep", 1.0, 0.5],
        ["Work", 0.0, 0.0],
    ]


def test_a_test_holds_no_pre_label_against_what_its_raters_agreed_on() -> None:
    world = Rows(2)
    check = sampled(world, stratified=False)
    unit = world.all_answer(world.unit(prelabel=["yes"], study=check), "yes", "yes")
    world.end(unit, "agreed", "yes")
    assert "prelabel" not in [one.key for one in report(check).sections]


def test_a_stratified_sample_is_weighted_back_to_the_topics_shares() -> None:
    world = Rows(2)
    consensus = figure(report(sampled(world, stratified=True)), "effectiveness/consensus")
    # Sleep holds 3 of 4 released items, Work 1 of 4: 3/4 x 2/2 + 1/4 x 0/1.
    assert consensus.value == pytest.approx(0.75)
    # Effective number of items: 1 / ((3/4)^2 / 2 + (1/4)^2 / 1) = 2.909; Wilson's interval there.
    assert (consensus.low, consensus.high) == (pytest.approx(0.2515, abs=1e-4), pytest.approx(0.9640, abs=1e-4))


# --- people, items, time ----------------------------------------------------------------------------------


def test_raters_have_agreement_with_the_rest_time_and_habits() -> None:
    world = Rows(3)
    unit = world.unit(prelabel=["no"])
    world.answer(unit, 1, "yes", ms=2000, unsure=True)
    world.answer(unit, 2, "yes", ms=4000)
    world.answer(unit, 3, "no", ms=9000)
    world.all_answer(world.unit(), "yes", "yes", "yes", ms=4000)
    world.change(Assignment.objects.get(unit=unit, rater__code="R3"), "yes")
    summary = report(world.study)
    # R1: two of two pairs on the second item, one of two on the first.
    assert words(block(summary, "raters/agreement")) == [["R1", 0.75, 2], ["R2", 0.75, 2], ["R3", 0.5, 2]]
    assert words(block(summary, "raters/work")) == [
        ["R1", "expert", 2, 3.0, 0.5, 0.0, 1.0, 0],
        ["R2", "student", 2, 4.0, 0.0, 0.0, 1.0, 0],
        ["R3", "expert", 2, 6.5, 0.0, 0.5, 0.0, 0],
    ]


def test_most_disputed_items_come_first_with_links() -> None:
    world = Rows(3)
    world.all_answer(world.unit(), "yes", "yes", "yes")
    worst = world.unit(kind="single_choice", options=ABCD, topic="Sleep")
    world.all_answer(worst, "A", "B", "C")
    world.all_answer(world.unit(), "yes", "no", "yes")
    world.end(worst, "adjudicated", "B")
    dispute = world.dispute(worst, hours=1)
    table = block(report(world.study), "disputed/items")
    assert words(table) == [
        ["item-2", "Sleep", "A × 1, B × 1, C × 1", 1.0, "B, adjudicated"],
        ["item-3", "", "yes × 2, no × 1", pytest.approx(2 / 3), "none yet"],
    ]
    other = world.study.units.get(item__external_id="item-3")
    assert [row[0].href for row in table.rows] == [
        f"/p/harbour/studies/study/disputes/{dispute.pk}/",
        f"/p/harbour/studies/study/units/{other.pk}/",
    ]


def test_disputes_are_counted_with_their_age_and_their_end() -> None:
    world = Rows(2)
    for hours in (24.0, 48.0, 96.0, None):
        unit = world.all_answer(world.unit(), "yes", "no")
        world.dispute(unit, hours=hours)
        if hours:
            world.end(unit, "discussed" if hours < 96 else "adjudicated", "yes")
    summary = report(world.study)
    ages = block(summary, "disputes/ages")
    assert words(ages)[0] == ["settled", 3, 2.0, 4.0]
    assert (words(ages)[1][1], ages.footer[1]) == (1, 4)
    endings = {row[0]: row[1] for row in words(block(summary, "disputes/endings"))}
    assert endings == {"agreed after discussion": 2, "adjudicated": 1, "none yet": 1}
    assert words(block(summary, "disputes/causes")) == [["raters differ", 4]]


def test_drift_shows_agreement_day_by_day_and_week_by_week() -> None:
    world = Rows(2)
    for day in (0, 1, 2):
        world.all_answer(world.unit(), "yes", "yes", day=day)
        world.all_answer(world.unit(), "no", "yes" if day == 2 else "no", day=day)
    plot = block(report(world.study), "drift/drift-true_false")
    assert plot.places == ("2026-03-02", "2026-03-03", "2026-03-04")
    (series,) = plot.series
    assert [mark.n for mark in series.marks] == [2, 2, 2]
    # On the last day yes, yes, no, yes: 1 - (2/4) / (2 x 3 x 1 / (4 x 3)).
    assert [mark.value for mark in series.marks] == [1.0, 1.0, pytest.approx(0.0)]
    world.all_answer(world.unit(), "yes", "yes", day=20)
    weekly = block(report(world.study), "drift/drift-true_false")
    assert weekly.places == ("2026-03-02", "2026-03-09", "2026-03-16")
    assert [(mark.n, mark.reason) for mark in weekly.series[0].marks] == [(6, ""), (0, "no_items"), (1, "no_variation")]


def test_progress_counts_items_by_topic_and_outcome(judged: Rows) -> None:
    judged.unit(topic="Work")
    summary = report(judged.study)
    assert words(block(summary, "progress/topics")) == [["Sleep", 3, 3, 3], ["Work", 4, 3, 3]]
    plot = block(summary, "progress/outcomes")
    assert [(str(row.label), row.counts) for row in plot.rows] == [
        ("Sleep", (3, 0, 0, 0, 0)),
        ("Work", (2, 0, 0, 1, 1)),
    ]


# --- the whole --------------------------------------------------------------------------------------------


def test_an_open_study_reports_as_preliminary_and_its_progress_first() -> None:
    world = Rows(2, state="open")
    four_items(world)
    summary = report(world.study)
    assert [str(one) for one in summary.warnings] == ["The study is still open: these figures are preliminary."]
    assert summary.sections[0].key == "progress"
    assert report(Study.objects.get(pk=world.study.pk)).sections[0].key == "progress"


def test_a_closed_study_reports_without_a_warning() -> None:
    world = Rows(2)
    four_items(world)
    assert report(world.study).warnings == ()


def test_the_methods_paragraph_has_every_parameter_filled_in() -> None:
    world = Rows(2)
    four_items(world)
    summary = report(world.study)
    paragraph = " ".join(map(str, summary.methods))
    assert paragraph.startswith("4 items were labelled by 2 raters, 2 to an item, giving 8 answers.")
    assert "(60 replicates, seed 7)" in paragraph
    assert "%(" not in paragraph
    names = {str(one.label): one.value for one in summary.parameters}
    assert (names["Study"], names["Seed of the bootstrap"], names["Concord"]) == ("harbour/study", 7, "0")
    assert (names["Fingerprint of the inputs"], len(str(names["SHA-256 of the answers"]))) == ("f" * 64, 64)


def test_the_same_rows_and_seed_give_the_same_numbers() -> None:
    world = Rows(2)
    four_items(world)
    first, second = report(world.study).to_json(), report(world.study).to_json()
    first["generated_at"] = second["generated_at"] = None
    assert first == second


@pytest.mark.parametrize("suffix", list(FORMATS))
def test_the_report_comes_as_a_file_of_every_format(judged: Rows, suffix: str) -> None:
    made = export(report(judged.study), suffix)
    assert made.filename.startswith("study-report")
    assert len(made.content) > 500
