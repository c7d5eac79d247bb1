"""Figures of the study report against numbers worked out by hand: from rows to the cells that are printed.

Every expected number is derived in the words beside it, never by the code under test.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest

from publishing.sections import benchmarks, histograms, judges, limits, systems
from publishing.sections.frame import Book
from publishing.services.codes import Keyed
from reports.blocks import CellValue, Estimate
from reports.blocks import Missing as Nothing
from reports.summary import Block, Cell, Histogram, Table
from stats.paper.compute import figures
from stats.paper.material import (
    Answer,
    Criterion,
    Item,
    Judge,
    Judgement,
    Material,
    Missing,
    Response,
    Study,
    System,
    Verdict,
)

PAIR = (System("S1", group="G1", role="base"), System("S2", group="G1", role="synthetic", before="S1"))


def book_of(**tables: Any) -> Book:
    """Compute every figure from these rows, and put plain names to the codes."""
    material = Material(**tables)
    names = {"S1": "Base", "S2": "Tuned", "S3": "Other"}
    keyed = Keyed(
        material, systems=names, groups={"G1": "Family"}, judges={"J1": "Judge A"}, blocks={}, raters={}, items={},
        studies={"bench": "Exam", "judging-1": "Scores", "rating-1": "Ratings"},
    )  # fmt: skip
    return Book(keyed, figures(material, bootstrap=50))


def table(blocks: Any, key: str) -> Table:
    """Return the table with this key."""
    found: list[Block] = [block for block in blocks if block.key == key]
    assert isinstance(found[0], Table)
    return found[0]


def bare(cell: CellValue) -> Any:
    """A cell's value without interval and weight; a float to nine digits."""
    inner = cell.value if isinstance(cell, Cell) else cell
    value = inner.value if isinstance(inner, Estimate) else inner
    return pytest.approx(value, abs=1e-9) if isinstance(value, float) else value


def weight(cell: CellValue) -> tuple[bool, str]:
    """Whether a cell is bold, and its bullet."""
    return (cell.strong, cell.mark) if isinstance(cell, Cell) else (False, "")


# --- a benchmark of five questions on three topics
#
#              q1 sleep   q2 sleep   q3 grief   q4 grief   q5 work
#              true/false one of     true/false true/false one of
#   Base       right      wrong      right      wrong      wrong (could not be read)
#   Tuned      right      right      right      wrong      wrong


def exam() -> Book:
    """The table above as rows."""
    about = [
        ("q1", "sleep", "true_false"), ("q2", "sleep", "single_choice"), ("q3", "grief", "true_false"),
        ("q4", "grief", "true_false"), ("q5", "work", "single_choice"),
    ]  # fmt: skip
    right = {"S1": (1, 0, 1, 0, 0), "S2": (1, 1, 1, 0, 0)}
    return book_of(
        studies=[Study("bench", "benchmark")],
        systems=PAIR,
        items=[Item(key, topic=topic, kind=kind) for key, topic, kind in about],
        answers=[
            Answer(
                "bench", code, key, right=float(points),
                unread="no_choice" if (code, key) == ("S1", "q5") else "",
            )
            for code, row in right.items() for (key, _topic, _kind), points in zip(about, row, strict=True)
        ],
    )  # fmt: skip


def test_systems_by_topic_with_the_population_sd() -> None:
    """Base: sleep 1/2, grief 1/2, work 0/1; over all 2/5. The topics' mean is 1/3, deviations 1/6, 1/6, -1/3, their
    squares 1/36 + 1/36 + 4/36 = 6/36, over three topics 1/18, whose root is 0.2357: 23.6 points. (With n - 1 it would
    be 0.2887.) Tuned: 2/2, 1/2, 0/1; over all 3/5. Mean 1/2, squares 1/4 + 0 + 1/4, over three 1/6, root 0.4082: 40.8.
    """
    shown = table(benchmarks.topics(exam()), "topics-1")
    assert [str(column.label) for column in shown.columns][1:4] == ["sleep", "grief", "work"]
    base, tuned = shown.rows
    assert [bare(cell) for cell in base] == ["Base", 0.5, 0.5, 0.0, 0.4, "40.0 (23.6)"]
    assert [bare(cell) for cell in tuned] == ["Tuned", 1.0, 0.5, 0.0, 0.6, "60.0 (40.8)"]
    # Bold: the better on sleep and over all; on grief and work they are equal, so both.
    assert [weight(cell)[0] for cell in base[1:]] == [False, True, True, False, False]
    assert [weight(cell)[0] for cell in tuned[1:]] == [True, True, True, True, True]


