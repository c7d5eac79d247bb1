"""Systems against a base: question means over rounds, tests equal to scipy, Holm over the family, bullets."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]

from stats.significance import Means, against_base, better_and_worse

Rows = list[tuple[str, str, str, float]]


def rows(seed: int, effects: dict[str, float], questions: int = 50, rounds: int = 5) -> Rows:
    """Questions differ, systems by their effects, rounds by chance."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(size=questions)
    return [
        (system, f"q{q}", f"r{r}", float(3 + hard[q] + effect + 0.5 * rng.normal()))
        for system, effect in effects.items()
        for q in range(questions)
        for r in range(rounds)
    ]


def test_means_are_over_rounds_first_and_judges_within_rounds() -> None:
    means = Means.from_rows(
        [("s", "q", "r1", 1.0), ("s", "q", "r1", 3.0), ("s", "q", "r2", 5.0), ("t", "p", "r1", 2.0)]
    )
    assert means.systems == ("s", "t")
    assert means.of("s")[0] == (2 + 5) / 2
    assert math.isnan(means.of("s")[1])
    assert means.rounds.tolist() == [[2, 0], [0, 1]]
    with pytest.raises(ValueError, match="there are no scores of 'x'; the systems are s, t"):
        means.of("x")
    with pytest.raises(ValueError, match="row 2: the score is not a finite number"):
        Means.from_rows([("s", "q", "r", 1.0), ("s", "q", "r", math.nan)])


def test_tests_equal_scipy_on_question_means() -> None:
    means = Means.from_rows(rows(1, {"tuned": 0.3, "base": 0.0}))
    (one,) = against_base({"empathy": means}, [("tuned", "base")])
    x, y = means.of("tuned"), means.of("base")
    assert one.figures["two_sample"].extra["p"] == pytest.approx(scipy_stats.ttest_ind(x, y).pvalue)
    assert one.figures["two_sample"].extra["df"] == 98
    assert one.figures["paired"].extra["p"] == pytest.approx(scipy_stats.ttest_rel(x, y).pvalue)
    assert one.figures["wilcoxon"].value == pytest.approx(scipy_stats.wilcoxon(x - y).pvalue)
    welch = against_base({"empathy": means}, [("tuned", "base")], equal_var=False)[0]
    assert welch.figures["two_sample"].extra["p"] == pytest.approx(scipy_stats.ttest_ind(x, y, equal_var=False).pvalue)


def test_pairing_by_item_finds_what_two_samples_miss() -> None:
    """Questions differ by far more than systems: exactly where pairing pays."""
    (one,) = against_base({"empathy": Means.from_rows(rows(2, {"tuned": 0.3, "base": 0.0}))}, [("tuned", "base")])
    assert one.significant("paired")
    assert not one.significant("two_sample")
    assert one.direction("paired") == one.direction("two_sample") == 1


def test_rounds_are_not_questions() -> None:
    """Copying every round changes nothing but the count of rounds."""
    few = rows(3, {"tuned": 0.3, "base": 0.0}, rounds=1)
    many = [(s, q, f"{r}{n}", score) for s, q, r, score in few for n in range(9)]
    one, two = (against_base({"c": Means.from_rows(r)}, [("tuned", "base")])[0] for r in (few, many))
    for name in ("two_sample", "paired"):
        assert one.figures[name].extra["p"] == pytest.approx(two.figures[name].extra["p"])


def test_holm_is_over_all_pairs_and_criteria() -> None:
    criteria = {name: Means.from_rows(rows(4 + n, {"a": 0.2, "b": -0.3, "base": 0.0})) for n, name in enumerate("xyz")}
    found = against_base(criteria, [("a", "base"), ("b", "base")])
    assert len(found) == 6
    plain = [one.figures["paired"].extra["p"] for one in found]
    assert [one.adjusted["paired"] for one in found] == pytest.approx(multipletests(plain, method="holm")[1].tolist())


def test_better_and_worse_are_counted_apart_and_turn_with_the_scale() -> None:
    criteria = {
        "empathy": Means.from_rows(rows(8, {"tuned": 2.0, "base": 0.0})),
        "safety": Means.from_rows(rows(9, {"tuned": -2.0, "base": 0.0})),
        "fluency": Means.from_rows(rows(10, {"tuned": 0.0, "base": 0.0})),
    }
    pairs = [("tuned", "base")]
    assert better_and_worse(against_base(criteria, pairs)) == {"tuned": {"better": 1, "worse": 1, "neither": 1}}
    turned = against_base(criteria, pairs, higher_is_better=False)
    assert [one.direction() for one in turned[:2]] == [-1, 1]
    assert json.loads(json.dumps(turned[0].to_json()))["two_sample"]["direction"] == "worse"


def test_systems_without_common_questions_or_spread_say_why() -> None:
    apart = Means.from_rows(
        [("s", "q1", "r", 1.0), ("s", "q2", "r", 2.0), ("b", "q3", "r", 1.0), ("b", "q4", "r", 4.0)]
    )
    (one,) = against_base({"c": apart}, [("s", "b")])
    assert one.figures["paired"].reason == "too_few_items"
    assert one.figures["wilcoxon"].reason == "too_few_items"
    assert one.figures["two_sample"].value is not None
    assert (one.adjusted["paired"], one.significant("paired"), one.direction("paired")) == (None, False, 0)
    same = Means.from_rows([(s, q, "r", 1.0) for s in "sb" for q in ("q1", "q2")])
    (flat,) = against_base({"c": same}, [("s", "b")])
    assert {figure.reason for figure in flat.figures.values()} == {"no_variation"}
    assert better_and_worse([flat]) == {"s": {"better": 0, "worse": 0, "neither": 1}}
