"""Watching over raters while they work: agreement of one with all others, runs of one answer, sides, drift.

Answers are long rows in plain mappings: nothing here knows whose system an answer speaks of.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stats.intervals import percentile, wilson
from stats.result import Figure, Interval, Reason

Value = str | int
Key = tuple[str, str]
# By unit, then by (criterion, what it is said of), then by rater.
Judged = Mapping[Hashable, Mapping[Key, Mapping[str, Value]]]
FloatArray = npt.NDArray[np.float64]
LEAST_UNITS = 5
# Cells of one block of resampling weights: 40 MB.
CELLS = 5_000_000


@dataclass(frozen=True)
class Shared:
    """What one rater shares with others: by unit and criterion the sums that agreement is made of.

    `same` is how alike the rater's answers are to the others', `n` how many answers that is; `own` and `others`
    count the answers by category. Arrays: units x criteria, and units x categories for each criterion.
    """

    same: FloatArray
    n: FloatArray
    own: list[FloatArray]
    others: list[FloatArray]
    alike: list[FloatArray]


@dataclass(frozen=True)
class Agreement:
    """One rater with the others: the share of like answers, the same beyond chance, and the likeness by unit."""

    percent: Figure
    beyond: Figure
    by_unit: Mapping[Hashable, float]


def with_others(judged: Judged, rater: str, *, bootstrap: int = 1000, seed: int = 1) -> Agreement:
    """How a rater's answers compare with those of everybody else to the same units.

    Answers of words are alike or not; numbers are alike by 1 - |difference| / range of the criterion. An answer is
    compared with each other answer to the same thing, and these count together as one. `beyond` is
    (observed - expected) / (1 - expected) with the chance of likeness from the rater's own and the others' answers,
    criterion by criterion: Cohen's kappa between the rater and the others together. Intervals resample units.
    """
    scales = _scales(judged)
    units = [unit for unit, rows in judged.items() if any(_meets(given, rater) for given in rows.values())]
    n_raters = len({name for unit in units for given in judged[unit].values() for name in given})
    if not units:
        lone = Figure(None, Reason.NO_OVERLAP, n_items=0, n_raters=n_raters, method="leave-one-out")
        return Agreement(lone, lone, {})
    table = _shared(judged, units, rater, scales)
    whole = np.ones((1, len(units)))
    percent, beyond = (float(values[0]) for values in _coefficients(table, whole))
    drawn = _resampled(table, len(units), bootstrap, seed) if len(units) >= LEAST_UNITS else None
    named = {"n_items": len(units), "n_raters": n_raters, "seed": seed}
    by_unit = dict(zip(units, (table.same.sum(axis=1) / table.n.sum(axis=1)).tolist(), strict=True))
    return Agreement(
        _figure(percent, drawn[0] if drawn else None, "share of like answers with the others", named),
        _figure(beyond, drawn[1] if drawn else None, "leave-one-out, beyond chance", named),
        by_unit,
    )


def _meets(given: Mapping[str, Value], rater: str) -> bool:
    return rater in given and len(given) > 1


def _figure(value: float, drawn: FloatArray | None, method: str, named: Mapping[str, int]) -> Figure:
    known: dict[str, int] = dict(named)
    if not np.isfinite(value):
        return Figure(
            None, Reason.NO_VARIATION, n_items=known["n_items"], n_raters=known["n_raters"], method=method,
            seed=known["seed"],
        )  # fmt: skip
    ci = percentile(drawn) if drawn is not None else None
    return Figure(
        value, ci=ci, n_items=known["n_items"], n_raters=known["n_raters"], method=method, seed=known["seed"],
        extra={} if ci else {"ci_reason": str(Reason.TOO_FEW_ITEMS)},
    )  # fmt: skip


def _scales(judged: Judged) -> dict[str, list[Value]]:
    """The categories of each criterion over all raters, in order."""
    met: dict[str, set[Value]] = defaultdict(set)
    for rows in judged.values():
        for (criterion, _part), given in rows.items():
            met[criterion].update(given.values())
    return {name: sorted(values, key=lambda value: (str(type(value)), value)) for name, values in met.items()}


def _likeness(categories: Sequence[Value]) -> FloatArray:
    """How alike every two categories are, from 0 to 1."""
    if all(isinstance(value, int) for value in categories) and len(categories) > 1:
        numbers = np.asarray(categories, dtype=np.float64)
        likeness: FloatArray = 1.0 - np.abs(numbers[:, None] - numbers[None, :]) / float(np.ptp(numbers))
        return likeness
    return np.eye(len(categories))


def _shared(judged: Judged, units: Sequence[Hashable], rater: str, scales: Mapping[str, list[Value]]) -> Shared:
    criteria = list(scales)
    place = {name: at for at, name in enumerate(criteria)}
    code = {name: {value: at for at, value in enumerate(values)} for name, values in scales.items()}
    alike = [_likeness(scales[name]) for name in criteria]
    same, n = np.zeros((len(units), len(criteria))), np.zeros((len(units), len(criteria)))
    own = [np.zeros((len(units), len(scales[name]))) for name in criteria]
    others = [np.zeros((len(units), len(scales[name]))) for name in criteria]
    for row, unit in enumerate(units):
        for (criterion, _part), given in judged[unit].items():
            if not _meets(given, rater):
                continue
            at, codes = place[criterion], code[criterion]
            mine = codes[given[rater]]
            theirs = [codes[value] for name, value in given.items() if name != rater]
            same[row, at] += float(alike[at][mine, theirs].mean())
            n[row, at] += 1
            own[at][row, mine] += 1
            np.add.at(others[at][row], theirs, 1 / len(theirs))
    return Shared(same, n, own, others, alike)


def _coefficients(table: Shared, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The share and the coefficient for each row of unit weights; nan where a coefficient is undefined."""
    same, n = weights @ table.same, weights @ table.n
    expected = np.zeros_like(same)
    for at, alike in enumerate(table.alike):
        own, others = weights @ table.own[at], weights @ table.others[at]
        with np.errstate(invalid="ignore", divide="ignore"):
            expected[:, at] = np.nan_to_num(np.einsum("bk,kl,bl->b", own, alike, others) / n[:, at])
    observed, chance = same.sum(axis=1) / n.sum(axis=1), expected.sum(axis=1) / n.sum(axis=1)
    room = 1 - chance
    with np.errstate(invalid="ignore", divide="ignore"):
        beyond = np.where(room > 1e-12, (observed - chance) / room, np.nan)
    return observed, beyond