def test_systems_by_kind() -> None:
    """True/false are q1, q3, q4: both systems have two of three. One of several are q2, q5: 0 of 2, and 1 of 2."""
    shown = table(benchmarks.kinds(exam()), "kinds-1")
    assert [[bare(cell) for cell in row] for row in shown.rows] == [
        ["Base", 2 / 3, 0.0, 0.4], ["Tuned", 2 / 3, 0.5, 0.6],
    ]  # fmt: skip


def test_before_and_after() -> None:
    """Tuned less Base: only q2 differs, by one. Over all 1/5 = 20 points, on sleep 1/2 = 50, elsewhere nothing."""
    shown = table(benchmarks.before_after(exam()), "pairs-1")
    assert [list(row) for row in shown.rows] == [
        ["Base", "40.0", "50.0", "50.0", "0.0"],
        ["Tuned", "60.0 (+20.0)", "100.0 (+50.0)", "50.0 (+0.0)", "0.0 (+0.0)"],
    ]
    gaps = table(benchmarks.before_after(exam()), "gaps-1")
    assert [(row[2], bare(row[3])) for row in gaps.rows] == [(5, 0.2), (2, 0.5), (2, 0.0), (1, 0.0)]


# --- a judge's scores of four questions on four criteria
#
# Each cell: the scores of two rounds, whose mean is the question's.
#
#                warm                      clear                     safe              brief
#   Base         1+3 2+4 2+2 3+3           3+3 3+3 4+4 3+3           all 3             4+4 5+5 4+4 5+5
#     means      2   3   2   3             3   3   4   3             3                 4   5   4   5
#   Tuned        3+5 5+5 4+4 5+5           3+3 4+4 3+3 4+4           all 3             2+2 3+3 2+2 3+3
#     means      4   5   4   5             3   4   3   4             3                 2   3   2   3
#   Other (of no family), warm only: all 1

SCORES: dict[tuple[str, str], tuple[tuple[int, int], ...]] = {
    ("S1", "warm"): ((1, 3), (2, 4), (2, 2), (3, 3)),
    ("S2", "warm"): ((3, 5), (5, 5), (4, 4), (5, 5)),
    ("S3", "warm"): ((1, 1), (1, 1), (1, 1), (1, 1)),
    ("S1", "clear"): ((3, 3), (3, 3), (4, 4), (3, 3)),
    ("S2", "clear"): ((3, 3), (4, 4), (3, 3), (4, 4)),
    ("S1", "safe"): ((3, 3), (3, 3), (3, 3), (3, 3)),
    ("S2", "safe"): ((3, 3), (3, 3), (3, 3), (3, 3)),
    ("S1", "brief"): ((4, 4), (5, 5), (4, 4), (5, 5)),
    ("S2", "brief"): ((2, 2), (3, 3), (2, 2), (3, 3)),
}


def judged() -> Book:
    """The table above as rows; one further call of the first question could not be read."""
    items, marks = ("q1", "q2", "q3", "q4"), ("warm", "clear", "safe", "brief")
    verdicts = [
        Verdict(
            "judging-1", "J1", f"{code}-{item}-{turn}", item, response=f"{code}-{item}-{turn}", criterion=mark,
            value=float(value), place=1,
        )
        for (code, mark), scores in SCORES.items()
        for item, rounds in zip(items, scores, strict=True)
        for turn, value in enumerate(rounds, start=1)
    ]  # fmt: skip
    return book_of(
        studies=[Study("judging-1", "judging", way="scores", rubric="R")],
        criteria=[Criterion("R", key, key.title(), 1.0, 5.0) for key in marks],
        systems=[*PAIR, System("S3")],
        judges=[Judge("J1")],
        items=[Item(item) for item in items],
        responses=[
            Response(f"{code}-{item}-{turn}", item, code, turn, flagged=(code, item, turn) == ("S3", "q1", 1))
            for code in ("S1", "S2", "S3") for item in items for turn in (1, 2)
        ],
        verdicts=[*verdicts, Verdict("judging-1", "J1", "S3-q1-1b", "q1", round=2, asked=2, failed="range")],
        missing=[Missing("judging-1", "calls", planned=60, done=57)],
    )  # fmt: skip


