"""Sets of labels label by label, spans, and clusters: against values worked out by hand and against plain loops."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pytest

from stats.agreement import krippendorff_alpha
from stats.multilabel import confused, confusion_of_raters, one_label, together
from stats.setlabels import set_alpha, set_distance, set_distances, set_table
from stats.spans import Marked, covered, overlap, span_f1
from stats.summary import agreement_summary
from stats.table import Table

ROWS = [
    (1, "x", {"a", "b"}), (1, "y", {"a"}),
    (2, "x", {"b"}), (2, "y", {"c"}),
    (3, "x", set[str]()), (3, "y", {"c"}),
    (4, "x", {"a", "b"}), (4, "y", {"c"}),
    (5, "x", set[str]()), (5, "y", set[str]()),
]  # fmt: skip


def drawn(seed: int, units: int = 120, raters: int = 3, *, missing: float = 0.1) -> Table:
    """Random sets of up to three labels of five, with gaps."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, int, set[str] | None]] = []
    for unit in range(units):
        for rater in range(raters):
            size = int(rng.integers(0, 4))
            chosen = {str(label) for label in rng.choice(list("abcde"), size, replace=False)}
            rows.append((unit, rater, None if rng.random() < missing else chosen))
    return set_table(rows)


def test_one_label_asks_whether_the_answer_has_it() -> None:
    table = one_label(set_table(ROWS), "a")
    assert table.categories == ("no", "yes")
    assert table.codes.tolist() == [[1, 1], [0, 0], [0, 0], [1, 0], [0, 0]]


def test_one_label_that_nobody_chose_is_no_everywhere() -> None:
    assert one_label(set_table(ROWS), "z").codes.tolist() == [[0, 0]] * 5


def test_one_label_keeps_gaps() -> None:
    table = set_table([(1, "x", {"a"}), (1, "y", None), (2, "x", None), (2, "y", {"b"})])
    assert one_label(table, "a").codes.tolist() == [[1, -1], [-1, 0]]


def test_labels_that_go_together_are_counted_by_answers() -> None:
    labels, counts = together(set_table(ROWS))
    assert labels == ["a", "b", "c"]
    assert counts.tolist() == [[3, 2, 0], [2, 3, 0], [0, 0, 3]]


def test_confusion_of_sets_worked_out_by_hand() -> None:
    found = confused(set_table(ROWS))
    # 1: a matches, b stands against nothing. 2: b against c. 3: c against nothing. 4: a and b share c's place.
    assert found.labels == ["a", "b", "c"]
    assert found.counts.tolist() == [
        [2.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 2.0, 1.0],
        [1.0, 2.0, 0.0, 1.0],
        [0.0, 1.0, 1.0, 0.0],
    ]


def test_confusion_of_sets_is_symmetric_and_loses_no_label() -> None:
    table = drawn(3)
    found = confused(table).counts
    assert np.allclose(found, found.T)
    sets = table.categories
    matched = over = 0
    for row in table.codes:
        for a, b in combinations([code for code in row if code >= 0], 2):
            one, other = sets[a], sets[b]
            assert isinstance(one, frozenset)
            assert isinstance(other, frozenset)
            matched += 2 * len(one & other)
            over += 2 * max(len(one - other), len(other - one))
    assert np.trace(found[:-1, :-1]) == pytest.approx(matched)
    assert found.sum() == pytest.approx(matched + over)


def test_confusion_of_single_labels_counts_both_directions() -> None:
    table = Table.from_rows([(1, "x", "a"), (1, "y", "b"), (2, "x", "a"), (2, "y", "a"), (3, "x", "a")])
    assert confusion_of_raters(table).tolist() == [[2, 1], [1, 0]]


@pytest.mark.parametrize("kind", ["masi", "jaccard"])
def test_matrix_of_distances_equals_the_distance_of_each_two_sets(kind: str) -> None:
    table = drawn(1)
    sets = [one for one in table.categories if isinstance(one, frozenset)]
    expected = [[set_distance(a, b, kind) for b in sets] for a in sets]
    assert np.allclose(set_distances(table, kind), expected, atol=1e-12)


@pytest.mark.parametrize("kind", ["masi", "jaccard"])
def test_set_alpha_with_a_cluster_for_each_unit_is_the_item_bootstrap_in_width(kind: str) -> None:
    table = drawn(2)
    items = set_alpha(table, distance=kind, bootstrap=2000, seed=4)
    alone = set_alpha(table, distance=kind, bootstrap=2000, seed=4, clusters=range(len(table.units)))
    assert items.value == alone.value
    assert items.ci is not None
    assert alone.ci is not None
    assert alone.ci.high - alone.ci.low == pytest.approx(items.ci.high - items.ci.low, rel=0.1)


