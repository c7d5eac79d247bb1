"""The order in which raters see responses: keyed, balanced, and dependent on nothing else."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from evaluation.order import Design, arrange, keyed_order, latin_order, zigzag

KEY = bytes(range(32))
CODES = tuple(f"S{n}" for n in range(1, 8))


def test_keyed_order_puts_every_system_in_every_place_equally_often() -> None:
    seen = Counter(
        (place, code)
        for rater in range(20)
        for unit in range(200)
        for place, code in enumerate(keyed_order(key=KEY, rater=f"R{rater}", unit=f"q{unit}", codes=CODES))
    )
    for place in range(7):
        assert chisquare([seen[place, code] for code in CODES]).pvalue > 0.001


def test_keyed_order_ignores_the_order_in_which_codes_come() -> None:
    orders = {keyed_order(key=KEY, rater="R1", unit="q1", codes=codes) for codes in (CODES, CODES[::-1])}
    assert len(orders) == 1


def test_keyed_order_changes_with_key_rater_and_unit() -> None:
    base = {"key": KEY, "rater": "R1", "unit": "q1"}
    changed = [base, base | {"key": KEY[::-1]}, base | {"rater": "R2"}, base | {"unit": "q2"}]
    assert len({keyed_order(codes=CODES, **values) for values in changed}) == 4  # type: ignore[arg-type]


def test_parts_of_the_message_cannot_run_together() -> None:
    one = keyed_order(key=KEY, rater="R1", unit="1q", codes=CODES)
    other = keyed_order(key=KEY, rater="R11", unit="q", codes=CODES)
    assert one != other


@pytest.mark.parametrize("k", range(2, 13))
def test_zigzag_is_a_permutation_whose_shifts_balance_neighbours(k: int) -> None:
    first = zigzag(k)
    assert sorted(first) == list(range(k))
    rows = [[(place + shift) % k for place in first] for shift in range(k)]
    rows += [row[::-1] for row in rows] if k % 2 else []
    follows = Counter(pair for row in rows for pair in pairwise(row))
    assert set(follows.values()) == ({2} if k % 2 else {1})
    assert len(follows) == k * (k - 1)


@given(k=st.integers(2, 12), claims=st.integers(1, 60), rater=st.text(max_size=8), key=st.binary(min_size=16))
@settings(max_examples=150, deadline=None)
def test_latin_counts_per_rater_differ_by_at_most_one(k: int, claims: int, rater: str, key: bytes) -> None:
    codes = [f"S{n}" for n in range(k)]
    seen = Counter(
        (place, code)
        for ordinal in range(claims)
        for place, code in enumerate(latin_order(key=key, rater=rater, ordinal=ordinal, codes=codes))
    )
    for place in range(k):
        counts = [seen[place, code] for code in codes]
        assert max(counts) - min(counts) <= 1


def test_latin_offsets_differ_between_raters() -> None:
    firsts = {latin_order(key=KEY, rater=f"R{n}", ordinal=0, codes=CODES) for n in range(30)}
    assert len(firsts) > 20


def test_latin_design_ignores_the_unit_and_keyed_the_claim() -> None:
    def order(design: Design, unit: str, ordinal: int) -> tuple[str, ...]:
        return arrange(design, key=KEY, rater="R1", unit=unit, ordinal=ordinal, codes=CODES)

    assert order(Design.LATIN, "q1", 3) == order(Design.LATIN, "q2", 3)
    assert order(Design.LATIN, "q1", 3) != order(Design.LATIN, "q1", 4)
    assert order(Design.KEYED, "q1", 3) == order(Design.KEYED, "q1", 4)


def test_a_code_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        keyed_order(key=KEY, rater="R1", unit="q1", codes=["S1", "S1"])


def test_no_codes_make_an_empty_order() -> None:
    assert latin_order(key=KEY, rater="R1", ordinal=5, codes=[]) == ()
