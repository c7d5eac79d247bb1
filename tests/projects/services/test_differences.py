"""What changed between two texts, and as much of what stayed as a reader needs to find the place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from projects.differences import Fate, passages, pieces

LONG = "word " * 100


def test_long_stretches_that_stayed_are_left_out_between_whole_words() -> None:
    found = passages(pieces(f"{LONG}old {LONG}", f"{LONG}new {LONG}"), around=12)
    assert found == [
        (Fate.LEFT_OUT, ""), (Fate.SAME, " word word "), (Fate.GONE, "old"), (Fate.NEW, "new"),
        (Fate.SAME, " word word "), (Fate.LEFT_OUT, ""),
    ]  # fmt: skip


def test_whole_lines_stand_around_what_changed() -> None:
    rules = [f"Rule number {n}." for n in range(9)]
    changed = [*rules[:4], "Rule new.", *rules[5:]]
    found = passages(pieces("\n".join(rules), "\n".join(changed)), around=40)
    assert found[0] == (Fate.LEFT_OUT, "")
    assert "".join(text for fate, text in found if fate != Fate.GONE).strip() == "\n".join(changed[2:7])


def test_short_texts_are_shown_whole_and_the_same_text_not_at_all() -> None:
    assert passages(pieces("a b c", "a x c")) == pieces("a b c", "a x c")
    assert passages(pieces(LONG, LONG)) == []


@given(st.text(alphabet="ab \n", max_size=80), st.text(alphabet="ab \n", max_size=80), st.integers(1, 9))
def test_nothing_that_changed_is_left_out(before: str, after: str, around: int) -> None:
    every = pieces(before, after)
    changed = [piece for piece in every if piece[0] in (Fate.NEW, Fate.GONE)]
    shown = passages(every, around)
    assert [piece for piece in shown if piece[0] in (Fate.NEW, Fate.GONE)] == changed
    assert all(len(text) <= 2 * around for fate, text in shown if fate == Fate.SAME)