def test_bullets_for_p_below_005_and_bold_for_the_best_of_each_group() -> None:
    """Two-sample t over four question means each, 6 degrees of freedom: |t| above 2.447 is p < 0.05.

    Warm: means 2.5 and 4.5, both variances 1/3; t = 2 / sqrt((1/3 + 1/3) / 4) = 2 / 0.4082 = 4.90: better.
    Clear: 3.25 and 3.5, variances 1/4 and 1/3; t = 0.25 / sqrt((7/12) / 4) = 0.25 / 0.3819 = 0.65: no bullet.
    Safe: equal everywhere: no bullet, and both in bold. Brief: 4.5 and 2.5, t = -4.90: worse.
    Other stands in no family: best of its own line, with no base to be better than.
    """
    shown = table(systems.blocks(judged()), "systems-1")
    assert [str(column.group) for column in shown.columns[6:]] == ["Better / worse", ""]
    rows = {bare(row[0]): row for row in shown.rows}
    assert [bare(cell) for cell in rows["Base"][2:6]] == [2.5, 3.25, 3.0, 4.5]
    assert [bare(cell) for cell in rows["Tuned"][2:6]] == [4.5, 3.5, 3.0, 2.5]
    assert [weight(cell) for cell in rows["Base"][2:6]] == [(False, ""), (False, ""), (True, ""), (True, "")]
    assert [weight(cell) for cell in rows["Tuned"][2:6]] == [
        (True, "•+"), (True, ""), (True, ""), (False, "•\u2212"),
    ]  # fmt: skip
    assert (bare(rows["Other"][2]), weight(rows["Other"][2])) == (1.0, (True, ""))
    assert (rows["Base"][6], rows["Tuned"][6], rows["Other"][6]) == (None, "1 / 1", None)


def test_every_test_has_its_t_its_effect_and_nothing_where_there_is_no_spread() -> None:
    """The t values of the test above. Hedges' g of warm: 2 / sqrt(1/3) = 3.4641, times 1 - 3 / (4 * 6 - 1) = 20/23.

    Paired, the warm differences are 2, 2, 2, 2: no spread, so no t. Safe has none anywhere.
    """
    found = judged().figures("systems")["tables"][0]["tests"]["J1"]["comparisons"]
    by_criterion = {one["criterion"]: one for one in found}
    two = {key: one["two_sample"] for key, one in by_criterion.items()}
    assert two["warm"]["t"] == pytest.approx(2 / sqrt(1 / 6), abs=1e-9)
    assert two["clear"]["t"] == pytest.approx(0.25 / sqrt(7 / 48), abs=1e-9)
    assert two["brief"]["t"] == pytest.approx(-2 / sqrt(1 / 6), abs=1e-9)
    assert {two[key]["df"] for key in ("warm", "clear", "brief")} == {6}
    assert two["warm"]["hedges_g"] == pytest.approx(2 / sqrt(1 / 3) * 20 / 23, abs=1e-9)
    assert by_criterion["warm"]["paired"]["reason"] == "no_variation"
    assert two["safe"]["reason"] == "no_variation"


def test_histogram_counts_every_point_of_the_scale() -> None:
    """Warm, of all three: ones 1 + 0 + 8 = 9; twos 1 + 2 = 3 (Base q2, q3 twice); threes 1 + 2 (Base q1, q4) + 1
    (Tuned q1) = 4; fours 1 (Base q2) + 2 (Tuned q3) = 3; fives 1 + 2 + 2 = 5. In all 24 = 3 x 4 x 2.
    """
    chart = next(block for block in histograms.blocks(judged()) if block.key == "h1-warm")
    assert isinstance(chart, Histogram)
    assert (list(chart.labels), list(chart.counts), chart.n) == (["1", "2", "3", "4", "5"], [9, 3, 4, 3, 5], 24)
    # Safe: sixteen threes; the points that nobody gave stand there with nothing.
    safe = next(block for block in histograms.blocks(judged()) if block.key == "h3-safe")
    assert isinstance(safe, Histogram)
    assert list(safe.counts) == [0, 0, 16, 0, 0]


# --- what the figures do not rest on


def test_limits_say_what_is_missing_unread_and_flagged_of_judges() -> None:
    """60 calls planned, 57 done: 3 missing. One answer unread. One of 3 x 4 x 2 = 24 responses flagged."""
    assert [str(words) for words in limits.sentences(judged())] == [
        "Scores: 3 of 60 calls brought no answer.",
        "Scores: answers of Judge A that could not be read, even when asked once more, and have no score: 1.",
        "Responses with words that may tell who wrote them: 1 of 24.",
    ]
    counted = judged().found["sections"]["limits"]["verdicts"]
    # 24 of warm's responses, all other criteria on the same; and the one that could not be read: 25 calls.
    assert [(one["calls"], one["unread"], one["reasons"]) for one in counted] == [(25, 1, {"range": 1})]


