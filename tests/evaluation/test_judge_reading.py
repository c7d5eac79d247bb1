"""A judge's answer is read right or refused with its reason; never read wrong."""

from __future__ import annotations

import json

import pytest

from evaluation.judging.asked import question
from evaluation.judging.reading import Misread, Rung, read
from evaluation.judging.telling import form_text, response_format, schema

CRITERIA = [
    {"key": "empathy", "name": "Empathy", "points": [{"value": value, "anchor": ""} for value in range(1, 11)]},
    {"key": "clarity", "name": "Clarity & Encouragement", "points": [{"value": v, "anchor": ""} for v in range(1, 11)]},
]
SCORES = question("scores", CRITERIA, 1)
PAIRS = question("pairs", CRITERIA, 2)
LISTS = question("lists", CRITERIA, 3)
GOOD = {"explanation": "It names the feeling {loss}: 3/10 would be too low.", "scores": {"empathy": 10, "clarity": 7}}
TEXT = json.dumps(GOOD)
MARKED = "It is warm.\nEmpathy: [[10]]\nClarity & Encouragement: [[7]]"
OVER = "Empathy: 10/10\nClarity & Encouragement: 7/10"

RIGHT = {
    "whole": TEXT,
    "fenced": f"```json\n{TEXT}\n```",
    "fence without a name": f"```\n{TEXT}\n```",
    "prose first": f"Let me think {{carefully}}.\n{TEXT}",
    "prose after": f"{TEXT}\nI hope this helps.",
    "thought first": f"<think>Empathy: [[2]]</think>{TEXT}",
    "without a heading": '{"explanation": "", "empathy": 10, "clarity": 7}',
    "explanation last": '{"scores": {"empathy": 10, "clarity": 7}, "explanation": "warm"}',
    "other letters": '{"scores": {"EMPATHY": 10, "Clarity & Encouragement": 7}}',
    "as texts": '{"scores": {"empathy": "10", "clarity": "7/10"}}',
    "as decimals": '{"scores": {"empathy": 10.0, "clarity": 7.0}}',
    "in brackets": '{"scores": {"empathy": "[[10]]", "clarity": "[[7]]"}}',
    "each with its reason": '{"empathy": {"score": 10, "reason": "a"}, "clarity": {"score": 7, "reason": "b"}}',
    "full width": "｛“empathy”：１０，“clarity”：７｝",
    "full-width digits in texts": '{"scores": {"empathy": "１０", "clarity": "７／１０"}}',
    "said twice alike": f"{TEXT}\nAgain:\n{TEXT}",
    "more than asked": '{"empathy": 10, "clarity": 7, "overall": 9, "confidence": 0.4}',
    "line ends in texts": '{"explanation": "one\ntwo", "empathy": 10, "clarity": 7}',
    "marked": MARKED,
    "marked, emphasised, in a list": "1. **Empathy**: [[10]]\n2. **Clarity & Encouragement**: [[7]]",
    "over the top": OVER,
    "full-width colon": "Empathy：１０／１０\nClarity & Encouragement：７／１０",
    "on one line": "Empathy: 10/10; Clarity & Encouragement: 7/10",
}
WRONG = {
    "nothing": ("", Misread.NOTHING),
    "refusal": ("I'm sorry, I cannot judge texts about self-harm.", Misread.NOTHING),
    "bare numbers": ("10\n7", Misread.NOTHING),
    "unmarked numbers": ("Empathy: 10\nClarity & Encouragement: 7", Misread.NOTHING),
    "number without a name": ("[[10]]", Misread.NOTHING),
    "unfinished thought": (f"<think>perhaps {TEXT}", Misread.THINKING),
    "range in text": ("Empathy: 7-8/10\nClarity & Encouragement: 7/10", Misread.RANGE),
    "range in JSON": ('{"empathy": "7-8", "clarity": 7}', Misread.RANGE),
    "range in words": ('{"empathy": "7 to 8", "clarity": 7}', Misread.RANGE),
    "range in Chinese": ('{"empathy": "7到8", "clarity": 7}', Misread.RANGE),
    "other scale": ('{"empathy": "4/5", "clarity": 7}', Misread.SCALE),
    "other scale in text": ("Empathy: 4/5\nClarity & Encouragement: 7/10", Misread.SCALE),
    "half points": ('{"empathy": 8.5, "clarity": 7}', Misread.VALUE),
    "beyond the scale": ('{"empathy": 11, "clarity": 7}', Misread.VALUE),
    "below the scale": ('{"empathy": 0, "clarity": 7}', Misread.VALUE),
    "below nothing": ('{"empathy": -3, "clarity": 7}', Misread.VALUE),
    "true is no number": ('{"empathy": true, "clarity": 7}', Misread.VALUE),
    "words": ('{"empathy": "eight", "clarity": 7}', Misread.VALUE),
    "no number at all": ('{"empathy": NaN, "clarity": 7}', Misread.VALUE),
    "a list": ('{"empathy": [8], "clarity": 7}', Misread.VALUE),
    "nothing for one": ('{"empathy": null, "clarity": 7}', Misread.MISSING),
    "one missing": ('{"scores": {"empathy": 10}}', Misread.MISSING),
    "one missing in text": ("Empathy: [[10]]", Misread.MISSING),
    "same key twice": ('{"empathy": 10, "empathy": 3, "clarity": 7}', Misread.TWICE),
    "same key twice, alike": ('{"empathy": 10, "empathy": 10, "clarity": 7}', Misread.TWICE),
    "key and name": ('{"clarity": 7, "Clarity & Encouragement": 3, "empathy": 10}', Misread.TWICE),
    "two objects": (f"{TEXT} or {TEXT.replace('10', '9')}", Misread.DISAGREE),
    "two answers in text": (f"{MARKED}\nEmpathy: [[9]]", Misread.DISAGREE),
    "broken object": ('{"empathy": 10, "clarity": 7,}', Misread.BROKEN),
    "broken object, then text": (f'{{"empathy": ten}}\n{MARKED}', Misread.BROKEN),
    "two in one": ('{"empathy": {"score": 8, "rating": 9}, "clarity": 7}', Misread.TWICE),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_plainly_there_is_read(name: str) -> None:
    found = read(RIGHT[name], SCORES)
    assert found.reason is None, found
    assert found.values == {"empathy": 10, "clarity": 7}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_is_refused_with_its_reason(name: str) -> None:
    text, reason = WRONG[name]
    found = read(text, SCORES)
    assert (found.values, found.reason) == ({}, reason)


@pytest.mark.parametrize(
    "text", [TEXT, f"```json\n{TEXT}\n```", MARKED, OVER, RIGHT["full-width colon"]],
    ids=["json", "fence", "marked", "over", "wide"],
)  # fmt: skip
def test_an_answer_cut_anywhere_is_never_read_wrong(text: str) -> None:
    whole = read(text, SCORES).values
    for end in range(len(text)):
        found = read(text[:end], SCORES)
        assert found.values in ({}, whole), text[:end]
        assert bool(found.values) != bool(found.reason)
    # Where the server says that it cut, even what looks whole is not trusted.
    assert read(text, SCORES, finish_reason="length").reason == Misread.CUT


def test_the_explanation_is_kept_from_wherever_it_stands() -> None:
    assert read(TEXT, SCORES).explanation == GOOD["explanation"]
    assert read('It is warm.\n{"empathy": 10, "clarity": 7}', SCORES).explanation == "It is warm."
    each = '{"explanation": {"empathy": "warm", "clarity": "plain"}, "scores": {"empathy": 10, "clarity": 7}}'
    assert read(each, SCORES).explanation == "empathy: warm\nclarity: plain"
    assert read(TEXT, SCORES).rung is Rung.JSON
    assert read(f"So: {TEXT}", SCORES).rung is Rung.INSIDE
    assert read(MARKED, SCORES).rung is Rung.MARKED


def test_a_criterion_whose_name_ends_another_is_not_taken_for_it() -> None:
    points = [{"value": value, "anchor": ""} for value in range(1, 6)]
    two = [
        {"key": "e", "name": "Empathy", "points": points},
        {"key": "c", "name": "Cognitive Empathy", "points": points},
    ]
    found = read("Cognitive Empathy: [[2]]\nEmpathy: [[5]]", question("scores", two, 1))
    assert found.values == {"e": 5, "c": 2}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"choices": {"empathy": "A", "clarity": "tie"}}', {"empathy": "A", "clarity": "tie"}),
        ('{"choices": {"empathy": "Response B", "clarity": "b"}}', {"empathy": "B", "clarity": "B"}),
        ("Empathy: [[Tie]]\nClarity & Encouragement: [[A]]", {"empathy": "tie", "clarity": "A"}),
        ('{"选择": {"empathy": "相当", "clarity": "回应 A"}}', {"empathy": "tie", "clarity": "A"}),
        ('{"choices": {"empathy": "C", "clarity": "A"}}', {}),
        ('{"choices": {"empathy": "A or B", "clarity": "A"}}', {}),
        ('{"choices": {"empathy": 1, "clarity": "A"}}', {}),
    ],
)
def test_choices_between_two(text: str, values: dict[str, str]) -> None:
    assert read(text, PAIRS).values == values


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ('{"ranking": ["C", "A", "B"]}', "CAB"),
        ('{"ranking": "C > A > B"}', "CAB"),
        ('{"排序": "C，A，B"}', "CAB"),
        ("Ranking: [[C > A > B]]", "CAB"),
        ('{"ranking": ["C", "A"]}', None),
        ('{"ranking": ["C", "A", "A"]}', None),
        ('{"ranking": ["C", "A", "D"]}', None),
        ('{"ranking": "C > A = B"}', None),
        ('{"ranking": {"C": 1}}', None),
    ],
)
def test_orders_of_several(text: str, order: str | None) -> None:
    assert read(text, LISTS).values.get("ranking") == order


