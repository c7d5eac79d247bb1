"""The flow's rules on rows made up at random: nothing is lost between two steps, and the first reason wins."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.services.flow import (
    ANSWER_AFTER,
    ANSWER_BEFORE,
    UNIT_AFTER,
    UNIT_BEFORE,
    AnswerRow,
    Out,
    Stop,
    UnitRow,
    follow,
)
from campaign.services.flow_gates import Gate
from campaign.services.flow_rows import Ends, People
from campaign.summary.flow import Counted, plot

NOBODY = frozenset[int]()
Made = tuple[list[UnitRow], list[AnswerRow], Out]


@st.composite
def studies(draw: st.DrawFn) -> Made:
    """A study with up to five units and four raters; `done` counts the answers with a place, as the product does."""
    roles = st.sampled_from(["main", "overlap", "practice", "training", "gold", "guess"])
    count = draw(st.integers(0, 5))
    pairs = [(unit, rater) for unit in range(count) for rater in range(4)]
    given = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    flag = st.booleans()
    answers = [AnswerRow(n, *pair, draw(flag), draw(flag), draw(flag)) for n, pair in enumerate(given)]
    units = []
    for n in range(count):
        done = sum(answer.unit == n and not answer.surplus for answer in answers)
        row = UnitRow(
            n, draw(roles), draw(st.integers(0, 1)), done + draw(st.integers(0, 1)), done, draw(st.booleans())
        )
        units.append(row)
    some = st.sets(st.integers(0, 5))
    keys = st.sets(st.integers(0, 20))
    return units, answers, Out(draw(some), draw(some), draw(keys), draw(keys))


@settings(max_examples=150, deadline=None)
@given(studies(), st.booleans())
def test_every_unit_and_answer_ends_in_one_place(study: Made, partly: bool) -> None:
    units, answers, out = study
    work = follow(units, answers, out, incomplete_counts=partly)
    assert work.units.came == len(units) == sum(work.units.stopped.values()) + work.units.analysed
    assert work.answers.came == len(answers) == sum(work.answers.stopped.values()) + work.answers.analysed
    assert set(work.units.stopped) <= {*UNIT_BEFORE, *UNIT_AFTER}
    assert set(work.answers.stopped) <= {*ANSWER_BEFORE, *ANSWER_AFTER}
    assert work.units.after(*UNIT_BEFORE) == len(work.judged)
    # A unit is analysed if and only if an answer to it is, and so is a rater.
    counted = [a for a in answers if counts(a, units[a.unit], out, partly=partly)]
    assert work.answers.analysed == len(counted)
    assert work.units.analysed == len({answer.unit for answer in counted})
    beyond_practice = {a.rater for a in answers if units[a.unit].role not in ("practice", "training")}
    assert work.analysed == {answer.rater for answer in counted} <= work.worked == beyond_practice


def counts(answer: AnswerRow, unit: UnitRow, out: Out, *, partly: bool) -> bool:
    """Whether results rest on an answer, said once more and in one go."""
    for_results = unit.role in ("main", "overlap") and not unit.repeat and (partly or unit.done >= unit.wanted)
    left_out = answer.unit in out.units or answer.rater in out.raters or answer.pk in {*out.periods, *out.answers}
    return for_results and not answer.surplus and answer.independent and not left_out


@settings(max_examples=150, deadline=None)
@given(studies(), st.booleans(), st.data())
def test_the_diagram_of_any_study_adds_up(study: Made, partly: bool, data: st.DataObject) -> None:
    units, answers, out = study
    work = follow(units, answers, out, incomplete_counts=partly)
    some = st.frozensets(st.integers(0, 9))
    parts = data.draw(some) | work.worked
    left, paused, replaced, replacing = (data.draw(some) & parts for _ in range(4))
    people = People(*(data.draw(st.integers(0, 9)) for _ in range(4)), parts, left, paused - left, replaced, replacing)
    stopped = {"declined": data.draw(some), "not yet": data.draw(some)}
    gate = Gate(
        "Consented", "consent", {"declined": stopped["declined"], "not yet": stopped["not yet"] - stopped["declined"]}
    )
    gates = data.draw(
        st.sampled_from([(), (gate,), (gate, Gate("Calibrated", "training", {"failed": data.draw(some)}))])
    )
    raters, *rest = plot(Counted(people, work, Ends(0, 0), frozenset(out.raters), gates)).lanes
    # A lane whose steps do not add up cannot be made: what is left to see is where they begin and end.
    assert [raters.steps[0].count, raters.steps[-1].count] == [people.asked, len(work.analysed)]
    assert [raters.steps[-2].count, len(raters.steps)] == [len(work.worked), 4 + len(gates)]
    assert [(lane.steps[0].count, lane.steps[-1].count) for lane in rest] == [
        (len(units), work.units.analysed), (len(answers), work.answers.analysed),
    ]  # fmt: skip


def test_the_first_reason_is_the_one_told() -> None:
    units = [UnitRow(1, wanted=2, done=2), UnitRow(2, "gold"), UnitRow(3, wanted=1, done=0)]
    answers = [AnswerRow(1, 1, 7), AnswerRow(2, 1, 8), AnswerRow(3, 2, 7), AnswerRow(4, 3, 7, surplus=True)]
    work = follow(units, answers, Out({1}, {7}, {2}, {2}), incomplete_counts=False)
    assert dict(work.answers.stopped) == {Stop.UNIT_OUT: 2, Stop.GOLD: 1, Stop.SURPLUS: 1}
    assert dict(work.units.stopped) == {Stop.UNIT_OUT: 1, Stop.GOLD: 1, Stop.UNJUDGED: 1}
    work = follow(units, answers, Out(NOBODY, {7}, {2}, {2}), incomplete_counts=False)
    assert dict(work.answers.stopped) == {Stop.RATER_OUT: 1, Stop.PERIOD_OUT: 1, Stop.GOLD: 1, Stop.SURPLUS: 1}
    assert work.units.stopped[Stop.NOTHING_COUNTS] == 1