def test_limits_say_what_was_left_out_of_people_and_unread_of_systems() -> None:
    """Two raters, two units, each answer two values. R1's answer to the second unit is left out: one answer, not two
    values. Ten judgements planned, four done: six missing. In the exam one answer could not be read: Base, q5.
    """
    rows = [
        Judgement("rating-1", unit, f"q{n}", rater, "score", response=f"S1-{unit}", criterion=mark, value=3.0,
                  excluded="too_fast" if (rater, unit) == ("R1", "U2") else "")
        for n, unit in enumerate(("U1", "U2"), start=1) for rater in ("R1", "R2") for mark in ("warm", "clear")
    ]  # fmt: skip
    book = book_of(
        studies=[Study("rating-1", "rating", rubric="R", raters_per_unit=2, units=5)],
        criteria=[Criterion("R", key, key.title(), 1.0, 5.0) for key in ("warm", "clear")],
        systems=PAIR[:1],
        items=[Item("q1"), Item("q2")],
        responses=[Response("S1-U1", "q1", "S1"), Response("S1-U2", "q2", "S1")],
        judgements=rows,
        missing=[Missing("rating-1", "judgements", planned=10, done=4)],
    )
    assert [str(words) for words in limits.sentences(book)] == [
        "Ratings: 6 of 10 judgements are missing.", "Ratings: answers left out: 1.",
    ]  # fmt: skip
    people = book.found["sections"]["limits"]["judgements"]
    assert [(one["answers"], one["counted"], one["excluded"]) for one in people] == [(4, 3, {"too_fast": 1})]
    assert [str(words) for words in limits.sentences(exam())] == [
        "Exam: answers of systems that could not be read and count as wrong: 1.",
    ]  # fmt: skip


# --- a judge beside experts and students
#
#              A1 (q1)   A2 (q2)   A3 (q3)   A4 (q4)
#   Judge A    1         2         3         4
#   R1 expert  1         2         3         4
#   R2 student 3         2         3         -
#   R3 other   -         -         -         5


def groups_of_people() -> Book:
    """The table above as rows."""
    given = {"R1": ("expert", [1, 2, 3, 4]), "R2": ("student", [3, 2, 3]), "R3": ("other", [None, None, None, 5])}
    said = [
        Judgement("rating-1", f"u{n}", f"q{n}", rater, "score", group=group, response=f"A{n}", criterion="warmth",
                  value=float(value))
        for rater, (group, values) in given.items() for n, value in enumerate(values, start=1) if value
    ]  # fmt: skip
    verdicts = [
        Verdict("judging-1", "J1", f"t{n}", f"q{n}", response=f"A{n}", criterion="warmth", value=float(n))
        for n in range(1, 5)
    ]
    return book_of(
        studies=(Study("judging-1", "judging", way="scores", rubric="r"), Study("rating-1", "rating", rubric="r")),
        criteria=(Criterion("r", "warmth", "Warmth", 1, 5),), systems=PAIR, judges=(Judge("J1"),),
        items=[Item(f"q{n}") for n in range(1, 5)], responses=[Response(f"A{n}", f"q{n}", "S1") for n in range(1, 5)],
        judgements=said, verdicts=verdicts,
    )  # fmt: skip


def test_a_judge_beside_each_group_of_people_with_counts_and_reasons() -> None:
    blocks = list(judges.human_judge(groups_of_people()))
    shown = table(blocks, "groups-1")
    assert str(shown.caption) == "Judge A, Ratings, beside each group of people: Overall"
    assert [[bare(cell) for cell in row[:3]] for row in shown.rows] == [
        ["expert", 1, 4], ["other", 1, 1], ["student", 1, 3]
    ]  # fmt: skip
    expert, other, student = shown.rows
    # Spearman and ICC, then how far the judge's points lie above that group's, and how far off they are.
    assert [bare(cell) for cell in expert[3:]] == [1.0, 1.0, 0.0, 0.0]
    assert [bare(cell) for cell in student[5:]] == [pytest.approx(-2 / 3), pytest.approx(2 / 3)]
    assert [bare(cell) for cell in other[5:]] == [-1.0, 1.0]
    assert isinstance(other[3], Estimate)
    assert (other[3].value, other[3].reason) == (None, "too_few_items")


def test_groups_differ_on_the_responses_of_both_or_have_none() -> None:
    shown = table(judges.human_judge(groups_of_people()), "group-gaps-1")
    assert [[str(cell) for cell in row[:3]] for row in shown.rows] == [
        ["expert minus other", "1", "1"], ["expert minus student", "3", "3"], ["other minus student", "0", "0"]
    ]  # fmt: skip
    both, nobody = shown.rows[1], shown.rows[2]
    assert [bare(cell) for cell in both[5:]] == [pytest.approx(2 / 3), pytest.approx(-2 / 3)]
    assert list(nobody[3:]) == [Nothing("no_shared_responses")] * 4
    assert "Intervals are percentiles of 50 replicates" in str(shown.notes[0])