def test_the_schema_holds_scores_to_the_points_of_the_scale() -> None:
    found = schema(SCORES)
    assert list(found["properties"]) == ["explanation", "scores"]  # it explains before it judges
    assert found["properties"]["scores"]["properties"]["empathy"] == {"type": "integer", "enum": list(range(1, 11))}
    assert schema(PAIRS)["properties"]["choices"]["properties"]["empathy"]["enum"] == ["A", "B", "tie"]
    assert schema(LISTS)["properties"]["ranking"]["minItems"] == 3
    assert response_format(SCORES, schemas=False, objects=True) == {"type": "json_object"}
    assert response_format(SCORES, schemas=False, objects=False) is None
    assert response_format(SCORES, schemas=False, objects=True, beside=True) == {"type": "json_object", "schema": found}
    best = response_format(SCORES, schemas=True, objects=True, beside=True)
    assert best is not None
    assert best["json_schema"]["schema"] == found


@pytest.mark.parametrize("asked", [SCORES, PAIRS, LISTS], ids=["scores", "pairs", "lists"])
def test_the_form_that_is_shown_is_no_answer_itself(asked: object) -> None:
    """A model that only repeats the form has not judged."""
    found = read(form_text(asked, "en"), asked)  # type: ignore[arg-type]
    assert found.values == {}
    assert found.reason is not None


def test_responses_that_do_not_fit_the_mode_are_refused() -> None:
    for mode, shown in (("scores", 2), ("pairs", 3), ("lists", 13)):
        with pytest.raises(ValueError, match="responses"):
            question(mode, CRITERIA, shown)
    with pytest.raises(ValueError, match="no scale"):
        question("scores", [{"key": "x", "name": "X", "points": []}], 1)