def _resampled(table: Shared, units: int, bootstrap: int, seed: int) -> tuple[FloatArray, FloatArray]:
    rng, step = np.random.default_rng(seed), max(1, CELLS // units)
    found = []
    for start in range(0, bootstrap, step):
        size = min(step, bootstrap - start)
        weights = rng.multinomial(units, np.full(units, 1 / units), size=size).astype(np.float64)
        found.append(_coefficients(table, weights))
    return np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found])


def longest_run(patterns: Sequence[str]) -> tuple[int, int]:
    """Where the longest run of one and the same answer begins, and how long it is; (0, 0) for none at all."""
    best, length, start = (0, 0), 0, 0
    for at, pattern in enumerate(patterns):
        start, length = (start, length + 1) if at and pattern == patterns[at - 1] else (at, 1)
        if length > best[1]:
            best = (start, length)
    return best


def run_chance(length: int, n: int, share: float) -> float:
    """At most this probability has a run of `length` equal answers somewhere among `n`, each given with `share`.

    The expected number of places where such a run could begin (a union bound), so never too small.
    """
    if not 0 < length <= n:
        raise ValueError(f"a run of {length} among {n}")
    return float(min(1.0, share**length * (1 + (n - length) * (1 - share))))


def share_of_others(patterns: Sequence[str], pattern: str) -> float | None:
    """How often others give this answer; one more of each kind is added, so that it is never 0 or 1."""
    if not patterns:
        return None
    counts = Counter(patterns)
    return (counts[pattern] + 1) / (len(patterns) + 2)


def first_bias(firsts: Sequence[bool], places: Sequence[int]) -> Figure:
    """How often what was shown first was preferred, with Wilson's interval and an exact test against 1 / places.

    `extra` holds `p` (two-sided, the Poisson binomial where the number of places differs) and `expected`.
    """
    n = len(firsts)
    if not n:
        return Figure(None, Reason.NO_DECISIONS, n_items=0, method="share first")
    hits, chances = sum(firsts), [1 / max(1, many) for many in places]
    distribution = np.ones(1)
    for chance in chances:
        distribution = np.convolve(distribution, [1 - chance, chance])
    p = float(min(1.0, distribution[distribution <= distribution[hits] * (1 + 1e-9)].sum()))
    ends: Interval | None = wilson(hits, n)
    return Figure(hits / n, ci=ends, n_items=n, method="share first", extra={"p": p, "expected": sum(chances) / n})


def trend(values: Sequence[float]) -> Figure:
    """Spearman's correlation of values with their order; `extra` holds `p`."""
    if len(values) < 10:
        return Figure(None, Reason.TOO_FEW_ITEMS, n_items=len(values), method="trend over the work")
    if len(set(values)) < 2:
        return Figure(None, Reason.NO_VARIATION, n_items=len(values), method="trend over the work")
    from scipy.stats import spearmanr

    found = spearmanr(np.arange(len(values)), np.asarray(values, dtype=np.float64))
    return Figure(
        float(found.statistic), n_items=len(values), method="trend over the work", extra={"p": float(found.pvalue)}
    )
