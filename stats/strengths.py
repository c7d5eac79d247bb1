"""Strengths from comparisons: Bradley-Terry, Davidson's ties, Plackett-Luce, for many replicates at once.

All are concave in the log strengths and solved by damped Newton steps on a batch. The maximum exists only
where every system can be reached from every other over wins (Ford 1957); otherwise the answer is NaN. Log
strengths are centred on 0.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Derivatives = Callable[[FloatArray], tuple[FloatArray, FloatArray, FloatArray]]

_STEPS = 200
_LONGEST = 3.0
"""No log strength moves further in one step: the quadratic model is worthless far out."""


def connected(wins: FloatArray) -> BoolArray:
    """Whether the wins (B, k, k), row over column, link every system with every other in both directions."""
    k = wins.shape[-1]
    reach = ((wins > 0) | np.eye(k, dtype=bool)).astype(np.float32)
    for _ in range(max(1, int(np.ceil(np.log2(max(k, 2)))))):
        reach = ((reach @ reach) > 0).astype(np.float32)
    return np.asarray((reach > 0).all(axis=(1, 2)))


def bradley_terry(wins: FloatArray) -> FloatArray:
    """Log strengths (B, k) from wins (B, k, k), row over column; a tie may count half to both sides.

    Bradley and Terry (1952). The diagonal is ignored.
    """
    wins = wins * (1 - np.eye(wins.shape[-1]))
    usable = connected(wins)
    wins, width = wins[usable], wins.shape[-1]
    games = wins + wins.transpose(0, 2, 1)
    won = wins.sum(axis=2)

    def derivatives(theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        gap = theta[:, :, None] - theta[:, None, :]
        p = _sigmoid(gap)
        spread = games * p * (1 - p)
        gradient = won - (games * p).sum(axis=2)
        likelihood = (won * theta).sum(axis=1) - 0.5 * (games * _log_two(gap)).sum(axis=(1, 2))
        middle = 0.5 * (games * (theta[:, :, None] + theta[:, None, :]) / 2).sum(axis=(1, 2))
        return likelihood - middle, gradient, _laplacian(spread)

    return _spread(maximise(derivatives, np.zeros(won.shape), width), usable)


def davidson(wins: FloatArray, ties: FloatArray) -> FloatArray:
    """Log strengths and log tie parameter (B, k + 1) from wins (B, k, k) and symmetric ties (B, k, k).

    Davidson (1970): a tie weighs the tie parameter times the geometric mean of the two strengths. NaN where
    no tie or nothing but ties was seen.
    """
    off = 1 - np.eye(wins.shape[-1])
    wins, ties = wins * off, ties * off
    usable = connected(wins + ties) & (ties.sum(axis=(1, 2)) > 0) & (wins.sum(axis=(1, 2)) > 0)
    wins, ties, k = wins[usable], ties[usable], wins.shape[-1]
    games = wins + wins.transpose(0, 2, 1) + ties
    lead = (wins - wins.transpose(0, 2, 1)) / 2
    tied = ties.sum(axis=(1, 2)) / 2

    def derivatives(x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        gap, log_tie = (x[:, :k, None] - x[:, None, :k]) / 2, x[:, k, None, None]
        log_total = np.logaddexp(np.logaddexp(gap, -gap), log_tie)
        ahead, behind, level = np.exp(gap - log_total), np.exp(-gap - log_total), np.exp(log_tie - log_total)
        lean = ahead - behind
        own = (lead - games * lean / 2).sum(axis=2)
        of_ties = tied - (games * level).sum(axis=(1, 2)) / 2
        likelihood = (lead * gap).sum(axis=(1, 2)) + tied * x[:, k] - (games * log_total).sum(axis=(1, 2)) / 2
        return likelihood, np.column_stack([own, of_ties]), _davidson_curvature(games, ahead + behind, lean, level)

    return _spread(maximise(derivatives, np.zeros((wins.shape[0], k + 1)), k), usable)


def _davidson_curvature(games: FloatArray, decided: FloatArray, lean: FloatArray, level: FloatArray) -> FloatArray:
    """Minus the second derivatives (B, k + 1, k + 1) from the chances (B, k, k) of a decision, its lean, and
    a tie.
    """
    k = games.shape[-1]
    out = np.zeros((games.shape[0], k + 1, k + 1))
    out[:, :k, :k] = _laplacian(games * (decided - lean**2) / 4)
    out[:, :k, k] = out[:, k, :k] = -(games * lean * level / 2).sum(axis=2)
    out[:, k, k] = (games * level * (1 - level)).sum(axis=(1, 2)) / 2
    return out


def plackett_luce(won: FloatArray, counts: FloatArray, sets: FloatArray, beats: FloatArray) -> FloatArray:
    """Log strengths (B, k): `won` (B, k) choices won, `counts` (B, S) uses of each choice set, `sets` (S, k)
    0/1.

    Plackett (1975), Luce (1959): the best of a set is chosen with probability proportional to its strength,
    then the best of the rest. `beats` (B, k, k) says who stood above whom, for the existence of the maximum.
    """
    usable = connected(beats)
    won, counts = won[usable], counts[usable]

    def derivatives(theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        strength = np.exp(theta - theta.max(axis=1, keepdims=True))
        total = strength @ sets.T
        chance = strength[:, None, :] * sets / total[:, :, None]
        used = counts[:, :, None] * chance
        expected = used.sum(axis=1)
        hessian = -(chance.transpose(0, 2, 1) @ used)
        hessian[:, range(sets.shape[1]), range(sets.shape[1])] += expected
        likelihood = (won * theta).sum(axis=1) - (counts * (np.log(total) + theta.max(axis=1, keepdims=True))).sum(
            axis=1
        )
        return likelihood, won - expected, hessian

    return _spread(maximise(derivatives, np.zeros(won.shape), won.shape[1]), usable)


def maximise(derivatives: Derivatives, start: FloatArray, k: int) -> FloatArray:
    """Newton steps with halving until the gradients vanish; the first k entries are kept at mean 0.

    A batch row that does not settle becomes NaN rather than a wrong number.
    """
    x = start
    if not x.shape[0]:
        return x
    value, gradient, hessian = derivatives(x)
    floor = np.zeros((x.shape[1], x.shape[1]))
    floor[:k, :k] = 1.0 / k
    floor += 1e-10 * np.eye(floor.shape[0])
    scale: FloatArray = 1 + np.abs(hessian).max(axis=(1, 2))
    for _ in range(_STEPS):
        if (np.abs(gradient).max(axis=1) < 1e-10 * scale).all():
            break
        step = np.asarray(np.linalg.solve(hessian + floor, gradient[:, :, None]), dtype=np.float64)[:, :, 0]
        step *= np.minimum(1.0, _LONGEST / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
        x, value, gradient, hessian = _halved(derivatives, x, step, value)
    settled = np.abs(gradient).max(axis=1) < 1e-7 * scale
    x[:, :k] -= x[:, :k].mean(axis=1, keepdims=True)
    return np.where(settled[:, None], x, np.nan)


def _halved(
    derivatives: Derivatives, x: FloatArray, step: FloatArray, value: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The point after the longest of the halved steps that does not lose likelihood, per batch row."""
    for _ in range(30):
        found = derivatives(x + step)
        worse = found[0] < value - 1e-9 * (1 + np.abs(value))
        if not worse.any():
            break
        step = np.where(worse[:, None], step / 2, step)
    return x + step, found[0], found[1], found[2]


def _spread(values: FloatArray, usable: BoolArray) -> FloatArray:
    """The solved rows at their places, NaN where no maximum exists."""
    out = np.full((usable.size, values.shape[1]), np.nan)
    out[usable] = values
    return out


def _laplacian(spread: FloatArray) -> FloatArray:
    """diag(row sums) - matrix, for each batch row."""
    out = -spread
    index = np.arange(spread.shape[-1])
    out[:, index, index] += spread.sum(axis=2)
    return out


def _sigmoid(gap: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1 + np.tanh(gap / 2)))


def _log_two(gap: FloatArray) -> FloatArray:
    """log(e^(gap/2) + e^(-gap/2))."""
    return np.asarray(np.logaddexp(gap / 2, -gap / 2))