def test_bootstrap_over_clusters_equals_a_loop_over_drawn_clusters() -> None:
    rng = np.random.default_rng(8)
    codes = rng.integers(0, 3, (60, 3))
    table, owners = Table.from_codes(codes, "abc"), np.repeat(np.arange(12), 5)
    ours = agreement_summary(table, bootstrap=400, seed=9, clusters=owners.tolist())["krippendorff_alpha"]
    values = []
    draws = np.random.Generator(np.random.PCG64(np.random.SeedSequence(9).spawn(1)[0]))
    for _ in range(400):
        weights = np.bincount(draws.integers(0, 12, size=12, dtype=np.int64), minlength=12)
        rows = np.concatenate([np.flatnonzero(owners == owner) for owner in range(12) for _ in range(weights[owner])])
        values.append(krippendorff_alpha(Table.from_codes(codes[rows], "abc")).value)
    fine = [value for value in values if value is not None]
    assert ours.ci is not None
    assert (ours.ci.low, ours.ci.high) == pytest.approx(tuple(np.quantile(fine, [0.025, 0.975])), abs=1e-9)


# --- spans ------------------------------------------------------------------------------------------------------


def plain(spans: Iterable[tuple[int, int]]) -> set[int]:
    """The characters of spans, one by one."""
    return {at for start, end in spans for at in range(start, end)}


def random_spans(rng: np.random.Generator) -> list[tuple[int, int]]:
    """Up to three spans of a text of 40 characters; they may overlap."""
    starts = rng.integers(0, 38, int(rng.integers(0, 4)))
    return [(int(start), int(start + rng.integers(1, 41 - start))) for start in starts]


def test_overlap_equals_counting_characters() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        one, other = random_spans(rng), random_spans(rng)
        assert overlap(one, other) == len(plain(one) & plain(other))
        assert plain(covered(one)) == plain(one)


def test_empty_span_is_refused() -> None:
    with pytest.raises(ValueError, match="a span from 3 to 3 holds no character"):
        covered([(3, 3)])


def test_span_f1_worked_out_by_hand() -> None:
    texts = [
        Marked({"x": [(0, 4)], "y": [(2, 6)]}, 1),
        Marked({"x": [(0, 3)], "y": [(0, 3)]}, 2),
        Marked({"x": [(0, 2)], "y": []}, 3),
        Marked({"x": [], "y": []}, 4),
        Marked({"x": [(0, 9)]}, 5),
    ]
    found = span_f1(texts)
    assert found["characters"].value == pytest.approx(2 * (2 + 3) / (8 + 6 + 2))
    assert found["exact"].value == pytest.approx(2 * 1 / (2 + 2 + 1))
    assert (found["characters"].n_items, found["characters"].n_raters) == (3, 2)


def test_span_f1_of_equal_marks_is_one_and_has_no_interval() -> None:
    texts = [Marked({"x": [(0, n)], "y": [(0, n)], "z": [(0, n)]}, n) for n in range(1, 9)]
    found = span_f1(texts, bootstrap=200)["characters"]
    assert (found.value, found.ci, found.extra["ci_reason"]) == (1.0, None, "no_variation")


def test_span_f1_without_marks_or_with_one_rater_says_why() -> None:
    nothing = span_f1([Marked({"x": [], "y": []}, 1)])["characters"]
    alone = span_f1([Marked({"x": [(0, 2)]}, 1)])["exact"]
    assert (nothing.value, nothing.reason) == (None, "too_few_items")
    assert (alone.value, alone.reason) == (None, "too_few_raters")


def test_span_f1_interval_holds_the_value_and_is_wider_by_clusters() -> None:
    rng = np.random.default_rng(6)
    marked = []
    for cluster in range(20):
        agree = cluster % 2 == 0
        for _ in range(6):
            one = [(0, int(rng.integers(5, 20)))]
            marked.append(({"x": one, "y": one if agree else [(20, 30)]}, cluster))
    whole = span_f1([Marked(spans, cluster) for spans, cluster in marked], bootstrap=1000)["characters"]
    single = span_f1([Marked(spans, n) for n, (spans, _c) in enumerate(marked)], bootstrap=1000)["characters"]
    assert whole.ci is not None
    assert single.ci is not None
    assert whole.value is not None
    assert whole.ci.low < whole.value < whole.ci.high
    assert whole.ci.high - whole.ci.low > 1.5 * (single.ci.high - single.ci.low)
