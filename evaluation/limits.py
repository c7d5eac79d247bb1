"""Keeping to an endpoint's limits a minute, for all workers together: a schedule that calls may not run ahead of.

Each limit is a time: when the next call (or token) would be due if everything were spread evenly. A call moves it on
by its share of a minute; calls may be made while it is not ahead of the clock by more than a small allowance. (This is
the generic cell rate algorithm.) Pure: seconds in, seconds out.

What a call takes of a limit of tokens is known when it ends. Until then it holds what calls like it have taken so far;
before there was one, all it may take.
"""

from __future__ import annotations

from collections.abc import Hashable

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


class Habits:
    """What calls of each kind have really taken, as a share of the most they may: learned as they end."""

    # The call that nobody has seen yet counts for so much of one, and an old one for less with each that follows.
    UNSEEN, MEMORY = 0.25, 0.98

    def __init__(self) -> None:
        """Begin without having seen a call."""
        self._seen: dict[Hashable, tuple[float, float]] = {}

    def learn(self, kind: Hashable, most: int, used: int) -> None:
        """Take in that a call which might have taken `most` tokens took `used`."""
        calls, share = self._seen.get(kind, (self.UNSEEN, self.UNSEEN))
        self._seen[kind] = calls * self.MEMORY + 1, share * self.MEMORY + used / max(most, 1)

    def expected(self, kind: Hashable, most: int) -> int:
        """Return the tokens a call will take that may take `most`."""
        calls, share = self._seen.get(kind, (self.UNSEEN, self.UNSEEN))
        return max(1, round(most * share / calls))
