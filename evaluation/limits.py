"""Keeping to an endpoint's limits a minute, for all workers together: a schedule that calls may not run ahead of.

Each limit is a time: when the next call (or token) would be due if everything were spread evenly. A call moves it on
by its share of a minute; calls may be made while it is not ahead of the clock by more than a small allowance. (This is
the generic cell rate algorithm.) Pure: seconds in, seconds out.
"""

from __future__ import annotations

# How far the schedule may run ahead: small, so that no minute holds more than its limit by above two in a hundred.
AHEAD = 1.0


def room(due: float, now: float, per_minute: int | None, cost: float = 1.0) -> int:
    """Return how many calls of `cost` may be made now."""
    if per_minute is None:
        return 10**9
    step = cost * 60.0 / per_minute
    slack = now + max(AHEAD, step) - max(due, now)
    return int((slack + 1e-9) / step) if slack > 0 else 0


def moved(due: float, now: float, per_minute: int | None, amount: float) -> float:
    """Return the schedule after `amount` more (or, corrected, less) was used."""
    if per_minute is None:
        return due
    start = max(due, now) if amount > 0 else due
    return start + amount * 60.0 / per_minute


def wait(due: float, now: float, per_minute: int | None, cost: float = 1.0) -> float:
    """Return the seconds until one call of `cost` may be made."""
    if per_minute is None:
        return 0.0
    step = cost * 60.0 / per_minute
    return max(0.0, max(due, now) + step - now - max(AHEAD, step))
