"""What moves a judge besides the answer: whose it is, how long it is, where it stood. All intervals go by items."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from stats.clustered import numbered
from stats.compare import finite_column
from stats.intervals import wilson
from stats.judge import centred, clustered_interval
from stats.kernels import divide
from stats.ratings import t_interval
from stats.resample import resample
from stats.result import Figure, Reason

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

VERDICTS = ("a", "b", "tie")


def self_preference(
    judge: npt.ArrayLike, own: Sequence[bool], *, items: Sequence[Hashable], human: npt.ArrayLike | None = None
) -> Figure:
    """How many points more a judge gives to responses of its own model than to the others of the same question.

    With `human` scores of the same responses it is the difference of differences: what the judge adds to its own beyond
    what people see in them. Without them a better model looks like self-preference. Mean over items that have both
    kinds, Student's interval over items; the others are counted in `n_items_left_out`.
    """
    scores, owner = _scores(judge, items, human)
    mine = np.asarray(own, dtype=bool)
    if mine.size != scores.size:
        raise ValueError(f"{mine.size} marks of own responses for {scores.size} scores")
    method = "own minus other responses of an item" + (", judge minus human" if human is not None else "")
    gaps = _gaps(scores, mine, owner)
    fine = gaps[np.isfinite(gaps)]
    return _mean_of_items(fine, method, {"n_own": int(mine.sum()), "n_items_left_out": int(gaps.size - fine.size)})


def position_effect(
    judge: npt.ArrayLike, position: Sequence[int], *, items: Sequence[Hashable], bootstrap: int = 1000, seed: int = 1
) -> Figure:
    """Points given by place: the first place against the others of the same item, and the mean of each place.

    Each score is taken from its item's mean, so that items need not be equally good. `by_place` has a figure for each
    place with an interval over items. Only a design that spreads systems evenly over places makes this the place's own
    effect (blinding.md: Latin squares).
    """
    scores, owner = _scores(judge, items, None)
    places = np.asarray(position, dtype=np.int64)
    if places.size != scores.size:
        raise ValueError(f"{places.size} places for {scores.size} scores")
    gaps = _gaps(scores, places == places.min(initial=1), owner)
    fine = gaps[np.isfinite(gaps)]
    found = _mean_of_items(fine, "first place minus the others of an item", {})
    if found.value is None:
        return found
    away, n_items = centred(scores, owner), int(owner.max()) + 1
    known = np.unique(places)
    sums, counts = np.zeros((2, n_items, known.size))
    at = np.searchsorted(known, places)
    np.add.at(sums, (owner, at), away)
    np.add.at(counts, (owner, at), 1)

    def means(weights: FloatArray) -> FloatArray:
        n = weights @ counts
        return divide(weights @ sums, n)

    drawn = resample(means, n_items, n=bootstrap, seed=seed) if bootstrap else None
    by_place = {}
    for column, place in enumerate(known):
        n = int(counts[:, column].sum())
        figure = Figure(float(means(np.ones((1, n_items)))[0, column]), n_items=n, method="mean less the item's mean")
        if drawn is not None:
            figure = clustered_interval(figure, drawn[:, column], n_items, seed)
        by_place[str(place)] = figure
    return replace(found, extra={**found.extra, "by_place": by_place})


def length_effect(
    judge: npt.ArrayLike,
    length: npt.ArrayLike,
    *,
    items: Sequence[Hashable],
    human: npt.ArrayLike | None = None,
    bootstrap: int = 1000,
    seed: int = 1,
) -> dict[str, Figure]:
    """How scores go with the length of responses to the same item, in doublings of length.

    `correlation` and `slope` (points for twice the length) are within items; with `human` also `beyond_correlation` and
    `beyond_slope`, of judge minus human: what length adds to the judge beyond what people see in longer answers.
    Lengths below 1 count as 1.
    """
    scores, owner = _scores(judge, items, None)
    longer = np.log2(np.maximum(finite_column(length, "length"), 1.0))
    if longer.size != scores.size:
        raise ValueError(f"{longer.size} lengths for {scores.size} scores")
    found = _length_pair("", scores, longer, owner, bootstrap, seed)
    if human is not None:
        beyond, _owner = _scores(judge, items, human)
        found |= _length_pair("beyond_", beyond, longer, owner, bootstrap, seed)
    return found


def _length_pair(
    prefix: str, scores: FloatArray, longer: FloatArray, owner: IntArray, bootstrap: int, seed: int
) -> dict[str, Figure]:
    keep = np.bincount(owner)[owner] >= 2 if owner.size else np.zeros(0, dtype=bool)
    x, y = centred(longer, owner)[keep], centred(scores, owner)[keep]
    methods = {"correlation": "Pearson within items", "slope": "points for twice the length, within items"}
    reason = Reason.TOO_FEW_ITEMS if x.size < 3 else None
    if reason is None and (np.allclose(x, 0) or np.allclose(y, 0)):
        reason = Reason.NO_VARIATION
    if reason is not None:
        return {prefix + name: Figure(None, reason, n_items=int(x.size), method=how) for name, how in methods.items()}
    inner = numbered(owner[keep].tolist(), x.size)
    n_items = int(inner.max()) + 1
    # Centred within items that are drawn whole, so three sums of each item are all that is needed.
    sums = np.stack([np.bincount(inner, weights=v) for v in (x * x, y * y, x * y)], axis=1)

    def statistic(weights: FloatArray) -> FloatArray:
        xx, yy, xy = (weights @ sums).T
        return np.stack([divide(xy, np.sqrt(xx * yy)), divide(xy, xx)], axis=1)

    points = statistic(np.ones((1, n_items)))[0]
    found = {}
    drawn = resample(statistic, n_items, n=bootstrap, seed=seed) if bootstrap and n_items >= 2 else None
    for place, (name, how) in enumerate(methods.items()):
        figure = Figure(float(points[place]), n_items=int(x.size), method=how)
        if drawn is not None:
            figure = clustered_interval(figure, drawn[:, place], n_items, seed)
        found[prefix + name] = figure
    return found


def both_orders(
    first: Sequence[str], second: Sequence[str], *, items: Sequence[Hashable], bootstrap: int = 1000, seed: int = 1
) -> dict[str, Figure]:
    """A judge who saw each pair in both orders: `first` is the verdict with a shown first, `second` with b first.

    Verdicts are "a", "b" or "tie". `flip_rate` is the share of pairs whose two verdicts differ (`reversed` of them: the
    other side won; the rest: a tie once). `first_position_rate` is the share of decided verdicts for the response shown
    first; 0.5 is no bias. `p` is exact and two-sided over reversed pairs, which went by the place both times. Raises
    ValueError naming the row of another verdict.
    """
    if not len(first) == len(second) == len(items):
        raise ValueError(f"there are {len(first)}, {len(second)} verdicts and {len(items)} items")
    for row, pair in enumerate(zip(first, second, strict=True), start=1):
        for verdict in pair:
            if verdict not in VERDICTS:
                raise ValueError(f"row {row}: {verdict!r} is none of a, b, tie")
    one, two = (np.asarray([VERDICTS.index(verdict) for verdict in side], dtype=np.int64) for side in (first, second))
    owner, n = numbered(items, one.size), one.size
    won_first = (one == 0).astype(np.int64) + (two == 1)
    decided = (one != 2).astype(np.int64) + (two != 2)
    by_first, by_second = int(((one == 0) & (two == 1)).sum()), int(((one == 1) & (two == 0)).sum())
    flips = _share((one != two).astype(np.int64), np.ones(n, dtype=np.int64), owner, bootstrap, seed)
    firsts = _share(won_first, decided, owner, bootstrap, seed, empty=Reason.NO_DECISIONS if n else None)
    counts = {"pairs": n, "reversed": by_first + by_second, "flips": int((one != two).sum())}
    lean = {"decided": int(decided.sum()), "first_both_times": by_first, "second_both_times": by_second}
    return {
        "flip_rate": replace(flips, method="pairs with two different verdicts", extra={**flips.extra, **counts}),
        "first_position_rate": replace(
            firsts,
            method="decided verdicts for the response shown first",
            extra={**firsts.extra, **lean, "p": _sign_p(by_first, by_second)},
        ),
    }


def _sign_p(first: int, second: int) -> float | None:
    """Exact two-sided p that reversed pairs favour either place; None without any."""
    if first + second == 0:
        return None
    from scipy.stats import binomtest

    return float(binomtest(first, first + second).pvalue)


def _share(
    top: IntArray, bottom: IntArray, owner: IntArray, bootstrap: int, seed: int, *, empty: Reason | None = None
) -> Figure:
    """A share of sums with an interval over items: Wilson's where each item counts once, else a bootstrap."""
    total = int(bottom.sum())
    if not total:
        return Figure(None, empty or Reason.TOO_FEW_ITEMS, n_items=int(top.size), method="share")
    figure = Figure(float(top.sum() / total), n_items=int(top.size), method="share")
    n_items = int(owner.max()) + 1
    if n_items == top.size and bool((bottom == 1).all()):
        return replace(figure, ci=wilson(int(top.sum()), total))
    if not bootstrap or n_items < 2:
        return figure
    sums = np.stack([np.bincount(owner, weights=v, minlength=n_items) for v in (top, bottom)], axis=1)

    def statistic(weights: FloatArray) -> FloatArray:
        found = weights @ sums
        return divide(found[:, :1], found[:, 1:])

    drawn = resample(statistic, n_items, n=bootstrap, seed=seed)
    return clustered_interval(figure, drawn[:, 0], n_items, seed)


