"""Agreement on marked words: how far the spans that two raters marked in a text overlap."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from stats.bootstrap import Sampling, replicates
from stats.kernels import divide, simple
from stats.labels import Label
from stats.resample import with_interval
from stats.result import Figure, Reason

FloatArray = npt.NDArray[np.float64]
Spans = Collection[tuple[int, int]]


@dataclass(frozen=True)
class Marked:
    """What the raters of one text marked: rater -> spans (start, end), end behind the last character.

    A rater who looked and marked nothing has an empty collection; who did not look is missing. `cluster` is what
    is resampled whole.
    """

    spans: Mapping[Label, Spans]
    cluster: Hashable


def covered(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same characters as spans that neither touch nor overlap, in order. ValueError for an empty or reversed one.

    >>> covered([(5, 8), (0, 3), (2, 6)])
    [(0, 8)]
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if start >= end:
            raise ValueError(f"a span from {start} to {end} holds no character")
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def overlap(one: Spans, other: Spans) -> int:
    """How many characters lie in spans of both.

    >>> overlap([(0, 4), (6, 9)], [(2, 7)])
    3
    """
    a, b, i, j, shared = covered(one), covered(other), 0, 0, 0
    while i < len(a) and j < len(b):
        shared += max(0, min(a[i][1], b[j][1]) - max(a[i][0], b[j][0]))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return shared


def span_f1(texts: Sequence[Marked], *, bootstrap: int = 0, seed: int = 1) -> dict[str, Figure]:
    """`characters`: F1 over characters marked by two raters; `exact`: F1 over spans with both ends equal.

    Both are 2 x shared / (marked by one + marked by the other), summed over all pairs of raters and texts, so they
    do not depend on which rater is taken for the truth. Texts where nobody marked anything add nothing. Intervals
    resample clusters. `n_items` counts the texts in which at least one of a pair marked something.
    """
    index: dict[Hashable, int] = {}
    sums = np.zeros((len({text.cluster for text in texts}), 3 + 1))
    raters: set[Label] = set()
    counted = 0
    for text in texts:
        found = _pairs_of(text)
        if len(text.spans) >= 2:
            raters |= set(text.spans)
        sums[index.setdefault(text.cluster, len(index))] += found
        counted += bool(found[1] or found[3])
    return {
        name: _figure(name, sums[:, columns], counted, len(raters), bootstrap, seed)
        for name, columns in (("characters", [0, 1]), ("exact", [2, 3]))
    }


def _pairs_of(text: Marked) -> FloatArray:
    """Over all pairs of raters: 2 x shared characters, marked characters, 2 x equal spans, spans; shape (4,)."""
    length = {rater: sum(end - start for start, end in covered(spans)) for rater, spans in text.spans.items()}
    total = np.zeros(4)
    for a, b in combinations(text.spans, 2):
        one, other = text.spans[a], text.spans[b]
        equal = len(set(one) & set(other))
        marked, spans = length[a] + length[b], len(set(one)) + len(set(other))
        total += (2 * overlap(one, other), marked, 2 * equal, spans)
    return total


def _figure(name: str, sums: FloatArray, n: int, raters: int, bootstrap: int, seed: int) -> Figure:
    method = f"F1 over {'characters' if name == 'characters' else 'spans'}, all pairs of raters"
    whole = sums.sum(axis=0)
    if not whole[1]:
        reason = Reason.TOO_FEW_RATERS if raters < 2 else Reason.TOO_FEW_ITEMS
        return Figure(None, reason, n_items=0, n_raters=raters, method=method)
    figure = Figure(float(whole[0] / whole[1]), n_items=n, n_raters=raters, method=method)
    if not bootstrap:
        return figure
    kernel = simple(name, sums, lambda drawn: divide(drawn[:, 0], drawn[:, 1]))
    units = Sampling(np.ones(sums.shape[0], dtype=np.int64))
    drawn = replicates([kernel], units, n=bootstrap, seed=seed)[:, 0]
    return with_interval(figure, drawn, seed=seed, unit="clusters")