def _scores(
    judge: npt.ArrayLike, items: Sequence[Hashable], human: npt.ArrayLike | None
) -> tuple[FloatArray, IntArray]:
    """The judge's scores, less the human ones where given, and each row's item."""
    scores = finite_column(judge, "judge")
    owner = numbered(items, scores.size)
    if human is None:
        return scores, owner
    people = finite_column(human, "human")
    if people.size != scores.size:
        raise ValueError(f"there are {people.size} human and {scores.size} judge scores")
    return scores - people, owner


def _gaps(scores: FloatArray, chosen: npt.NDArray[np.bool_], owner: IntArray) -> FloatArray:
    """For each item the mean of the chosen rows minus that of the others, NaN where it lacks either."""
    size = int(owner.max()) + 1 if owner.size else 0

    def mean(which: npt.NDArray[np.bool_]) -> FloatArray:
        n = np.bincount(owner[which], minlength=size).astype(np.float64)
        total = np.bincount(owner[which], weights=scores[which], minlength=size).astype(np.float64)
        return divide(total, n)

    return mean(chosen) - mean(~chosen)


def _mean_of_items(values: FloatArray, method: str, extra: dict[str, object]) -> Figure:
    """The mean over items with Student's interval and p against 0."""
    n = int(values.size)
    if n < 2:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=n, method=method, extra=extra)
    sd = float(values.std(ddof=1))
    figure = Figure(float(values.mean()), ci=t_interval(values), n_items=n, method=method, extra=extra)
    if sd == 0:
        return replace(figure, ci=None, extra={**extra, "ci_reason": Reason.NO_VARIATION})
    from scipy.stats import t

    score = figure.value / (sd / n**0.5) if figure.value is not None else 0.0
    return replace(figure, extra={**extra, "t": score, "df": n - 1, "p": float(2 * t.sf(abs(score), n - 1))})
